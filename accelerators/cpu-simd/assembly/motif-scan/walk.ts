// One matrix against the index: depth first over the k-mers with look-ahead bounds; a node that passes is a slice of starts.
import {
  KMERS, SLACK, TAILS, bases, clean, columnBest, columnSpread, columnWorst, contexts, exact, k, positions, slices, windows,
} from "./text";

/** Bytes of `work`: bounds f64[80] twice, context tables f64[4][1024] and slack, radix histogram, leaf queue. */
const BOUNDS: usize = 640, TABLES: usize = 40960, HISTOGRAM: usize = 1024, QUEUE: usize = 512 * 16;

let matrix: usize = 0, bestFrom: usize = 0, worstFrom: usize = 0, tables: usize = 0, histogram: usize = 0;
let first: u32 = 0, depth: u32 = 0, cut: f64 = 0;
let hits: usize = 0, hitsEnd: usize = 0, next: usize = 0, overflown: bool = false;
let groups: u32 = 0, contextShift: u32 = 0, groupMask: u32 = 0, groupBits: u32 = 0, groupBytes: usize = 0;
let queue: usize = 0, queueEnd: usize = 0, touched: u32 = 0;

/**
 * Hits of one matrix, ascending: starts at `to`, scores at `scores`. Returns how many, or -1 where more than `capacity`
 * candidates came up, and nothing is known then.
 */
export function scanIndexed(
  from: usize, m: u32, threshold: f64, to: usize, scores: usize, spare: usize, work: usize, capacity: u32,
): i32 {
  const limit = windows(m);
  if (limit == 0) return 0;
  matrix = from;
  cut = threshold - SLACK;
  hits = next = to;
  hitsEnd = to + (<usize>capacity << 2);
  overflown = false;
  bestFrom = work;
  worstFrom = work + BOUNDS;
  tables = work + 2 * BOUNDS;
  histogram = tables + TABLES;
  queue = queueEnd = histogram + HISTOGRAM;
  depth = min(m, k);
  first = m > k ? mostTelling(m) : 0;
  setBounds(m);
  if (load<f64>(bestFrom) < cut) return 0;
  if (m > k) {
    setTables(m);
    walkLong(0, 0, 0);
    flush();
  } else {
    walkShort(0, 0, 0);
    if (m < k) tryTails(m, limit);
  }
  if (overflown) return -1;
  const found = <u32>((next - hits) >> 2);
  if (found > 1) sort(found, spare);
  let kept: u32 = 0;
  for (let i: u32 = 0; i < found; i++) {
    const p = load<u32>(hits + (<usize>i << 2)) - first; // below 0 it wraps and is past the limit
    if (p >= limit) continue;
    const score = exact(p, matrix, m);
    if (score < threshold || !clean(p, m)) continue;
    store<u32>(hits + (<usize>kept << 2), p);
    store<f64>(scores + (<usize>kept << 3), score);
    kept++;
  }
  return kept;
}

/** First of the k columns with the greatest spread, such that what lies outside is in the context as far as can be. */
function mostTelling(m: u32): u32 {
  const outside = m - k;
  const from = outside > 8 ? min(outside, 16) - 8 : 0;
  let best: f64 = -1, at: u32 = 0;
  for (let start = from; start <= min(outside, 8); start++) {
    let spread: f64 = 0;
    for (let j = start; j < start + k; j++) spread += columnSpread(matrix + (<usize>j << 5));
    if (spread > best) {
      best = spread;
      at = start;
    }
  }
  return at;
}

/** Best and worst sums of the columns still to come; columns outside the walked ones count as their best in both. */
function setBounds(m: u32): void {
  let outside: f64 = 0;
  for (let j: u32 = 0; j < m; j++) if (j < first || j >= first + depth) outside += columnBest(matrix + (<usize>j << 5));
  store<f64>(bestFrom + (<usize>depth << 3), outside);
  store<f64>(worstFrom + (<usize>depth << 3), outside);
  for (let d = <i32>depth - 1; d >= 0; d--) {
    const column = matrix + (<usize>(first + d) << 5), at = <usize>d << 3;
    store<f64>(bestFrom + at, load<f64>(bestFrom + at + 8) + columnBest(column));
    store<f64>(worstFrom + at, load<f64>(worstFrom + at + 8) + columnWorst(column));
  }
}

