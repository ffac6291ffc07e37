// Loading, knock-outs and flux ranges of a genome-scale model beside COBRApy in one run: CPU time of one thread, wall time of
// two against one and the most that it can be, peak memory. Every answer is compared with COBRApy's before a figure is told.
//   node dist/bench/metabolism.js [--json] [--rounds 3] [--out FILE] [--model FILE] [--python python3]
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { cpuSimd } from "../accelerators/index.ts";
import {
  adjustKnockOuts,
  BioAcceleratorManager,
  type Dispatcher,
  type FluxBalanceInput,
  fba,
  fluxBalance,
  fva,
  knockOutGenePairs,
  knockOutGenes,
  knockOutReactions,
  parseMetabolicModel,
  problemOf,
  reduceProblem,
} from "../src/index.ts";

/** What COBRApy's CPU time over ours must at least be, and the most CPU seconds to load and solve once, and for all pairs. */
const goals = {
  loadSeconds: 0.5,
  knockOuts: 3,
  ranges: 5,
  pairsSeconds: 15,
  twoThreads: 1.7,
  peakMegabytes: 400,
} as const;
/**
 * Tasks that COBRApy does too, then longer ones, which threads can share more of. `ranges90`: at fraction 0.9;
 * `reactionKnockOuts`: all reactions; `moma`: every 32nd gene; `unpruned`: every reaction of the reduced model knocked out by a
 * problem of its own, all of them one batch.
 */
const tasks = ["load", "knockOuts", "ranges", "pairs", "ranges90", "reactionKnockOuts", "moma", "unpruned"] as const;
type Task = (typeof tasks)[number];

/** GLPK cycles on these ranges now and then: for 7 minutes of CPU where 4 s are usual. Milliseconds, on a machine that may have much else to do. */
const patience = 240_000;

interface Run {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly peakMegabytes: number;
  readonly solves: number;
  /** Wall time within batches that threads can share: Amdahl's law says from it what two threads can gain at most. */
  readonly sharedSeconds: number;
  /** Growth by gene (null where infeasible); least, then largest flux by reaction; sum and count of all pairs' growth. */
  readonly answer: Readonly<Record<string, number | null>>;
}

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "3" },
    out: { type: "string" },
    python: { type: "string", default: "python3" },
    model: {
      type: "string",
      default: fileURLToPath(new URL("../../../shared/data/metabolic/iML1515.json", import.meta.url)),
    },
    child: { type: "string" },
  },
});

/** Items from which a batch is worth sharing. */
const leastShared = 16;

