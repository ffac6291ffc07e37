// Global alignment by wavefronts: for each score, how far a path of that score reaches on each diagonal (Marco-Sola et
// al., Bioinformatics 37:456, 2021, doi 10.1093/bioinformatics/btaa777), and from both ends at once in memory that grows
// with the score alone (Marco-Sola et al., Bioinformatics 39:btad074, 2023, doi 10.1093/bioinformatics/btad074). Offsets
// are 16 or 32 bits wide: 8 or 4 diagonals a vector. The host lays out all memory; penalties are divided by their common
// divisor. A diagonal k is target place minus query place, an offset a target place.
//
// Floor: 3 loads, 6 operations and 3 stores a vector of cells, and for each cell one comparison of 8 letters.

// @ts-ignore: decorator
@inline
function nothing<T>(): i32 {
  return sizeof<T>() == 2 ? -32768 : -536870912;
}

// @ts-ignore: decorator
@inline
function plus<T>(a: v128, b: v128): v128 {
  return v128.add<T>(a, b);
}

/** The next wavefront of one direction over diagonals `lo` to `hi`; all addresses are those of diagonal 0. */
// @ts-ignore: decorator
@inline
function compute<T>(
  mismatch: usize, open: usize, extendT: usize, extendQ: usize,
  toM: usize, toT: usize, toQ: usize, lo: i32, hi: i32, queryLength: i32, targetLength: i32,
): void {
  const one = v128.splat<T>(<T>1), least = v128.splat<T>(<T>nothing<T>()), zero = v128.splat<T>(<T>0);
  const longestQ = v128.splat<T>(<T>queryLength), longestT = v128.splat<T>(<T>targetLength);
  const lanes = <i32>(16 / sizeof<T>());
  let diagonals = sizeof<T>() == 2
    ? i16x8.add(i16x8.splat(<i16>lo), i16x8(0, 1, 2, 3, 4, 5, 6, 7))
    : i32x4.add(i32x4.splat(lo), i32x4(0, 1, 2, 3));
  const further = v128.splat<T>(<T>lanes);
  for (let k = lo; k <= hi; k += lanes) {
    const at: usize = <usize>(k * <i32>sizeof<T>());
    const t = plus<T>(v128.max<T>(v128.load(open + at - sizeof<T>()), v128.load(extendT + at - sizeof<T>())), one);
    const q = v128.max<T>(v128.load(open + at + sizeof<T>()), v128.load(extendQ + at + sizeof<T>()));
    let m = v128.max<T>(plus<T>(v128.load(mismatch + at), one), v128.max<T>(t, q));
    const row = sizeof<T>() == 2 ? i16x8.sub_sat_s(m, diagonals) : i32x4.sub(m, diagonals);
    const outside = v128.or(v128.or(v128.gt<T>(m, longestT), v128.gt<T>(row, longestQ)), v128.lt<T>(m, zero));
    m = v128.bitselect(least, m, outside);
    v128.store(toT + at, t);
    v128.store(toQ + at, q);
    v128.store(toM + at, m);
    diagonals = plus<T>(diagonals, further);
  }
}

/** Follows equal letters on one diagonal; maybe a few beyond an end, which `extend` takes back many at a time. */
// @ts-ignore: decorator
@inline
function follow<T>(at: usize, left: usize, target: usize, targetLength: i32): void {
  const offset = <i32>load<T>(at);
  if (offset < 0) return;
  let apart = load<u64>(left + offset) ^ load<u64>(target + offset);
  let run = <i32>(ctz(apart) >> 3);
  if (apart == 0) {
    const most = targetLength - offset;
    for (run = 8; run < most; run += 8) {
      apart = load<u64>(left + offset + run) ^ load<u64>(target + offset + run);
      if (apart != 0) {
        run += <i32>(ctz(apart) >> 3);
        break;
      }
    }
  }
  store<T>(at, <T>(offset + run));
}

