// sequence-alignment on gpu-cuda against the oracle and cpu-simd, through the stand-in driver: the kernels' own sources on the CPU.
import {
  type AlignmentScores,
  blosum62,
  type Device,
  matchMismatch,
  readPairs,
  readSequences,
  type SequenceAlignmentInput,
  type Sequences,
  type SubstitutionMatrix,
  seededRandom,
  sequenceAlignment,
} from "bioxen";
import { cpuSimd, createGpuCuda } from "bioxen/accelerators";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CudaDevice, openCudaDevice } from "../../dist/accelerators/gpu-cuda/cuda-device.js";
import { alignOn, planned, type SearchWay } from "../../dist/accelerators/gpu-cuda/sequence-alignment.js";
import { buildStandIn, type StandIn, whyNoStandIn } from "../support/cuda-stand-in/stand-in.ts";
import { isRequired } from "../support/required.ts";
import { calmly, firstDevice, runKernel } from "../support/run-on.ts";
import { sharedData } from "../support/shared-data.ts";

const why = whyNoStandIn();
if (why !== null && isRequired("gpu-cuda")) throw new Error(why);

const packed: SearchWay = { ...planned, packing: "all" };
const ways: readonly SearchWay[] = [
  packed,
  { ...planned, packing: "all", rows: 16 },
  { ...planned, packing: "all", rows: 8 },
  planned,
  { ...planned, packing: "none", pairCells: 1 },
];

