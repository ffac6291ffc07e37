// The text of one piece of a genome, packed, and the exact score of a window.

/** 2 bits a base, first base lowest; A 0, C 1, G 2, T 3. */
export let packed: usize = 0;
/** 1 bit a base, set where the letter is none of ACGTacgt. */
export let bad: usize = 0;
/** u8[]: each base and the next, first one lowest; where there is no index. */
export let pairs: usize = 0;
export let bases: u32 = 0;
/** Windows that start here or later belong to the next piece. */
export let owned: u32 = 0;
export let hasBad: bool = false;
/** u32[segments + 1]: where each sequence of the piece starts in the text. */
export let starts: usize = 0;
export let segments: u32 = 0;
/** Number of the first sequence, and how many of its bases lie in earlier pieces. */
export let firstSequence: u32 = 0;
export let skipped: u32 = 0;
/** u32[4^k + 1]: `slices[c]` to `slices[c + 1]` of `positions` start with the k-mer c, first base most significant. */
export let slices: usize = 0;
/** u32[]: starts by k-mer, ascending in each slice; then the starts where no clean k-mer fits. */
export let positions: usize = 0;
/** u32[], parallel to `positions`: the 8 bases before the k-mer (low 16 bits) and the 8 after it. */
export let contexts: usize = 0;
export let k: u32 = 0;

/** What `pack` and `buildIndex` found out, for whichever thread opens the piece next. */
const BAD_LETTERS: usize = 512;
export const KMERS: usize = 516;
export const TAILS: usize = 520;

export function open(packedAt: usize, badAt: usize, startsAt: usize, count: u32, length: u32, own: u32, first: u32, skip: u32): void {
  packed = packedAt;
  bad = badAt;
  starts = startsAt;
  segments = count;
  bases = length;
  owned = own;
  firstSequence = first;
  skipped = skip;
  hasBad = load<u32>(BAD_LETTERS) != 0;
}

export function openIndex(slicesAt: usize, positionsAt: usize, contextsAt: usize, letters: u32): void {
  slices = slicesAt;
  positions = positionsAt;
  contexts = contextsAt;
  k = letters;
}

export function openPairs(pairsAt: usize): void {
  pairs = pairsAt;
}

/** ASCII at `text`, readable 16 bytes past its end, to 2 bits and the mask of bad letters. */
export function pack(text: usize): void {
  const letters = i8x16(0x41, 0x43, 0x54, 0x47, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0); // (ascii >> 1) & 3 orders them A C T G
  const n = bases;
  let found: u32 = 0;
  for (let i: u32 = 0; i < n; i += 16) {
    const c = v128.and(v128.load(text + i), i8x16.splat(<i8>0xdf));
    const x = v128.and(i16x8.shr_u(c, 1), i8x16.splat(3));
    const ok = i8x16.eq(i8x16.swizzle(letters, x), c);
    let code = v128.xor(x, v128.and(i16x8.shr_u(x, 1), i8x16.splat(1)));
    code = v128.and(code, ok);
    let v = v128.and(v128.or(code, i16x8.shr_u(code, 6)), i16x8.splat(0x0f));
    v = v128.and(v128.or(v, i32x4.shr_u(v, 12)), i32x4.splat(0xff));
    v = i8x16.swizzle(v, i8x16(0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1));
    store<u32>(packed + (i >> 2), i32x4.extract_lane(v, 0));
    let mask = ~i8x16.bitmask(ok) & 0xffff;
    if (n - i < 16) mask &= (1 << (n - i)) - 1;
    store<u16>(bad + (i >> 3), <u16>mask);
    found += popcnt(mask);
  }
  store<u32>(BAD_LETTERS, found);
  hasBad = found != 0;
}

/**
 * Writes `pairs` from the ASCII at `text`, readable 32 bytes past its end. A bad letter stands as some base, and what lies past
 * the end is read by `scanPairs` too: the exact test leaves out the windows that hold either.
 */
export function pairUp(text: usize): void {
  for (let i: usize = 0; i < <usize>bases; i += 16) {
    const code = codes(v128.load(text + i)), after = codes(v128.load(text + i + 1));
    v128.store(pairs + i, v128.or(code, i16x8.shl(after, 2)));
  }
}

/** A 0, C 1, G 2, T 3, in either case. */
// @ts-ignore: decorator
@inline
function codes(letters: v128): v128 {
  const x = v128.and(i16x8.shr_u(letters, 1), i8x16.splat(3));
  return v128.xor(x, v128.and(i16x8.shr_u(x, 1), i8x16.splat(1)));
}

// @ts-ignore: decorator
@inline
export function baseAt(i: u32): u32 {
  return (load<u8>(packed + (i >> 2)) >> <u8>((i & 3) << 1)) & 3;
}

// @ts-ignore: decorator
@inline
export function isBad(i: u32): bool {
  return ((load<u8>(bad + (i >> 3)) >> <u8>(i & 7)) & 1) != 0;
}

/** Score of the window at p of f64[m][4] `matrix`: one addition a column, in column order, as published. */
// @ts-ignore: decorator
@inline
export function exact(p: u32, matrix: usize, m: u32): f64 {
  let sum: f64 = 0;
  let j: u32 = 0;
  while (j < m) {
    let w = load<u64>(packed + ((p + j) >> 2)) >> <u64>(((p + j) & 3) << 1);
    const end = min(m, j + 28);
    for (; j < end; j++) {
      sum += load<f64>(matrix + ((<usize>w & 3) << 3));
      w >>= 2;
      matrix += 32;
    }
  }
  return sum;
}

/** Whether the window of m letters at p holds ACGT only. */
// @ts-ignore: decorator
@inline
export function clean(p: u32, m: u32): bool {
  if (!hasBad) return true;
  if (m > 57) {
    for (let j: u32 = 0; j < m; j++) if (isBad(p + j)) return false;
    return true;
  }
  return ((load<u64>(bad + (p >> 3)) >> <u64>(p & 7)) & ((<u64>1 << <u64>m) - 1)) == 0;
}

/** How many windows of m letters start in this piece and belong to it. */
// @ts-ignore: decorator
@inline
export function windows(m: u32): u32 {
  return m > bases ? 0 : min(bases - m + 1, owned);
}

// @ts-ignore: decorator
@inline
export function columnBest(column: usize): f64 {
  return max(max(load<f64>(column), load<f64>(column, 8)), max(load<f64>(column, 16), load<f64>(column, 24)));
}

// @ts-ignore: decorator
@inline
export function columnWorst(column: usize): f64 {
  return min(min(load<f64>(column), load<f64>(column, 8)), min(load<f64>(column, 16), load<f64>(column, 24)));
}

/** How much a column tells: its best score above its mean. */
// @ts-ignore: decorator
@inline
export function columnSpread(column: usize): f64 {
  return columnBest(column) - 0.25 * (load<f64>(column) + load<f64>(column, 8) + load<f64>(column, 16) + load<f64>(column, 24));
}

/**
 * Slack on pruning only; the exact test has none. A partial sum of at most 200 scores of magnitude below 80 (see the
 * bounds in the workload's schema) is off by less than 200 * 16000 * 2^-53 = 4e-10 whatever its order.
 */
export const SLACK: f64 = 1e-8;
