import { BioXenError, type Dispatcher } from "../contract/index.ts";
import type { MetabolicModel, Reaction } from "../formats/index.ts";
import { carbonAtoms } from "./carbon.ts";
import { isBoundary } from "./exchange.ts";
import { fva } from "./fva.ts";
import { type FluxSetup, problemOf, reactionColumns } from "./problem-of.ts";
import { reducedBounds, reduceProblem } from "./reduction.ts";
import { type AlgorithmOptions, type FluxStatus, type SolverItem, solverOf, statusOf } from "./solver.ts";

export interface EnvelopeOptions extends FluxSetup, AlgorithmOptions {
  /** Points along each reaction's range, both ends included; 20 by default. */
  readonly points?: number | undefined;
  /** Exchange reactions that bring carbon in; the yield is left out without them. */
  readonly carbonSources?: readonly string[] | undefined;
}

export interface EnvelopePoint {
  /** Flux of each reaction that is varied, mmol/gDW/h, in their order. */
  readonly fluxes: readonly number[];
  readonly status: FluxStatus;
  /** Least and largest value of the objective there; null where there is none. */
  readonly minimum: number | null;
  readonly maximum: number | null;
  /**
   * Carbon of the objective's product at its largest value, per carbon taken up; null without carbon sources, without
   * uptake, or where a formula does not say.
   */
  readonly carbonYield: number | null;
}

export interface ProductionEnvelope {
  readonly status: FluxStatus;
  readonly reactions: readonly string[];
  /** The grid, the last reaction varied fastest. */
  readonly points: readonly EnvelopePoint[];
  readonly solves: number;
}

/**
 * Production envelope (phenotypic phase plane): the range of the objective, such as a product's export, over a grid of
 * fluxes of other reactions, such as growth, each varied over its whole feasible range.
 * Source: Edwards, Ramakrishna and Palsson 2002, doi:10.1002/bit.10047.
 * @throws BioXenError `INPUT_INVALID` as `problemOf`, for fewer than 2 points, no reaction, or a range without an end
 */
export async function productionEnvelope(
  model: MetabolicModel,
  dispatcher: Dispatcher,
  reactions: readonly string[],
  options: EnvelopeOptions = {},
): Promise<ProductionEnvelope> {
  const { points = 20 } = options;
  const varied = reactionColumns(model, reactions);
  if (varied.length === 0) throw new BioXenError("INPUT_INVALID", "a production envelope varies one reaction or more");
  if (!Number.isInteger(points) || points < 2)
    throw new BioXenError("INPUT_INVALID", `points is 2 or more, not ${points}`);
  const sources = reactionColumns(model, options.carbonSources ?? []);
  const ranges = await fva(model, dispatcher, { ...options, onProgress: undefined, reactions, fraction: 0 });
  if (ranges.status !== "optimal") return { status: ranges.status, reactions, points: [], solves: ranges.solves };
  for (const [at, reaction] of reactions.entries())
    if (!Number.isFinite(ranges.minimum[at]) || !Number.isFinite(ranges.maximum[at]))
      throw new BioXenError("INPUT_INVALID", `${reaction} has no finite range to vary`, { context: { reaction } });

  const problem = problemOf(model, options);
  const reduction = reduceProblem(problem, { validFor: "knock-outs" });
  const solver = solverOf(dispatcher, options.dispatch);
  const grid = gridOf(
    reactions.map((_, at) => [ranges.minimum[at] as number, ranges.maximum[at] as number]),
    points,
  );
  const items = grid.flatMap((fluxes): SolverItem[] => {
    const [lower, upper] = [problem.lower.slice(), problem.upper.slice()];
    for (const [at, column] of varied.entries()) lower[column] = upper[column] = fluxes[at] as number;
    const bounds = reducedBounds(reduction, lower, upper);
    const columns = [...new Set([...varied].map((column) => reduction.column[column] as number))].filter(
      (one) => one !== -1,
    );
    const of = (values: Float64Array): number[] => columns.map((column) => values[column] as number);
    const item = { bounds: { columns, lower: of(bounds.lower), upper: of(bounds.upper) } };
    return [
      { ...item, sense: "minimum" },
      { ...item, sense: "maximum" },
    ];
  });
  const output = await solver.solve(reduction.problem, items, sources.length > 0 ? "fluxes" : "objective");
  options.onProgress?.(items.length, items.length);
  const found = grid.map((fluxes, at): EnvelopePoint => {
    const [low, high] = [2 * at, 2 * at + 1];
    const statuses = [statusOf(output, low), statusOf(output, high)];
    const status = statuses.find((one) => one !== "optimal") ?? "optimal";
    const value = (item: number): number | null =>
      statusOf(output, item) === "optimal" ? (output.objectives[item] as number) : null;
    const flux = (column: number): number => {
      const reduced = reduction.column[column] as number;
      const start = high * reduction.problem.columns;
      return reduced === -1 ? 0 : (reduction.ratio[column] as number) * (output.fluxes?.[start + reduced] as number);
    };
    const carbonYield =
      value(high) === null || sources.length === 0 ? null : yieldOf(model, problem.objective, sources, flux);
    return { fluxes, status, minimum: value(low), maximum: value(high), carbonYield };
  });
  return { status: "optimal", reactions, points: found, solves: ranges.solves + solver.solves };
}

/** Carbon out through the objective's boundary reactions per carbon in through the sources. */
function yieldOf(
  model: MetabolicModel,
  objective: Float64Array,
  sources: Int32Array,
  flux: (column: number) => number,
): number | null {
  const formulas = new Map(model.metabolites.map(({ id, formula }) => [id, formula]));
  const through = (column: number): number | null => {
    const reaction = model.reactions[column] as Reaction;
    if (!isBoundary(reaction)) return null;
    const [[metabolite, coefficient] = ["", 0]] = reaction.stoichiometry;
    const carbon = carbonAtoms(formulas.get(metabolite) ?? null);
    // positive where the metabolite leaves the model
    return carbon === null ? null : -coefficient * carbon * flux(column);
  };
  let out = 0;
  for (const [column, cost] of objective.entries()) {
    if (cost === 0) continue;
    const carbon = through(column);
    if (carbon === null) return null;
    out += carbon;
  }
  let taken = 0;
  for (const column of sources) {
    const carbon = through(column);
    if (carbon === null) return null;
    taken -= carbon;
  }
  return taken > 0 ? out / taken : null;
}

function gridOf(ranges: readonly (readonly [number, number])[], points: number): number[][] {
  return ranges.reduce<number[][]>(
    (grid, [low, high]) =>
      grid.flatMap((start) =>
        Array.from({ length: points }, (_, at) => [
          ...start,
          at === points - 1 ? high : low + (at * (high - low)) / (points - 1),
        ]),
      ),
    [[]],
  );
}
