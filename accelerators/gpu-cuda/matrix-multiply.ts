import type { Seconds } from "../../src/contract/index.ts";
import { type MatrixMultiplyInput, matrixMultiply } from "../../src/workloads/index.ts";
import type { CudaKernel } from "./kernel.ts";
import { fitsMemory } from "./memory.ts";

/** Guesses for a data-centre GPU: single precision, and a bus of PCIe 4. */
const guess = { flops: 2e13, bytes: 1e10 };
const secondsPerRun: Seconds = 6e-5;

export const matrixMultiplyKernel: CudaKernel<MatrixMultiplyInput, Float32Array> = {
  workload: matrixMultiply,
  supports: ({ m, k, n }, device) => fitsMemory(4 * (m * k + k * n + m * n), device),
  prior: ({ units, bytesIn, bytesOut }) => ({
    seconds: secondsPerRun + units / guess.flops + (bytesIn + bytesOut) / guess.bytes,
    joules: null,
    energySource: null,
    basis: "guess",
  }),
  prepare: async (device, _, context) => {
    await device.run("matrix-multiply-prepare", null, context);
  },
  run: async (device, { m, k, n, a, b }, context) =>
    device.run("matrix-multiply", { m, k, n, a, b, by: "cublas" }, context),
};
