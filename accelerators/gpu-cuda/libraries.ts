import type { Seconds } from "../../src/contract/index.ts";

/** The shared libraries that are looked for, by name or path; tests put others in their place. */
export interface Libraries {
  /** The driver API. */
  readonly cuda: string;
  /** Energy, power, MIG and ECC of a GPU. */
  readonly nvml: string;
  /** Optional: matrix products. The first that loads is taken. */
  readonly cublas: readonly string[];
  /** Optional: compiles generated code. The first that loads is taken. */
  readonly nvrtc: readonly string[];
}

/** The names under which NVIDIA ships them: the first two with the driver, the others with the CUDA toolkit. */
export const nvidiaLibraries: Libraries = {
  cuda: "libcuda.so.1",
  nvml: "libnvidia-ml.so.1",
  cublas: ["libcublas.so.13", "libcublas.so.12", "libcublas.so.11"],
  nvrtc: ["libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2"],
};

/** Kernels cut their work into launches of about a tenth of a second: one that takes this long will never end. */
export const longestLaunch: Seconds = 60;
