import { type MotifScanInput, seededRandom } from "bioxen";
import fc from "fast-check";

const letters = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(..."ACGT") },
  { weight: 1, arbitrary: fc.constantFrom(..."acgtNnRX-*") },
);

const sequences = fc
  .array(
    fc
      .tuple(fc.array(letters, { maxLength: 60 }), fc.integer({ min: 1, max: 12 }))
      .map(([piece, times]) => piece.join("").repeat(times)),
    { maxLength: 6 },
  )
  .map((texts) => ({
    names: texts.map((_, at) => `s${at}`),
    residues: new TextEncoder().encode(texts.join("")),
    offsets: Uint32Array.from({ length: texts.length + 1 }, (_, at) => texts.slice(0, at).join("").length),
  }));

const matrix = fc
  .tuple(fc.integer({ min: 1, max: 14 }), fc.constantFrom(1, 100, 1e6), fc.integer())
  .map(([columns, most, seed]) => {
    const random = seededRandom(seed);
    // a third of the counts is 0, where pseudocounts decide
    const count = (): number => Math.max(0, Math.floor(most * (1.5 * random() - 0.5)));
    return { id: `m${seed}`, name: "", counts: Float64Array.from({ length: 4 * columns }, count) };
  });

/** Any scan: odd letters, empty sequences, one column, extreme counts and thresholds. */
export const anyScan: fc.Arbitrary<MotifScanInput> = fc.record({
  matrices: fc.array(matrix, { minLength: 1, maxLength: 14 }),
  sequences,
  pValue: fc.constantFrom(1e-6, 1e-4, 1e-2, 0.3, 0.9),
  strands: fc.constantFrom("both" as const, "forward" as const),
  pseudocount: fc.constantFrom(1, 0.01, 5),
});

/** A scan of some 6,000 hits: beside drawn ones it makes sure that there is something to compare. */
export const manyHits: MotifScanInput = {
  matrices: [{ id: "many", name: "", counts: Float64Array.of(5, 1, 2, 0, 1, 4, 1, 1, 0, 2, 6, 3) }],
  sequences: oneSequence(6000),
  pValue: 0.5,
  strands: "both",
};

function oneSequence(length: number): MotifScanInput["sequences"] {
  const random = seededRandom(3);
  const residues = Uint8Array.from({ length }, () => "ACGT".charCodeAt(Math.floor(4 * random())));
  return { names: ["s"], residues, offsets: Uint32Array.of(0, length) };
}
