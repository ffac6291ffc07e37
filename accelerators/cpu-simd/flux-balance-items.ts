import type { Highs } from "highs";
import { BioXenError } from "../../src/contract/index.ts";
import { type FluxItem, fluxItem } from "../../src/workloads/flux-balance/item.ts";
import { emptyOutput } from "../../src/workloads/flux-balance/output.ts";
import type {
  FluxBalanceInput,
  FluxBalanceOutput,
  FluxProblem,
  Objectives,
} from "../../src/workloads/flux-balance/problem.ts";
import { type FluxClaim, recordClaim, residualOf } from "../../src/workloads/flux-balance/verdict.ts";
import { type HighsBasis, type HighsSolver, openHighs } from "./flux-balance-highs.ts";
import type { openSimplex, SimplexSolver } from "./flux-balance-simplex.ts";
import type { ItemChanges, LinearSolver } from "./flux-balance-solver.ts";

/** A problem as those who solve it know it: by number, for what reaches a worker is a copy. */
export interface NumberedProblem {
  readonly id: number;
  readonly problem: FluxProblem;
  /** Problems that are still in use; the others are dropped. */
  readonly live: readonly number[];
}

export interface FluxBalanceTask extends NumberedProblem {
  readonly base: HighsBasis | null;
  readonly items: FluxBalanceInput;
}

/** Several threads solve one batch: each draws its next item by the cursor. Both are over shared memory. */
export interface DrawnFluxBalanceTask extends FluxBalanceTask {
  /** Items drawn, items done, and workers that drew. */
  readonly cursor: Int32Array;
  /** The items to solve, in the order in which they are drawn; null for all of them. */
  readonly order: Int32Array | null;
  /** Where the answers are written. */
  readonly answer: FluxBalanceOutput;
}

export interface ItemSolver {
  /** Loads a problem and solves it as it stands; the basis it ends in is where each item starts. */
  readonly prepare: (task: NumberedProblem) => Promise<HighsBasis | null>;
  /** Solves the items of a batch. */
  readonly solve: (task: FluxBalanceTask) => Promise<FluxBalanceOutput>;
  /** Solves items of a batch until none is left to draw. */
  readonly solveDrawn: (task: DrawnFluxBalanceTask) => Promise<void>;
  /** Frees what is kept of problems that are not among these. */
  readonly keepOnly: (live: readonly number[]) => void;
}

/** Problems kept in memory at once; one more and the one that was used longest ago goes. */
const mostProblems = 8;

/** Memory at which an instance is dropped between tasks: a WebAssembly memory grows and never shrinks. */
const mostBytes = 512 * 2 ** 20;

/**
 * Solves items on one HiGHS instance, loaded on first use, with problems kept in its memory. Whatever the library throws
 * leaves its memory in doubt: the instance is then dropped with all it holds, and the next way begins on a new one.
 * A linear problem goes to `firstTry` before, and to HiGHS only with the items that are not proved by that.
 */
