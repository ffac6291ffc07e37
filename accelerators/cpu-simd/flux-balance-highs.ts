import type { Highs, Model } from "highs";
import type { FluxProblem } from "../../src/workloads/flux-balance/problem.ts";
import type { FluxClaim } from "../../src/workloads/flux-balance/verdict.ts";
import type { ItemChanges, LinearSolver } from "./flux-balance-solver.ts";

/** Status of each column and row in an optimal basis, as HiGHS numbers them. */
export interface HighsBasis {
  readonly colStatus: Int32Array;
  readonly rowStatus: Int32Array;
}

type Options = Readonly<Record<string, string | number | boolean>>;

const always: Options = {
  output_flag: false,
  // a coefficient of 1e-9 or a bound of 1e20 means what it says
  small_matrix_value: 1e-12,
  large_matrix_value: 1e300,
  infinite_bound: 1e300,
  infinite_cost: 1e300,
  mip_rel_gap: 1e-9,
  mip_abs_gap: 1e-9,
};

const usual: Options = {
  solver: "choose",
  presolve: "choose",
  simplex_strategy: 1,
  simplex_scale_strategy: 2,
  // tighter than the 1e-7 of HiGHS, so that fluxes of 1e-4 that limit growth are balanced too
  primal_feasibility_tolerance: 1e-9,
  dual_feasibility_tolerance: 1e-9,
  mip_feasibility_tolerance: 1e-9,
};

/** A basis that a new objective leaves feasible is where the primal simplex starts; by the dual it takes 20 times as long. */
const fromFeasible: Options = { ...usual, simplex_strategy: 4 };

/** Entries of a matrix up to which presolve costs more than the steps that it saves: it compiles that much more code. */
const unpresolved = 30_000;

/** From the base basis; anew; anew with another scaling and no presolve; by interior points and crossover. */
const linearWays: readonly Options[] = [
  usual,
  { ...usual, presolve: "on" },
  {
    ...usual,
    presolve: "off",
    simplex_scale_strategy: 3,
    primal_feasibility_tolerance: 1e-10,
    dual_feasibility_tolerance: 1e-10,
  },
  { ...usual, solver: "ipm" },
];

const integerWays: readonly Options[] = [
  usual,
  { ...usual, presolve: "off" },
  { ...usual, mip_feasibility_tolerance: 1e-6 },
];

/** A problem in the memory of a HiGHS instance. */
export interface HighsSolver extends LinearSolver {
  /** The basis that the problem itself ends in; null where it has no optimum or integer columns. */
  readonly base: HighsBasis | null;
}

/**
 * Loads a problem into HiGHS (Huangfu & Hall, Math. Program. Comput. 10:119, 2018, doi 10.1007/s12532-017-0130-5) and, unless
 * the basis is known already, solves it as it stands.
 */
