import { certificateTolerance, optimalResidual, primalResidual, reducedCosts } from "./certificate.ts";
import { type FluxItem, fluxItem, objectiveOf } from "./item.ts";
import { type FluxBalanceInput, type FluxBalanceOutput, fluxStatus } from "./problem.ts";

/** Two objectives are one where they differ by no more of the larger of 1 and their size. */
const objectiveTolerance = 1e-6;

/**
 * Statuses must be equal and objectives near; fluxes and duals, of which there may be many that are optimal, must by
 * themselves be feasible, attain the objective and prove it.
 */
export function fluxBalanceDiffers(
  actual: FluxBalanceOutput,
  expected: FluxBalanceOutput,
  input: FluxBalanceInput,
): string | null {
  const { count, problem } = input;
  const { rows, columns } = problem;
  const lengths: readonly (readonly [string, number | undefined, number | undefined])[] = [
    ["statuses", actual.statuses.length, count],
    ["objectives", actual.objectives.length, count],
    ["residuals", actual.residuals.length, count],
    ["attempts", actual.attempts.length, count],
    ["fluxes", actual.fluxes?.length, expected.fluxes?.length],
    ["shadow prices", actual.shadowPrices?.length, expected.shadowPrices?.length],
    ["reduced costs", actual.reducedCosts?.length, expected.reducedCosts?.length],
  ];
  for (const [name, length, wanted] of lengths)
    if (length !== wanted) return `${length ?? "no"} ${name}, expected ${wanted ?? "none"}`;
  for (let at = 0; at < count; at++) {
    const status = actual.statuses[at];
    if (status !== expected.statuses[at])
      return `item ${at} is ${nameOf(status)}, expected ${nameOf(expected.statuses[at])}`;
    const value = actual.objectives[at] ?? Number.NaN;
    if (status !== fluxStatus.optimal) {
      if (!Number.isNaN(value)) return `item ${at} is ${nameOf(status)} and has an objective of ${value}`;
      continue;
    }
    const wanted = expected.objectives[at] ?? Number.NaN;
    if (!near(value, wanted)) return `the objective of item ${at} is ${value}, expected ${wanted}`;
    if (!((actual.residuals[at] ?? Number.NaN) <= certificateTolerance))
      return `item ${at} is optimal with a residual of ${actual.residuals[at]}`;
    const part = (all: Float64Array | null, length: number): Float64Array | null =>
      all === null ? null : all.subarray(at * length, (at + 1) * length);
    const fault = faultOf(
      input,
      fluxItem(input, at),
      value,
      part(actual.fluxes, columns),
      part(actual.shadowPrices, rows),
      part(actual.reducedCosts, columns),
    );
    if (fault !== null) return `item ${at}: ${fault}`;
  }
  return null;
}

function near(x: number, y: number): boolean {
  return Math.abs(x - y) <= objectiveTolerance * Math.max(1, Math.abs(y));
}

function faultOf(
  { problem }: FluxBalanceInput,
  item: FluxItem,
  value: number,
  x: Float64Array | null,
  y: Float64Array | null,
  costs: Float64Array | null,
): string | null {
  if (x === null) return null;
  const infeasible = primalResidual(problem, item, x);
  if (!(infeasible <= certificateTolerance)) return `the fluxes violate the problem by ${infeasible}`;
  const attained = objectiveOf(item.objective, x);
  if (!near(attained, value)) return `the fluxes attain ${attained}, not ${value}`;
  if (y === null || costs === null || problem.integer !== null) return null;
  const residual = optimalResidual(problem, item, x, y);
  if (!(residual <= certificateTolerance)) return `the shadow prices leave the optimum unproved by ${residual}`;
  const wrong = reducedCosts(problem, item, y).findIndex((cost, column) => !near(costs[column] ?? Number.NaN, cost));
  return wrong < 0 ? null : `the reduced cost of column ${wrong} does not follow from the shadow prices`;
}

function nameOf(status: number | undefined): string {
  return Object.entries(fluxStatus).find(([, code]) => code === status)?.[0] ?? `of status ${status}`;
}
