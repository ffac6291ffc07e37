import { BioXenError } from "../../src/contract/index.ts";

/** What of TensorFlow.js is used here: its own declarations do not compile under this project's settings. */
export interface Tensor {
  readonly dataId: object;
  readonly shape: readonly number[];
  readonly dataSync: () => Float32Array;
  readonly dispose: () => void;
}

export interface TensorFlow {
  readonly setBackend: (name: string) => Promise<boolean>;
  readonly getBackend: () => string;
  readonly backend: () => object;
  readonly memory: () => { readonly numTensors: number; readonly numDataBuffers: number };
  readonly tensor: (values: Float32Array, shape: readonly number[]) => Tensor;
  readonly matMul: (a: Tensor, b: Tensor) => Tensor;
  readonly maxPool: (
    x: Tensor,
    window: readonly [number, number],
    strides: readonly [number, number],
    padding: "valid",
  ) => Tensor;
  readonly fused: {
    readonly conv2d: (options: {
      readonly x: Tensor;
      readonly filter: Tensor;
      readonly strides: 1;
      readonly pad: "valid";
      readonly bias: Tensor;
    }) => Tensor;
  };
}

interface WasmBackend {
  readonly setWasmPaths: (prefix: string) => void;
}

/** Where to load a backend from; plain data, so that a thread or process can be told. */
export type BackendSource =
  | { readonly backend: "wasm"; readonly core: string; readonly wasm: string; readonly files: string }
  | { readonly backend: "tensorflow"; readonly entry: string };

/**
 * Loads TensorFlow.js into this thread or process and makes the backend its default: tfjs keeps its registry in
 * globals, so this must never be called where a user's own tfjs may be.
 * @throws BioXenError `DEVICE_LOST` where it does not load.
 */
export async function loadTensorFlow(source: BackendSource): Promise<TensorFlow> {
  try {
    const tf = await moduleAt<TensorFlow>(source.backend === "wasm" ? source.core : source.entry);
    if (source.backend === "wasm") (await moduleAt<WasmBackend>(source.wasm)).setWasmPaths(source.files);
    if (!(await tf.setBackend(source.backend)) || tf.getBackend() !== source.backend)
      throw new Error(`its backend ${source.backend} does not start`);
    return tf;
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new BioXenError("DEVICE_LOST", `TensorFlow.js does not load: ${text}`, { cause });
  }
}

/** TensorFlow.js' entries for Node are CommonJS: what they export is the default export. */
async function moduleAt<T>(href: string): Promise<T> {
  const loaded = (await import(href)) as { default?: T };
  return loaded.default ?? (loaded as T);
}

/** What the WASM backend tells of its memory. */
interface WasmMemory {
  readonly getMemoryOffset: (dataId: object) => number;
}

/**
 * Makes a tensor of values, which are copied.
 * @throws BioXenError `OUT_OF_MEMORY` where the WASM backend found no room: it says nothing, and writes to address 0.
 */
export function tensorOf(tf: TensorFlow, values: Float32Array, shape: readonly number[]): Tensor {
  const made = tf.tensor(values, shape);
  if (tf.getBackend() === "wasm" && (tf.backend() as WasmMemory).getMemoryOffset(made.dataId) === 0)
    throw new BioXenError("OUT_OF_MEMORY", `no ${values.byteLength} bytes are left in WebAssembly's 32-bit memory`);
  return made;
}
