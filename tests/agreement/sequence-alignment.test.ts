import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { type Accelerator, blosum62, type RunContext, type Sequences, sequenceAlignment } from "bioxen";
import { cpuSimd } from "bioxen/accelerators";
import { describe, expect, it } from "vitest";
import { sharedData } from "../support/shared-data.ts";

interface Golden {
  readonly gapOpen: number;
  readonly gapExtend: number;
  readonly queries: Readonly<
    Record<string, { sum: number; hash: string; top: readonly (readonly [string, number])[] }>
  >;
}

const golden: Golden = JSON.parse(
  readFileSync(new URL("../../src/workloads/sequence-alignment/golden/parasail.json", import.meta.url), "utf8"),
);
const database = sharedData("align/proteins_20k.fasta.gz");

// ---- the one reader of this file: to be `readFasta` of bioxen ----
function readProteins(path: string): Sequences {
  const file = readFileSync(path);
  const text = (path.endsWith(".gz") ? gunzipSync(file) : file).toString("latin1");
  const records = text.split(/^>/m).slice(1);
  const offsets = new Uint32Array(records.length + 1);
  const letters = records.map((record, at) => {
    const residues = record.slice(record.indexOf("\n")).replace(/\s/g, "");
    offsets[at + 1] = (offsets[at] ?? 0) + residues.length;
    return residues;
  });
  const names = records.map((record) => record.split(/\s/, 1)[0] ?? "");
  return { names, residues: new TextEncoder().encode(letters.join("")), offsets };
}
// ---- end of the reader ----

describe("sequence-alignment beside parasail", () => {
  it.skipIf(database === null)(
    `gives parasail's scores of all queries against 20,000 proteins${database === null ? " (skipped: ../shared/data/align is missing)" : ""}`,
    async () => {
      const targets = readProteins(database ?? "");
      const accelerator: Accelerator = cpuSimd;
      const kernel = accelerator.kernels.find(({ workload }) => workload === sequenceAlignment);
      if (kernel === undefined) throw new Error("cpu-simd has no sequence-alignment kernel");
      const context: RunContext = { signal: new AbortController().signal, threads: null };
      const probe = await accelerator.probe(context);
      if (probe.status !== "present") throw new Error(`cpu-simd is ${probe.status}`);
      await using device = await accelerator.open(probe.devices[0], context);
      const { gapOpen, gapExtend } = golden;
      expect(Object.keys(golden.queries)).toHaveLength(4);
      for (const [name, expected] of Object.entries(golden.queries)) {
        const queries = readProteins(sharedData(`align/${name}.fasta`) ?? "");
        const { scores } = await device.run<unknown, { scores: Int32Array }>(
          kernel,
          {
            queries,
            targets,
            pairing: "database",
            mode: "local",
            matrix: blosum62,
            gapOpen,
            gapExtend,
            ambiguous: "score",
          },
          context,
        );
        const best = Array.from(scores.keys()).sort((x, y) => (scores[y] ?? 0) - (scores[x] ?? 0) || x - y);
        expect({
          sum: scores.reduce((sum, score) => sum + score, 0),
          hash: scores.reduce((hash, score) => (Math.imul(hash, 31) + score) >>> 0, 0).toString(16),
          top: best.slice(0, 10).map((target) => [targets.names[target], scores[target]]),
        }).toEqual(expected);
      }
    },
  );
});
