import { cpuSimd } from "../../accelerators/cpu-simd/index.ts";
import { openCudaDevice } from "../../accelerators/gpu-cuda/cuda-device.ts";
import { type Libraries, nvidiaLibraries } from "../../accelerators/gpu-cuda/libraries.ts";
import { prepareSolver, solveOn } from "../../accelerators/gpu-cuda/reaction-kinetics.ts";
import type { Device, DeviceInfo, RunContext } from "../../src/contract/index.ts";
import { seededRandom } from "../../src/index.ts";
import type { ReactionNetwork } from "../../src/network/index.ts";
import { type KineticsInput, type KineticsSolutions, reactionKinetics } from "../../src/workloads/index.ts";
import { kernelOf } from "../beside-library.ts";
import { enzymeNetwork, randomEnzymes } from "../enzyme-network.ts";
import { median } from "./median.ts";

const context: RunContext = { signal: new AbortController().signal, threads: null };
/** Evaluations of all rates that a step of RODAS4 takes. */
const evaluations = 6;

/**
 * Ensembles of Robertson's problem and of a hundred species, by generated and by interpreted code, device events only. The first
 * items are held against one core of cpu-simd, by the workload's own measure. `scale` makes fewer items.
 */
export async function measureReactionKinetics(
  info: DeviceInfo,
  scale = 1,
  libraries: Libraries = nvidiaLibraries,
): Promise<Record<string, unknown>> {
  await using device = openCudaDevice(info, Number(info.id.split(":")[1]), libraries);
  const probe = await cpuSimd.probe(context);
  if (probe.status !== "present") throw new Error(`cpu-simd is ${probe.status}`);
  await using cpu = await cpuSimd.open(probe.devices[0], context);
  const problems = {
    robertson: { input: robertson(Math.ceil(1e5 * scale)), peers: Math.ceil(2000 * scale) },
    enzymes: { input: enzymes(Math.ceil(1e4 * scale)), peers: Math.ceil(40 * scale) },
  };
  const results: Record<string, unknown> = {};
  for (const [name, { input, peers }] of Object.entries(problems)) {
    const peer = await onOneCore(cpu, firstItems(input, peers));
    const itemsPerCore = peers / peer.seconds;
    const rows: Record<string, unknown> = {};
    for (const by of ["generated", "interpreted"] as const) {
      const startedAt = performance.now();
      const took = await prepareSolver(device, input.network, by, context);
      const prepareSeconds = (performance.now() - startedAt) / 1000;
      if (took !== by) {
        rows[by] = `not here: ${took} instead`;
        continue;
      }
      const seconds: number[] = [];
      let solved = await solveOn(device, input, by, context);
      const part = await solveOn(device, firstItems(input, peers), by, context);
      const differs = reactionKinetics.differ(part, peer.solved, firstItems(input, peers));
      if (differs !== null) throw new Error(`${name}, ${by}: ${differs}`);
      for (let run = 0; run < 5; run++) {
        solved = await solveOn(device, input, by, context);
        seconds.push(device.times().kernelSeconds);
      }
      const steps = solved.steps.reduce((sum, one) => sum + one, 0);
      const middle = median(seconds);
      rows[by] = {
        prepareSeconds,
        seconds: middle,
        itemsPerSecond: input.count / middle,
        stepsPerItem: steps / input.count,
        ratesPerSecond: (steps * evaluations * input.network.reactions.length) / middle,
        timesOneCore: input.count / middle / itemsPerCore,
      };
    }
    results[name] = { items: input.count, cpuSimdItemsPerCoreSecond: itemsPerCore, ...rows };
  }
  return results;
}

async function onOneCore(
  device: Device,
  input: KineticsInput,
): Promise<{ readonly solved: KineticsSolutions; readonly seconds: number }> {
  const kernel = kernelOf(cpuSimd, reactionKinetics);
  const alone: RunContext = { ...context, threads: 1 };
  await device.prepare?.(kernel, input, alone);
  // the first run has the generated code compiled
  await device.run(kernel, firstItems(input, 1), alone);
  const startedAt = performance.now();
  const solved = await device.run<KineticsInput, KineticsSolutions>(kernel, input, alone);
  return { solved, seconds: (performance.now() - startedAt) / 1000 };
}

/** The same input with fewer items. */
function firstItems(input: KineticsInput, count: number): KineticsInput {
  if (input.changes === null) return { ...input, count };
  const { offsets, values, amounts } = input.changes;
  const last = offsets[count] ?? 0;
  const changes = {
    offsets: offsets.slice(0, count + 1),
    values: values.slice(0, last),
    amounts: amounts.slice(0, last),
  };
  return { ...input, count, changes };
}

/** H. H. Robertson 1966, as in Hairer & Wanner, IV.10: three species, rates over nine orders of magnitude; two rates differ. */
function robertson(count: number): KineticsInput {
  const random = seededRandom(1);
  const massAction = (
    constant: number,
    reactants: readonly (readonly [number, number])[],
    changes: readonly (readonly [number, number])[],
  ) => ({ reactants, changes, rate: { kind: "mass-action", constant } as const, reversible: false });
  const network: ReactionNetwork = {
    values: 6,
    names: ["y1", "y2", "y3", "k1", "k2", "k3"],
    // a rate of 3e7 y2^2, by distinct pairs
    initial: Float64Array.of(1, 0, 0, 0.04, 6e7, 1e4),
    reactions: [
      massAction(
        3,
        [[0, 1]],
        [
          [0, -1],
          [1, 1],
        ],
      ),
      massAction(
        4,
        [[1, 2]],
        [
          [1, -1],
          [2, 1],
        ],
      ),
      massAction(
        5,
        [
          [1, 1],
          [2, 1],
        ],
        [
          [0, 1],
          [1, -1],
        ],
      ),
    ],
    assignments: [],
    rateRules: [],
    events: [],
  };
  return ensemble(network, count, Float64Array.of(0.4, 4, 40, 400, 4000), [0, 1, 2], () => [
    [3, 0.04 * (0.5 + random())],
    [5, 1e4 * (0.5 + random())],
  ]);
}

/** Each item starts from values of its own. */
function enzymes(count: number): KineticsInput {
  const random = seededRandom(2);
  const model = randomEnzymes();
  const starts = model.x0.map((_, at) => at);
  return ensemble(enzymeNetwork(model), count, Float64Array.of(1, 60), [0, 1, 2], () =>
    starts.map((at) => [at, 10 ** (2.7 * random() - 2)] as const),
  );
}

function ensemble(
  network: ReactionNetwork,
  count: number,
  times: Float64Array,
  observed: readonly number[],
  changesOf: () => readonly (readonly [value: number, amount: number])[],
): KineticsInput {
  const all = Array.from({ length: count }, changesOf);
  const offsets = new Uint32Array(count + 1);
  for (const [item, { length }] of all.entries()) offsets[item + 1] = (offsets[item] ?? 0) + length;
  const flat = all.flat();
  return {
    network,
    count,
    from: 0,
    times,
    observed: Uint32Array.from(observed),
    changes: {
      offsets,
      values: Uint32Array.from(flat, ([value]) => value),
      amounts: Float64Array.from(flat, ([, amount]) => amount),
    },
    relative: 1e-4,
    absolute: 1e-8,
    mostSteps: 1e5,
    seed: 1,
    firstItem: 0,
    state: null,
  };
}
