import { dependenciesOf, type ReactionNetwork, readsOf } from "../../src/network/index.ts";
import { StackCoder, whyNoCode } from "./stochastic-simulation-code.ts";

/** Forms of rate laws, as numbered in `kernels/stochastic-simulation.cu`. */
const form = { constant: 0, one: 1, pairOfOne: 2, two: 3, any: 4, expression: 5 } as const;

/** Children of a node of the kernel's tree: three levels of the binary one. */
const children = 8;
const root = 7;
/** Levels that a reaction's record has room for, and so the most reactions. */
const mostLevels = 6;
const mostReactions = children ** mostLevels;

/** What the device's thread needs to know of a network; sizes are counts of doubles. */
export interface TableShape {
  readonly values: number;
  /** Rates of a trajectory, up to whole groups of eight. */
  readonly leaves: number;
  /** Sums of a trajectory. */
  readonly upper: number;
  /** Levels of sums, the uppermost one included. */
  readonly levels: number;
  /** There is more to compute than mass action. */
  readonly expressions: boolean;
}

/** What a network's trajectories take. */
export function shapeOf({ values, reactions, assignments }: ReactionNetwork): TableShape {
  const leaves = children * Math.max(1, Math.ceil(reactions.length / children));
  let levels = 1;
  while (children ** levels < leaves) levels++;
  const lowest = firstOf(levels - 1);
  const expressions = assignments.length > 0 || reactions.some(({ rate }) => rate.kind === "expression");
  return { values, leaves, levels, upper: levels === 1 ? 8 : lowest + 8 * Math.ceil(leaves / 64), expressions };
}

/** Number of the first node of a level: 7 of the root, 8 of its children. */
function firstOf(level: number): number {
  return (children ** level - 1) / (children - 1) + root;
}

/** Why the kernel cannot simulate a network exactly, or null; of networks that can be simulated exactly at all. */
export function whyNoTable(network: ReactionNetwork): string | null {
  const known = reasons.get(network);
  if (known !== undefined) return known;
  const reason = findReason(network);
  reasons.set(network, reason);
  return reason;
}

const reasons = new WeakMap<ReactionNetwork, string | null>();

function findReason({ reactions, assignments, rateRules, events }: ReactionNetwork): string | null {
  if (events.length > 0) return "SBML events are not simulated on the GPU";
  if (rateRules.length > 0) return "rate rules are not simulated on the GPU";
  if (reactions.length > mostReactions) return `it has more than ${mostReactions} reactions`;
  for (const [at, { rate }] of reactions.entries()) {
    const reason = rate.kind === "expression" ? whyNoCode(rate.rate) : null;
    if (reason !== null) return `the rate of reaction ${at}: ${reason}`;
  }
  for (const { value, of } of assignments) {
    const reason = readsOf(of).time ? "it reads the time" : whyNoCode(of);
    if (reason !== null) return `the assignment of value ${value}: ${reason}`;
  }
  return null;
}

/**
 * Whether the constants of mass action are the same in all trajectories and at all times, as far as the network goes: then
 * the kernel reads one copy of them.
 */
export function constantsStay({ reactions, assignments }: ReactionNetwork): boolean {
  const moving = new Set([
    ...reactions.flatMap(({ changes }) => changes.map(([value]) => value)),
    ...assignments.map(({ value }) => value),
  ]);
  return reactions.every(({ rate }) => rate.kind !== "mass-action" || !moving.has(rate.constant));
}

/** A network as the kernel reads it: a header of offsets (in units of 16 bytes), then the arrays. In shared memory. */
export function tableOf(network: ReactionNetwork): Uint8Array {
  const { reactions, assignments, initial, values } = network;
  const { leaves, levels, upper } = shapeOf(network);
  const coder = new StackCoder();
  const dependencies = dependenciesOf(network);
  const orders: number[] = [];
  const laws = reactions.map(({ rate, reactants }, at): readonly [number, number, number, number] => {
    const law = (of: number, a = 0, b = 0, c = 0): readonly [number, number, number, number] => [
      at + of * 2 ** 28,
      a,
      b,
      c,
    ];
    if (rate.kind === "expression") return law(form.expression, 0, coder.add(rate.rate));
    const [one, two, three] = reactants;
    if (one === undefined) return law(form.constant, rate.constant);
    if (two === undefined && one[1] <= 2)
      return law(one[1] === 1 ? form.one : form.pairOfOne, rate.constant, one[0], one[0]);
    if (two !== undefined && three === undefined && one[1] === 1 && two[1] === 1)
      return law(form.two, rate.constant, one[0], two[0]);
    const first = orders.length / 2;
    for (const [value, order] of reactants) orders.push(value, order);
    return law(form.any, rate.constant, first, orders.length / 2);
  });
  const assigned = assignments.map(({ value, of }) => [value, coder.add(of), 0, 0]);
  const constants = reactions.map(({ rate }) => (rate.kind === "mass-action" ? (initial[rate.constant] ?? 0) : 0));

  const records: number[] = [];
  const changes: number[] = [];
  const rates: number[] = [];
  const again: number[] = [];
  const sums: number[] = [];
  const double = new Float64Array(1);
  const halves = new Int32Array(double.buffer);
  // the assignments of all come first, for the start of a run
  const before = assignments.length;
  for (const [at, reaction] of reactions.entries()) {
    const start = { changes: changes.length / 4, rates: rates.length / 4, again: before + again.length / 4 };
    for (const [value, amount] of reaction.changes) {
      double[0] = amount;
      changes.push(value, 0, halves[0] ?? 0, halves[1] ?? 0);
    }
    const changed = dependencies.rates[at] ?? [];
    for (const one of changed) rates.push(...(laws[one] ?? []));
    for (const one of dependencies.assignments[at] ?? []) again.push(...(assigned[one] ?? []));
    const ends: number[] = [sums.length];
    let nodes: readonly number[] = changed;
    for (let level = levels - 1; level > 0; level--) {
      nodes = [...new Set(nodes.map((node) => Math.floor(node / children)))];
      for (const node of nodes) sums.push(firstOf(level) + node);
      ends.push(sums.length);
    }
    while (ends.length < mostLevels) ends.push(sums.length);
    const here = { changes: changes.length / 4, rates: rates.length / 4, again: before + again.length / 4 };
    records.push(start.changes, here.changes, start.rates, here.rates, start.again, here.again, ...ends);
  }

  // where there is no reaction, the kernel still looks at the first
  if (reactions.length === 0) records.push(...new Array<number>(6 + mostLevels).fill(0));

  const { words, numbers } = coder.code;
  const parts = [
    Int32Array.from(records),
    Int32Array.from(changes),
    Int32Array.from(rates),
    Int32Array.from(sums),
    Int32Array.from([...assigned.flat(), ...again]),
    Int32Array.from(laws.flat()),
    Int32Array.from(orders),
    Float64Array.from(constants),
    words,
    numbers,
    initial,
  ];
  const headBytes = 80;
  const offsets: number[] = [];
  let bytes = headBytes;
  for (const part of parts) {
    offsets.push(bytes / 16);
    bytes += 16 * Math.ceil(part.byteLength / 16);
  }
  const table = new Uint8Array(new SharedArrayBuffer(bytes));
  const head = [reactions.length, values, leaves, children * (firstOf(levels - 1) - 6), upper, levels];
  const [toInitial = 0] = offsets.slice(-1);
  new Int32Array(table.buffer).set([...head, ...offsets.slice(0, -1), assignments.length, toInitial]);
  for (const [at, part] of parts.entries())
    table.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), 16 * (offsets[at] ?? 0));
  return table;
}
