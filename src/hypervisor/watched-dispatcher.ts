import type { CellModel } from "../cell/index.ts";
import { BioXenError, type Dispatched, type Dispatcher, type DispatchOptions } from "../contract/index.ts";
import { type StochasticInput, stochasticSimulation } from "../workloads/index.ts";

/** What dispatches came to. */
export interface DispatchAccount {
  dispatches: number;
  /** On the devices, transfers included. */
  deviceSeconds: number;
  /** Null where any of it was not metered. */
  joules: number | null;
  /** Names of devices that ran, by id. */
  readonly devices: Map<string, string>;
  /** Ids of what was dispatched. */
  readonly workloads: Set<string>;
}

export function emptyAccount(): DispatchAccount {
  return { dispatches: 0, deviceSeconds: 0, joules: 0, devices: new Map(), workloads: new Set() };
}

/** A dispatcher that writes down what ran where. */
export function watched(dispatcher: Dispatcher, account: DispatchAccount): Dispatcher {
  return {
    explain: (workload, input, options) => dispatcher.explain(workload, input, options),
    run: async (workload, input, options) => {
      const done = await dispatcher.run(workload, input, options);
      note(account, done);
      account.workloads.add(workload.id);
      return done;
    },
  };
}

function note(account: DispatchAccount, { device, measured, parts }: Dispatched<unknown>): void {
  account.dispatches++;
  account.deviceSeconds += measured.seconds;
  account.joules = account.joules === null || measured.joules === null ? null : account.joules + measured.joules;
  account.devices.set(device.id, device.name);
  for (const part of parts) account.devices.set(part.device.id, part.device.name);
}

/**
 * Where a run of so many cells is to go: choosing takes longer than a step, and one step alone would not tell a slow
 * device, so that it is chosen once for many. A device is only a word here, which the dispatcher gave and takes back.
 */
export function deviceFor(
  dispatcher: Dispatcher,
  { network, sectors }: CellModel,
  count: number,
  seconds: number,
  options: DispatchOptions,
): string | null {
  if (options.device !== undefined) return options.device;
  const method = sectors === undefined ? "exact" : "tau-leaping";
  const input: StochasticInput = {
    ...{ network, method, count, seed: 1, firstTrajectory: 0, from: 0, times: Float64Array.of(seconds) },
    ...{ observed: new Uint32Array(0), changes: null, mostEvents: 1e9, stopWhen: null, epsilon: 0.03, state: null },
  };
  const { candidates } = dispatcher.explain(stochasticSimulation, input, options);
  return candidates[0]?.device.id ?? null;
}

/** Whether a batch that was ended by this may be run elsewhere. */
export function mayRunElsewhere(error: unknown): boolean {
  return error instanceof BioXenError && error.retry === "elsewhere";
}
