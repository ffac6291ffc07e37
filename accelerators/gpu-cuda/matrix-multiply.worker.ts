import { cublasOf } from "./cublas.ts";
import type { CudaGpu } from "./gpu.ts";
import { i32, type Job } from "./job.ts";

export interface Product {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly a: Float32Array;
  readonly b: Float32Array;
  /** Whose product it is to be: cuBLAS' where that is here, or the own kernel's. */
  readonly by: "cublas" | "own";
}

/** Flop of one launch at most: about a tenth of a second on the fastest GPUs, a few seconds on the slowest. */
const mostFlop = 4e12;

/** Has both compiled or loaded; says which one products are made by. */
export async function prepareProducts(gpu: CudaGpu): Promise<"cublas" | "own"> {
  gpu.kernel("matrix-multiply", "multiply_large");
  gpu.kernel("matrix-multiply", "multiply_small");
  return cublasOf(gpu) === null ? "own" : "cublas";
}

export async function multiply(gpu: CudaGpu, job: Job, { m, k, n, a, b, by }: Product): Promise<Float32Array> {
  const product = job.buffer(4 * m * n);
  const left = job.upload(a);
  const right = job.upload(b);
  const cublas = by === "cublas" ? cublasOf(gpu) : null;
  const rows = Math.max(128, Math.floor(mostFlop / (2 * k * n) / 128) * 128);
  for (let row = 0; row < m; row += rows) {
    const height = Math.min(rows, m - row);
    const from = left + BigInt(4 * row * k);
    const to = product + BigInt(4 * row * n);
    if (cublas !== null) {
      job.call("cublasSgemm", () => cublas.multiply(height, k, n, from, right, to));
      continue;
    }
    // smaller tiles where large ones would leave multiprocessors without work
    const large = Math.ceil(height / 128) * Math.ceil(n / 128) >= gpu.facts.multiprocessors;
    const side = large ? 128 : 64;
    job.launch(
      gpu.kernel("matrix-multiply", large ? "multiply_large" : "multiply_small"),
      { grid: [Math.ceil(n / side), Math.ceil(height / side)], block: [256] },
      i32(height),
      i32(k),
      i32(n),
      from,
      right,
      to,
    );
  }
  const c = new Float32Array(m * n);
  job.read(product, c);
  return c;
}
