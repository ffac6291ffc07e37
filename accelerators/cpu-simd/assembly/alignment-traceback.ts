// One pair's matrix of best scores, column by column, the rows of the query side by side: 8 lanes of 16 bits or 4 of 32.
// Every cell is kept where the way back will pass, else two columns. Gaps down a column are a prefix maximum within each
// vector (log steps) and a carry between vectors of two operations, so that no loop has to correct them afterwards.
// The host lays out all memory and passes the addresses as a row of 32-bit numbers.
//
// Floor: some 26 vector operations a vector of cells with one gap piece, 2 loads and 2 stores of a column that stays in the
// first-level cache, and one store to the matrix.

/** One or two pieces of a gap's cost, told apart at compile time by their size. */
type OnePiece = u8;
type TwoPieces = u16;

// @ts-ignore: decorator
@inline
function never<T>(): v128 {
  if (sizeof<T>() == 2) return i16x8.splat(-32768);
  else return i32x4.splat(-536870912);
}

// @ts-ignore: decorator
@inline
function add<T>(a: v128, b: v128): v128 {
  if (sizeof<T>() == 2) return i16x8.add_sat_s(a, b);
  else return i32x4.add(a, b);
}

// @ts-ignore: decorator
@inline
function sub<T>(a: v128, b: v128): v128 {
  if (sizeof<T>() == 2) return i16x8.sub_sat_s(a, b);
  else return i32x4.sub(a, b);
}

