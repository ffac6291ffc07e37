import type { FluxBalanceInput, FluxProblem } from "./problem.ts";

/**
 * A random network that grows, and a batch of changes to it. Metabolite 0 is taken up; each other one is made from
 * earlier ones; biomass takes a tenth of them; a maintenance flux is forced, so that some knock-outs leave nothing feasible.
 * Size is spread over the network and the batch: cells of the matrix grow with its power 3/4.
 */
export function generateFluxBalance(size: number, random: () => number): FluxBalanceInput {
  const cells = Math.max(6, size) ** 0.75;
  const metabolites = Math.max(2, Math.round(Math.sqrt(cells / 1.6)));
  const problem = network(metabolites, random);
  const count = Math.max(1, Math.round(size / (problem.rows * problem.columns)));
  const below = (limit: number): number => Math.floor(random() * limit);

  // knock-outs: single, double, and now and then none
  const lists = Array.from({ length: count }, () => [
    ...new Set(Array.from({ length: below(3) }, () => below(problem.columns))),
  ]);
  const columns = Int32Array.from(lists.flat());
  const zeros = new Float64Array(columns.length);
  const scanned = random() < 0.5;
  return {
    problem,
    count,
    bounds: { offsets: offsetsOf(lists.map(({ length }) => length)), columns, lower: zeros, upper: zeros.slice() },
    objectives: scanned
      ? {
          offsets: Uint32Array.from({ length: count + 1 }, (_, at) => at),
          columns: Int32Array.from({ length: count }, () => below(problem.columns)),
          values: new Float64Array(count).fill(1),
        }
      : null,
    senses: scanned ? Int8Array.from({ length: count }, () => (random() < 0.5 ? 1 : -1)) : null,
    wants: (["objective", "fluxes", "duals"] as const)[below(3)] ?? "duals",
  };
}

/** Names as in a model: what a reaction takes is negative, what it makes positive. */
interface Reaction {
  readonly entries: ReadonlyMap<number, number>;
  readonly lower: number;
  readonly upper: number;
}

/** The usual bound of a flux that nothing else limits, mmol/gDW/h. */
const most = 1000;

function network(metabolites: number, random: () => number): FluxProblem {
  const below = (limit: number): number => Math.floor(random() * limit);
  const reactions: Reaction[] = [{ entries: new Map([[0, 1]]), lower: 0, upper: 10 }];
  for (let made = 1; made < metabolites; made++) {
    const entries = new Map([[made, 1 + below(2)]]);
    entries.set(below(made), -1);
    if (made > 2 && random() < 0.4) {
      const second = below(made);
      if (!entries.has(second)) entries.set(second, random() < 0.5 ? -1 : 1);
    }
    reactions.push({ entries, lower: random() < 0.4 ? -most : 0, upper: most });
  }
  for (let extra = 0; extra < metabolites / 4; extra++) {
    const entries = new Map([[below(metabolites), -1]]);
    const product = below(metabolites);
    if (!entries.has(product)) entries.set(product, 1);
    reactions.push({ entries, lower: 0, upper: most });
  }
  for (let drain = 0; drain < metabolites / 4; drain++)
    reactions.push({ entries: new Map([[below(metabolites), -1]]), lower: 0, upper: most });
  const taken = Array.from({ length: Math.ceil(metabolites / 10) }, () => below(metabolites));
  reactions.push({
    entries: new Map(taken.map((metabolite) => [metabolite, -0.01 - random()])),
    lower: 0,
    upper: most,
  });
  reactions.push({ entries: new Map([[below(metabolites), -1]]), lower: 0.01, upper: most });
  return problemOf(metabolites, reactions);
}

function problemOf(rows: number, reactions: readonly Reaction[]): FluxProblem {
  const columns = reactions.length;
  const objective = new Float64Array(columns);
  // biomass
  objective[columns - 2] = 1;
  return {
    rows,
    columns,
    starts: Int32Array.from(offsetsOf(reactions.map(({ entries }) => entries.size))),
    indices: Int32Array.from(reactions.flatMap(({ entries }) => [...entries.keys()])),
    values: Float64Array.from(reactions.flatMap(({ entries }) => [...entries.values()])),
    rowLower: new Float64Array(rows),
    rowUpper: new Float64Array(rows),
    lower: Float64Array.from(reactions, ({ lower }) => lower),
    upper: Float64Array.from(reactions, ({ upper }) => upper),
    objective,
    sense: "maximum",
    integer: null,
  };
}

function offsetsOf(lengths: readonly number[]): Uint32Array {
  const offsets = new Uint32Array(lengths.length + 1);
  lengths.forEach((length, at) => {
    offsets[at + 1] = (offsets[at] ?? 0) + length;
  });
  return offsets;
}
