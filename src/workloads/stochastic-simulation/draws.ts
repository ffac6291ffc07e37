import { philox } from "../../network/index.ts";

/** What a block gives: a waiting time at a rate of 1, and a number above 0 and below 1, one of 2^52. */
export interface Draws {
  waiting: number;
  choice: number;
}

/**
 * The random numbers of one trajectory by block: Philox with the key (seed, trajectory) and the counter (block). Words 0 and 1
 * make the waiting time, 2 and 3 the choice.
 */
export function trajectoryDraws(seed: number, trajectory: number): (block: number, draws: Draws) => void {
  const counter = new Uint32Array(4);
  const key = Uint32Array.of(seed, trajectory);
  const words = new Uint32Array(4);
  return (block, draws) => {
    counter[0] = block % 2 ** 32;
    counter[1] = Math.floor(block / 2 ** 32);
    philox(counter, key, words);
    draws.waiting = negativeLogarithm(between(words[0], words[1]));
    draws.choice = between(words[2], words[3]);
  };
}

function between(high = 0, low = 0): number {
  return ((high >>> 6) * 2 ** 26 + (low >>> 6) + 0.5) / 2 ** 52;
}

const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);

/**
 * -ln u for a u above 0 and below 1, as fdlibm's e_log.c (Sun Microsystems, 1993) computes it without its shortcuts: within one
 * unit in the last place. Written out because a device must get the same bits, and no two libraries agree on those of a logarithm.
 */
function negativeLogarithm(u: number): number {
  double[0] = u;
  const high = halves[1] ?? 0;
  const mantissa = high & 0xfffff;
  const above = (mantissa + 0x95f64) & 0x100000;
  halves[1] = mantissa | (above ^ 0x3ff00000);
  const k = (high >> 20) - 1023 + (above >> 20);
  const f = (double[0] ?? 0) - 1;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373));
  const odd = z * (0.6666666666666735 + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586)));
  const half = 0.5 * f * f;
  const rest = s * (half + (even + odd)) + k * 1.9082149292705877e-10;
  return half - rest - f - k * 0.6931471803691238;
}
