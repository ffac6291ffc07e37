import { type CellState, residuesIn, volumeOf } from "./cell-state.ts";
import { avogadro } from "./concentration.ts";
import { changesAt, conditionsAt, describeChange, qualityOf } from "./conditions.ts";
import {
  copyingSeconds,
  type DivisionCycle,
  genomesOf,
  originsOf,
  partingSeconds,
  residuesAtInitiation,
} from "./division-cycle.ts";
import type { CellModel } from "./expression-network.ts";
import { aminoAcids } from "./gene-facts.ts";
import { allocation, chargedTrna } from "./growth-law.ts";
import { countWork, driftOf, machinesBusy } from "./ledgers.ts";
import { type CellLimits, limitPromoters, releaseMachines, unlimited } from "./limits.ts";
import { ladder, otherBiomass, Purse, pool } from "./pools.ts";
import { copiesOf, type SectorModel } from "./sector-network.ts";
import { changeMedium, observe } from "./sector-summary.ts";
import { metabolicSupply } from "./sector-supply.ts";
import type { Sector } from "./sectors.ts";
import { supply as supplyNumber } from "./supplied.ts";
import { otherGoal } from "./uptake.ts";

/** A cell of sectors: its model has them, its state has a cycle. */
interface Parts {
  readonly sectors: SectorModel;
  readonly cycle: DivisionCycle;
}

function partsOf({ sectors }: CellModel, { cycle }: CellState): Parts {
  if (sectors === undefined || cycle === null) throw new TypeError("no cell of sectors");
  return { sectors, cycle };
}

/** Stable RNA that ribosomes still lack is made good in so many seconds. */
const catchUpSeconds = 60;
/** The running mean of growth forgets over so many seconds. */
const growthSeconds = 120;
/** What a cell's tRNA balance is now: see `chargedTrna`. */
function translationOf(
  model: CellModel,
  state: CellState,
): { readonly elongation: number; readonly ratio: number; readonly supply: number } {
  const { sectors } = partsOf(model, state);
  const { at } = model;
  const { values } = state;
  const { constants, of } = sectors;
  const half = constants.trnaSaturation * residuesIn(model, values);
  const trna = values[at.transcripts + of.tRNA] ?? 0;
  const supply = metabolicSupply(model, state);
  const demand = constants.ribosomeSpeed * machinesBusy(model, values, "ribosome");
  const charged = chargedTrna(trna, supply, demand, half);
  return {
    elongation: (constants.ribosomeSpeed * charged) / (charged + half),
    ratio: charged / Math.max(trna - charged, 1e-9),
    supply,
  };
}

/** Sets rates by what metabolism supplies, by gene dosage and size, and lets machines go. */
export function beforeSectorStep(model: CellModel, state: CellState, limits: CellLimits = unlimited): void {
  const { sectors, cycle } = partsOf(model, state);
  const { at, rates, genes, perturbations, ribosome, polymerase } = model;
  const { constants, of } = sectors;
  const { values } = state;
  const size = residuesIn(model, values);
  const { elongation, ratio } = translationOf(model, state);
  const shares = allocation(ratio, constants);
  const { inhibitRibosomes, inhibitPolymerases } = conditionsAt(model, state.time);
  releaseMachines(state, ribosome, state.share * (1 - inhibitRibosomes), {
    ...{ all: state.ribosomes, allowed: limits.ribosomes },
  });
  releaseMachines(state, polymerase, state.share * (1 - inhibitPolymerases), {
    ...{ all: state.polymerases, allowed: limits.polymerases },
  });
  const free = Math.max(1, values[polymerase.free] ?? 0);
  const sets = Math.floor((values[at.proteins + of.ribosome] ?? 0) / constants.ribosomalChains);
  genes.forEach(({ id }, gene) => {
    const { role, loci } = sectors.sectors[gene] as Sector;
    const { bases, residues } = rates[gene] as (typeof rates)[number];
    const knocked = perturbations.knockDown?.get(id) ?? 1;
    const start = at.startTranscription + gene;
    if (residues > 0) {
      values[start] = (constants.promoterRate * shares[role] * knocked) / (bases * loci * size);
      values[at.endTranscription + gene] = constants.polymeraseSpeed / bases;
      values[at.startTranslation + gene] = constants.translationRate / size;
      values[at.endTranslation + gene] = elongation / residues;
      return;
    }
    // stable RNA is made as ribosomal proteins call for it, as fast as its promoters can fire
    const wanted = role === "rRNA" ? sets : constants.trnaPerRibosome * sets;
    const there = (values[at.transcripts + gene] ?? 0) + (values[at.transcribing + gene] ?? 0);
    const copies = Math.max(1, values[at.genes + gene] ?? 0);
    const most = constants.stablePromoterMost * copies * (role === "rRNA" ? 1 : constants.trnaPerRibosome);
    const rate = Math.min(most, Math.max(0, wanted * cycle.growth + (wanted - there) / catchUpSeconds));
    values[start] = (rate * knocked) / (copies * free);
    values[at.endTranscription + gene] = constants.stablePolymeraseSpeed / bases;
  });
  limitPromoters(values, at.startTranscription, limits);
}

