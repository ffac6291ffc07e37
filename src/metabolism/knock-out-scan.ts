import type { FluxProblem } from "../workloads/index.ts";
import { holdObjective } from "./extend-problem.ts";
import { asGood, roundToKnown } from "./known-growths.ts";
import { leastTotalFlux, type SplitProblem } from "./pfba.ts";
import { type Reduction, reducedKnockOut } from "./reduction.ts";
import { type FluxStatus, type Solver, type SolverItem, statusOf } from "./solver.ts";

/** What became of one knock-out. */
export interface Verdict {
  readonly status: FluxStatus;
  /** Value of the objective; NaN unless optimal. */
  readonly growth: number;
}

/** A feasible flux, remembered by what it reaches and by the reduced columns that carry flux in it. */
interface Witness {
  readonly growth: number;
  readonly carries: Uint8Array;
}

/** Knock-outs with the same effect on the reduced problem. */
export interface KnockOutClass {
  /** Reduced columns held at 0; null where the bounds that stay contradict each other. */
  readonly set: readonly number[] | null;
  /** Whether a forced flux is knocked out: bounds then do not only tighten, and growth may rise. */
  readonly relaxes: boolean;
  /** Original columns, by which a relaxing knock-out is joined with another. */
  readonly columns: readonly number[];
  verdict: Verdict | null;
  /** Feasible fluxes that reach the verdict without the knocked-out columns. */
  readonly witnesses: Witness[];
}

/** Fluxes below this do not count as carried. */
const carried = 1e-9;
/** Problems a round: enough for every thread, few enough that their answers spare the next round's. */
const round = 64;
/** Witnesses of the unchanged optimum that are kept; more cost more to look through than they spare. */
const mostWitnesses = 96;

/**
 * Solves knock-outs over one reduced problem with as few linear problems as it can prove enough. Knock-outs with the
 * same effect are one. A knock-out only tightens bounds, so growth cannot exceed that of any part of it, and a known
 * feasible flux without the knocked-out columns that reaches this much proves that it stays: no problem is solved then.
 * The rest goes out in batches.
 */
export interface KnockOutScan {
  readonly wildType: Verdict;
  readonly classOf: (columns: readonly number[]) => KnockOutClass;
  /** Gives each class its verdict. */
  readonly settle: (classes: readonly KnockOutClass[]) => Promise<void>;
  /** Gives `whole`, a knock-out that includes both of its parts, its verdict; the parts must have theirs. */
  readonly settleJoint: (questions: readonly JointKnockOut[]) => Promise<void>;
}

interface JointKnockOut {
  readonly parts: readonly [KnockOutClass, KnockOutClass];
  readonly whole: KnockOutClass;
}

const impossible: Verdict = { status: "infeasible", growth: Number.NaN };

export async function openKnockOutScan(reduction: Reduction, solver: Solver): Promise<KnockOutScan> {
  const { problem } = reduction;
  const better = problem.sense === "maximum" ? 1 : -1;
  const classes = new Map<string, KnockOutClass>();
  const { verdict: wildType, witnesses: unchanged, idle } = await solveWildType(reduction, solver);

  const reaches = (witness: Witness, growth: number): boolean =>
    better * (witness.growth - growth) >= -asGood * Math.max(1, Math.abs(growth));
  const proves = (witness: Witness, set: readonly number[], growth: number): boolean => {
    for (const column of set) if (witness.carries[column] === 1) return false;
    return reaches(witness, growth);
  };

  const classOf = (columns: readonly number[]): KnockOutClass => {
    const { lower, upper } = reduction.original;
    const relaxes = columns.some((column) => (lower[column] as number) > 0 || (upper[column] as number) < 0);
    const set = reducedKnockOut(reduction, columns);
    const key = relaxes ? `forced ${columns.join()}` : set === null ? "impossible" : set.join();
    const known = classes.get(key);
    if (known !== undefined) return known;
    const fresh: KnockOutClass = { set, relaxes, columns, verdict: null, witnesses: [] };
    classes.set(key, fresh);
    return fresh;
  };

  /** Verdict without a linear problem, where there is one. `parts` have verdicts; none stands for the wild type. */
  const known = (of: KnockOutClass, parts: readonly KnockOutClass[]): Verdict | null => {
    if (of.set === null) return impossible;
    if (of.relaxes) return null;
    if (wildType.status === "infeasible") return impossible;
    if (of.set.length === 0) return wildType;
    let most = wildType;
    const pools: Witness[][] = [unchanged];
    for (const part of parts) {
      if (part.relaxes || part.verdict === null) continue;
      if (part.verdict.status === "infeasible") return impossible;
      if (part.verdict.status !== "optimal") continue;
      if (most.status !== "optimal" || better * (part.verdict.growth - most.growth) < 0) most = part.verdict;
      pools.push(part.witnesses);
    }
    if (most.status !== "optimal") return null;
    for (const pool of pools) for (const witness of pool) if (proves(witness, of.set, most.growth)) return most;
    return idle !== null && proves(idle, of.set, most.growth) ? most : null;
  };

  const solve = async (batch: readonly KnockOutClass[], rounded: (growth: number) => number): Promise<void> => {
    const items = batch.map(({ set }): SolverItem => {
      const columns = set ?? [];
      const zeros = columns.map(() => 0);
      return { bounds: { columns, lower: zeros, upper: zeros } };
    });
    const output = await solver.solve(problem, items, "fluxes");
    for (const [item, one] of batch.entries()) {
      const status = statusOf(output, item);
      const growth = output.objectives[item] as number;
      one.verdict = { status, growth: rounded(growth) };
      if (status !== "optimal" || output.fluxes === null) continue;
      const witness = witnessOf(growth, output.fluxes, item * problem.columns, problem.columns);
      one.witnesses.push(witness);
      if (wildType.status === "optimal" && reaches(witness, wildType.growth) && unchanged.length < mostWitnesses)
        unchanged.push(witness);
    }
  };

  const toWildType = roundToKnown([wildType.growth]);
  /** To those of all knock-outs that were settled before the first joint one: the same ones in a scan taken up again. */
  let toSettled: ((growth: number) => number) | null = null;

  return {
    wildType,
    classOf,
    settle: async (wanted) => {
      let open = [...new Set(wanted)].filter(({ verdict }) => verdict === null);
      while (open.length > 0) {
        open = open.filter((one) => {
          one.verdict = known(one, []);
          return one.verdict === null;
        });
        await solve(open.slice(0, round), toWildType);
        open = open.slice(round);
      }
    },
    settleJoint: async (questions) => {
      toSettled ??= roundToKnown(
        [wildType, ...[...classes.values()].flatMap(({ verdict }) => verdict ?? [])].map(({ growth }) => growth),
      );
      const rounded = toSettled;
      let open = questions.filter(({ whole }) => whole.verdict === null);
      while (open.length > 0) {
        open = open.filter(({ whole, parts }) => {
          const verdict = known(whole, parts);
          if (verdict !== null) whole.verdict ??= { ...verdict, growth: rounded(verdict.growth) };
          return whole.verdict === null;
        });
        const batch = new Map(open.slice(0, 2 * round).map((question) => [question.whole, question]));
        await solve([...batch.keys()], rounded);
        // what a pair reaches without both is a witness for either alone
        for (const { whole, parts } of batch.values()) {
          const [witness] = whole.witnesses;
          if (witness === undefined || whole.relaxes) continue;
          for (const part of parts)
            if (
              part.verdict?.status === "optimal" &&
              !part.relaxes &&
              reaches(witness, part.verdict.growth) &&
              part.witnesses.length < mostWitnesses
            )
              part.witnesses.push(witness);
        }
        open = open.slice(2 * round);
      }
    },
  };
}

