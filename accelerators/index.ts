import type { Accelerator } from "../src/contract/index.ts";
import { asic, createAsic } from "./asic/index.ts";
import { cpuSimd } from "./cpu-simd/index.ts";
import { createFpga, fpga } from "./fpga/index.ts";
import { createNpuOnnx, npuOnnx } from "./npu-onnx/index.ts";
import { reference } from "./reference/index.ts";

export { asic, cpuSimd, createAsic, createFpga, createNpuOnnx, fpga, npuOnnx, reference };

/** Every built-in accelerator, one line each. */
export const builtin: readonly Accelerator[] = [reference, cpuSimd, npuOnnx, fpga, asic];
