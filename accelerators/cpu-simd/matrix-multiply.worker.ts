import { aligned, instantiate, type WasmInstance } from "./wasm.ts";

interface Gemm {
  scratch(m: number, n: number): number;
  gemm(a: number, b: number, c: number, work: number, m: number, k: number, n: number): void;
}

export interface RowBlock {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly a: Float32Array;
  readonly b: Float32Array;
}

let wasm: WasmInstance<Gemm> | null = null;

/** c = a b for a block of rows of a; bytes moved: each matrix once in, c once out. */
export function multiplyRows({ m, k, n, a, b }: RowBlock): Float32Array {
  wasm ??= instantiate<Gemm>("matrix-multiply");
  const atA = 1024;
  const atB = aligned(atA + a.byteLength);
  const atC = aligned(atB + b.byteLength);
  const work = aligned(atC + 4 * m * n);
  wasm.reserve(work + 4 * wasm.exports.scratch(m, n));
  const floats = new Float32Array(wasm.memory.buffer);
  floats.set(a, atA / 4);
  floats.set(b, atB / 4);
  wasm.exports.gemm(atA, atB, atC, work, m, k, n);
  return floats.slice(atC / 4, atC / 4 + m * n);
}
