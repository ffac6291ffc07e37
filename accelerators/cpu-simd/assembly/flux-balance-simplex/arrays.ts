export type F64s = StaticArray<f64>;
export type I32s = StaticArray<i32>;

export function f64s(length: i32): F64s {
  return new StaticArray<f64>(length);
}
export function i32s(length: i32): I32s {
  return new StaticArray<i32>(length);
}
export function copyF64s(to: F64s, from: F64s, length: i32): void {
  memory.copy(changetype<usize>(to), changetype<usize>(from), <usize>length << 3);
}
export function copyI32s(to: I32s, from: I32s, length: i32): void {
  memory.copy(changetype<usize>(to), changetype<usize>(from), <usize>length << 2);
}
export function clearF64s(v: F64s): void {
  memory.fill(changetype<usize>(v), 0, <usize>v.length << 3);
}
/** At least `length` long with the first `used` kept; the old one is never freed, so growth is by doubling. */
export function grownF64s(old: F64s, used: i32, length: i32): F64s {
  if (old.length >= length) return old;
  const grown = f64s(max(length, old.length * 2));
  copyF64s(grown, old, used);
  return grown;
}
export function grownI32s(old: I32s, used: i32, length: i32): I32s {
  if (old.length >= length) return old;
  const grown = i32s(max(length, old.length * 2));
  copyI32s(grown, old, used);
  return grown;
}
