// Every query against every target of a resident database, on one thread: units of work are drawn from a shared cursor.
import type { InterleavedDatabase } from "./sequence-alignment-database.ts";
import {
  alignmentInstance,
  columnsAtOnce,
  laneScores,
  lanesOf,
  layout,
  padding,
  place,
  type Width,
  wider,
} from "./sequence-alignment-lanes.ts";

export interface Scoring {
  /** From ASCII to a letter's row in the matrix. */
  readonly codes: Uint8Array;
  /** 64 bytes a row: scores against codes 0 to 31, their low bytes, then their high bytes. */
  readonly tables: Uint8Array;
  readonly letters: number;
  /** Greatest score of the matrix, at least 0. */
  readonly most: number;
  readonly gapOpen: number;
  readonly gapExtend: number;
  /** The narrowest that holds every cost and score. */
  readonly width: Width;
}

/** Five numbers a unit: the target or `groupUnit`, first and last (exclusive) residue or group, first and last query. */
export const unitFields = 5;
export const groupUnit: number = 2 ** 32 - 1;

const cellsPerCall = 2e6;

export interface SearchJob {
  readonly database: InterleavedDatabase;
  readonly queries: Uint8Array;
  readonly queryOffsets: Uint32Array;
  readonly scoring: Scoring;
  readonly units: Uint32Array;
  /** One shared number: the next unit that nobody has drawn. */
  readonly cursor: Int32Array;
  /** Shared, query-major. */
  readonly scores: Int32Array;
}

/** Residues `from` to `to` (exclusive) of the database, as one lane. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * Target residues that a local alignment with a positive score can span: each query residue gains at most `most`, each
 * residue of a gap costs at least the lesser gap cost. A target may be cut into stretches that overlap by as much.
 */
export function longestSpan(queryLength: number, { most, gapOpen, gapExtend }: Scoring): number {
  const least = Math.min(gapOpen, gapExtend);
  return least === 0 ? Number.POSITIVE_INFINITY : queryLength + Math.floor((queryLength * most) / least);
}

