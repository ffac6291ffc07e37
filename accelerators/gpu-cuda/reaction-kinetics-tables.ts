import type { ReactionNetwork } from "../../src/network/index.ts";
import { type Equations, equationsOf, type Term } from "../../src/workloads/reaction-kinetics/equations.ts";
import { updatesOf } from "../../src/workloads/reaction-kinetics/sparse-factors.ts";
import { FlatCode } from "./network-code.ts";
import { type Graph, graphOf, type Use } from "./network-graph.ts";

/** A network as the kernels of `reaction-kinetics` read it. Values come by place: states in the order of elimination, assigned ones, others. */
export interface KineticTables {
  readonly values: number;
  readonly states: number;
  /** Rows of doubles that one slot needs where rates are interpreted. */
  readonly rows: number;
  /** Place of each value. */
  readonly placeOf: Int32Array;
  /**
   * Sixteen integers of which the first are how many values, states and entries of the factors there are, the first row after
   * intermediate results, then where each part begins: code of assignments, slopes, derivatives by states and by time; places;
   * the pattern's starts, columns and diagonal; where updates go. Then those parts.
   */
  readonly tables: Int32Array;
  /** Where values start, by place, and then the numbers of the code. */
  readonly numbers: Float64Array;
}

/** One expression graph and what becomes of it, for each assignment, and for each term's rate and derivatives. */
export interface KineticBlocks {
  readonly equations: Equations;
  readonly placeOf: Int32Array;
  /** Values that move or are assigned: the first so many places. The others stay as an item has them. */
  readonly own: number;
  readonly assignments: readonly Block[];
  readonly slopes: readonly Block[];
  /** Outputs are entries of the factors, negative: what is factorized is a multiple of 1 less the Jacobian. */
  readonly jacobian: readonly Block[];
  readonly inTime: readonly Block[];
}

interface Block {
  readonly graph: Graph;
  readonly uses: readonly Use[];
}

const known = new WeakMap<ReactionNetwork, KineticBlocks>();

/** Makes the graphs of a network, once. */
export function blocksOf(network: ReactionNetwork): KineticBlocks {
  const found = known.get(network);
  if (found !== undefined) return found;
  const equations = equationsOf(network);
  const { states, terms, entry } = equations;
  const placeOf = new Int32Array(network.values).fill(-1);
  for (const [place, value] of states.entries()) placeOf[value] = place;
  let next = states.length;
  for (const { value } of network.assignments) if (placeOf[value] === -1) placeOf[value] = next++;
  const own = next;
  for (const value of placeOf.keys()) if (placeOf[value] === -1) placeOf[value] = next++;
  const place = (value: number): number => placeOf[value] ?? 0;
  const moving = terms.filter(({ moves }) => moves.length > 0);
  const made: KineticBlocks = {
    equations,
    placeOf,
    own,
    assignments: network.assignments.map(({ value, of }) => ({
      graph: graphOf([of], place),
      uses: [{ row: place(value) }],
    })),
    slopes: moving.map(({ rate, moves }) => ({ graph: graphOf([rate], place), uses: [{ outputs: moves }] })),
    jacobian: moving
      .filter(({ partials }) => partials.length > 0)
      .map(({ partials, moves }: Term) => ({
        graph: graphOf(
          partials.map(({ of }) => of),
          place,
        ),
        uses: partials.map(({ by }) => ({ outputs: moves.map(([to, amount]) => [entry(to, by), -amount] as const) })),
      })),
    inTime: moving.flatMap(({ inTime, moves }) =>
      inTime === null ? [] : [{ graph: graphOf([inTime], place), uses: [{ outputs: moves }] }],
    ),
  };
  known.set(network, made);
  return made;
}

/** Flattens a network into tables. */
export function kineticTables(network: ReactionNetwork): KineticTables {
  const { equations, placeOf, assignments, slopes, jacobian, inTime } = blocksOf(network);
  const { states, pattern } = equations;
  const numbers: number[] = [];
  for (const [value, place] of placeOf.entries()) numbers[place] = network.initial[value] ?? Number.NaN;
  const code = new FlatCode(network.values, numbers);
  const pieces = [assignments, slopes, jacobian, inTime].map((blocks) => {
    for (const { graph, uses } of blocks) code.add(graph, uses);
    return code.take();
  });
  const parts = [
    ...pieces,
    [...placeOf],
    [...pattern.starts],
    [...pattern.columns],
    [...pattern.diagonal],
    [...updatesOf(pattern)],
  ];
  const header = [network.values, states.length, pattern.columns.length, code.rows];
  let at = 16;
  for (const part of parts) {
    header.push(at);
    at += part.length;
  }
  const tables = new Int32Array(at);
  tables.set(header);
  for (const [index, part] of parts.entries()) tables.set(part, header[4 + index]);
  return {
    values: network.values,
    states: states.length,
    rows: code.rows + 8 * states.length + pattern.columns.length,
    placeOf,
    tables,
    numbers: Float64Array.from(numbers),
  };
}
