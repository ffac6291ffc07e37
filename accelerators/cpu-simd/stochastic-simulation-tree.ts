import {
  compiled,
  dependenciesOf,
  type Evaluator,
  massAction,
  noRandom,
  type ReactionNetwork,
} from "../../src/network/index.ts";
import { trajectoryStatus } from "../../src/workloads/stochastic-simulation/output.ts";
import { type Advance, slot } from "./stochastic-simulation-direct.ts";

/** Forms of rate laws that the loop below computes itself. */
const form = { constant: 0, one: 1, pairOfOne: 2, pair: 3, other: 4 } as const;

/** Lists of numbers in one array: `offsets[i]` to `offsets[i + 1]` (exclusive) is list `i`. */
interface Lists {
  readonly offsets: Int32Array;
  readonly items: Int32Array;
}

function listsOf(lists: readonly (readonly number[])[]): Lists {
  const offsets = new Int32Array(lists.length + 1);
  for (const [at, { length }] of lists.entries()) offsets[at + 1] = (offsets[at] ?? 0) + length;
  const items = new Int32Array(offsets[lists.length] ?? 0);
  for (const [at, list] of lists.entries()) items.set(list, offsets[at]);
  return { offsets, items };
}

/** Nodes above these leaves, which ascend: level by level from the leaves up, so that children come before their parents. */
function nodesAbove(reactions: readonly number[], leaves: number): readonly number[] {
  const nodes: number[] = [];
  let level: readonly number[] = reactions.map((at) => leaves + at);
  while ((level[0] ?? 1) > 1) {
    const parents: number[] = [];
    for (const node of level) if (parents[parents.length - 1] !== node >> 1) parents.push(node >> 1);
    for (const parent of parents) nodes.push(parent);
    level = parents;
  }
  return nodes;
}

/**
 * The direct method over a sum tree for networks of any size: after a reaction, the rates that depend on it and then
 * every node above these once. A node's sum is that of its two children as they are, so nothing drifts.
 */
