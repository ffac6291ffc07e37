import { type CellState, growthOf, residuesIn } from "./cell-state.ts";
import { avogadro } from "./concentration.ts";
import type { CellModel } from "./expression-network.ts";
import { tablesOf } from "./gene-tables.ts";
import type { MetabolicState } from "./metabolic-state.ts";
import { ladder, pool } from "./pools.ts";
import { enzymeSupply } from "./sector-supply.ts";
import { supply } from "./supplied.ts";
import { goalsOf, mostTaken } from "./uptake.ts";

/** ATP of a residue: two to charge its tRNA, two GTP to add it. */
const atpOfResidue = 4;
/** A cell may spend so much more ATP in the seconds to come than in those before, or than balanced growth takes. */
const reserve = 2;
/** Phosphates that kinases of each base add for a residue in balanced growth: AMP of charging, GDP, and what RNA turns over. */
const raisesOfResidue = [1, 0.4, 2, 0.4] as const;

/** Share of what enzymes could make below which a cell of sectors is short. */
const leastGrowth = 0.1;

/** What a cell wants of each supply, molecules a second, for the seconds until the next solution. */
export interface Demand {
  readonly wanted: Float64Array;
  /** Below which a supply counts as short; of ATP, of which a reserve is wanted, this is less. */
  readonly needed: Float64Array;
  /**
   * How scarce each is where others took what it is made of, 0 to 1, so that this time it comes first: an optimum shorts the
   * dearest wholly, where a cell's enzymes would short all a little. null where nothing is.
   */
  readonly urgency: Float64Array | null;
}

/** Phosphates that a pool wants, over its level, from which on its kinase is behind: a newborn cell's diphosphates are less. */
const behind = 0.25;

/** Gene by gene: what brings pools back to their levels and what has been taken of late, as fast as uptake can be. */
export function demandOf(model: CellModel, state: CellState, every: number): Demand {
  const { metabolism, pools } = state;
  const wanted = new Float64Array(supply.count);
  if (metabolism === null) return { wanted, needed: wanted, urgency: null };
  if (model.sectors !== undefined) {
    wanted[supply.other] = enzymeSupply(model, state);
    wanted[supply.atp] = model.constants.maintenance * residuesIn(model, state.values);
    // enzymes are seldom the limit; a model that hardly grows is
    const needed = wanted.map((one) => leastGrowth * one);
    needed[supply.atp] = wanted[supply.atp] as number;
    return { wanted, needed, urgency: null };
  }
  const { constants } = model;
  const grown = growthOf(model, state.values);
  const goals = goalsOf(model, grown);
  const most = mostTaken(model, grown);
  const { taken } = metabolism;
  for (let at = supply.monophosphates; at <= supply.other; at++) {
    const missing = (goals[at] as number) - freeOf(pools, at);
    wanted[at] = Math.max(0, Math.min(most[at] as number, (missing + (taken[at] as number)) / every));
  }
  const needed = wanted.slice();
  needed[supply.atp] = grown * energyOf(model);
  wanted[supply.atp] =
    reserve * Math.max((taken[supply.atp] as number) / every, needed[supply.atp] as number) +
    ((pools[pool.adp] as number) + 2 * (pools[pool.amp] as number)) / every;
  for (const [base, raises] of raisesOfResidue.entries()) {
    const [, di = 0, mono = 0] = ladder[base] ?? [];
    const at = supply.kinases + base;
    const usual = (raises * grown * tablesOf(model).residuesAtBirth) / constants.doublingTime;
    wanted[at] =
      reserve * Math.max(usual, (taken[at] as number) / every) +
      ((pools[di] as number) + 2 * (pools[mono] as number)) / every;
    // either they work or they are not there
    needed[at] = 1;
  }
  return { wanted, needed, urgency: urgencyOf(state, metabolism, goals) };
}

function urgencyOf({ pools }: CellState, { shortOfLate }: MetabolicState, goals: Float64Array): Float64Array | null {
  const urgency = new Float64Array(supply.count);
  for (let at = supply.monophosphates; at < supply.other; at++)
    if ((shortOfLate[at] as number) > 0)
      urgency[at] = Math.max(0, 1 - (2 * freeOf(pools, at)) / Math.max(1, goals[at] as number));
  for (const [base, [, di, mono]] of ladder.entries()) {
    // ADP waits for energy, and for no kinase
    const waiting = (base === 0 ? 0 : (pools[di] as number)) + 2 * (pools[mono] as number);
    const share = waiting / Math.max(1, goals[supply.monophosphates + base] as number);
    if (share > behind) urgency[supply.kinases + base] = Math.min(1, share);
  }
  return urgency.some((one) => one > 0) ? urgency : null;
}

/** ATP a second that a cell at birth spends in balanced growth. */
function energyOf(model: CellModel): number {
  const { maintenance, doublingTime } = model.constants;
  return maintenance + (atpOfResidue * tablesOf(model).residuesAtBirth) / doublingTime;
}

/** What a cell at birth wants in balanced growth, molecules a second; of sectors, what they grow by. */
export function balancedDemand(model: CellModel): Float64Array {
  const { constants } = model;
  const residues = tablesOf(model).residuesAtBirth / constants.doublingTime;
  if (model.sectors !== undefined) {
    const wanted = new Float64Array(supply.count);
    wanted[supply.atp] = constants.maintenance * tablesOf(model).residuesAtBirth;
    wanted[supply.other] = Math.LN2 * residues;
    return wanted;
  }
  const wanted = mostTaken(model, 1).map((most) => most / constants.importMargin);
  wanted[supply.atp] = reserve * energyOf(model);
  for (const [base, raises] of raisesOfResidue.entries()) wanted[supply.kinases + base] = reserve * raises * residues;
  return wanted;
}

/** Free molecules of what is supplied, a nucleotide whatever its phosphates. */
function freeOf(pools: Float64Array, at: number): number {
  if (at < supply.deoxy) {
    const [tri = 0, di = 0, mono = 0] = ladder[at - supply.monophosphates] ?? [];
    return (pools[tri] as number) + (pools[di] as number) + (pools[mono] as number);
  }
  if (at < supply.aminoAcids) return pools[pool.deoxy + at - supply.deoxy] as number;
  return pools[at === supply.other ? pool.other : pool.aminoAcids + at - supply.aminoAcids] as number;
}

/** mmol/gDW/h of one thing a second in a cell with so many residues; of other biomass, which goes by residues, 1/h. */
export function fluxOfResidues(model: CellModel, residues: number, at: number): number {
  if (at === supply.other) return 3600 / residues;
  const grams = (model.constants.dryMass / tablesOf(model).residuesAtBirth) * residues;
  return (1000 * 3600) / (avogadro * grams);
}
