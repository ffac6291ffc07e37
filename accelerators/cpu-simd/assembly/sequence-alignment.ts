// Best local alignment scores with affine gaps (Gotoh 1982) with 128-bit SIMD, one alignment a lane (Rognes 2011,
// doi 10.1186/1471-2105-12-221): 16 lanes of 8 bits, 8 of 16 or 4 of 32. Scores of 8 and 16 bits are signed and
// saturating with 0 at the type's least value, so that the floor of a local score costs nothing; a lane that ends at
// the type's greatest value has saturated and is run again wider. The host lays out all memory.
//
// Floor: 9 vector operations a 16 cells (8 bit), and a third of a 32-byte load and store: H and E of one column are
// kept a row, 3 columns advance together. The order of operations is tuned for V8: the one that wins in gcc loses here.

/** Ways to a cell's score where every lane has a query of its own, told apart at compile time by their size. */
type ByEquality = u8;
type ByPair = u16;
type ByTable = u32;

// @ts-ignore: decorator
@inline
function floor<T>(): v128 {
  if (sizeof<T>() == 1) return i8x16.splat(-128);
  else if (sizeof<T>() == 2) return i16x8.splat(-32768);
  else return i32x4.splat(0);
}

// @ts-ignore: decorator
@inline
function add<T>(h: v128, score: v128): v128 {
  if (sizeof<T>() == 4) return i32x4.max_s(i32x4.add(h, score), i32x4.splat(0));
  else return v128.add_sat<T>(h, score);
}

// @ts-ignore: decorator
@inline
function sub<T>(h: v128, cost: v128): v128 {
  if (sizeof<T>() == 4) return i32x4.sub(h, cost);
  else return v128.sub_sat<T>(h, cost);
}

function reset<T>(state: usize, rows: i32, best: usize): void {
  const zero = floor<T>();
  for (let at = state, end = state + (<usize>rows << 5); at < end; at += 32) {
    v128.store(at, zero);
    v128.store(at, zero, 16);
  }
  // and the edges that `pairs` hands from lane to lane
  for (let at = best, end = best + 96; at < end; at += 16) v128.store(at, zero);
}

export function reset8(state: usize, rows: i32, best: usize): void {
  reset<i8>(state, rows, best);
}
export function reset16(state: usize, rows: i32, best: usize): void {
  reset<i16>(state, rows, best);
}
export function reset32(state: usize, rows: i32, best: usize): void {
  reset<i32>(state, rows, best);
}

