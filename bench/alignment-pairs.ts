// Lists of short DNA pairs beside parasail, in this process and as a command, and two threads beside one, of a list of
// pairs and of a database search. CPU time of both sides in one run, every score asserted equal.
//   node dist/bench/alignment-pairs.js [--rounds 7] [--out FILE] [--data FOLDER] [--golden FILE]
// --golden writes a digest of parasail's scores alone, which the agreement test reads.
// Wall time says little on a shared machine. Two threads are judged by the least of all rounds, one thread's over two
// threads': of wall time, and of the CPU time of the busier worker with the calling thread's own, which is what two free
// cores would gain by.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { builtin } from "../accelerators/index.ts";
import type { Sequences } from "../src/contract/index.ts";
import { readPairs, readSequences, type SequencePairs } from "../src/formats/index.ts";
import { BioAcceleratorManager } from "../src/manager/index.ts";
import { blosum62, matchMismatch, type SequenceAlignmentInput, sequenceAlignment } from "../src/workloads/index.ts";
import { parasailPairs } from "./peers/parasail-pairs.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    out: { type: "string" },
    golden: { type: "string" },
    data: { type: "string", default: fileURLToPath(new URL("../../../shared/data/align/", import.meta.url)) },
  },
});
const rounds = Number(values.rounds);
const file = (name: string): string => join(values.data, name);
const median = (of: readonly number[]): number =>
  [...of].sort((x, y) => x - y)[Math.floor(of.length / 2)] ?? Number.NaN;

const peerFunction = "sw_striped_sse41_128_sat";
const dna = {
  pairing: "pairs",
  mode: "local",
  matrix: matchMismatch(1, -4),
  gapOpen: 8,
  gapExtend: 2,
  ambiguous: "score",
} as const;

async function scoresOf(
  manager: BioAcceleratorManager,
  input: SequenceAlignmentInput,
  threads: number,
): Promise<Int32Array> {
  return (await manager.run(sequenceAlignment, input, { device: "cpu-simd", threads })).output.scores;
}

