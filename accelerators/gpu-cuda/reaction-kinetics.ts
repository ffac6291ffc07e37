import type { DeviceInfo, RunContext, Support } from "../../src/contract/index.ts";
import { compiled, networkFunctions, noRandom, type ReactionNetwork, readsOf } from "../../src/network/index.ts";
import {
  type KineticsInput,
  type KineticsSolutions,
  kineticsStatus,
  reactionKinetics,
} from "../../src/workloads/index.ts";
import { timeSwitchesOf } from "../../src/workloads/reaction-kinetics/time-switches.ts";
import type { CudaDevice, ResidentData } from "./cuda-device.ts";
import type { CudaKernel } from "./kernel.ts";
import { fitsMemory } from "./memory.ts";
import type { KineticsNetwork, KineticsTask, SolvedItems } from "./reaction-kinetics.worker.ts";
import { kineticSource } from "./reaction-kinetics-source.ts";
import { type KineticTables, kineticTables } from "./reaction-kinetics-tables.ts";

/** A run's launches and copies, and rates a second of an ensemble that fills a data-centre GPU: a guess. */
const guess = { seconds: 2e-3, rates: 2e9, bytes: 1e10 };

/**
 * RODAS4, an item a thread, in launches of a twentieth of a second. Rates and derivatives are code compiled for the network where
 * NVRTC is on the host, else interpreted.
 */
export const reactionKineticsKernel: CudaKernel<KineticsInput, KineticsSolutions> = {
  workload: reactionKinetics,
  supports,
  prior: ({ units, bytesIn, bytesOut }) => ({
    seconds: guess.seconds + units / guess.rates + (bytesIn + bytesOut) / guess.bytes,
    joules: null,
    energySource: null,
    basis: "guess",
  }),
  prepare: async (device, { network }, context) => {
    await prepareSolver(device, network, "generated", context);
  },
  run: (device, input, context) => solveOn(device, input, "generated", context),
};

/** Brings a network over and has its code compiled where `by` wants that and there is a compiler; says which one it is to be. */
export async function prepareSolver(
  device: CudaDevice,
  network: ReactionNetwork,
  by: KineticsTask["by"],
  context: RunContext,
): Promise<KineticsTask["by"]> {
  return device.run("reaction-kinetics-prepare", by, context, residentOf(network));
}

/** Solves by generated code where there can be such, or by the interpreter even then: benchmarks and tests compare them. */
export async function solveOn(
  device: CudaDevice,
  input: KineticsInput,
  by: KineticsTask["by"],
  context: RunContext,
): Promise<KineticsSolutions> {
  if (input.count === 0) return answerOf(input, nothing);
  return answerOf(input, await device.run("reaction-kinetics", taskOf(input, by), context, residentOf(input.network)));
}

const nothing: SolvedItems = {
  statuses: new Uint8Array(0),
  samples: new Float64Array(0),
  values: new Float64Array(0),
  moments: new Float64Array(0),
};

function supports({ network, count, times, observed, changes, state }: KineticsInput, device: DeviceInfo): Support {
  if (network.events.length > 0)
    return { ok: false, reason: "networks with events are not for gpu-cuda: its steps end at kept times alone" };
  if (timeSwitchesOf(network).comparisons.length > 0)
    return { ok: false, reason: "rates that jump in time are not for gpu-cuda: its steps end at kept times alone" };
  const drawing = [
    ...network.reactions.flatMap(({ rate }) => (rate.kind === "expression" ? [rate.rate] : [])),
    ...network.assignments.map(({ of }) => of),
    ...network.rateRules.map(({ of }) => of),
  ].some((expression) => readsOf(expression).draws);
  if (drawing) return { ok: false, reason: "a rate or a rule draws random numbers" };
  const doubles = count * (times.length * observed.length + network.values * (state === null ? 1 : 2) + 5);
  return fitsMemory(8 * (doubles + 2 * (changes?.amounts.length ?? 0)), device);
}

const known = new WeakMap<ReactionNetwork, KineticTables>();

function tablesOf(network: ReactionNetwork): KineticTables {
  const found = known.get(network) ?? kineticTables(network);
  known.set(network, found);
  return found;
}

/** What the device keeps of a network; the code is made only where it goes there. */
function residentOf(network: ReactionNetwork): ResidentData<KineticsNetwork> {
  return {
    owner: network,
    part: "kinetics",
    load: () => {
      const { tables, numbers } = tablesOf(network);
      return { tables, numbers, source: kineticSource(network) };
    },
  };
}

/** An input as its task. */
function taskOf(input: KineticsInput, by: KineticsTask["by"]): KineticsTask {
  const { network, count, from, times, observed, changes, relative, absolute, mostSteps, state } = input;
  const { rows, placeOf } = tablesOf(network);
  return {
    count,
    values: network.values,
    rows,
    from,
    relative,
    absolute,
    mostSteps,
    times,
    observed: Int32Array.from(observed, (value) => placeOf[value] ?? 0),
    changes,
    state: state === null ? null : { values: state.values, times: state.times, steps: state.steps },
    by,
  };
}

/** The answer, with the culprits of items that are stuck looked up as the oracle does it. */
function answerOf(input: KineticsInput, solved: SolvedItems): KineticsSolutions {
  const { network, count, state } = input;
  const { statuses, samples, values, moments } = solved;
  const times = moments.slice(0, count);
  const culprits = new Int32Array(count).fill(-1);
  if (statuses.includes(kineticsStatus.stuck)) {
    const { rates } = networkFunctions(network, compiled, false);
    for (const [item, status] of statuses.entries()) {
      if (status !== kineticsStatus.stuck) continue;
      const at = values.subarray(item * network.values, (item + 1) * network.values);
      culprits[item] = rates.findIndex((rate) => !Number.isFinite(rate(at, times[item] ?? Number.NaN, noRandom)));
    }
  }
  return {
    statuses,
    culprits,
    samples,
    steps: moments.slice(2 * count),
    state: {
      values,
      times,
      steps: moments.slice(count, 2 * count),
      draws: state === null ? new Float64Array(count) : state.draws.slice(),
      events: null,
    },
  };
}
