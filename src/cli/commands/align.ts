import { Command, Option } from "commander";
import {
  type AmbiguityPolicy,
  atomicWriteFile,
  BioXenError,
  blosum62,
  matchMismatch,
  readPairs,
  readSequences,
  readSubstitutionMatrix,
  type SequenceAlignmentInput,
  type Sequences,
  type SubstitutionMatrix,
  sequenceAlignment,
} from "../../index.ts";
import { type DispatchFlags, integer, notNegativeInteger, withDispatchOptions } from "../options.ts";
import { printRun } from "../report.ts";
import { answer, openSession } from "../session.ts";
import { table } from "../table.ts";

interface Flags extends DispatchFlags {
  readonly query?: string;
  readonly target?: string;
  readonly pairs?: string;
  readonly mode: "local";
  readonly matrix: string;
  readonly match?: number;
  readonly mismatch?: number;
  readonly gapOpen: number;
  readonly gapExtend: number;
  readonly top: number;
  readonly scores?: string;
  readonly ambiguous: AmbiguityPolicy;
}

interface Hit {
  readonly query: string;
  readonly target: string;
  /** 0-based place of the target in its file. */
  readonly index: number;
  readonly score: number;
  readonly length: number;
}

export function command(): Command {
  return withDispatchOptions(
    new Command("align")
      .description("score local alignments of queries against a database, or of pairs")
      .option("--query <file>", "FASTA or FASTQ, .gz too")
      .option("--target <file>", "FASTA or FASTQ database, .gz too")
      .option("--pairs <file>", "instead of both: lines >QUERY and <TARGET in turn, or two columns")
      .addOption(new Option("--mode <mode>", "kind of alignment").choices(["local"]).default("local"))
      .option("--matrix <name|file>", "BLOSUM62, or a file in NCBI format", "BLOSUM62")
      .option("--match <score>", "DNA instead of a matrix: score of equal bases", integer)
      .option("--mismatch <score>", "DNA: score of unequal bases and of N", integer)
      .option("--gap-open <cost>", "cost of the first residue of a gap", notNegativeInteger, 11)
      .option("--gap-extend <cost>", "cost of each further residue", notNegativeInteger, 1)
      .option("--top <n>", "best targets to list for each query", notNegativeInteger, 10)
      .option("--scores <file>", "write every score, one a line, in target order")
      .addOption(
        new Option("--ambiguous <policy>", "residues such as B Z X N")
          .choices(["error", "score", "mask"])
          .default("score"),
      ),
  )
    .addHelpText(
      "after",
      `
Examples:
  $ bioxen align --query Q.fasta --target DB.fasta.gz --top 5
  $ bioxen align --query reads.fq.gz --target genome.fa --match 1 --mismatch -4 --gap-open 8 --gap-extend 2
  $ bioxen align --query Q.fasta --target DB.fasta --threads 1 --device cpu-simd --scores scores.txt --json`,
    )
    .action(align);
}

async function align(flags: Flags, command: Command): Promise<void> {
  const paired = flags.pairs !== undefined;
  if (
    paired
      ? flags.query !== undefined || flags.target !== undefined
      : flags.query === undefined || flags.target === undefined
  )
    command.error("error: give --query and --target, or --pairs");
  if ((flags.match === undefined) !== (flags.mismatch === undefined))
    command.error("error: --match and --mismatch come together");
  if ((flags.mismatch ?? 0) > 0)
    command.error("error: --mismatch is a score, not a cost: give it as 0 or below, e.g. -4");

  const [matrix, { queries, targets }] = await Promise.all([matrixOf(flags), sequencesOf(flags)]);
  if (matrix.residues === "protein" && looksLikeDna(queries) && looksLikeDna(targets))
    process.stderr.write(
      `bioxen: these look like DNA, scored with ${matrix.name}: give --match and --mismatch for DNA\n`,
    );
  await using session = await openSession(sequenceAlignment, flags.device);
  const input: SequenceAlignmentInput = {
    queries,
    targets,
    pairing: paired ? "pairs" : "database",
    mode: flags.mode,
    matrix,
    gapOpen: flags.gapOpen,
    gapExtend: flags.gapExtend,
    ambiguous: flags.ambiguous,
  };
  await answer(session, sequenceAlignment, input, flags, async (ran) => {
    const { scores } = ran.output;
    if (flags.scores !== undefined) await atomicWriteFile(flags.scores, `${scores.join("\n")}\n`);
    const hits = paired ? pairHits(input, scores, flags.top) : bestHits(input, scores, flags.top);
    const output = {
      queries: queries.offsets.length - 1,
      targets: targets.offsets.length - 1,
      matrix: matrix.name,
      hits,
      ...(flags.scores === undefined ? {} : { scoresFile: flags.scores }),
    };
    return { output, print: () => `${printHits(hits)}${printRun(sequenceAlignment, input, ran)}` };
  });
}

/** Longest prefix that is looked at. */
const glimpse = 10_000;

function looksLikeDna({ residues }: Sequences): boolean {
  return residues.subarray(0, glimpse).every((letter) => "ACGTUNacgtun".includes(String.fromCharCode(letter)));
}

async function matrixOf({ match, mismatch, matrix }: Flags): Promise<SubstitutionMatrix> {
  if (match !== undefined && mismatch !== undefined) return matchMismatch(match, mismatch);
  if (matrix.toUpperCase() === blosum62.name) return blosum62;
  try {
    return await readSubstitutionMatrix(matrix);
  } catch (cause) {
    if (/[./\\]/.test(matrix) || !(cause instanceof BioXenError)) throw cause;
    throw new BioXenError(
      "INPUT_INVALID",
      `no matrix ${matrix}: BLOSUM62 is built in, any other is a file in NCBI format`,
      { cause },
    );
  }
}

async function sequencesOf({ pairs, query, target }: Flags): Promise<{ queries: Sequences; targets: Sequences }> {
  if (pairs !== undefined) return readPairs(pairs);
  const [queries, targets] = await Promise.all([readSequences(query ?? ""), readSequences(target ?? "")]);
  return { queries, targets };
}

/** The best targets of each query; equal scores in target order. */
function bestHits({ queries, targets }: SequenceAlignmentInput, scores: Int32Array, top: number): Hit[] {
  const count = targets.offsets.length - 1;
  return queries.names.flatMap((query, row) => {
    const of = scores.subarray(row * count, (row + 1) * count);
    const order = Uint32Array.from(of, (_, at) => at).sort((a, b) => (of[b] ?? 0) - (of[a] ?? 0) || a - b);
    return Array.from(order.subarray(0, top), (index) => hit(query, targets, index, of[index] ?? 0));
  });
}

function pairHits({ queries, targets }: SequenceAlignmentInput, scores: Int32Array, top: number): Hit[] {
  return Array.from(scores.subarray(0, top), (score, index) => hit(queries.names[index] ?? "", targets, index, score));
}

function hit(query: string, { names, offsets }: Sequences, index: number, score: number): Hit {
  return { query, target: names[index] ?? "", index, score, length: (offsets[index + 1] ?? 0) - (offsets[index] ?? 0) };
}

function printHits(hits: readonly Hit[]): string {
  if (hits.length === 0) return "";
  return table(
    [
      { title: "Query", share: 26 },
      { title: "Target", share: 32 },
      { title: "Score", share: 10, right: true },
      { title: "Length", share: 10, right: true },
    ],
    hits.map(({ query, target, score, length }) => [query, target, String(score), String(length)]),
  );
}