/** Sums over the context's columns, five at most to a table; columns beyond the context count as their best. */
function setTables(m: u32): void {
  const seen = min(m - first - k, 8) + first;
  let beyond: f64 = 0;
  for (let j = first + k + 8; j < m; j++) beyond += columnBest(matrix + (<usize>j << 5));
  groups = (seen + 4) / 5;
  const each = (seen + groups - 1) / groups;
  groupBits = each << 1;
  groupMask = (1 << groupBits) - 1;
  groupBytes = <usize>8 << groupBits;
  contextShift = 16 - (first << 1);
  for (let g: u32 = 0; g < groups; g++) {
    const table = tables + <usize>g * groupBytes;
    let size: usize = 1;
    store<f64>(table, g == 0 ? beyond : 0);
    for (let q = g * each; q < (g + 1) * each; q++, size <<= 2) {
      const column = matrix + (<usize>(q < first ? q : q + k) << 5);
      for (let c: i32 = 3; c >= 0; c--) {
        const score = q < seen ? load<f64>(column + (<usize>c << 3)) : 0;
        for (let x: usize = 0; x < size; x++)
          store<f64>(table + ((x + <usize>c * size) << 3), load<f64>(table + (x << 3)) + score);
      }
    }
  }
}

function walkShort(d: u32, code: usize, sum: f64): void {
  const column = matrix + (<usize>d << 5), after = d + 1;
  const need = cut - load<f64>(bestFrom + (<usize>after << 3)) - sum;
  const enough = cut - load<f64>(worstFrom + (<usize>after << 3)) - sum; // from here on the whole subtree passes
  code <<= 2;
  for (let c: usize = 0; c < 4; c++) {
    const score = load<f64>(column + (c << 3));
    if (score < need) continue;
    if (score >= enough || after == depth) {
      const shift = <usize>(k - after) << 1;
      takeAll((code | c) << shift, ((code | c) + 1) << shift);
    } else walkShort(after, code | c, sum + score);
    if (overflown) return;
  }
}

function takeAll(low: usize, high: usize): void {
  const from = positions + (<usize>load<u32>(slices + (low << 2)) << 2);
  const bytes = positions + (<usize>load<u32>(slices + (high << 2)) << 2) - from;
  if (next + bytes > hitsEnd) {
    overflown = true;
    return;
  }
  memory.copy(next, from, bytes);
  next += bytes;
}

/** Windows shorter than k that start where no k-mer fits. */
function tryTails(m: u32, limit: u32): void {
  let at = positions + (<usize>load<u32>(KMERS) << 2);
  for (const end = at + (<usize>load<u32>(TAILS) << 2); at < end; at += 4) {
    const p = load<u32>(at);
    if (p >= limit || exact(p, matrix, m) < cut) continue;
    if (next == hitsEnd) {
      overflown = true;
      return;
    }
    store<u32>(next, p);
    next += 4;
  }
}

function walkLong(d: u32, code: usize, sum: f64): void {
  const column = matrix + (<usize>(first + d) << 5), need = cut - load<f64>(bestFrom + (<usize>(d + 1) << 3)) - sum;
  code <<= 2;
  if (d + 1 == depth) {
    for (let c: usize = 0; c < 4; c++) {
      const score = load<f64>(column + (c << 3));
      if (score >= need) takeLeaf(code | c, cut - sum - score);
    }
  } else {
    for (let c: usize = 0; c < 4; c++) {
      const score = load<f64>(column + (c << 3));
      if (score >= need) walkLong(d + 1, code | c, sum + score);
      if (overflown) return;
    }
  }
}