/** What the stand-in has: DPX, none, and so little memory that queries and groups of targets go in parts. */
for (const settings of ["compute=90", "compute=86", "compute=90,memory=2m"])
  describe.skipIf(why !== null)(`sequence-alignment on gpu-cuda, ${settings} ${why ?? ""}`, () => {
    let device: CudaDevice;
    let standIn: StandIn;
    let cpu: Device;
    beforeAll(async () => {
      standIn = await buildStandIn(["sequence-alignment"]);
      // for the whole process, so one kind of device at a time
      standIn.configure(settings);
      const found = await firstDevice(createGpuCuda(standIn.libraries));
      if (typeof found === "string") throw new Error(found);
      device = openCudaDevice(found, 0, standIn.libraries);
      const info = await firstDevice(cpuSimd);
      if (typeof info === "string") throw new Error(info);
      cpu = await cpuSimd.open(info, calmly());
    }, 120_000);
    afterAll(async () => {
      await device?.[Symbol.asyncDispose]();
      await cpu?.[Symbol.asyncDispose]();
    });

    /** cpu-simd is held against the oracle elsewhere, and is a thousand times as quick. */
    async function agree(input: SequenceAlignmentInput, way: SearchWay): Promise<Int32Array> {
      const expected = await runKernel<SequenceAlignmentInput, AlignmentScores>(cpuSimd, cpu, sequenceAlignment, input);
      const actual = await alignOn(device, input, calmly(), way);
      expect(sequenceAlignment.differ(actual, expected, input)).toBeNull();
      return actual.scores;
    }

    /** The launches of a run with its targets on the device. */
    async function launchesOf(input: SequenceAlignmentInput, way: SearchWay): Promise<number> {
      await agree(input, way);
      const before = standIn.launches();
      await agree(input, way);
      return standIn.launches() - before;
    }

    test("any matrix, gaps, lengths, pairing and way", { timeout: 120_000 }, async () => {
      let positive = 0;
      await fc.assert(
        fc.asyncProperty(anyAlignment, fc.constantFrom(...ways), async (input, way) => {
          const expected = sequenceAlignment.reference?.(input) ?? { scores: new Int32Array() };
          const actual = await alignOn(device, input, calmly(), way);
          expect(sequenceAlignment.differ(actual, expected, input)).toBeNull();
          for (const score of expected.scores) if (score > 0) positive++;
        }),
        { numRuns: 100 },
      );
      expect(positive).toBeGreaterThan(1000);
    });

    test("queries and targets that end at, before and after strips, blocks of columns and groups", async () => {
      const random = seededRandom(1);
      const protein = (length: number): string =>
        Array.from({ length }, () => "ARNDCQEGHILKMFPSTWYV"[Math.floor(20 * random())]).join("");
      const queries = [0, 1, 31, 32, 33, 64, 95, 96, 97, 128, 129, 193, 257, 385].map(protein);
      // parts of the queries among them, so that scores are not all of one kind
      const targets = [
        ...[0, 1, 2, 3, 4, 5, 6, 7, 30, 31, 32, 33, 61, 62, 63, 64, 65, 0, 97].map(protein),
        ...queries.map((query) => query.slice(3)),
      ];
      for (const way of ways) await agree(search(queries, targets), way);
      // one query at a time has strips as high as it needs
      for (const query of queries) await agree(search([query], targets), packed);
      await agree({ ...search(queries, queries.toReversed()), pairing: "pairs" }, planned);
    });

    test("one target, and one more than a group", async () => {
      for (const count of [1, 2, 15, 16, 17, 33])
        for (const way of ways)
          await agree(
            search(
              ["MKVLAAGIVGLCAKAYWL"],
              Array.from({ length: count }, (_, at) => "AAGIVGWCAKAY".slice(at % 9)),
            ),
            way,
          );
    });

    test("27 kinds of letters, in either case, alike and masked", async () => {
      const letters = "ARNDCQEGHILKMFPSTWYVBZX*UOJ";
      const all = Array.from({ length: 20 }, (_, at) =>
        (letters.slice(at) + letters.toLowerCase()).repeat(1 + (at % 3)),
      );
      for (const ambiguous of ["score", "mask"] as const)
        await agree({ ...search(all.slice(0, 3), all), ambiguous }, packed);
    });

    test("scores on either side of what 16 bits hold", async () => {
      // 0 is kept as 5 + 2 + 100: from 65,335 on a score may have gone over; two of them beside small ones in one pair
      const input: SequenceAlignmentInput = {
        ...search(
          ["ACGT".repeat(170)],
          [
            ...Array.from({ length: 12 }, (_, at) => "ACGT".repeat(170).slice(0, 648 + at)),
            "ACGT",
            "",
            "TTTT",
            "GTACGTACGT",
          ],
        ),
        matrix: matchMismatch(100, -100),
        gapOpen: 5,
        gapExtend: 2,
      };
      const scores = await agree(input, packed);
      expect(scores.slice(0, 12)).toEqual(Int32Array.from({ length: 12 }, (_, at) => 100 * (648 + at)));
      const small = { ...input, targets: sequencesOf(["ACGT".repeat(160), "ACGT"]) };
      const more = (await launchesOf(input, packed)) - (await launchesOf(small, packed));
      // only where a score may not fit it is made again, by one launch; in 32 bits all fit
      if (settings === "compute=90") expect(more).toBe(1);
      if (settings === "compute=86") expect(more).toBe(0);
    });

    test("a query of several passes of a block, launch by launch", async () => {
      const random = seededRandom(2);
      const dna = (length: number): string => Array.from({ length }, () => "ACGT"[Math.floor(4 * random())]).join("");
      const query = dna(4500);
      const targets = [query.slice(1000, 1150) + query.slice(1170, 1400), dna(90), query.slice(4300), ""];
      const input = { ...search([query], targets), matrix: matchMismatch(2, -3), gapOpen: 5, gapExtend: 2 };
      const inLaunches = (pairCells: number): Promise<number> =>
        launchesOf(input, { ...planned, packing: "none", pairCells });
      // after the query's letters, three passes: all in one launch, or a launch each
      expect(await inLaunches(1e9)).toBe(2);
      expect(await inLaunches(1)).toBe(4);
      const [first = 0] = await agree(input, planned);
      expect(first).toBeGreaterThan(500);
    });

    test("the protein queries and the DNA pairs of the shared data", { timeout: 120_000 }, async ({ skip }) => {
      const database = sharedData("align/proteins_20k.fasta.gz");
      if (database === null) return skip("../shared/data/align is missing");
      const proteins = await readSequences(database);
      // every 400th, and of queries the shorter ones: the stand-in makes a ten thousandth of a GPU's cells a second
      const targets = subset(proteins, (at) => at % 400 === 0);
      for (const name of ["P02232", "P07327"])
        for (const way of [packed, planned])
          await agree(
            { ...search([""], [""]), queries: await readSequences(sharedData(`align/${name}.fasta`) ?? ""), targets },
            way,
          );
      const pairs = await readPairs(sharedData("align/wfa_short.seq") ?? "");
      await agree(
        { ...search([""], [""]), ...pairs, pairing: "pairs", matrix: matchMismatch(2, -3), gapOpen: 5, gapExtend: 2 },
        planned,
      );
    });
  });

