import type { Highs } from "highs";
import { fluxItem } from "../../src/workloads/flux-balance/item.ts";
import { emptyOutput } from "../../src/workloads/flux-balance/output.ts";
import type { FluxBalanceInput, FluxBalanceOutput, FluxProblem } from "../../src/workloads/flux-balance/problem.ts";
import { recordClaim, residualOf } from "../../src/workloads/flux-balance/verdict.ts";
import { type HighsBasis, type HighsSolver, openHighs } from "./flux-balance-highs.ts";
import type { ItemChanges } from "./flux-balance-solver.ts";

/** A problem as the workers know it: by number, for what reaches them is a copy. */
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

/** Memory at which a HiGHS instance is dropped between tasks: a WebAssembly memory grows and never shrinks. */
const mostBytes = 512 * 2 ** 20;

let runtime: Promise<Highs> | null = null;
const solvers = new Map<number, HighsSolver>();

async function load(): Promise<Highs> {
  // the package's types are those of its CommonJS build, whose default export lies one deeper
  runtime ??= import("highs").then(({ default: start }) => (start as unknown as typeof start.default)());
  return runtime;
}

async function solverOf({ id, problem }: NumberedProblem, base: HighsBasis | null | "unknown"): Promise<HighsSolver> {
  const found = solvers.get(id);
  if (found !== undefined) return found;
  const made = openHighs(await load(), problem, base);
  solvers.set(id, made);
  return made;
}

function forgetAllBut(live: readonly number[]): void {
  for (const [id, solver] of solvers)
    if (!live.includes(id)) {
      solver.dispose();
      solvers.delete(id);
    }
}

/** Loads a problem and solves it as it stands; its basis is where each item starts. */
export async function prepareFluxBalance(task: NumberedProblem): Promise<HighsBasis | null> {
  forgetAllBut(task.live);
  return (await solverOf(task, "unknown")).base;
}

/** Solves some items of a batch. */
export async function solveFluxItems(task: FluxBalanceTask): Promise<FluxBalanceOutput> {
  forgetAllBut(task.live);
  const { problem, base, items } = task;
  const input = { ...items, problem };
  const output = emptyOutput(input);
  for (let at = 0; at < items.count; at++) {
    const item = fluxItem(input, at);
    const changes = changesOf(items, at, item.sense);
    const solver = await solverOf(task, base);
    for (let way = 0; way < solver.ways; way++) {
      output.attempts[at] = way + 1;
      const claim = solver.solve(changes, way);
      const residual = residualOf(problem, item, claim);
      if (residual === null) continue;
      recordClaim(output, at, problem, item, claim, residual);
      break;
    }
  }
  if ((await load()).memoryBytes > mostBytes) {
    runtime = null;
    solvers.clear();
  }
  return output;
}

function changesOf({ bounds, objectives }: FluxBalanceInput, at: number, sense: 1 | -1): ItemChanges {
  const from = bounds?.offsets[at] ?? 0;
  const until = bounds?.offsets[at + 1] ?? 0;
  const first = objectives?.offsets[at] ?? 0;
  const end = objectives?.offsets[at + 1] ?? 0;
  return {
    columns: bounds?.columns.subarray(from, until) ?? new Int32Array(),
    lower: bounds?.lower.subarray(from, until) ?? new Float64Array(),
    upper: bounds?.upper.subarray(from, until) ?? new Float64Array(),
    objective:
      objectives === null
        ? null
        : { columns: objectives.columns.subarray(first, end), values: objectives.values.subarray(first, end) },
    sense,
  };
}
