import type { EventState, ReactionNetwork } from "../../src/network/index.ts";
import type { KineticsInput } from "../../src/workloads/index.ts";
import type { KineticsRoom } from "../../src/workloads/reaction-kinetics/output.ts";
import { type StepMethod, solveItem } from "../../src/workloads/reaction-kinetics/solve.ts";
import { rodas } from "./reaction-kinetics-rodas.ts";
import { receivedNetwork, type SharedNetwork } from "./shared-network.ts";

export interface ItemsJob {
  readonly network: SharedNetwork;
  readonly input: Omit<KineticsInput, "network">;
  /** The next item to solve. */
  readonly cursor: Int32Array;
  /** What the threads write to. */
  readonly room: KineticsRoom;
}

/** Events' states of the items that a thread solved. */
export type SolvedEvents = readonly (readonly [item: number, state: EventState])[];

const methods = new WeakMap<ReactionNetwork, StepMethod>();

/** Solves items until there are none. */
export function solveDrawnItems({ network, input, cursor, room }: ItemsJob): SolvedEvents {
  return solveItems({ ...input, network: receivedNetwork(network) }, () => Atomics.add(cursor, 0, 1), room);
}

/** Solves each item that `draw` names. */
export function solveItems(input: KineticsInput, draw: () => number, room: KineticsRoom): SolvedEvents {
  const method = methods.get(input.network) ?? rodas(input.network);
  methods.set(input.network, method);
  const states: [number, EventState][] = [];
  for (let item = draw(); item < input.count; item = draw()) {
    const state = solveItem(method, input, item, room);
    if (state !== null) states.push([item, state]);
  }
  return states;
}
