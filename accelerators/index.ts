import type { Accelerator } from "../src/contract/index.ts";
import { cpuSimd } from "./cpu-simd/index.ts";
import { createNpuOnnx, npuOnnx } from "./npu-onnx/index.ts";
import { reference } from "./reference/index.ts";
import { createTensor, tensor } from "./tensor/index.ts";

export { cpuSimd, createNpuOnnx, createTensor, npuOnnx, reference, tensor };

/** Every built-in accelerator, one line each. */
export const builtin: readonly Accelerator[] = [reference, cpuSimd, npuOnnx, tensor];
