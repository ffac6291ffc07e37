import { type NetworkReaction, type ReactionNetwork, readersOf } from "../../src/network/index.ts";
import { trajectoryStatus } from "../../src/workloads/stochastic-simulation/output.ts";
import { type Advance, slot } from "./stochastic-simulation-direct.ts";
import { mostNumbers } from "./stochastic-simulation-draws.ts";
import { aligned, instantiate } from "./wasm.ts";

interface Tree {
  lay(tree: number, laws: number, heads: number, numbers: number, reactions: number, width: number): void;
  /** Whether every rate is one. */
  begin(from: number, already: number): number;
  rewind(): void;
  /** A `trajectoryStatus`, or `usedUp`. */
  advance(until: number, mostEvents: number, end: number): number;
  timeNow(): number;
  eventsSoFar(): number;
  used(): number;
  blamed(): number;
}

/** What `advance` answers where it wants more random numbers. */
const usedUp = 255;
/** Bytes of a law, of a change and of what is known of a reaction; of a list. */
const entry = 16;
const heading = 32;
/** Rates that a reaction changes, up to which it has a list of them to itself. */
const shortList = 16;
/** Where tables begin in the memory, as assembly lays out its own data below. */
const start = 1024;
/** Addresses are of 32 bits, and a network that wants more than this of them has its tree elsewhere. */
const mostBytes = 2 ** 30;

/** A law as the assembly computes it: k * x * y, or k x (x - 1) / 2; null for any other. */
function lawOf({ rate, reactants }: NetworkReaction): { k: number; x: number; y: number; pair: boolean } | null {
  if (rate.kind !== "mass-action") return null;
  const [one, two, three] = reactants;
  const law = { k: rate.constant, x: one?.[0] ?? -1, y: two?.[0] ?? -1, pair: false };
  if (one === undefined) return law;
  if (two === undefined) return one[1] <= 2 ? { ...law, pair: one[1] === 2 } : null;
  return three === undefined && one[1] === 1 && two[1] === 1 ? law : null;
}

/**
 * Lists of rates to compute again, and which of them each reaction goes through: one of its own where it changes few, else one
 * for each value that it changes. A value that most rates read, as free machines, has one list for all reactions then, which
 * stays in the first-level cache; a list for each would be megabytes that every event reads from memory.
 */
function listsToCompute({ reactions }: ReactionNetwork): {
  readonly lists: readonly (readonly number[])[];
  readonly listsOf: readonly (readonly number[])[];
} {
  const users = readersOf(reactions);
  const lists: (readonly number[])[] = [];
  const shared = new Map<number, number>();
  const listsOf = reactions.map(({ changes }) => {
    const read = [...new Set(changes.map(([value]) => value))].filter((value) => users.has(value));
    const long = read.filter((value) => (users.get(value) ?? []).length > shortList);
    const few = new Set(read.filter((value) => !long.includes(value)).flatMap((value) => users.get(value) ?? []));
    const its = few.size === 0 ? [] : [lists.push([...few].sort((a, b) => a - b)) - 1];
    for (const value of long) {
      const list = shared.get(value) ?? lists.push(users.get(value) ?? []) - 1;
      shared.set(value, list);
      its.push(list);
    }
    return its;
  });
  return { lists, listsOf };
}

interface Paths {
  readonly several: readonly number[];
  readonly alone: number;
}

/** Nodes above these leaves, which ascend, level by level as far up as a level has several, and the node that is alone then. */
function pathsAbove(reactions: readonly number[], leaves: number): Paths {
  const several: number[] = [];
  let level: readonly number[] = reactions.map((at) => leaves + at);
  while (level.length > 1) {
    const parents: number[] = [];
    for (const node of level) if (parents[parents.length - 1] !== node >> 1) parents.push(node >> 1);
    for (const parent of parents) several.push(parent);
    level = parents;
  }
  return { several, alone: level[0] ?? 0 };
}

/**
 * The sum tree in WebAssembly, for networks of mass action alone: the steps and the bits of `treeMethod`, with every table
 * as addresses in one memory. Null for a network with assignments or other laws, which `treeMethod` takes.
 */
