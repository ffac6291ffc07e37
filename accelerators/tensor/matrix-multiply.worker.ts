import type { MatrixMultiplyInput } from "../../src/workloads/index.ts";
import { type BackendSource, tensorOf } from "./library.ts";
import { tensorFlow, withTensors } from "./tensor-flow.worker.ts";

export interface Product extends MatrixMultiplyInput {
  readonly source: BackendSource;
}

/** c = a b as one operation of TensorFlow.js. */
export async function multiply({ source, m, k, n, a, b }: Product): Promise<Float32Array> {
  const tf = await tensorFlow(source);
  return withTensors((keep) =>
    keep(tf.matMul(keep(tensorOf(tf, a, [m, k])), keep(tensorOf(tf, b, [k, n])))).dataSync(),
  );
}
