// Ways to a cell's score where every lane has a query of its own, told apart at compile time by their size.
import { add, sub } from "./lanes";

export type ByEquality = u8;
export type ByPair = u16;
export type ByTable = u32;
export type ByUnit = u64;

/**
 * What the diagonal way to a cell is worth, from the value before it. ByUnit: equal codes give 1, all others take `low`;
 * ByEquality: equal codes match, all others, the padding too, mismatch; ByPair: the codes' sum (query x letters + target)
 * looks up `low` and `high`, 32 or more the padding; ByTable: already gathered at `scratch`.
 */
// @ts-ignore: decorator
@inline
export function diagonal<T, By>(before: v128, query: v128, target: v128, low: v128, high: v128, scratch: usize): v128 {
  if (sizeof<By>() == 4) return add<T>(before, v128.load(scratch));
  else if (sizeof<By>() == 8) {
    // -1 is all bits: a comparison's answer is what a match takes, and one operation away from what a mismatch does
    const cost = widened<T>(v128.or(i8x16.eq(query, target), low));
    if (sizeof<T>() == 4) return i32x4.max_s(i32x4.sub(before, cost), i32x4.splat(0));
    else return sub<T>(before, cost);
  }
  else if (sizeof<By>() == 1)
    // `low` is match xor mismatch, `high` the mismatch: no shuffle, of which a core does fewer at a time
    return add<T>(before, widened<T>(v128.xor(v128.and(i8x16.eq(query, target), low), high)));
  else {
    const index = i8x16.add(query, target);
    return add<T>(before, widened<T>(v128.or(i8x16.swizzle(low, index), i8x16.swizzle(high, i8x16.sub(index, i8x16.splat(16))))));
  }
}

/** The first lanes' bytes as wide as the lanes are. */
// @ts-ignore: decorator
@inline
function widened<T>(bytes: v128): v128 {
  if (sizeof<T>() == 1) return bytes;
  else {
    const words = i16x8.extend_low_i8x16_s(bytes);
    if (sizeof<T>() == 2) return words;
    else return i32x4.extend_low_i16x8_s(words);
  }
}

/** Scores of 2 columns for all rows of the lanes in use, looked up one by one in `table` (33 rows of 64 shorts, the target's code first). */
export function gather<T>(queries: usize, length: i32, columns: usize, lanes: i32, table: usize, scratch: usize): void {
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
