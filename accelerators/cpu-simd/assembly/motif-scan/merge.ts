// Hits of the two strands into one list, with the sequence each lies in.
import { firstSequence, segments, skipped, starts } from "./text";

/** Merges two ascending lists of starts; at the same start, + comes before -. Sequences are found by `starts`. */
export function merge(
  plus: usize, plusScores: usize, plusCount: u32, minus: usize, minusScores: usize, minusCount: u32,
  sequence: usize, position: usize, strand: usize, score: usize,
): void {
  let i: u32 = 0, j: u32 = 0, segment: u32 = 0;
  for (let at: usize = 0, n = <usize>(plusCount + minusCount); at < n; at++) {
    const p = i < plusCount ? load<u32>(plus + (<usize>i << 2)) : u32.MAX_VALUE;
    const q = j < minusCount ? load<u32>(minus + (<usize>j << 2)) : u32.MAX_VALUE;
    let start = p;
    if (p <= q) {
      store<f64>(score + (at << 3), load<f64>(plusScores + (<usize>i << 3)));
      store<i8>(strand + at, 1);
      i++;
    } else {
      start = q;
      store<f64>(score + (at << 3), load<f64>(minusScores + (<usize>j << 3)));
      store<i8>(strand + at, -1);
      j++;
    }
    if (startOf(segment + 1) <= start) segment = segmentOf(start, segment + 1);
    store<u32>(sequence + (at << 2), firstSequence + segment);
    store<u32>(position + (at << 2), start - startOf(segment) + (segment == 0 ? skipped : 0));
  }
}

// @ts-ignore: decorator
@inline
function startOf(segment: u32): u32 {
  return load<u32>(starts + (<usize>segment << 2));
}

/** The last segment, `low` or later, that starts at or before `start`. */
function segmentOf(start: u32, low: u32): u32 {
  let high = segments;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (startOf(middle) <= start) low = middle;
    else high = middle;
  }
  return low;
}
