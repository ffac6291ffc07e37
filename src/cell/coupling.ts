import { type CellState, growthOf, hasAll, trnaOf, volumeOf } from "./cell-state.ts";
import { concentration } from "./concentration.ts";
import { changesAt, conditionsAt, describeChange } from "./conditions.ts";
import { couplingSeconds } from "./coupling-seconds.ts";
import type { CellModel } from "./expression-network.ts";
import { aminoAcids } from "./gene-facts.ts";
import { tablesOf } from "./gene-tables.ts";
import { countWork, driftOf } from "./ledgers.ts";
import { type CellLimits, limitPromoters, releaseMachines, unlimited } from "./limits.ts";
import { noteEnergy, supplyArrives } from "./metabolic-state.ts";
import type { Organism } from "./organism.ts";
import { ladder, Purse, pool } from "./pools.ts";
import { hillFactor } from "./regulation.ts";
import { replicate, replicatePlasmids } from "./replication.ts";
import { supply } from "./supplied.ts";
import { takeUp } from "./uptake.ts";

/** Sets rates by the cell's volume, pools and regulators, and lets machines go: what a run of the network starts from. */
export function beforeStep(model: CellModel, state: CellState, limits: CellLimits = unlimited): void {
  const { values, pools, charged } = state;
  const { at, constants, perturbations, ribosome, polymerase } = model;
  const tables = tablesOf(model);
  const conditions = conditionsAt(model, state.time);
  const volume = volumeOf(model, values);
  const dilution = constants.volume / volume;
  const machines = freeMachinesAtBirth(model);
  // lists of doubles whatever they hold: a plain array that first held whole numbers has code made for it twice
  const waits = new Float64Array(ladder.length);
  for (let base = 0; base < waits.length; base++)
    waits[base] = constants.polymeraseSaturation / concentration(pools[ladder[base]?.[0] ?? 0] ?? 0, volume);
  const kinds = perturbations.charging === true ? trnaOf(model, values) : null;
  const common = constants.trnaSaturation / concentration(constants.chargedTrna, constants.volume);
  const waitOf = new Float64Array(aminoAcids.length).fill(common);
  if (kinds !== null)
    for (let amino = 0; amino < waitOf.length; amino++)
      if ((kinds[amino] as number) > 0)
        waitOf[amino] = constants.trnaSaturation / concentration(charged[amino] ?? 0, volume);
  for (let gene = 0; gene < tables.count; gene++) {
    const transcription = tables.transcription[gene] as number;
    if (transcription > 0) {
      values[at.startTranscription + gene] = (transcription / machines.polymerases) * dilution;
      let bases = tables.bases[gene] as number;
      for (let base = 0; base < 4; base++) {
        const count = tables.baseCounts[4 * gene + base] as number;
        if (count > 0) bases += count * (waits[base] as number);
      }
      values[at.endTranscription + gene] = constants.polymeraseSpeed / bases;
    }
    const translation = tables.translation[gene] as number;
    if (translation === 0) continue;
    values[at.startTranslation + gene] = (translation / machines.ribosomes) * dilution;
    let residues = tables.residues[gene] as number;
    if (kinds === null) residues *= 1 + common;
    else
      for (let amino = 0; amino < waitOf.length; amino++) {
        const count = tables.aminoAcidCounts[waitOf.length * gene + amino] as number;
        if (count > 0) residues += count * (waitOf[amino] as number);
      }
    values[at.endTranslation + gene] = constants.ribosomeSpeed / residues;
  }
  for (const { target, share } of model.knockDowns)
    values[at.startTranscription + target] = (values[at.startTranscription + target] ?? 0) * share;
  regulate(model, state, dilution);
  limitPromoters(values, at.startTranscription, limits);
  const { share, ribosomes, polymerases } = state;
  releaseMachines(state, ribosome, share * (1 - conditions.inhibitRibosomes), {
    ...{ all: ribosomes, allowed: limits.ribosomes },
  });
  releaseMachines(state, polymerase, share * (1 - conditions.inhibitPolymerases), {
    ...{ all: polymerases, allowed: limits.polymerases },
  });
}

/** Multiplies each regulated promoter's rate by what its regulators, as far as inducers leave them free, make of it. */
function regulate(model: CellModel, { values, time }: CellState, dilution: number): void {
  const { at, genes, promoters, perturbations } = model;
  if (promoters.length === 0) return;
  const { inducers } = conditionsAt(model, time);
  const freeOf = (gene: number): number => {
    let free = (values[at.proteins + gene] ?? 0) * dilution;
    for (const { id, binds, half, hill } of perturbations.inducers ?? [])
      if (genes[gene]?.id === binds) free *= (1 + (inducers.get(id) ?? 0) / half) ** -hill;
    return free;
  };
  for (const { target, combine, rules } of promoters) {
    let [all, none] = [1, 1];
    for (const { rule, regulator } of rules) {
      const factor = hillFactor(rule, freeOf(regulator));
      all *= factor;
      none *= 1 - factor;
    }
    const start = at.startTranscription + target;
    values[start] = (values[start] ?? 0) * (combine === "all" ? all : 1 - none);
  }
}

