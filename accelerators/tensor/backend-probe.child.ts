// Asks one backend, in a process of its own, for a product it can be checked by: `argv` = its source as JSON.
import { type BackendSource, loadTensorFlow, tensorOf } from "./library.ts";

/** What the probe sends back. */
export interface BackendAnswer {
  /** null where the backend gave the right product, else why not. */
  readonly problem: string | null;
  /** Whether TensorFlow computes on a GPU; null where its backend does not say. */
  readonly gpu: boolean | null;
}

async function ask(source: BackendSource): Promise<BackendAnswer> {
  const tf = await loadTensorFlow(source);
  const [a, b] = [Float32Array.of(1, 2, 3, 4), Float32Array.of(5, 6, 7, 8)];
  const product = tf
    .matMul(tensorOf(tf, a, [2, 2]), tensorOf(tf, b, [2, 2]))
    .dataSync()
    .join(" ");
  const { isUsingGpuDevice } = tf.backend() as { readonly isUsingGpuDevice?: unknown };
  return {
    problem: product === "19 22 43 50" ? null : `it multiplied [1 2; 3 4] by [5 6; 7 8] to ${product}`,
    gpu: typeof isUsingGpuDevice === "boolean" ? isUsingGpuDevice : null,
  };
}

let answer: BackendAnswer;
try {
  answer = await ask(JSON.parse(process.argv[2] ?? "null") as BackendSource);
} catch (error) {
  answer = { problem: error instanceof Error ? error.message : String(error), gpu: null };
}
process.send?.(answer);