/** Queues a slice {u32 from, u32 to, f64 score still needed}, so that the cache misses of many slices overlap. */
// @ts-ignore: decorator
@inline
function takeLeaf(code: usize, need: f64): void {
  const from = load<u32>(slices + (code << 2)), to = load<u32>(slices + (code << 2), 4);
  store<u32>(queueEnd, from);
  store<u32>(queueEnd, to, 4);
  store<f64>(queueEnd, need, 8);
  queueEnd += <usize>(from != to) << 4;
  if (queueEnd == queue + QUEUE) flush();
}

/** Tests the queued slices 16 at a time: WebAssembly has no prefetch, so their lines are first touched by plain loads. */
function flush(): void {
  const x = contexts, shift = contextShift, mask = groupMask, t0 = tables, t1 = tables + groupBytes;
  const bits = groupBits, count = groups, toPositions = positions - contexts;
  let to = next, sum: u32 = 0;
  for (let q = queue; q < queueEnd && !overflown;) {
    const end = min(queueEnd, q + 256);
    for (let r = q; r < end; r += 16)
      sum += load<u32>(x + (<usize>load<u32>(r) << 2)) + load<u32>(x + (<usize>(load<u32>(r, 4) - 1) << 2));
    for (; q < end; q += 16) {
      let at = x + (<usize>load<u32>(q) << 2);
      const stop = x + (<usize>load<u32>(q, 4) << 2), need = load<f64>(q, 8);
      if (to + (stop - at) > hitsEnd) {
        overflown = true;
        break;
      }
      if (count == 1) {
        for (; at < stop; at += 4) {
          if (load<f64>(t0 + (<usize>((load<u32>(at) >> shift) & mask) << 3)) < need) continue;
          store<u32>(to, load<u32>(at + toPositions));
          to += 4;
        }
      } else if (count == 2) {
        for (; at < stop; at += 4) {
          const around = load<u32>(at) >> shift;
          const low = load<f64>(t0 + (<usize>(around & mask) << 3));
          if (low + load<f64>(t1 + (<usize>((around >> bits) & mask) << 3)) < need) continue;
          store<u32>(to, load<u32>(at + toPositions));
          to += 4;
        }
      } else {
        for (; at < stop; at += 4) {
          let around = load<u32>(at) >> shift, table = t0;
          let score = load<f64>(t0 + (<usize>(around & mask) << 3));
          for (let g: u32 = 1; g < count; g++) {
            around >>= bits;
            table += groupBytes;
            score += load<f64>(table + (<usize>(around & mask) << 3));
          }
          if (score < need) continue;
          store<u32>(to, load<u32>(at + toPositions));
          to += 4;
        }
      }
    }
  }
  touched += sum; // keeps the touching loads from being optimised away
  queueEnd = queue;
  next = to;
}

/** Radix sort of hits[0..n), 8 bits a pass, as many passes as the text's length needs. */
function sort(n: u32, spare: usize): void {
  let from = hits, to = spare;
  const bytes = <usize>n << 2;
  for (let shift: u32 = 0; shift < 32 && (bases >> shift) != 0; shift += 8) {
    memory.fill(histogram, 0, 1024);
    for (let i: usize = 0; i < bytes; i += 4) {
      const at = histogram + ((<usize>(load<u32>(from + i) >> shift) & 255) << 2);
      store<u32>(at, load<u32>(at) + 1);
    }
    let sum: u32 = 0;
    for (let at = histogram; at < histogram + 1024; at += 4) {
      const count = load<u32>(at);
      store<u32>(at, sum);
      sum += count;
    }
    for (let i: usize = 0; i < bytes; i += 4) {
      const p = load<u32>(from + i), at = histogram + ((<usize>(p >> shift) & 255) << 2), place = load<u32>(at);
      store<u32>(at, place + 1);
      store<u32>(to + (<usize>place << 2), p);
    }
    const other = from;
    from = to;
    to = other;
  }
  if (from != hits) memory.copy(hits, from, bytes);
}
