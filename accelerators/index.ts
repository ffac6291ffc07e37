import type { Accelerator } from "../src/contract/index.ts";
import { asic, createAsic } from "./asic/index.ts";
import { cpuSimd } from "./cpu-simd/index.ts";
import { createFpga, fpga } from "./fpga/index.ts";
import { createGpuCuda, gpuCuda } from "./gpu-cuda/index.ts";
import { createGpuJs, gpuJs } from "./gpu-js/index.ts";
import { createGpuWebgpu, gpuWebgpu } from "./gpu-webgpu/index.ts";
import { createNpuOnnx, npuOnnx } from "./npu-onnx/index.ts";
import { reference } from "./reference/index.ts";
import { createTensor, tensor } from "./tensor/index.ts";

export {
  asic,
  cpuSimd,
  createAsic,
  createFpga,
  createGpuCuda,
  createGpuJs,
  createGpuWebgpu,
  createNpuOnnx,
  createTensor,
  fpga,
  gpuCuda,
  gpuJs,
  gpuWebgpu,
  npuOnnx,
  reference,
  tensor,
};

/** Every built-in accelerator, one line each. */
export const builtin: readonly Accelerator[] = [
  reference,
  cpuSimd,
  npuOnnx,
  gpuCuda,
  gpuWebgpu,
  gpuJs,
  tensor,
  fpga,
  asic,
];
