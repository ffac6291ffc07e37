import { type FluxItem, objectiveOf } from "./item.ts";
import type { FluxProblem } from "./problem.ts";
import { simplex } from "./simplex.ts";
import type { FluxClaim } from "./verdict.ts";

/** How far from an integer a column may be and still count as one. */
const integral = 1e-9;

/** Relaxations solved before the search is given up. */
const mostNodes = 20_000;

/**
 * Depth-first branch and bound over `simplex`, on the first column that is not integer (Land & Doig, Econometrica 28:497,
 * 1960, doi 10.2307/1910129). An item whose relaxation has no bound has none itself if anything integer is feasible: its
 * coefficients are rational.
 */
export function branchAndBound(problem: FluxProblem, item: FluxItem): FluxClaim {
  const found = search(problem, item);
  if (found.status !== "unbounded") return found;
  const feasible = search(problem, { ...item, objective: new Float64Array(problem.columns) });
  return feasible.status === "optimal" ? { status: "unbounded", x: feasible.x, ray: found.ray } : feasible;
}

function search(problem: FluxProblem, item: FluxItem): FluxClaim {
  const integers = [...(problem.integer ?? [])].flatMap((flag, column) => (flag === 1 ? [column] : []));
  const open: FluxItem[] = [inward(item, integers)];
  let best: FluxClaim | null = null;
  let bestObjective = Number.NEGATIVE_INFINITY;
  let first: FluxClaim | null = null;
  for (let nodes = 0; open.length > 0; nodes++) {
    if (nodes >= mostNodes) return { status: "failed" };
    const node = open.pop() as FluxItem;
    const answer = crossed(node, integers) ? nothing : simplex(problem, node);
    first ??= answer;
    if (answer.status === "failed" || answer.status === "unbounded") return answer;
    if (answer.status === "infeasible") continue;
    const objective = item.sense * objectiveOf(item.objective, answer.x);
    if (objective <= bestObjective) continue;
    const column = integers.find((one) => Math.abs((answer.x[one] ?? 0) - Math.round(answer.x[one] ?? 0)) > integral);
    if (column === undefined) {
      const rounded = withIntegers(answer.x, integers);
      best = { status: "optimal", x: rounded, y: null };
      bestObjective = objective;
      continue;
    }
    const value = answer.x[column] ?? 0;
    const down = { ...node, upper: node.upper.with(column, Math.floor(value)) };
    const up = { ...node, lower: node.lower.with(column, Math.ceil(value)) };
    open.push(down, up);
  }
  if (best !== null) return best;
  // the relaxation's own proof holds for the item too
  return first?.status === "infeasible" ? first : nothing;
}

const nothing: FluxClaim = { status: "infeasible", ray: null };

/** Bounds of integer columns drawn to the integers within them. */
function inward(item: FluxItem, integers: readonly number[]): FluxItem {
  const lower = item.lower.slice();
  const upper = item.upper.slice();
  for (const column of integers) {
    lower[column] = Math.ceil((lower[column] ?? 0) - integral);
    upper[column] = Math.floor((upper[column] ?? 0) + integral);
  }
  return { ...item, lower, upper };
}

function crossed({ lower, upper }: FluxItem, integers: readonly number[]): boolean {
  return integers.some((column) => (lower[column] ?? 0) > (upper[column] ?? 0));
}

function withIntegers(x: Float64Array, integers: readonly number[]): Float64Array {
  const rounded = x.slice();
  for (const column of integers) rounded[column] = Math.round(x[column] ?? 0);
  return rounded;
}
