import type { Sequences } from "../contract/index.ts";
import { atomicWriteFile, type SequencePairs } from "../formats/index.ts";
import {
  type AlignmentLine,
  type AlignmentPlace,
  blastLine,
  lineOf,
  pafLine,
  type SearchHit,
  samHeader,
  samLine,
} from "../sequences/index.ts";
import { cigarString } from "../workloads/index.ts";
import type { AlignFlags } from "./align-input.ts";
import { table } from "./table.ts";

type Style = AlignFlags["cigarStyle"];

/** The fields of a place that are known. */
export function jsonPlace(place: AlignmentPlace | null, style: Style): object {
  if (place === null) return {};
  const { queryStart, queryEnd, targetStart, targetEnd, operations, counts } = place;
  return {
    ...(operations === null ? {} : { cigar: cigarString(operations, style) }),
    ...(queryStart === null ? {} : { queryStart }),
    queryEnd,
    ...(targetStart === null ? {} : { targetStart }),
    targetEnd,
    ...(counts === null
      ? {}
      : {
          identity: counts.columns === 0 ? null : counts.identities / counts.columns,
          identities: counts.identities,
          columns: counts.columns,
        }),
  };
}

export function jsonHit(hit: SearchHit, style: Style): object {
  const { queryName, name, index, score, length, bitScore, eValue, place } = hit;
  return { query: queryName, target: name, index, score, length, bitScore, eValue, ...jsonPlace(place, style) };
}

/** Lines of a format, one a hit, with the head that it has. */
export function* hitLines(
  format: NonNullable<AlignFlags["format"]>,
  rows: Iterable<{ readonly line: AlignmentLine; readonly query: number }>,
  queries: Sequences,
  program: string,
  style: Style,
): Generator<string> {
  if (format === "sam") {
    const all = [...rows];
    for (const line of samHeader(
      all.map(({ line: { targetName, targetLength } }) => ({ name: targetName, length: targetLength })),
      program,
    ))
      yield `${line}\n`;
    let last = -1;
    for (const { line, query } of all) {
      yield `${samLine(line, queries, query, { style, secondary: query === last })}\n`;
      last = query;
    }
    return;
  }
  for (const { line } of rows) {
    const text = format === "tsv" ? blastLine(line) : pafLine(line, style);
    if (text !== null) yield `${text}\n`;
  }
}

/** Hits whose place is known, as lines. */
export function* linesOf(hits: readonly SearchHit[]): Generator<{ line: AlignmentLine; query: number }> {
  for (const hit of hits) {
    const line = lineOf(hit);
    if (line !== null) yield { line, query: hit.query };
  }
}

/** Writes lines to a file, whole or not at all, or to standard output. */
export async function writeLines(out: string | undefined, lines: Iterable<string>): Promise<void> {
  if (out !== undefined) return atomicWriteFile(out, lines);
  for (const line of lines) process.stdout.write(line);
}

/** The hits that a list of pairs would be, for the table and for lines. */
export function pairHits({ queries, targets }: SequencePairs, scores: Int32Array, top: number): SearchHit[] {
  const lengthOf = ({ offsets }: Sequences, at: number): number => (offsets[at + 1] ?? 0) - (offsets[at] ?? 0);
  return Array.from(scores.subarray(0, top), (score, at) => ({
    query: at,
    queryName: queries.names[at] ?? "",
    queryLength: lengthOf(queries, at),
    index: at,
    name: targets.names[at] ?? "",
    length: lengthOf(targets, at),
    score,
    bitScore: null,
    eValue: null,
    place: null,
  }));
}

const shownCigar = 24;

export function printHits(hits: readonly SearchHit[], style: Style): string {
  if (hits.length === 0) return "";
  const placed = hits.some(({ place }) => place !== null);
  const scored = hits.some(({ eValue }) => eValue !== null);
  const span = (start: number | null, end: number): string => `${start ?? ""}..${end}`;
  return table(
    [
      { title: "Query", share: 20 },
      { title: "Target", share: 26 },
      { title: "Score", share: 9, right: true },
      ...(scored ? [{ title: "E", share: 9, right: true }] : []),
      ...(placed
        ? [
            { title: "In query", share: 12, right: true },
            { title: "In target", share: 12, right: true },
            { title: "CIGAR", share: 24 },
          ]
        : [{ title: "Length", share: 10, right: true }]),
    ],
    hits.map(({ queryName, name, score, length, eValue, place }) => {
      const cigar = place?.operations == null ? "" : cigarString(place.operations, style);
      return [
        queryName,
        name,
        String(score),
        ...(scored ? [eValue === null ? "" : eValue.toExponential(1)] : []),
        ...(placed && place !== null
          ? [
              span(place.queryStart, place.queryEnd),
              span(place.targetStart, place.targetEnd),
              cigar.length > shownCigar ? `${cigar.slice(0, shownCigar - 2)}..` : cigar,
            ]
          : [String(length)]),
      ];
    }),
  );
}
