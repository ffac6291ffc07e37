import type { Seconds } from "../../src/contract/index.ts";
import { meanPoint } from "../../src/workloads/flux-sampling/chains.ts";
import { type FluxSamples, type FluxSamplingInput, fluxSampling } from "../../src/workloads/index.ts";
import type { ResidentData } from "./cuda-device.ts";
import type { SentPolytope } from "./flux-sampling.worker.ts";
import type { CudaKernel } from "./kernel.ts";
import { fitsMemory } from "./memory.ts";

/** Eight constraints a thread of one block. */
const mostRows = 4096;
/** A chain's point and centre are in shared memory, of which a block has 64 KiB at least. */
const mostDimensions = 3500;

/** Guesses for a data-centre GPU with double precision at half the rate of single, and for a bus of PCIe 4. */
const guess = { rate: 1e11, bytes: 5e9 };
const secondsPerRun: Seconds = 1e-4;

function polytopeOf({ polytope }: FluxSamplingInput): ResidentData<SentPolytope> {
  return { owner: polytope, part: fluxSampling.id, load: () => polytope };
}

/** Coordinate hit-and-run and artificial centering in doubles: see kernels/flux-sampling.md. */
export const fluxSamplingKernel: CudaKernel<FluxSamplingInput, FluxSamples> = {
  workload: fluxSampling,
  supports: ({ polytope: { dimension, rows }, warmUp, starts, samples }, device) => {
    if (rows > mostRows) return { ok: false, reason: `more than ${mostRows} constraints` };
    if (dimension > mostDimensions) return { ok: false, reason: `more than ${mostDimensions} dimensions` };
    const warmUps = (warmUp?.length ?? 0) / dimension;
    const polytope = dimension * (rows + 32) + warmUps * (dimension + rows + 32);
    // samples come back in pieces of 2 GiB, or of one chain where that has more
    const kept = Math.min(starts.length * samples, Math.max(2 ** 28, dimension * samples));
    return fitsMemory(8 * (polytope + 3 * starts.length + kept), device);
  },
  prior: ({ units, bytesIn, bytesOut }) => ({
    seconds: secondsPerRun + units / guess.rate + (bytesIn + bytesOut) / guess.bytes,
    joules: null,
    energySource: null,
    basis: "guess",
  }),
  prepare: async (device, input, context) => {
    await device.run("flux-sampling-prepare", null, context, polytopeOf(input));
  },
  run: async (device, input, context) => {
    const { polytope, warmUp, starts, samples, thinning, seed, firstChain } = input;
    const centering = warmUp === null ? null : { warmUp, middle: meanPoint(warmUp, polytope.dimension) };
    const data = { centering, starts, samples, thinning, seed, firstChain };
    return { ...(await device.run("flux-sampling", data, context, polytopeOf(input))), precision: "double" };
  },
};
