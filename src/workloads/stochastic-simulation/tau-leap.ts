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
  const changes = network.reactions.map((reaction) => reaction.changes);
  const firstChange = new Uint32Array(changes.length + 1);
  for (const [at, { length }] of changes.entries()) firstChange[at + 1] = (firstChange[at] ?? 0) + length;
  return {
    epsilon,
    species: [...found].map(([value, one]) => ({ value, ...one })),
    changed: Uint32Array.from(changed),
    firstChange,
    changeOf: Uint32Array.from(changes.flat(), ([value]) => value),
    amounts: Float64Array.from(changes.flat(), ([, amount]) => amount),
    critical: new Uint8Array(changes.length),
    means: new Float64Array(network.values),
    variances: new Float64Array(network.values),
    next: new Float64Array(network.values),
  };
}

/**
 * Leaps over many reactions at once, to `until` at most. False, and nothing changed but the random numbers used, where an
 * exact step does as well: rates too small, or a leap so long that it would make a count negative again and again.
 */
export function leap(walk: Walk, data: LeapData, total: number, until: number): boolean {
  if (!(total > 0)) return false;
  const { values, tree } = walk;
  const { critical, next } = data;
  const leaves = tree.length / 2;
  let criticalTotal = 0;
  let lastCritical = -1;
  for (let at = 0; at < critical.length; at++) {
    const rate = tree[leaves + at] ?? 0;
    critical[at] = rate > 0 && isCritical(data, at, values) ? 1 : 0;
    if (critical[at] !== 1) continue;
    criticalTotal += rate;
    lastCritical = at;
  }
  const random = randomOf(walk);
  for (let longest = safeLeap(walk, data); longest >= leastEvents / total; longest /= 2) {
    const toCritical = criticalTotal > 0 ? -Math.log(random()) / criticalTotal : Number.POSITIVE_INFINITY;
    const left = until - walk.time;
    const tau = Math.min(longest, toCritical, left);
    next.set(values);
    for (let at = 0; at < critical.length; at++) {
      const rate = tree[leaves + at] ?? 0;
      if (critical[at] === 1 || rate === 0) continue;
      const firings = poissonNumber(rate * tau, random);
      if (firings > 0) fire(data, at, firings);
    }
    if (toCritical === tau && toCritical < left) {
      let place = random() * criticalTotal;
      let chosen = 0;
      // the last one where rounding leaves a little more than there is
      for (; chosen < lastCritical; chosen++) {
        if (critical[chosen] !== 1) continue;
        place -= tree[leaves + chosen] ?? 0;
        if (place < 0) break;
      }
      fire(data, chosen, 1);
    }
    if (isBelowNothing(data)) continue;
    if (next.some(Number.isNaN) && !values.some(Number.isNaN)) end(walk, trajectoryStatus.badRate);
    values.set(next);
    walk.time = tau === left ? until : walk.time + tau;
    walk.simulator.functions.assign(values, walk.time);
    return true;
  }
  return false;
}

/** Lets a reaction happen so many times where a leap leads to. */
function fire({ firstChange, changeOf, amounts, next }: LeapData, reaction: number, times: number): void {
  const behind = firstChange[reaction + 1] ?? 0;
  for (let at = firstChange[reaction] ?? 0; at < behind; at++) {
    const value = changeOf[at] ?? 0;
    next[value] = (next[value] ?? 0) + times * (amounts[at] ?? 0);
  }
}

function isBelowNothing({ changed, next }: LeapData): boolean {
  for (let at = 0; at < changed.length; at++) if ((next[changed[at] ?? 0] ?? 0) < 0) return true;
  return false;
}

/** Whether fewer firings than a few exhaust what a reaction takes. */
function isCritical({ firstChange, changeOf, amounts }: LeapData, reaction: number, values: Float64Array): boolean {
  const behind = firstChange[reaction + 1] ?? 0;
  for (let at = firstChange[reaction] ?? 0; at < behind; at++) {
    const amount = amounts[at] ?? 0;
    if (amount < 0 && Math.floor((values[changeOf[at] ?? 0] ?? 0) / -amount) < fewFirings) return true;
  }
  return false;
}

/** How long rates change little, with the reactions that are not critical: equations 32 and 33. */
function safeLeap({ values, tree }: Walk, data: LeapData): number {
  const { epsilon, species, firstChange, changeOf, amounts, critical } = data;
  const leaves = tree.length / 2;
  const means = data.means.fill(0);
  const variances = data.variances.fill(0);
  for (let reaction = 0; reaction < critical.length; reaction++) {
    if (critical[reaction] === 1) continue;
    const rate = tree[leaves + reaction] ?? 0;
    const behind = firstChange[reaction + 1] ?? 0;
    for (let at = firstChange[reaction] ?? 0; at < behind; at++) {
      const [value, amount] = [changeOf[at] ?? 0, amounts[at] ?? 0];
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
