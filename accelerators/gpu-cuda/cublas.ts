import koffi from "koffi";
import { BioXenError } from "../../src/contract/index.ts";
import type { CudaGpu } from "./gpu.ts";

/** Matrix products by NVIDIA's library. */
export interface Cublas {
  /** c = a b, row-major, in IEEE single precision, on the compute stream. */
  readonly multiply: (m: number, k: number, n: number, a: bigint, b: bigint, c: bigint) => void;
}

const opened = new WeakMap<CudaGpu, Cublas | null>();

/** cuBLAS where one of its libraries loads here, else null. */
export function cublasOf(gpu: CudaGpu): Cublas | null {
  const known = opened.get(gpu);
  if (known !== undefined) return known;
  const made = openCublas(gpu);
  opened.set(gpu, made);
  return made;
}

function openCublas({ libraries, compute }: CudaGpu): Cublas | null {
  const library = load(libraries.cublas);
  if (library === null) return null;
  const bind = (name: string, parameters: string): ((...args: unknown[]) => void) => {
    const call = library.func(`int ${name}(${parameters})`);
    return (...args) => {
      const status = call(...args) as number;
      // CUBLAS_STATUS_ALLOC_FAILED
      if (status === 3) throw new BioXenError("OUT_OF_MEMORY", `${name} gave CUBLAS_STATUS_ALLOC_FAILED`);
      if (status !== 0) throw new BioXenError("KERNEL_FAILED", `${name} gave cuBLAS status ${status}`);
    };
  };
  const pointer = new BigUint64Array(1);
  bind("cublasCreate_v2", "void *")(pointer);
  const handle = pointer[0] ?? 0n;
  bind("cublasSetStream_v2", "void *, void *")(handle, compute);
  const gemm = bind(
    "cublasSgemm_v2",
    "void *, int, int, int, int, int, void *, uint64_t, int, uint64_t, int, void *, uint64_t, int",
  );
  const one = Float32Array.of(1);
  const zero = Float32Array.of(0);
  return {
    // column-major, a row-major matrix is its transpose: c' = b' a'. The default mode is single precision, not TF32
    multiply: (m, k, n, a, b, c) => gemm(handle, 0, 0, n, m, k, one, b, n, a, k, zero, c, n),
  };
}

/** The first library that loads, or null. */
function load(names: readonly string[]): ReturnType<typeof koffi.load> | null {
  for (const name of names)
    try {
      return koffi.load(name);
    } catch {
      // not on this host
    }
  return null;
}
