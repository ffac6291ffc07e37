import { BioXenError, type Dispatcher } from "../contract/index.ts";
import type { MetabolicModel, Reaction } from "../formats/index.ts";
import { consumes, isBoundary } from "./exchange.ts";
import { type FluxSetup, problemOf, reactionColumns } from "./problem-of.ts";
import { reducedBounds, reduceProblem, restoreFluxes } from "./reduction.ts";
import { type AlgorithmOptions, type FluxStatus, solverOf, statusOf } from "./solver.ts";

/** A substance outside the cell, by the exchange reaction that moves it. */
export interface Substrate {
  readonly exchange: string;
  /** mmol/L at the start. */
  readonly concentration: number;
  /** Michaelis-Menten uptake, mmol/gDW/h and mmol/L. Left out for what is only secreted: no uptake then. */
  readonly uptake?: { readonly vmax: number; readonly km: number } | undefined;
}

export interface DynamicFbaOptions extends FluxSetup, AlgorithmOptions {
  /** gDW/L at the start. */
  readonly biomass: number;
  readonly substrates: readonly Substrate[];
  /** Reaction whose flux is the growth rate, 1/h. */
  readonly growth: string;
  /** h */
  readonly duration: number;
  /** Step in h; with a `tolerance`, the first and largest one. */
  readonly step: number;
  /** Largest relative error a step in biomass and substrates; steps are then halved and doubled as it needs. Fixed by default. */
  readonly tolerance?: number | undefined;
}

export interface DynamicFbaPoint {
  /** h */
  readonly time: number;
  /** gDW/L */
  readonly biomass: number;
  /** mmol/L, in the order of the substrates. */
  readonly concentrations: readonly number[];
  /** 1/h over the step that starts here; null at the last point. */
  readonly growth: number | null;
}

export interface DynamicFbaResult {
  /** "finished", or how the model ended at the last point: no flux could be found there, so nothing is said of what follows. */
  readonly ended: "finished" | Exclude<FluxStatus, "optimal"> | "step too small";
  readonly points: readonly DynamicFbaPoint[];
  readonly solves: number;
}

/** Steps below this share of the duration mean that the error will not come down. */
const leastStep = 1e-9;

/**
 * Dynamic FBA by the static optimisation approach: growth is optimal at every step, uptake limited by Michaelis-Menten
 * kinetics and by what is left in a step; biomass grows exponentially within it and substances change in proportion. No
 * concentration falls below 0. Exact in time for constant rates, first order else.
 * A step ends early where a substance is used up.
 * Source: Varma and Palsson 1994, doi:10.1128/aem.60.10.3724-3731.1994; Mahadevan, Edwards and Doyle 2002, doi:10.1016/S0006-3495(02)73903-9.
 * @throws BioXenError `INPUT_INVALID` as `problemOf`, for an unknown reaction, a substrate without exchange reaction, and
 * any quantity that is negative or not finite
 */