/**
 * Settles a step against the pools as `settleStep` does: all that started takes its nucleotides, amino acids and energy
 * at once. What metabolism makes in a step is bounded by its enzymes and the medium.
 */
export function settleSectorStep(
  model: CellModel,
  state: CellState,
  values: Float64Array,
  seconds: number,
  limits: CellLimits = unlimited,
): boolean {
  const { sectors } = partsOf(model, state);
  const { genes, at, perturbations } = model;
  const { constants } = sectors;
  const { tally } = state;
  const size = residuesIn(model, values);
  const { supply } = translationOf(model, state);
  const most = Math.floor(supply * seconds);
  const { atp } = conditionsAt(model, state.time);
  const upkeepMade = state.metabolism?.rates[supplyNumber.atp] ?? 0;
  const energy = Math.floor((constants.atpCapacity * supply + upkeepMade) * atp * limits.atp * seconds);
  const purse = new Purse(state.pools.slice(), energy);
  const [written, returned] = [new Float64Array(4), new Float64Array(4)];
  const read = new Float64Array(aminoAcids.length);
  let [decayed, made, residues] = [0, 0, 0];
  genes.forEach(({ baseCounts, aminoAcidCounts }, gene) => {
    const started = values[at.transcriptionsStarted + gene] ?? 0;
    const lost = values[at.transcriptsDecayed + gene] ?? 0;
    const proteins = values[at.translationsStarted + gene] ?? 0;
    baseCounts.forEach((count, base) => {
      written[base] = (written[base] ?? 0) + started * count;
      returned[base] = (returned[base] ?? 0) + lost * count;
    });
    aminoAcidCounts.forEach((count, amino) => {
      read[amino] = (read[amino] ?? 0) + proteins * count;
      residues += proteins * count;
    });
    decayed += lost;
    made += started;
  });
  for (const [base, [tri, , mono]] of ladder.entries()) {
    purse.free[mono] = (purse.free[mono] ?? 0) + (returned[base] ?? 0);
    if (!purse.draw(tri, written[base] ?? 0, -1)) return false;
  }
  for (const [amino, need] of read.entries()) {
    const index = pool.aminoAcids + amino;
    // an amino acid is put on its tRNA by ATP, which becomes AMP
    if ((purse.free[index] ?? 0) < need || !purse.draw(pool.atp, need, pool.amp)) return false;
    purse.free[index] = (purse.free[index] ?? 0) - need;
  }
  // two GTP a residue: EF-Tu and EF-G
  if (!purse.draw(pool.gtp, 2 * residues, pool.gdp)) return false;
  if (state.metabolism !== null) {
    if ((purse.free[pool.other] ?? 0) < residues) return false;
    purse.free[pool.other] = (purse.free[pool.other] ?? 0) - residues;
    state.built += residues;
  }
  state.pools = purse.free;
  supplyPools(model, state, purse, most, volumeOf(model, values));
  const upkeep = Math.round(constants.maintenance * size * seconds);
  tally.unmetMaintenance += upkeep - purse.drawSome(pool.atp, upkeep, pool.adp);
  if (perturbations.replication !== false) copyDna(model, state, purse, size, seconds);
  purse.recharge();
  tally.atpSpent += energy - purse.budget;
  tally.residuesStarted += residues;
  for (const bases of written) tally.basesStarted += bases;
  tally.transcriptsDecayed += decayed;
  tally.transcriptsMade += made;
  return true;
}