export function openHighs(highs: Highs, problem: FluxProblem, known: HighsBasis | null | "unknown"): HighsSolver {
  const { rows, columns, starts, indices, values, objective, integer } = problem;
  const { empty, optimal, infeasible, unbounded, unboundedOrInfeasible } = highs.constants.modelStatus;
  const { continuous, integer: whole } = highs.constants.variableType;
  const { minimize, maximize } = highs.constants.objectiveSense;
  const model: Model = highs.createModel();
  model.options.set({ ...always, ...usual });
  model.passModel({
    numCols: columns,
    numRows: rows,
    sense: problem.sense === "maximum" ? maximize : minimize,
    colCost: objective,
    colLower: problem.lower,
    colUpper: problem.upper,
    rowLower: problem.rowLower,
    rowUpper: problem.rowUpper,
    matrix: { format: "csc", numRows: rows, numCols: columns, starts, indices, values },
    ...(integer === null ? {} : { integrality: Int32Array.from(integer) }),
  });
  const own: readonly number[] = [...objective].flatMap((cost, column) => (cost === 0 ? [] : [column]));
  const ownSense = problem.sense === "maximum" ? 1 : -1;
  let sense = ownSense;
  let options = usual;

  const setOptions = (wanted: Options): void => {
    if (wanted !== options) model.options.set(wanted);
    options = wanted;
  };
  const turn = (wanted: number): void => {
    if (wanted !== sense) model.changeObjectiveSense(wanted > 0 ? maximize : minimize);
    sense = wanted;
  };
  const applyCosts = (item: ItemChanges): void => {
    if (item.objective === null) return;
    for (const column of own) model.changeColCost(column, 0);
    item.objective.columns.forEach((column, at) => {
      model.changeColCost(column, item.objective?.values[at] ?? 0);
    });
  };
  const restoreCosts = (item: ItemChanges): void => {
    if (item.objective === null) return;
    for (const column of item.objective.columns) model.changeColCost(column, 0);
    for (const column of own) model.changeColCost(column, objective[column] ?? 0);
  };
  const apply = (item: ItemChanges): void => {
    turn(item.sense);
    applyCosts(item);
    item.columns.forEach((column, at) => {
      model.changeColBounds(column, item.lower[at] ?? 0, item.upper[at] ?? 0);
    });
  };
  const restore = (item: ItemChanges): void => {
    turn(ownSense);
    restoreCosts(item);
    for (const column of item.columns)
      model.changeColBounds(column, problem.lower[column] ?? 0, problem.upper[column] ?? 0);
  };

  /** A feasible point, by the same problem without a cost; null where there is none. */
  const feasible = (item: ItemChanges): Float64Array | null => {
    const costs = item.objective?.columns ?? own;
    for (const column of costs) model.changeColCost(column, 0);
    model.clearSolver();
    model.run();
    const found = model.getModelStatus() === optimal ? model.getSolution().colValue : null;
    for (const [at, column] of costs.entries())
      model.changeColCost(column, item.objective?.values[at] ?? objective[column] ?? 0);
    return found;
  };

  /** The best direction of length 1 that no bound ever stops: HiGHS has no ray of a problem that it solves without a basis. */
  const improving = (item: ItemChanges): Float64Array => {
    const lower = problem.lower.slice();
    const upper = problem.upper.slice();
    item.columns.forEach((column, at) => {
      lower[column] = item.lower[at] ?? 0;
      upper[column] = item.upper[at] ?? 0;
    });
    const every = (length: number) => ({ kind: "range", from: 0, to: length - 1 }) as const;
    const cone = (bound: number): number => (Number.isFinite(bound) ? 0 : bound);
    const unit = (bound: number): number => (Number.isFinite(bound) ? 0 : Math.sign(bound));
    model.changeColsBounds(every(columns), lower.map(unit), upper.map(unit));
    if (rows > 0) model.changeRowsBounds(every(rows), problem.rowLower.map(cone), problem.rowUpper.map(cone));
    model.clearSolver();
    model.run();
    const ray = model.getSolution().colValue;
    model.changeColsBounds(every(columns), lower, upper);
    if (rows > 0) model.changeRowsBounds(every(rows), problem.rowLower, problem.rowUpper);
    return ray;
  };

  const claimLinear = (item: ItemChanges): FluxClaim => {
    model.run();
    const status = model.getModelStatus();
    if (status === optimal) {
      const { colValue, rowDual } = model.getSolution();
      return { status: "optimal", x: colValue, y: rowDual };
    }
    if (status === infeasible) return { status: "infeasible", ray: model.getDualRay()?.values ?? emptyRow(problem) };
    if (status === empty) {
      const ray = emptyRow(problem);
      return ray === null
        ? { status: "optimal", x: new Float64Array(columns), y: new Float64Array(rows) }
        : { status: "infeasible", ray };
    }
    if (status !== unbounded) return { status: "failed" };
    const ray = model.getPrimalRay()?.values ?? improving(item);
    const x = feasible(item);
    return x === null ? { status: "failed" } : { status: "unbounded", x, ray };
  };

  const claimInteger = (item: ItemChanges): FluxClaim => {
    model.run();
    const status = model.getModelStatus();
    if (status === infeasible) return relaxed(() => infeasibleRelaxation());
    if (status === unbounded || status === unboundedOrInfeasible) {
      const x = feasible(item);
      if (x === null) return relaxed(() => infeasibleRelaxation());
      return relaxed(() => {
        const claim = claimLinear(item);
        return claim.status === "unbounded" ? { ...claim, x } : { status: "failed" };
      });
    }
    if (status !== optimal) return { status: "failed" };
    const { colValue } = model.getSolution();
    return { status: "optimal", x: polished(item, colValue), y: null };
  };
  /** With the columns for integers continuous. */
  const relaxed = (work: () => FluxClaim): FluxClaim => {
    model.clearIntegrality();
    model.clearSolver();
    try {
      return work();
    } finally {
      (integer ?? []).forEach((flag, column) => {
        model.changeColIntegrality(column, flag === 1 ? whole : continuous);
      });
    }
  };
  const infeasibleRelaxation = (): FluxClaim => {
    model.run();
    const known = model.getModelStatus() === infeasible ? model.getDualRay()?.values : undefined;
    return { status: "infeasible", ray: known ?? null };
  };
  /** The linear problem with the integers held where they are, so that the others balance as in any linear problem. */
  const polished = (item: ItemChanges, x: Float64Array): Float64Array => {
    const bounds = new Map([...item.columns].map((column, at) => [column, [item.lower[at], item.upper[at]]]));
    let better = x;
    relaxed(() => {
      (integer ?? []).forEach((flag, column) => {
        const value = Math.round(x[column] ?? 0);
        if (flag === 1) model.changeColBounds(column, value, value);
      });
      model.run();
      if (model.getModelStatus() === optimal) better = model.getSolution().colValue;
      (integer ?? []).forEach((flag, column) => {
        const [lower, upper] = bounds.get(column) ?? [problem.lower[column], problem.upper[column]];
        if (flag === 1) model.changeColBounds(column, lower ?? 0, upper ?? 0);
      });
      return { status: "failed" };
    });
    return better;
  };

  let base = known === "unknown" ? null : known;
  if (known === "unknown" && integer === null && columns > 0) {
    setOptions(values.length <= unpresolved ? { ...usual, presolve: "off" } : usual);
    model.run();
    if (model.getModelStatus() === optimal) base = model.getBasis();
  }

  return {
    base,
    ways: (integer === null ? linearWays : integerWays).length,
    solve: (item, way) => {
      const newObjective = item.objective !== null || item.sense !== ownSense;
      if (integer === null && way === 0 && base !== null && newObjective) setOptions(fromFeasible);
      else setOptions((integer === null ? linearWays : integerWays)[way] ?? usual);
      apply(item);
      try {
        model.clearSolver();
        if (integer !== null) return claimInteger(item);
        if (way === 0 && base !== null) model.setBasis(base);
        return claimLinear(item);
      } finally {
        restore(item);
      }
    },
    dispose: () => model.dispose(),
  };
}

/** A row without entries that may not sum to 0 is a proof in itself; HiGHS has no ray where the whole matrix is empty. */
function emptyRow({ rows, indices, rowLower, rowUpper }: FluxProblem): Float64Array | null {
  const used = new Set(indices);
  for (let row = 0; row < rows; row++)
    if (!used.has(row) && ((rowLower[row] ?? 0) > 0 || (rowUpper[row] ?? 0) < 0))
      return new Float64Array(rows).fill(1, row, row + 1);
  return null;
}
