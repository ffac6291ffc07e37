import { BioXenError } from "../../src/contract/index.ts";
import { deletion, difference, identity, insertion } from "./alignment-traceback-lanes.ts";
import type { Origins, Part, WavefrontScoring } from "./alignment-wavefront-parts.ts";

/** Stands for the equal letters that a path follows wherever it is matched: how many is only known on the way forth. */
const equal = 0;

/**
 * The operations of a part's best path: back through where each cell came from, which says everything but the runs of
 * equal letters, and forth along the letters, which a path follows as far as they are equal.
 */
export function wayThrough(
  part: Part,
  penalty: number,
  { mismatch, open, extend }: WavefrontScoring,
  { words, halves, rows, bits }: Origins,
  { query, target }: { readonly query: Uint8Array; readonly target: Uint8Array },
): Uint32Array {
  /** Bit 0: M from a target gap, 1: from a query gap, 2: a target gap that goes on, 3: a query gap that does. */
  const origin = (score: number, k: number, which: number): boolean => {
    if (score <= 0) throw new BioXenError("KERNEL_FAILED", "a wavefront's way back ends nowhere");
    const at = words[rows + 2 * score] ?? 0;
    const cell = k - ((words[rows + 2 * score + 1] ?? 0) | 0);
    return bits === 16
      ? (((words[at / 4 + (cell >> 3)] ?? 0) >>> (8 * which + (cell & 7))) & 1) === 1
      : (((halves[at / 2 + (cell >> 2)] ?? 0) >>> (4 * which + (cell & 3))) & 1) === 1;
  };

  const steps: number[] = [];
  let score = penalty;
  let k = target.length - query.length;
  let state = part.end;
  for (;;) {
    if (state === 0) {
      steps.push(equal);
      if (score === 0) break;
      if (origin(score, k, 1)) state = 2;
      else if (origin(score, k, 0)) state = 1;
      else {
        steps.push((1 << 4) | difference);
        score -= mismatch;
      }
      continue;
    }
    let gap = 0;
    let on = score > 0;
    while (on) {
      on = origin(score, k, state + 1);
      gap++;
      k += state === 1 ? -1 : 1;
      score -= extend;
      // the gap that this part begins in
      if (on && score === 0) break;
    }
    steps.push((gap << 4) | (state === 1 ? deletion : insertion));
    if (on || gap === 0) break;
    score -= open;
    state = 0;
  }

  const operations: number[] = [];
  const put = (code: number, residues: number): void => {
    const before = operations[operations.length - 1] ?? 0;
    if (residues === 0) return;
    if (operations.length > 0 && (before & 15) === code) operations[operations.length - 1] = before + (residues << 4);
    else operations.push((residues << 4) | code);
  };
  let i = 0;
  let j = 0;
  for (let at = steps.length - 1; at >= 0; at--) {
    const step = steps[at] ?? equal;
    if (step === equal) {
      const from = i;
      while (i < query.length && j < target.length && query[i] === target[j]) {
        i++;
        j++;
      }
      put(identity, i - from);
      continue;
    }
    const code = step & 15;
    const residues = step >>> 4;
    put(code, residues);
    if (code !== deletion) i += residues;
    if (code !== insertion) j += residues;
  }
  if (i !== query.length || j !== target.length)
    throw new BioXenError("KERNEL_FAILED", "a wavefront's way does not span its part");
  return Uint32Array.from(operations);
}
