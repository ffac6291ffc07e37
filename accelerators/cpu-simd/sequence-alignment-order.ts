// Orders that put like beside like: the pairs of a vector all take as long as its longest.

/** Keys up to which counting them is quicker than comparing. */
const mostCounted = 2 ** 14;
const lanes = 16;

/** Sorts items in place by their keys (`keys[i]` is that of `items[i]`), the greatest first, equal ones in their own order. */
export function sortByKeys(items: Uint32Array, keys: Uint32Array): void {
  const { length } = items;
  if (length < 2) return;
  const sorted = new Uint32Array(length);
  let greatest = 0;
  for (let at = 0; at < length; at++) greatest = Math.max(greatest, keys[at] ?? 0);
  if (greatest > Math.max(mostCounted, length)) {
    const both = new Float64Array(length);
    for (let at = 0; at < length; at++) both[at] = (keys[at] ?? 0) * length + (length - 1 - at);
    both.sort();
    for (let at = 0; at < length; at++) sorted[length - 1 - at] = items[length - 1 - ((both[at] ?? 0) % length)] ?? 0;
  } else {
    const starts = new Uint32Array(greatest + 2);
    for (let at = 0; at < length; at++) {
      const bin = greatest - (keys[at] ?? 0) + 1;
      starts[bin] = (starts[bin] ?? 0) + 1;
    }
    for (let at = 0; at <= greatest; at++) starts[at + 1] = (starts[at + 1] ?? 0) + (starts[at] ?? 0);
    for (let at = 0; at < length; at++) {
      const bin = greatest - (keys[at] ?? 0);
      const to = starts[bin] ?? 0;
      starts[bin] = to + 1;
      sorted[to] = items[at] ?? 0;
    }
  }
  items.set(sorted);
}

function lengthsOf(pairs: Uint32Array, offsets: Uint32Array): Uint32Array {
  const lengths = new Uint32Array(pairs.length);
  for (let at = 0; at < pairs.length; at++) {
    const pair = pairs[at] ?? 0;
    lengths[at] = (offsets[pair + 1] ?? 0) - (offsets[pair] ?? 0);
  }
  return lengths;
}

/**
 * The pairs from `first` to `end` (exclusive), like beside like in both lengths: by query, cut into strips of about the
 * square root of their number (in vectors of 16), each strip by target.
 */
export function sortedInStrips(
  first: number,
  end: number,
  queryOffsets: Uint32Array,
  targetOffsets: Uint32Array,
): Uint32Array {
  const count = end - first;
  const order = new Uint32Array(count);
  for (let at = 0; at < count; at++) order[at] = first + at;
  if (count <= lanes) return order;
  sortByKeys(order, lengthsOf(order, queryOffsets));
  const strip = lanes * Math.ceil(Math.sqrt(count / lanes));
  for (let from = 0; from < count; from += strip) {
    const part = order.subarray(from, from + strip);
    sortByKeys(part, lengthsOf(part, targetOffsets));
  }
  return order;
}
