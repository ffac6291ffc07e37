import { type MotifHits, type MotifScanInput, motifScan } from "../../src/workloads/index.ts";
import { keyOf } from "../../src/workloads/motif-scan/prepared-rules.ts";
import { type GpuJsKernel, unshared } from "./kernel.ts";

/** Hits are numbers in two JavaScript arrays, then in the output's, while they are sorted. */
const bytesPerHit = 64;
/** bytesOut counts a hit as 21 bytes. */
const bytesOutPerHit = 21;
/** Node's heap limit, by default, on a machine with little memory. */
const mostHitBytes = 2 ** 31;

/** One scan with its messages and its readback, on SwiftShader (two EPYC cores). */
const measuredCallSeconds = 3e-3;
/** On SwiftShader, two busy EPYC cores, 10 and 15 matrices, both strands. */
const measuredSoftwareRate = 0.5e6;
/** A real GPU at the same share of its matrix rate. Not measured. */
const guessedRate = 1e9;
/** Encoding bases on one EPYC core. */
const measuredBaseRate = 100e6;

export const motifScanKernel: GpuJsKernel<MotifScanInput, MotifHits> = {
  workload: motifScan,
  supports: (input) => {
    const hits = motifScan.size(input).bytesOut / bytesOutPerHit;
    return hits * bytesPerHit <= mostHitBytes
      ? { ok: true }
      : { ok: false, reason: `about ${Math.round(hits)} hits are expected, more than the process' heap holds` };
  },
  prior: ({ units, bytesIn }, { features }) => ({
    seconds:
      measuredCallSeconds +
      units / (features.includes("software") ? measuredSoftwareRate : guessedRate) +
      bytesIn / measuredBaseRate,
    joules: null,
    energySource: null,
    basis: "guess",
  }),
  run: ({ source, run }, { sequences: { residues, offsets }, ...rules }, context) => {
    const key = keyOf(rules.matrices);
    return run(
      "motif-scan",
      { source, key, rules: plain(rules), residues: unshared(residues), offsets: unshared(offsets) },
      context,
    );
  },
};

/** Counts may lie in shared memory too. */
function plain(rules: Omit<MotifScanInput, "sequences">): Omit<MotifScanInput, "sequences"> {
  return { ...rules, matrices: rules.matrices.map(({ id, name, counts }) => ({ id, name, counts: counts.slice() })) };
}
