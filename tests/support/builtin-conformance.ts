import { builtin } from "bioxen/accelerators";
import { testAccelerator } from "bioxen/testing";
import { describe, test } from "vitest";
import { isRequired } from "./required.ts";
import { builtinCases } from "./workload-cases.ts";

/**
 * Answers that must truly be compared, by accelerator: the edge cases of its workloads and nine generated inputs
 * for each (19 + 9 for flux-balance, 16 + 9 for flux-sampling, 12 + 9 for matrix-multiply, 16 + 9 for motif-scan, 1 + 9 for
 * onnx-inference, 23 + 9 for reaction-kinetics, 25 + 9 for sequence-alignment, 23 + 9 for
 * alignment-traceback, 10 + 9 for sparse-multiply, 31 + 9 for
 * stochastic-simulation, 17 + 9 for telemetry-anomaly). Raise a number when kernels are added; an
 * accelerator whose hardware may be lacking has 0.
 */
const atLeast: Readonly<Record<string, number>> = {
  reference: 282,
  "cpu-simd": 282,
  // on the one device, the CPU, that ONNX Runtime has everywhere
  "npu-onnx": 82,
  // on the WASM backend, which TensorFlow.js has everywhere
  tensor: 46,
  // only where gpu.js reaches a GPU, SwiftShader's too: then all 46
  "gpu-js": isRequired("gpu-js") ? 46 : 0,
  // only where there is an NVIDIA GPU; without one `gpu-cuda.test.ts` runs its kernels on a stand-in driver
  "gpu-cuda": 0,
  // simulated everywhere: sequence-alignment on the one, matrix-multiply on the other
  fpga: 30,
  asic: 21,
  // where a GPU is sure to be there, be it one in software: no artificial centering (5 cases), no
  // sparse-multiply, of stochastic-simulation what accepts single precision, of
  // reaction-kinetics what has a coarse tolerance
  "gpu-webgpu": isRequired("gpu-webgpu") ? 130 : 0,
};

/** Of the oracle itself and of GPUs in software a million units would ask for minutes; 1,000,000 is the kit's largest. */
const smaller = [1e2, 1e3, 3e4];

const inSoftware = new Set(["gpu-webgpu", "gpu-js"]);

/** Parts of the kit, each a file of its own: what takes long has a process to itself. */
type Part = "GPUs in software" | "cpu-simd" | "libraries" | "all others";

/** What others wrote answers: ONNX Runtime, TensorFlow.js. */
const ofLibraries = new Set(["npu-onnx", "tensor"]);

function partOf(id: string): Part {
  if (inSoftware.has(id)) return "GPUs in software";
  if (ofLibraries.has(id)) return "libraries";
  return id === "cpu-simd" ? id : "all others";
}

/** Holds a part of the built-in accelerators to the kit. */
export function holdBuiltin(part: Part): void {
  for (const accelerator of builtin) {
    if (partOf(accelerator.id) !== part) continue;
    const least = atLeast[accelerator.id];
    if (least === undefined) throw new Error(`state how many kernel runs ${accelerator.id} must truly do`);
    // a thousand runs each, on inputs small enough that all the kernels together take a minute
    testAccelerator({ describe, test }, accelerator, builtinCases, {
      atLeast: least,
      ...(accelerator.id === "reference" || inSoftware.has(accelerator.id) ? { sizes: smaller } : {}),
      memory: { seconds: 0.5, longest: 2 },
    });
  }
}
