import { BioXenError } from "../contract/index.ts";
import { type AnnotatedSequence, basesOf, type SequenceFeature, type Span } from "../formats/index.ts";
import { geneticCode } from "./genetic-codes.ts";
import { type CodonException, type Translation, translate } from "./translation.ts";

/** What a gene makes. `pseudo`: nothing that is known to work. */
export type GeneKind = "protein" | "rRNA" | "tRNA" | "tmRNA" | "ncRNA" | "pseudo" | "other";

/** One gene of a genome, with its bases where the file has them. */
export interface GenomeGene {
  /** Its locus tag, else its name, else type and position. Unique in its genome. */
  readonly id: string;
  readonly name: string;
  readonly product: string;
  readonly kind: GeneKind;
  readonly spans: readonly [Span, ...Span[]];
  readonly strand: 1 | -1;
  /** Of the transcript, 5' to 3'; upper-case DNA. */
  readonly bases: string;
  /** Of a protein: the whole chain, one letter each, without a stop. null for all else. */
  readonly protein: string | null;
  /** The file's own `/translation`, for comparison; null where it has none. */
  readonly declaredProtein: string | null;
  /** NCBI translation table it was read with; null where it is no protein. */
  readonly table: number | null;
  /** What is wrong with its reading: an internal stop, a frame that is cut, no stop, no start. Empty where all is well. */
  readonly faults: readonly string[];
  readonly line: number;
}

/** A replicon and its genes. */
export interface Genome {
  readonly id: string;
  readonly description: string;
  readonly circular: boolean;
  readonly sequence: string;
  /** In the order of their positions. */
  readonly genes: readonly GenomeGene[];
  readonly file: string;
}

export interface GenomeOptions {
  /** Read every protein with this table, whatever the file says. */
  readonly table?: number;
  /** Table of a CDS that names none; 11, the bacterial one, by default. */
  readonly defaultTable?: number;
  /** Throw for a protein whose reading has a fault, instead of noting it. */
  readonly strict?: boolean;
}

const rnaKinds: ReadonlyMap<string, GeneKind> = new Map([
  ["rRNA", "rRNA"],
  ["tRNA", "tRNA"],
  ["tmRNA", "tmRNA"],
  ["ncRNA", "ncRNA"],
]);

/**
 * The genes of an annotated sequence, each CDS translated with its own table, `codon_start` and `transl_except`. A gene
 * without a CDS or RNA of its own is `other`; a second CDS of one locus tag is a gene of its own with a suffix.
 * @throws BioXenError `FORMAT_INVALID` with file and line for a table that does not exist, a `codon_start` or
 *   `transl_except` out of form, no genes at all; with `strict` for every fault in a reading.
 */
export function genomeOf(record: AnnotatedSequence, options: GenomeOptions = {}): Genome {
  const genes: GenomeGene[] = [];
  const covered = new Set<string>();
  const taken = new Map<string, number>();
  const add = (feature: SequenceFeature, kind: GeneKind): void => {
    const gene = geneOf(record, feature, kind, options);
    const seen = taken.get(gene.id) ?? 0;
    taken.set(gene.id, seen + 1);
    genes.push(seen === 0 ? gene : { ...gene, id: `${gene.id}_${seen + 1}` });
  };
  for (const feature of record.features) {
    const kind = kindOf(feature);
    if (kind === null) continue;
    add(feature, kind);
    covered.add(tagOf(feature));
  }
  for (const feature of record.features)
    if ((feature.type === "gene" || feature.type === "pseudogene") && !covered.has(tagOf(feature)))
      add(feature, feature.type === "pseudogene" || isPseudo(feature) ? "pseudo" : "other");
  if (genes.length === 0)
    throw failure(record, null, `${record.id} has no gene, CDS or RNA feature`, "no genes to simulate");
  const { id, description, circular, sequence, file } = record;
  const first = ({ spans }: GenomeGene): number => Math.min(...spans.map(({ start }) => start));
  return { id, description, circular, sequence, genes: genes.sort((a, b) => first(a) - first(b)), file };
}

function kindOf(feature: SequenceFeature): GeneKind | null {
  if (feature.type === "CDS") return isPseudo(feature) ? "pseudo" : "protein";
  return rnaKinds.get(feature.type) ?? null;
}

function isPseudo({ qualifiers }: SequenceFeature): boolean {
  return qualifiers.has("pseudo") || qualifiers.has("pseudogene");
}

function tagOf({ qualifiers, type, spans }: SequenceFeature): string {
  const named = ["locus_tag", "gene", "Name", "ID"].map((key) => qualifiers.get(key)?.[0]).find((tag) => tag);
  return named ?? `${type}_${spans[0].start + 1}`;
}

