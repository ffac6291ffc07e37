import type { Accelerator, Device, RunContext, Sequences } from "bioxen";
import {
  blosum62,
  matchMismatch,
  type SequenceAlignmentInput,
  type SubstitutionMatrix,
  sequenceAlignment,
} from "bioxen";
import { cpuSimd } from "bioxen/accelerators";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const accelerator: Accelerator = cpuSimd;
const kernel = accelerator.kernels.find(({ workload }) => workload === sequenceAlignment);
if (kernel === undefined) throw new Error("cpu-simd has no sequence-alignment kernel");
const context = (threads: number | null = null, signal = new AbortController().signal): RunContext => ({
  signal,
  threads,
});
let device: Device;

beforeAll(async () => {
  const probe = await accelerator.probe(context());
  if (probe.status !== "present") throw new Error(`cpu-simd is ${probe.status}`);
  device = await accelerator.open(probe.devices[0], context());
});
afterAll(async () => device[Symbol.asyncDispose]());

function sequences(...list: readonly string[]): Sequences {
  const offsets = new Uint32Array(list.length + 1);
  list.forEach((letters, at) => {
    offsets[at + 1] = (offsets[at] ?? 0) + letters.length;
  });
  return { names: list.map((_, at) => `s${at}`), residues: new TextEncoder().encode(list.join("")), offsets };
}

function input(
  queries: Sequences,
  targets: Sequences,
  more: Partial<SequenceAlignmentInput> = {},
): SequenceAlignmentInput {
  const matrix = matchMismatch(2, -3);
  return {
    queries,
    targets,
    pairing: "database",
    mode: "local",
    matrix,
    gapOpen: 5,
    gapExtend: 2,
    ambiguous: "score",
    ...more,
  };
}

async function run(given: SequenceAlignmentInput, how = context()): Promise<number[]> {
  const { scores } = await device.run<unknown, { scores: Int32Array }>(
    kernel as NonNullable<typeof kernel>,
    given,
    how,
  );
  return [...scores];
}

function oracle(given: SequenceAlignmentInput): number[] {
  return [...(sequenceAlignment.reference?.(given).scores ?? [])];
}

/** Letters of a fixed stream: the same in every run. */
function letters(count: number, of = "ACGT", seed = 1): string {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return of[Math.floor((state / 2 ** 32) * of.length)];
  }).join("");
}

const implementations = [
  ["the oracle", async (given: SequenceAlignmentInput) => oracle(given)],
  ["cpu-simd", (given: SequenceAlignmentInput) => run(given)],
] as const;

describe.each(implementations)("what a score means, in %s", (_, align) => {
  it("charges open for the first residue of a gap and extend for each further one", async () => {
    // 10 matches gain 20; a gap of 2 costs 5 + 2
    const given = input(sequences("ACGTACGTAC"), sequences("ACGTATTCGTAC", "ACGTATCGTAC"), {
      gapOpen: 5,
      gapExtend: 2,
    });
    expect(await align(given)).toEqual([20 - 5 - 2, 20 - 5]);
  });

  it("mismatches N with everything, N too", async () => {
    const given = input(sequences("ACGNACG"), sequences("ACGTACG", "ACGNACG", "NNNNNNN"));
    expect(await align(given)).toEqual([12 - 3, 12 - 3, 0]);
  });

  it("reads U as T in DNA, either case, and any IUPAC code as N", async () => {
    expect(await align(input(sequences("acguACGU"), sequences("ACGTacgt", "ACGTRACGT")))).toEqual([16, 11]);
  });

  it("reads U, O and J as X in proteins, and B, Z and * by the matrix", async () => {
    const of = { matrix: blosum62, gapOpen: 11, gapExtend: 1 };
    const given = input(sequences("WWUWW", "WWCWW", "B"), sequences("WWCWW", "WWXWW", "D"), of);
    const [u, c] = [44 - 2, 44 + 9];
    expect(await align(given)).toEqual([u, 44 - 1, 0, c, 44 - 2, 0, 0, 0, 4]);
    // masked, B is X: -1 against D
    expect((await align({ ...given, ambiguous: "mask" })).at(-1)).toBe(0);
  });

  it("takes the row from the query and the column from the target", async () => {
    const scores = new Int16Array(25).fill(-1);
    scores[1] = 7; // A against C
    const matrix: SubstitutionMatrix = { name: "one way", residues: "dna", alphabet: "ACGTN", wildcard: "N", scores };
    expect(await align(input(sequences("A", "C"), sequences("A", "C"), { matrix }))).toEqual([0, 7, 0, 0]);
    expect(await align(input(sequences("A", "C"), sequences("C", "A"), { matrix, pairing: "pairs" }))).toEqual([7, 0]);
  });

  it("scores an empty sequence 0", async () => {
    const given = input(sequences("", "ACGT"), sequences("ACGT", ""));
    expect(await align(given)).toEqual([0, 0, 8, 0]);
    expect(await align({ ...given, pairing: "pairs" })).toEqual([0, 0]);
  });
});