/** Each lane's value in the next lane, `never` in the first; in this order one instruction shifts both. */
// @ts-ignore: decorator
@inline
function next<T>(value: v128, least: v128): v128 {
  if (sizeof<T>() == 2) return i8x16.shuffle(least, value, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
  else return i8x16.shuffle(least, value, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27);
}

/** The best that a gap opened in this vector, of which `open` is what opening in each lane gives, has at the next lane. */
// @ts-ignore: decorator
@inline
function within<T>(open: v128, least: v128, one: v128, two: v128, four: v128): v128 {
  let most = v128.max<T>(open, sub<T>(next<T>(open, least), one));
  if (sizeof<T>() == 2) {
    most = v128.max<T>(most, sub<T>(i8x16.shuffle(least, most, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27), two));
    most = v128.max<T>(most, sub<T>(i8x16.shuffle(least, most, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23), four));
  } else most = v128.max<T>(most, sub<T>(i8x16.shuffle(least, most, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23), two));
  return most;
}

// @ts-ignore: decorator
@inline
function last<T>(value: v128): v128 {
  if (sizeof<T>() == 2) return i8x16.shuffle(value, value, 14, 15, 14, 15, 14, 15, 14, 15, 14, 15, 14, 15, 14, 15, 14, 15);
  else return i8x16.shuffle(value, value, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15);
}

/** Each row's neighbour in the row above: an unaligned load would wait for two stores. */
// @ts-ignore: decorator
@inline
function diagonal<T>(before: v128, beside: v128): v128 {
  if (sizeof<T>() == 2) return i8x16.shuffle(before, beside, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
  else return i8x16.shuffle(before, beside, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27);
}

// @ts-ignore: decorator
@inline
function ramp<T>(step: i32): v128 {
  if (sizeof<T>() == 2) return i16x8.mul(i16x8(0, 1, 2, 3, 4, 5, 6, 7), i16x8.splat(<i16>step));
  else return i32x4.mul(i32x4(0, 1, 2, 3), i32x4.splat(step));
}

// @ts-ignore: decorator
@inline
function first<T>(value: v128): T {
  if (sizeof<T>() == 2) return <T>i16x8.extract_lane_s(value, 0);
  else return <T>i32x4.extract_lane(value, 0);
}

// @ts-ignore: decorator
@inline
function greatest<T>(value: v128): i32 {
  let most = v128.max<T>(value, i8x16.shuffle(value, value, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  most = v128.max<T>(most, i8x16.shuffle(most, most, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  if (sizeof<T>() == 2) most = v128.max<T>(most, i8x16.shuffle(most, most, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
  return <i32>first<T>(most);
}

/**
 * `p`: addresses and numbers of 32 bits: 0 profile, 1 its bytes a letter, 2 target codes, 3 columns, 4 vectors a column,
 * 5 the first column (the left edge), 6 bytes a column, 7 one past the last column kept, 8 9 the gaps across, 10 11 12 the
 * row above: scores, gaps down; 13 14 15 16 open, extend, open, extend; 17 the floor; 18 19 20 the last row: scores, gaps
 * down; 21 the last row's place; out: 22 the best score where it is above what stood there, 23 its column (from 1).
 */
// @ts-ignore: decorator
@inline
function tile<T, Pieces>(p: usize): void {
  const profile = <usize>load<u32>(p), perLetter = <usize>load<u32>(p, 4);
  const letters = <usize>load<u32>(p, 8), count = load<i32>(p, 12), bytes = <usize>load<i32>(p, 16) << 4;
  const left = <usize>load<u32>(p, 20), stride = <usize>load<u32>(p, 24), limit = <usize>load<u32>(p, 28);
  const across = <usize>load<u32>(p, 32), across2 = <usize>load<u32>(p, 36);
  const top = <usize>load<u32>(p, 40), topDown = <usize>load<u32>(p, 44), topDown2 = <usize>load<u32>(p, 48);
  const open = v128.splat<T>(<T>load<i32>(p, 52)), step = load<i32>(p, 56);
  const extend = v128.splat<T>(<T>step), two = v128.splat<T>(<T>(2 * step)), four = v128.splat<T>(<T>(4 * step));
  const steps = ramp<T>(step), all = v128.splat<T>(<T>((16 / <i32>sizeof<T>()) * step));
  const open2 = v128.splat<T>(<T>load<i32>(p, 60)), step2 = load<i32>(p, 64);
  const extend2 = v128.splat<T>(<T>step2), two2 = v128.splat<T>(<T>(2 * step2)), four2 = v128.splat<T>(<T>(4 * step2));
  const steps2 = ramp<T>(step2), all2 = v128.splat<T>(<T>((16 / <i32>sizeof<T>()) * step2));
  const floor = v128.splat<T>(<T>load<i32>(p, 68));
  const bottom = <usize>load<u32>(p, 72), bottomDown = <usize>load<u32>(p, 76), bottomDown2 = <usize>load<u32>(p, 80);
  const lastRow = <usize>load<u32>(p, 84);
  const least = never<T>();
  let best = v128.splat<T>(<T>load<i32>(p, 88));
  let previous = left;
  for (let j = 0; j < count; j++) {
    let column = previous + stride;
    if (column >= limit) column = left;
    const at = <usize>j * sizeof<T>();
    const scores = profile + <usize>load<u8>(letters + j) * perLetter;
    store<T>(column + 16 - sizeof<T>(), load<T>(top + at));
    let carry = v128.splat<T>(load<T>(topDown + at));
    let carry2 = least;
    if (sizeof<Pieces>() == 2) carry2 = v128.splat<T>(load<T>(topDown2 + at));
    let most = least;
    let before = v128.load(previous);
    for (let row: usize = 0; row < bytes; row += 16) {
      const e = v128.load(across + row);
      const beside = v128.load(previous + row, 16);
      let h = add<T>(diagonal<T>(before, beside), v128.load(scores + row));
      before = beside;
      h = v128.max<T>(v128.max<T>(h, e), floor);
      let e2 = least;
      if (sizeof<Pieces>() == 2) {
        e2 = v128.load(across2 + row);
        h = v128.max<T>(h, e2);
      }
      const inside = within<T>(sub<T>(h, open), least, extend, two, four);
      let f = v128.max<T>(next<T>(inside, least), sub<T>(carry, steps));
      carry = v128.max<T>(last<T>(inside), sub<T>(carry, all));
      if (sizeof<Pieces>() == 2) {
        const inside2 = within<T>(sub<T>(h, open2), least, extend2, two2, four2);
        f = v128.max<T>(f, v128.max<T>(next<T>(inside2, least), sub<T>(carry2, steps2)));
        carry2 = v128.max<T>(last<T>(inside2), sub<T>(carry2, all2));
      }
      h = v128.max<T>(h, f);
      v128.store(column + row, h, 16);
      most = v128.max<T>(most, h);
      v128.store(across + row, v128.max<T>(sub<T>(e, extend), sub<T>(h, open)));
      if (sizeof<Pieces>() == 2) v128.store(across2 + row, v128.max<T>(sub<T>(e2, extend2), sub<T>(h, open2)));
    }
    store<T>(bottom + at, load<T>(column + lastRow));
    store<T>(bottomDown + at, first<T>(carry));
    if (sizeof<Pieces>() == 2) store<T>(bottomDown2 + at, first<T>(carry2));
    if (v128.any_true(v128.gt<T>(most, best))) {
      const score = greatest<T>(most);
      best = v128.splat<T>(<T>score);
      store<i32>(p, score, 88);
      store<i32>(p, j + 1, 92);
    }
    previous = column;
  }
}

export function tile16(p: usize): void {
  tile<i16, OnePiece>(p);
}
export function tile16two(p: usize): void {
  tile<i16, TwoPieces>(p);
}
export function tile32(p: usize): void {
  tile<i32, OnePiece>(p);
}
export function tile32two(p: usize): void {
  tile<i32, TwoPieces>(p);
}

// @ts-ignore: decorator
@inline
function profile<T>(table: usize, letters: i32, query: usize, length: i32, perLetter: usize, used: usize, to: usize): void {
  const padded = <i32>(perLetter / sizeof<T>());
  for (let letter = 0; letter < letters; letter++, to += perLetter) {
    if (load<u8>(used + letter) == 0) continue;
    let put = to;
    for (let row = 0; row < length; row++, put += sizeof<T>())
      store<T>(put, <T>load<i16>(table + ((<usize>load<u8>(query + row) * letters + letter) << 1)));
    // rows beyond the query: they only ever lose
    for (let row = length; row < padded; row++, put += sizeof<T>()) store<T>(put, <T>(sizeof<T>() == 2 ? -16384 : -268435456));
  }
}

/** For each target letter in use (`used`, a byte each) its scores against the query's codes, `perLetter` bytes each. */
export function profile16(table: usize, letters: i32, query: usize, length: i32, perLetter: usize, used: usize, to: usize): void {
  profile<i16>(table, letters, query, length, perLetter, used, to);
}
export function profile32(table: usize, letters: i32, query: usize, length: i32, perLetter: usize, used: usize, to: usize): void {
  profile<i32>(table, letters, query, length, perLetter, used, to);
}

/** Letters into codes. */
export function encode(letters: usize, length: i32, codes: usize, to: usize): void {
  for (let at = 0; at < length; at++) store<u8>(to + at, load<u8>(codes + <usize>load<u8>(letters + at)));
}
