import type { CellState } from "./cell-state.ts";
import { avogadro } from "./concentration.ts";
import { conditionsAt } from "./conditions.ts";
import { couplingSeconds } from "./coupling-seconds.ts";
import type { CellModel } from "./expression-network.ts";
import { aminoAcids } from "./gene-facts.ts";
import { tablesOf } from "./gene-tables.ts";
import { takeSupplied } from "./metabolic-state.ts";
import { ladder, otherBiomass, type Purse, pool } from "./pools.ts";
import { supply } from "./supplied.ts";

/** Other biomass is kept for so many seconds of balanced growth. */
const otherSeconds = 120;

/** Molecules of a cell that has grown so many times: the levels that uptake brings pools back to, by `supplied`. */
export function goalsOf(model: CellModel, grown: number): Float64Array {
  const { constants } = model;
  const volume = constants.volume * grown;
  const molecules = (millimolar: number): number => Math.round((millimolar / 1000) * avogadro * volume);
  const goals = new Float64Array(supply.count);
  for (let base = 0; base < ladder.length; base++) {
    const level = [constants.atp, constants.ctp, constants.gtp, constants.utp][base] ?? 0;
    goals[supply.monophosphates + base] = molecules(level * (1 + constants.diphosphates));
    goals[supply.deoxy + base] = molecules(constants.dntp);
  }
  goals.fill(molecules(constants.aminoAcid), supply.aminoAcids, supply.other);
  goals[supply.other] = otherGoal(model, grown);
  return goals;
}

/** Other biomass that a cell of this size keeps. */
export function otherGoal(model: CellModel, grown: number): number {
  return Math.round((grown * tablesOf(model).residuesAtBirth * otherSeconds) / model.constants.doublingTime);
}

/** Molecules a second that uptake can bring at most, by `supplied`; a cell's RNA, protein and pools double in a cycle. */
export function mostTaken(model: CellModel, grown: number): Float64Array {
  const { constants } = model;
  const fastest = (constants.importMargin * grown) / constants.doublingTime;
  const most = goalsOf(model, grown);
  for (let at = supply.monophosphates; at < supply.deoxy; at++)
    most[at] = fastest * ((most[at] as number) + model.genome.length);
  most.fill(2 * constants.forkSpeed * constants.importMargin, supply.deoxy, supply.aminoAcids);
  const content = residuesByAminoAcid(model);
  for (let amino = 0; amino < content.length; amino++)
    most[supply.aminoAcids + amino] = fastest * (content[amino] as number);
  most[supply.other] = fastest * tablesOf(model).residuesAtBirth;
  return most;
}

/**
 * Uptake brings pools back to their levels in the present volume, as fast as it can; an amino acid costs one ATP. Where
 * the cell has a flux model, that says how much of each there is, and has paid for it.
 */
export function takeUp(model: CellModel, state: CellState, purse: Purse, grown: number): void {
  const { taken, time, metabolism } = state;
  const { withoutAminoAcids } = conditionsAt(model, time);
  const goals = goalsOf(model, grown);
  const most = mostTaken(model, grown);
  const add = (ledger: number, index: number, amount: number): void => {
    if (amount <= 0) return;
    purse.free[index] = (purse.free[index] ?? 0) + amount;
    taken[ledger] = (taken[ledger] ?? 0) + amount;
  };
  const wanted = (at: number, have: number): number => {
    const missing = (goals[at] as number) - have;
    return metabolism === null
      ? Math.min(missing, Math.ceil((most[at] as number) * couplingSeconds))
      : takeSupplied(metabolism, at, missing);
  };
  for (const [base, [tri, di, mono]] of ladder.entries()) {
    const have = (purse.free[tri] ?? 0) + (purse.free[di] ?? 0) + (purse.free[mono] ?? 0);
    // nucleosides come as monophosphates
    add(base, mono, wanted(supply.monophosphates + base, have));
  }
  for (let base = 0; base < 4; base++)
    add(4 + base, pool.deoxy + base, wanted(supply.deoxy + base, purse.free[pool.deoxy + base] ?? 0));
  for (let amino = 0; amino < aminoAcids.length; amino++) {
    const index = pool.aminoAcids + amino;
    // a flux model may make what the medium lacks
    if (metabolism === null && withoutAminoAcids.includes(aminoAcids[amino] ?? "?")) continue;
    const more = wanted(supply.aminoAcids + amino, purse.free[index] ?? 0);
    if (more > 0) add(8 + amino, index, metabolism === null ? purse.drawSome(pool.atp, more, pool.adp) : more);
  }
  if (metabolism !== null) add(otherBiomass, pool.other, wanted(supply.other, purse.free[pool.other] ?? 0));
}

const contents = new WeakMap<CellModel, Float64Array>();

function residuesByAminoAcid(model: CellModel): Float64Array {
  const known = contents.get(model);
  if (known !== undefined) return known;
  const { network, genes, at } = model;
  const content = Float64Array.from(model.inherited);
  genes.forEach(({ aminoAcidCounts }, gene) => {
    for (let amino = 0; amino < content.length; amino++)
      content[amino] =
        (content[amino] ?? 0) + (network.initial[at.proteins + gene] ?? 0) * (aminoAcidCounts[amino] ?? 0);
  });
  contents.set(model, content);
  return content;
}
