// One pair's whole matrix of best local scores, the query in as many stripes side by side as there are lanes (Farrar,
// Bioinformatics 23:156, 2007, doi 10.1093/bioinformatics/btl582): lanes are as far apart as a stripe is long, so that a gap down a column
// crosses from lane to lane once a stripe, and is put right afterwards where that matters. 8 bits a score, or 16.
//
// Floor: 10 vector operations a vector of cells, 4 loads of a column that stays in the first-level cache and 2 stores.

/** What 0 is: of 8 bits the least value, where scores saturate without a further step. */
// @ts-ignore: decorator
@inline
function zeroOf<T>(): v128 {
  return sizeof<T>() == 1 ? i8x16.splat(-128) : i16x8.splat(0);
}

/** Each lane's value in the next lane, 0 in the first. */
// @ts-ignore: decorator
@inline
function next<T>(value: v128): v128 {
  if (sizeof<T>() == 1) return i8x16.shuffle(zeroOf<T>(), value, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
  else return i8x16.shuffle(zeroOf<T>(), value, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
}

/** What a gap in the target is worth in the next row: of 8 bits none falls below 0. */
// @ts-ignore: decorator
@inline
function gapOn<T>(f: v128, paired: v128, open: v128, extend: v128, zero: v128): v128 {
  const opened = v128.sub_sat<T>(paired, open);
  return v128.max<T>(v128.sub_sat<T>(f, extend), sizeof<T>() == 1 ? opened : v128.max<T>(opened, zero));
}

// @ts-ignore: decorator
@inline
function greatest<T>(value: v128): i32 {
  let most = v128.max<T>(value, i8x16.shuffle(value, value, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  most = v128.max<T>(most, i8x16.shuffle(most, most, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  most = v128.max<T>(most, i8x16.shuffle(most, most, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
  if (sizeof<T>() == 2) return <i32>i16x8.extract_lane_s(most, 0);
  most = v128.max<T>(most, i8x16.shuffle(most, most, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14));
  return <i32>i8x16.extract_lane_s(most, 0) + 128;
}

/**
 * `p`: 0 profile, 4 bytes of a letter's row in it and of a column, a multiple of 32, 8 target codes, 12 columns, 16 the gaps across, 20 the
 * column of zeros before the first, 24 open, 28 extend; out: 32 the best score, 36 the first column that has it (from 1). Of 8
 * bits a score of 255 has saturated, and the columns after it are left.
 */
function local<T>(p: usize): void {
  const profile = <usize>load<u32>(p), bytes = <usize>load<u32>(p, 4);
  const letters = <usize>load<u32>(p, 8), count = load<i32>(p, 12), across = <usize>load<u32>(p, 16);
  const open = v128.splat<T>(<T>load<i32>(p, 24)), extend = v128.splat<T>(<T>load<i32>(p, 28));
  const zero = zeroOf<T>();
  let previous = <usize>load<u32>(p, 20);
  let best = zero;
  store<i32>(p, 0, 32);
  store<i32>(p, 0, 36);
  for (let j = 0; j < count; j++) {
    const column = previous + bytes;
    const scores = profile + <usize>load<u8>(letters + j) * bytes;
    let before = next<T>(v128.load(previous + bytes - 16));
    let f = zero, most = zero;
    // two vectors a turn, as V8 has a check of its own in each
    for (let row: usize = 0; row < bytes; row += 32) {
      const e = v128.load(across + row), e2 = v128.load(across + row, 16);
      const paired = v128.max<T>(v128.add_sat<T>(before, v128.load(scores + row)), e);
      const between = v128.load(previous + row);
      const h = v128.max<T>(paired, f);
      v128.store(column + row, h);
      v128.store(across + row, v128.max<T>(v128.sub_sat<T>(e, extend), v128.sub_sat<T>(h, open)));
      // a gap opened after one in the same direction is never the better one; below 0, the floor of the scores, none is
      f = gapOn<T>(f, paired, open, extend, zero);
      const paired2 = v128.max<T>(v128.add_sat<T>(between, v128.load(scores + row, 16)), e2);
      before = v128.load(previous + row, 16);
      const h2 = v128.max<T>(paired2, f);
      v128.store(column + row, h2, 16);
      v128.store(across + row, v128.max<T>(v128.sub_sat<T>(e2, extend), v128.sub_sat<T>(h2, open)), 16);
      f = gapOn<T>(f, paired2, open, extend, zero);
      most = v128.max<T>(most, v128.max<T>(h, h2));
    }
    // a gap from the stripe before: as long as it is worth more than one that would be opened here, and than nothing
    f = next<T>(f);
    let row: usize = 0;
    let h = v128.load(column);
    while (v128.any_true(v128.gt<T>(f, v128.max<T>(v128.sub_sat<T>(h, open), zero)))) {
      h = v128.max<T>(h, f);
      v128.store(column + row, h);
      most = v128.max<T>(most, h);
      v128.store(across + row, v128.max<T>(v128.load(across + row), v128.sub_sat<T>(h, open)));
      f = v128.sub_sat<T>(f, extend);
      row += 16;
      if (row == bytes) {
        row = 0;
        f = next<T>(f);
      }
      h = v128.load(column + row);
    }
    if (v128.any_true(v128.gt<T>(most, best))) {
      const score = greatest<T>(most);
      best = sizeof<T>() == 1 ? i8x16.splat(<i8>(score - 128)) : i16x8.splat(<i16>score);
      store<i32>(p, score, 32);
      store<i32>(p, j + 1, 36);
      if (sizeof<T>() == 1 && score == 255) return;
    }
    previous = column;
  }
}

export function local8(p: usize): void {
  local<i8>(p);
}

export function local16(p: usize): void {
  local<i16>(p);
}

/** For each target letter in use (`used`, a byte each) its scores against the query's codes, in stripes; `bytes` each. */
function profile<T>(table: usize, letters: i32, query: usize, length: i32, bytes: usize, used: usize, to: usize): void {
  const stripe = <i32>(bytes >> 4), lanes = 16 / sizeof<T>();
  // rows beyond the query only ever lose
  const never = <T>(sizeof<T>() == 1 ? -128 : -16384);
  for (let letter = 0; letter < letters; letter++, to += bytes) {
    if (load<u8>(used + letter) == 0) continue;
    for (let lane = 0, row = 0; lane < lanes; lane++) {
      let put = to + <usize>lane * sizeof<T>();
      for (let at = 0; at < stripe; at++, row++, put += 16)
        store<T>(put, row < length ? <T>load<i16>(table + ((<usize>load<u8>(query + row) * letters + letter) << 1)) : never);
    }
  }
}

export function profile8(table: usize, letters: i32, query: usize, length: i32, bytes: usize, used: usize, to: usize): void {
  profile<i8>(table, letters, query, length, bytes, used, to);
}

export function profile16(table: usize, letters: i32, query: usize, length: i32, bytes: usize, used: usize, to: usize): void {
  profile<i16>(table, letters, query, length, bytes, used, to);
}

/** Letters into codes; each target letter is marked in `used`, where that is not 0. */
export function encode(letters: usize, length: i32, codes: usize, to: usize, used: usize): void {
  for (let at = 0; at < length; at++) {
    const code = load<u8>(codes + <usize>load<u8>(letters + at));
    store<u8>(to + at, code);
    if (used != 0) store<u8>(used + code, 1);
  }
}
