import { readFileSync } from "node:fs";
import {
  type AlignmentMode,
  blosum62,
  type FreeEnds,
  readSequences,
  type SequenceAlignmentInput,
  type Sequences,
  sequenceAlignment,
} from "bioxen";
import { cpuSimd } from "bioxen/accelerators";
import { describe, expect, it } from "vitest";
import { openFirst, runKernel } from "../support/run-on.ts";
import { sharedData } from "../support/shared-data.ts";

interface Golden {
  readonly gapOpen: number;
  readonly gapExtend: number;
  readonly modes: Readonly<Record<string, Readonly<Record<string, { sum: number; hash: string }>>>>;
}

const golden: Golden = JSON.parse(
  readFileSync(new URL("../../src/workloads/sequence-alignment/golden/parasail-modes.json", import.meta.url), "utf8"),
);
const modes: Readonly<Record<string, { mode: AlignmentMode; freeEnds?: Partial<FreeEnds> }>> = {
  local: { mode: "local" },
  global: { mode: "global" },
  overlap: { mode: "overlap" },
  "semi-global, target's ends": { mode: "semi-global" },
  "semi-global, query's ends": { mode: "semi-global", freeEnds: { queryStart: true, queryEnd: true } },
};
const database = sharedData("align/proteins_20k.fasta.gz");

/** Every tenth target, as the golden file has it. */
function tenth({ names, residues, offsets }: Sequences): Sequences {
  const places = names.flatMap((_, at) => (at % 10 === 0 ? [at] : []));
  const own = new Uint32Array(places.length + 1);
  places.forEach((at, index) => {
    own[index + 1] = (own[index] ?? 0) + (offsets[at + 1] ?? 0) - (offsets[at] ?? 0);
  });
  const letters = new Uint8Array(own[places.length] ?? 0);
  places.forEach((at, index) => {
    letters.set(residues.subarray(offsets[at], offsets[at + 1]), own[index]);
  });
  return { names: places.map((at) => names[at] ?? ""), residues: letters, offsets: own };
}

describe("all modes beside parasail", () => {
  it.skipIf(database === null)(
    `have parasail's scores of two queries against 2,000 proteins${database === null ? " (skipped: ../shared/data/align is missing)" : ""}`,
    async () => {
      const targets = tenth(await readSequences(database ?? ""));
      await using device = await openFirst(cpuSimd);
      const { gapOpen, gapExtend } = golden;
      for (const [name, mode] of Object.entries(modes))
        for (const query of ["P02232", "P07327"]) {
          const queries = await readSequences(sharedData(`align/${query}.fasta`) ?? "");
          const input: SequenceAlignmentInput = {
            ...mode,
            queries,
            targets,
            pairing: "database",
            matrix: blosum62,
            gapOpen,
            gapExtend,
            ambiguous: "score",
          };
          const { scores } = await runKernel(cpuSimd, device, sequenceAlignment, input);
          expect({
            sum: scores.reduce((sum, score) => sum + score, 0),
            hash: scores.reduce((hash, score) => (Math.imul(hash, 31) + score) >>> 0, 0).toString(16),
          }).toEqual(golden.modes[name]?.[query]);
        }
    },
    60_000,
  );
});
