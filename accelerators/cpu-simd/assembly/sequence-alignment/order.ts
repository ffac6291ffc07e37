// Orders that put like beside like: the pairs of a vector all take as long as its longest.

const DIGITS: i32 = 11;
const bins = memory.data((1 << DIGITS) << 2);

/**
 * Sorts items in place by their keys, which go along, the greatest first and equal ones as they came: by digits, of which
 * lengths of 2047 and less have one. `room` holds as many items and keys again.
 */
export function sortByKeys(items: usize, keys: usize, count: i32, room: usize): void {
  const bytes = <usize>count << 2;
  let greatest: u32 = 0;
  for (let at: usize = 0; at < bytes; at += 4) greatest = max(greatest, load<u32>(keys + at));
  for (let shift = 0; shift < 32 && (shift == 0 || greatest >> shift > 0); shift += DIGITS) {
    const last = min<u32>(greatest >> shift, (1 << DIGITS) - 1);
    memory.fill(bins, 0, <usize>(last + 1) << 2);
    for (let at: usize = 0; at < bytes; at += 4) {
      const bin = bins + (<usize>digit(greatest - load<u32>(keys + at), shift) << 2);
      store<u32>(bin, load<u32>(bin) + 4);
    }
    let start: u32 = 0;
    for (let bin = bins, end = bins + (<usize>(last + 1) << 2); bin < end; bin += 4) {
      const size = load<u32>(bin);
      store<u32>(bin, start);
      start += size;
    }
    for (let at: usize = 0; at < bytes; at += 4) {
      const key = load<u32>(keys + at), bin = bins + (<usize>digit(greatest - key, shift) << 2);
      const to = <usize>load<u32>(bin);
      store<u32>(bin, <u32>to + 4);
      store<u32>(room + to, load<u32>(items + at));
      store<u32>(room + bytes + to, key);
    }
    memory.copy(items, room, bytes);
    memory.copy(keys, room + bytes, bytes);
  }
}

// @ts-ignore: decorator
@inline
function digit(key: u32, shift: i32): u32 {
  return (key >> shift) & ((1 << DIGITS) - 1);
}

function takeLengths(items: usize, keys: usize, count: i32, offsets: usize): void {
  for (let at: usize = 0, end = <usize>count << 2; at < end; at += 4) {
    const from = offsets + (<usize>load<u32>(items + at) << 2);
    store<u32>(keys + at, load<u32>(from, 4) - load<u32>(from));
  }
}

/**
 * The pairs from 0 to `count`, like beside like in both lengths: by query, cut into strips of about the square root of
 * their number (in vectors of 16), each strip by target.
 */
export function sortInStrips(items: usize, keys: usize, count: i32, queryOffsets: usize, targetOffsets: usize, room: usize): void {
  for (let at = 0; at < count; at++) store<u32>(items + (<usize>at << 2), at);
  if (count <= 16) return;
  takeLengths(items, keys, count, queryOffsets);
  sortByKeys(items, keys, count, room);
  takeLengths(items, keys, count, targetOffsets);
  const strip = 16 * <i32>Math.ceil(Math.sqrt(<f64>count / 16));
  for (let from = 0; from < count; from += strip) {
    const at = <usize>from << 2;
    sortByKeys(items + at, keys + at, min(strip, count - from), room);
  }
}
