import { BioXenError, type Dispatcher, type DispatchOptions } from "../contract/index.ts";
import { reducedBounds, restoreFluxes } from "../metabolism/index.ts";
import { type FluxBalanceInput, fluxBalance, fluxStatus, type Objectives } from "../workloads/index.ts";
import type { Cell } from "./advance.ts";
import { type CellState, growthOf, residuesIn } from "./cell-state.ts";
import { conditionsAt } from "./conditions.ts";
import { enzymeDensity } from "./enzyme-rule.ts";
import type { CellModel } from "./expression-network.ts";
import { headroom } from "./flux-bounds.ts";
import { type FluxFrame, type FluxSupply, worthOf } from "./flux-supply.ts";
import type { MetabolicState } from "./metabolic-state.ts";
import { enzymeDensityOfSector } from "./sector-supply.ts";
import { supplied } from "./supplied.ts";
import { type Demand, demandOf, fluxOfResidues } from "./supply-demand.ts";

/** A supply that stays this far below its demand is short. */
const shortBelow = 0.98;
/** Seconds after which a shortage of supply is told: a pool bridges shorter ones. */
const patience = 60;

/** A cell whose flux model is due, and what it wants of it. */
interface Asking {
  readonly cell: Cell;
  readonly supply: FluxSupply;
  readonly state: MetabolicState;
  readonly demand: Demand;
}

/**
 * Solves the flux model of every cell that is due for it, all cells of one model in one batch, and gives each its supply.
 * Returns the cells for which there was no solution, each with its error; the others are unaffected by it.
 */
export async function feed(
  cells: readonly Cell[],
  dispatcher: Dispatcher,
  dispatch: DispatchOptions | undefined,
): Promise<ReadonlyMap<Cell, BioXenError>> {
  const batches = new Map<FluxFrame, Asking[]>();
  for (const cell of cells) {
    const { metabolism: supplies } = cell.model;
    const { metabolism: state } = cell.state;
    if (supplies === undefined || state === null || state.due > cell.state.time) continue;
    const asking = { cell, supply: supplies, state, demand: demandOf(cell.model, cell.state, supplies.every) };
    const batch = batches.get(supplies.frame);
    if (batch === undefined) batches.set(supplies.frame, [asking]);
    else batch.push(asking);
  }
  const failed = new Map<Cell, BioXenError>();
  for (const [frame, batch] of batches) {
    const { output } = await dispatcher.run(fluxBalance, inputOf(frame, batch), dispatch);
    for (const [item, asking] of batch.entries()) {
      const { cell } = asking;
      if (output.statuses[item] === fluxStatus.optimal && output.fluxes !== null) {
        const fluxes = restoreFluxes(frame.reduction, output.fluxes, item * frame.reduction.problem.columns);
        settleSupply(asking, fluxes);
      } else {
        const { trajectory, time } = cell.state;
        failed.set(
          cell,
          new BioXenError("KERNEL_FAILED", `cell ${trajectory}: no solution of ${frame.id} at ${time} s`, {
            context: { trajectory, time, model: frame.id },
          }),
        );
      }
    }
  }
  return failed;
}

function inputOf(frame: FluxFrame, batch: readonly Asking[]): FluxBalanceInput {
  const { problem } = frame;
  const changed = changedColumns(frame);
  const offsets = Uint32Array.from({ length: batch.length + 1 }, (_, item) => item * changed.length);
  const columns = new Int32Array(batch.length * changed.length);
  const [lower, upper] = [new Float64Array(columns.length), new Float64Array(columns.length)];
  for (const [item, asking] of batch.entries()) {
    const bounds = boundsFor(frame, asking);
    columns.set(changed, item * changed.length);
    for (let at = 0; at < changed.length; at++) {
      const column = changed[at] as number;
      lower[item * changed.length + at] = bounds.lower[column] as number;
      upper[item * changed.length + at] = bounds.upper[column] as number;
    }
  }
  return {
    ...{ problem, count: batch.length, bounds: { offsets, columns, lower, upper } },
    ...{ objectives: objectivesOf(frame, batch), senses: null, wants: "fluxes" },
  };
}

/** The frame's objective with up to twice the worth of what is scarce; null where nothing is. */
function objectivesOf({ columns, problem, reduction }: FluxFrame, batch: readonly Asking[]): Objectives | null {
  if (batch.every(({ demand }) => demand.urgency === null)) return null;
  const priced = [...problem.objective.keys()].filter((column) => problem.objective[column] !== 0);
  const values = batch.flatMap(({ demand }) => {
    const costs = problem.objective.slice();
    for (let at = 0; at < columns.length; at++) {
      const column = columns[at] as number;
      const reduced = column < 0 ? -1 : (reduction.column[column] as number);
      if (reduced < 0) continue;
      const more = worthOf(at) * (demand.urgency?.[at] ?? 0) * (reduction.ratio[column] as number);
      costs[reduced] = (costs[reduced] as number) + more;
    }
    return priced.map((column) => costs[column] as number);
  });
  return {
    offsets: Uint32Array.from({ length: batch.length + 1 }, (_, item) => item * priced.length),
    columns: Int32Array.from(batch.flatMap(() => priced)),
    values: Float64Array.from(values),
  };
}

