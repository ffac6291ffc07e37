import { readFileSync } from "node:fs";
import {
  type Accelerator,
  type AlignmentScores,
  blosum62,
  matchMismatch,
  type RunContext,
  readPairs,
  readSequences,
  type SequenceAlignmentInput,
  sequenceAlignment,
} from "bioxen";
import { cpuSimd } from "bioxen/accelerators";
import { describe, expect, it } from "vitest";
import { openFirst, runKernel } from "../support/run-on.ts";
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
const reads = sharedData("align/lambda_reads.seq");

describe("sequence-alignment beside parasail", () => {
  it.skipIf(database === null)(
    `gives parasail's scores of all queries against 20,000 proteins${database === null ? " (skipped: ../shared/data/align is missing)" : ""}`,
    async () => {
      const targets = await readSequences(database ?? "");
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
        const queries = await readSequences(sharedData(`align/${name}.fasta`) ?? "");
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

  it.skipIf(reads === null)(
    `gives parasail's scores of 8,501 reads beside their windows${reads === null ? " (skipped: ../shared/data/align is missing)" : ""}`,
    async () => {
      const file = new URL("../../src/workloads/sequence-alignment/golden/parasail-pairs.json", import.meta.url);
      const { match, mismatch, gapOpen, gapExtend, count, sum, hash } = JSON.parse(readFileSync(file, "utf8"));
      const pairs = await readPairs(reads ?? "");
      const device = await openFirst(cpuSimd);
      const question = { matrix: matchMismatch(match, mismatch), gapOpen, gapExtend, ambiguous: "score" } as const;
      const input: SequenceAlignmentInput = { ...pairs, ...question, pairing: "pairs", mode: "local" };
      const { scores } = await runKernel<SequenceAlignmentInput, AlignmentScores>(
        cpuSimd,
        device,
        sequenceAlignment,
        input,
      );
      await device[Symbol.asyncDispose]();
      expect({
        count: scores.length,
        sum: scores.reduce((all, score) => all + score, 0),
        hash: scores.reduce((all, score) => (Math.imul(all, 31) + score) >>> 0, 0).toString(16),
      }).toEqual({ count, sum, hash });
    },
  );
});