/** CPU seconds of this process, all threads. */
async function cpuSeconds(work: () => Promise<unknown>): Promise<number> {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

function assertEqual(actual: ArrayLike<number>, expected: Int32Array, what: string): void {
  const at = expected.findIndex((score, index) => score !== actual[index]);
  if (at >= 0 || actual.length !== expected.length)
    throw new Error(`${what}: score ${at} is ${actual[at]}, not ${expected[at]}`);
}

/** The command's own account of one run in a process of its own, where V8 has seen nothing before. */
function byCommand(expected: Int32Array): number {
  const main = fileURLToPath(new URL("../src/cli/main.js", import.meta.url));
  const scoring = "--match 1 --mismatch -4 --gap-open 8 --gap-extend 2 --device cpu-simd --threads 1 --json";
  const said = execFileSync(
    process.execPath,
    [main, "align", "--pairs", file("lambda_reads.seq"), ...scoring.split(" ")],
    { encoding: "utf8", maxBuffer: 2 ** 28 },
  );
  const { measured, output } = JSON.parse(said) as {
    measured: { cpuSeconds: number };
    output: { alignments: { score: number }[] };
  };
  assertEqual(
    output.alignments.map(({ score }) => score),
    expected,
    "the command",
  );
  return measured.cpuSeconds;
}

/** All scores through their sum and hash (h = 31 h + score, 32 bits). */
function writeGolden(path: string, { queries, targets }: SequencePairs, folder: string): void {
  const peer = parasailPairs(folder);
  if (typeof peer === "string") throw new Error(peer);
  const { scores, version } = peer(peerFunction, "1,-4", queries, targets, dna.gapOpen, dna.gapExtend);
  const golden = {
    tool: `parasail ${version}, ${peerFunction}, 16 bits where 8 saturate`,
    command: "node dist/bench/alignment-pairs.js --golden src/workloads/sequence-alignment/golden/parasail-pairs.json",
    pairs: "lambda_reads.seq",
    match: 1,
    mismatch: -4,
    gapOpen: dna.gapOpen,
    gapExtend: dna.gapExtend,
    count: scores.length,
    sum: scores.reduce((sum, score) => sum + score, 0),
    hash: scores.reduce((hash, score) => (Math.imul(hash, 31) + score) >>> 0, 0).toString(16),
  };
  writeFileSync(path, `${JSON.stringify(golden, null, 2)}\n`);
}

async function shortPairs(manager: BioAcceleratorManager, pairs: SequencePairs, folder: string): Promise<object> {
  const { queries, targets } = pairs;
  const peer = parasailPairs(folder);
  if (typeof peer === "string") throw new Error(peer);
  const input = { ...dna, ...pairs };
  for (let warm = 0; warm < 10; warm++) await scoresOf(manager, input, 1);
  const repeats = 10;
  const ours: number[] = [];
  const theirs: number[] = [];
  const command: number[] = [];
  for (let round = 0; round < rounds; round++) {
    let scores = new Int32Array();
    const seconds = await cpuSeconds(async () => {
      for (let repeat = 0; repeat < repeats; repeat++) scores = new Int32Array(await scoresOf(manager, input, 1));
    });
    ours.push(seconds / repeats);
    const found = peer(peerFunction, "1,-4", queries, targets, dna.gapOpen, dna.gapExtend);
    theirs.push(found.seconds);
    assertEqual(scores, found.scores, "parasail");
    command.push(byCommand(found.scores));
  }
  const count = queries.names.length;
  return {
    what: "lambda_reads.seq, local, match 1, mismatch -4, open 8, extend 2, N mismatches, scores, one thread",
    peer: `parasail ${peerFunction}, 16 bits where 8 saturate, every score equal`,
    pairs: count,
    cpuSeconds: median(ours),
    peerCpuSeconds: median(theirs),
    pairsPerSecond: count / median(ours),
    ratio: median(theirs) / median(ours),
    ratioOfBest: Math.min(...theirs) / Math.min(...ours),
    goal: 3.4,
    commandCpuSeconds: median(command),
    commandRatio: median(theirs) / median(command),
  };
}

/** Nanoseconds on a core of each thread of this process; empty where the system does not tell. */
function threadTimes(): Map<string, number> {
  try {
    return new Map(
      readdirSync("/proc/self/task").map((thread) => [
        thread,
        Number(readFileSync(`/proc/self/task/${thread}/schedstat`, "utf8").split(" ")[0]),
      ]),
    );
  } catch {
    return new Map();
  }
}

async function timed(work: () => Promise<Int32Array>): Promise<{ wall: number; own: number; busiest: number }> {
  const before = threadTimes();
  const start = performance.now();
  await work();
  const wall = (performance.now() - start) / 1e3;
  const spent = [...threadTimes()].map(([thread, time]) => [thread, (time - (before.get(thread) ?? 0)) / 1e9] as const);
  const own = spent.find(([thread]) => thread === `${process.pid}`)?.[1] ?? Number.NaN;
  const others = spent.filter(([thread]) => thread !== `${process.pid}`).map(([, time]) => time);
  return { wall, own, busiest: Math.max(...others) };
}

async function twoThreads(
  manager: BioAcceleratorManager,
  what: string,
  input: SequenceAlignmentInput,
): Promise<object> {
  for (let warm = 0; warm < 3; warm++) await scoresOf(manager, input, 2);
  const expected = await scoresOf(manager, input, 1);
  const least = { oneWall: Infinity, twoWall: Infinity, one: Infinity, two: Infinity };
  for (let round = 0; round < rounds; round++) {
    const one = await timed(() => scoresOf(manager, input, 1));
    const two = await timed(async () => {
      const scores = await scoresOf(manager, input, 2);
      assertEqual(scores, expected, what);
      return scores;
    });
    least.oneWall = Math.min(least.oneWall, one.wall);
    least.twoWall = Math.min(least.twoWall, two.wall);
    least.one = Math.min(least.one, one.own + one.busiest);
    least.two = Math.min(least.two, two.own + two.busiest);
  }
  return { what, wallRatio: least.oneWall / least.twoWall, cpuRatio: least.one / least.two, goal: 1.9 };
}

/** The same pairs over and over: long enough a list that two threads are worth it. */
function repeated({ queries, targets }: SequencePairs, times: number): SequencePairs {
  const side = ({ names, residues, offsets }: Sequences): Sequences => {
    const all = new Uint8Array(new SharedArrayBuffer(times * residues.length));
    const starts = new Uint32Array(new SharedArrayBuffer(4 * (times * names.length + 1)));
    for (let time = 0; time < times; time++) {
      all.set(residues, time * residues.length);
      for (let at = 0; at <= names.length; at++)
        starts[time * names.length + at] = time * residues.length + (offsets[at] ?? 0);
    }
    return { names: Array.from({ length: times }, () => names).flat(), residues: all, offsets: starts };
  };
  return { queries: side(queries), targets: side(targets) };
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "bioxen-pairs-"));
  await using manager = await BioAcceleratorManager.open({
    accelerators: builtin.filter(({ id }) => id === "cpu-simd"),
  });
  try {
    const pairs = await readPairs(file("lambda_reads.seq"));
    if (values.golden !== undefined) {
      writeGolden(values.golden, pairs, folder);
      return;
    }
    const search: SequenceAlignmentInput = {
      queries: await readSequences(file("P27895.fasta")),
      targets: await readSequences(file("proteins_20k.fasta.gz")),
      pairing: "database",
      mode: "local",
      matrix: blosum62,
      gapOpen: 11,
      gapExtend: 1,
      ambiguous: "score",
    };
    const report = {
      workload: sequenceAlignment.id,
      command: `node dist/bench/alignment-pairs.js --rounds ${rounds}`,
      machine: `two cores shared with other work, load ${loadavg()[0]?.toFixed(1)}: ratios and CPU time count`,
      cpu: cpus()[0]?.model ?? "unknown",
      node: process.version,
      shortPairs: await shortPairs(manager, pairs, folder),
      twoThreads: [
        await twoThreads(manager, "lambda_reads.seq ten times over", { ...dna, ...repeated(pairs, 10) }),
        await twoThreads(manager, "P27895 against proteins_20k.fasta.gz", search),
      ],
    };
    console.log(JSON.stringify(report, null, 2));
    if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(report, null, 2)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
