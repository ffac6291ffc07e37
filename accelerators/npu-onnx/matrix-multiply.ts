import { type MatrixMultiplyInput, matrixMultiply, writeOnnxModel } from "../../src/workloads/index.ts";
import { type OnnxKernel, pause, threadsOf } from "./kernel.ts";
import { providerOf } from "./providers.ts";

/** A run blocks this process and cannot be stopped: larger products are cut into blocks of rows of about 20 ms. */
const flopsPerRun = 4e9;

let model: Uint8Array | null = null;

function matrixMultiplyModel(): Uint8Array {
  model ??= writeOnnxModel({
    name: "matrix-multiply",
    nodes: [{ op: "MatMul", inputs: ["a", "b"], outputs: ["c"] }],
    inputs: [
      { name: "a", type: "float32", dims: ["m", "k"] },
      { name: "b", type: "float32", dims: ["k", "n"] },
    ],
    outputs: [{ name: "c", type: "float32", dims: ["m", "n"] }],
  });
  return model;
}

export const matrixMultiplyKernel: OnnxKernel<MatrixMultiplyInput, Float32Array> = {
  workload: matrixMultiply,
  supports: (_, device) => {
    const { title, roundoff } = providerOf(device);
    return roundoff <= 2 ** -24
      ? { ok: true }
      : { ok: false, reason: `${title} may compute in half precision or TF32, outside this workload's error bound` };
  },
  // measured on two EPYC cores with AVX-512 (bench/onnx.ts): 30 us a run, 180 GFLOP/s a core
  prior: ({ units, bytesIn, bytesOut }, device) => ({
    seconds: 3e-5 + units / (180e9 * threadsOf(device)) + (bytesIn + bytesOut) / 20e9,
    joules: null,
    energySource: null,
    basis: "guess",
  }),
  prepare: null,
  run: async ({ run }, { m, k, n, a, b }, context) => {
    const c = new Float32Array(m * n);
    const rows = Math.max(1, Math.floor(flopsPerRun / (2 * k * n)));
    // the binding refuses shared memory: copied once here, not once a block
    const right = b.buffer instanceof SharedArrayBuffer ? b.slice() : b;
    for (let first = 0; first < m; first += rows) {
      if (first > 0) await pause(context, matrixMultiply.id);
      const height = Math.min(rows, m - first);
      const block = c.subarray(first * n, (first + height) * n);
      const feeds = {
        a: { type: "float32", dims: [height, k], data: a.subarray(first * k, (first + height) * k) },
        b: { type: "float32", dims: [k, n], data: right },
      } as const;
      const answer = await run(matrixMultiplyModel(), feeds, context, {
        c: { type: "float32", dims: [height, n], data: block },
      });
      // a runtime in another process cannot fill this memory
      if (answer["c"]?.type === "float32" && answer["c"].data !== block) block.set(answer["c"].data);
    }
    return c;
  },
};