function geneOf(
  record: AnnotatedSequence,
  feature: SequenceFeature,
  kind: GeneKind,
  options: GenomeOptions,
): GenomeGene {
  const { qualifiers, spans, line } = feature;
  const one = (key: string): string | undefined => qualifiers.get(key)?.[0];
  const bases = basesOf(record.sequence, spans);
  const common = {
    id: tagOf(feature),
    name: one("gene") ?? one("Name") ?? "",
    product: one("product") ?? "",
    kind,
    spans,
    strand: spans[0].strand,
    bases,
    line,
  };
  if (kind !== "protein") return { ...common, protein: null, declaredProtein: null, table: null, faults: [] };
  const table = options.table ?? numberOf(record, feature, "transl_table") ?? options.defaultTable ?? 11;
  const codonStart = numberOf(record, feature, "codon_start") ?? 1;
  if (codonStart < 1 || codonStart > 3)
    throw failure(record, line, `codon_start ${codonStart}`, "a codon starts at base 1, 2 or 3");
  const exceptions = (qualifiers.get("transl_except") ?? []).map((text) =>
    exceptionOf(record, feature, text, codonStart - 1),
  );
  const code = codeOf(record, line, table);
  const read = translate(bases, code, { skip: codonStart - 1, startMissing: feature.partial.start, exceptions });
  const faults = qualifiers.has("ribosomal_slippage") ? [] : faultsOf(read, feature, bases, code.starts);
  if (options.strict === true && faults[0] !== undefined)
    throw failure(record, line, `${common.id}: ${faults[0]}`, "strict reading");
  return { ...common, protein: read.protein, declaredProtein: one("translation") ?? null, table, faults };
}

function codeOf(record: AnnotatedSequence, line: number, table: number) {
  try {
    return geneticCode(table);
  } catch (error) {
    throw failure(record, line, error instanceof Error ? error.message : String(error), "transl_table", error);
  }
}

function faultsOf(
  { protein, stop, codons, left }: Translation,
  { partial }: SequenceFeature,
  bases: string,
  starts: ReadonlySet<string>,
): readonly string[] {
  const faults: string[] = [];
  if (stop !== null && stop < codons - 1)
    faults.push(`internal stop at codon ${stop + 1} of ${codons}: the protein ends after ${protein.length} residues`);
  if (left > 0 && !partial.start && !partial.end && stop !== codons)
    faults.push(`frameshift: ${bases.length} bases are no whole number of codons`);
  if (stop === null && !partial.end) faults.push("no stop codon");
  if (!partial.start && !starts.has(bases.slice(0, 3)))
    faults.push(`${bases.slice(0, 3)} is no start codon of its table`);
  return faults;
}

function numberOf(record: AnnotatedSequence, { qualifiers, line }: SequenceFeature, key: string): number | undefined {
  const text = qualifiers.get(key)?.[0];
  if (text === undefined) return undefined;
  if (!/^\d{1,3}$/.test(text.trim())) throw failure(record, line, `/${key}=${text}`, "a number is expected");
  return Number(text);
}

const threeLetters: Readonly<Record<string, string>> = {
  ...{ Ala: "A", Arg: "R", Asn: "N", Asp: "D", Cys: "C", Gln: "Q", Glu: "E", Gly: "G", His: "H", Ile: "I", Leu: "L" },
  ...{ Lys: "K", Met: "M", Phe: "F", Pro: "P", Ser: "S", Thr: "T", Trp: "W", Tyr: "Y", Val: "V", Sec: "U", Pyl: "O" },
  ...{ TERM: "*", OTHER: "X" },
};

/** The letter of an amino acid by the three of `transl_except` and tRNA products; null for all else. */
export function aminoAcidLetter(name: string): string | null {
  return Object.hasOwn(threeLetters, name) ? (threeLetters[name] ?? null) : null;
}

/** `(pos:213..215,aa:Sec)`: which codon of the reading frame that is. */
function exceptionOf(record: AnnotatedSequence, feature: SequenceFeature, text: string, skip: number): CodonException {
  const { spans, line } = feature;
  const [, from = "", to, name = ""] =
    /^\(pos:(?:complement\()?(\d+)(?:\.\.(\d+))?\)?,aa:(\w+)\)$/.exec(text.replace(/\s/g, "")) ?? [];
  const aminoAcid = aminoAcidLetter(name);
  if (from === "" || aminoAcid === null)
    throw failure(record, line, `/transl_except=${text}`, "(pos:213..215,aa:Sec) is how it looks");
  let before = 0;
  for (const { start, end, strand } of spans) {
    const first = strand === 1 ? Number(from) - 1 : Number(to ?? from) - 1;
    if (first >= start && first < end) {
      const at = before + (strand === 1 ? first - start : end - 1 - first) - skip;
      if (at >= 0 && at % 3 === 0) return { codon: at / 3, aminoAcid };
      break;
    }
    before += end - start;
  }
  throw failure(record, line, `/transl_except=${text}`, "it is no codon of this reading frame");
}

function failure(
  { file }: AnnotatedSequence,
  line: number | null,
  what: string,
  why: string,
  cause?: unknown,
): BioXenError {
  return new BioXenError("FORMAT_INVALID", `${file}${line === null ? "" : `:${line}`}: ${what} (${why})`, {
    context: line === null ? { file } : { file, line },
    ...(cause === undefined ? {} : { cause }),
  });
}
