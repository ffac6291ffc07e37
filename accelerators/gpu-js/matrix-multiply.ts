import { type MatrixMultiplyInput, matrixMultiply } from "../../src/workloads/index.ts";
import { type GpuJsKernel, unshared } from "./kernel.ts";
import { largestArray, pathOf } from "./probe.ts";

/** Output elements along one side: 65,535 workgroups, WebGPU's least limit, of 8 x 8 threads (gpu.js' choice for 2 dimensions). */
const mostSide = 8 * 65_535;

/** One call with its messages, its uploads and its readback, on SwiftShader (two EPYC cores). */
const measuredCallSeconds = 3e-3;
/** One thread an element on SwiftShader, two busy EPYC cores, 256^3 and 512^3. */
const measuredSoftwareRate = 50e6;
/** A real GPU's naive kernel; what gpu.js' README claims for an M1 Max, 1024^3. Not measured. */
const guessedRate = 200e9;
/** Messages between processes, measured by the npu-onnx accelerator. */
const measuredMessageRate = 1e9;

/** gpu.js' WGSL counts loops in f32. */
const mostInner = 2 ** 24;

export const matrixMultiplyKernel: GpuJsKernel<MatrixMultiplyInput, Float32Array> = {
  workload: matrixMultiply,
  supports: ({ m, k, n }, device) => {
    if (pathOf(device) === "headlessgl")
      return { ok: false, reason: "WebGL promises 16 bits of a number, outside this workload's error bound" };
    const largest = largestArray(device);
    if (4 * Math.max(m * k, k * n, m * n) > largest)
      return { ok: false, reason: `a matrix is larger than the device's largest array, ${largest} bytes` };
    if (k > mostInner) return { ok: false, reason: `gpu.js counts to ${mostInner} in a loop` };
    return Math.max(m, n) <= mostSide
      ? { ok: true }
      : { ok: false, reason: `a product has at most ${mostSide} rows and columns` };
  },
  prior: ({ units, bytesIn, bytesOut }, { features }) => ({
    seconds:
      measuredCallSeconds +
      units / (features.includes("software") ? measuredSoftwareRate : guessedRate) +
      (bytesIn + bytesOut) / measuredMessageRate,
    joules: null,
    energySource: null,
    basis: "guess",
  }),
  run: ({ source, run }, { m, k, n, a, b }, context) =>
    run("matrix-multiply", { source, m, k, n, a: unshared(a), b: unshared(b) }, context),
};
