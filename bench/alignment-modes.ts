// Every mode's scores beside parasail's, four queries against 20,000 proteins, and CIGARs of a sample added up again.
//   node dist/bench/alignment-modes.js [--every 1] [--out FILE] [--data FOLDER] [--golden FILE]
// --every 10 takes every tenth target; --golden writes digests of parasail's scores of every tenth, which a test reads.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { cpuSimd } from "../accelerators/index.ts";
import type { Device, RunContext, Sequences } from "../src/contract/index.ts";
import { readSequences } from "../src/formats/index.ts";
import {
  type Alignments,
  type AlignmentTracebackInput,
  alignmentTraceback,
  blosum62,
  type SequenceAlignmentInput,
  sequenceAlignment,
} from "../src/workloads/index.ts";
import { parasailPairs } from "./peers/parasail-pairs.ts";

const queryNames = ["P02232", "P07327", "P27895", "P04775"];
const gapOpen = 11;
const gapExtend = 1;
const sampled = 10;

/** Our modes and what parasail calls them. */
const modes = {
  local: { peer: "sw_striped_32", mode: { mode: "local" } },
  global: { peer: "nw_striped_32", mode: { mode: "global" } },
  overlap: { peer: "sg_striped_32", mode: { mode: "overlap" } },
  "semi-global, target's ends": {
    peer: "sg_dx_striped_32",
    mode: { mode: "semi-global", freeEnds: { targetStart: true, targetEnd: true } },
  },
  "semi-global, query's ends": {
    peer: "sg_qx_striped_32",
    mode: { mode: "semi-global", freeEnds: { queryStart: true, queryEnd: true } },
  },
} as const;

const { values } = parseArgs({
  options: {
    every: { type: "string", default: "1" },
    out: { type: "string" },
    golden: { type: "string" },
    data: { type: "string", default: fileURLToPath(new URL("../../../shared/data/align/", import.meta.url)) },
  },
});

const context: RunContext = { signal: new AbortController().signal, threads: null };

function every(of: Sequences, step: number): Sequences {
  if (step === 1) return of;
  const places = Array.from({ length: Math.ceil(of.names.length / step) }, (_, at) => at * step);
  return picked(of, places);
}

function picked({ names, residues, offsets }: Sequences, places: readonly number[]): Sequences {
  const own = new Uint32Array(places.length + 1);
  places.forEach((at, index) => {
    own[index + 1] = (own[index] ?? 0) + (offsets[at + 1] ?? 0) - (offsets[at] ?? 0);
  });
  const letters = new Uint8Array(new SharedArrayBuffer(own[places.length] ?? 0));
  places.forEach((at, index) => {
    letters.set(residues.subarray(offsets[at], offsets[at + 1]), own[index]);
  });
  return { names: places.map((at) => names[at] ?? ""), residues: letters, offsets: own };
}

async function run<I, O>(device: Device, workload: unknown, input: I): Promise<O> {
  const kernel = cpuSimd.kernels.find((one) => one.workload === workload);
  if (kernel === undefined) throw new Error("cpu-simd lacks a kernel");
  return device.run<I, O>(kernel, input, context);
}

async function main(): Promise<void> {
  const all = await readSequences(join(values.data, "proteins_20k.fasta.gz"));
  const queries = await Promise.all(queryNames.map((name) => readSequences(join(values.data, `${name}.fasta`))));
  const folder = mkdtempSync(join(tmpdir(), "bioxen-modes-"));
  try {
    const peer = parasailPairs(folder);
    if (typeof peer === "string") throw new Error(peer);
    // an overlap of nothing scores 0 here; parasail's pairs at least one residue, be it below 0
    const theirs = (name: keyof typeof modes, query: Sequences, targets: Sequences): Int32Array => {
      const { scores } = peer(modes[name].peer, "blosum62", query, targets, gapOpen, gapExtend);
      return name === "overlap" ? scores.map((score) => Math.max(0, score)) : scores;
    };
    const names = Object.keys(modes) as (keyof typeof modes)[];
    if (values.golden !== undefined) {
      const targets = every(all, sampled);
      const digests = names.map((name) => [
        name,
        Object.fromEntries(
          queries.map((query, at) => {
            const scores = theirs(name, query, targets);
            const hash = scores.reduce((sum, score) => (Math.imul(sum, 31) + score) >>> 0, 0).toString(16);
            return [queryNames[at], { sum: scores.reduce((sum, score) => sum + score, 0), hash }];
          }),
        ),
      ]);
      const golden = {
        tool: `parasail ${peer("nw_striped_32", "blosum62", queries[0] ?? all, picked(all, [0]), gapOpen, gapExtend).version}`,
        command:
          "node dist/bench/alignment-modes.js --golden src/workloads/sequence-alignment/golden/parasail-modes.json",
        database: `every ${sampled}th of proteins_20k.fasta.gz; letters that BLOSUM62 lacks as X; overlaps below 0 as 0`,
        functions: Object.fromEntries(names.map((name) => [name, modes[name].peer])),
        gapOpen,
        gapExtend,
        modes: Object.fromEntries(digests),
      };
      writeFileSync(values.golden, `${JSON.stringify(golden, null, 2)}\n`);
      return;
    }
    const targets = every(all, Number(values.every));
    const sample = every(all, sampled);
    const probe = await cpuSimd.probe(context);
    if (probe.status !== "present") throw new Error(`cpu-simd is ${probe.status}`);
    await using device = await cpuSimd.open(probe.devices[0], context);
    const rows: { mode: string; query: string; scores: number; cigars: number }[] = [];
    for (const name of names)
      for (const [at, query] of queries.entries()) {
        const question = { ...modes[name].mode, matrix: blosum62, gapOpen, gapExtend, ambiguous: "score" } as const;
        const input: SequenceAlignmentInput = { ...question, queries: query, targets, pairing: "database" };
        const { scores } = await run<SequenceAlignmentInput, { scores: Int32Array }>(device, sequenceAlignment, input);
        const expected = theirs(name, query, targets);
        const wrong = expected.findIndex((score, index) => score !== scores[index]);
        if (wrong >= 0)
          throw new Error(
            `${name}, ${queryNames[at]}, ${targets.names[wrong]}: ${scores[wrong]}, not ${expected[wrong]}`,
          );
        const repeated = picked(
          query,
          Array.from(sample.names, () => 0),
        );
        const asked: AlignmentTracebackInput = { ...question, queries: repeated, targets: sample, want: "cigar" };
        const output = await run<AlignmentTracebackInput, Alignments>(device, alignmentTraceback, asked);
        const differs = alignmentTraceback.differ(output, output, asked);
        if (differs !== null) throw new Error(`${name}, ${queryNames[at]}: ${differs}`);
        rows.push({ mode: name, query: queryNames[at] ?? "", scores: scores.length, cigars: output.scores.length });
        console.log(`${name}, ${queryNames[at]}: ${scores.length} scores equal, ${output.scores.length} CIGARs add up`);
      }
    const report = {
      workload: "sequence-alignment, alignment-traceback",
      command: `node dist/bench/alignment-modes.js --every ${values.every}`,
      peer: "parasail, the functions that golden/parasail-modes.json names; every score equal, every CIGAR adds up to its score",
      scoring: `${blosum62.name} ${gapOpen}/${gapExtend}`,
      cpu: cpus()[0]?.model ?? "unknown",
      node: process.version,
      rows,
    };
    if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(report, null, 2)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
