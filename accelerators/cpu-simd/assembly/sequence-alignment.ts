// Best local alignment scores with affine gaps (Gotoh 1982) with 128-bit SIMD, one alignment a lane (Rognes 2011,
// doi 10.1186/1471-2105-12-221): 16 lanes of 8 bits, 8 of 16 or 4 of 32. Scores of 8 and 16 bits are signed and
// saturating with 0 at the type's least value, so that the floor of a local score costs nothing; a lane that ends at
// the type's greatest value has saturated and is run again wider. The host lays out all memory.
//
// Floor: 9 vector operations a 16 cells (8 bit), and a third of a 32-byte load and store: H and E of one column are
// kept a row, 3 columns advance together. The order of operations is tuned for V8: the one that wins in gcc loses here.
import { add, floor, reset, sub } from "./sequence-alignment/lanes";

export function reset8(state: usize, rows: i32, best: usize): void {
  reset<i8>(state, rows);
  v128.store(best, floor<i8>());
}
export function reset16(state: usize, rows: i32, best: usize): void {
  reset<i16>(state, rows);
  v128.store(best, floor<i16>());
}
export function reset32(state: usize, rows: i32, best: usize): void {
  reset<i32>(state, rows);
  v128.store(best, floor<i32>());
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
