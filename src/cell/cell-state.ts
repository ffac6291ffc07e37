import { BioXenError, seededRandom } from "../contract/index.ts";
import { avogadro } from "./concentration.ts";
import { changesAt, conditionsAt, describeChange, qualityOf } from "./conditions.ts";
import { type CultureSums, emptyCulture } from "./culture-sums.ts";
import type { DivisionCycle } from "./division-cycle.ts";
import type { CellModel } from "./expression-network.ts";
import { aminoAcids } from "./gene-facts.ts";
import { tablesOf } from "./gene-tables.ts";
import { type MetabolicState, newMetabolicState } from "./metabolic-state.ts";
import { describePerturbations } from "./perturbations.ts";
import { ladder, ledgerNames, otherBiomass, pool } from "./pools.ts";
import { otherGoal } from "./uptake.ts";

export interface CellEvent {
  readonly time: number;
  readonly what:
    | "replication started"
    | "replication ended"
    | "volume doubled"
    | "divided"
    | "shortage"
    | "shortage over"
    | "perturbed"
    | "changed"
    | "supply short"
    | "supply recovered";
  /** What was done to the cell, for `perturbed` and `changed`; for `supply short`, of what. */
  readonly detail?: string;
}

/** A cell at a coupling: plain data, whose structured clone continues bit for bit. */
export interface CellState {
  /** Seconds since the run began, a whole number of coupling steps. */
  time: number;
  readonly seed: number;
  /** Number of its trajectory under the seed: with it decides all of its random numbers. */
  readonly trajectory: number;
  /** Blocks of random numbers used. */
  draws: number;
  /** Reactions so far. */
  reactions: number;
  /** The network's values. */
  values: Float64Array;
  /** Free molecules, by `pool`. */
  pools: Float64Array;
  /** By `ledgerNames`: what there was at birth, and what came in since. */
  readonly atBirth: Float64Array;
  readonly taken: Float64Array;
  /** Molecules bound in DNA that was made since birth, by base of the forward order A, C, G, T. */
  readonly copied: Float64Array;
  /** Other biomass that went with proteins begun since birth, in their residues; 0 without a flux model that makes it. */
  built: number;
  /** Charged tRNA by amino acid; all 0 without charging. Free ones are the rest of those there are. */
  readonly charged: Float64Array;
  /** Bases that each fork has copied; null before replication starts. */
  fork: number | null;
  /** By plasmid: whole ones, and how many bases each further copy has by now. */
  readonly plasmids: { copies: number; forks: number[] }[];
  /** Of free machines, the share that may start work in a step: below 1 in a shortage. */
  share: number;
  ribosomes: number;
  polymerases: number;
  readonly tally: Tally;
  /** Machine-seconds that processes took in a minute of its time; not there where none ever did. */
  lent?: { readonly minute: number; readonly ribosomes: number; readonly polymerases: number };
  readonly events: CellEvent[];
  /** Machines and tRNA by amino acid that it had when it was born. */
  bornWith: { readonly ribosomes: number; readonly polymerases: number; readonly trna: Float64Array };
  /** How often it has divided since the run began, and how much more protein its mothers had than the daughters followed. */
  divisions: number;
  lineageFold: number;
  /** Of a cell of proteome sectors: forks and divisions to come, means over the run, and a medium other than its model's. */
  readonly cycle: DivisionCycle | null;
  readonly culture: CultureSums | null;
  quality: number | null;
  /** Of a cell with a flux model as its metabolism. */
  readonly metabolism: MetabolicState | null;
}

/** Sums over the run. */
interface Tally {
  transcriptSeconds: number;
  geneSeconds: number;
  transcriptsDecayed: number;
  transcriptsMade: number;
  residuesStarted: number;
  /** Nucleotides of transcripts that were begun. */
  basesStarted: number;
  ribosomeSeconds: number;
  /** Seconds that ribosomes, and RNA polymerases, were at work. */
  ribosomeWork: number;
  polymeraseWork: number;
  stalledSeconds: number;
  atpSpent: number;
  unmetMaintenance: number;
  couplings: number;
  /** Largest difference of any ledger at any coupling; 0 where all of them always closed. */
  drift: number;
}

/** Whether the genome of a model has all of some genes: what lacks a part is not put together. */
export function hasAll({ at, network }: CellModel, genes: readonly number[]): boolean {
  return genes.every((gene) => (network.initial[at.genes + gene] ?? 0) > 0);
}