/** Metabolism brings pools back to their levels in the present volume: an amino acid or a base costs one ATP. */
function supplyPools(model: CellModel, state: CellState, purse: Purse, most: number, volume: number): void {
  const { sectors } = model;
  if (sectors === undefined) return;
  const { constants } = sectors;
  // a flux model may make what the medium lacks
  const withoutAminoAcids = state.metabolism === null ? conditionsAt(model, state.time).withoutAminoAcids : "";
  const molecules = (millimolar: number): number => Math.round((millimolar / 1000) * avogadro * volume);
  const add = (ledger: number, index: number, wanted: number): void => {
    const amount = wanted <= 0 ? 0 : purse.drawSome(pool.atp, wanted, pool.adp);
    purse.free[index] = (purse.free[index] ?? 0) + amount;
    state.taken[ledger] = (state.taken[ledger] ?? 0) + amount;
  };
  const free = (index: number): number => purse.free[index] ?? 0;
  for (const [base, [tri, di, mono]] of ladder.entries()) {
    const goal = molecules(
      ([constants.atp, constants.ctp, constants.gtp, constants.utp][base] ?? 0) * (1 + constants.diphosphates),
    );
    add(base, mono, Math.min(most, goal - free(tri) - free(di) - free(mono)));
  }
  for (let base = 0; base < 4; base++)
    add(4 + base, pool.deoxy + base, Math.min(most, molecules(constants.dntp) - free(pool.deoxy + base)));
  const wanted = [...aminoAcids].map((letter, amino) =>
    withoutAminoAcids.includes(letter)
      ? 0
      : Math.max(0, molecules(constants.aminoAcid) - free(pool.aminoAcids + amino)),
  );
  const all = wanted.reduce((sum, one) => sum + one, 0);
  const share = all > most ? most / all : 1;
  for (const [amino, want] of wanted.entries()) add(8 + amino, pool.aminoAcids + amino, Math.floor(want * share));
  if (state.metabolism !== null) {
    // it is in the growth of the flux model, which has paid for it
    const grown = volume / model.constants.volume;
    const other = Math.min(most, Math.max(0, otherGoal(model, grown) - free(pool.other)));
    purse.free[pool.other] = free(pool.other) + other;
    state.taken[otherBiomass] = (state.taken[otherBiomass] ?? 0) + other;
  }
}

/**
 * Origins fire when the cell has enough protein for each of them; forks move as far as dNTPs and ATP (one a base pair)
 * allow; some time after a round ends its chromosomes part and the cell may divide.
 */
function copyDna(model: CellModel, state: CellState, purse: Purse, size: number, seconds: number): void {
  const { sectors, cycle } = partsOf(model, state);
  const { genome } = model;
  const { constants } = sectors;
  const half = Math.ceil(genome.length / 2);
  const said = (what: "replication started" | "replication ended"): void => {
    state.events.push({ time: state.time, what });
  };
  if (size >= residuesAtInitiation(constants) * originsOf(cycle) && roomForRound(cycle, constants.roundsMost)) {
    cycle.rounds.push(0);
    said("replication started");
  }
  cycle.due.forEach((left, at) => {
    cycle.due[at] = left - seconds;
  });
  const speed = Math.round(half / copyingSeconds(constants, cycle.growth, half));
  const before = dnaBases(genome.baseCounts, cycle, half);
  const from = [...cycle.rounds];
  let goal = speed * seconds;
  const need = (): number[] => {
    from.forEach((position, round) => {
      cycle.rounds[round] = Math.min(half, position + goal);
    });
    return dnaBases(genome.baseCounts, cycle, half).map((count, base) => count - (before[base] ?? 0));
  };
  let bases = need();
  while (goal > 0 && bases.some((count, base) => count > (purse.free[pool.deoxy + base] ?? 0))) {
    goal = Math.floor(goal / 2);
    bases = need();
  }
  const pairs = bases.reduce((sum, one) => sum + one, 0) / 2;
  if (purse.drawSome(pool.atp, pairs, pool.adp) < pairs) {
    goal = 0;
    bases = need();
  }
  bases.forEach((count, base) => {
    purse.free[pool.deoxy + base] = (purse.free[pool.deoxy + base] ?? 0) - count;
    state.copied[base] = (state.copied[base] ?? 0) + count;
  });
  while ((cycle.rounds[0] ?? 0) >= half) {
    cycle.rounds.shift();
    cycle.termini *= 2;
    cycle.due.push(Math.max(1, Math.round(partingSeconds(constants, cycle.growth))));
    said("replication ended");
  }
}

