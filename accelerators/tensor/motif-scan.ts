import { type MotifHits, type MotifScanInput, motifScan } from "../../src/workloads/index.ts";
import { keyOf } from "../../src/workloads/motif-scan/prepared-rules.ts";
import { backendOf, threadsOf } from "./backends.ts";
import type { TensorKernel } from "./kernel.ts";

/** Hits are numbers in two JavaScript arrays, then in the output's, while they are sorted. */
const bytesPerHit = 64;
/** bytesOut counts a hit as 21 bytes. */
const bytesOutPerHit = 21;
/** A worker thread's heap limit, by default, on a machine with little memory. */
const mostHitBytes = 2 ** 31;

/** One scan's message, preparation and first convolution, on two EPYC cores (bench/tensor.ts). */
const measuredCallSeconds = 3e-4;
/** Of the WASM backend on one such core, two strands (bench/tensor.ts, 10 and 100 matrices). */
const measuredWasmRate = 115e6;
/** What ONNX Runtime was measured to do in single precision on one core (accelerators/npu-onnx). Not measured. */
const guessedNativeRate = 600e6;
/** Encoding bases, what 1 matrix takes beyond that on the same. */
const measuredBaseRate = 85e6;

export const motifScanKernel: TensorKernel<MotifScanInput, MotifHits> = {
  workload: motifScan,
  supports: (input, device) => {
    if (device.features.includes("gpu"))
      // cuDNN may take an algorithm (FFT, Winograd) whose rounding is not bounded as the slack below the threshold needs
      return { ok: false, reason: "cuDNN does not say how it rounds a convolution, so hits could be missed" };
    const hits = motifScan.size(input).bytesOut / bytesOutPerHit;
    return hits * bytesPerHit <= mostHitBytes
      ? { ok: true }
      : { ok: false, reason: `about ${Math.round(hits)} hits are expected, more than a thread's heap holds` };
  },
  prior: ({ units, bytesIn }, device) => ({
    seconds:
      measuredCallSeconds +
      units / (backendOf(device) === "wasm" ? measuredWasmRate : guessedNativeRate * threadsOf(device)) +
      bytesIn / measuredBaseRate,
    joules: null,
    energySource: null,
    basis: "guess",
  }),
  run: ({ source, turn }, input, context) =>
    turn(context, (call, { lend }) => {
      const { sequences, ...rules } = input;
      const key = keyOf(input.matrices);
      return call("motif-scan", { source, key, rules, residues: lend(sequences.residues), offsets: sequences.offsets });
    }),
};
