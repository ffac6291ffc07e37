import type { AnyWorkload } from "../contract/index.ts";
import { fluxBalance } from "./flux-balance/index.ts";
import { fluxSampling } from "./flux-sampling/index.ts";
import { matrixMultiply } from "./matrix-multiply/index.ts";
import { motifScan } from "./motif-scan/index.ts";
import { onnxInference } from "./onnx-inference/index.ts";
import { reactionKinetics } from "./reaction-kinetics/index.ts";
import { alignmentTraceback, sequenceAlignment } from "./sequence-alignment/index.ts";
import { sparseMultiply } from "./sparse-multiply/index.ts";
import { stochasticSimulation } from "./stochastic-simulation/index.ts";
import { telemetryAnomaly } from "./telemetry-anomaly/index.ts";

export * from "./flux-balance/index.ts";
export * from "./flux-sampling/index.ts";
export * from "./matrix-multiply/index.ts";
export * from "./motif-scan/index.ts";
export * from "./onnx-inference/index.ts";
export * from "./reaction-kinetics/index.ts";
export * from "./sequence-alignment/index.ts";
export * from "./sparse-multiply/index.ts";
export * from "./stochastic-simulation/index.ts";
export * from "./telemetry-anomaly/index.ts";

/** Every built-in workload, one line each. */
export const workloads: readonly AnyWorkload[] = [
  alignmentTraceback,
  fluxSampling,
  fluxBalance,
  matrixMultiply,
  motifScan,
  onnxInference,
  reactionKinetics,
  sequenceAlignment,
  sparseMultiply,
  stochasticSimulation,
  telemetryAnomaly,
];