const references = new WeakMap<CellModel, { readonly ribosomes: number; readonly polymerases: number }>();

/** Machines without work in a cell at birth, by the rates of its genes: what those rates already contain. */
function freeMachinesAtBirth(model: CellModel): { readonly ribosomes: number; readonly polymerases: number } {
  const known = references.get(model);
  if (known !== undefined) return known;
  const { rates, constants, genes, foreign } = model;
  let [reading, writing] = [0, 0];
  rates.forEach(({ transcription, translation, expectedTranscripts, bases, residues }, gene) => {
    if (foreign[gene] === true) return;
    writing += (transcription * bases) / constants.polymeraseSpeed;
    if (genes[gene]?.kind === "protein")
      reading += (expectedTranscripts * translation * residues) / constants.ribosomeSpeed;
  });
  const atLeast = 0.05;
  const free = {
    ribosomes: Math.max(constants.ribosomes - reading, atLeast * constants.ribosomes),
    polymerases: Math.max(constants.polymerases - writing, atLeast * constants.polymerases),
  };
  references.set(model, free);
  return free;
}

/**
 * Settles what the network did in a step against the pools: every transcription and translation that started takes all
 * its nucleotides, amino acids and energy at once. Changes nothing and returns false where the pools do not hold that.
 */
export function settleStep(
  model: CellModel,
  state: CellState,
  values: Float64Array,
  limits: CellLimits = unlimited,
): boolean {
  const { at, constants, perturbations } = model;
  const { count, members, baseCounts, aminoAcidCounts } = tablesOf(model);
  const { tally } = state;
  const grown = growthOf(model, values);
  const { atp } = conditionsAt(model, state.time);
  const budget = Math.floor(atpMade(model, state, grown) * atp * limits.atp * couplingSeconds);
  const kinases = kinasesOf(state);
  const purse = new Purse(state.pools.slice(), budget, kinases);
  const written = new Float64Array(ladder.length);
  const returned = new Float64Array(ladder.length);
  const read = new Float64Array(aminoAcids.length);
  const freed = new Float64Array(aminoAcids.length);
  let [decayed, made] = [0, 0];
  for (let gene = 0; gene < count; gene++) {
    const started = values[at.transcriptionsStarted + gene] as number;
    const lost = values[at.transcriptsDecayed + gene] as number;
    const proteins = values[at.translationsStarted + gene] as number;
    const gone = values[at.proteinsDecayed + gene] as number;
    if (started + lost + proteins + gone === 0) continue;
    for (let base = 0; base < 4; base++) {
      const each = baseCounts[4 * gene + base] as number;
      written[base] = (written[base] as number) + started * each;
      returned[base] = (returned[base] as number) + lost * each;
    }
    for (let amino = 0; amino < read.length; amino++) {
      const each = aminoAcidCounts[read.length * gene + amino] as number;
      read[amino] = (read[amino] as number) + proteins * each;
      freed[amino] = (freed[amino] as number) + gone * each;
    }
    decayed += lost * (members[gene] as number);
    made += started;
  }
  for (const [base, [tri, , mono]] of ladder.entries()) {
    purse.free[mono] = (purse.free[mono] ?? 0) + (returned[base] ?? 0);
    if (!purse.draw(tri, written[base] ?? 0, -1)) return false;
  }
  let residues = 0;
  const charged = state.charged.slice();
  const kinds = perturbations.charging === true ? trnaOf(model, values) : null;
  for (let amino = 0; amino < read.length; amino++) {
    const need = read[amino] ?? 0;
    const index = pool.aminoAcids + amino;
    residues += need;
    const kind = kinds?.[amino] ?? 0;
    // an amino acid is bought by ATP when it is put on its tRNA, and leaves the free pool then
    let onto = need;
    if (kind > 0) {
      const most = Math.floor(constants.chargingRate * constants.synthetases * grown * couplingSeconds);
      onto = Math.min(most, kind - (charged[amino] ?? 0) + need, purse.free[index] ?? 0);
      if ((charged[amino] ?? 0) + onto < need) return false;
      charged[amino] = (charged[amino] ?? 0) + onto - need;
    }
    if ((purse.free[index] ?? 0) < onto || !purse.draw(pool.atp, onto, pool.amp)) return false;
    purse.free[index] = (purse.free[index] ?? 0) - onto + (freed[amino] ?? 0);
  }
  // two GTP a residue: EF-Tu and EF-G
  if (!purse.draw(pool.gtp, 2 * residues, pool.gdp)) return false;
  if (state.metabolism !== null) {
    // membranes and cofactors go with the protein, and where there are none of them no protein is begun
    if ((purse.free[pool.other] ?? 0) < residues) return false;
    purse.free[pool.other] = (purse.free[pool.other] ?? 0) - residues;
    state.built += residues;
    supplyArrives(state.metabolism, couplingSeconds);
  }
  state.charged.set(charged);
  state.pools = purse.free;
  takeUp(model, state, purse, grown);
  const spent = Math.round(constants.maintenance * grown * couplingSeconds);
  tally.unmetMaintenance += spent - purse.drawSome(pool.atp, spent, pool.adp);
  replicate(model, state, purse, values);
  replicatePlasmids(model, state, purse, values);
  purse.recharge();
  tally.atpSpent += budget - purse.budget;
  if (state.metabolism !== null && kinases !== undefined)
    noteEnergy(
      state.metabolism,
      budget - purse.budget,
      kinases.map((most, base) => most - (purse.raises[base] as number)),
    );
  tally.residuesStarted += residues;
  for (const bases of written) tally.basesStarted += bases;
  tally.transcriptsDecayed += decayed;
  tally.transcriptsMade += made;
  return true;
}

