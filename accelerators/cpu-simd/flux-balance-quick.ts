// What the calling thread solves by itself: by the simplex of our own alone, within steps that it can wait for.
import { fluxItem } from "../../src/workloads/flux-balance/item.ts";
import type { FluxBalanceInput, FluxBalanceOutput, FluxProblem } from "../../src/workloads/flux-balance/problem.ts";
import { recordClaim, residualOf } from "../../src/workloads/flux-balance/verdict.ts";
import type { HighsBasis } from "./flux-balance-highs.ts";
import { changesOf } from "./flux-balance-items.ts";
import { openSimplex, type SimplexSolver } from "./flux-balance-simplex.ts";

/** Steps a round for each row and column: E. coli iML1515 takes 0.6 from no basis at all, which is what takes most. */
const patience = 4;
/** Problems kept at once; one more and the one that was used longest ago goes. */
const mostProblems = 8;

export interface QuickSolver {
  /** The basis that a problem ends in, solved as it stands; null where it is too hard for a thread that cannot be stopped. */
  readonly prepare: (id: number, problem: FluxProblem) => HighsBasis | null;
  /** Solves one item of a batch into `answer`; false where it leaves that to others, and `answer` as it was. */
  readonly solve: (
    known: { readonly id: number; readonly base: HighsBasis },
    input: FluxBalanceInput,
    at: number,
    answer: FluxBalanceOutput,
  ) => boolean;
  /** Frees what is kept of problems that are not among these. */
  readonly keepOnly: (live: ReadonlySet<number>) => void;
}

export function openQuickSolver(open: typeof openSimplex = openSimplex): QuickSolver {
  const solvers = new Map<number, SimplexSolver>();
  const solverOf = (id: number, problem: FluxProblem, base: HighsBasis | null): SimplexSolver => {
    const solver = solvers.get(id) ?? open(problem, base, patience * (problem.rows + problem.columns));
    solvers.delete(id);
    solvers.set(id, solver);
    for (const oldest of solvers.keys()) {
      if (solvers.size <= mostProblems) break;
      solvers.delete(oldest);
    }
    return solver;
  };
  return {
    prepare: (id, problem) => {
      const { base } = solverOf(id, problem, null);
      if (base === null) solvers.delete(id);
      return base;
    },
    solve: ({ id, base }, input, at, answer) => {
      const { problem } = input;
      const item = fluxItem(input, at);
      const solver = solverOf(id, problem, base);
      for (let way = 0; way < solver.ways; way++) {
        const claim = solver.solve(changesOf(input, at, item.sense), way);
        const residual = residualOf(problem, item, claim);
        if (residual === null) continue;
        answer.attempts[at] = way + 1;
        recordClaim(answer, at, problem, item, claim, residual);
        return true;
      }
      return false;
    },
    keepOnly: (live) => {
      for (const id of solvers.keys()) if (!live.has(id)) solvers.delete(id);
    },
  };
}
