import type { MatrixMultiplyInput } from "../../src/workloads/index.ts";
import { gpuJs, watched } from "./gpu-js.worker.ts";
import { type GpuJsSource, type Kernel, multiplyKernel, runOn } from "./library.ts";

export interface Product extends MatrixMultiplyInput {
  readonly source: GpuJsSource;
}

let kernel: Kernel | null = null;

/** c = a b, one GPU thread an element. */
export async function multiply({ source, m, k, n, a, b }: Product): Promise<Float32Array> {
  const library = await gpuJs(source);
  kernel ??= multiplyKernel(library);
  const built = kernel;
  const { input } = library;
  const rows = await watched(() => runOn(library, built, [n, m], input(a, [k, m]), input(b, [n, k]), k));
  const c = new Float32Array(m * n);
  rows.forEach((row, at) => {
    c.set(row, at * n);
  });
  return c;
}
