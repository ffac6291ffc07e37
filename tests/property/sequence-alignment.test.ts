import type { Accelerator, Device, RunContext, Sequences } from "bioxen";
import {
  blosum62,
  matchMismatch,
  type SequenceAlignmentInput,
  type SubstitutionMatrix,
  seededRandom,
  sequenceAlignment,
} from "bioxen";
import { cpuSimd } from "bioxen/accelerators";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const accelerator: Accelerator = cpuSimd;
const kernel = accelerator.kernels.find(({ workload }) => workload === sequenceAlignment);
const context = (threads: number): RunContext => ({ signal: new AbortController().signal, threads });
let device: Device;

beforeAll(async () => {
  const probe = await accelerator.probe(context(1));
  if (probe.status !== "present") throw new Error(`cpu-simd is ${probe.status}`);
  device = await accelerator.open(probe.devices[0], context(2));
});
afterAll(async () => device[Symbol.asyncDispose]());

async function run(input: SequenceAlignmentInput, threads = 2): Promise<Int32Array> {
  if (kernel === undefined) throw new Error("cpu-simd has no sequence-alignment kernel");
  return (await device.run<SequenceAlignmentInput, { scores: Int32Array }>(kernel, input, context(threads))).scores;
}

function sequences(list: readonly string[]): Sequences {
  const offsets = new Uint32Array(list.length + 1);
  list.forEach((letters, at) => {
    offsets[at + 1] = (offsets[at] ?? 0) + letters.length;
  });
  return { names: list.map((_, at) => `s${at}`), residues: new TextEncoder().encode(list.join("")), offsets };
}

/** Random letters, or one letter over and over: what saturates narrow lanes. */
function sequence(letters: string, most: number): fc.Arbitrary<string> {
  const letter = fc.constantFrom(...letters);
  return fc.oneof(
    { weight: 3, arbitrary: fc.string({ unit: letter, maxLength: Math.ceil(most / 4), size: "max" }) },
    { weight: 1, arbitrary: fc.tuple(letter, fc.nat(most)).map(([one, count]) => one.repeat(count)) },
  );
}

const dnaLetters = "ACGTNacgtnURYKM";
const proteinLetters = "ARNDCQEGHILKMFPSTWYVBZX*UOJarndcuoj";

function randomMatrix(residues: "protein" | "dna", alphabet: string): fc.Arbitrary<SubstitutionMatrix> {
  const count = alphabet.length ** 2;
  return fc
    .constantFrom(4, 127, 128, 300, 32_767)
    .chain((span) => fc.array(fc.integer({ min: -span - 1, max: span }), { minLength: count, maxLength: count }))
    .map((scores) => ({
      name: "random",
      residues,
      alphabet,
      wildcard: residues === "dna" ? "N" : "X",
      scores: Int16Array.from(scores),
    }));
}

const matrices: fc.Arbitrary<SubstitutionMatrix> = fc.oneof(
  fc.constant(blosum62),
  fc.tuple(fc.integer({ min: 1, max: 127 }), fc.integer({ min: -127, max: 0 })).map(([m, x]) => matchMismatch(m, x)),
  randomMatrix("dna", "ACGTN"),
  randomMatrix("dna", "NTGCARYK"),
  randomMatrix("protein", blosum62.alphabet),
  randomMatrix("protein", `${blosum62.alphabet}JUO+-123`),
);

const cost = fc.oneof(fc.constantFrom(0, 1, 2, 11, 127, 128), fc.nat(40_000));

const inputs: fc.Arbitrary<SequenceAlignmentInput> = fc
  .record({ matrix: matrices, pairing: fc.constantFrom("database" as const, "pairs" as const) })
  .chain(({ matrix, pairing }) => {
    const one = sequence(matrix.residues === "dna" ? dnaLetters : proteinLetters, 300);
    const list = (most: number): fc.Arbitrary<string[]> =>
      fc.array(one, { minLength: 1, maxLength: most, size: "max" });
    const both =
      pairing === "pairs"
        ? fc.array(fc.tuple(one, one), { minLength: 1, maxLength: 40, size: "max" }).map((pairs) => ({
            queries: sequences(pairs.map(([query]) => query)),
            targets: sequences(pairs.map(([, target]) => target)),
          }))
        : fc.record({ queries: list(4).map(sequences), targets: list(40).map(sequences) });
    return fc
      .record({
        sequences: both,
        gapOpen: cost,
        gapExtend: cost,
        ambiguous: fc.constantFrom("score" as const, "mask" as const),
      })
      .map(({ sequences: { queries, targets }, ...rest }) => ({
        queries,
        targets,
        pairing,
        mode: "local" as const,
        matrix,
        ...rest,
      }));
  });

function lengthOf({ offsets }: Sequences, at: number): number {
  return (offsets[at + 1] ?? 0) - (offsets[at] ?? 0);
}

/**
 * Pairs of which one holds the other, with changes, inserts and losses, somewhere in strange letters; or only a piece
 * of it, far from where the rest would have it; or nothing at all.
 */
