// Process code, its checkpoints and their store, in CPU time of this process (all threads), beside a peer in the same run:
// wasmoon's own engine without limits, a bare worker's messages, a plain file that is synced. Every output is checked.
//   node dist/bench/process.js [--json]
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { LuaProcesses, type ProcessLimits } from "../src/hypervisor/process/index.ts";
import { CheckpointStore } from "../src/store/index.ts";
import { cpuSeconds } from "./beside-library.ts";

const limits: ProcessLimits = { instructions: 1e12, memory: 2 ** 28, deadline: 600 };
const results: Record<string, unknown>[] = [];

function check(what: string, is: unknown, expected: unknown): void {
  if (JSON.stringify(is) !== JSON.stringify(expected)) throw new Error(`${what}: ${JSON.stringify(is)}`);
}

/** CPU seconds of the work, the least of some rounds. */
async function cpu(work: () => Promise<void>, rounds = 3): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const began = cpuSeconds();
    await work();
    least = Math.min(least, cpuSeconds() - began);
  }
  return least;
}

function note(name: string, of: Record<string, number>): void {
  const rounded = Object.entries(of).map(([key, value]) => [key, Number(value.toPrecision(3))]);
  results.push({ name, ...Object.fromEntries(rounded) });
}

await using processes = new LuaProcesses();
const state = processes.state("bench");

// states: the first one also starts the worker
await state.run("return 1", {}, limits);
const states = 100;
const rss = process.memoryUsage.rss();
const making = await cpu(async () => {
  const made = Array.from({ length: states }, (_, at) => processes.state(`vm-${at}`));
  for (const [at, one] of made.entries()) check("a new state", (await one.run(`return ${at}`, {}, limits)).value, at);
}, 1);
const grown = (process.memoryUsage.rss() - rss) / states;
const { memory } = await processes.state("vm-0").run("return 1", {}, limits);
note("a state", {
  states,
  cpuMilliseconds: (1000 * making) / states,
  rssMegabytes: grown / 1e6,
  luaKilobytes: memory / 1e3,
});

// instructions, beside an engine that counts none
const loop = "local n = 0 for i = 1, 2e7 do n = n + i % 7 end return n";
const expected = 60_000_003;
const limited = await cpu(async () => check("the loop", (await state.run(loop, {}, limits)).value, expected));
const { LuaFactory } = await import("wasmoon");
const engine = await new (
  LuaFactory as unknown as new () => { createEngine: () => Promise<{ doString: (code: string) => Promise<unknown> }> }
)().createEngine();
const free = await cpu(async () => check("wasmoon's loop", await engine.doString(loop), expected));
note("a loop of 2e7 turns, limits against wasmoon's engine without", {
  cpuSeconds: limited,
  peerCpuSeconds: free,
  ratio: limited / free,
});

// calls of biology, beside bare messages to a worker and back
const calls = 5000;
const biology = { echo: async ([first = null]: readonly unknown[]) => first as number };
const calling = await cpu(async () => {
  const { value, hostCalls } = await state.run(
    `local n = 0 for i = 1, ${calls} do n = n + echo(i) end return n`,
    biology,
    limits,
  );
  check("calls", [value, hostCalls], [(calls * (calls + 1)) / 2, calls]);
});
const echo = new Worker(
  `require("node:worker_threads").parentPort.on("message", (m) => require("node:worker_threads").parentPort.postMessage(m))`,
  { eval: true },
);
const bare = await cpu(
  () =>
    new Promise<void>((resolve) => {
      let left = calls;
      const onMessage = (): void => {
        if (--left > 0) echo.postMessage({ call: left, name: "echo", args: [left] });
        else {
          echo.off("message", onMessage);
          resolve();
        }
      };
      echo.on("message", onMessage);
      echo.postMessage({ call: left, name: "echo", args: [left] });
    }),
);
await echo.terminate();
note("a call of biology, against a bare message to a worker and back", {
  calls,
  cpuMicroseconds: (1e6 * calling) / calls,
  peerCpuMicroseconds: (1e6 * bare) / calls,
  ratio: calling / bare,
});

// a checkpoint of data and functions
await state.run(
  "data = {} for i = 1, 1e4 do data[i] = {id = i, name = 'gene' .. i, level = i / 3} end function f(x) return data[x].id end",
  {},
  limits,
);
let bytes: Uint8Array = new Uint8Array();
const keeping = await cpu(async () => {
  bytes = await state.checkpoint();
});
const second = processes.state("second");
const restoring = await cpu(() => second.restore(bytes));
check(
  "a restored state",
  (await second.run("return {f(777), data[3].level, #data}", {}, limits)).value,
  [777, 1, 10_000],
);
note("a checkpoint of 10,000 tables", {
  megabytes: bytes.length / 1e6,
  keepMilliseconds: 1000 * keeping,
  restoreMilliseconds: 1000 * restoring,
});

// the store, beside a plain file that is written and synced
const folder = mkdtempSync(join(tmpdir(), "bioxen-bench-"));
try {
  await using store = await CheckpointStore.open(join(folder, "store.db"));
  for (const size of [2 ** 16, 2 ** 20, 5 * 2 ** 20]) {
    const payload = new Uint8Array(size).map((_, at) => (at * 31) & 255);
    const rounds = 10;
    const times = { put: Number.POSITIVE_INFINITY, get: Number.POSITIVE_INFINITY, plain: Number.POSITIVE_INFINITY };
    const began = cpuSeconds();
    for (let round = 0; round < rounds; round++) {
      let at = performance.now();
      await store.put("vm", payload);
      times.put = Math.min(times.put, performance.now() - at);
      at = performance.now();
      const found = await store.get("vm");
      times.get = Math.min(times.get, performance.now() - at);
      check("what was kept", found !== null && Buffer.compare(found.payload, payload), 0);
      at = performance.now();
      const file = openSync(join(folder, "plain"), "w");
      writeSync(file, payload);
      fsyncSync(file);
      closeSync(file);
      times.plain = Math.min(times.plain, performance.now() - at);
    }
    note(`a checkpoint of ${size / 2 ** 10} KiB in the store, wall time, against a plain file written and synced`, {
      ...{
        putMilliseconds: times.put,
        getMilliseconds: times.get,
        peerMilliseconds: times.plain,
        ratio: times.put / times.plain,
      },
      cpuMillisecondsARound: (1000 * (cpuSeconds() - began)) / rounds,
    });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(
  process.argv.includes("--json")
    ? `${JSON.stringify({ date: new Date().toISOString().slice(0, 10), node: process.version, results }, null, 2)}\n`
    : `${results.map((one) => JSON.stringify(one)).join("\n")}\n`,
);
