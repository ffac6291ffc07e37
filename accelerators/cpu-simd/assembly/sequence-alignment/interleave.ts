// Letters as codes, and codes of many sequences side by side.

/** One lane of 16: the codes of `length` letters, a byte in every 16 from `to` on. */
export function interleave(letters: usize, length: i32, codes: usize, to: usize): void {
  for (const end = letters + <usize>length; letters < end; letters++, to += 16) store<u8>(to, load<u8>(codes + <usize>load<u8>(letters)));
}

/** Letters into codes, in place. */
export function encode(letters: usize, length: i32, codes: usize): void {
  for (const end = letters + <usize>length; letters < end; letters++) store<u8>(letters, load<u8>(codes + <usize>load<u8>(letters)));
}

/** Letters of either case into codes, in place and 16 at a time, up to 15 bytes beyond: by their last 5 bits, in 32 bytes of `codes`. */
export function encodeLetters(letters: usize, length: i32, codes: usize): void {
  const first = v128.load(codes), second = v128.load(codes, 16), bits = i8x16.splat(31), sixteen = i8x16.splat(16);
  for (const end = letters + <usize>length; letters < end; letters += 16) {
    const at = v128.and(v128.load(letters), bits);
    v128.store(letters, v128.or(i8x16.swizzle(first, at), i8x16.swizzle(second, i8x16.sub(at, sixteen))));
  }
}

// @ts-ignore: decorator
@inline
function low(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

// @ts-ignore: decorator
@inline
function high(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/** 16 bytes of a lane from `row` on, with the padding after its end. */
// @ts-ignore: decorator
@inline
function piece(lanes: usize, stride: usize, lane: usize, row: i32, padding: v128): v128 {
  const from = <usize>load<u32>(lanes + lane * stride), left = load<i32>(lanes + lane * stride, 4) - row;
  if (left <= 0) return padding;
  const bytes = v128.load(from + <usize>row);
  if (left >= 16) return bytes;
  const ramp = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return v128.bitselect(bytes, padding, i8x16.lt_s(ramp, i8x16.splat(<i8>left)));
}

/**
 * 16 lanes side by side: row i at `to` + 16 i. `lanes`: address and length of each lane's codes, every `stride` bytes. Rows go up to a multiple
 * of 16, and reads up to 15 bytes beyond a lane.
 */
export function interleaveAll(lanes: usize, stride: usize, rows: i32, padding: i32, to: usize): void {
  const pad = i8x16.splat(<i8>padding);
  for (let row = 0; row < rows; row += 16, to += 256) {
    const a0 = piece(lanes, stride, 0, row, pad), a1 = piece(lanes, stride, 1, row, pad), a2 = piece(lanes, stride, 2, row, pad), a3 = piece(lanes, stride, 3, row, pad);
    const a4 = piece(lanes, stride, 4, row, pad), a5 = piece(lanes, stride, 5, row, pad), a6 = piece(lanes, stride, 6, row, pad), a7 = piece(lanes, stride, 7, row, pad);
    const a8 = piece(lanes, stride, 8, row, pad), a9 = piece(lanes, stride, 9, row, pad), a10 = piece(lanes, stride, 10, row, pad), a11 = piece(lanes, stride, 11, row, pad);
    const a12 = piece(lanes, stride, 12, row, pad), a13 = piece(lanes, stride, 13, row, pad), a14 = piece(lanes, stride, 14, row, pad), a15 = piece(lanes, stride, 15, row, pad);
    // four perfect shuffles of 16 rows of 16 are their transpose
    const b0 = low(a0, a8), b1 = high(a0, a8), b2 = low(a1, a9), b3 = high(a1, a9), b4 = low(a2, a10), b5 = high(a2, a10), b6 = low(a3, a11), b7 = high(a3, a11);
    const b8 = low(a4, a12), b9 = high(a4, a12), b10 = low(a5, a13), b11 = high(a5, a13), b12 = low(a6, a14), b13 = high(a6, a14), b14 = low(a7, a15), b15 = high(a7, a15);
    const c0 = low(b0, b8), c1 = high(b0, b8), c2 = low(b1, b9), c3 = high(b1, b9), c4 = low(b2, b10), c5 = high(b2, b10), c6 = low(b3, b11), c7 = high(b3, b11);
    const c8 = low(b4, b12), c9 = high(b4, b12), c10 = low(b5, b13), c11 = high(b5, b13), c12 = low(b6, b14), c13 = high(b6, b14), c14 = low(b7, b15), c15 = high(b7, b15);
    const d0 = low(c0, c8), d1 = high(c0, c8), d2 = low(c1, c9), d3 = high(c1, c9), d4 = low(c2, c10), d5 = high(c2, c10), d6 = low(c3, c11), d7 = high(c3, c11);
    const d8 = low(c4, c12), d9 = high(c4, c12), d10 = low(c5, c13), d11 = high(c5, c13), d12 = low(c6, c14), d13 = high(c6, c14), d14 = low(c7, c15), d15 = high(c7, c15);
    v128.store(to, low(d0, d8)); v128.store(to, high(d0, d8), 16); v128.store(to, low(d1, d9), 32); v128.store(to, high(d1, d9), 48);
    v128.store(to, low(d2, d10), 64); v128.store(to, high(d2, d10), 80); v128.store(to, low(d3, d11), 96); v128.store(to, high(d3, d11), 112);
    v128.store(to, low(d4, d12), 128); v128.store(to, high(d4, d12), 144); v128.store(to, low(d5, d13), 160); v128.store(to, high(d5, d13), 176);
    v128.store(to, low(d6, d14), 192); v128.store(to, high(d6, d14), 208); v128.store(to, low(d7, d15), 224); v128.store(to, high(d7, d15), 240);
  }
}
