import type { RunContext, Seconds } from "../../src/contract/index.ts";
import { isInside } from "../../src/workloads/flux-sampling/chains.ts";
import {
  chainStatus,
  type FluxSamples,
  type FluxSamplingInput,
  fluxSampling,
  type Polytope,
} from "../../src/workloads/index.ts";
import { fluxSamplingShader, none } from "./flux-sampling-shader.ts";
import type { Gpu, GpuRun } from "./gpu.ts";
import type { WebgpuKernel } from "./kernel.ts";
import { bindingBytes, isSoftware, tooLargeToKeep } from "./probe.ts";
import type { Resident } from "./residents.ts";

/** Numbers that fit a workgroup's memory beside what the lanes exchange: 16 KiB is WebGPU's default. */
const mostNumbers = 3800;
/** Bounds and inverses beyond these are lost in single precision. */
const mostMagnitude = 1e30;
const leastMagnitude = 1e-30;
/** Row steps of the first submission, before the device's pace is known. */
const firstWork = { hardware: 5e9, software: 2e6 };
/** What one dispatch may start along one dimension, by WebGPU's default. */
const mostGroups = 65_535;

/** Guesses for a mid-range discrete GPU, and for SwiftShader on two cores (bench/flux-sampling.ts). */
const guess = { hardware: { rate: 2e10, bytes: 5e9 }, software: { rate: 2e7, bytes: 5e8 } };
const secondsPerRun: Seconds = 5e-4;

/** Brings the polytope over, unless it is there. */
async function load(gpu: Gpu, run: GpuRun, polytope: Polytope): Promise<Resident> {
  let fresh = false;
  const make = (): Resident => {
    fresh = true;
    const { rows, coefficients, lower, upper } = polytope;
    const columns = new Float32Array(2 * coefficients.length);
    for (const [at, coefficient] of coefficients.entries()) {
      columns[2 * at] = coefficient;
      columns[2 * at + 1] = coefficient === 0 ? 0 : 1 / coefficient;
    }
    const bounds = new Float32Array(2 * rows);
    for (let row = 0; row < rows; row++) {
      bounds[2 * row] = Math.max(-none, lower[row] ?? 0);
      bounds[2 * row + 1] = Math.min(none, upper[row] ?? 0);
    }
    const buffers = [columns, bounds].map((values) => run.keep(new Uint32Array(values.buffer)));
    return { bytes: columns.byteLength + bounds.byteLength, buffers };
  };
  const resident = gpu.resident.get(polytope, fluxSampling.id, make);
  if (!fresh) return resident;
  try {
    await run.done();
  } catch (error) {
    gpu.resident.drop(polytope, fluxSampling.id);
    throw error;
  }
  return resident;
}

function pipeline(gpu: Gpu, { dimension, rows }: Polytope, context: RunContext): Promise<GPUComputePipeline> {
  // one shader for all polytopes of about one size; what is not used of a workgroup's memory costs little
  const room = (count: number): number => Math.max(64, 2 ** Math.ceil(Math.log2(count)));
  const fits = room(rows) + room(dimension) <= mostNumbers;
  const [most, size] = fits ? [room(rows), room(dimension)] : [rows, dimension];
  return gpu.pipeline(`${fluxSampling.id}, ${most} x ${size}`, () => fluxSamplingShader(most, size), context);
}

function whyNot({ polytope, warmUp, samples }: FluxSamplingInput, most: number): string | null {
  const { dimension, rows, coefficients, lower, upper } = polytope;
  if (warmUp !== null) return "artificial centering would part from the oracle at once in single precision";
  if (dimension + rows > mostNumbers) return `more than ${mostNumbers} constraints and coordinates`;
  const bytes = 4 * Math.max(2 * coefficients.length, samples * dimension);
  if (bytes > most) return `a binding of ${bytes} bytes, and one holds ${most} on this device`;
  const representable = (value: number): boolean =>
    value === 0 || !Number.isFinite(value) || (Math.abs(value) < mostMagnitude && Math.abs(value) > leastMagnitude);
  return [coefficients, lower, upper].every((values) => values.every(representable))
    ? null
    : "numbers beyond single precision";
}

