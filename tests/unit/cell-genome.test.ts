import {
  type AnnotatedSequence,
  BioXenError,
  geneticCode,
  genomeOf,
  minimalCell,
  readRecord,
  type SequenceFeature,
  translate,
} from "bioxen";
import { describe, expect, test } from "vitest";

/** A linear record with one CDS over all of it, or over these spans. */
function record(
  sequence: string,
  qualifiers: Record<string, string> = {},
  feature: Partial<SequenceFeature> = {},
): AnnotatedSequence {
  return {
    id: "T",
    description: "",
    circular: false,
    sequence,
    file: "t.gb",
    features: [
      {
        type: "CDS",
        spans: [{ start: 0, end: sequence.length, strand: 1 }],
        partial: { start: false, end: false },
        qualifiers: new Map(Object.entries({ locus_tag: "T_1", ...qualifiers }).map(([key, value]) => [key, [value]])),
        line: 7,
        ...feature,
      },
    ],
  };
}
const protein = (...of: Parameters<typeof record>) => genomeOf(record(...of)).genes[0];

describe("genetic codes", () => {
  test("UGA is a stop in 1 and 11, tryptophan in 4", () => {
    expect([1, 4, 11].map((id) => geneticCode(id).aminoAcids.get("TGA"))).toEqual(["*", "W", "*"]);
    expect(geneticCode(1).aminoAcids.size).toBe(64);
    expect(geneticCode(11).starts.size).toBe(7);
  });
  test("every difference that a table states is one", () => {
    const letters = (id: number): string => [...geneticCode(id).aminoAcids.values()].join("");
    expect(letters(2)).toBe("FFLLSSSSYY**CCWWLLLLPPPPHHQQRRRRIIMMTTTTNNKKSS**VVVVAAAADDEEGGGG");
    expect(letters(3)).toBe("FFLLSSSSYY**CCWWTTTTPPPPHHQQRRRRIIMMTTTTNNKKSSRRVVVVAAAADDEEGGGG");
    expect(letters(12)).toBe("FFLLSSSSYY**CC*WLLLSPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG");
  });
  test("an unknown table is refused", () => {
    expect(() => geneticCode(7)).toThrow(/table 7 is not known/);
  });
});

describe("translation", () => {
  test("ambiguous bases mean what all their readings share", () => {
    expect(translate("ATGGCNTAYRAATAA", geneticCode(11)).protein).toBe("MAYX");
  });
  test("alternative starts are methionine, inside they are what they are", () => {
    expect(protein("TTGTTGTAA")?.protein).toBe("ML");
    expect(protein("TTGTTGTAA", {}, { partial: { start: true, end: false } })?.protein).toBe("LL");
  });
  test("codon_start and the reverse strand", () => {
    expect(protein("CCATGAAATAA", { codon_start: "3" }, { partial: { start: true, end: false } })?.protein).toBe("MK");
    expect(protein("TTATTTCAT", {}, { spans: [{ start: 0, end: 9, strand: -1 }] })?.protein).toBe("MK");
  });
  test("transl_except reads one codon otherwise, on either strand", () => {
    expect(protein("ATGTGAAAATAA", { transl_except: "(pos:4..6,aa:Sec)" })?.protein).toBe("MUK");
    const reverse = { spans: [{ start: 0, end: 12, strand: -1 }] } as const;
    expect(protein("TTATTTTCACAT", { transl_except: "(pos:complement(7..9),aa:Sec)" }, reverse)?.protein).toBe("MUK");
  });
  test.each([
    ["ATGTAAAAATAA", "internal stop at codon 2 of 4"],
    ["ATGAAAATAA", "frameshift: 10 bases"],
    ["ATGAAA", "no stop codon"],
    ["AAAAAATAA", "AAA is no start codon"],
  ])("%s: %s", (bases, fault) => {
    expect(protein(bases)?.faults.join("; ")).toContain(fault);
    expect(() => genomeOf(record(bases), { strict: true })).toThrow(/^t\.gb:7: T_1: /);
  });
  test("a file whose frame is shifted is refused with its line, unless it says so or the caller takes it", () => {
    const shifted = record("ATGAAAATAA");
    expect(() => readRecord(shifted, minimalCell)).toThrow(
      expect.objectContaining({
        code: "FORMAT_INVALID",
        message: expect.stringMatching(/^t\.gb:7: T_1: frameshift: 10 bases/),
      }),
    );
    expect(readRecord(shifted, minimalCell, { acceptFrameshifts: true }).faults).toHaveLength(1);
    const slips = record("ATGAAAATAA", { ribosomal_slippage: "" });
    const ends = record("ATGAAAATAA", {}, { partial: { start: false, end: true } });
    for (const meant of [slips, ends]) expect(() => readRecord(meant, minimalCell)).not.toThrow();
  });
  test.each([
    [{ transl_table: "7" }, "translation table 7"],
    [{ transl_table: "x" }, "/transl_table=x"],
    [{ codon_start: "4" }, "codon_start 4"],
    [{ transl_except: "(pos:5..7,aa:Sec)" }, "no codon of this reading frame"],
    [{ transl_except: "nonsense" }, "how it looks"],
  ])("refuses %o with its line", (qualifiers: Record<string, string>, message) => {
    const act = () => genomeOf(record("ATGTGAAAATAA", qualifiers));
    expect(act).toThrow(BioXenError);
    expect(act).toThrow(/^t\.gb:7: /);
    expect(act).toThrow(message);
  });
  test("a record without genes is refused", () => {
    expect(() => genomeOf({ ...record("ACGT"), features: [] })).toThrow(/no gene, CDS or RNA/);
  });
});
