// Global alignment by wavefronts: for each score, how far a path of that score reaches on each diagonal (Marco-Sola et
// al., Bioinformatics 37:456, 2021, doi 10.1093/bioinformatics/btaa777), from one end with where each cell came from in
// 4 bits, or from both ends in memory that grows with the score alone (Marco-Sola et al., Bioinformatics 39:btad074, 2023,
// doi 10.1093/bioinformatics/btad074). Outer diagonals that no path within a known bound can come back from are left out,
// by the seeds of either sequence that the other lacks (the seed heuristic of Groot Koerkamp & Ivanov, Bioinformatics
// 40:btae032, 2024, doi 10.1093/bioinformatics/btae032, with gaps that are paid for apart). Offsets are 16 or 32 bits
// wide: 8 or 4 diagonals a vector. The host lays out all memory; penalties are divided by their common divisor. A diagonal k is
// target place minus query place, an offset a target place.
//
// Floor: 5 loads, 20 operations and 4 stores a vector of cells, and for each cell one comparison of 8 letters.

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

// @ts-ignore: decorator
@inline
function minus<T>(a: v128, b: v128): v128 {
  if (sizeof<T>() == 2) return i16x8.sub_sat_s(a, b);
  else return i32x4.sub(a, b);
}

// @ts-ignore: decorator
@inline
function greatest<T>(value: v128): i32 {
  let most = v128.max<T>(value, i8x16.shuffle(value, value, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  most = v128.max<T>(most, i8x16.shuffle(most, most, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  if (sizeof<T>() == 2) {
    most = v128.max<T>(most, i8x16.shuffle(most, most, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
    return <i32>i16x8.extract_lane_s(most, 0);
  } else return i32x4.extract_lane(most, 0);
}

// A direction's block of numbers: 0 query, 4 target, 8 1 where it runs backwards, 16 a row and 24 an offset that no path of
// its has passed, 20 score, 28 cells so far, 32 the seed's score, 36 its states (1 M, 2 target gap, 4 query gap), 40 the
// table, 44 diagonal 0 of the array of nothing, 48 52 the diagonals that recent wavefronts had, 56 where its origins stand.
// The table has 16 bytes a slot: lowest and highest diagonal, diagonal 0 of its array of M, bytes from there to that of the
// next state. Origins have 8 bytes a score: address and lowest diagonal.

/** Whether a wavefront may pass an end, told apart at compile time by size. */
type Inside = u8;
type Beyond = u16;

/** The next wavefront of one direction over diagonals `lo` to `hi`; all addresses are those of diagonal 0, but `origins`. */
// @ts-ignore: decorator
@inline
function compute<T, Where>(
  side: usize, mismatch: usize, open: usize, extendT: usize, extendQ: usize,
  toM: usize, toT: usize, toQ: usize, origins: usize, lo: i32, hi: i32, queryLength: i32, targetLength: i32,
): void {
  const one = v128.splat<T>(<T>1), least = v128.splat<T>(<T>nothing<T>()), zero = v128.splat<T>(<T>0);
  const longestQ = v128.splat<T>(<T>queryLength), longestT = v128.splat<T>(<T>targetLength);
  const lanes = <i32>(16 / sizeof<T>());
  let diagonals = sizeof<T>() == 2
    ? i16x8.add(i16x8.splat(<i16>lo), i16x8(0, 1, 2, 3, 4, 5, 6, 7))
    : i32x4.add(i32x4.splat(lo), i32x4(0, 1, 2, 3));
  const further = v128.splat<T>(<T>lanes);
  let mostT = least, mostQ = least;
  for (let k = lo; k <= hi; k += lanes) {
    const at: usize = <usize>(k * <i32>sizeof<T>());
    const openT = v128.load(open + at - sizeof<T>()), onT = v128.load(extendT + at - sizeof<T>());
    const openQ = v128.load(open + at + sizeof<T>()), onQ = v128.load(extendQ + at + sizeof<T>());
    const t = plus<T>(v128.max<T>(openT, onT), one);
    const q = v128.max<T>(openQ, onQ);
    const x = plus<T>(v128.load(mismatch + at), one);
    const xt = v128.max<T>(x, t);
    let m = v128.max<T>(xt, q);
    v128.store(toT + at, t);
    v128.store(toQ + at, q);
    let outside = v128.lt<T>(m, zero);
    if (sizeof<Where>() == 2) {
      outside = v128.or(v128.or(v128.gt<T>(m, longestT), v128.gt<T>(minus<T>(m, diagonals), longestQ)), outside);
    }
    m = v128.bitselect(least, m, outside);
    v128.store(toM + at, m);
    mostT = v128.max<T>(mostT, m);
    mostQ = v128.max<T>(mostQ, minus<T>(m, diagonals));
    diagonals = plus<T>(diagonals, further);
    // M from a target gap, from a query gap; a target gap that goes on, a query gap that does
    const fromT = v128.gt<T>(t, x), fromQ = v128.gt<T>(q, xt);
    const goesT = v128.gt<T>(onT, openT), goesQ = v128.gt<T>(onQ, openQ);
    if (sizeof<T>() == 2) {
      const low = i8x16.bitmask(i8x16.narrow_i16x8_s(fromT, fromQ)), high = i8x16.bitmask(i8x16.narrow_i16x8_s(goesT, goesQ));
      store<u32>(origins, <u32>(low | (high << 16)));
      origins += 4;
    } else {
      const from = i16x8.narrow_i32x4_s(fromT, fromQ), goes = i16x8.narrow_i32x4_s(goesT, goesQ);
      store<u16>(origins, <u16>i8x16.bitmask(i8x16.narrow_i16x8_s(from, goes)));
      origins += 2;
    }
  }
  // letters that will be followed and do not fill a comparison are counted before they are
  store<i32>(side, max(load<i32>(side, 24), greatest<T>(mostT) + 7), 24);
  store<i32>(side, max(load<i32>(side, 16), greatest<T>(mostQ) + 7), 16);
}

/** Follows equal letters on one diagonal: behind either sequence's last letter stands one that equals no other. */
// @ts-ignore: decorator
@inline
function follow<T>(side: usize, at: usize, left: usize, target: usize, query: usize): void {
  const offset = <i32>load<T>(at);
  if (offset < 0) return;
  let apart = load<u64>(left + offset) ^ load<u64>(target + offset);
  let run = <i32>(ctz(apart) >> 3);
  if (apart == 0) {
    for (run = 8; ; run += 8) {
      apart = load<u64>(left + offset + run) ^ load<u64>(target + offset + run);
      if (apart != 0) break;
    }
    run += <i32>(ctz(apart) >> 3);
    store<i32>(side, max(load<i32>(side, 24), offset + run), 24);
    store<i32>(side, max(load<i32>(side, 16), offset + run + <i32>left - <i32>query), 16);
  }
  store<T>(at, <T>(offset + run));
}

/** Follows equal letters on every diagonal. */
// @ts-ignore: decorator
@inline
function extend<T>(side: usize, m: usize, lo: i32, hi: i32): void {
  const query = <usize>load<u32>(side), target = <usize>load<u32>(side, 4);
  const bytes = <i32>sizeof<T>();
  let left = query - lo;
  // four a turn, as V8 has a check of its own in each: there is nothing beyond `hi`
  for (let at = m + <usize>(lo * bytes), end = m + <usize>(hi * bytes); at <= end; at += 4 * bytes, left -= 4) {
    follow<T>(side, at, left, target, query);
    follow<T>(side, at + bytes, left - 1, target, query);
    follow<T>(side, at + 2 * bytes, left - 2, target, query);
    follow<T>(side, at + 3 * bytes, left - 3, target, query);
  }
}

/** Nothing on diagonals `lo` to `hi`, and up to a vector more, of a slot's three arrays. */
// @ts-ignore: decorator
@inline
function clear<T>(m: usize, t: usize, q: usize, lo: i32, hi: i32): void {
  const least = v128.splat<T>(<T>nothing<T>());
  const end = hi * <i32>sizeof<T>();
  for (let at = lo * <i32>sizeof<T>(); at <= end; at += 16) {
    v128.store(m + <usize>at, least);
    v128.store(t + <usize>at, least);
    v128.store(q + <usize>at, least);
  }
}

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

/** Seeds from place `from` to place `to` that the other sequence lacks. */
// @ts-ignore: decorator
@inline
function lacking(counts: usize, from: i32, to: i32, length: i32): i32 {
  const first = (from + length - 1) / length, last = to / length;
  return last <= first ? 0 : load<i32>(counts + (<usize>last << 2)) - load<i32>(counts + (<usize>first << 2));
}

/** Whether no path through this diagonal's cells can end within the bound: the penalty still to come is at least `least`. */
function hopeless<T>(side: usize, p: usize, slot: i32, k: i32): bool {
  const at = <usize>(k * <i32>sizeof<T>());
  const offset = <i32>load<T>(arrayOf(side, slot, 0) + at);
  if (offset < 0) return load<T>(arrayOf(side, slot, 1) + at) < 0 && load<T>(arrayOf(side, slot, 2) + at) < 0;
  const e = load<i32>(p, 32), length = load<i32>(p, 116);
  const gap = load<i32>(p, 20) - load<i32>(p, 16) - k;
  let least = e * abs(gap);
  if (length > 0) {
    let queryFrom = load<i32>(p, 128), queryTo = load<i32>(p, 132);
    let targetFrom = load<i32>(p, 136), targetTo = load<i32>(p, 140);
    if (load<i32>(side, 8) == 0) {
      queryFrom += offset - k;
      targetFrom += offset;
    } else {
      queryTo -= offset - k;
      targetTo -= offset;
    }
    const ofQuery = lacking(<usize>load<u32>(p, 120), queryFrom, queryTo, length);
    const ofTarget = lacking(<usize>load<u32>(p, 124), targetFrom, targetTo, length);
    // a gap in one sequence passes all seeds of the other but the one that it stands in
    least += load<i32>(p, 112) * (gap >= 0 ? ofQuery : ofTarget);
    least = max(least, load<i32>(p, 108) * max(ofQuery, ofTarget));
  }
  // a gap may be open here, and one at the other end: both openings are paid for
  return load<i32>(side, 20) + least - 2 * load<i32>(p, 28) > load<i32>(p, 100);
}

/** Leaves out outer diagonals of the newest wavefront: those that lag behind (`p` 104), which is a guess, or the hopeless. */
// @ts-ignore: decorator
@inline
function trim<T>(side: usize, p: usize, slot: i32, from: i32, to: i32): void {
  let lo = from, hi = to;
  const lag = load<i32>(p, 104);
  if (lag > 0) {
    const m = arrayOf(side, slot, 0);
    let furthest = i32.MIN_VALUE;
    for (let k = lo; k <= hi; k++) furthest = max(furthest, 2 * <i32>load<T>(m + <usize>(k * <i32>sizeof<T>())) - k);
    furthest -= lag;
    while (lo < hi && 2 * <i32>load<T>(m + <usize>(lo * <i32>sizeof<T>())) - lo < furthest) lo++;
    while (lo < hi && 2 * <i32>load<T>(m + <usize>(hi * <i32>sizeof<T>())) - hi < furthest) hi--;
  } else if (load<i32>(p, 100) != i32.MAX_VALUE) {
    while (lo <= hi && hopeless<T>(side, p, slot, lo)) lo++;
    while (lo <= hi && hopeless<T>(side, p, slot, hi)) hi--;
  } else return;
  const toM = arrayOf(side, slot, 0), toT = arrayOf(side, slot, 1), toQ = arrayOf(side, slot, 2);
  if (hi < to) clear<T>(toM, toT, toQ, hi + 1, to);
  if (lo > from) {
    // whole vectors from the other end, so as not to reach into what stays
    const lanes = <i32>(16 / sizeof<T>());
    const vectors = (lo - from + lanes - 1) / lanes;
    clear<T>(toM, toT, toQ, lo - vectors * lanes, lo - 1);
  }
  setRange(side, slot, lo, hi);
}

/** The wavefront of the score that stands in the block, in its slot; why it could not be (see `forwards`), or 0. */
function step<T>(side: usize, p: usize): i32 {
  const queryLength = load<i32>(p, 16), targetLength = load<i32>(p, 20);
  const x = load<i32>(p, 24), o = load<i32>(p, 28), e = load<i32>(p, 32), scope = load<i32>(p, 36), most = load<i32>(p, 40);
  const score = load<i32>(side, 20), slot = score % scope;
  const toM = arrayOf(side, slot, 0), toT = arrayOf(side, slot, 1), toQ = arrayOf(side, slot, 2);
  // what later wavefronts may read beside this one: see 48 and 52
  const pad = 2 * load<i32>(p, 52) + 24;
  if (score == load<i32>(side, 32)) {
    const states = load<i32>(side, 36);
    clear<T>(toM, toT, toQ, -pad, pad);
    if (states & 1) store<T>(toM, 0);
    if (states & 2) store<T>(toT, 0);
    if (states & 4) store<T>(toQ, 0);
    setRange(side, slot, 0, 0);
    extend<T>(side, toM, 0, 0);
    return 0;
  }
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
  lo = max(lo, -queryLength);
  hi = min(hi, targetLength);
  if (lo > hi) {
    setRange(side, slot, 1, 0);
    return 0;
  }
  // wavefronts may shrink by more than later ones read beside them: those take what was there lately for nothing
  const heldLo = min(lo, load<i32>(side, 48) + 1), heldHi = max(hi, load<i32>(side, 52) - 1);
  store<i32>(side, heldLo, 48);
  store<i32>(side, heldHi, 52);
  const lanes = <i32>(16 / sizeof<T>());
  if (heldHi + pad + lanes >= most || pad + lanes - heldLo >= most) return 1;
  const origins = <usize>load<u32>(p, 92);
  if (load<i32>(p, 56) != 0) {
    const end = origins + <usize>(((hi - lo) / lanes + 1) * (lanes >> 1));
    if (end > <usize>load<u32>(p, 96)) return 4;
    const row = <usize>load<u32>(side, 56) + (<usize>score << 3);
    store<u32>(row, <u32>origins);
    store<i32>(row, lo, 4);
    store<u32>(p, <u32>end, 92);
  }
  if (load<i32>(side, 24) + 2 < targetLength && load<i32>(side, 16) + 2 < queryLength) {
    compute<T, Inside>(side, mismatch, open, extendT, extendQ, toM, toT, toQ, origins, lo, hi, queryLength, targetLength);
  } else compute<T, Beyond>(side, mismatch, open, extendT, extendQ, toM, toT, toQ, origins, lo, hi, queryLength, targetLength);
  const before = (lo - heldLo + pad + lanes - 1) / lanes;
  clear<T>(toM, toT, toQ, lo - before * lanes, lo - 1);
  clear<T>(toM, toT, toQ, hi + 1, heldHi + pad);
  store<i32>(side, load<i32>(side, 28) + hi - lo + 1, 28);
  setRange(side, slot, lo, hi);
  extend<T>(side, toM, lo, hi);
  trim<T>(side, p, slot, lo, hi);
  return 0;
}

/** One score more on one side; why not, or 0. */
function advance<T>(side: usize, p: usize, cellsBeside: i32): i32 {
  store<i32>(side, load<i32>(side, 20) + 1, 20);
  const status = step<T>(side, p);
  if (status != 0) return status;
  return load<i32>(side, 28) + cellsBeside > load<i32>(p, 44) ? 2 : 0;
}

/** Where the newest wavefront of `near` and the last ones of `far` meet, if that is better than what stands at `p`. */
function meet<T>(near: usize, far: usize, p: usize, forwards: bool): void {
  const queryLength = load<i32>(p, 16), targetLength = load<i32>(p, 20), o = load<i32>(p, 28);
  const window = load<i32>(p, 52);
  const nearScore = load<i32>(near, 20), farScore = load<i32>(far, 20);
  const scope = load<i32>(p, 36), nearSlot = nearScore % scope;
  const nearLo = lowOf(near, nearSlot), nearHi = highOf(near, nearSlot);
  if (nearLo > nearHi) return;
  const last = targetLength - queryLength, lanes = <i32>(16 / sizeof<T>());
  const short = v128.splat<T>(<T>(targetLength - 1));
  for (let back = 0; back <= window && back <= farScore; back++) {
    const other = farScore - back, farSlot = other % scope;
    if (lowOf(far, farSlot) > highOf(far, farSlot)) continue;
    if (nearScore + other - o >= load<i32>(p, 68)) continue;
    const lo = max(nearLo, last - highOf(far, farSlot)), hi = min(nearHi, last - lowOf(far, farSlot));
    for (let state = 0; state < 3; state++) {
      const score = nearScore + other - (state == 0 ? 0 : o);
      if (score >= load<i32>(p, 68)) continue;
      const a = arrayOf(near, nearSlot, state), b = arrayOf(far, farSlot, state);
      for (let from = lo; from <= hi; from += lanes) {
        const ours = v128.load(a + <usize>(from * <i32>sizeof<T>()));
        const mirrored = v128.load(b + <usize>((last - from - lanes + 1) * <i32>sizeof<T>()));
        const theirs = sizeof<T>() == 2
          ? i8x16.shuffle(mirrored, mirrored, 14, 15, 12, 13, 10, 11, 8, 9, 6, 7, 4, 5, 2, 3, 0, 1)
          : i8x16.shuffle(mirrored, mirrored, 12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
        const sum = sizeof<T>() == 2 ? i16x8.add_sat_s(ours, theirs) : i32x4.add(ours, theirs);
        if (!v128.any_true(v128.gt<T>(sum, short))) continue;
        for (let k = from; k <= min(hi, from + lanes - 1); k++) {
          const here = <i32>load<T>(a + <usize>(k * <i32>sizeof<T>()));
          const there = <i32>load<T>(b + <usize>((last - k) * <i32>sizeof<T>()));
          if (here < 0 || there < 0 || here + there < targetLength) continue;
          // a gap's wavefronts are not kept inside the matrix by themselves
          if (here > targetLength || here - k > queryLength || there > targetLength || there - (last - k) > queryLength) continue;
          if (score >= load<i32>(p, 68)) break;
          store<i32>(p, score, 68);
          store<i32>(p, forwards ? nearScore : other, 72);
          store<i32>(p, forwards ? other : nearScore, 76);
          store<i32>(p, forwards ? k : last - k, 80);
          store<i32>(p, forwards ? here : there, 84);
          store<i32>(p, state, 88);
        }
      }
    }
  }
}

/**
 * `p`: 16 20 lengths, 24 28 32 penalties of a mismatch, of opening a gap (beside its first residue), of a residue of a
 * gap, 36 slots of a ring, 40 diagonals to either side that fit, 44 most cells, 48 most scores, 52 how far back a penalty
 * reaches, 56 1 where origins are kept, 92 96 from and to where, 100 the bound, 104 the lag, 108 112 what a seed that the other sequence
 * lacks costs at least, alone and beside gaps, 116 a seed's length or 0, 120 124 how many are lacking of the first 0, 1, ... of
 * the query and of the target, 128 to 140 where in both this part lies.
 *
 * Returns 0 where a path came to its end, 1 where the diagonals did not fit, 2 where the cells were not enough, 3 where the scores
 * were not, 4 where the room for origins was not. Then at `p`: 68 the score, of `bidirectional` 72 76 of its halves, 80 diagonal, 84 offset, 88 state of the
 * place where they meet.
 */
// @ts-ignore: decorator
@inline
function forwards<T>(p: usize, side: usize, state: i32): i32 {
  const targetLength = load<i32>(p, 20), last = targetLength - load<i32>(p, 16), scope = load<i32>(p, 36);
  let status = step<T>(side, p);
  while (status == 0) {
    const score = load<i32>(side, 20), slot = score % scope;
    if (lowOf(side, slot) <= last && last <= highOf(side, slot)) {
      if (<i32>load<T>(arrayOf(side, slot, state) + <usize>(last * <i32>sizeof<T>())) == targetLength) {
        store<i32>(p, score, 68);
        return 0;
      }
    }
    if (score + 1 >= load<i32>(p, 48)) return 3;
    status = advance<T>(side, p, 0);
  }
  return status;
}

export function forwards16(p: usize, side: usize, state: i32): i32 {
  return forwards<i16>(p, side, state);
}
export function forwards32(p: usize, side: usize, state: i32): i32 {
  return forwards<i32>(p, side, state);
}

// @ts-ignore: decorator
@inline
function bidirectional<T>(p: usize, forward: usize, reverse: usize): i32 {
  const queryLength = load<i32>(p, 16), targetLength = load<i32>(p, 20), o = load<i32>(p, 28), window = load<i32>(p, 52);
  store<i32>(p, i32.MAX_VALUE, 68);
  let status = step<T>(forward, p);
  if (status == 0) status = step<T>(reverse, p);
  let turn = false;
  while (
    status == 0 &&
    (load<i32>(forward, 24) + load<i32>(reverse, 24) < targetLength || load<i32>(forward, 16) + load<i32>(reverse, 16) < queryLength)
  ) {
    status = turn ? advance<T>(reverse, p, load<i32>(forward, 28)) : advance<T>(forward, p, load<i32>(reverse, 28));
    if (load<i32>(forward, 20) >= load<i32>(p, 48)) return 3;
    turn = !turn;
  }
  if (status != 0) return status;
  meet<T>(reverse, forward, p, false);
  while (status == 0) {
    // whoever moved last is held against the other's last wavefronts
    meet<T>(forward, reverse, p, true);
    if (load<i32>(forward, 20) + max(0, load<i32>(reverse, 20) - window) - o >= load<i32>(p, 68)) return 0;
    status = advance<T>(reverse, p, load<i32>(forward, 28));
    if (status != 0) return status;
    meet<T>(reverse, forward, p, false);
    if (load<i32>(reverse, 20) + max(0, load<i32>(forward, 20) - window) - o >= load<i32>(p, 68)) return 0;
    status = advance<T>(forward, p, load<i32>(reverse, 28));
    if (load<i32>(forward, 20) >= load<i32>(p, 48)) status = 3;
  }
  return status;
}

export function bidirectional16(p: usize, forward: usize, reverse: usize): i32 {
  return bidirectional<i16>(p, forward, reverse);
}
export function bidirectional32(p: usize, forward: usize, reverse: usize): i32 {
  return bidirectional<i32>(p, forward, reverse);
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

/** A number of `bits` bits for the `length` (8 to 16) letters at a place. */
// @ts-ignore: decorator
@inline
function mixed(at: usize, length: i32, bits: i32): u32 {
  const mix = load<u64>(at) * 0x9e3779b97f4a7c15 + load<u64>(at + <usize>(length - 8)) * 0xc2b2ae3d27d4eb4f;
  return <u32>((mix ^ (mix >> 29)) * 0xbf58476d1ce4e5b9 >> (64 - bits));
}

/** How many of the first 0, 1, ... seeds of one sequence stand nowhere in the other; `map` has 2 to the `bits` bits. */
export function countLacking(
  letters: usize, length: i32, other: usize, otherLength: i32, seed: i32, map: usize, bits: i32, counts: usize,
): void {
  memory.fill(map, 0, <usize>1 << (bits - 3));
  for (let at = 0; at + seed <= otherLength; at++) {
    const number = mixed(other + at, seed, bits);
    const byte = map + (number >> 3);
    store<u8>(byte, load<u8>(byte) | <u8>(1 << <u8>(number & 7)));
  }
  let sum = 0;
  store<i32>(counts, 0);
  for (let at = 0, put = counts + 4; at + seed <= length; at += seed, put += 4) {
    const number = mixed(letters + at, seed, bits);
    if ((load<u8>(map + (number >> 3)) & <u8>(1 << <u8>(number & 7))) == 0) sum++;
    store<i32>(put, sum);
  }
}