describe("sequence-alignment on cpu-simd", () => {
  it.each(["database", "pairs"] as const)("is right where 8 and 16 bits saturate, %s", async (pairing) => {
    const same = sequences("W".repeat(8000));
    expect(await run(input(same, same, { pairing, matrix: blosum62, gapOpen: 11, gapExtend: 1 }))).toEqual([88_000]);
  });

  it("cuts a target that is long beside the others into overlapping stretches", async () => {
    const probe = letters(40, "ACGT", 7);
    const long = letters(100_000) + probe + letters(100_000, "ACGT", 2);
    for (const gapExtend of [2, 0]) {
      const given = input(sequences(probe, letters(12, "ACGT", 5)), sequences("ACGT", long, "", letters(50)), {
        gapExtend,
      });
      const scores = await run(given);
      expect(scores).toEqual(oracle(given));
      expect(scores[1]).toBe(80);
    }
  });

  it("overlaps stretches by all that an alignment with a gap may span", async () => {
    // 80,000 letters are cut in 4 slices of 16 stretches of 1,250: this copy starts on the last letter of one
    const probe = letters(40, "ACGT", 7);
    const gapped = `${probe.slice(0, 20)}${letters(10, "ACGT", 9)}${probe.slice(20)}`;
    const random = letters(80_000, "ACGT", 3);
    const at = 37 * 1250 - 1;
    const long = `${random.slice(0, at)}${gapped}${random.slice(at + gapped.length)}`;
    const given = input(sequences(probe), sequences("ACGT", long));
    expect(await run(given)).toEqual(oracle(given));
    expect((await run(given))[1]).toBeGreaterThanOrEqual(80 - 5 - 9 * 2);
  });

  it.each([
    ["equal letters", { gapOpen: 5, gapExtend: 2 }],
    [
      "a table of pairs",
      { matrix: { ...matchMismatch(2, -3), scores: matchMismatch(2, -3).scores.map((x, at) => x - (at % 3)) } },
    ],
    ["a gathered matrix", { matrix: blosum62, gapOpen: 11, gapExtend: 1 }],
    ["costs beyond 16 bits", { gapOpen: 40_000, gapExtend: 33_000 }],
  ])("links the lanes for a pair that has no equals in length: %s", async (_, more) => {
    const first = letters(1700);
    // a copy with a deletion and an insertion, within more letters than are interleaved at a time
    const second = `${letters(9000, "ACGT", 2)}${first.slice(0, 700)}${first.slice(730, 1200)}GATTACA${first.slice(1200)}${letters(8000, "ACGT", 4)}`;
    const given = input(sequences(first, letters(90), second.slice(0, 2000)), sequences(second, letters(300), first), {
      pairing: "pairs",
      ...more,
    });
    expect(await run(given)).toEqual(oracle(given));
  });

  it("keeps a database by its letters' meaning, and answers alike with and without preparation", async () => {
    const targets = sequences(...Array.from({ length: 300 }, (_, at) => letters(200 + at, "ACGTN", at)));
    const given = input(sequences(letters(60)), targets);
    const first = await run(given);
    expect(first).toEqual(oracle(given));
    await device.prepare?.(kernel, given, context());
    const start = performance.now();
    await device.prepare?.(kernel, given, context());
    expect(performance.now() - start).toBeLessThan(5);
    expect(await run(given)).toEqual(first);
    const other = { ...matchMismatch(2, -3), alphabet: "NTGCA" };
    const reordered = { ...given, matrix: { ...other, scores: other.scores.slice().reverse() } };
    expect(await run(reordered)).toEqual(first);
    expect(await run({ ...given, matrix: other })).not.toEqual(first);
  });

  it("ends within milliseconds when aborted, and works on", async () => {
    const large = sequences(...Array.from({ length: 100 }, (_, at) => letters(20_000, "ACGT", at)));
    const given = input(large, large); // 4e12 cells: minutes
    const controller = new AbortController();
    const running = run(given, context(null, controller.signal));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const start = performance.now();
    controller.abort();
    await expect(running).rejects.toMatchObject({ code: "ABORTED" });
    expect(performance.now() - start).toBeLessThan(100);
    const next = input(sequences(letters(2000)), sequences(letters(3000), letters(100)));
    expect(await run(next)).toEqual(oracle(next));
  });

  it("says no to what it cannot hold", () => {
    const alphabet = Array.from({ length: 33 }, (_, at) => String.fromCharCode(33 + at)).join("");
    const matrix = { ...blosum62, alphabet, wildcard: "!", scores: new Int16Array(33 ** 2) };
    const given = input(sequences("A"), sequences("A"), { matrix });
    expect(kernel.supports(given, device.info)).toMatchObject({ ok: false });
    const steep = { ...matchMismatch(2, -3), scores: new Int16Array(25).fill(32_767) };
    const long = sequences("A".repeat(66_000));
    expect(kernel.supports(input(long, long, { matrix: steep }), device.info)).toMatchObject({ ok: false });
    expect(kernel.supports(input(long, long), device.info)).toEqual({ ok: true });
  });
});

