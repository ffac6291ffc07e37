/** A stretch of one strand: 0-based, half-open, on the forward strand's coordinates whatever the strand. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly strand: 1 | -1;
}

/** Something said about a sequence: a gene, a CDS, an RNA. */
export interface SequenceFeature {
  readonly type: string;
  /** In the order in which the feature is read, 5' to 3': exons of a gene on the reverse strand come from high to low. */
  readonly spans: readonly [Span, ...Span[]];
  /** It begins before (`start`) or ends beyond (`end`) what the spans say, in its own direction. */
  readonly partial: { readonly start: boolean; readonly end: boolean };
  /** In the order of the file; "" for a qualifier without a value. Quotes and line breaks are undone. */
  readonly qualifiers: ReadonlyMap<string, readonly string[]>;
  /** Where in the file it stands, from 1. */
  readonly line: number;
}

/** A sequence with its features: one record of a GenBank file, one sequence of a GFF3 file. */
export interface AnnotatedSequence {
  readonly id: string;
  readonly description: string;
  readonly circular: boolean;
  /** Upper case, DNA letters (U is read as T) and IUPAC codes of ambiguity. */
  readonly sequence: string;
  readonly features: readonly SequenceFeature[];
  /** What errors call the file it came from. */
  readonly file: string;
}

/** The bases of some spans, 5' to 3', reverse complemented where they lie on the reverse strand. */
export function basesOf(sequence: string, spans: readonly Span[]): string {
  return spans
    .map(({ start, end, strand }) => {
      const piece = sequence.slice(start, end);
      return strand === 1 ? piece : oppositeStrand(piece);
    })
    .join("");
}

const complements: Readonly<Record<string, string>> = {
  ...{ A: "T", T: "A", C: "G", G: "C", R: "Y", Y: "R", S: "S", W: "W", K: "M", M: "K" },
  ...{ B: "V", V: "B", D: "H", H: "D", N: "N" },
};

/** The other strand of an upper-case DNA sequence with IUPAC codes, read 5' to 3'. */
export function oppositeStrand(bases: string): string {
  let other = "";
  for (let at = bases.length - 1; at >= 0; at--) other += complements[bases[at] ?? ""] ?? "N";
  return other;
}
