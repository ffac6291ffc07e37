import { BioXenError } from "../../src/contract/index.ts";
import { type BackendSource, loadTensorFlow, type Tensor, type TensorFlow } from "./library.ts";

let loaded: Promise<TensorFlow> | null = null;
/** What TensorFlow.js printed and no run has been failed for yet. */
const said: string[] = [];

/**
 * TensorFlow.js in this thread or process, loaded at the first call. Its messages do not reach the user's console:
 * this thread's console is caught.
 */
export function tensorFlow(source: BackendSource): Promise<TensorFlow> {
  if (loaded === null) {
    for (const level of ["log", "info", "debug", "warn", "error"] as const)
      console[level] = (...words: readonly unknown[]): void => {
        said.push(words.map(String).join(" "));
      };
    loaded = loadTensorFlow(source).then((tf) => {
      // a greeting is no failure
      said.length = 0;
      return tf;
    });
  }
  return loaded;
}

/**
 * Does a piece of work and disposes each tensor that it keeps, whatever happens. The WASM backend reports an
 * operator it could not make on the console only and returns what was in memory: any message is a failure.
 * @throws BioXenError `OUT_OF_MEMORY`, `KERNEL_FAILED`
 */
export function withTensors<T>(work: (keep: (tensor: Tensor) => Tensor) => T): T {
  const kept: Tensor[] = [];
  try {
    const result = work((tensor) => {
      kept.push(tensor);
      return tensor;
    });
    if (said.length > 0) throw new BioXenError("KERNEL_FAILED", `TensorFlow.js said: ${said.splice(0).join("; ")}`);
    return result;
  } catch (error) {
    if (error instanceof BioXenError) throw error;
    const text = error instanceof Error ? error.message : String(error);
    // what an allocation that failed ends in: null is written to, or TensorFlow names its allocator
    const memory = /memory access out of bounds|out of memory|OOM|allocat/i.test(text);
    throw new BioXenError(memory ? "OUT_OF_MEMORY" : "KERNEL_FAILED", text, { cause: error });
  } finally {
    for (const tensor of kept) tensor.dispose();
  }
}

/** Loads the library ahead of a run, and says how many tensors it holds. */
export async function start({ source }: { readonly source: BackendSource }): Promise<number> {
  return (await tensorFlow(source)).memory().numTensors;
}