/** Residues in all proteins, those that ribosomes are making not counted. */
export function residuesIn(model: CellModel, values: Float64Array): number {
  const { residues, count, residuesInherited } = tablesOf(model);
  const { proteins } = model.at;
  let total = residuesInherited;
  for (let gene = 0; gene < count; gene++) total += (values[proteins + gene] as number) * (residues[gene] as number);
  return total;
}

/** Mass of protein over that at birth. */
export function growthOf(model: CellModel, values: Float64Array): number {
  return residuesIn(model, values) / tablesOf(model).residuesAtBirth;
}

/** Litres: the mass of protein at the density it had at birth. */
export function volumeOf(model: CellModel, values: Float64Array): number {
  return model.constants.volume * growthOf(model, values);
}

/** A newborn cell; its transcripts are drawn around what their rates make expected. */
export function newbornCell(model: CellModel, seed: number, trajectory = 0): CellState {
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32)
    throw new BioXenError("INPUT_INVALID", `seed ${seed} is no whole number from 0 to 2^32 - 1`);
  const { constants, network, genes, rates, at, ribosome, polymerase, perturbations, units, foreign } = model;
  const values = network.initial.slice();
  const random = seededRandom((seed ^ Math.imul(trajectory + 1, 0x9e3779b1)) >>> 0);
  // at work from the start: a cell born with every machine free would start on all of them at once
  const employ = (block: number, machine: number, expected: number): void => {
    const busy = Math.min(poisson(expected, random), values[machine] ?? 0);
    values[block] = busy;
    values[machine] = (values[machine] ?? 0) - busy;
  };
  genes.forEach(({ kind }, gene) => {
    if ((values[at.genes + gene] ?? 0) === 0 || foreign[gene] === true) return;
    const rate = rates[gene] as (typeof rates)[number];
    const expected = rate.expectedTranscripts;
    employ(at.transcribing + gene, polymerase.free, (rate.transcription * rate.bases) / constants.polymeraseSpeed);
    employ(
      at.translating + gene,
      ribosome.free,
      (expected * rate.translation * rate.residues) / constants.ribosomeSpeed,
    );
    const [leader = gene] = units[gene]?.genes ?? [];
    // one molecule carries all genes of an operon
    values[at.transcripts + gene] =
      leader !== gene
        ? (values[at.transcripts + leader] ?? 0)
        : kind === "protein"
          ? poisson(expected, random)
          : Math.round(expected);
  });
  const molecules = (millimolar: number): number => Math.round((millimolar / 1000) * avogadro * constants.volume);
  const { withoutAminoAcids } = conditionsAt(model, 0);
  const pools = new Float64Array(pool.count);
  for (const [base, [tri, di]] of ladder.entries()) {
    const level = [constants.atp, constants.ctp, constants.gtp, constants.utp][base] ?? 0;
    pools[tri] = molecules(level);
    pools[di] = molecules(level * constants.diphosphates);
  }
  pools.fill(molecules(constants.dntp), pool.deoxy, pool.aminoAcids);
  for (let amino = 0; amino < aminoAcids.length; amino++)
    if (!withoutAminoAcids.includes(aminoAcids[amino] ?? "?"))
      pools[pool.aminoAcids + amino] = molecules(constants.aminoAcid);
  if (model.metabolism !== undefined) pools[pool.other] = otherGoal(model, 1);
  const charged = new Float64Array(aminoAcids.length);
  const { sectors } = model;
  const state: CellState = {
    cycle: sectors === undefined ? null : structuredClone(sectors.birth),
    culture: sectors === undefined ? null : emptyCulture(),
    bornWith: { ribosomes: constants.ribosomes, polymerases: constants.polymerases, trna: trnaOf(model, values) },
    ...{ divisions: 0, lineageFold: 1, quality: qualityOf(changesAt(model, 0)) },
    ...{ time: 0, seed, trajectory, draws: 0, reactions: 0, values, pools, charged, fork: null, share: 1, events: [] },
    ...{ atBirth: new Float64Array(ledgerNames.length), taken: new Float64Array(ledgerNames.length) },
    ...{ copied: new Float64Array(4), built: 0 },
    metabolism: model.metabolism === undefined ? null : newMetabolicState(model.metabolism),
    plasmids: model.plasmids.map(({ copies }) => ({ copies, forks: [] })),
    ribosomes: constants.ribosomes,
    polymerases: constants.polymerases,
    tally: {
      ...{ transcriptSeconds: 0, geneSeconds: 0, transcriptsDecayed: 0, transcriptsMade: 0, residuesStarted: 0 },
      ...{ basesStarted: 0, ribosomeWork: 0, polymeraseWork: 0 },
      ...{ ribosomeSeconds: 0, stalledSeconds: 0, atpSpent: 0, unmetMaintenance: 0, couplings: 0, drift: 0 },
    },
  };
  // what will be a number or a fraction is one before any code is made for it, not when replication or a shortage begins
  for (const [fork, share] of [
    [0, 0.5],
    [null, 1],
  ] as const)
    Object.assign(state, { fork, share });
  if (perturbations.charging === true) {
    const kinds = trnaOf(model, values);
    for (let amino = 0; amino < charged.length; amino++) {
      // four in five, as Thornburg et al. 2022 start; an amino acid on a tRNA is not free
      const on = Math.min(Math.floor((kinds[amino] ?? 0) * 0.8), pools[pool.aminoAcids + amino] ?? 0);
      charged[amino] = on;
      pools[pool.aminoAcids + amino] = (pools[pool.aminoAcids + amino] ?? 0) - on;
    }
  }
  state.atBirth.set(contentOf(model, state));
  for (const detail of describePerturbations(perturbations)) state.events.push({ time: 0, what: "perturbed", detail });
  for (const change of changesAt(model, 0))
    state.events.push({ time: 0, what: "changed", detail: describeChange(change) });
  return state;
}

