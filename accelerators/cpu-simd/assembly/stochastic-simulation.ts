// Random numbers of one trajectory, eight blocks of Philox4x32-10 (Salmon et al. 2011) at once: for each block the waiting
// time at a rate of 1, -ln u, and the choice v. The logarithm is that of fdlibm's e_log.c (Sun Microsystems, 1993, freely
// granted) without its shortcuts, operation by operation as in the workload's draws.ts, so that both have the same bits.

const LG1: f64 = 6.666666666666735130e-01, LG2: f64 = 3.999999999940941908e-01, LG3: f64 = 2.857142874366239149e-01;
const LG4: f64 = 2.222219843214978396e-01, LG5: f64 = 1.818357216161805012e-01, LG6: f64 = 1.531383769920937332e-01;
const LG7: f64 = 1.479819860511658591e-01;
const LN2_HIGH: f64 = 6.93147180369123816490e-01, LN2_LOW: f64 = 1.90821492927058770002e-10;

/** Fills 16 bytes a block from `to`, their number rounded up to a multiple of eight; the counter's low word must not overflow. */
export function fill(to: usize, blocks: i32, low: u32, high: u32, seed: u32, trajectory: u32): void {
  const m0 = i32x4.splat(<i32>0xd2511f53), m1 = i32x4.splat(<i32>0xcd9e8d57);
  for (let block: u32 = 0; block < <u32>blocks; block += 8) {
    // two times four, side by side: one alone would wait for its multiplications
    let a0 = i32x4.add(i32x4.splat(<i32>(low + block)), i32x4(0, 1, 2, 3));
    let b0 = i32x4.add(i32x4.splat(<i32>(low + block)), i32x4(4, 5, 6, 7));
    let a1 = i32x4.splat(<i32>high), a2 = i32x4.splat(0), a3 = a2;
    let b1 = a1, b2 = a2, b3 = a2;
    let k0 = i32x4.splat(<i32>seed), k1 = i32x4.splat(<i32>trajectory);
    for (let round = 0; round < 10; round++) {
      const p0 = i64x2.extmul_low_i32x4_u(a0, m0), q0 = i64x2.extmul_high_i32x4_u(a0, m0);
      const p1 = i64x2.extmul_low_i32x4_u(a2, m1), q1 = i64x2.extmul_high_i32x4_u(a2, m1);
      const r0 = i64x2.extmul_low_i32x4_u(b0, m0), s0 = i64x2.extmul_high_i32x4_u(b0, m0);
      const r1 = i64x2.extmul_low_i32x4_u(b2, m1), s1 = i64x2.extmul_high_i32x4_u(b2, m1);
      a0 = v128.xor(v128.xor(v128.shuffle<i32>(p1, q1, 1, 3, 5, 7), a1), k0);
      b0 = v128.xor(v128.xor(v128.shuffle<i32>(r1, s1, 1, 3, 5, 7), b1), k0);
      a2 = v128.xor(v128.xor(v128.shuffle<i32>(p0, q0, 1, 3, 5, 7), a3), k1);
      b2 = v128.xor(v128.xor(v128.shuffle<i32>(r0, s0, 1, 3, 5, 7), b3), k1);
      a1 = v128.shuffle<i32>(p1, q1, 0, 2, 4, 6);
      b1 = v128.shuffle<i32>(r1, s1, 0, 2, 4, 6);
      a3 = v128.shuffle<i32>(p0, q0, 0, 2, 4, 6);
      b3 = v128.shuffle<i32>(r0, s0, 0, 2, 4, 6);
      k0 = i32x4.add(k0, i32x4.splat(<i32>0x9e3779b9));
      k1 = i32x4.add(k1, i32x4.splat(<i32>0xbb67ae85));
    }
    four(to, a0, a1, a2, a3);
    four(to + 64, b0, b1, b2, b3);
    to += 128;
  }
}

// @ts-ignore: decorator
@inline
function four(to: usize, w0: v128, w1: v128, w2: v128, w3: v128): void {
  const c0 = i32x4.shr_u(w0, 6), c1 = i32x4.shr_u(w1, 6), c2 = i32x4.shr_u(w2, 6), c3 = i32x4.shr_u(w3, 6);
  pair(to, c0, c1, c2, c3);
  pair(
    to + 32,
    v128.shuffle<i32>(c0, c0, 2, 3, 2, 3), v128.shuffle<i32>(c1, c1, 2, 3, 2, 3),
    v128.shuffle<i32>(c2, c2, 2, 3, 2, 3), v128.shuffle<i32>(c3, c3, 2, 3, 2, 3),
  );
}

// @ts-ignore: decorator
@inline
function pair(to: usize, c0: v128, c1: v128, c2: v128, c3: v128): void {
  const waiting = negativeLogarithm(between(c0, c1)), choice = between(c2, c3);
  v128.store(to, v128.shuffle<i64>(waiting, choice, 0, 2));
  v128.store(to, v128.shuffle<i64>(waiting, choice, 1, 3), 16);
}

// @ts-ignore: decorator
@inline
function between(high: v128, low: v128): v128 {
  // 26 bits each: no sign, and a signed conversion is one instruction
  const whole = f64x2.add(
    f64x2.mul(f64x2.convert_low_i32x4_s(high), f64x2.splat(67108864)),
    f64x2.convert_low_i32x4_s(low),
  );
  return f64x2.mul(f64x2.add(whole, f64x2.splat(0.5)), f64x2.splat(1.0 / 4503599627370496.0));
}

// @ts-ignore: decorator
@inline
function negativeLogarithm(u: v128): v128 {
  const mantissa = v128.and(u, i32x4(-1, 0x000fffff, -1, 0x000fffff));
  const above = v128.and(i32x4.add(mantissa, i32x4(0, 0x95f64, 0, 0x95f64)), i32x4(0, 0x100000, 0, 0x100000));
  const scaled = v128.or(mantissa, v128.xor(above, i32x4(0, 0x3ff00000, 0, 0x3ff00000)));
  const exponents = i32x4.add(i32x4.sub(i32x4.shr_s(u, 20), i32x4.splat(1023)), i32x4.shr_s(above, 20));
  const k = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(exponents, exponents, 1, 3, 1, 3));
  const f = f64x2.sub(scaled, f64x2.splat(1));
  const s = f64x2.div(f, f64x2.add(f64x2.splat(2), f));
  const z = f64x2.mul(s, s), w = f64x2.mul(z, z);
  const even = f64x2.mul(w, f64x2.add(f64x2.splat(LG2), f64x2.mul(w, f64x2.add(f64x2.splat(LG4), f64x2.mul(w, f64x2.splat(LG6))))));
  const odd = f64x2.mul(z, f64x2.add(f64x2.splat(LG1), f64x2.mul(w, f64x2.add(f64x2.splat(LG3), f64x2.mul(w, f64x2.add(f64x2.splat(LG5), f64x2.mul(w, f64x2.splat(LG7))))))));
  const half = f64x2.mul(f64x2.mul(f64x2.splat(0.5), f), f);
  const rest = f64x2.add(f64x2.mul(s, f64x2.add(half, f64x2.add(even, odd))), f64x2.mul(k, f64x2.splat(LN2_LOW)));
  return f64x2.sub(f64x2.sub(f64x2.sub(half, rest), f), f64x2.mul(k, f64x2.splat(LN2_HIGH)));
}