/** Draws units until none is left and writes their scores. */
export function searchDatabase(job: SearchJob): void {
  const { database, queries, queryOffsets, scoring, units, cursor, scores } = job;
  const { order, starts, columns, offsets, residues, longest } = database;
  const targets = offsets.length - 1;
  const instance = alignmentInstance();
  const { exports, memory } = instance;
  const { codes, tables, letters, gapOpen, gapExtend } = scoring;
  const count = units.length / unitFields;

  let longestQuery = 0;
  for (let query = 0; query + 1 < queryOffsets.length; query++)
    longestQuery = Math.max(longestQuery, (queryOffsets[query + 1] ?? 0) - (queryOffsets[query] ?? 0));
  let widest = 0;
  let mostGroups = 0;
  for (let unit = 0; unit < count; unit++) {
    const [target = 0, from = 0, to = 0] = units.subarray(unitFields * unit, unitFields * (unit + 1));
    if (target !== groupUnit) continue;
    widest = Math.max(widest, (starts[to] ?? 0) - (starts[from] ?? 0));
    mostGroups = Math.max(mostGroups, to - from);
  }
  const at = place(instance, {
    rows: 4 * longestQuery,
    state: 32 * longestQuery,
    stream: 16 * Math.min(columnsAtOnce, longest + 3),
    columns: 16 * widest,
    starts: 4 * (mostGroups + 1),
    results: 16 * mostGroups,
  });
  const bytes = new Uint8Array(memory.buffer);
  const words = new Uint32Array(memory.buffer);
  const laneScore = laneScores(memory);
  const narrow = new Int8Array(memory.buffer, at.results, 16 * mostGroups);

  let length = 0;
  let present = 0;
  let loaded = -1;
  /** Lays out a query: its letters' tables side by side and, for each residue, the address of its letter's profile. */
  const load = (query: number): void => {
    if (query === loaded) return;
    loaded = query;
    const start = queryOffsets[query] ?? 0;
    length = (queryOffsets[query + 1] ?? 0) - start;
    present = 0;
    const addresses = new Uint32Array(letters);
    for (let row = 0; row < length; row++) {
      const code = codes[queries[start + row] ?? 0] ?? 0;
      if (addresses[code] === 0) {
        bytes.set(tables.subarray(64 * code, 64 * code + 64), layout.tables + 64 * present);
        addresses[code] = layout.profiles + 48 * present++;
      }
      words[at.rows / 4 + row] = addresses[code] ?? 0;
    }
  };
  const reset = (width: Width): void => exports[`reset${width}`](at.state, length, layout.best);
  /** In calls of some 0.1 ms: V8 swaps a kernel for its optimized form only between calls. */
  const advance = (width: Width, from: number, columnCount: number): void => {
    const atOnce = 3 * Math.ceil(cellsPerCall / lanesOf(width) / 3 / (length + 1));
    for (let done = 0; done < columnCount; done += atOnce)
      exports[`search${width}`](
        from + 16 * done,
        Math.min(atOnce, columnCount - done),
        at.rows,
        length,
        at.state,
        layout.profiles,
        layout.tables,
        present,
        gapOpen,
        gapExtend,
        layout.best,
      );
  };

  /** Scores of the loaded query against stretches of any length; only a few columns are interleaved at a time. */
  const stream = (width: Width, stretches: readonly Stretch[]): number[] => {
    const results: number[] = [];
    for (let first = 0; first < stretches.length; first += lanesOf(width)) {
      const batch = stretches.slice(first, first + lanesOf(width));
      const longest = Math.max(...batch.map(({ from, to }) => to - from));
      reset(width);
      for (let done = 0; done < longest; done += columnsAtOnce) {
        const columnCount = 3 * Math.ceil(Math.min(columnsAtOnce, longest - done) / 3);
        bytes.fill(padding, at.stream, at.stream + 16 * columnCount);
        batch.forEach(({ from, to }, lane) => {
          const end = Math.min(to, from + done + columnsAtOnce);
          for (let residue = from + done, put = at.stream + lane; residue < end; residue++, put += 16)
            bytes[put] = codes[residues[residue] ?? 0] ?? 0;
        });
        advance(width, at.stream, columnCount);
      }
      const batchScores = batch.map((_, lane) => laneScore(width, lane));
      const saturated = batch.filter((_, lane) => batchScores[lane] === -1);
      const again = saturated.length > 0 ? stream(wider(width), saturated) : [];
      results.push(...batchScores.map((score) => (score === -1 ? (again.shift() ?? 0) : score)));
    }
    return results;
  };

  /** Targets whose lanes have saturated, by query: run again as soon as they fill a vector. */
  const pending = new Map<number, number[]>();
  const redo = (query: number, saturated: readonly number[]): void => {
    load(query);
    const stretches = saturated.map((target) => ({ from: offsets[target] ?? 0, to: offsets[target + 1] ?? 0 }));
    stream(wider(scoring.width), stretches).forEach((score, index) => {
      scores[query * targets + (saturated[index] ?? 0)] = score;
    });
  };

  const wait = (query: number, saturated: readonly number[]): void => {
    const waiting = [...(pending.get(query) ?? []), ...saturated];
    pending.set(query, waiting);
    if (waiting.length < lanesOf(wider(scoring.width))) return;
    pending.delete(query);
    redo(query, waiting);
  };

  /** Vectors of 16 lanes of 8 bits: one call for them all. */
  const searchNarrowGroups = (query: number, from: number, to: number): void => {
    words.set(starts.subarray(from, to + 1), at.starts / 4);
    exports.searchGroups8(
      at.starts,
      to - from,
      // where the database's first column would stand, be it below 0: addresses wrap around
      at.columns - 16 * (starts[from] ?? 0),
      at.rows,
      length,
      at.state,
      layout.profiles,
      layout.tables,
      present,
      gapOpen,
      gapExtend,
      at.results,
    );
    const of = order.subarray(16 * from, 16 * to);
    const saturated = takeNarrowScores(narrow, of, scores.subarray(query * targets, (query + 1) * targets));
    if (saturated.length > 0) wait(query, saturated);
  };

  /** A vector of 16 or 32 bits takes half or a quarter of a group's lanes at a time. */
  const searchWideGroup = (query: number, group: number, from: number): void => {
    const { width } = scoring;
    const columnCount = (starts[group + 1] ?? 0) - (starts[group] ?? 0);
    for (let part = 0; part < 16; part += lanesOf(width)) {
      const first = 16 * group + part;
      if (first >= order.length) return;
      reset(width);
      advance(width, from + part, columnCount);
      const end = Math.min(order.length, first + lanesOf(width));
      const saturated: number[] = [];
      for (let index = first; index < end; index++) {
        const target = order[index] ?? 0;
        const score = laneScore(width, index - first);
        if (score >= 0) scores[query * targets + target] = score;
        else saturated.push(target);
      }
      if (saturated.length > 0) wait(query, saturated);
    }
  };

  /** Residues `from` to `to` of one target in 16 stretches, each as much longer as an alignment may reach beyond it. */
  const searchSlice = (query: number, target: number, from: number, to: number): void => {
    const start = offsets[target] ?? 0;
    const end = offsets[target + 1] ?? 0;
    const span = longestSpan(length, scoring);
    const step = Math.ceil((to - from) / lanesOf(scoring.width));
    const stretches: Stretch[] = [];
    for (let first = start + from; first < start + to; first += step) {
      stretches.push({ from: first, to: Math.min(end, first + step + span) });
      // what is left lies within the last stretch
      if (first + step + span >= end) break;
    }
    const best = Math.max(0, ...stream(scoring.width, stretches));
    // other threads may hold other slices of this target
    const index = query * targets + target;
    for (let seen = Atomics.load(scores, index); seen < best; ) {
      const found = Atomics.compareExchange(scores, index, seen, best);
      if (found === seen) return;
      seen = found;
    }
  };

  for (let unit = Atomics.add(cursor, 0, 1); unit < count; unit = Atomics.add(cursor, 0, 1)) {
    const [target = 0, from = 0, to = 0, firstQuery = 0, endQuery = 0] = units.subarray(
      unitFields * unit,
      unitFields * (unit + 1),
    );
    if (target === groupUnit) bytes.set(columns.subarray(16 * (starts[from] ?? 0), 16 * (starts[to] ?? 0)), at.columns);
    for (let query = firstQuery; query < endQuery; query++) {
      load(query);
      if (target !== groupUnit) searchSlice(query, target, from, to);
      else if (scoring.width === 8) searchNarrowGroups(query, from, to);
      else
        for (let group = from; group < to; group++)
          searchWideGroup(query, group, at.columns + 16 * ((starts[group] ?? 0) - (starts[from] ?? 0)));
    }
  }
  for (const [query, waiting] of pending) redo(query, waiting);
}

/** Writes the scores of 8-bit lanes, in the order of their targets, and returns the targets whose lane has saturated. */
function takeNarrowScores(lanes: Int8Array, order: Uint32Array, scores: Int32Array): number[] {
  const saturated: number[] = [];
  for (let index = 0; index < order.length; index++) {
    const lane = lanes[index] ?? 0;
    const target = order[index] ?? 0;
    if (lane === 127) saturated.push(target);
    else scores[target] = lane + 128;
  }
  return saturated;
}
