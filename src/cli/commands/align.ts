import { Command, InvalidArgumentError, Option } from "commander";
import type { Sequences } from "../../contract/index.ts";
import { atomicWriteFile, readPairs, readSequences } from "../../formats/index.ts";
import {
  type AlignmentScheme,
  alignSequencePairs,
  piecesFor,
  placesOf,
  type Runs,
  type SearchOptions,
  type SearchProgress,
  type SearchResult,
  searchAllAgainstAll,
  searchSequences,
} from "../../sequences/index.ts";
import {
  alignmentTraceback,
  type FreeEnds,
  type SequenceAlignmentInput,
  sequenceAlignment,
  whyNoStatistics,
} from "../../workloads/index.ts";
import { type AlignFlags, detailOf, formats, looksLikeDna, resumed, schemeOf, targetBatches } from "../align-input.ts";
import { hitLines, jsonHit, jsonPlace, linesOf, pairHits, printHits, writeLines } from "../align-output.ts";
import { dispatchOptions, integer, notNegativeInteger, positiveInteger, withDispatchOptions } from "../options.ts";
import { packageInfo } from "../package-info.ts";
import { progress } from "../progress.ts";
import { seconds } from "../quantities.ts";
import { jsonRun, printWork } from "../report.ts";
import { answer, explained, openSession, type Session } from "../session.ts";

const ends: readonly (keyof FreeEnds)[] = ["queryStart", "queryEnd", "targetStart", "targetEnd"];

function freeEnds(text: string): (keyof FreeEnds)[] {
  const named = text === "" ? [] : text.split(",");
  return named.map((name) => {
    const end = ends.find((one) => one.toLowerCase() === name.trim().replace("-", "").toLowerCase());
    if (end === undefined) throw new InvalidArgumentError(`some of ${ends.join(", ")} are expected, between commas.`);
    return end;
  });
}

