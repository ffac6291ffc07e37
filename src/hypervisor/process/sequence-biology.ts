import type { Genome } from "../../cell/index.ts";
import { BioXenError, type Dispatcher, type Sequences } from "../../contract/index.ts";
import {
  type AlignmentScores,
  blosum62,
  type MotifMatrix,
  matchMismatch,
  motifScan,
  type SequenceAlignmentInput,
  sequenceAlignment,
} from "../../workloads/index.ts";
import type { PlainValue } from "./plain-value.ts";

export interface SequenceWork {
  readonly genome: Genome | null;
  readonly dispatcher: Dispatcher;
  readonly signal: AbortSignal;
}

interface Named {
  readonly name: string;
  readonly residues: string;
}

/** Hits that an answer lists at most; their number is told whatever it is. */
const mostHits = 1000;
const bestAlignments = 10;
/** Of a base that a letter of a consensus allows, in so many counts. */
const consensusCounts = 100;
const basesOfLetter: Readonly<Record<string, string>> = {
  ...{ A: "A", C: "C", G: "G", T: "T", U: "T", R: "AG", Y: "CT", S: "CG", W: "AT", K: "GT", M: "AC" },
  ...{ B: "CGT", D: "AGT", H: "ACT", V: "ACG", N: "ACGT" },
};

/** @throws BioXenError `INPUT_INVALID` where nothing is known but counts */
function sequencesOf({ genome }: SequenceWork): Genome {
  if (genome === null)
    throw new BioXenError("INPUT_INVALID", "this cell's genome came without sequences: give it a genome file");
  return genome;
}

function packed(list: readonly Named[]): Sequences {
  const residues = Buffer.from(list.map((one) => one.residues).join(""), "latin1");
  const offsets = new Uint32Array(list.length + 1);
  for (const [at, one] of list.entries()) offsets[at + 1] = (offsets[at] ?? 0) + one.residues.length;
  return { names: list.map(({ name }) => name), residues: new Uint8Array(residues), offsets };
}

/** A gene's protein, or RNA, by id or name; else the text itself as a sequence. */
function sequenceFor(work: SequenceWork, text: string): Named {
  const gene = work.genome?.genes.find(
    ({ id, name }) => id === text || (name !== "" && name.split("; ").includes(text)),
  );
  if (gene !== undefined) return { name: gene.id, residues: gene.protein ?? gene.bases };
  const residues = text.replaceAll(/\s/g, "").toUpperCase();
  if (!/^[A-Z*]+$/.test(residues) || residues.length > 10_000_000)
    throw new BioXenError("INPUT_INVALID", `${JSON.stringify(text.slice(0, 40))} is neither a gene nor a sequence`);
  return { name: "given", residues };
}

const isDna = ({ residues }: Named): boolean => /^[ACGTUN]+$/.test(residues);

/** Local alignment of two sequences, or of one with every protein (or gene, for DNA) of the genome. */
export async function align(
  work: SequenceWork,
  query: string,
  target: string | null,
): Promise<Record<string, PlainValue>> {
  const { dispatcher, signal } = work;
  const from = sequenceFor(work, query);
  const dna = isDna(from);
  const targets =
    target !== null
      ? [sequenceFor(work, target)]
      : sequencesOf(work).genes.flatMap(({ id, protein, bases }): Named[] =>
          dna
            ? [{ name: id, residues: bases }]
            : protein === null || protein === ""
              ? []
              : [{ name: id, residues: protein }],
        );
  if (target !== null && targets.some((one) => isDna(one) !== dna))
    throw new BioXenError("INPUT_INVALID", "a protein and DNA do not align: give two of a kind");
  const input: SequenceAlignmentInput = {
    ...{ queries: packed([from]), targets: packed(targets), pairing: "database", mode: "local", ambiguous: "score" },
    // scores of blastn and blastp, whose gap of one costs opening and extension
    ...(dna
      ? { matrix: matchMismatch(2, -3), gapOpen: 7, gapExtend: 2 }
      : { matrix: blosum62, gapOpen: 12, gapExtend: 1 }),
  };
  const { output }: { output: AlignmentScores } = await dispatcher.run(sequenceAlignment, input, { signal });
  const hits = targets
    .map(({ name, residues }, at) => ({ target: name, length: residues.length, score: output.scores[at] ?? 0 }))
    .sort((a, b) => b.score - a.score)
    .slice(0, bestAlignments);
  return {
    ...{ query: from.name, kind: dna ? "dna" : "protein", compared: targets.length },
    ...{ score: hits[0]?.score ?? 0, hits },
  };
}

/** Sites of a consensus, IUPAC letters, on both strands of the genome. */
export async function findMotifs(
  work: SequenceWork,
  consensus: string,
  pValue: number,
): Promise<Record<string, PlainValue>> {
  const { dispatcher, signal } = work;
  const genome = sequencesOf(work);
  const { output } = await dispatcher.run(
    motifScan,
    {
      matrices: [consensusMatrix(consensus)],
      sequences: packed([{ name: genome.id, residues: genome.sequence }]),
      ...{ pValue, strands: "both" },
    },
    { signal },
  );
  const count = output.position.length;
  const hits = Array.from({ length: Math.min(count, mostHits) }, (_, at) => ({
    position: output.position[at] ?? 0,
    strand: output.strand[at] ?? 1,
    score: output.score[at] ?? 0,
  }));
  return { motif: consensus, threshold: output.thresholds[0] ?? null, count, hits };
}

function consensusMatrix(consensus: string): MotifMatrix {
  const letters = [...consensus.toUpperCase()];
  const columns = letters.length;
  const counts = new Float64Array(4 * columns);
  for (const [column, letter] of letters.entries()) {
    const bases = basesOfLetter[letter];
    if (bases === undefined)
      throw new BioXenError("INPUT_INVALID", `motif ${JSON.stringify(consensus)}: ${letter} is no IUPAC letter of DNA`);
    for (const base of bases) counts["ACGT".indexOf(base) * columns + column] = consensusCounts / bases.length;
  }
  return { id: consensus, name: consensus, counts };
}
