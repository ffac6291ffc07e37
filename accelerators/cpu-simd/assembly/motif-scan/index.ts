// The k-mer index of a piece: all starts, sorted by the k letters there.
import { KMERS, TAILS, baseAt, bases, contexts, hasBad, isBad, k, packed, positions, slices } from "./text";

/** Counting sort of all starts by k-mer; starts before a bad letter or the end, where no k-mer fits, follow after. */
export function buildIndex(): void {
  const mask: u32 = (1 << (2 * k)) - 1;
  const counts = slices + 4; // counts[c] becomes the start, then the end of slice c, which is the start of slice c + 1
  memory.fill(slices, 0, (<usize>mask + 2) * 4);
  if (hasBad) countAround(counts, mask);
  else countAll(counts, mask);
  let sum: u32 = 0;
  for (let c: usize = 0; c <= <usize>mask; c++) {
    const at = counts + (c << 2);
    const count = load<u32>(at);
    store<u32>(at, sum);
    sum += count;
  }
  if (hasBad) placeAround(counts, mask);
  else placeAll(counts, mask);
  store<u32>(KMERS, sum);
  store<u32>(TAILS, listTails(sum));
}

function countAll(counts: usize, mask: u32): void {
  let code: u32 = 0, i: u32 = 0;
  for (; i < min(k - 1, bases); i++) code = (code << 2) | baseAt(i);
  for (; i < bases && (i & 3) != 0; i++) {
    code = ((code << 2) | baseAt(i)) & mask;
    count(counts, code);
  }
  for (; i + 4 <= bases; i += 4) {
    const b: u32 = load<u8>(packed + (i >> 2));
    code = ((code << 2) | (b & 3)) & mask;
    count(counts, code);
    code = ((code << 2) | ((b >> 2) & 3)) & mask;
    count(counts, code);
    code = ((code << 2) | ((b >> 4) & 3)) & mask;
    count(counts, code);
    code = ((code << 2) | (b >> 6)) & mask;
    count(counts, code);
  }
  for (; i < bases; i++) {
    code = ((code << 2) | baseAt(i)) & mask;
    count(counts, code);
  }
}

function countAround(counts: usize, mask: u32): void {
  let code: u32 = 0, run: u32 = 0;
  for (let i: u32 = 0; i < bases; i++) {
    code = ((code << 2) | baseAt(i)) & mask;
    run = isBad(i) ? 0 : run + 1;
    if (run >= k) count(counts, code);
  }
}

function placeAll(ends: usize, mask: u32): void {
  const right = <u64>(2 * (k + 8));
  let code: u32 = 0, i: u32 = 0;
  for (; i < min(k - 1, bases); i++) code = (code << 2) | baseAt(i);
  for (; i < bases && (i & 3) != 0; i++) {
    code = ((code << 2) | baseAt(i)) & mask;
    place(ends, code, i + 1 - k, right);
  }
  for (; i + 4 <= bases; i += 4) {
    const b: u32 = load<u8>(packed + (i >> 2));
    code = ((code << 2) | (b & 3)) & mask;
    place(ends, code, i + 1 - k, right);
    code = ((code << 2) | ((b >> 2) & 3)) & mask;
    place(ends, code, i + 2 - k, right);
    code = ((code << 2) | ((b >> 4) & 3)) & mask;
    place(ends, code, i + 3 - k, right);
    code = ((code << 2) | (b >> 6)) & mask;
    place(ends, code, i + 4 - k, right);
  }
  for (; i < bases; i++) {
    code = ((code << 2) | baseAt(i)) & mask;
    place(ends, code, i + 1 - k, right);
  }
}

function placeAround(ends: usize, mask: u32): void {
  const right = <u64>(2 * (k + 8));
  let code: u32 = 0, run: u32 = 0;
  for (let i: u32 = 0; i < bases; i++) {
    code = ((code << 2) | baseAt(i)) & mask;
    run = isBad(i) ? 0 : run + 1;
    if (run >= k) place(ends, code, i + 1 - k, right);
  }
}

/** Clean starts where no k-mer fits, ascending, after the others: there is room, as each start stands once. */
function listTails(kmers: u32): u32 {
  let at = positions + (<usize>kmers << 2);
  const first = at;
  if (!hasBad) {
    for (let p: u32 = bases < k ? 0 : bases - k + 1; p < bases; p++, at += 4) store<u32>(at, p);
  } else {
    let run: u32 = 0;
    for (let i: u32 = 0; i <= bases; i++) {
      if (i == bases || isBad(i)) {
        for (let p = i - min(run, k - 1); p < i; p++, at += 4) store<u32>(at, p);
        run = 0;
      } else run++;
    }
  }
  return <u32>((at - first) >> 2);
}

// @ts-ignore: decorator
@inline
function count(counts: usize, code: u32): void {
  const at = counts + (<usize>code << 2);
  store<u32>(at, load<u32>(at) + 1);
}

// @ts-ignore: decorator
@inline
function place(ends: usize, code: u32, start: u32, right: u64): void {
  const at = ends + (<usize>code << 2);
  const to = load<u32>(at);
  store<u32>(at, to + 1);
  const around = load<u64>(packed - 2 + (start >> 2)) >> <u64>((start & 3) << 1); // bases start - 8 .. start + 20
  store<u32>(positions + (<usize>to << 2), start);
  store<u32>(contexts + (<usize>to << 2), <u32>((around & 0xffff) | ((around >> right) << 16)));
}
