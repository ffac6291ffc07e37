// Protein searches beside parasail in one run: CPU time of one thread, and the wall time of two against one.
//   node dist/bench/sequence-alignment.js [--json] [--rounds 3] [--out FILE] [--data FOLDER]
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { cpuSimd } from "../accelerators/index.ts";
import type { Device, RunContext, Sequences } from "../src/contract/index.ts";
import { blosum62, type SequenceAlignmentInput, sequenceAlignment } from "../src/workloads/index.ts";

/** What each query's CPU-time ratio must at least be. */
const goals = { P02232: 3.2, P07327: 1.85, P27895: 1.35, P04775: 1.15 } as const;
const peerFunction = "sw_striped_profile_avx2_256_sat";
const gapOpen = 11;
const gapExtend = 1;

interface Row {
  readonly query: string;
  readonly residues: number;
  readonly cells: number;
  /** Medians over the rounds. */
  readonly cpuSeconds: number;
  readonly gcups: number;
  readonly peerCpuSeconds: number | null;
  readonly ratio: number | null;
  readonly goal: number;
  /** Wall time of one thread over that of two. */
  readonly twoThreads: number;
}

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "3" },
    out: { type: "string" },
    data: { type: "string", default: fileURLToPath(new URL("../../../shared/data/align/", import.meta.url)) },
  },
});

const median = (of: readonly number[]): number =>
  [...of].sort((x, y) => x - y)[Math.floor(of.length / 2)] ?? Number.NaN;

function timed(threads: number): RunContext {
  return { signal: new AbortController().signal, threads };
}

/** A peer's scores of one query, and its CPU time. */
type Peer = (query: Sequences) => { readonly seconds: number; readonly version: string; readonly scores: Int32Array };

/** parasail as a program in a temporary folder, or the reason why there is none. */
function buildPeer(folder: string, targets: Sequences): Peer | string {
  const program = join(folder, "parasail");
  // the peer's sources are not compiled to dist: they stand in the checkout
  const source = fileURLToPath(new URL("../../bench/peers/parasail.c", import.meta.url));
  try {
    execFileSync("gcc", ["-O3", "-march=native", source, "-lparasail", "-o", program], { stdio: "pipe" });
  } catch (error) {
    return `parasail is not measured: gcc with libparasail-dev is needed (${String(error).split("\n")[0]})`;
  }
  const path = (name: string): string => join(folder, name);
  writeFileSync(path("residues"), asBlosumLetters(targets.residues));
  writeFileSync(path("offsets"), targets.offsets);
  return (query) => {
    writeFileSync(path("query"), asBlosumLetters(query.residues));
    const files = [path("query"), path("residues"), path("offsets")];
    const said = execFileSync(program, [peerFunction, ...files, `${gapOpen}`, `${gapExtend}`, path("scores")], {
      encoding: "utf8",
    });
    const { seconds, version } = JSON.parse(said) as { seconds: number; version: string };
    return { seconds, version, scores: new Int32Array(new Uint8Array(readFileSync(path("scores"))).buffer) };
  };
}

/** parasail reads a letter that BLOSUM62 lacks as `*`, BioXen as X. */
function asBlosumLetters(residues: Uint8Array): Uint8Array {
  return residues.map((letter) => (blosum62.alphabet.includes(String.fromCharCode(letter & 0xdf)) ? letter : 88));
}