const alikePairs: fc.Arbitrary<SequenceAlignmentInput> = fc
  .record({
    seed: fc.nat(),
    count: fc.integer({ min: 1, max: 120 }),
    longest: fc.constantFrom(30, 120, 400),
    kinship: fc.constantFrom("all", "pieces", "mixed"),
    match: fc.constantFrom(1, 1, 2, 5, 40),
    mismatch: fc.constantFrom(0, -1, -4, -6),
    gapOpen: fc.constantFrom(0, 1, 5, 8),
    gapExtend: fc.constantFrom(0, 1, 2),
  })
  .map(({ seed, count, longest, kinship, match, mismatch, gapOpen, gapExtend }) => {
    const random = seededRandom(seed);
    const whole = (below: number): number => Math.floor(random() * below);
    const strange = (length: number): string => Array.from({ length }, () => "ACGTN"[whole(4.1)] ?? "N").join("");
    const changed = (letters: string): string =>
      [...letters]
        .map((letter) => {
          const what = random();
          if (what < 0.03) return strange(1);
          if (what < 0.04) return letter + strange(1 + whole(6));
          return what < 0.05 ? "" : letter;
        })
        .join("");
    const pair = (): [string, string] => {
      const one = strange(whole(longest));
      const kind = kinship === "mixed" ? whole(3) : kinship === "all" ? 0 : 1;
      const kept = kind === 0 ? one : kind === 1 ? one.slice(whole(one.length), whole(one.length) + 20) : "";
      const other = strange(whole(longest / 3)) + changed(kept) + strange(whole(longest / 3));
      return random() < 0.5 ? [one, other] : [other, one];
    };
    const pairs = Array.from({ length: count }, pair);
    return {
      queries: sequences(pairs.map(([query]) => query)),
      targets: sequences(pairs.map(([, target]) => target)),
      pairing: "pairs" as const,
      mode: "local" as const,
      matrix: matchMismatch(match, mismatch),
      gapOpen,
      gapExtend,
      ambiguous: "score" as const,
    };
  });

describe("sequence-alignment on cpu-simd", () => {
  it("agrees with the oracle on any input", async () => {
    const widths = { narrow: 0, middle: 0, wide: 0 };
    await fc.assert(
      fc.asyncProperty(inputs, async (input) => {
        expect(sequenceAlignment.input["~standard"].validate(input)).toHaveProperty("value");
        const scores = await run(input);
        expect(
          sequenceAlignment.differ({ scores }, sequenceAlignment.reference?.(input) ?? { scores }, input),
        ).toBeNull();
        for (const score of scores) widths[score < 255 ? "narrow" : score < 65_535 ? "middle" : "wide"]++;
      }),
      { numRuns: 1200, interruptAfterTimeLimit: 40_000 },
    );
    // a generator that saturates nothing would prove nothing about the wider lanes
    const { narrow, middle, wide } = widths;
    expect(Math.min(narrow, middle, wide) / (narrow + middle + wide)).toBeGreaterThan(0.01);
  });

  it("finds the best alignment of alike pairs wherever it runs in their matrix", async () => {
    let [far, near] = [0, 0];
    await fc.assert(
      fc.asyncProperty(alikePairs, async (input) => {
        const scores = await run(input);
        const expected = sequenceAlignment.reference?.(input) ?? { scores };
        expect(sequenceAlignment.differ({ scores }, expected, input)).toBeNull();
        const most = Math.max(...input.matrix.scores);
        expected.scores.forEach((score, at) => {
          const shorter = Math.min(lengthOf(input.queries, at), lengthOf(input.targets, at));
          if (shorter < 20) return;
          if (score > (most * shorter) / 2) near++;
          else far++;
        });
      }),
      { numRuns: 150, interruptAfterTimeLimit: 20_000 },
    );
    // both those that a first look at the middle of the matrix settles, and those that need all of it
    expect(Math.min(near, far) / (near + far)).toBeGreaterThan(0.1);
  });

  it("scores a pair alike with the sides exchanged and the matrix transposed", async () => {
    await fc.assert(
      fc.asyncProperty(inputs, async (input) => {
        const { matrix, queries, targets } = input;
        const letters = matrix.alphabet.length;
        const scores = matrix.scores.map(
          (_, at) => matrix.scores[(at % letters) * letters + Math.floor(at / letters)] ?? 0,
        );
        const exchanged = await run({ ...input, queries: targets, targets: queries, matrix: { ...matrix, scores } });
        const given = await run(input);
        const rows = queries.offsets.length - 1;
        const columns = targets.offsets.length - 1;
        expect(exchanged).toEqual(
          input.pairing === "pairs"
            ? given
            : given.map((_, at) => given[(at % rows) * columns + Math.floor(at / rows)] ?? 0),
        );
      }),
      { numRuns: 60 },
    );
  });

  it("gives the same scores on one thread and on two, on the calling thread and in workers", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        let state = seed;
        const random = (): number => {
          state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
          return state / 2 ** 32;
        };
        const large = sequenceAlignment.generate(4e6, random);
        const one = await run(large, 1);
        expect(await run(large, 2)).toEqual(one);
        // each query's own part is small enough to stay on the calling thread
        const { residues, offsets } = large.targets;
        const few = offsets.subarray(0, 9);
        const some = { names: large.targets.names.slice(0, 8), residues: residues.slice(0, few[8]), offsets: few };
        expect(await run({ ...large, targets: some })).toEqual(one.slice(0, 8));
      }),
      { numRuns: 8 },
    );
  });
});