/** One chain a workgroup, in single precision; chains and steps go in submissions that end soon. */
export const fluxSamplingKernel: WebgpuKernel<FluxSamplingInput, FluxSamples> = {
  workload: fluxSampling,
  supports: (input, device) => {
    const reason =
      whyNot(input, bindingBytes(device)) ??
      tooLargeToKeep("a polytope", 8 * input.polytope.coefficients.length, device);
    return reason === null ? { ok: true } : { ok: false, reason };
  },
  prior: ({ units, bytesIn, bytesOut }, device) => {
    const { rate, bytes } = isSoftware(device) ? guess.software : guess.hardware;
    return {
      seconds: secondsPerRun + units / rate + (bytesIn + bytesOut) / bytes,
      joules: null,
      energySource: null,
      basis: "guess",
    };
  },
  prepare: async (gpu, { polytope }, context) => {
    await pipeline(gpu, polytope, context);
    await gpu.run(fluxSampling.id, context, (run) => load(gpu, run, polytope));
  },
  run: async (gpu, input, context) => {
    const { polytope, starts, samples, thinning, seed, firstChain } = input;
    const { dimension, rows } = polytope;
    const count = starts.length / dimension;
    const compiled = await pipeline(gpu, polytope, context);
    const statuses = new Uint8Array(count);
    const points = new Float64Array(starts.length * samples);
    const pace = gpu.pace(fluxSampling.id, isSoftware(gpu.info) ? firstWork.software : firstWork.hardware);
    const width = 1 + dimension + rows;
    // chains whose state and samples fit one binding each
    const together = Math.min(
      mostGroups,
      Math.floor(bindingBytes(gpu.info) / (4 * Math.max(width, samples * dimension))),
    );
    await gpu.run(fluxSampling.id, context, async (run) => {
      const { buffers } = await load(gpu, run, polytope);
      for (let first = 0; first < count; first += together) {
        const chains = Math.min(together, count - first);
        const states = new Float32Array(chains * width);
        for (let chain = 0; chain < chains; chain++) {
          const start = starts.subarray((first + chain) * dimension, (first + chain + 1) * dimension);
          states.set(start, chain * width + 1);
          // a chain that is lost stands still
          if (isInside(polytope, start)) continue;
          states[chain * width] = 1;
          statuses[first + chain] = chainStatus.outside;
        }
        const state = run.upload(states);
        const kept = run.buffer(4 * chains * samples * dimension);
        for (let step = 0; step < samples * thinning; ) {
          const steps = Math.max(1, Math.min(samples * thinning - step, Math.floor(pace.units() / (chains * rows))));
          const startedAt = performance.now();
          run.submit({
            pipeline: compiled,
            parameters: Uint32Array.of(
              dimension,
              rows,
              step,
              step + steps,
              thinning,
              samples,
              seed,
              firstChain + first,
            ),
            buffers: [...buffers, state, kept],
            workgroups: [chains],
          });
          step += steps;
          await run.done();
          pace.took(steps * chains * rows, (performance.now() - startedAt) / 1000);
        }
        const lost = new Float32Array(await run.read(state, 4 * chains * width));
        points.set(
          new Float32Array(await run.read(kept, 4 * chains * samples * dimension)),
          first * samples * dimension,
        );
        for (let chain = first; chain < first + chains; chain++) {
          if (lost[(chain - first) * width] === 0) continue;
          if (statuses[chain] === chainStatus.sampled) statuses[chain] = chainStatus.unbounded;
          points.fill(Number.NaN, chain * samples * dimension, (chain + 1) * samples * dimension);
        }
      }
    });
    return { statuses, points, precision: "single" };
  },
};
