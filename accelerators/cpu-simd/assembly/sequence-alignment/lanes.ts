// What a lane is, shared by searches and pairs: 16 of 8 bits, 8 of 16 or 4 of 32. Scores of 8 and 16 bits are signed and
// saturating with 0 at the type's least value, so that the floor of a local score costs nothing; those of 32 bits have 0 at 0.

// @ts-ignore: decorator
@inline
export function floor<T>(): v128 {
  if (sizeof<T>() == 1) return i8x16.splat(-128);
  else if (sizeof<T>() == 2) return i16x8.splat(-32768);
  else return i32x4.splat(0);
}

// @ts-ignore: decorator
@inline
export function add<T>(h: v128, score: v128): v128 {
  if (sizeof<T>() == 4) return i32x4.max_s(i32x4.add(h, score), i32x4.splat(0));
  else return v128.add_sat<T>(h, score);
}

// @ts-ignore: decorator
@inline
export function sub<T>(h: v128, cost: v128): v128 {
  if (sizeof<T>() == 4) return i32x4.sub(h, cost);
  else return v128.sub_sat<T>(h, cost);
}

export function reset<T>(state: usize, rows: i32): void {
  const zero = floor<T>();
  for (let at = state, end = state + (<usize>rows << 5); at < end; at += 32) {
    v128.store(at, zero);
    v128.store(at, zero, 16);
  }
}
