// A trajectory on its way, and what may happen to it.
import { type Evaluator, type NetworkFunctions, noRandom, type ReactionNetwork } from "../../network/index.ts";
import type { Draws } from "./draws.ts";
import type { Flow } from "./flow.ts";
import { trajectoryStatus } from "./output.ts";

/** What the choice of a leap needs of a network. */
export interface LeapData {
  readonly epsilon: number;
  /** Values whose change changes rates: of each the highest order of a reaction in it, and how many of it that one takes. */
  readonly species: readonly { readonly value: number; readonly order: number; readonly taken: number }[];
  /** Values that a reaction changes. */
  readonly changed: Uint32Array;
  /** The changes of all reactions one after another, those of reaction `i` from `firstChange[i]` on. */
  readonly firstChange: Uint32Array;
  readonly changeOf: Uint32Array;
  readonly amounts: Float64Array;
  /** Room for a leap's working, used again by the next. */
  readonly critical: Uint8Array;
  readonly means: Float64Array;
  readonly variances: Float64Array;
  readonly next: Float64Array;
}

export interface Simulator {
  readonly network: ReactionNetwork;
  readonly functions: NetworkFunctions;
  readonly flow: Flow;
  readonly stopWhen: Evaluator | null;
  /** Null for the exact method. */
  readonly leaps: LeapData | null;
}

/** One trajectory on its way. */
export interface Walk {
  readonly simulator: Simulator;
  readonly values: Float64Array;
  time: number;
  /** Blocks used so far. */
  draws: number;
  events: number;
  status: number;
  culprit: number;
  /** Rates of the reactions, in the leaves of a tree whose nodes sum their two children. */
  readonly tree: Float64Array;
  readonly draw: (block: number, draws: Draws) => void;
  readonly drawn: Draws;
  readonly mostEvents: number;
}

/** Leaves of the tree of so many rates: a power of two. */
export function leavesOf(reactions: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, reactions)));
}

export function end(walk: Walk, status: number, culprit = -1): void {
  walk.status = status;
  walk.culprit = culprit;
}

/** Computes all rates and the sums over them; gives the sum of all. */
export function allRates(walk: Walk): number {
  const { simulator, values, time, tree } = walk;
  const { rates } = simulator.functions;
  const leaves = tree.length / 2;
  for (let at = 0; at < rates.length; at++) {
    const rate = rates[at]?.(values, time, noRandom) ?? Number.NaN;
    tree[leaves + at] = rate;
    if (!(rate >= 0)) {
      end(walk, trajectoryStatus.badRate, at);
      return Number.NaN;
    }
  }
  for (let node = leaves - 1; node > 0; node--) tree[node] = (tree[2 * node] ?? 0) + (tree[2 * node + 1] ?? 0);
  const total = tree[1] ?? 0;
  if (!(total < Number.POSITIVE_INFINITY)) end(walk, trajectoryStatus.badRate);
  return total;
}

/** The reaction in whose stretch of the sum of all rates a number lies; never one with a rate of 0. */
export function choose(tree: Float64Array, place: number): number {
  const leaves = tree.length / 2;
  let left = place;
  let node = 1;
  while (node < leaves) {
    node *= 2;
    const here = tree[node] ?? 0;
    // rounding may leave a little more than there is on the right
    if (left < here || !((tree[node + 1] ?? 0) > 0)) continue;
    left -= here;
    node++;
  }
  return node - leaves;
}

/** Lets a reaction happen some times; false where it takes more than there is. */
export function react(walk: Walk, reaction: number, times: number): boolean {
  const changes = walk.simulator.network.reactions[reaction]?.changes ?? [];
  for (const [value, amount] of changes) walk.values[value] = (walk.values[value] ?? Number.NaN) + times * amount;
  const lacking = changes.find(([value]) => (walk.values[value] ?? 0) < 0);
  if (lacking !== undefined) end(walk, trajectoryStatus.negative, lacking[0]);
  return lacking === undefined;
}

/** Single random numbers of a trajectory, a block each. */
export function randomOf(walk: Walk): () => number {
  return () => {
    walk.draw(walk.draws++, walk.drawn);
    return walk.drawn.choice;
  };
}
