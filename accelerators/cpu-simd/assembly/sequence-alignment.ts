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
 * Scores of a row's 16 query codes against a column's. ByEquality: the codes' exclusive or looks up `low`, so that 0 is a
 * match, 1 to 15 a mismatch and more the padding; ByPair: the codes' sum (query x letters + target) looks up `low` and
 * `high`, 32 or more the padding; ByTable: already gathered at `scratch`.
 */
// @ts-ignore: decorator
@inline
function pairScores<T, By>(query: v128, target: v128, low: v128, high: v128, scratch: usize): v128 {
  if (sizeof<By>() == 4) return v128.load(scratch);
  else {
    let bytes: v128;
    if (sizeof<By>() == 1) bytes = i8x16.swizzle(low, v128.xor(query, target));
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