/** Scores of one query letter against 16, 8 or 4 target letters; a code of 32 or more (the padding) scores 0. */
// @ts-ignore: decorator
@inline
function profile<T>(table: usize, low: v128, high: v128): v128 {
  const bytes = v128.or(i8x16.swizzle(v128.load(table), low), i8x16.swizzle(v128.load(table, 16), high));
  if (sizeof<T>() == 1) return bytes;
  else {
    const upper = v128.or(i8x16.swizzle(v128.load(table, 32), low), i8x16.swizzle(v128.load(table, 48), high));
    const words = i8x16.shuffle(bytes, upper, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    if (sizeof<T>() == 2) return words;
    else return i32x4.extend_low_i16x8_s(words);
  }
}

/**
 * One query against as many targets as there are lanes. `columns`: target codes, 16 bytes a column, `count` a multiple
 * of 3; `rows`: for each query residue the address of its letter's 48 bytes in `profiles`; `tables`: 64 bytes a letter
 * (scores against codes 0 to 31, low bytes, then high bytes). `state` and `best` carry over from call to call.
 */
// @ts-ignore: decorator
@inline
function search<T>(
  columns: usize, count: i32, rows: usize, length: i32, state: usize,
  profiles: usize, tables: usize, letters: i32, gapOpen: i32, gapExtend: i32, best: usize,
): void {
  const zero = floor<T>(), open = v128.splat<T>(<T>gapOpen), extend = v128.splat<T>(<T>gapExtend);
  const sixteen = i8x16.splat(16);
  const end = rows + (<usize>length << 2);
  let most = v128.load(best);
  for (let j = 0; j < count; j += 3) {
    const low0 = v128.load(columns), low1 = v128.load(columns, 16), low2 = v128.load(columns, 32);
    const high0 = i8x16.sub(low0, sixteen), high1 = i8x16.sub(low1, sixteen), high2 = i8x16.sub(low2, sixteen);
    columns += 48;
    for (let a = 0, to = profiles, from = tables; a < letters; a++, to += 48, from += 64) {
      v128.store(to, profile<T>(from, low0, high0));
      v128.store(to, profile<T>(from, low1, high1), 16);
      v128.store(to, profile<T>(from, low2, high2), 32);
    }
    let d0 = zero, d1 = zero, d2 = zero, f0 = zero, f1 = zero, f2 = zero;
    let at = state;
    for (let row = rows; row < end; row += 4) {
      const scores = <usize>load<u32>(row);
      const left = v128.load(at);
      let e = v128.load(at, 16), t: v128;

      let h0 = add<T>(d0, v128.load(scores));
      h0 = v128.max<T>(h0, e);
      h0 = v128.max<T>(h0, f0);
      most = v128.max<T>(most, h0);
      d0 = left;
      t = sub<T>(h0, open);
      e = v128.max<T>(sub<T>(e, extend), t);
      f0 = v128.max<T>(sub<T>(f0, extend), t);

      let h1 = add<T>(d1, v128.load(scores, 16));
      h1 = v128.max<T>(h1, e);
      h1 = v128.max<T>(h1, f1);
      most = v128.max<T>(most, h1);
      d1 = h0;
      t = sub<T>(h1, open);
      e = v128.max<T>(sub<T>(e, extend), t);
      f1 = v128.max<T>(sub<T>(f1, extend), t);

      let h2 = add<T>(d2, v128.load(scores, 32));
      h2 = v128.max<T>(h2, e);
      h2 = v128.max<T>(h2, f2);
      most = v128.max<T>(most, h2);
      d2 = h1;
      t = sub<T>(h2, open);
      e = v128.max<T>(sub<T>(e, extend), t);
      f2 = v128.max<T>(sub<T>(f2, extend), t);

      v128.store(at, h2);
      v128.store(at, e, 16);
      at += 32;
    }
  }
  v128.store(best, most);
}

export function search8(
  columns: usize, count: i32, rows: usize, length: i32, state: usize,
  profiles: usize, tables: usize, letters: i32, gapOpen: i32, gapExtend: i32, best: usize,
): void {
  search<i8>(columns, count, rows, length, state, profiles, tables, letters, gapOpen, gapExtend, best);
}
/**
 * One query against `groups` vectors of targets; `starts` (one more than groups) counts their columns from `columns` on; each vector's best scores go to `results`. The loop is here, since V8 would compile it at a cost in mid-run.
 */
export function searchGroups8(
  starts: usize, groups: i32, columns: usize, rows: usize, length: i32, state: usize,
  profiles: usize, tables: usize, letters: i32, gapOpen: i32, gapExtend: i32, results: usize,
): void {
  for (let group = 0; group < groups; group++, starts += 4, results += 16) {
    const from = load<u32>(starts), to = load<u32>(starts, 4);
    reset8(state, length, results);
    search8(columns + (<usize>from << 4), to - from, rows, length, state, profiles, tables, letters, gapOpen, gapExtend, results);
  }
}
export function search16(
  columns: usize, count: i32, rows: usize, length: i32, state: usize,
  profiles: usize, tables: usize, letters: i32, gapOpen: i32, gapExtend: i32, best: usize,
): void {
  search<i16>(columns, count, rows, length, state, profiles, tables, letters, gapOpen, gapExtend, best);
}
export function search32(
  columns: usize, count: i32, rows: usize, length: i32, state: usize,
  profiles: usize, tables: usize, letters: i32, gapOpen: i32, gapExtend: i32, best: usize,
): void {
  search<i32>(columns, count, rows, length, state, profiles, tables, letters, gapOpen, gapExtend, best);
}

/**
 * Scores of a row's 16 query codes against a column's. ByEquality: equal codes
 * match, all others, the padding too, mismatch; ByPair: the codes' sum (query x letters + target) looks up `low` and
 * `high`, 32 or more the padding; ByTable: already gathered at `scratch`.
 */
// @ts-ignore: decorator
@inline
function pairScores<T, By>(query: v128, target: v128, low: v128, high: v128, scratch: usize): v128 {
  if (sizeof<By>() == 4) return v128.load(scratch);
  else {
    let bytes: v128;
    // `low` is match xor mismatch, `high` the mismatch: no shuffle, of which a core does fewer at a time
    if (sizeof<By>() == 1) bytes = v128.xor(v128.and(i8x16.eq(query, target), low), high);
    else {
      const index = i8x16.add(query, target);
      bytes = v128.or(i8x16.swizzle(low, index), i8x16.swizzle(high, i8x16.sub(index, i8x16.splat(16))));
    }
    if (sizeof<T>() == 1) return bytes;
    else {
      const words = i16x8.extend_low_i8x16_s(bytes);
      if (sizeof<T>() == 2) return words;
      else return i32x4.extend_low_i16x8_s(words);
    }
  }
}

/** Scores of 2 columns for all rows of the lanes in use, looked up one by one in `table` (33 rows of 64 shorts, the target's code first). */
function gather<T>(queries: usize, length: i32, columns: usize, lanes: i32, table: usize, scratch: usize): void {
  for (let lane = 0; lane < lanes; lane++) {
    const first = table + (<usize>load<u8>(columns + lane) << 7), second = table + (<usize>load<u8>(columns + lane, 16) << 7);
    let to = scratch + <usize>lane * sizeof<T>();
    for (let from = queries + lane, end = from + (<usize>length << 4); from < end; from += 16, to += 32) {
      const query = <usize>load<u8>(from) << 1;
      store<T>(to, <T>load<i16>(first + query));
      store<T>(to, <T>load<i16>(second + query), 16);
    }
  }
}

/** Each lane's value in the next lane, the floor in the first. */
// @ts-ignore: decorator
@inline
function next<T>(value: v128, zero: v128): v128 {
  if (sizeof<T>() == 1) return i8x16.shuffle(value, zero, 16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14);
  else if (sizeof<T>() == 2) return i8x16.shuffle(value, zero, 16, 17, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13);
  else return i8x16.shuffle(value, zero, 16, 17, 18, 19, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
}

/**
 * At most as many different pairs as there are lanes: `lanes`. `queries`: codes, 16 bytes a row; `columns`: target codes, 16 bytes a
 * column, `count` even; `table`: 32 bytes, or what `gather` takes; `scratch`: 32 bytes a row for `gather` alone.
 * `linked`: the lanes are successive blocks of one query's rows, each 2 columns behind the one before it, whose last
 * row's H and F it takes over. The edges stand behind `best`.
 */
// @ts-ignore: decorator
@inline
function pairs<T, By>(
  columns: usize, count: i32, queries: usize, length: i32, state: usize,
  table: usize, scratch: usize, lanes: i32, linked: i32, gapOpen: i32, gapExtend: i32, best: usize,
): void {
  const zero = floor<T>(), open = v128.splat<T>(<T>gapOpen), extend = v128.splat<T>(<T>gapExtend);
  const low = v128.load(table), high = v128.load(table, 16);
  const end = queries + (<usize>length << 4);
  let most = v128.load(best);
  let d0 = v128.load(best, 16), d1 = v128.load(best, 32), f0 = v128.load(best, 48), f1 = v128.load(best, 64);
  let corner = v128.load(best, 80);
  for (let j = 0; j < count; j += 2) {
    const target0 = v128.load(columns), target1 = v128.load(columns, 16);
    if (sizeof<By>() == 4) gather<T>(queries, length, columns, lanes, table, scratch);
    columns += 32;
    let at = state, scores = scratch;
    for (let row = queries; row < end; row += 16) {
      const query = v128.load(row), left = v128.load(at);
      let e = v128.load(at, 16), t: v128;

      let h0 = add<T>(d0, pairScores<T, By>(query, target0, low, high, scores));
      h0 = v128.max<T>(h0, e);
      h0 = v128.max<T>(h0, f0);
      most = v128.max<T>(most, h0);
      d0 = left;
      t = sub<T>(h0, open);
      e = v128.max<T>(sub<T>(e, extend), t);
      f0 = v128.max<T>(sub<T>(f0, extend), t);

      let h1 = add<T>(d1, pairScores<T, By>(query, target1, low, high, scores + 16));
      h1 = v128.max<T>(h1, e);
      h1 = v128.max<T>(h1, f1);
      most = v128.max<T>(most, h1);
      d1 = h0;
      t = sub<T>(h1, open);
      e = v128.max<T>(sub<T>(e, extend), t);
      f1 = v128.max<T>(sub<T>(f1, extend), t);

      v128.store(at, h1);
      v128.store(at, e, 16);
      at += 32;
      scores += 32;
    }
    if (linked) {
      d0 = corner;
      d1 = next<T>(d1, zero);
      f0 = next<T>(f0, zero);
      f1 = next<T>(f1, zero);
      corner = next<T>(v128.load(at - 32), zero);
    } else {
      d0 = zero;
      d1 = zero;
      f0 = zero;
      f1 = zero;
    }
  }
  v128.store(best, most);
  v128.store(best, d0, 16);
  v128.store(best, d1, 32);
  v128.store(best, f0, 48);
  v128.store(best, f1, 64);
  v128.store(best, corner, 80);
}

export function pairsByEqual8(
  columns: usize, count: i32, queries: usize, length: i32, state: usize,
  table: usize, scratch: usize, lanes: i32, linked: i32, gapOpen: i32, gapExtend: i32, best: usize,
): void {
  pairs<i8, ByEquality>(columns, count, queries, length, state, table, scratch, lanes, linked, gapOpen, gapExtend, best);
}
export function pairsByEqual16(
  columns: usize, count: i32, queries: usize, length: i32, state: usize,
  table: usize, scratch: usize, lanes: i32, linked: i32, gapOpen: i32, gapExtend: i32, best: usize,
): void {
  pairs<i16, ByEquality>(columns, count, queries, length, state, table, scratch, lanes, linked, gapOpen, gapExtend, best);
}
export function pairsByEqual32(
  columns: usize, count: i32, queries: usize, length: i32, state: usize,
  table: usize, scratch: usize, lanes: i32, linked: i32, gapOpen: i32, gapExtend: i32, best: usize,
): void {
  pairs<i32, ByEquality>(columns, count, queries, length, state, table, scratch, lanes, linked, gapOpen, gapExtend, best);
}
export function pairsByPair8(
  columns: usize, count: i32, queries: usize, length: i32, state: usize,
  table: usize, scratch: usize, lanes: i32, linked: i32, gapOpen: i32, gapExtend: i32, best: usize,
): void {
  pairs<i8, ByPair>(columns, count, queries, length, state, table, scratch, lanes, linked, gapOpen, gapExtend, best);
}
export function pairsByPair16(
  columns: usize, count: i32, queries: usize, length: i32, state: usize,
  table: usize, scratch: usize, lanes: i32, linked: i32, gapOpen: i32, gapExtend: i32, best: usize,
): void {
  pairs<i16, ByPair>(columns, count, queries, length, state, table, scratch, lanes, linked, gapOpen, gapExtend, best);
}
export function pairsByPair32(
  columns: usize, count: i32, queries: usize, length: i32, state: usize,
  table: usize, scratch: usize, lanes: i32, linked: i32, gapOpen: i32, gapExtend: i32, best: usize,
): void {
  pairs<i32, ByPair>(columns, count, queries, length, state, table, scratch, lanes, linked, gapOpen, gapExtend, best);
}
export function pairsByTable8(
  columns: usize, count: i32, queries: usize, length: i32, state: usize,
  table: usize, scratch: usize, lanes: i32, linked: i32, gapOpen: i32, gapExtend: i32, best: usize,
): void {
  pairs<i8, ByTable>(columns, count, queries, length, state, table, scratch, lanes, linked, gapOpen, gapExtend, best);
}
export function pairsByTable16(
  columns: usize, count: i32, queries: usize, length: i32, state: usize,
  table: usize, scratch: usize, lanes: i32, linked: i32, gapOpen: i32, gapExtend: i32, best: usize,
): void {
  pairs<i16, ByTable>(columns, count, queries, length, state, table, scratch, lanes, linked, gapOpen, gapExtend, best);
}
export function pairsByTable32(
  columns: usize, count: i32, queries: usize, length: i32, state: usize,
  table: usize, scratch: usize, lanes: i32, linked: i32, gapOpen: i32, gapExtend: i32, best: usize,
): void {
  pairs<i32, ByTable>(columns, count, queries, length, state, table, scratch, lanes, linked, gapOpen, gapExtend, best);
}

/** One lane of 16: the codes of `length` letters, a byte in every 16 from `to` on. */
export function interleave(letters: usize, length: i32, codes: usize, to: usize): void {
  for (const end = letters + <usize>length; letters < end; letters++, to += 16) store<u8>(to, load<u8>(codes + <usize>load<u8>(letters)));
}

/** Letters into codes, in place. */
export function encode(letters: usize, length: i32, codes: usize): void {
  for (const end = letters + <usize>length; letters < end; letters++) store<u8>(letters, load<u8>(codes + <usize>load<u8>(letters)));
}

// @ts-ignore: decorator
@inline
function low(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

// @ts-ignore: decorator
@inline
function high(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/** 16 bytes of a lane from `row` on, with the padding after its end. */
// @ts-ignore: decorator
@inline
function piece(lanes: usize, lane: usize, row: i32, padding: v128): v128 {
  const from = <usize>load<u32>(lanes + (lane << 3)), left = load<i32>(lanes + (lane << 3), 4) - row;
  if (left <= 0) return padding;
  const bytes = v128.load(from + <usize>row);
  if (left >= 16) return bytes;
  const ramp = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return v128.bitselect(bytes, padding, i8x16.lt_s(ramp, i8x16.splat(<i8>left)));
}

/**
 * 16 lanes side by side: row i at `to` + 16 i. `lanes`: address and length of each lane's codes. Rows go up to a multiple
 * of 16, and reads up to 15 bytes beyond a lane.
 */
export function interleaveAll(lanes: usize, rows: i32, padding: i32, to: usize): void {
  const pad = i8x16.splat(<i8>padding);
  for (let row = 0; row < rows; row += 16, to += 256) {
    const a0 = piece(lanes, 0, row, pad), a1 = piece(lanes, 1, row, pad), a2 = piece(lanes, 2, row, pad), a3 = piece(lanes, 3, row, pad);
    const a4 = piece(lanes, 4, row, pad), a5 = piece(lanes, 5, row, pad), a6 = piece(lanes, 6, row, pad), a7 = piece(lanes, 7, row, pad);
    const a8 = piece(lanes, 8, row, pad), a9 = piece(lanes, 9, row, pad), a10 = piece(lanes, 10, row, pad), a11 = piece(lanes, 11, row, pad);
    const a12 = piece(lanes, 12, row, pad), a13 = piece(lanes, 13, row, pad), a14 = piece(lanes, 14, row, pad), a15 = piece(lanes, 15, row, pad);
    // four perfect shuffles of 16 rows of 16 are their transpose
    const b0 = low(a0, a8), b1 = high(a0, a8), b2 = low(a1, a9), b3 = high(a1, a9), b4 = low(a2, a10), b5 = high(a2, a10), b6 = low(a3, a11), b7 = high(a3, a11);
    const b8 = low(a4, a12), b9 = high(a4, a12), b10 = low(a5, a13), b11 = high(a5, a13), b12 = low(a6, a14), b13 = high(a6, a14), b14 = low(a7, a15), b15 = high(a7, a15);
    const c0 = low(b0, b8), c1 = high(b0, b8), c2 = low(b1, b9), c3 = high(b1, b9), c4 = low(b2, b10), c5 = high(b2, b10), c6 = low(b3, b11), c7 = high(b3, b11);
    const c8 = low(b4, b12), c9 = high(b4, b12), c10 = low(b5, b13), c11 = high(b5, b13), c12 = low(b6, b14), c13 = high(b6, b14), c14 = low(b7, b15), c15 = high(b7, b15);
    const d0 = low(c0, c8), d1 = high(c0, c8), d2 = low(c1, c9), d3 = high(c1, c9), d4 = low(c2, c10), d5 = high(c2, c10), d6 = low(c3, c11), d7 = high(c3, c11);
    const d8 = low(c4, c12), d9 = high(c4, c12), d10 = low(c5, c13), d11 = high(c5, c13), d12 = low(c6, c14), d13 = high(c6, c14), d14 = low(c7, c15), d15 = high(c7, c15);
    v128.store(to, low(d0, d8)); v128.store(to, high(d0, d8), 16); v128.store(to, low(d1, d9), 32); v128.store(to, high(d1, d9), 48);
    v128.store(to, low(d2, d10), 64); v128.store(to, high(d2, d10), 80); v128.store(to, low(d3, d11), 96); v128.store(to, high(d3, d11), 112);
    v128.store(to, low(d4, d12), 128); v128.store(to, high(d4, d12), 144); v128.store(to, low(d5, d13), 160); v128.store(to, high(d5, d13), 176);
    v128.store(to, low(d6, d14), 192); v128.store(to, high(d6, d14), 208); v128.store(to, low(d7, d15), 224); v128.store(to, high(d7, d15), 240);
  }
}