/** tRNA molecules that carry each amino acid; one without a tRNA gene (glutamine, often) uses any. */
export function trnaOf(model: CellModel, values: Float64Array): Float64Array {
  const { trnaGenes, trnaAminoAcids } = tablesOf(model);
  const { transcripts } = model.at;
  const kinds = new Float64Array(aminoAcids.length);
  for (let at = 0; at < trnaGenes.length; at++) {
    const amino = trnaAminoAcids[at] as number;
    kinds[amino] = (kinds[amino] as number) + (values[transcripts + (trnaGenes[at] as number)] as number);
  }
  return kinds;
}

/** Everything there is by `ledgerNames`, counted afresh: free, in RNA, in new DNA, in proteins, on tRNA, being built in. */
export function contentOf(model: CellModel, { values, pools, copied, charged, built }: CellState): Float64Array {
  const { at } = model;
  const { count, baseCounts, aminoAcidCounts } = tablesOf(model);
  const content = new Float64Array(ledgerNames.length);
  for (const [base, [tri, di, mono]] of ladder.entries())
    content[base] = (pools[tri] ?? 0) + (pools[di] ?? 0) + (pools[mono] ?? 0);
  for (let base = 0; base < 4; base++) content[4 + base] = (pools[pool.deoxy + base] ?? 0) + (copied[base] ?? 0);
  content[otherBiomass] = (pools[pool.other] as number) + built;
  const kinds = charged.length;
  for (let amino = 0; amino < kinds; amino++)
    content[8 + amino] = (pools[pool.aminoAcids + amino] ?? 0) + (charged[amino] ?? 0);
  const amounts = new Float64Array(count);
  for (let gene = 0; gene < count; gene++)
    amounts[gene] = (values[at.transcribing + gene] as number) + (values[at.transcripts + gene] as number);
  addParts(content, 0, amounts, baseCounts, 4);
  for (let gene = 0; gene < count; gene++)
    amounts[gene] = (values[at.translating + gene] as number) + (values[at.proteins + gene] as number);
  addParts(content, 8, amounts, aminoAcidCounts, kinds);
  return content;
}

/** Adds to `content`, from a place on, what so many molecules of each gene consist of; four sums at a time, for none waits for another. */
function addParts(
  content: Float64Array,
  from: number,
  amounts: Float64Array,
  parts: Float64Array,
  kinds: number,
): void {
  for (let kind = 0; kind < kinds; kind += 4) {
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let gene = 0, at = kind; gene < amounts.length; gene++, at += kinds) {
      const amount = amounts[gene] as number;
      a += amount * (parts[at] as number);
      b += amount * (parts[at + 1] as number);
      c += amount * (parts[at + 2] as number);
      d += amount * (parts[at + 3] as number);
    }
    const to = from + kind;
    content[to] = (content[to] as number) + a;
    content[to + 1] = (content[to + 1] as number) + b;
    content[to + 2] = (content[to + 2] as number) + c;
    content[to + 3] = (content[to + 3] as number) + d;
  }
}

function poisson(mean: number, random: () => number): number {
  let count = 0;
  for (let left = mean; left > 0; left -= 30) {
    const floor = Math.exp(-Math.min(left, 30));
    for (let product = random(); product > floor; product *= random()) count++;
  }
  return count;
}
