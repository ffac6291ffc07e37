import type { GeneticCode } from "./genetic-codes.ts";

/** A codon read otherwise than its table says, such as selenocysteine: `codon` counts from 0 in the reading frame. */
export interface CodonException {
  readonly codon: number;
  readonly aminoAcid: string;
}

export interface TranslationOptions {
  /** Bases before the first whole codon: 0, 1 or 2. */
  readonly skip?: number;
  /** The first codon is no start: the gene begins before the sequence does. */
  readonly startMissing?: boolean;
  readonly exceptions?: readonly CodonException[];
}

export interface Translation {
  /** One letter an amino acid, up to the first stop or the end; the first is M where a start codon stands there. */
  readonly protein: string;
  /** The codon (from 0) of the first stop, or null where none was read. */
  readonly stop: number | null;
  /** Whole codons there are, the stop and what comes after it included. */
  readonly codons: number;
  /** Bases after the last whole codon. */
  readonly left: number;
}

const basesOfCode: Readonly<Record<string, string>> = {
  ...{ A: "A", C: "C", G: "G", T: "T", R: "AG", Y: "CT", S: "CG", W: "AT", K: "GT", M: "AC" },
  ...{ B: "CGT", D: "AGT", H: "ACT", V: "ACG", N: "ACGT" },
};

/** The one meaning of a codon with ambiguous bases, X where it has several. */
function ambiguous(codon: string, code: GeneticCode): string {
  let codons = [""];
  for (const letter of codon)
    codons = codons.flatMap((start) => [...(basesOfCode[letter] ?? "ACGT")].map((base) => start + base));
  const meanings = new Set(codons.map((one) => code.aminoAcids.get(one) ?? "X"));
  return meanings.size === 1 ? ([...meanings][0] ?? "X") : "X";
}

/**
 * Reads bases (upper-case DNA, 5' to 3') as a protein. A last codon cut short is a stop where T or TA can only become
 * one: stops that polyadenylation completes are told as a `transl_except` of one or two bases.
 */
export function translate(bases: string, code: GeneticCode, options: TranslationOptions = {}): Translation {
  const { skip = 0, startMissing = false, exceptions = [] } = options;
  const special = new Map(exceptions.map(({ codon, aminoAcid }) => [codon, aminoAcid]));
  const codons = Math.floor((bases.length - skip) / 3);
  const left = Math.max(0, bases.length - skip - 3 * codons);
  const letters: string[] = [];
  for (let at = 0; at < codons; at++) {
    const codon = bases.slice(skip + 3 * at, skip + 3 * at + 3);
    const starts = at === 0 && skip === 0 && !startMissing && code.starts.has(codon);
    const letter = special.get(at) ?? (starts ? "M" : (code.aminoAcids.get(codon) ?? ambiguous(codon, code)));
    if (letter === "*") return { protein: letters.join(""), stop: at, codons, left };
    letters.push(letter);
  }
  const completed = left > 0 && special.get(codons) === "*";
  return { protein: letters.join(""), stop: completed ? codons : null, codons, left };
}