/** What is known before any knock-out is solved. */
interface WildType {
  readonly verdict: Verdict;
  /** Fluxes that reach the optimum: those with the least total carry flux where they must, hardly elsewhere. */
  readonly witnesses: Witness[];
  /** The least total flux of all, whatever it reaches: it proves that most knock-outs stay feasible. */
  readonly idle: Witness | null;
}

async function solveWildType(reduction: Reduction, solver: Solver): Promise<WildType> {
  if (!reduction.possible) return { verdict: impossible, witnesses: [], idle: null };
  const { problem } = reduction;
  const output = await solver.solve(problem, [{}], "fluxes");
  const verdict: Verdict = { status: statusOf(output, 0), growth: output.objectives[0] as number };
  if (verdict.status !== "optimal" || output.fluxes === null) return { verdict, witnesses: [], idle: null };
  const first = witnessOf(verdict.growth, output.fluxes, 0, problem.columns);
  // a growth that rounding put beyond what is feasible, by 1e-11 where fluxes run to 1e6, could not be held
  const slack = (asGood / 2) * Math.max(1, Math.abs(verdict.growth));
  const held = holdObjective(problem, verdict.growth + (problem.sense === "maximum" ? -slack : slack));
  const [idle = null, sparse = null] = await leastWitnesses(reduction, held, solver);
  return { verdict, witnesses: sparse === null ? [first] : [sparse, first], idle };
}

/** Witnesses of the least total flux: one that may reach anything, and one within `held`, the same problem restricted. */
async function leastWitnesses(
  reduction: Reduction,
  held: FluxProblem,
  solver: Solver,
): Promise<readonly (Witness | null)[]> {
  const { problem } = reduction;
  const open = leastTotalFlux(reduction, problem);
  const moved = [...problem.lower.keys()].filter(
    (column) => held.lower[column] !== problem.lower[column] || held.upper[column] !== problem.upper[column],
  );
  const seen = async (split: SplitProblem, items: readonly SolverItem[]): Promise<(Witness | null)[]> => {
    const output = await solver.solve(split.problem, items, "fluxes");
    return items.map((_, item) => {
      if (statusOf(output, item) !== "optimal" || output.fluxes === null) return null;
      const fluxes = split.join(output.fluxes, item * split.problem.columns);
      return witnessOf(objectiveOf(problem, fluxes), fluxes, 0, fluxes.length);
    });
  };
  // a bound on a flux that runs one way is a change of one and the same problem, which is then loaded and solved once
  if (held.rows === problem.rows && moved.every((column) => !open.backwardOf.has(column))) {
    const lower = moved.map((column) => held.lower[column] as number);
    const upper = moved.map((column) => held.upper[column] as number);
    return seen(open, [{}, { bounds: { columns: moved, lower, upper } }]);
  }
  return [...(await seen(open, [{}])), ...(await seen(leastTotalFlux(reduction, held), [{}]))];
}

function objectiveOf({ objective }: FluxProblem, fluxes: Float64Array): number {
  let sum = 0;
  for (let column = 0; column < objective.length; column++)
    sum += (objective[column] as number) * (fluxes[column] as number);
  return sum;
}

function witnessOf(growth: number, fluxes: Float64Array, at: number, width: number): Witness {
  const carries = new Uint8Array(width);
  for (let column = 0; column < width; column++)
    if (Math.abs(fluxes[at + column] as number) > carried) carries[column] = 1;
  return { growth, carries };
}
