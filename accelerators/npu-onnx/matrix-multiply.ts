import { BioXenError } from "../../src/contract/index.ts";
import {
  type MatrixMultiplyInput,
  matrixMultiply,
  type OnnxTensor,
  writeOnnxModel,
} from "../../src/workloads/index.ts";
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
  // measured on two EPYC cores with AVX-512 (bench/onnx.ts): 20 us a run, 200 GFLOP/s a core
  prior: ({ units, bytesIn, bytesOut }, device) => ({
    seconds: 2e-5 + units / (200e9 * threadsOf(device)) + (bytesIn + bytesOut) / 20e9,
    joules: null,
    energySource: null,
    basis: "guess",
  }),
  prepare: null,
  run: async ({ run }, { m, k, n, a, b }, context) => {
    const rows = Math.max(1, Math.floor(flopsPerRun / (2 * k * n)));
    if (rows >= m) {
      const whole = {
        a: { type: "float32", dims: [m, k], data: a },
        b: { type: "float32", dims: [k, n], data: b },
      } as const;
      return singles((await run(matrixMultiplyModel(), whole, context))["c"]);
    }
    const c = new Float32Array(m * n);
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
      const product = singles(answer["c"]);
      if (product !== block) block.set(product);
    }
    return c;
  },
};

function singles(tensor: OnnxTensor | undefined): Float32Array {
  if (tensor?.type === "float32") return tensor.data;
  throw new BioXenError("KERNEL_FAILED", `a float32 product was expected, found ${tensor?.type ?? "none"}`);
}
