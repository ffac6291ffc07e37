import {
  BioXenError,
  type Choice,
  type Cost,
  type DeviceInfo,
  type Dispatched,
  type Dispatcher,
  type StochasticInput,
  type StochasticTrajectories,
  stochasticSimulation,
  trajectoryStatus,
} from "bioxen";

const device: DeviceInfo = {
  ...{ id: "still:0", kind: "cpu", name: "nothing happens", memory: null, features: [], simulated: false },
};
const cost: Cost = { seconds: 0, joules: null, energySource: null, basis: "guess" };
const choice: Choice = {
  candidates: [{ device, predicted: cost, prepareSeconds: 0, waitSeconds: 0 }],
  ...{ rejected: [], reason: "the only one" },
};

/** What a still dispatcher was asked. */
export interface StillDispatcher extends Dispatcher {
  readonly asked: StochasticInput[];
  /** Trajectories (by number) whose run fails from now on. */
  readonly failing: Set<number>;
  /** Throws this once, at the next run. */
  throwOnce: Error | null;
}

/** A dispatcher for tests of turns and lives: time passes in cells, and no reaction happens. */
export function stillDispatcher(): StillDispatcher {
  const still: StillDispatcher = {
    ...{ asked: [], failing: new Set(), throwOnce: null, explain: () => choice },
    run: async <I, O>(workload: object, input: I): Promise<Dispatched<O>> => {
      const error = still.throwOnce;
      still.throwOnce = null;
      if (error !== null) throw error;
      if (workload !== stochasticSimulation) throw new BioXenError("NO_DEVICE", "cells only");
      const asked = input as unknown as StochasticInput;
      still.asked.push(asked);
      return { ...answered, output: answer(asked, still.failing) as unknown as O };
    },
  };
  return still;
}

const answered = {
  ...{ device, reason: "the only one", predicted: cost, measured: { ...cost, cpuSeconds: null }, prepareSeconds: 0 },
  ...{ rejected: [], verifiedBy: null, parts: [] },
};

function answer(
  { count, firstTrajectory, state }: StochasticInput,
  failing: ReadonlySet<number>,
): StochasticTrajectories {
  if (state === null) throw new Error("cells come with a state");
  return {
    statuses: Uint8Array.from({ length: count }, (_, at) =>
      failing.has(firstTrajectory + at) ? trajectoryStatus.badRate : trajectoryStatus.finished,
    ),
    culprits: new Int32Array(count).fill(-1),
    ...{ samples: new Float64Array(0), events: new Float64Array(count), precision: "double" },
    state: { ...state, values: state.values.slice() },
  };
}
