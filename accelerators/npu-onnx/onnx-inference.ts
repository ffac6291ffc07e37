import { type OnnxInferenceInput, type OnnxInferenceOutput, onnxInference } from "../../src/workloads/index.ts";
import { type OnnxKernel, threadsOf } from "./kernel.ts";

export const onnxInferenceKernel: OnnxKernel<OnnxInferenceInput, OnnxInferenceOutput> = {
  workload: onnxInference,
  // what a model needs is known when its session is made; an operator that a provider lacks is then UNSUPPORTED
  supports: () => ({ ok: true }),
  // measured on two EPYC cores with AVX-512 with the calibration's perceptron (bench/onnx.ts)
  prior: ({ units, bytesIn, bytesOut }, device) => ({
    seconds: 2.5e-4 + units / (30e9 * threadsOf(device)) + (bytesIn + bytesOut) / 1e9,
    joules: null,
    energySource: null,
    basis: "guess",
  }),
  prepare: ({ prepareForeign }, { model }, context) => prepareForeign(model, context),
  run: ({ runForeign }, { model, feeds }, context) => runForeign(model, feeds, context),
};