export async function dynamicFba(
  model: MetabolicModel,
  dispatcher: Dispatcher,
  options: DynamicFbaOptions,
): Promise<DynamicFbaResult> {
  const { substrates, duration, tolerance } = options;
  checkQuantities(options);
  const [growthColumn = -1] = reactionColumns(model, [options.growth]);
  const columns = reactionColumns(
    model,
    substrates.map(({ exchange }) => exchange),
  );
  const inward = Array.from(columns, (column) => {
    const reaction = model.reactions[column] as Reaction;
    if (!isBoundary(reaction)) throw invalid(`${reaction.id} is no exchange reaction`, reaction.id);
    // a consumed metabolite leaves; the coefficient says how much a unit of flux moves
    const [coefficient = 1] = reaction.stoichiometry.values();
    return { sign: consumes(reaction) ? -1 : 1, size: Math.abs(coefficient) };
  });

  // reduced once with the widest uptake: every step only tightens it
  const stated = problemOf(model, options);
  const [lower, upper] = [stated.lower.slice(), stated.upper.slice()];
  const limitUptake = (
    at: number,
    most: number,
    bounds: { readonly lower: Float64Array; readonly upper: Float64Array },
  ): void => {
    const column = columns[at] as number;
    if (inward[at]?.sign === -1) bounds.lower[column] = Math.min(-most, bounds.upper[column] as number);
    else bounds.upper[column] = Math.max(most, bounds.lower[column] as number);
  };
  for (const [at, { uptake }] of substrates.entries()) limitUptake(at, uptake?.vmax ?? 0, { lower, upper });
  const reduction = reduceProblem({ ...stated, lower, upper }, { validFor: "knock-outs" });
  const solver = solverOf(dispatcher, options.dispatch);

  interface State {
    readonly biomass: number;
    readonly concentrations: readonly number[];
  }
  type Rates = { readonly growth: number; readonly exchange: readonly number[] };
  const ratesAt = async (
    { biomass, concentrations }: State,
    step: number,
  ): Promise<Rates | Exclude<FluxStatus, "optimal">> => {
    const bounds = { lower: lower.slice(), upper: upper.slice() };
    for (const [at, { uptake }] of substrates.entries()) {
      const left = concentrations[at] as number;
      const kinetic = uptake === undefined || left === 0 ? 0 : (uptake.vmax * left) / (uptake.km + left);
      const size = inward[at]?.size ?? 1;
      limitUptake(at, Math.min(kinetic, left / (size * biomass * step)), bounds);
    }
    const reduced = reducedBounds(reduction, bounds.lower, bounds.upper);
    if (!reduced.possible || !reduction.possible) return "infeasible";
    const changed = [...new Set([...columns].map((column) => reduction.column[column] as number))].filter(
      (one) => one !== -1,
    );
    const of = (values: Float64Array): number[] => changed.map((column) => values[column] as number);
    const item = { bounds: { columns: changed, lower: of(reduced.lower), upper: of(reduced.upper) } };
    const output = await solver.solve(reduction.problem, [item], "fluxes");
    const status = statusOf(output, 0);
    if (status !== "optimal" || output.fluxes === null) return status === "optimal" ? "failed" : status;
    const fluxes = restoreFluxes(reduction, output.fluxes);
    return {
      growth: fluxes[growthColumn] as number,
      // mmol/gDW/h that leave the cell
      exchange: Array.from(columns, (column, at) => {
        const { sign, size } = inward[at] ?? { sign: -1, size: 1 };
        return -sign * size * (fluxes[column] as number);
      }),
    };
  };
  const advance = ({ biomass, concentrations }: State, { growth, exchange }: Rates, step: number): State => {
    // the integral of exp(growth t), which is the step itself without growth
    const cellHours = Math.abs(growth * step) < 1e-12 ? biomass * step : (biomass * Math.expm1(growth * step)) / growth;
    return {
      biomass: biomass * Math.exp(growth * step),
      concentrations: concentrations.map((left, at) => {
        const after = left + (exchange[at] as number) * cellHours;
        // used up by rounding
        return after > 1e-12 * left ? after : 0;
      }),
    };
  };

  /** Hours until the first substance is used up at these rates. */
  const depletion = ({ biomass, concentrations }: State, { growth, exchange }: Rates): number => {
    let hours = Infinity;
    for (const [at, left] of concentrations.entries()) {
      const used = -(exchange[at] as number) * biomass;
      if (used <= 0 || left === 0) continue;
      const scaled = (growth * left) / used;
      if (scaled > -1) hours = Math.min(hours, Math.abs(scaled) < 1e-12 ? left / used : Math.log1p(scaled) / growth);
    }
    return hours;
  };

  let state: State = { biomass: options.biomass, concentrations: substrates.map(({ concentration }) => concentration) };
  let time = 0;
  let step = options.step;
  const points: DynamicFbaPoint[] = [];
  const end = (ended: DynamicFbaResult["ended"]): DynamicFbaResult => {
    points.push({ time, ...state, growth: null });
    return { ended, points, solves: solver.solves };
  };
  while (duration - time > leastStep * duration) {
    let taken = Math.min(step, duration - time);
    const rates = await ratesAt(state, taken);
    if (typeof rates === "string") return end(rates);
    taken = Math.min(taken, depletion(state, rates));
    let next = advance(state, rates, taken);
    if (tolerance !== undefined) {
      // two half steps say how wrong the whole one is
      const first = await ratesAt(state, taken / 2);
      if (typeof first === "string") return end(first);
      const middle = advance(state, first, taken / 2);
      const second = await ratesAt(middle, taken / 2);
      const better = typeof second === "string" ? null : advance(middle, second, taken / 2);
      const error = better === null ? Infinity : relativeError(next, better, substrates);
      if (better === null || error > tolerance) {
        if (taken / 2 < leastStep * duration) return end(typeof second === "string" ? second : "step too small");
        step = taken / 2;
        continue;
      }
      next = better;
      if (error < tolerance / 4) step = Math.min(options.step, 2 * step);
    }
    points.push({ time, ...state, growth: rates.growth });
    state = next;
    time += taken;
    options.onProgress?.(Math.min(time, duration), duration);
  }
  return end("finished");
}

/** Largest relative difference, of concentrations to what they began with or 1 mmol/L at least. */
function relativeError(
  one: { readonly biomass: number; readonly concentrations: readonly number[] },
  other: { readonly biomass: number; readonly concentrations: readonly number[] },
  substrates: readonly Substrate[],
): number {
  let worst = Math.abs(one.biomass - other.biomass) / other.biomass;
  for (const [at, { concentration }] of substrates.entries()) {
    const apart = Math.abs((one.concentrations[at] as number) - (other.concentrations[at] as number));
    worst = Math.max(worst, apart / Math.max(1, concentration));
  }
  return worst;
}

function checkQuantities({ biomass, substrates, duration, step, tolerance }: DynamicFbaOptions): void {
  const positive = { biomass, duration, step, ...(tolerance === undefined ? {} : { tolerance }) };
  for (const [what, value] of Object.entries(positive))
    if (!(value > 0 && value < Infinity)) throw invalid(`${what} is above 0 and finite, not ${value}`);
  for (const { exchange, concentration, uptake } of substrates) {
    for (const [what, value] of Object.entries({ concentration, vmax: uptake?.vmax ?? 0, km: uptake?.km ?? 0 }))
      if (!(value >= 0 && value < Infinity))
        throw invalid(`${exchange}: ${what} is 0 or more and finite, not ${value}`, exchange);
  }
}

function invalid(what: string, reaction?: string): BioXenError {
  return new BioXenError("INPUT_INVALID", what, reaction === undefined ? {} : { context: { reaction } });
}