/** Where rounds may not overlap, the next begins in a cell that has divided after the last. */
function roomForRound({ rounds, due }: DivisionCycle, most: number): boolean {
  return most > 1 ? rounds.length < most : rounds.length + due.length === 0;
}

/** Bases in all DNA of a cell, of both strands: whole numbers, and the same for every terminus. */
export function dnaBases(counts: readonly number[], { termini, rounds }: DivisionCycle, half: number): number[] {
  const [a = 0, c = 0, g = 0, t = 0] = counts;
  return [a + t, c + g, g + c, t + a].map(
    (whole) =>
      termini *
      rounds.reduce((sum, position, round) => sum + 2 ** round * Math.floor((whole * position) / half), whole),
  );
}

/** What follows a step that was settled: counters back to 0, new machines, the running mean of growth, ledgers. */
export function afterSectorStep(model: CellModel, state: CellState, settled: Float64Array, seconds: number): void {
  const { sectors, cycle } = partsOf(model, state);
  const { at, genes, ribosome, polymerase } = model;
  const { constants, of } = sectors;
  const { tally } = state;
  const before = residuesIn(model, state.values);
  const { values } = state;
  values.set(settled);
  tally.stalledSeconds += state.share < 1 ? (values[ribosome.released] ?? 0) * seconds : 0;
  values.fill(0, at.transcriptionsStarted, at.transcriptionsStarted + 4 * genes.length);
  const half = Math.ceil(model.genome.length / 2);
  sectors.sectors.forEach((sector, gene) => {
    if ((values[at.genes + gene] ?? 0) > 0) values[at.genes + gene] = copiesOf(sector, cycle, half);
  });
  const growth = Math.log(residuesIn(model, values) / before) / seconds;
  cycle.growth += (growth - cycle.growth) * (seconds / growthSeconds);
  const sets = Math.floor((values[at.proteins + of.ribosome] ?? 0) / constants.ribosomalChains);
  const enzymes = Math.floor((values[at.proteins + of.polymerase] ?? 0) / constants.polymeraseChains);
  for (const [machine, key, count] of [
    [ribosome, "ribosomes", Math.min(sets, values[at.transcripts + of.rRNA] ?? 0)],
    [polymerase, "polymerases", enzymes],
  ] as const) {
    const more = Math.max(0, count - state[key]);
    values[machine.released] = (values[machine.released] ?? 0) + more;
    state[key] += more;
  }
  state.time += seconds;
  const changes = changesAt(model, state.time);
  for (const change of changes)
    state.events.push({ time: state.time, what: "changed", detail: describeChange(change) });
  tally.couplings++;
  tally.ribosomeSeconds += state.ribosomes * seconds;
  countWork(model, state, seconds);
  genes.forEach(({ kind }, gene) => {
    if (kind !== "protein") return;
    tally.transcriptSeconds += (values[at.transcripts + gene] ?? 0) * seconds;
    tally.geneSeconds += (values[at.genes + gene] ?? 0) * seconds;
  });
  observe(model, state, {
    ...translationOf(model, state),
    genomes: genomesOf(cycle, half),
  });
  tally.drift = Math.max(tally.drift, driftOf(model, state));
  const quality = qualityOf(changes);
  if (quality !== null) changeMedium(state, quality);
}
