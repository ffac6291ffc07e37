// Tau-leaping. Y. Cao, D. T. Gillespie, L. R. Petzold, "Efficient step size selection for the tau-leaping simulation
// method", J. Chem. Phys. 124:044109, 2006, doi 10.1063/1.2159468; equations by its numbers.
import {
  assignedExpressions,
  poissonNumber,
  type ReactionNetwork,
  rateReads,
  readsOf,
  substitute,
} from "../../network/index.ts";
import { trajectoryStatus } from "./output.ts";
import { end, type LeapData, randomOf, type Walk } from "./walk.ts";

/** A reaction that so many firings would exhaust fires at most once a leap: the paper's n_c. */
const fewFirings = 10;
/** A leap shorter than so many mean waiting times is not worth it. */
const leastEvents = 10;
/** Order in which a rate that is an expression counts for what it reads: the highest that the paper treats. */
const expressionOrder = 3;

export function leapData(network: ReactionNetwork, epsilon: number): LeapData {
  const known = assignedExpressions(network);
  const changed = new Set(network.reactions.flatMap(({ changes }) => changes.map(([value]) => value)));
  const found = new Map<number, { order: number; taken: number }>();
  const note = (value: number, order: number, taken: number): void => {
    const before = found.get(value);
    if (!changed.has(value)) return;
    if (before === undefined || order > before.order || (order === before.order && taken > before.taken))
      found.set(value, { order, taken });
  };
  for (const reaction of network.reactions) {
    const { rate, reactants } = reaction;
    const order = reactants.reduce((total, [, one]) => total + one, 0);
    if (rate.kind === "mass-action") for (const [value, one] of reactants) note(value, order, one);
    for (const value of rateReads(reaction).values) {
      const through = known.get(value);
      if (through !== undefined) for (const inner of readsOf(through).values) note(inner, expressionOrder, 1);
    }
    if (rate.kind === "expression")
      for (const value of readsOf(substitute(rate.rate, known)).values) note(value, expressionOrder, 1);
  }
  return { epsilon, species: [...found].map(([value, one]) => ({ value, ...one })) };
}

/**
 * Leaps over many reactions at once, to `until` at most. False, and nothing changed but the random numbers used, where an
 * exact step does as well: rates too small, or a leap so long that it would make a count negative again and again.
 */
export function leap(walk: Walk, data: LeapData, total: number, until: number): boolean {
  if (!(total > 0)) return false;
  const { values, tree } = walk;
  const { reactions } = walk.simulator.network;
  const leaves = tree.length / 2;
  const rate = (at: number): number => tree[leaves + at] ?? 0;
  const critical = reactions.map(({ changes }, at) => rate(at) > 0 && isCritical(changes, values));
  let longest = safeLeap(walk, data, critical);
  const criticalTotal = critical.reduce((sum, one, at) => (one ? sum + rate(at) : sum), 0);
  const random = randomOf(walk);
  for (; longest >= leastEvents / total; longest /= 2) {
    const toCritical = criticalTotal > 0 ? -Math.log(random()) / criticalTotal : Number.POSITIVE_INFINITY;
    const left = until - walk.time;
    const tau = Math.min(longest, toCritical, left);
    const next = values.slice();
    for (const [at, { changes }] of reactions.entries()) {
      if (critical[at] || rate(at) === 0) continue;
      const firings = poissonNumber(rate(at) * tau, random);
      if (firings > 0) for (const [value, amount] of changes) next[value] = (next[value] ?? 0) + firings * amount;
    }
    if (toCritical === tau && toCritical < left) {
      let place = random() * criticalTotal;
      // the last one where rounding leaves a little more than there is
      let chosen = critical.lastIndexOf(true);
      for (const [at, one] of critical.entries()) {
        if (!one) continue;
        place -= rate(at);
        if (place >= 0) continue;
        chosen = at;
        break;
      }
      for (const [value, amount] of reactions[chosen]?.changes ?? []) next[value] = (next[value] ?? 0) + amount;
    }
    const changed = reactions.flatMap(({ changes }) => changes.map(([value]) => value));
    if (changed.some((value) => (next[value] ?? 0) < 0)) continue;
    if (next.some(Number.isNaN) && !values.some(Number.isNaN)) end(walk, trajectoryStatus.badRate);
    values.set(next);
    walk.time = tau === left ? until : walk.time + tau;
    walk.simulator.functions.assign(values, walk.time);
    return true;
  }
  return false;
}

function isCritical(changes: readonly (readonly [number, number])[], values: Float64Array): boolean {
  return changes.some(([value, amount]) => amount < 0 && Math.floor((values[value] ?? 0) / -amount) < fewFirings);
}

/** How long rates change little, with the reactions that are not critical: equations 32 and 33. */
function safeLeap(
  { values, tree, simulator }: Walk,
  { epsilon, species }: LeapData,
  critical: readonly boolean[],
): number {
  const { reactions } = simulator.network;
  const leaves = tree.length / 2;
  const means = new Float64Array(values.length);
  const variances = new Float64Array(values.length);
  for (const [at, { changes }] of reactions.entries()) {
    if (critical[at]) continue;
    const rate = tree[leaves + at] ?? 0;
    for (const [value, amount] of changes) {
      means[value] = (means[value] ?? 0) + amount * rate;
      variances[value] = (variances[value] ?? 0) + amount * amount * rate;
    }
  }
  let longest = Number.POSITIVE_INFINITY;
  for (const { value, order, taken } of species) {
    const x = values[value] ?? 0;
    const most = Math.max((epsilon * x) / weight(order, taken, x), 1);
    const mean = Math.abs(means[value] ?? 0);
    const variance = variances[value] ?? 0;
    if (mean > 0) longest = Math.min(longest, most / mean);
    if (variance > 0) longest = Math.min(longest, (most * most) / variance);
  }
  return longest;
}

/** g_i, by the highest order of a reaction in the species and how many of it that one takes: the paper's section IV. */
function weight(order: number, taken: number, x: number): number {
  const second = x > 1 ? 1 / (x - 1) : 1;
  const third = x > 2 ? 2 / (x - 2) : 2;
  if (taken >= 3) return order + second + third;
  return taken === 2 ? (order / 2) * (2 + second) : order;
}