export function massActionTree(network: ReactionNetwork): Advance | null {
  const { reactions, assignments } = network;
  const laws = reactions.map(lawOf);
  if (assignments.length > 0 || reactions.length === 0) return null;
  let leaves = 1;
  while (leaves < reactions.length) leaves *= 2;
  const { lists, listsOf } = listsToCompute(network);
  const paths = lists.map((list) => pathsAbove(list, leaves));
  const entries = (lists: readonly { readonly length: number }[]): number =>
    lists.reduce((sum, { length }) => sum + length, 0);

  let end = start;
  const room = (bytes: number): number => {
    const at = end;
    end = aligned(end + bytes);
    return at;
  };
  const numbersAt = room(8 * mostNumbers);
  // the last place holds 1
  const valuesAt = room(8 * (network.values + 1));
  const treeAt = room(16 * leaves);
  const lawsAt = room(entry * reactions.length);
  const headsAt = room(entry * reactions.length);
  const listsAt = room(heading * lists.length);
  const namedAt = room(4 * entries(listsOf));
  const changesAt = room(entry * entries(reactions.map(({ changes }) => changes)));
  const againAt = room(entry * entries(lists));
  const nodesAt = room(4 * entries(paths.map(({ several }) => several)));
  if (end > mostBytes) return null;
  const { exports, memory, reserve } = instantiate<Tree>("stochastic-simulation-tree");
  reserve(end);
  const words = new Uint32Array(memory.buffer);
  const doubles = new Float64Array(memory.buffer);
  const one = network.values;
  doubles[valuesAt / 8 + one] = 1;
  const addressOf = (value: number): number => valuesAt + 8 * (value < 0 ? one : value);
  for (const [reaction, law] of laws.entries()) {
    if (law === null) return null;
    const leaf = treeAt + 8 * (leaves + reaction);
    words.set(
      [addressOf(law.k), addressOf(law.x), addressOf(law.y), leaf + Number(law.pair)],
      (lawsAt + entry * reaction) / 4,
    );
  }
  let [again, node] = [againAt, nodesAt];
  for (const [at, list] of lists.entries()) {
    const from = [again, node] as const;
    for (const reaction of list) {
      const law = (lawsAt + entry * reaction) / 4;
      words.copyWithin(again / 4, law, law + 4);
      again += entry;
    }
    const { several, alone } = paths[at] as Paths;
    for (const parent of several) {
      words[node / 4] = 8 * parent;
      node += 4;
    }
    words.set([from[0], again, from[1], node, alone], (listsAt + heading * at) / 4);
  }
  let [change, named] = [changesAt, namedAt];
  for (const [reaction, { changes }] of reactions.entries()) {
    const from = [change, named] as const;
    for (const [value, amount] of changes) {
      doubles[change / 8] = amount;
      words[change / 4 + 2] = addressOf(value);
      change += entry;
    }
    for (const list of listsOf[reaction] ?? []) {
      words[named / 4] = listsAt + heading * list;
      named += 4;
    }
    words.set([from[0], change, from[1], named], (headsAt + entry * reaction) / 4);
  }
  exports.lay(treeAt, lawsAt, headsAt, numbersAt, reactions.length, leaves);
  const inside = new Float64Array(memory.buffer, valuesAt, network.values);
  const drawn = new Float64Array(memory.buffer, numbersAt, mostNumbers);

  return (values, slots, numbers, refill) => {
    const until = slots[slot.until] as number;
    const mostEvents = slots[slot.mostEvents] as number;
    let place = slots[slot.place] as number;
    let last = slots[slot.end] as number;
    inside.set(values);
    if (place < last) drawn.set(numbers.subarray(place, last));
    let status: number = trajectoryStatus.badRate;
    if (exports.begin(slots[slot.time] as number, slots[slot.events] as number) !== 0) {
      status = exports.advance(until, mostEvents, numbersAt + 8 * (last - place));
      while (status === usedUp) {
        last = refill();
        place = 0;
        drawn.set(numbers.subarray(0, last));
        exports.rewind();
        status = exports.advance(until, mostEvents, numbersAt + 8 * last);
      }
    }
    values.set(inside);
    slots[slot.time] = exports.timeNow();
    slots[slot.events] = exports.eventsSoFar();
    slots[slot.place] = place + exports.used();
    slots[slot.end] = last;
    const blamed = exports.blamed();
    slots[slot.culprit] = status === trajectoryStatus.negative ? (blamed - valuesAt) / 8 : blamed;
    return status;
  };
}