/** In a fresh process: opening the device is not part of the time, the algorithm's every LP is; reading the model is in `load` alone. */
async function measure(task: Task, threads: number): Promise<Run> {
  await using manager = await BioAcceleratorManager.open({ accelerators: [cpuSimd], calibration: false });
  const read = () => parseMetabolicModel(readFileSync(values.model), values.model);
  const early = task === "load" ? null : read();
  const options = { dispatch: { threads } };
  const answer: Record<string, number | null> = {};
  let solves = 0;
  let sharedSeconds = 0;
  const dispatcher: Dispatcher = {
    explain: (...how) => manager.explain(...how),
    run: async (workload, input, how) => {
      const done = await manager.run(workload, input, how);
      const { count } = input as Partial<FluxBalanceInput>;
      if ((count ?? 0) >= leastShared) sharedSeconds += done.measured.seconds;
      return done;
    },
  };
  const before = process.cpuUsage();
  const from = performance.now();
  const model = early ?? read();
  if (task === "load") {
    answer["growth"] = (await fba(model, dispatcher, options)).objective;
    solves = 1;
  } else if (task === "ranges" || task === "ranges90") {
    const found = await fva(model, dispatcher, { ...options, fraction: task === "ranges" ? 1 : 0.9 });
    for (const [at, id] of found.reactions.entries()) {
      answer[`${id} minimum`] = found.minimum[at] ?? null;
      answer[`${id} maximum`] = found.maximum[at] ?? null;
    }
    solves = found.solves;
  } else if (task === "moma") {
    const ids = model.genes.flatMap(({ id }, at) => (at % 32 === 0 ? [id] : []));
    for await (const block of adjustKnockOuts(model, dispatcher, { ...options, method: "moma", ids })) {
      // the distance is unique, growth need not be
      for (const { ids: mutant, distance } of block.results) answer[mutant.join()] = distance;
      solves = block.solves;
    }
  } else if (task === "knockOuts" || task === "reactionKnockOuts") {
    for await (const block of (task === "knockOuts" ? knockOutGenes : knockOutReactions)(model, dispatcher, options)) {
      for (const { id, growth } of block.results) answer[id] = growth;
      solves = block.solves;
    }
  } else if (task === "pairs") {
    let [sum, count] = [0, 0];
    for await (const block of (await knockOutGenePairs(model, dispatcher, options)).blocks) {
      for (const growth of block.growth) sum += Number.isNaN(growth) ? 0 : growth;
      count += block.growth.length;
      solves = block.solves;
    }
    Object.assign(answer, { sum, count });
  } else {
    const { problem } = reduceProblem(problemOf(model), { validFor: "knock-outs" });
    const count = problem.columns;
    const zeros = new Float64Array(count);
    const each = { offsets: Uint32Array.from({ length: count + 1 }, (_, at) => at), lower: zeros, upper: zeros };
    const bounds = { ...each, columns: Int32Array.from({ length: count }, (_, at) => at) };
    const batch = { problem, count, bounds, objectives: null, senses: null, wants: "objective" } as const;
    const { output } = await dispatcher.run(fluxBalance, batch, options.dispatch);
    for (const [at, growth] of output.objectives.entries()) answer[at] = Number.isNaN(growth) ? null : growth;
    solves = count;
  }
  const { user, system } = process.cpuUsage(before);
  return {
    cpuSeconds: (user + system) / 1e6,
    wallSeconds: (performance.now() - from) / 1e3,
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
    solves,
    sharedSeconds,
    answer,
  };
}

function inFreshProcess(task: Task, threads: number): Run {
  // as the commands about models set it
  const flags = ["--interrupt-budget=1000000"];
  const args = [...flags, fileURLToPath(import.meta.url), "--model", values.model, "--child", `${task},${threads}`];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8", maxBuffer: 1 << 26 })) as Run;
}

interface Peer {
  readonly version: string;
  readonly cpuSeconds: number;
  readonly answer: Readonly<Record<string, number | null>>;
}

/** COBRApy's answer and CPU time in one process, or null where Python has no COBRApy. */
function cobrapy(task: Task): Peer | null {
  if (task !== "load" && task !== "knockOuts" && task !== "ranges") return null;
  const script = `
import json, logging, sys, time, warnings
warnings.filterwarnings("ignore"); logging.disable(logging.WARNING)
try:
    import cobra
    from cobra.flux_analysis import flux_variability_analysis, single_gene_deletion
except ImportError:
    sys.exit(0)
start = time.process_time()
model = cobra.io.load_json_model(sys.argv[1])
growth = model.optimize().objective_value
seconds = time.process_time() - start
start = time.process_time()
if sys.argv[2] == "load":
    answer = {"growth": growth}
elif sys.argv[2] == "ranges":
    table = flux_variability_analysis(model, fraction_of_optimum=1.0, processes=1)
    seconds = time.process_time() - start
    answer = {f"{i} {end}": float(v) for end in ("minimum", "maximum") for i, v in table[end].items()}
else:
    table = single_gene_deletion(model, processes=1)
    seconds = time.process_time() - start
    answer = {list(i)[0]: (None if g != g else float(g)) for i, g in zip(table.ids, table.growth)}
print(json.dumps({"version": cobra.__version__, "cpuSeconds": seconds, "answer": answer}))
`;
  let text: string;
  try {
    text = execFileSync(values.python, ["-c", script, values.model, task], {
      encoding: "utf8",
      maxBuffer: 1 << 26,
      timeout: patience,
      // its order of reactions, and with it GLPK's path, depends on Python's hashes
      env: { ...process.env, PYTHONHASHSEED: "0" },
    });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return null;
    if (code === "ETIMEDOUT") {
      process.stderr.write(`${task}: COBRApy did not end within ${patience / 1000} s and is left out of this round\n`);
      return null;
    }
    throw cause;
  }
  return text.trim() === "" ? null : (JSON.parse(text.slice(text.indexOf("{"))) as Peer);
}