export function command(): Command {
  return withDispatchOptions(
    new Command("align")
      .description("align queries with a database, pairs, or all with all; local, global or in between")
      .option("--query <file>", "FASTA or FASTQ, .gz too")
      .option("--target <file>", "FASTA or FASTQ database, .gz too, of any size: it is read in batches")
      .option("--pairs <file>", "instead of both: lines >QUERY and <TARGET in turn, or two columns")
      .option("--all-against-all", "every sequence of --query with every other one")
      .addOption(
        new Option("--mode <mode>", "what an alignment covers")
          .choices(["local", "global", "semi-global", "overlap"])
          .default("local"),
      )
      .option(
        "--free-ends <ends>",
        `of semi-global: ends that cost nothing, of ${ends.join(", ")} (default: the target's)`,
        freeEnds,
      )
      .option(
        "--matrix <name|file>",
        "BLOSUM45/50/62/80/90, PAM30/70/250, EDNAFULL, or a file in NCBI format",
        "BLOSUM62",
      )
      .option("--match <score>", "DNA instead of a matrix: score of equal bases", integer)
      .option("--mismatch <score>", "DNA: score of unequal bases and of N", integer)
      .option("--gap-open <cost>", "cost of the first residue of a gap", notNegativeInteger, 11)
      .option(
        "--gap-extend <cost>",
        "cost of each further residue; as --gap-open for linear gaps",
        notNegativeInteger,
        1,
      )
      .option(
        "--gap-open2 <cost>",
        "second piece of the gap cost, the lesser counts: its first residue",
        notNegativeInteger,
      )
      .option("--gap-extend2 <cost>", "second piece: each further residue", notNegativeInteger)
      .option("--top <n>", "best targets to list for each query", notNegativeInteger, 10)
      .option("--ends", "tell where alignments end")
      .option("--starts", "and where they start")
      .option("--cigar", "and how they run, with identities")
      .addOption(
        new Option("--cigar-style <style>", "extended: = and X; plain: M")
          .choices(["extended", "plain"])
          .default("extended"),
      )
      .addOption(
        new Option("--format <format>", "lines instead of a table: BLAST's columns, SAM or PAF").choices(formats),
      )
      .option("--out <file>", "where --format's lines go, whole or not at all (default: standard output)")
      .option("--scores <file>", "write every score, one a line, in target order")
      .option("--batch <residues>", "residues of the database in memory at a time (default: 64 Mi)", positiveInteger)
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
  $ bioxen align --query Q.fasta --target DB.fasta.gz --top 5 --cigar
  $ bioxen align --pairs pairs.seq --mode global --match 0 --mismatch -4 --gap-open 8 --gap-extend 2 --cigar --json
  $ bioxen align --query reads.fq.gz --target genome.fa --match 1 --mismatch -4 --gap-open 8 --gap-extend 2 --format sam --out reads.sam
  $ bioxen align --query family.fasta --all-against-all --matrix BLOSUM45 --gap-open 15 --gap-extend 2 --format tsv
  $ bioxen align --query Q.fasta --target DB.fasta --threads 1 --device cpu-simd --scores scores.txt --json`,
    )
    .action(align);
}

function checkFlags(flags: AlignFlags, command: Command): void {
  const { query, target, pairs, allAgainstAll, match, mismatch, format, mode } = flags;
  const whole =
    allAgainstAll === true ? query !== undefined && target === undefined : query !== undefined && target !== undefined;
  if (pairs !== undefined ? query !== undefined || target !== undefined || allAgainstAll === true : !whole)
    command.error("error: give --query and --target, or --pairs, or --query and --all-against-all");
  if ((match === undefined) !== (mismatch === undefined)) command.error("error: --match and --mismatch come together");
  if ((mismatch ?? 0) > 0) command.error("error: --mismatch is a score, not a cost: give it as 0 or below, e.g. -4");
  if ((flags.gapOpen2 === undefined) !== (flags.gapExtend2 === undefined))
    command.error("error: --gap-open2 and --gap-extend2 come together");
  if (flags.freeEnds !== undefined && mode !== "semi-global")
    command.error("error: --free-ends is for --mode semi-global");
  if (flags.out !== undefined && format === undefined) command.error("error: --out is for --format's lines");
  if (format !== undefined && flags.json === true && flags.out === undefined)
    command.error("error: --format's lines and --json's object do not go to one place: give --out");
  if (flags.scores !== undefined && allAgainstAll === true) command.error("error: --scores is for --target or --pairs");
}

async function align(flags: AlignFlags, command: Command): Promise<void> {
  checkFlags(flags, command);
  const scheme = await schemeOf(flags);
  if (flags.pairs !== undefined) return alignPairs(flags, scheme, flags.pairs);
  const queries = await readSequences(flags.query ?? "");
  await using session = await openSession([sequenceAlignment, alignmentTraceback], flags.device);
  const options: SearchOptions = {
    ...dispatchOptions(flags, session.signal),
    top: flags.top,
    want: flags.top === 0 ? undefined : detailOf(flags),
  };
  if (flags.allAgainstAll === true) {
    warnOfDna(scheme, queries, queries);
    const input: SequenceAlignmentInput = { ...scheme, queries, targets: queries, pairing: "database" };
    if (flags.explain === true) return explained(session, sequenceAlignment, input, flags);
    using shown = progress();
    const startedAt = performance.now();
    const onProgress = ({ residues, cells }: SearchProgress): void =>
      shown.update(residues / queries.residues.length, pace(cells, residues / queries.residues.length, startedAt));
    const found = await searchAllAgainstAll(session.manager, queries, scheme, { ...options, onProgress });
    return show(session, flags, scheme, queries, found);
  }
  const { batches, share } = await targetBatches(flags.target ?? "", flags.batch, piecesFor(queries, scheme));
  const first = (await batches.next()).value ?? undefined;
  if (first !== undefined) {
    warnOfDna(scheme, queries, first);
    const input: SequenceAlignmentInput = { ...scheme, queries, targets: first, pairing: "database" };
    if (flags.explain === true) return explained(session, sequenceAlignment, input, flags);
  }
  using shown = progress();
  const startedAt = performance.now();
  const kept: Int32Array[][] = queries.names.map(() => []);
  const found = await searchSequences(session.manager, queries, resumed(first, batches), scheme, {
    ...options,
    onProgress: ({ cells }) => shown.update(share(), pace(cells, share(), startedAt)),
    ...(flags.scores === undefined
      ? {}
      : {
          onScores: (scores, { length }) => {
            kept.forEach((of, query) => {
              of.push(scores.slice(query * length, (query + 1) * length));
            });
          },
        }),
  });
  if (flags.scores !== undefined) await atomicWriteFile(flags.scores, scoreLines(kept.flat()));
  await show(session, flags, scheme, queries, found);
}

function* scoreLines(parts: Iterable<Int32Array>): Generator<string> {
  for (const part of parts) yield `${part.join("\n")}\n`;
}

/** How fast it goes and when it should end. */
function pace(cells: number, share: number, startedAt: number): string {
  const elapsed = (performance.now() - startedAt) / 1000;
  const left = share > 0 && share < 1 ? `, ${seconds((elapsed * (1 - share)) / share)} left` : "";
  return `${(cells / elapsed / 1e9).toPrecision(3)} GCUPS${left}`;
}

function warnOfDna({ matrix }: AlignmentScheme, queries: Sequences, targets: Sequences): void {
  if (matrix.residues === "protein" && looksLikeDna(queries) && looksLikeDna(targets))
    process.stderr.write(
      `bioxen: these look like DNA, scored with ${matrix.name}: give --match and --mismatch for DNA\n`,
    );
}

async function show(
  { unprobed }: Session,
  flags: AlignFlags,
  scheme: AlignmentScheme,
  queries: Sequences,
  { hits, targets, residues, runs }: SearchResult,
): Promise<void> {
  const { format, json, cigarStyle } = flags;
  if (format !== undefined)
    await writeLines(flags.out, hitLines(format, linesOf(hits), queries, program(), cigarStyle));
  if (format !== undefined && json !== true) return;
  const unknown = whyNoStatistics(scheme.mode, scheme.matrix, scheme);
  const output = {
    queries: queries.names.length,
    targets,
    residues,
    matrix: scheme.matrix.name,
    mode: scheme.mode,
    hits: hits.map((hit) => jsonHit(hit, cigarStyle)),
    ...(unknown === null ? {} : { noEValues: unknown }),
    ...(flags.scores === undefined ? {} : { scoresFile: flags.scores }),
    ...(flags.out === undefined ? {} : { file: flags.out }),
  };
  const ran = { ...runs, rejected: [...runs.rejected, ...unprobed] };
  process.stdout.write(
    json === true
      ? `${JSON.stringify(jsonRun(sequenceAlignment, runs.units, ran, output))}\n`
      : `${printHits(hits, cigarStyle)}${printWork(sequenceAlignment, runs.units, ran)}`,
  );
}

function program(): string {
  return `bioxen ${packageInfo().version} ${process.argv.slice(2).join(" ")}`;
}

async function alignPairs(flags: AlignFlags, scheme: AlignmentScheme, file: string): Promise<void> {
  const pairs = await readPairs(file);
  const { queries, targets } = pairs;
  warnOfDna(scheme, queries, targets);
  const count = queries.names.length;
  const about = { queries: count, targets: count, matrix: scheme.matrix.name, mode: scheme.mode };
  const want = detailOf(flags);
  if (want === undefined) {
    await using session = await openSession(sequenceAlignment, flags.device);
    const input: SequenceAlignmentInput = { ...scheme, queries, targets, pairing: "pairs" };
    await answer(session, sequenceAlignment, input, flags, async (ran) => {
      const { scores } = ran.output;
      if (flags.scores !== undefined) await atomicWriteFile(flags.scores, scoreLines([scores]));
      const hits = pairHits(pairs, scores, flags.top);
      const output = {
        ...about,
        hits: hits.map((hit) => jsonHit(hit, flags.cigarStyle)),
        alignments: Array.from(scores, (score) => ({ score })),
        ...(flags.scores === undefined ? {} : { scoresFile: flags.scores }),
      };
      const { units } = sequenceAlignment.size(input);
      return { output, print: () => `${printHits(hits, flags.cigarStyle)}${printWork(sequenceAlignment, units, ran)}` };
    });
    return;
  }
  await using session = await openSession(alignmentTraceback, flags.device);
  if (flags.explain === true)
    return explained(session, alignmentTraceback, { ...scheme, queries, targets, want }, flags);
  using shown = progress();
  const startedAt = performance.now();
  const { alignments, runs } = await alignSequencePairs(session.manager, queries, targets, scheme, {
    ...dispatchOptions(flags, session.signal),
    want,
    onProgress: (done, all, cells) => shown.update(done / all, pace(cells, done / all, startedAt)),
  });
  const { scores } = alignments;
  if (flags.scores !== undefined) await atomicWriteFile(flags.scores, scoreLines([scores]));
  const places = placesOf(alignments);
  const hits = pairHits(pairs, scores, Number.POSITIVE_INFINITY).map((hit, at) => ({
    ...hit,
    place: places[at] ?? null,
  }));
  if (flags.format !== undefined)
    await writeLines(flags.out, hitLines(flags.format, linesOf(hits), queries, program(), flags.cigarStyle));
  if (flags.format !== undefined && flags.json !== true) return;
  const output = {
    ...about,
    alignments: hits.map(({ score, place }) => ({ score, ...jsonPlace(place, flags.cigarStyle) })),
    ...(flags.out === undefined ? {} : { file: flags.out }),
    ...(flags.scores === undefined ? {} : { scoresFile: flags.scores }),
  };
  const ran: Runs = { ...runs, rejected: [...runs.rejected, ...session.unprobed] };
  process.stdout.write(
    flags.json === true
      ? `${JSON.stringify(jsonRun(alignmentTraceback, runs.units, ran, output))}\n`
      : `${printHits(hits.slice(0, flags.top), flags.cigarStyle)}${printWork(alignmentTraceback, runs.units, ran)}`,
  );
}
