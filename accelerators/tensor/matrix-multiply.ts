import { type MatrixMultiplyInput, matrixMultiply } from "../../src/workloads/index.ts";
import { backendOf, threadsOf } from "./backends.ts";
import type { TensorKernel } from "./kernel.ts";

/**
 * The WASM backend's memory has 32-bit addresses, of which it uses up to 3.7 GB; it holds a, c and b twice (once
 * packed by XNNPACK). Beyond that it fails in ways that must be guessed from its messages.
 */
const mostWasmBytes = 2 ** 31;

/** One call with its message to the thread, on two EPYC cores (bench/tensor.ts, 16^3). */
const measuredCallSeconds = 3.5e-5;
/** XNNPACK in WebAssembly SIMD on the same, one thread (bench/tensor.ts, 512^3 and 1024^3). */
const measuredWasmRate = 40e9;
/** Copies to the thread and back on the same (bench/tensor.ts, 512^3). */
const measuredCopyRate = 20e9;
/** TensorFlow's own library on one such core: what ONNX Runtime was measured to do (accelerators/npu-onnx). Not measured. */
const guessedNativeRate = 200e9;
/** Messages between processes, measured by the npu-onnx accelerator. */
const measuredMessageRate = 1e9;

export const matrixMultiplyKernel: TensorKernel<MatrixMultiplyInput, Float32Array> = {
  workload: matrixMultiply,
  supports: ({ m, k, n }, device) =>
    backendOf(device) !== "wasm" || 4 * (m * k + 2 * k * n + m * n) <= mostWasmBytes
      ? { ok: true }
      : { ok: false, reason: "larger than the WASM backend's 32-bit memory holds" },
  prior: ({ units, bytesIn, bytesOut }, device) => {
    const wasm = backendOf(device) === "wasm";
    return {
      seconds:
        measuredCallSeconds +
        units / (wasm ? measuredWasmRate : guessedNativeRate * threadsOf(device)) +
        (bytesIn + bytesOut) / (wasm ? measuredCopyRate : measuredMessageRate),
      joules: null,
      energySource: null,
      basis: "guess",
    };
  },
  run: ({ source, turn }, { m, k, n, a, b }, context) =>
    turn(context, (call, { lend }) => call("matrix-multiply", { source, m, k, n, a: lend(a), b: lend(b) })),
};
