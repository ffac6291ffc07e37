import type { Accelerator } from "../src/contract/index.ts";
import { cpuSimd } from "./cpu-simd/index.ts";
import { npuOnnx } from "./npu-onnx/index.ts";
import { reference } from "./reference/index.ts";

export { cpuSimd, npuOnnx, reference };

/** Every built-in accelerator, one line each. */
export const builtin: readonly Accelerator[] = [reference, cpuSimd, npuOnnx];