function search(queries: readonly string[], targets: readonly string[]): SequenceAlignmentInput {
  return {
    queries: sequencesOf(queries),
    targets: sequencesOf(targets),
    pairing: "database",
    mode: "local",
    matrix: blosum62,
    gapOpen: 11,
    gapExtend: 1,
    ambiguous: "score",
  };
}

function sequencesOf(texts: readonly string[]): Sequences {
  const offsets = new Uint32Array(texts.length + 1);
  texts.forEach((text, at) => {
    offsets[at + 1] = (offsets[at] ?? 0) + text.length;
  });
  return { names: texts.map((_, at) => `s${at}`), residues: new TextEncoder().encode(texts.join("")), offsets };
}

function subset({ names, residues, offsets }: Sequences, take: (index: number) => boolean): Sequences {
  const taken = names.flatMap((_, at) => (take(at) ? [at] : []));
  return sequencesOf(taken.map((at) => new TextDecoder().decode(residues.subarray(offsets[at], offsets[at + 1]))));
}

/** Scores over any alphabet, not symmetric, some so large that 16 bits do not hold a score. */
const anyMatrix: fc.Arbitrary<SubstitutionMatrix> = fc
  .tuple(
    fc.constantFrom("ACGTN", "ARNDCQEGHILKMFPSTWYVBZX*", "ARNDCQEGHILKMFPSTWYVBZX*JUO+-123"),
    fc.constantFrom(20, 20, 600, 20_000),
    fc.integer(),
  )
  .map(([alphabet, span, seed]) => {
    const random = seededRandom(seed);
    const scores = Int16Array.from({ length: alphabet.length ** 2 }, () => Math.floor(span * (random() - 0.6)));
    const dna = alphabet === "ACGTN";
    return { name: "any", residues: dna ? "dna" : "protein", alphabet, wildcard: dna ? "N" : "X", scores };
  });

const anyAlignment: fc.Arbitrary<SequenceAlignmentInput> = anyMatrix.chain((matrix) => {
  const letters = matrix.residues === "dna" ? "ACGTNacgtnURY" : "ARNDCQEGHILKMFPSTWYVBZX*UOJarn";
  const letter = fc.constantFrom(...letters);
  const sequence = (most: number): fc.Arbitrary<string> =>
    fc.oneof(
      { weight: 3, arbitrary: fc.string({ unit: letter, maxLength: Math.ceil(most / 4), size: "max" }) },
      { weight: 1, arbitrary: fc.tuple(letter, fc.nat(most)).map(([one, count]) => one.repeat(count)) },
    );
  return fc
    .record({
      left: fc.array(sequence(300), { minLength: 1, maxLength: 4, size: "max" }),
      right: fc.array(sequence(120), { minLength: 1, maxLength: 40, size: "max" }),
      pairing: fc.constantFrom("database" as const, "database" as const, "pairs" as const),
      gapOpen: fc.oneof(fc.nat(14), fc.nat(40_000)),
      gapExtend: fc.oneof(fc.nat(14), fc.nat(40_000)),
      ambiguous: fc.constantFrom("score" as const, "mask" as const),
    })
    .map(({ left, right, ...rest }) => {
      const many = rest.pairing === "pairs" ? Math.min(left.length, right.length) : 0;
      return {
        ...rest,
        matrix,
        queries: sequencesOf(many > 0 ? left.slice(0, many) : left),
        targets: sequencesOf(many > 0 ? right.slice(0, many) : right),
        mode: "local" as const,
      };
    });
});
