import { deviceTimes } from "../../accelerators/gpu-cuda/index.ts";
import { cpuSimd, gpuCuda } from "../../accelerators/index.ts";
import type { Accelerator, Device, DeviceInfo, RunContext } from "../../src/contract/index.ts";
import {
  type FluxSamples,
  type FluxSamplingInput,
  fluxSampling,
  type Polytope,
  seededRandom,
} from "../../src/index.ts";
import { median } from "./median.ts";

const context: RunContext = { signal: new AbortController().signal, threads: null };
const oneCore: RunContext = { ...context, threads: 1 };
const runs = 5;

interface Case {
  readonly dimension: number;
  readonly rows: number;
  /** None for coordinate hit-and-run. */
  readonly warmUps: number;
  /** On the GPU, and of them on the CPU core. */
  readonly chains: number;
  readonly peerChains: number;
  readonly samples: number;
  readonly thinning: number;
}

/** A core model's size and iML1515's; chains as a study of mixing would draw, enough for the GPU and few for the core. */
const cases: Readonly<Record<string, Case>> = {
  "24 x 48": { dimension: 24, rows: 48, warmUps: 0, chains: 16_896, peerChains: 8, samples: 20, thinning: 2000 },
  "24 x 48, centering": {
    dimension: 24,
    rows: 48,
    warmUps: 48,
    chains: 8448,
    peerChains: 8,
    samples: 40,
    thinning: 100,
  },
  "635 x 1062": { dimension: 635, rows: 1062, warmUps: 0, chains: 1056, peerChains: 4, samples: 4, thinning: 2000 },
  "635 x 1062, centering": {
    dimension: 635,
    rows: 1062,
    warmUps: 100,
    chains: 1056,
    peerChains: 4,
    samples: 4,
    thinning: 250,
  },
};

/** Rates of whole runs in Mrow.step/s, polytopes resident, beside one core of `cpu-simd`; the core's chains are held against the GPU's. */
export async function measureFluxSampling(info: DeviceInfo): Promise<Record<string, unknown>> {
  await using gpu = await gpuCuda.open(info, context);
  const probe = await cpuSimd.probe(context);
  if (probe.status !== "present") throw new Error("no CPU to compare with");
  await using cpu = await cpuSimd.open(probe.devices[0], oneCore);
  const results: Record<string, unknown> = {};
  for (const [name, one] of Object.entries(cases)) {
    const input = inputOf(one);
    const part = { ...input, starts: input.starts.slice(0, one.peerChains * one.dimension) };
    const onGpu = await measure(gpuCuda, gpu, input, context);
    const onCpu = await measure(cpuSimd, cpu, part, oneCore);
    const same: FluxSamples = {
      precision: onGpu.samples.precision,
      statuses: onGpu.samples.statuses.slice(0, one.peerChains),
      points: onGpu.samples.points.slice(0, onCpu.samples.points.length),
    };
    const difference = fluxSampling.differ(same, onCpu.samples, part);
    if (difference !== null) throw new Error(`${name}: ${difference}`);
    results[name] = {
      ...one,
      seconds: onGpu.seconds,
      kernelSeconds: onGpu.kernelSeconds,
      megarowStepsPerSecond: onGpu.rate / 1e6,
      kernelMegarowStepsPerSecond: fluxSampling.size(input).units / onGpu.kernelSeconds / 1e6,
      cpuCoreMegarowStepsPerSecond: onCpu.rate / 1e6,
      ratioToCpuCore: onGpu.rate / onCpu.rate,
    };
  }
  return results;
}

async function measure(
  { kernels }: Accelerator,
  device: Device,
  input: FluxSamplingInput,
  context: RunContext,
): Promise<{
  readonly samples: FluxSamples;
  readonly rate: number;
  readonly seconds: number;
  readonly kernelSeconds: number;
}> {
  const kernel = kernels.find(({ workload }) => workload === fluxSampling);
  if (kernel === undefined) throw new Error("no kernel for flux-sampling");
  await device.prepare?.(kernel, input, context);
  const seconds: number[] = [];
  const kernelSeconds: number[] = [];
  let samples = await device.run<FluxSamplingInput, FluxSamples>(kernel, input, context);
  for (let run = 0; run < runs; run++) {
    const from = performance.now();
    samples = await device.run<FluxSamplingInput, FluxSamples>(kernel, input, context);
    seconds.push((performance.now() - from) / 1e3);
    kernelSeconds.push(deviceTimes(device)?.kernelSeconds ?? Number.NaN);
  }
  return {
    samples,
    rate: fluxSampling.size(input).units / median(seconds),
    seconds: median(seconds),
    kernelSeconds: median(kernelSeconds),
  };
}

function inputOf({ dimension, rows, warmUps, chains, samples, thinning }: Case): FluxSamplingInput {
  const random = seededRandom(7);
  const within = (count: number): Float64Array =>
    Float64Array.from({ length: count * dimension }, () => (2 * random() - 1) / (10 * Math.sqrt(dimension)));
  return {
    polytope: randomPolytope(dimension, rows, random),
    warmUp: warmUps === 0 ? null : within(warmUps),
    starts: within(chains),
    samples,
    thinning,
    seed: 11,
    firstChain: 0,
  };
}

/** A box from -1 to 1, cut by slabs and half-spaces through it. */
function randomPolytope(dimension: number, rows: number, random: () => number): Polytope {
  const coefficients = new Float64Array(dimension * rows);
  const lower = new Float64Array(rows).fill(-1);
  for (let at = 0; at < dimension; at++) coefficients[at * rows + at] = 1;
  for (let row = dimension; row < rows; row++) {
    for (let at = 0; at < dimension; at++)
      coefficients[at * rows + row] = random() < 0.3 ? 0 : (2 * (2 * random() - 1)) / Math.sqrt(dimension);
    if (random() < 0.5) lower[row] = Number.NEGATIVE_INFINITY;
  }
  return { dimension, rows, coefficients, lower, upper: new Float64Array(rows).fill(1) };
}
