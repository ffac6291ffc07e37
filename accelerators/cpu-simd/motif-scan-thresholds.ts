import {
  type Background,
  leastScore,
  longestMotif,
  scoreBelowBest,
  stepsPerUnit,
  threshold,
} from "../../src/workloads/motif-scan/scoring.ts";
import { instantiate, type MotifExports, newMemory, reserve } from "./motif-scan-scanner.ts";

/** Many matrices in one array, to travel to a worker. */
export interface ThresholdTask {
  readonly columns: Uint8Array;
  /** Log-odds of all matrices, one after the other, column-major. */
  readonly scores: Float64Array;
  readonly background: Background;
  readonly pValue: number;
}

const scoresAt = 1024;
const backgroundAt = scoresAt + 32 * longestMotif;
const lossesAt = backgroundAt + 64;
const tablesAt = lossesAt + 16 * longestMotif;
/** The first, coarse pass takes steps this many times wider: it costs a fiftieth, and bounds the fine one. */
const coarseness = 50;
/** Larger tables (1 GiB) are left to the workload's own rule. */
const mostCells = 2 ** 26;

let held: { readonly memory: WebAssembly.Memory; readonly wasm: MotifExports } | null = null;

/** The workload's `threshold` of every matrix, to the last bit. */
export function thresholds({ columns, scores, background, pValue }: ThresholdTask): Float64Array {
  const out = new Float64Array(columns.length);
  let at = 0;
  for (const [index, count] of columns.entries()) {
    out[index] = fastThreshold(scores.subarray(4 * at, 4 * (at + count)), background, pValue);
    at += count;
  }
  return out;
}

/** One threshold; equal to the workload's `threshold` to the last bit. */
export function fastThreshold(scores: Float64Array, background: Background, pValue: number): number {
  if (held === null) {
    const memory = newMemory();
    held = { memory, wasm: instantiate(memory) };
  }
  const { memory, wasm } = held;
  reserve(memory, tablesAt + 64);
  const floats = new Float64Array(memory.buffer);
  floats.set(scores, scoresAt / 8);
  floats.set(background, backgroundAt / 8);
  const columns = scores.length / 4;

  // cells that the answer may need, from a coarse answer made worse by all that rounding can have done to it
  const coarse = stepsPerUnit / coarseness;
  const best = wasm.lossTable(scoresAt, columns, coarse, lossesAt);
  const coarseLoss = tail(memory, wasm, columns, pValue, wasm.lossSpan());
  const mostSteps = wasm.lossTable(scoresAt, columns, stepsPerUnit, lossesAt);
  const span = wasm.lossSpan();
  let width = span;
  if (coarseLoss !== null && coarseLoss > 0) {
    const atLeast = (best - coarseLoss) / coarse - columns * (0.5 / coarse + 0.5 / stepsPerUnit);
    width = Math.min(span, Math.max(0, mostSteps - Math.floor(atLeast * stepsPerUnit) + 2));
  }
  let loss = tail(memory, wasm, columns, pValue, width);
  if (loss === -1 && width < span) loss = tail(memory, wasm, columns, pValue, span);
  if (loss === null) return threshold(scores, background, pValue);
  if (loss === -1) return leastScore(scores) - 1;
  return loss === 0 ? scoreBelowBest(scores) : (mostSteps - loss + 1) / stepsPerUnit;
}

/** null where the tables would be too large. */
function tail(
  memory: WebAssembly.Memory,
  wasm: MotifExports,
  columns: number,
  pValue: number,
  width: number,
): number | null {
  if (width > mostCells) return null;
  reserve(memory, tablesAt + 16 * (width + 8));
  return wasm.thresholdTail(lossesAt, columns, backgroundAt, pValue, width, tablesAt);
}