export function openItemSolver(start: () => Promise<Highs>, firstTry: typeof openSimplex | null = null): ItemSolver {
  let instance: Promise<Highs> | null = null;
  const solvers = new Map<number, HighsSolver>();
  const simplexes = new Map<number, SimplexSolver>();

  const drop = (): void => {
    instance = null;
    solvers.clear();
    simplexes.clear();
  };
  const solverOf = async (
    { id, problem }: NumberedProblem,
    base: HighsBasis | null | "unknown",
  ): Promise<HighsSolver> => {
    const found = solvers.get(id);
    if (found !== undefined) {
      solvers.delete(id);
      solvers.set(id, found);
      return found;
    }
    instance ??= start();
    try {
      const made = openHighs(await instance, problem, base);
      solvers.set(id, made);
      for (const [oldest, solver] of solvers) {
        if (solvers.size <= mostProblems) break;
        solver.dispose();
        solvers.delete(oldest);
      }
      return made;
    } catch (error) {
      drop();
      throw typed(error, problem);
    }
  };
  const simplexOf = ({ id, problem }: NumberedProblem, base: HighsBasis | null): SimplexSolver | null => {
    if (firstTry === null || problem.integer !== null) return null;
    const made = simplexes.get(id) ?? firstTry(problem, base);
    simplexes.delete(id);
    simplexes.set(id, made);
    for (const oldest of simplexes.keys()) {
      if (simplexes.size <= mostProblems) break;
      simplexes.delete(oldest);
    }
    return made;
  };
  /** In the order in which they are asked, each opened when its turn first comes; null where it takes no such problem. */
  const openers: readonly ((task: FluxBalanceTask) => Promise<LinearSolver | null>)[] = [
    async (task) => simplexOf(task, task.base),
    (task) => solverOf(task, task.base),
  ];
  const keepOnly = (live: readonly number[]): void => {
    for (const [id, solver] of solvers)
      if (!live.includes(id)) {
        solver.dispose();
        solvers.delete(id);
      }
    for (const id of simplexes.keys()) if (!live.includes(id)) simplexes.delete(id);
  };

  const claimOf = (solver: LinearSolver | null, item: ItemChanges, way: number): FluxClaim => {
    try {
      return solver?.solve(item, way) ?? { status: "failed" };
    } catch {
      drop();
      return { status: "failed" };
    }
  };
  /** Goes on to the next way, and from the last to the next solver, until a claim is proved. */
  const solveItem = async (task: FluxBalanceTask, at: number, item: FluxItem, output: FluxBalanceOutput) => {
    const changes = changesOf(task.items, at, item.sense);
    let attempts = 0;
    for (const open of openers) {
      const ways = (await open(task))?.ways ?? 0;
      for (let way = 0; way < ways; way++) {
        // anew each time: the one before may have gone with its instance
        const claim = claimOf(await open(task), changes, way);
        const residual = residualOf(task.problem, item, claim);
        output.attempts[at] = ++attempts;
        if (residual === null) continue;
        recordClaim(output, at, task.problem, item, claim, residual);
        return;
      }
    }
  };

  const solveDrawn = async (task: DrawnFluxBalanceTask): Promise<void> => {
    keepOnly(task.live);
    const input = { ...task.items, problem: task.problem };
    // now rather than at the first item, so that a task without items is one that loads
    if (simplexOf(task, task.base) === null) await solverOf(task, task.base);
    const { order } = task;
    const count = order?.length ?? input.count;
    if (Atomics.load(task.cursor, 0) < count) Atomics.add(task.cursor, 2, 1);
    for (let drawn = Atomics.add(task.cursor, 0, 1); drawn < count; drawn = Atomics.add(task.cursor, 0, 1)) {
      const at = order?.[drawn] ?? drawn;
      await solveItem(task, at, fluxItem(input, at), task.answer);
      Atomics.add(task.cursor, 1, 1);
    }
    if (instance !== null && (await instance).memoryBytes > mostBytes) drop();
  };

  return {
    prepare: async (task) => {
      keepOnly(task.live);
      const base = simplexOf(task, null)?.base ?? null;
      if (base !== null) return base;
      // opened anew, from the basis that HiGHS finds
      simplexes.delete(task.id);
      return (await solverOf(task, "unknown")).base;
    },
    solve: async (task) => {
      const answer = emptyOutput({ ...task.items, problem: task.problem });
      await solveDrawn({ ...task, cursor: new Int32Array(3), order: null, answer });
      return answer;
    },
    solveDrawn,
    keepOnly,
  };
}

function typed(error: unknown, { rows, columns }: FluxProblem): BioXenError {
  if (error instanceof BioXenError) return error;
  const what = `HiGHS could not load a problem of ${rows} rows and ${columns} columns: ${String(error)}`;
  // the build has no exceptions: where C++ would throw, for want of memory for the most part, it aborts
  const code = error instanceof WebAssembly.RuntimeError ? "OUT_OF_MEMORY" : "KERNEL_FAILED";
  return new BioXenError(code, what, { cause: error });
}

/** What one item of a batch changes, in the form that solvers take. */
export function changesOf({ problem, bounds, objectives }: FluxBalanceInput, at: number, sense: 1 | -1): ItemChanges {
  const from = bounds?.offsets[at] ?? 0;
  const until = bounds?.offsets[at + 1] ?? 0;
  return {
    columns: bounds?.columns.subarray(from, until) ?? new Int32Array(),
    lower: bounds?.lower.subarray(from, until) ?? new Float64Array(),
    upper: bounds?.upper.subarray(from, until) ?? new Float64Array(),
    objective: objectiveOf(problem, objectives, at),
    sense,
  };
}

/** An item's objective; null where it is the problem's own, whether it says so or not: of several optima both find the same. */
function objectiveOf(problem: FluxProblem, objectives: Objectives | null, at: number): ItemChanges["objective"] {
  if (objectives === null) return null;
  const [first, end] = [objectives.offsets[at] as number, objectives.offsets[at + 1] as number];
  const columns = objectives.columns.subarray(first, end);
  const values = objectives.values.subarray(first, end);
  let left = 0;
  for (const cost of problem.objective) if (cost !== 0) left++;
  for (let entry = 0; entry < columns.length; entry++) {
    if (values[entry] !== problem.objective[columns[entry] as number]) return { columns, values };
    if (values[entry] !== 0) left--;
  }
  return left === 0 ? null : { columns, values };
}