/** Throws unless every number is the peer's: growth to 1e-6; ranges to 1e-4, for COBRApy's tolerance widens some (see the agreement test). */
function compare(task: Task, run: Run, expected: Readonly<Record<string, number | null>>): void {
  const tolerance = task.startsWith("ranges") ? 1e-4 : 1e-6;
  const ids = Object.keys(expected);
  if (ids.length === 0 || ids.length !== Object.keys(run.answer).length)
    throw new Error(`${task}: ${Object.keys(run.answer).length} answers, expected ${ids.length}`);
  for (const id of ids) {
    const [a, b] = [run.answer[id] ?? null, expected[id] ?? null];
    const same = a === null || b === null ? a === b : Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));
    if (!same) throw new Error(`${task}, ${id}: ${a}, expected ${b}`);
  }
}

function median(of: readonly number[]): number {
  return [...of].sort((x, y) => x - y)[of.length >> 1] ?? Number.NaN;
}

function report(): void {
  const rounds = Number(values.rounds);
  const load = loadavg()[0]?.toFixed(1);
  const rows = tasks.map((task) => {
    const peers: Peer[] = [];
    const one: Run[] = [];
    const two: Run[] = [];
    for (let round = 0; round < rounds; round++) {
      one.push(inFreshProcess(task, 1));
      two.push(inFreshProcess(task, 2));
      const peer = cobrapy(task);
      if (peer !== null) peers.push(peer);
    }
    const expected = peers[0]?.answer ?? one[0]?.answer ?? {};
    for (const run of [...one, ...two]) compare(task, run, expected);
    const digits = (value: number): number => Number(value.toPrecision(3));
    const cpuSeconds = median(one.map((run) => run.cpuSeconds));
    const peerCpuSeconds = peers.length === 0 ? null : median(peers.map((peer) => peer.cpuSeconds));
    return {
      task,
      solves: one[0]?.solves ?? 0,
      cpuSeconds: digits(cpuSeconds),
      peerCpuSeconds: peerCpuSeconds === null ? null : digits(peerCpuSeconds),
      ratio: peerCpuSeconds === null ? null : digits(peerCpuSeconds / cpuSeconds),
      // the quickest of each: on a machine that has much else to do, a thread may wait for its turn longer than it runs
      twoThreads: digits(
        Math.min(...one.map((run) => run.wallSeconds)) / Math.min(...two.map((run) => run.wallSeconds)),
      ),
      wallSeconds: digits(Math.min(...one.map((run) => run.wallSeconds))),
      mostOfTwo: digits(
        median(one.map(({ wallSeconds, sharedSeconds }) => wallSeconds / (wallSeconds - sharedSeconds / 2))),
      ),
      peakMegabytes: Math.round(Math.max(...[...one, ...two].map((run) => run.peakMegabytes))),
      peer: peers[0] === undefined ? null : `COBRApy ${peers[0].version}`,
    };
  });
  const result = {
    machine: cpus()[0]?.model ?? "unknown",
    node: process.version,
    rounds,
    load: `${load} a minute before, on ${cpus().length} cores`,
    goals,
    rows,
  };
  if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`);
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else console.table(rows);
}

if (values.child === undefined) report();
else {
  const [task = "knockOuts", threads = "1"] = values.child.split(",");
  process.stdout.write(JSON.stringify(await measure(task as Task, Number(threads))));
}
