import type { Accelerator } from "../src/contract/index.ts";
import { cpuSimd } from "./cpu-simd/index.ts";
import { createGpuWebgpu, gpuWebgpu } from "./gpu-webgpu/index.ts";
import { createNpuOnnx, npuOnnx } from "./npu-onnx/index.ts";
import { reference } from "./reference/index.ts";

export { cpuSimd, createGpuWebgpu, createNpuOnnx, gpuWebgpu, npuOnnx, reference };

/** Every built-in accelerator, one line each. */
export const builtin: readonly Accelerator[] = [reference, cpuSimd, npuOnnx, gpuWebgpu];