/** ATP a second that metabolism can make of ADP in a cell that has grown so many times. */
function atpMade({ constants, organism }: CellModel, { metabolism }: CellState, grown: number): number {
  if (metabolism === null) return constants.atpCapacity * grown;
  // a capacity other than the organism's own is a share of what metabolism can make
  const { atpCapacity } = (organism as Organism).constants;
  return (metabolism.rates[supply.atp] as number) * (constants.atpCapacity / atpCapacity.value);
}

/** Molecules of each base that its kinases can raise in a step, where a flux model says so. */
function kinasesOf({ metabolism }: CellState): Float64Array | undefined {
  if (metabolism === null) return undefined;
  const { rates } = metabolism;
  const most = new Float64Array(ladder.length);
  for (let base = 0; base < most.length; base++)
    most[base] = Math.floor((rates[supply.kinases + base] as number) * couplingSeconds);
  return most;
}

/** What follows a step that was settled: counters go back to 0, new machines are put together, ledgers are closed. */
export function afterStep(model: CellModel, state: CellState): void {
  const { at, genes, ribosome, polymerase, parts, network } = model;
  const { tally, values } = state;
  const stalled = values[ribosome.released] ?? 0;
  tally.stalledSeconds += state.share < 1 ? stalled * couplingSeconds : 0;
  values.fill(0, at.transcriptionsStarted, at.transcriptionsStarted + 4 * genes.length);
  const total = (members: readonly number[], block: number, of: Float64Array): number =>
    members.reduce((count, gene) => count + (of[block + gene] ?? 0), 0);
  const ratio = (members: readonly number[]): number => {
    // a strain without the gene of a part makes no more of the machine than it was born with
    if (!hasAll(model, members)) return 0;
    const born = total(members, at.proteins, network.initial);
    return born === 0 ? 1 : total(members, at.proteins, values) / born;
  };
  // as many as their proteins allow, and as there is each of their RNAs; those that are there do not fall apart
  const allowed = Math.min(
    Math.floor(model.constants.ribosomes * ratio(parts.ribosomalProteins)),
    ...parts.ribosomalRnas.map((group) => total(group, at.transcripts, values)),
  );
  const enzymes = Math.floor(model.constants.polymerases * ratio(parts.polymerase));
  for (const [machine, key, count] of [
    [ribosome, "ribosomes", allowed],
    [polymerase, "polymerases", enzymes],
  ] as const) {
    const more = Math.max(0, count - state[key]);
    values[machine.released] = (values[machine.released] ?? 0) + more;
    state[key] += more;
  }
  state.time += couplingSeconds;
  for (const change of changesAt(model, state.time))
    state.events.push({ time: state.time, what: "changed", detail: describeChange(change) });
  tally.couplings++;
  tally.ribosomeSeconds += state.ribosomes * couplingSeconds;
  countWork(model, state, couplingSeconds);
  let [transcripts, copies] = [0, 0];
  for (let gene = 0; gene < genes.length; gene++) {
    if (genes[gene]?.kind !== "protein") continue;
    transcripts += values[at.transcripts + gene] ?? 0;
    copies += values[at.genes + gene] ?? 0;
  }
  tally.transcriptSeconds += transcripts * couplingSeconds;
  tally.geneSeconds += copies * couplingSeconds;
  tally.drift = Math.max(tally.drift, driftOf(model, state));
  const doubled = state.events.some(({ what }) => what === "volume doubled");
  if (!doubled && volumeOf(model, values) >= 2 * model.constants.volume)
    state.events.push({ time: state.time, what: "volume doubled" });
}