describe("the schema of sequence-alignment", () => {
  const refused = (given: unknown): string => {
    const result = sequenceAlignment.input["~standard"].validate(given);
    if (result instanceof Promise || result.issues === undefined) return "accepted";
    return result.issues.map(({ message }) => message).join("; ");
  };
  const good = input(sequences("ACGT"), sequences("ACGT"));

  it("accepts a good input, again too", () => {
    expect([refused(good), refused(good)]).toEqual(["accepted", "accepted"]);
  });

  it("looks at letters once, whatever copy of the matrix comes with them, and again where they mean something else", () => {
    const queries = sequences("ACGT");
    const valid = (more: Partial<SequenceAlignmentInput>): boolean => {
      const result = sequenceAlignment.input["~standard"].validate(input(queries, sequences("ACGT"), more));
      return !(result instanceof Promise) && result.issues === undefined;
    };
    expect(valid({})).toBe(true);
    queries.residues[1] = 33; // sequences are immutable: this is how to see that nobody looks
    expect(valid({ matrix: matchMismatch(2, -3) })).toBe(true);
    expect(valid({ ambiguous: "mask" })).toBe(false);
    expect(valid({ matrix: { ...matchMismatch(2, -3), alphabet: "ACGNT" } })).toBe(false);
  });

  it("names sequence, position and residue of a letter that it refuses", () => {
    expect(refused(input(sequences("ACGT"), sequences("", "AC", "A-T")))).toContain('s2, position 1: "-"');
    expect(refused({ ...input(sequences("ACNT"), sequences("A")), ambiguous: "error" })).toContain(
      's0, position 2: "N"',
    );
  });

  it.each([
    ["offsets that fall", { ...good, targets: { ...good.targets, offsets: Uint32Array.of(0, 3, 1, 4) } }],
    ["offsets that do not span", { ...good, targets: { ...good.targets, offsets: Uint32Array.of(0, 3) } }],
    ["a name that is none", { ...good, queries: { ...good.queries, names: [7] } }],
    ["no sequence", { ...good, queries: { names: [], residues: new Uint8Array(), offsets: Uint32Array.of(0) } }],
    ["a plain array", { ...good, queries: { ...good.queries, residues: [65] } }],
    ["nothing", { ...good, queries: undefined }],
    ["a negative cost", { ...good, gapOpen: -1 }],
    ["a fraction", { ...good, gapExtend: 0.5 }],
    ["uneven pairs", { ...good, pairing: "pairs", targets: sequences("A", "C") }],
    ["a matrix of another size", { ...good, matrix: { ...good.matrix, alphabet: "ACGTNR" } }],
    ["a wildcard outside the alphabet", { ...good, matrix: { ...good.matrix, wildcard: "X" } }],
  ])("refuses %s", (_, given) => {
    expect(refused(given)).not.toBe("accepted");
  });
});