/** Follows equal letters on every diagonal, within both sequences; the furthest antidiagonal, or -1. */
// @ts-ignore: decorator
@inline
function extend<T>(m: usize, lo: i32, hi: i32, query: usize, target: usize, queryLength: i32, targetLength: i32): i32 {
  const bytes = <i32>sizeof<T>();
  let left = query - lo;
  // four a turn, as V8 has a check of its own in each: there is nothing beyond `hi`
  for (let at = m + <usize>(lo * bytes), end = m + <usize>(hi * bytes); at <= end; at += 4 * bytes, left -= 4) {
    follow<T>(at, left, target, targetLength);
    follow<T>(at + bytes, left - 1, target, targetLength);
    follow<T>(at + 2 * bytes, left - 2, target, targetLength);
    follow<T>(at + 3 * bytes, left - 3, target, targetLength);
  }
  const zero = v128.splat<T>(<T>0), longestT = v128.splat<T>(<T>targetLength), longestQ = v128.splat<T>(<T>queryLength);
  const lanes = <i32>(16 / sizeof<T>());
  let diagonals = sizeof<T>() == 2
    ? i16x8.add(i16x8.splat(<i16>lo), i16x8(0, 1, 2, 3, 4, 5, 6, 7))
    : i32x4.add(i32x4.splat(lo), i32x4(0, 1, 2, 3));
  const further = v128.splat<T>(<T>lanes), last = v128.splat<T>(<T>hi);
  let furthest = zero;
  for (let k = lo; k <= hi; k += lanes) {
    const at = m + <usize>(k * bytes);
    let offsets = v128.load(at);
    // an i16 sum of lengths may be beyond 15 bits, and is then no limit
    const within = sizeof<T>() == 2 ? i16x8.add_sat_s(longestQ, diagonals) : i32x4.add(longestQ, diagonals);
    offsets = v128.min<T>(v128.min<T>(offsets, longestT), within);
    v128.store(at, offsets);
    const sum = plus<T>(offsets, sizeof<T>() == 2 ? i16x8.sub_sat_s(offsets, diagonals) : i32x4.sub(offsets, diagonals));
    const none = v128.or(v128.lt<T>(offsets, zero), v128.gt<T>(diagonals, last));
    if (sizeof<T>() == 2) furthest = i16x8.max_u(furthest, v128.andnot(sum, none));
    else furthest = i32x4.max_u(furthest, v128.andnot(sum, none));
    diagonals = plus<T>(diagonals, further);
  }
  if (sizeof<T>() == 2) {
    furthest = i32x4.max_u(i32x4.extend_low_i16x8_u(furthest), i32x4.extend_high_i16x8_u(furthest));
  }
  furthest = i32x4.max_u(furthest, i8x16.shuffle(furthest, furthest, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return max(i32x4.extract_lane(furthest, 0), i32x4.extract_lane(furthest, 1));
}

/** Nothing on `count` diagonals of an array, a multiple of the lanes, from `lo` on. */
// @ts-ignore: decorator
@inline
function clear<T>(array: usize, lo: i32, count: i32): void {
  const least = v128.splat<T>(<T>nothing<T>());
  let at = array + <usize>(lo * <i32>sizeof<T>());
  for (const end = at + <usize>(count * <i32>sizeof<T>()); at < end; at += 16) v128.store(at, least);
}

/** Room beside a wavefront that reads of its neighbours in score may reach. */
const beside: i32 = 31;

// A direction's block of numbers: 0 query, 4 target, 20 score, 24 furthest antidiagonal, 28 cells so far, 32 the seed's
// score, 36 its states (1 M, 2 target gap, 4 query gap), 40 the table, 44 diagonal 0 of the array of nothing. The table has 16
// bytes a slot: lowest and highest diagonal, diagonal 0 of its array of M, bytes from there to that of the next state.

// @ts-ignore: decorator
@inline
function rowOf(side: usize, slot: i32): usize {
  return <usize>load<u32>(side, 40) + (<usize>slot << 4);
}

// @ts-ignore: decorator
@inline
function arrayOf(side: usize, slot: i32, state: i32): usize {
  const row = rowOf(side, slot);
  return <usize>load<u32>(row, 8) + <usize>(state * load<i32>(row, 12));
}

// @ts-ignore: decorator
@inline
function lowOf(side: usize, slot: i32): i32 {
  return load<i32>(rowOf(side, slot));
}

// @ts-ignore: decorator
@inline
function highOf(side: usize, slot: i32): i32 {
  return load<i32>(rowOf(side, slot), 4);
}

// @ts-ignore: decorator
@inline
function setRange(side: usize, slot: i32, lo: i32, hi: i32): void {
  const row = rowOf(side, slot);
  store<i32>(row, lo);
  store<i32>(row, hi, 4);
}

/** The wavefront of the score that stands in the block, in its slot; false where the diagonals do not fit (`most` to either side). */
function step<T>(side: usize, p: usize, scope: i32, most: i32): bool {
  const queryLength = load<i32>(p, 16), targetLength = load<i32>(p, 20);
  const x = load<i32>(p, 24), o = load<i32>(p, 28), e = load<i32>(p, 32);
  const score = load<i32>(side, 20), slot = score % scope;
  const toM = arrayOf(side, slot, 0), toT = arrayOf(side, slot, 1), toQ = arrayOf(side, slot, 2);
  const pad = (load<i32>(p, 52) + beside) & ~7;
  if (score == load<i32>(side, 32)) {
    const states = load<i32>(side, 36);
    clear<T>(toM, -pad, 2 * pad);
    clear<T>(toT, -pad, 2 * pad);
    clear<T>(toQ, -pad, 2 * pad);
    if (states & 1) store<T>(toM, 0);
    if (states & 2) store<T>(toT, 0);
    if (states & 4) store<T>(toQ, 0);
    setRange(side, slot, 0, 0);
  } else {
    let lo = i32.MAX_VALUE, hi = i32.MIN_VALUE;
    const none = <usize>load<u32>(side, 44);
    let mismatch = none, open = none, extendT = none, extendQ = none;
    if (score >= x) {
      const from = (score - x) % scope;
      if (lowOf(side, from) <= highOf(side, from)) {
        lo = min(lo, lowOf(side, from));
        hi = max(hi, highOf(side, from));
        mismatch = arrayOf(side, from, 0);
      }
    }
    if (score >= o + e) {
      const from = (score - o - e) % scope;
      if (lowOf(side, from) <= highOf(side, from)) {
        lo = min(lo, lowOf(side, from) - 1);
        hi = max(hi, highOf(side, from) + 1);
        open = arrayOf(side, from, 0);
      }
    }
    if (score >= e) {
      const from = (score - e) % scope;
      if (lowOf(side, from) <= highOf(side, from)) {
        lo = min(lo, lowOf(side, from) - 1);
        hi = max(hi, highOf(side, from) + 1);
        extendT = arrayOf(side, from, 1);
        extendQ = arrayOf(side, from, 2);
      }
    }
    if (lo > hi) {
      setRange(side, slot, 1, 0);
      return true;
    }
    lo = max(lo, -queryLength);
    hi = min(hi, targetLength);
    if (hi + pad >= most || pad - lo >= most) return false;
    compute<T>(mismatch, open, extendT, extendQ, toM, toT, toQ, lo, hi, queryLength, targetLength);
    clear<T>(toM, lo - pad, pad);
    clear<T>(toT, lo - pad, pad);
    clear<T>(toQ, lo - pad, pad);
    clear<T>(toM, hi + 1, pad);
    clear<T>(toT, hi + 1, pad);
    clear<T>(toQ, hi + 1, pad);
    setRange(side, slot, lo, hi);
    store<i32>(side, load<i32>(side, 28) + hi - lo + 1, 28);
  }
  const lo = lowOf(side, slot), hi = highOf(side, slot);
  const furthest = extend<T>(toM, lo, hi, <usize>load<u32>(side), <usize>load<u32>(side, 4), queryLength, targetLength);
  store<i32>(side, max(load<i32>(side, 24), furthest), 24);
  return true;
}

/** Where the newest wavefront of `near` and the last ones of `far` meet, if that is better than what stands at `p`. */
function meet<T>(near: usize, far: usize, p: usize, forwards: bool): void {
  const queryLength = load<i32>(p, 16), targetLength = load<i32>(p, 20), o = load<i32>(p, 28);
  const window = load<i32>(p, 52);
  const nearScore = load<i32>(near, 20), farScore = load<i32>(far, 20);
  const scope = load<i32>(p, 36), nearSlot = nearScore % scope;
  const nearLo = lowOf(near, nearSlot), nearHi = highOf(near, nearSlot);
  if (nearLo > nearHi) return;
  const last = targetLength - queryLength;
  for (let back = 0; back <= window && back <= farScore; back++) {
    const other = farScore - back, farSlot = other % scope;
    if (lowOf(far, farSlot) > highOf(far, farSlot)) continue;
    if (nearScore + other - o >= load<i32>(p, 68)) continue;
    const lo = max(nearLo, last - highOf(far, farSlot)), hi = min(nearHi, last - lowOf(far, farSlot));
    for (let state = 0; state < 3; state++) {
      const score = nearScore + other - (state == 0 ? 0 : o);
      if (score >= load<i32>(p, 68)) continue;
      const a = arrayOf(near, nearSlot, state), b = arrayOf(far, farSlot, state);
      for (let k = lo; k <= hi; k++) {
        const here = <i32>load<T>(a + <usize>(k * <i32>sizeof<T>()));
        const there = <i32>load<T>(b + <usize>((last - k) * <i32>sizeof<T>()));
        if (here < 0 || there < 0 || here + there < targetLength) continue;
        // a gap's wavefronts are not kept inside the matrix by themselves
        if (here > targetLength || here - k > queryLength || there > targetLength || there - (last - k) > queryLength) continue;
        store<i32>(p, score, 68);
        store<i32>(p, forwards ? nearScore : other, 72);
        store<i32>(p, forwards ? other : nearScore, 76);
        store<i32>(p, forwards ? k : last - k, 80);
        store<i32>(p, forwards ? here : there, 84);
        store<i32>(p, state, 88);
        break;
      }
    }
  }
}

/** One score more on one side; false, with why at `p` 64, where something is used up. */
function advance<T>(side: usize, p: usize, forward: usize, reverse: usize): bool {
  const score = load<i32>(side, 20) + 1;
  store<i32>(side, score, 20);
  if (load<i32>(p, 56) != 0 && score >= load<i32>(p, 36)) {
    store<i32>(p, 3, 64);
    return false;
  }
  if (!step<T>(side, p, load<i32>(p, 36), load<i32>(p, 40))) return false;
  if (load<i32>(forward, 28) + load<i32>(reverse, 28) <= load<i32>(p, 44)) return true;
  store<i32>(p, 2, 64);
  return false;
}

/**
 * `p`: 16 20 lengths, 24 28 32 penalties of a mismatch, of opening a gap (beside its first residue), of a residue of a
 * gap, 36 scope, 40 diagonals to either side that fit, 44 most cells, 52 how far back a penalty reaches; `forward` and `reverse`: the blocks. Out, at `p`:
 * 64 0 where the sides met, 1 where the diagonals did not fit, 2 where the cells were not enough, 3 where the slots of a ring that must not turn (56) were not; 68 the score, 72 76 of
 * its halves, 80 diagonal, 84 offset, 88 state of the meeting place.
 */
// @ts-ignore: decorator
@inline
function bidirectional<T>(p: usize, forward: usize, reverse: usize): void {
  const queryLength = load<i32>(p, 16), targetLength = load<i32>(p, 20), o = load<i32>(p, 28);
  const scope = load<i32>(p, 36), most = load<i32>(p, 40), window = load<i32>(p, 52);
  store<i32>(p, i32.MAX_VALUE, 68);
  store<i32>(p, 1, 64);
  if (!step<T>(forward, p, scope, most) || !step<T>(reverse, p, scope, most)) return;
  let turn = false;
  while (load<i32>(forward, 24) + load<i32>(reverse, 24) < queryLength + targetLength) {
    if (!advance<T>(turn ? reverse : forward, p, forward, reverse)) return;
    turn = !turn;
  }
  meet<T>(reverse, forward, p, false);
  for (;;) {
    // whoever moved last is held against the other's last wavefronts
    meet<T>(forward, reverse, p, true);
    if (load<i32>(forward, 20) + max(0, load<i32>(reverse, 20) - window) - o >= load<i32>(p, 68)) break;
    if (!advance<T>(reverse, p, forward, reverse)) return;
    meet<T>(reverse, forward, p, false);
    if (load<i32>(reverse, 20) + max(0, load<i32>(forward, 20) - window) - o >= load<i32>(p, 68)) break;
    if (!advance<T>(forward, p, forward, reverse)) return;
  }
  store<i32>(p, 0, 64);
}

export function bidirectional16(p: usize, forward: usize, reverse: usize): void {
  bidirectional<i16>(p, forward, reverse);
}
export function bidirectional32(p: usize, forward: usize, reverse: usize): void {
  bidirectional<i32>(p, forward, reverse);
}

/** Fills an array of nothing. */
export function blank16(array: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) v128.store(array + at, i16x8.splat(-32768));
}
export function blank32(array: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) v128.store(array + at, i32x4.splat(-536870912));
}

/** Letters into codes, forwards and backwards. */
export function encode(letters: usize, length: i32, codes: usize, to: usize, reversed: usize): void {
  for (let at = 0; at < length; at++) {
    const code = load<u8>(codes + <usize>load<u8>(letters + at));
    store<u8>(to + at, code);
    store<u8>(reversed + <usize>(length - 1 - at), code);
  }
}
