import { BioXenError, seededRandom } from "../contract/index.ts";
import { type CellState, contentOf, residuesIn, trnaOf, volumeOf } from "./cell-state.ts";
import { type CellModel, machinesBusy } from "./expression-network.ts";
import { dnaBases } from "./sector-step.ts";

/** A model and a state of it, as `Cell` has them. */
interface Divisible {
  readonly model: CellModel;
  readonly state: CellState;
}

/**
 * Whether a cell may divide now: its chromosome has been copied and, gene by gene, its volume is twice that at birth; by
 * proteome sector, the time from the end of copying to division is over.
 */
export function mayDivide({ model, state }: Divisible): boolean {
  if (model.sectors !== undefined) return (state.cycle?.due[0] ?? 1) <= 0;
  const half = Math.ceil(model.genome.length / 2);
  return (state.fork ?? 0) >= half && volumeOf(model, state.values) >= 2 * model.constants.volume;
}

/**
 * Divides a cell into two. Each daughter gets one of the two copies of the chromosome with every gene on it; every other
 * molecule goes to either daughter with even odds, on its own. What one daughter has and what the other has are together
 * exactly what the mother had. Seeded: the same mother at the same time gives the same daughters. The first keeps the mother's
 * number and stream of random numbers, the second has a seed of her own. The mother is left as she is.
 * @throws BioXenError `INPUT_INVALID` for a cell whose chromosome has not been copied.
 */
export function divide({ model, state }: Divisible): readonly [CellState, CellState] {
  const half = Math.ceil(model.genome.length / 2);
  const copied = model.sectors === undefined ? (state.fork ?? 0) >= half : (state.cycle?.due.length ?? 0) > 0;
  if (!copied)
    throw new BioXenError("INPUT_INVALID", `cell ${state.trajectory} has no second chromosome to give to a daughter`, {
      context: { time: state.time },
    });
  const { genes, at, ribosome, polymerase } = model;
  const seed = daughterSeed(state);
  const random = seededRandom(seed);
  const values = [state.values.slice(), state.values.slice()] as const;
  const share = (count: number): number => evenOdds(count, random);
  const part = (index: number): void => {
    const all = state.values[index] ?? 0;
    values[0][index] = share(all);
    values[1][index] = all - (values[0][index] ?? 0);
  };
  for (const block of ["transcribing", "transcripts", "translating", "proteins"] as const)
    for (let gene = 0; gene < genes.length; gene++) part(at[block] + gene);
  for (const machine of [ribosome, polymerase]) {
    part(machine.free);
    part(machine.released);
  }
  for (let gene = 0; gene < genes.length; gene++)
    for (const daughter of values) daughter[at.genes + gene] = (state.values[at.genes + gene] ?? 0) / 2;
  const pools = [new Float64Array(state.pools.length), new Float64Array(state.pools.length)] as const;
  state.pools.forEach((count, index) => {
    pools[0][index] = share(count);
    pools[1][index] = count - (pools[0][index] ?? 0);
  });
  const charged = chargedOfDaughters(model, state, values, random);
  const daughter = (which: 0 | 1): CellState => {
    const own = structuredClone(state);
    const cycle =
      own.cycle === null ? null : { ...own.cycle, termini: own.cycle.termini / 2, due: own.cycle.due.slice(1) };
    const one: CellState = {
      ...own,
      ...{ values: values[which], pools: pools[which], charged: charged[which], cycle, fork: null },
      ...(which === 1 ? { seed, trajectory: 0, draws: 0 } : {}),
      copied: new Float64Array(4),
      taken: new Float64Array(own.taken.length),
      divisions: state.divisions + 1,
      lineageFold: (state.lineageFold * residuesIn(model, state.values)) / residuesIn(model, values[which]),
    };
    one.ribosomes = machines(model, values[which], "ribosome");
    one.polymerases = machines(model, values[which], "polymerase");
    one.bornWith = { ribosomes: one.ribosomes, polymerases: one.polymerases, trna: trnaOf(model, values[which]) };
    // her DNA is hers from now on: ledgers count what is copied from here
    one.atBirth.set(contentOf(model, one));
    one.events.push({ time: state.time, what: "divided" });
    return one;
  };
  return [daughter(0), daughter(1)];
}

/** Bases of DNA that a mother's daughters get: what she was born with, counted in genomes, and what she copied. */
export function dnaOf({ model, state }: Divisible): readonly number[] {
  const { genome } = model;
  const half = Math.ceil(genome.length / 2);
  if (state.cycle !== null) return dnaBases(genome.baseCounts, state.cycle, half);
  const [a = 0, c = 0, g = 0, t = 0] = genome.baseCounts;
  return [a + t, c + g, g + c, t + a].map((whole, base) => whole + (state.copied[base] ?? 0));
}

/** Goes on as the first daughter, in place. */
export function followDaughter({ model, state }: Divisible): void {
  const [first] = divide({ model, state });
  Object.assign(state, first);
}

function machines(
  { ribosome, polymerase, at, genes }: CellModel,
  values: Float64Array,
  which: "ribosome" | "polymerase",
): number {
  const { free, released } = which === "ribosome" ? ribosome : polymerase;
  return (values[free] ?? 0) + (values[released] ?? 0) + machinesBusy({ at, genes }, values, which);
}

/** Charged tRNA goes with its tRNA: of each kind a daughter gets no more charged than she has. */
function chargedOfDaughters(
  model: CellModel,
  { charged }: CellState,
  values: readonly [Float64Array, Float64Array],
  random: () => number,
): readonly [Float64Array, Float64Array] {
  const kinds = values.map((one) => trnaOf(model, one));
  const first = charged.map((count, amino) => {
    const [mine, hers] = [kinds[0]?.[amino] ?? 0, kinds[1]?.[amino] ?? 0];
    return Math.min(mine, Math.max(count - hers, evenOdds(count, random)));
  });
  return [first, charged.map((count, amino) => count - (first[amino] ?? 0))];
}

/** Of so many molecules those that go to one side: a binomial draw with even odds, exact, 32 molecules a random word. */
export function evenOdds(count: number, random: () => number): number {
  let side = 0;
  for (let left = count; left > 0; left -= 32) {
    let word = Math.floor(random() * 2 ** 32);
    if (left < 32) word = word % 2 ** left;
    side += onesIn(word);
  }
  return side;
}

function onesIn(word: number): number {
  let x = word | 0;
  x -= (x >>> 1) & 0x55555555;
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** A seed that no sister or cousin shares but by a chance of one in 2^32. */
function daughterSeed({ seed, trajectory, time, divisions }: CellState): number {
  let x = seed >>> 0;
  for (const word of [trajectory, time, divisions]) {
    x = Math.imul(x ^ (word + 0x9e3779b9), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    x ^= x >>> 16;
  }
  return x >>> 0;
}