async function measure(device: Device, targets: Sequences, peer: Peer | null, rounds: number): Promise<Row[]> {
  const { kernels } = cpuSimd;
  const kernel = kernels.find(({ workload }) => workload === sequenceAlignment);
  if (kernel === undefined || device.prepare === null) throw new Error("cpu-simd has no sequence-alignment kernel");
  const names = Object.keys(goals) as (keyof typeof goals)[];
  const inputs = names.map((name): SequenceAlignmentInput => {
    const queries = readProteins(join(values.data, `${name}.fasta`));
    return {
      queries,
      targets,
      pairing: "database",
      mode: "local",
      matrix: blosum62,
      gapOpen,
      gapExtend,
      ambiguous: "score",
    };
  });
  const samples = names.map(() => ({
    cpu: [] as number[],
    peer: [] as number[],
    one: [] as number[],
    two: [] as number[],
  }));
  for (const input of inputs.slice(0, 1)) {
    await device.prepare(kernel, input, timed(1));
    await device.run(kernel, input, timed(2)); // workers start and V8 optimizes the kernel: no part of any round
  }
  for (let round = 0; round < rounds; round++)
    for (const [index, input] of inputs.entries()) {
      const sample = samples[index];
      if (sample === undefined) continue;
      const theirs = peer?.(input.queries) ?? null;
      const cpu = process.cpuUsage();
      const start = performance.now();
      const { scores } = await device.run(kernel, input, timed(1));
      const { user, system } = process.cpuUsage(cpu);
      sample.one.push((performance.now() - start) / 1e3);
      sample.cpu.push((user + system) / 1e6);
      const again = performance.now();
      const both = await device.run(kernel, input, timed(2));
      sample.two.push((performance.now() - again) / 1e3);
      assertEqual(both.scores, scores, `${names[index]}: 2 threads`);
      if (theirs === null) continue;
      sample.peer.push(theirs.seconds);
      assertEqual(scores, theirs.scores, `${names[index]}: parasail ${theirs.version}`);
    }
  return inputs.map((input, index): Row => {
    const sample = samples[index] ?? { cpu: [], peer: [], one: [], two: [] };
    const query = names[index] ?? "P02232";
    const cells = sequenceAlignment.size(input).units;
    const cpuSeconds = median(sample.cpu);
    const peerCpuSeconds = peer === null ? null : median(sample.peer);
    return {
      query,
      residues: input.queries.residues.length,
      cells,
      cpuSeconds,
      gcups: cells / cpuSeconds / 1e9,
      peerCpuSeconds,
      ratio: peerCpuSeconds === null ? null : peerCpuSeconds / cpuSeconds,
      goal: goals[query],
      twoThreads: median(sample.one) / median(sample.two),
    };
  });
}

function assertEqual(actual: Int32Array, expected: Int32Array, what: string): void {
  if (actual.length !== expected.length) throw new Error(`${what}: ${expected.length} scores, not ${actual.length}`);
  const at = actual.findIndex((score, index) => score !== expected[index]);
  if (at >= 0) throw new Error(`${what}: score ${at} is ${actual[at]}, expected ${expected[at]}`);
}

// ---- the one reader of this file: to be `readFasta` of bioxen ----
/** Reads a trusted FASTA file, gzipped or not, as it is, unchecked. */
function readProteins(path: string): Sequences {
  const file = readFileSync(path);
  const text = path.endsWith(".gz") ? gunzipSync(file) : file;
  const names: string[] = [];
  const starts: number[] = [];
  const residues = new Uint8Array(new SharedArrayBuffer(text.length));
  let length = 0;
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf(10, at);
    const end = newline < 0 ? text.length : newline;
    if (text[at] === 62) {
      names.push(text.toString("latin1", at + 1, end).split(/\s/, 1)[0] ?? "");
      starts.push(length);
    } else for (; at < end; at++) if ((text[at] ?? 0) > 32) residues[length++] = text[at] ?? 0;
    at = end + 1;
  }
  return { names, residues: residues.subarray(0, length), offsets: Uint32Array.of(...starts, length) };
}
// ---- end of the reader ----

async function main(): Promise<void> {
  const targets = readProteins(join(values.data, "proteins_20k.fasta.gz"));
  const probe = await cpuSimd.probe(timed(1));
  if (probe.status !== "present") throw new Error(`cpu-simd is ${probe.status}`);
  const folder = mkdtempSync(join(tmpdir(), "bioxen-bench-"));
  const peer = buildPeer(folder, targets);
  if (typeof peer === "string") console.error(peer);
  await using device = await cpuSimd.open(probe.devices[0], timed(2));
  try {
    const rows = await measure(device, targets, typeof peer === "string" ? null : peer, Number(values.rounds));
    const report = {
      workload: sequenceAlignment.id,
      command: `node dist/bench/sequence-alignment.js --rounds ${values.rounds}`,
      database: "proteins_20k.fasta.gz",
      scoring: `${blosum62.name} ${gapOpen}/${gapExtend}`,
      peer: typeof peer === "string" ? peer : `parasail ${peerFunction}, one thread; every score equal`,
      cpu: cpus()[0]?.model ?? "unknown",
      node: process.version,
      rows,
    };
    if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(report, null, 2)}\n`);
    if (values.json) console.log(JSON.stringify(report, null, 2));
    else {
      console.log("query    residues  CPU s   GCUPS  parasail s  ratio  goal  2 threads");
      for (const row of rows)
        console.log(
          `${row.query}  ${`${row.residues}`.padStart(7)}  ${row.cpuSeconds.toFixed(3)}  ${row.gcups.toFixed(2).padStart(6)}  ` +
            `${row.peerCpuSeconds?.toFixed(3).padStart(10) ?? "         -"}  ${row.ratio?.toFixed(2).padStart(5) ?? "    -"}  ` +
            `${row.goal.toFixed(2)}  ${row.twoThreads.toFixed(2).padStart(9)}`,
        );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