export function treeMethod(network: ReactionNetwork, stopWhen: Evaluator | null): Advance {
  const { reactions, assignments } = network;
  const count = reactions.length;
  let leaves = 1;
  while (leaves < count) leaves *= 2;
  const tree = new Float64Array(2 * leaves);
  const forms = new Uint8Array(count).fill(form.other);
  const constants = new Int32Array(count);
  const firsts = new Int32Array(count);
  const seconds = new Int32Array(count);
  const others: Evaluator[] = [];
  for (const [at, { rate, reactants }] of reactions.entries()) {
    const [one, two, three] = reactants;
    if (rate.kind === "expression") others[at] = compiled(rate.rate);
    else {
      others[at] = (values) => massAction(values[rate.constant] ?? Number.NaN, reactants, values, true);
      constants[at] = rate.constant;
      firsts[at] = one?.[0] ?? 0;
      seconds[at] = two?.[0] ?? 0;
      if (one === undefined) forms[at] = form.constant;
      else if (two === undefined && one[1] <= 2) forms[at] = one[1] === 1 ? form.one : form.pairOfOne;
      else if (two !== undefined && three === undefined && one[1] === 1 && two[1] === 1) forms[at] = form.pair;
    }
  }
  const dependencies = dependenciesOf(network);
  const changed = listsOf(reactions.map(({ changes }) => changes.map(([value]) => value)));
  const amounts = Float64Array.from(reactions.flatMap(({ changes }) => changes.map(([, amount]) => amount)));
  const assigned = listsOf(dependencies.assignments);
  const targets = Int32Array.from(assignments, ({ value }) => value);
  const assign = assignments.map(({ of }) => compiled(of));
  const rates = listsOf(dependencies.rates);
  const above = listsOf(dependencies.rates.map((again) => nodesAbove(again, leaves)));

  const rateOf = (at: number, values: Float64Array, time: number): number => {
    const k = values[constants[at] as number] as number;
    switch (forms[at]) {
      case form.constant:
        return k;
      case form.one:
        return k * (values[firsts[at] as number] as number);
      case form.pairOfOne: {
        const x = values[firsts[at] as number] as number;
        return (k * x * (x - 1)) / 2;
      }
      case form.pair:
        return k * (values[firsts[at] as number] as number) * (values[seconds[at] as number] as number);
      default:
        return (others[at] as Evaluator)(values, time, noRandom);
    }
  };

  /** The first reaction whose rate is none, or -1 after all rates and sums were computed. */
  const computeAll = (values: Float64Array, time: number): number => {
    for (let at = 0; at < count; at++) {
      const rate = rateOf(at, values, time);
      tree[leaves + at] = rate;
      if (!(rate >= 0)) return at;
    }
    for (let node = leaves - 1; node > 0; node--)
      tree[node] = (tree[2 * node] as number) + (tree[2 * node + 1] as number);
    return -1;
  };

  /** As the loop below, for the rare number that rounding led to a rate of 0. */
  const chooseCarefully = (place: number): number => {
    let left = place;
    let node = 1;
    while (node < leaves) {
      node *= 2;
      const here = tree[node] as number;
      if (left < here || !((tree[node + 1] as number) > 0)) continue;
      left -= here;
      node++;
    }
    return node;
  };

  return (values, slots, numbers, refill) => {
    let time = slots[slot.time] as number;
    let events = slots[slot.events] as number;
    let place = slots[slot.place] as number;
    let end = slots[slot.end] as number;
    const mostEvents = slots[slot.mostEvents] as number;
    const until = slots[slot.until] as number;
    const finish = (status: number, culprit: number): number => {
      slots[slot.time] = time;
      slots[slot.events] = events;
      slots[slot.place] = place;
      slots[slot.end] = end;
      slots[slot.culprit] = culprit;
      return status;
    };
    const wrong = computeAll(values, time);
    if (wrong >= 0) return finish(trajectoryStatus.badRate, wrong);
    for (;;) {
      const total = tree[1] as number;
      if (!(total < Number.POSITIVE_INFINITY)) return finish(trajectoryStatus.badRate, -1);
      if (place === end) {
        end = refill();
        place = 0;
      }
      const next = total > 0 ? time + (numbers[place] as number) / total : Number.POSITIVE_INFINITY;
      if (!(next < until)) return finish(trajectoryStatus.finished, -1);
      if (events >= mostEvents) return finish(trajectoryStatus.exhausted, -1);
      time = next;
      const chosen = (numbers[place + 1] as number) * total;
      let left = chosen;
      let node = 1;
      while (node < leaves) {
        node <<= 1;
        const here = tree[node] as number;
        if (left >= here) {
          left -= here;
          node++;
        }
      }
      if (!((tree[node] as number) > 0)) node = chooseCarefully(chosen);
      const reaction = node - leaves;
      place += 2;
      events++;
      const last = changed.offsets[reaction + 1] as number;
      let lacking = -1;
      for (let at = changed.offsets[reaction] as number; at < last; at++) {
        const value = changed.items[at] as number;
        const now = (values[value] as number) + (amounts[at] as number);
        values[value] = now;
        if (now < 0 && lacking < 0) lacking = value;
      }
      if (lacking >= 0) return finish(trajectoryStatus.negative, lacking);
      for (let at = assigned.offsets[reaction] as number; at < (assigned.offsets[reaction + 1] as number); at++) {
        const one = assigned.items[at] as number;
        values[targets[one] as number] = (assign[one] as Evaluator)(values, time, noRandom);
      }
      const lastRate = rates.offsets[reaction + 1] as number;
      let bad = -1;
      for (let at = rates.offsets[reaction] as number; at < lastRate; at++) {
        const one = rates.items[at] as number;
        const rate = rateOf(one, values, time);
        tree[leaves + one] = rate;
        if (!(rate >= 0) && bad < 0) bad = one;
      }
      if (stopWhen !== null && stopWhen(values, time, noRandom) !== 0) return finish(trajectoryStatus.stopped, -1);
      if (bad >= 0) return finish(trajectoryStatus.badRate, bad);
      const lastNode = above.offsets[reaction + 1] as number;
      for (let at = above.offsets[reaction] as number; at < lastNode; at++) {
        const parent = above.items[at] as number;
        tree[parent] = (tree[2 * parent] as number) + (tree[2 * parent + 1] as number);
      }
    }
  };
}
