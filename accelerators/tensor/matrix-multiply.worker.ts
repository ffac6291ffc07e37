import type { MatrixMultiplyInput } from "../../src/workloads/index.ts";
import { type BackendSource, readInto, tensorOf } from "./library.ts";
import { tensorFlow, withTensors } from "./tensor-flow.worker.ts";

export interface Product extends MatrixMultiplyInput {
  readonly source: BackendSource;
  /** Where c goes; it is returned where there is no such place. */
  readonly c: Float32Array | null;
}

/** c = a b as one operation of TensorFlow.js. */
export async function multiply({ source, m, k, n, a, b, c }: Product): Promise<Float32Array | null> {
  const tf = await tensorFlow(source);
  return withTensors((keep) => {
    const product = keep(tf.matMul(keep(tensorOf(tf, a, [m, k])), keep(tensorOf(tf, b, [k, n]))));
    if (c === null) return product.dataSync();
    readInto(tf, product, c);
    return null;
  });
}
