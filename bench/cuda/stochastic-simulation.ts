import { cpuSimd } from "../../accelerators/cpu-simd/index.ts";
import { openCudaDevice } from "../../accelerators/gpu-cuda/cuda-device.ts";
import { type Libraries, nvidiaLibraries } from "../../accelerators/gpu-cuda/libraries.ts";
import {
  ensembleJob,
  residentTable,
  stochasticSimulationKernel,
} from "../../accelerators/gpu-cuda/stochastic-simulation.ts";
import type { EnsembleAnswer, LaunchShape } from "../../accelerators/gpu-cuda/stochastic-simulation.worker.ts";
import type { DeviceInfo, RunContext } from "../../src/contract/index.ts";
import { type StochasticInput, type StochasticTrajectories, stochasticSimulation } from "../../src/workloads/index.ts";
import { cpuSeconds, kernelOf } from "../beside-library.ts";
import { median } from "./median.ts";
import { syn3aWithCharging } from "./syn3a-charging.ts";

const context: RunContext = { signal: new AbortController().signal, threads: null };
/** Trajectories that are held against cpu-simd, bit for bit. */
const checked = 64;
/** What is wanted of one H200, in events a second. */
const goal = 1e9;

/** Events a second of the syn3A net with charging, by device events; a sample is held against cpu-simd on one core. */
export async function measureStochasticSimulation(
  info: DeviceInfo,
  { count = 10_000, seconds = 2, runs = 5, libraries = nvidiaLibraries }: Options = {},
): Promise<Record<string, unknown>> {
  await using device = openCudaDevice(info, Number(info.id.split(":")[1]), libraries);
  const network = syn3aWithCharging();
  const input: StochasticInput = {
    ...{ network, method: "exact", count, seed: 1, firstTrajectory: 0, from: 0 },
    times: Float64Array.of(seconds / 2, seconds),
    observed: Uint32Array.from({ length: 20 }, (_, at) => 7 * at + 1),
    ...{ changes: null, mostEvents: 1e9, stopWhen: null, epsilon: 0.03, state: null },
  };
  const peer = await onOneCore({ ...input, count: checked });
  await stochasticSimulationKernel.prepare(device, input, context);
  const rows = [];
  for (const shape of [null, ...alternatives]) {
    const [kernel, whole]: [number[], number[]] = [[], []];
    let events = 0;
    for (let run = 0; run <= (shape === null ? runs : 1); run++) {
      const startedAt = performance.now();
      const answer = await device.run(
        "stochastic-simulation",
        ensembleJob(input, shape),
        context,
        residentTable(network),
      );
      if (run > 0) whole.push((performance.now() - startedAt) / 1000);
      if (run > 0) kernel.push(device.times().kernelSeconds);
      else {
        events = answer.events.reduce((sum, one) => sum + one, 0);
        const complaint = differ(answer, peer.output, { ...input, count: checked });
        if (complaint !== null) throw new Error(`wrong output: ${JSON.stringify(shape)}: ${complaint}`);
      }
    }
    const row = {
      ...{ shape, events },
      kernelSeconds: median(kernel),
      eventsPerSecond: events / median(kernel),
      wholeRunEventsPerSecond: events / median(whole),
      timesOneCore: events / median(kernel) / peer.eventsPerSecond,
    };
    rows.push(row);
  }
  const best = rows[0]?.eventsPerSecond ?? 0;
  return {
    ...{
      trajectories: count,
      reactions: network.reactions.length,
      checked,
      oneCoreEventsPerSecond: peer.eventsPerSecond,
    },
    ...{ goal, shareOfGoal: best / goal, rows },
  };
}

interface Options {
  readonly count?: number;
  /** Of the cell's time. */
  readonly seconds?: number;
  readonly runs?: number;
  readonly libraries?: Libraries;
}

/** What a device may turn out to prefer: half the threads a trajectory, or all sums out of shared memory. */
const alternatives: readonly LaunchShape[] = [
  { lanes: 4, places: 1, threads: 64 },
  { lanes: 8, places: 0, threads: 128 },
];

async function onOneCore(
  input: StochasticInput,
): Promise<{ readonly output: StochasticTrajectories; readonly eventsPerSecond: number }> {
  const one: RunContext = { ...context, threads: 1 };
  const probe = await cpuSimd.probe(one);
  if (probe.status !== "present") throw new Error(`cpu-simd is ${probe.status}`);
  await using device = await cpuSimd.open(probe.devices[0], one);
  const kernel = kernelOf(cpuSimd, stochasticSimulation);
  await device.run<StochasticInput, StochasticTrajectories>(kernel, { ...input, count: 2 }, one);
  const before = cpuSeconds();
  const output = await device.run<StochasticInput, StochasticTrajectories>(kernel, input, one);
  const events = output.events.reduce((sum, count) => sum + count, 0);
  return { output, eventsPerSecond: events / (cpuSeconds() - before) };
}

/** The first trajectories of an answer beside those of another. */
function differ(
  { statuses, culprits, samples, events, values, times, draws }: EnsembleAnswer,
  expected: StochasticTrajectories,
  input: StochasticInput,
): string | null {
  const first = <T extends Float64Array | Int32Array | Uint8Array>(all: T, each = 1): T =>
    all.subarray(0, each * input.count) as T;
  const own: StochasticTrajectories = {
    ...{ statuses: first(statuses), culprits: first(culprits), events: first(events) },
    samples: first(samples, input.times.length * input.observed.length),
    state: { values: first(values, input.network.values), times: first(times), draws: first(draws), events: null },
  };
  return stochasticSimulation.differ(own, expected, input);
}
