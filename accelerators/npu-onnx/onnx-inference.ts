import {
  type OnnxInferenceInput,
  type OnnxInferenceOutput,
  onnxInference,
  readOnnxModel,
} from "../../src/workloads/index.ts";
import { type OnnxKernel, threadsOf } from "./kernel.ts";

export const onnxInferenceKernel: OnnxKernel<OnnxInferenceInput, OnnxInferenceOutput> = {
  workload: onnxInference,
  // what a model needs is known when its session is made; an operator that a provider lacks is then UNSUPPORTED
  supports: () => ({ ok: true }),
  // measured on two EPYC cores with AVX-512 with the calibration's perceptron (bench/onnx.ts)
  prior: ({ units, bytesIn, bytesOut }, device) => ({
    seconds: 1.2e-4 + units / (25e9 * threadsOf(device)) + (bytesIn + bytesOut) / 1e9,
    joules: null,
    energySource: null,
    basis: "guess",
  }),
  prepare: async ({ prepareForeign }, { model }, context) => {
    // a file that is no model is told in our words, before native code sees it
    readOnnxModel(model);
    await prepareForeign(model, context);
  },
  run: async ({ runForeign }, { model, feeds }, context) => {
    readOnnxModel(model);
    return runForeign(model, feeds, context);
  },
};
