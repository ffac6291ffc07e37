import type { Dispatcher, DispatchOptions } from "../contract/index.ts";
import { type FluxBalanceInput, type FluxBalanceOutput, type FluxProblem, fluxBalance } from "../workloads/index.ts";

/** How a linear problem ended; "failed" where the solver found no answer that its certificate bears out. */
export type FluxStatus = "optimal" | "infeasible" | "unbounded" | "failed";

/** What every algorithm takes beside its own options. */
export interface AlgorithmOptions {
  /** Passed on with every batch: device, threads, signal, deadline. */
  readonly dispatch?: DispatchOptions | undefined;
  /** Called after every batch with what is done of the whole. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** One problem of a batch: what it replaces of the problem that the batch shares. */
export interface SolverItem {
  readonly bounds?: {
    readonly columns: readonly number[];
    readonly lower: readonly number[];
    readonly upper: readonly number[];
  };
  /** 0 in every other column. */
  readonly objective?: { readonly columns: readonly number[]; readonly values: readonly number[] };
  readonly sense?: "maximum" | "minimum";
}

/** A dispatcher for linear problems that counts them. */
export interface Solver {
  /** Problems solved so far. */
  readonly solves: number;
  readonly solve: (
    problem: FluxProblem,
    items: readonly SolverItem[],
    wants: FluxBalanceInput["wants"],
  ) => Promise<FluxBalanceOutput>;
}

const statuses: readonly FluxStatus[] = ["optimal", "infeasible", "unbounded", "failed"];

export function statusOf(output: FluxBalanceOutput, item: number): FluxStatus {
  return statuses[output.statuses[item] ?? 3] ?? "failed";
}

/** Sends each list of items as one batch of `flux-balance`. Aborts between batches and, by the dispatcher, within them. */
export function solverOf(dispatcher: Dispatcher, dispatch: DispatchOptions = {}): Solver {
  let solves = 0;
  return {
    get solves() {
      return solves;
    },
    solve: async (problem, items, wants) => {
      solves += items.length;
      const { output } = await dispatcher.run(fluxBalance, batchOf(problem, items, wants), dispatch);
      return output;
    },
  };
}

function batchOf(
  problem: FluxProblem,
  items: readonly SolverItem[],
  wants: FluxBalanceInput["wants"],
): FluxBalanceInput {
  const bounds = items.some((item) => item.bounds !== undefined);
  const objectives = items.some((item) => item.objective !== undefined);
  const flat = (of: (item: SolverItem) => readonly number[] | undefined): number[] =>
    items.flatMap((item) => of(item) ?? []);
  const offsets = (of: (item: SolverItem) => readonly number[] | undefined): Uint32Array => {
    const starts = new Uint32Array(items.length + 1);
    for (const [at, item] of items.entries()) starts[at + 1] = (starts[at] as number) + (of(item)?.length ?? 0);
    return starts;
  };
  // a batch states every objective or none
  const own = [...problem.objective.keys()].filter((column) => problem.objective[column] !== 0);
  const unchanged = { columns: own, values: own.map((column) => problem.objective[column] as number) };
  const objective = (item: SolverItem) => item.objective ?? unchanged;
  return {
    problem,
    count: items.length,
    bounds: bounds
      ? {
          offsets: offsets((item) => item.bounds?.columns),
          columns: Int32Array.from(flat((item) => item.bounds?.columns)),
          lower: Float64Array.from(flat((item) => item.bounds?.lower)),
          upper: Float64Array.from(flat((item) => item.bounds?.upper)),
        }
      : null,
    objectives: objectives
      ? {
          offsets: offsets((item) => objective(item).columns),
          columns: Int32Array.from(flat((item) => objective(item).columns)),
          values: Float64Array.from(flat((item) => objective(item).values)),
        }
      : null,
    senses: items.some((item) => item.sense !== undefined)
      ? Int8Array.from(items, (item) => ((item.sense ?? problem.sense) === "maximum" ? 1 : -1))
      : null,
    wants,
  };
}
