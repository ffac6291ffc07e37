// node dist/bench/first-run.js [--json] [--out FILE] [--tries N] [--accelerator ID]
// How long each device takes from cold to its first answer: open, prepare and one run in a process that did nothing yet.
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { builtin } from "../accelerators/index.ts";
import { type AnyKernel, type DeviceInfo, devicesOf, type RunContext } from "../src/contract/index.ts";
import { seededRandom } from "../src/index.ts";

/** One device and workload, cold. */
interface FirstRun {
  readonly device: string;
  readonly name: string;
  readonly workload: string;
  readonly simulated: boolean;
  /** Least wall time of open, prepare and run over the tries. */
  readonly seconds: number;
  /** Least CPU time over the tries, of the process and those it started; null where the system does not tell. */
  readonly cpuSeconds: number | null;
  /** What the answer was compared with, in every try; a workload without an oracle has only the device's next answer. */
  readonly checked: "the oracle" | "its own second run";
}

/** What one cold process measured. */
type Try = Pick<FirstRun, "seconds" | "cpuSeconds" | "checked">;

/** From cold to the first answer a device may take as long. */
const allowedSeconds = 2;
/** So little work that starting is what is timed: a GPU emulated on two cores does it in half a second and less. */
const units = 2 ** 18;

const {
  values: { json, out, tries, accelerator: only, one },
} = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    out: { type: "string" },
    tries: { type: "string", default: "5" },
    accelerator: { type: "string" },
    // DEVICE/WORKLOAD: what this program asks of a process of its own
    one: { type: "string" },
  },
});
const context: RunContext = { signal: new AbortController().signal, threads: null };

if (one === undefined) await measureAll(Number(tries));
else process.stdout.write(JSON.stringify(await measureHere(one)));

async function measureAll(count: number): Promise<void> {
  const rows: FirstRun[] = [];
  const missing: { accelerator: string; reason: string }[] = [];
  for (const accelerator of builtin.filter(({ id }) => only === undefined || id === only)) {
    const probe = await accelerator.probe(context);
    const reason = probe.status === "absent" ? probe.reason : probe.status === "broken" ? probe.error.message : null;
    if (reason !== null) missing.push({ accelerator: accelerator.id, reason });
    for (const info of devicesOf(probe))
      for (const kernel of accelerator.kernels) rows.push(await measure(info, kernel, count));
  }
  const slow = rows.filter(({ seconds }) => !(seconds <= allowedSeconds));
  const result = {
    command: "node dist/bench/first-run.js",
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    allowedSeconds,
    tries: count,
    rows,
    missing,
  };
  if (out !== undefined) writeFileSync(out, `${JSON.stringify(result, null, 2)}\n`);
  if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else
    for (const { device, workload, seconds, cpuSeconds } of rows)
      process.stdout.write(
        `${device.padEnd(14)} ${workload.padEnd(20)} ${seconds.toFixed(3)} s, CPU ${cpuSeconds?.toFixed(2) ?? "?"} s\n`,
      );
  if (slow.length === 0) return;
  const named = slow.map(({ device, workload, seconds }) => `${device} ${workload} ${seconds.toFixed(2)} s`).join("; ");
  throw new Error(`over ${allowedSeconds} s from cold to the first answer: ${named}`);
}

async function measure(info: DeviceInfo, { workload }: AnyKernel, count: number): Promise<FirstRun> {
  const all: Try[] = [];
  for (let at = 0; at < count; at++) {
    const { stdout } = await promisify(execFile)(process.execPath, [
      fileURLToPath(import.meta.url),
      "--one",
      `${info.id}/${workload.id}`,
    ]);
    all.push(JSON.parse(stdout) as Try);
  }
  const [first] = all;
  if (first === undefined) throw new Error("at least one try is expected");
  const cpuSeconds = all.flatMap((each) => each.cpuSeconds ?? []);
  return {
    device: info.id,
    name: info.name,
    workload: workload.id,
    simulated: info.simulated,
    seconds: Math.min(...all.map(({ seconds }) => seconds)),
    cpuSeconds: cpuSeconds.length === 0 ? null : Math.min(...cpuSeconds),
    checked: first.checked,
  };
}

async function measureHere(named: string): Promise<Try> {
  const [device = "", id = ""] = named.split("/");
  const accelerator = builtin.find((each) => device.startsWith(`${each.id}:`));
  const kernel = accelerator?.kernels.find(({ workload }) => workload.id === id);
  if (accelerator === undefined || kernel === undefined) throw new Error(`no ${named}`);
  const info = devicesOf(await accelerator.probe(context)).find((each) => each.id === device);
  if (info === undefined) throw new Error(`${device} is gone`);
  const { workload } = kernel;
  const input: unknown = workload.generate(units, seededRandom(1));
  const expected: unknown = workload.reference?.(input);
  const cpuBefore = process.cpuUsage();
  const childrenBefore = childCpuSeconds();
  const startedAt = performance.now();
  const opened = await accelerator.open(info, context);
  const run = (): Promise<unknown> => opened.run<unknown, unknown>(kernel, input, context);
  await opened.prepare?.<unknown, unknown>(kernel, input, context);
  const answer = await run();
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const again = expected === undefined ? await run() : null;
  // a child's CPU time is told once it has ended
  await opened[Symbol.asyncDispose]();
  const children = childCpuSeconds();
  const difference = workload.differ(answer, expected ?? again, input);
  if (difference !== null) throw new Error(`${named}: ${difference}`);
  return {
    seconds,
    cpuSeconds: children === null || childrenBefore === null ? null : (user + system) / 1e6 + children - childrenBefore,
    checked: expected === undefined ? "its own second run" : "the oracle",
  };
}

/** CPU time of the children that ended, from Linux' `/proc` (in ticks of 10 ms); null elsewhere. */
function childCpuSeconds(): number | null {
  if (process.platform !== "linux") return null;
  const fields = readFileSync("/proc/self/stat", "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[13]) + Number(fields[14])) / 100;
}
