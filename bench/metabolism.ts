// Knock-outs and flux ranges of a genome-scale model beside COBRApy in one run: CPU time of one thread, wall time of two
// against one, peak memory. Every answer is compared with COBRApy's before a figure is told.
//   node dist/bench/metabolism.js [--json] [--rounds 3] [--out FILE] [--model FILE] [--python python3]
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { cpuSimd } from "../accelerators/index.ts";
import { BioAcceleratorManager, fva, knockOutGenePairs, knockOutGenes, parseBiggModel } from "../src/index.ts";

/** What COBRApy's CPU time over ours must at least be, and the most CPU seconds for all pairs. */
const goals = { knockOuts: 3, ranges: 5, pairsSeconds: 15, twoThreads: 1.7, peakMegabytes: 400 } as const;
const tasks = ["knockOuts", "ranges", "pairs"] as const;
type Task = (typeof tasks)[number];

/** GLPK cycles on these ranges now and then: for 7 minutes of CPU where 4 s are usual. Milliseconds. */
const patience = 60_000;

interface Run {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly peakMegabytes: number;
  readonly solves: number;
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

/** In a fresh process: opening the device and reading the model are not part of the time, the algorithm's every LP is. */
async function measure(task: Task, threads: number): Promise<Run> {
  await using manager = await BioAcceleratorManager.open({ accelerators: [cpuSimd], calibration: false });
  const model = parseBiggModel(readFileSync(values.model), values.model);
  const options = { dispatch: { threads } };
  const answer: Record<string, number | null> = {};
  let solves = 0;
  const before = process.cpuUsage();
  const from = performance.now();
  if (task === "ranges") {
    const found = await fva(model, manager, options);
    for (const [at, id] of found.reactions.entries()) {
      answer[`${id} minimum`] = found.minimum[at] ?? null;
      answer[`${id} maximum`] = found.maximum[at] ?? null;
    }
    solves = found.solves;
  } else if (task === "knockOuts") {
    for await (const block of knockOutGenes(model, manager, options)) {
      for (const { id, growth } of block.results) answer[id] = growth;
      solves = block.solves;
    }
  } else {
    let [sum, count] = [0, 0];
    for await (const block of (await knockOutGenePairs(model, manager, options)).blocks) {
      for (const growth of block.growth) sum += Number.isNaN(growth) ? 0 : growth;
      count += block.growth.length;
      solves = block.solves;
    }
    Object.assign(answer, { sum, count });
  }
  const { user, system } = process.cpuUsage(before);
  return {
    cpuSeconds: (user + system) / 1e6,
    wallSeconds: (performance.now() - from) / 1e3,
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
    solves,
    answer,
  };
}

function inFreshProcess(task: Task, threads: number): Run {
  const args = [fileURLToPath(import.meta.url), "--model", values.model, "--child", `${task},${threads}`];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8", maxBuffer: 1 << 26 })) as Run;
}

interface Peer {
  readonly version: string;
  readonly cpuSeconds: number;
  readonly answer: Readonly<Record<string, number | null>>;
}

/** COBRApy's answer and CPU time in one process, or null where Python has no COBRApy. */
function cobrapy(task: Task): Peer | null {
  if (task === "pairs") return null;
  const script = `
import json, logging, sys, time, warnings
warnings.filterwarnings("ignore"); logging.disable(logging.WARNING)
try:
    import cobra
    from cobra.flux_analysis import flux_variability_analysis, single_gene_deletion
except ImportError:
    sys.exit(0)
model = cobra.io.load_json_model(sys.argv[1])
model.slim_optimize()
start = time.process_time()
if sys.argv[2] == "ranges":
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
  const tolerance = task === "ranges" ? 1e-4 : 1e-6;
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
      twoThreads: digits(median(one.map((run) => run.wallSeconds)) / median(two.map((run) => run.wallSeconds))),
      peakMegabytes: Math.round(Math.max(...[...one, ...two].map((run) => run.peakMegabytes))),
      peer: peers[0] === undefined ? null : `COBRApy ${peers[0].version}`,
    };
  });
  const result = { machine: cpus()[0]?.model ?? "unknown", node: process.version, rounds, goals, rows };
  if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`);
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else console.table(rows);
}

if (values.child === undefined) report();
else {
  const [task = "knockOuts", threads = "1"] = values.child.split(",");
  process.stdout.write(JSON.stringify(await measure(task as Task, Number(threads))));
}