const changing = new WeakMap<FluxFrame, Int32Array>();

/** Reduced columns whose bounds a cell's state decides. */
function changedColumns(frame: FluxFrame): Int32Array {
  const known = changing.get(frame);
  if (known !== undefined) return known;
  const { reduction, columns, rules, transports, sources } = frame;
  const original = [
    ...columns,
    ...rules.map(({ column }) => column),
    ...transports.map(({ column }) => column),
    ...[...sources.values()].flat().map(({ column }) => column),
  ].filter((column) => column >= 0);
  const reduced = new Set(original.map((column) => reduction.column[column] as number).filter((column) => column >= 0));
  const made = Int32Array.from(reduced).sort();
  changing.set(frame, made);
  return made;
}

function boundsFor(
  frame: FluxFrame,
  { cell: { model, state }, supply: { genes }, demand }: Asking,
): { readonly lower: Float64Array; readonly upper: Float64Array } {
  const { reduction, columns, rules, transports, sources } = frame;
  const { original } = reduction;
  const lower = original.lower.slice();
  const upper = original.upper.slice();
  const densities = densitiesOf(model, state, genes);
  const density = new Float64Array(lower.length).fill(1);
  for (const { column, rule } of rules) {
    const share = Math.min(headroom, enzymeDensity(rule, densities));
    density[column] = share;
    lower[column] = ((lower[column] as number) * share) / headroom;
    upper[column] = ((upper[column] as number) * share) / headroom;
  }
  for (const { column, inward, by } of transports) {
    let share = by.length === 0 ? 1 : 0;
    for (const one of by) share = Math.max(share, density[one] as number);
    const bounds = inward === "lower" ? lower : upper;
    bounds[column] = ((bounds[column] as number) * share) / headroom;
  }
  for (const letter of conditionsAt(model, state.time).withoutAminoAcids)
    for (const { column, inward } of sources.get(letter) ?? []) (inward === "lower" ? lower : upper)[column] = 0;
  const residues = residuesIn(model, state.values);
  for (let at = 0; at < columns.length; at++) {
    const column = columns[at] as number;
    if (column < 0) continue;
    const most = (demand.wanted[at] as number) * fluxOfResidues(model, residues, at);
    lower[column] = 0;
    upper[column] = Math.min(most, upper[column] as number);
  }
  return reducedBounds(reduction, lower, upper);
}

/** How dense each gene's product is beside a cell at birth. */
function densitiesOf(model: CellModel, state: CellState, genes: Int32Array): Float64Array {
  const { network } = model;
  const { proteins } = model.at;
  const { values } = state;
  const bySector = model.sectors !== undefined;
  // of a gene that the cell does not have
  const usual = bySector ? enzymeDensityOfSector(model, state) : 1;
  const grown = bySector ? 1 : growthOf(model, values);
  const densities = new Float64Array(genes.length);
  for (let at = 0; at < genes.length; at++) {
    const gene = genes[at] as number;
    if (gene === -2) continue;
    if (bySector || gene < 0) {
      densities[at] = usual;
      continue;
    }
    const born = network.initial[proteins + gene] as number;
    const now = values[proteins + gene] as number;
    densities[at] = born === 0 ? Math.min(1, now) : now / born / grown;
  }
  return densities;
}

function settleSupply(
  { cell: { model, state: cell }, supply: { every, frame }, state, demand }: Asking,
  fluxes: Float64Array,
): void {
  const { rates, waiting, taken, exchanged, shortOfLate, shortInAll } = state;
  const isShort: string[] = [];
  let isOver = true;
  const residues = residuesIn(model, cell.values);
  for (let at = 0; at < rates.length; at++) {
    const column = frame.columns[at] as number;
    rates[at] = column < 0 ? 0 : Math.max(0, fluxes[column] as number) / fluxOfResidues(model, residues, at);
    // what nobody took went unused; a part of a molecule is no whole one yet
    waiting[at] = (waiting[at] as number) % 1;
    taken[at] = 0;
    const short = (rates[at] as number) < shortBelow * (demand.needed[at] as number);
    shortOfLate[at] = short ? (shortOfLate[at] as number) + every : 0;
    if (short) shortInAll[at] = (shortInAll[at] as number) + every;
    if (short) isOver = false;
    if ((shortOfLate[at] as number) >= patience) isShort.push(supplied[at] as string);
  }
  for (let at = 0; at < exchanged.length; at++)
    exchanged[at] = (exchanged[at] as number) + (fluxes[frame.exchanges[at] as number] as number) * every;
  state.seconds += every;
  state.solves += 1;
  state.due = cell.time + every;
  if (isShort.length === 0 && state.told === "") return;
  const known = new Set(state.told === "" ? [] : state.told.split(", "));
  if (isShort.some((name) => !known.has(name))) {
    state.told = [...new Set([...known, ...isShort])].join(", ");
    cell.events.push({ time: cell.time, what: "supply short", detail: state.told });
  } else if (state.told !== "" && isOver) {
    state.told = "";
    cell.events.push({ time: cell.time, what: "supply recovered" });
  }
}
