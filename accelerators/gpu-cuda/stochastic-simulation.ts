import type { Support } from "../../src/contract/index.ts";
import { type StochasticInput, type StochasticTrajectories, stochasticSimulation } from "../../src/workloads/index.ts";
import { whyUnsupported } from "../../src/workloads/stochastic-simulation/ensemble.ts";
import { emptyTrajectories } from "../../src/workloads/stochastic-simulation/start.ts";
import type { ResidentData } from "./cuda-device.ts";
import type { CudaKernel } from "./kernel.ts";
import { fitsMemory } from "./memory.ts";
import type { EnsembleJob, LaunchShape } from "./stochastic-simulation.worker.ts";
import { StackCoder, whyNoCode } from "./stochastic-simulation-code.ts";
import { constantsStay, shapeOf, tableOf, whyNoTable } from "./stochastic-simulation-table.ts";

/** Guesses for a data-centre GPU full of trajectories, and for a bus of PCIe 4. */
const guess = { events: 5e8, bytes: 1e10 };
const secondsPerRun = 5e-4;

/** The direct method over the workload's sum tree, a group of threads a trajectory, in doubles: the oracle's bits. */
export const stochasticSimulationKernel: CudaKernel<StochasticInput, StochasticTrajectories> = {
  workload: stochasticSimulation,
  supports: (input, device): Support => {
    const { network, method, stopWhen, count, times, observed } = input;
    const reason = method === "exact" ? whyUnsupported(input) : "tau-leaping is not simulated on the GPU";
    if (reason !== null) return { ok: false, reason };
    const lacking = whyNoTable(network) ?? (stopWhen === null ? null : whyNoCode(stopWhen));
    if (lacking !== null) return { ok: false, reason: lacking };
    return fitsMemory(8 * count * (network.values + times.length * observed.length + 8), device);
  },
  prior: ({ units, bytesOut }) => ({
    seconds: secondsPerRun + units / guess.events + bytesOut / guess.bytes,
    joules: null,
    energySource: null,
    basis: "guess",
  }),
  prepare: async (device, { network, stopWhen }, context) => {
    const expressions = stopWhen !== null || shapeOf(network).expressions;
    await device.run("stochastic-simulation-prepare", { expressions }, context, residentTable(network));
  },
  run: async (device, input, context) => {
    if (input.count === 0) {
      const { state, ...empty } = emptyTrajectories(input.network, 0, 0, false);
      return { ...empty, state: { ...state, events: null } };
    }
    const { statuses, culprits, samples, events, ...state } = await device.run(
      "stochastic-simulation",
      ensembleJob(input),
      context,
      residentTable(input.network),
    );
    return { statuses, culprits, samples, events, state: { ...state, events: null } };
  },
};

/** A network's table as tasks name it. */
export function residentTable(network: StochasticInput["network"]): ResidentData<Uint8Array> {
  return { owner: network, part: "stochastic-simulation", load: () => tableOf(network) };
}

/** What the device's thread needs of an input, its network apart. `launches` forces a shape: for those who measure. */
export function ensembleJob(input: StochasticInput, launches: LaunchShape | null = null): EnsembleJob {
  const { network, count, seed, firstTrajectory, from, times, observed, changes, mostEvents, stopWhen, state } = input;
  const coder = new StackCoder();
  if (stopWhen !== null) coder.add(stopWhen);
  return {
    ...{ count, seed, firstTrajectory, from, times, observed, changes, mostEvents, launches },
    shape: shapeOf(network),
    sharedConstants: haveSameConstants(input),
    stop: stopWhen === null ? null : coder.code,
    state: state === null ? null : { values: state.values, times: state.times, draws: state.draws },
  };
}

/** Whether all trajectories have the network's own constants of mass action throughout. */
function haveSameConstants({ network, changes, state, count }: StochasticInput): boolean {
  if (!constantsStay(network)) return false;
  const constants = new Set<number>();
  for (const { rate } of network.reactions) if (rate.kind === "mass-action") constants.add(rate.constant);
  if (changes?.values.some((value) => constants.has(value))) return false;
  if (state === null) return true;
  for (let item = 0; item < count; item++)
    for (const constant of constants)
      if (!Object.is(state.values[item * network.values + constant], network.initial[constant])) return false;
  return true;
}
