import { BioXenError, seededRandom } from "../contract/index.ts";
import { type CellState, contentOf, residuesIn, trnaOf, volumeOf } from "./cell-state.ts";
import type { CellModel } from "./expression-network.ts";
import { machinesBusy } from "./ledgers.ts";
import { basesCopied } from "./replication.ts";
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
 * molecule, a whole plasmid (with the fork on it) as much as an amino acid, goes to either daughter with even odds, on its
 * own: a daughter may get no plasmid at all. What one daughter has and what the other has are together
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
  const { genes, at, ribosome, polymerase, units } = model;
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
    for (let gene = 0; gene < genes.length; gene++) {
      const leader = units[gene]?.genes[0] ?? gene;
      if (block !== "transcripts" || leader === gene) part(at[block] + gene);
    }
  units.forEach(({ genes: [leader] }, gene) => {
    // one molecule carries all genes of an operon
    for (const daughter of values) daughter[at.transcripts + gene] = daughter[at.transcripts + leader] ?? 0;
  });
  for (const machine of [ribosome, polymerase]) {
    part(machine.free);
    part(machine.released);
  }
  const ofChromosome = model.plasmids[0]?.from ?? genes.length;
  for (let gene = 0; gene < ofChromosome; gene++)
    for (const daughter of values) daughter[at.genes + gene] = (state.values[at.genes + gene] ?? 0) / 2;
  const plasmids = plasmidsOfDaughters(state, random);
  model.plasmids.forEach(({ from, to }, number) => {
    for (let gene = from; gene < to; gene++)
      // a gene that was knocked out stays out
      if ((state.values[at.genes + gene] ?? 0) > 0)
        values.forEach((daughter, which) => {
          daughter[at.genes + gene] = plasmids[which]?.[number]?.copies ?? 0;
        });
  });
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
      plasmids: plasmids[which],
      ...(which === 1 ? { seed, trajectory: 0, draws: 0 } : {}),
      ...{ copied: new Float64Array(4), built: 0 },
      // half the size, half the supply: asked for anew
      metabolism: own.metabolism === null ? null : { ...own.metabolism, due: state.time },
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

/** Bases in all DNA of a cell, of both strands: its chromosome and plasmids, and what forks have copied of them. */
export function dnaOf({ model, state }: Divisible): readonly number[] {
  const { genome, plasmids, perturbations } = model;
  const half = Math.ceil(genome.length / 2);
  if (state.cycle !== null) return dnaBases(genome.baseCounts, state.cycle, half);
  const parts =
    perturbations.chromosome === false ? [] : [half, state.fork ?? 0].map((fork) => basesCopied(genome, fork, half));
  for (const [number, { facts }] of plasmids.entries()) {
    const { copies = 0, forks = [] } = state.plasmids[number] ?? {};
    parts.push(basesCopied(facts, facts.length, facts.length).map((count) => copies * count));
    parts.push(...forks.map((fork) => basesCopied(facts, fork, facts.length)));
  }
  return [0, 1, 2, 3].map((base) => parts.reduce((sum, part) => sum + (part[base] ?? 0), 0));
}

/** Goes on as the first daughter, in place. */
export function followDaughter({ model, state }: Divisible): void {
  const [first] = divide({ model, state });
  // what it is made of stays, filled anew: a part of another origin would have all code of a step made again
  const { metabolism, tally } = state;
  if (metabolism !== null) Object.assign(metabolism, first.metabolism);
  Object.assign(tally, first.tally);
  Object.assign(state, first, { metabolism, tally });
}

function machines(
  { ribosome, polymerase, at, genes }: CellModel,
  values: Float64Array,
  which: "ribosome" | "polymerase",
): number {
  const { free, released } = which === "ribosome" ? ribosome : polymerase;
  return (values[free] ?? 0) + (values[released] ?? 0) + machinesBusy({ at, genes }, values, which);
}

type Plasmids = CellState["plasmids"];

/** Every copy goes to either side, on its own; a fork goes with the copy that it copies. */
function plasmidsOfDaughters({ plasmids }: CellState, random: () => number): readonly [Plasmids, Plasmids] {
  const sides = plasmids.map(({ copies, forks }) => {
    const first: number[] = [];
    const second: number[] = [];
    for (const fork of forks) (evenOdds(1, random) === 1 ? first : second).push(fork);
    const mine = first.length + evenOdds(copies - forks.length, random);
    return [
      { copies: mine, forks: first },
      { copies: copies - mine, forks: second },
    ] as const;
  });
  return [sides.map(([one]) => one), sides.map(([, other]) => other)];
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
