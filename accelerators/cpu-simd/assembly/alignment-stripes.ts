// One pair's whole matrix of best local scores, the query in eight stripes side by side (Farrar, Bioinformatics 23:156,
// 2007, doi 10.1093/bioinformatics/btl582): lanes are as far apart as a stripe is long, so that a gap down a column
// crosses from lane to lane once a stripe, and is put right afterwards where that matters. 16 bits a score.
//
// Floor: 10 vector operations a vector of cells, 4 loads of a column that stays in the first-level cache and 2 stores.

/** Each lane's value in the next lane, 0 in the first. */
// @ts-ignore: decorator
@inline
function next(value: v128): v128 {
  return i8x16.shuffle(i16x8.splat(0), value, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
}

// @ts-ignore: decorator
@inline
function greatest(value: v128): i32 {
  let most = i16x8.max_s(value, i8x16.shuffle(value, value, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  most = i16x8.max_s(most, i8x16.shuffle(most, most, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  most = i16x8.max_s(most, i8x16.shuffle(most, most, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
  return <i32>i16x8.extract_lane_s(most, 0);
}

/**
 * `p`: 0 profile, 4 bytes of a letter's row in it and of a column, a multiple of 32, 8 target codes, 12 columns, 16 the gaps across, 20 the
 * column of zeros before the first, 24 open, 28 extend; out: 32 the best score, 36 the first column that has it (from 1).
 */
export function local(p: usize): void {
  const profile = <usize>load<u32>(p), bytes = <usize>load<u32>(p, 4);
  const letters = <usize>load<u32>(p, 8), count = load<i32>(p, 12), across = <usize>load<u32>(p, 16);
  const open = i16x8.splat(<i16>load<i32>(p, 24)), extend = i16x8.splat(<i16>load<i32>(p, 28));
  const zero = i16x8.splat(0);
  let previous = <usize>load<u32>(p, 20);
  let best = zero;
  store<i32>(p, 0, 32);
  store<i32>(p, 0, 36);
  for (let j = 0; j < count; j++) {
    const column = previous + bytes;
    const scores = profile + <usize>load<u8>(letters + j) * bytes;
    let before = next(v128.load(previous + bytes - 16));
    let f = zero, most = zero;
    // two vectors a turn, as V8 has a check of its own in each
    for (let row: usize = 0; row < bytes; row += 32) {
      const e = v128.load(across + row), e2 = v128.load(across + row, 16);
      const paired = i16x8.max_s(i16x8.add_sat_s(before, v128.load(scores + row)), e);
      const between = v128.load(previous + row);
      const h = i16x8.max_s(paired, f);
      v128.store(column + row, h);
      v128.store(across + row, i16x8.max_s(i16x8.sub_sat_s(e, extend), i16x8.sub_sat_s(h, open)));
      // a gap opened after one in the same direction is never the better one; below 0, the floor of the scores, none is
      f = i16x8.max_s(i16x8.sub_sat_s(f, extend), i16x8.max_s(i16x8.sub_sat_s(paired, open), zero));
      const paired2 = i16x8.max_s(i16x8.add_sat_s(between, v128.load(scores + row, 16)), e2);
      before = v128.load(previous + row, 16);
      const h2 = i16x8.max_s(paired2, f);
      v128.store(column + row, h2, 16);
      v128.store(across + row, i16x8.max_s(i16x8.sub_sat_s(e2, extend), i16x8.sub_sat_s(h2, open)), 16);
      f = i16x8.max_s(i16x8.sub_sat_s(f, extend), i16x8.max_s(i16x8.sub_sat_s(paired2, open), zero));
      most = i16x8.max_s(most, i16x8.max_s(h, h2));
    }
    // a gap from the stripe before: as long as it is worth more than one that would be opened here, and than nothing
    f = next(f);
    let row: usize = 0;
    let h = v128.load(column);
    while (v128.any_true(i16x8.gt_s(f, i16x8.max_s(i16x8.sub_sat_s(h, open), zero)))) {
      h = i16x8.max_s(h, f);
      v128.store(column + row, h);
      most = i16x8.max_s(most, h);
      v128.store(across + row, i16x8.max_s(v128.load(across + row), i16x8.sub_sat_s(h, open)));
      f = i16x8.sub_sat_s(f, extend);
      row += 16;
      if (row == bytes) {
        row = 0;
        f = next(f);
      }
      h = v128.load(column + row);
    }
    if (v128.any_true(i16x8.gt_s(most, best))) {
      const score = greatest(most);
      best = i16x8.splat(<i16>score);
      store<i32>(p, score, 32);
      store<i32>(p, j + 1, 36);
    }
    previous = column;
  }
}

/** For each target letter in use (`used`, a byte each) its scores against the query's codes, in stripes; `bytes` each. */
export function profile(table: usize, letters: i32, query: usize, length: i32, bytes: usize, used: usize, to: usize): void {
  const stripe = <i32>(bytes >> 4);
  for (let letter = 0; letter < letters; letter++, to += bytes) {
    if (load<u8>(used + letter) == 0) continue;
    for (let lane = 0, row = 0; lane < 8; lane++) {
      let put = to + <usize>(2 * lane);
      // rows beyond the query only ever lose
      for (let at = 0; at < stripe; at++, row++, put += 16)
        store<i16>(put, row < length ? load<i16>(table + ((<usize>load<u8>(query + row) * letters + letter) << 1)) : -16384);
    }
  }
}

/** Letters into codes; each target letter is marked in `used`, where that is not 0. */
export function encode(letters: usize, length: i32, codes: usize, to: usize, used: usize): void {
  for (let at = 0; at < length; at++) {
    const code = load<u8>(codes + <usize>load<u8>(letters + at));
    store<u8>(to + at, code);
    if (used != 0) store<u8>(used + code, 1);
  }
}
