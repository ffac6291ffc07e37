import {
  abortablePlan,
  type EnergySplit,
  makespanOf,
  mixedSeed,
  type SchedulingPlan,
  type SchedulingProblem,
  type Simulation,
  simulate,
} from "../scheduling/index.ts";
import type { Contestant, Experiment } from "./experiment-file.ts";
import { metricsOf } from "./metrics.ts";

/** One line of `results.jsonl`. */
export interface ResultRow {
  readonly row: number;
  readonly workflow: string;
  readonly platform: string;
  readonly policy: string;
  /** Those that the experiment sets. */
  readonly parameters: Readonly<Record<string, number>>;
  readonly seed: number;
  readonly repeat: number;
  /** Makespan of the plan, without noise. */
  readonly planned: number;
  readonly makespan: number;
  readonly energy: EnergySplit;
  readonly metrics: Readonly<Record<string, number>>;
  readonly note: string | null;
}

/** What one row is of; rows are numbered through problems, contestants, seeds and repeats, the last running fastest. */
export interface Cell {
  readonly row: number;
  readonly problem: SchedulingProblem;
  readonly contestant: Contestant;
  readonly seed: number;
  readonly repeat: number;
}

export function rowCount({ problems, contestants, seeds, repeats }: Experiment): number {
  return problems.length * contestants.length * seeds.length * repeats;
}

export function* cellsOf({ problems, contestants, seeds, repeats }: Experiment, first = 0): Generator<Cell> {
  let row = 0;
  for (const problem of problems)
    for (const contestant of contestants)
      for (const seed of seeds)
        for (let repeat = 0; repeat < repeats; repeat++) {
          if (row >= first) yield { row, problem, contestant, seed, repeat };
          row++;
        }
}

/** Plans, each made once: only a policy that draws lots plans anew for every row. */
export class Plans {
  readonly #made = new Map<Contestant, Map<SchedulingProblem, SchedulingPlan>>();

  /** Makes the plan of a cell ahead, unless the policy draws lots. @throws BioXenError `ABORTED`, and as `of`. */
  async prepare({ problem, contestant }: Cell, signal?: AbortSignal): Promise<void> {
    const { policy, parameters } = contestant;
    const byProblem = this.#madeFor(contestant);
    if (policy.isRandom === true || byProblem.has(problem)) return;
    byProblem.set(problem, await abortablePlan(policy, problem, parameters, 0, signal));
  }

  /** @throws BioXenError `INPUT_INVALID` where the policy finds no plan. */
  of({ problem, contestant, seed, repeat }: Cell): SchedulingPlan {
    const { policy, parameters } = contestant;
    if (policy.isRandom === true) return policy.plan(problem, parameters, mixedSeed(seed, repeat));
    const byProblem = this.#madeFor(contestant);
    const plan = byProblem.get(problem) ?? policy.plan(problem, parameters, 0);
    byProblem.set(problem, plan);
    return plan;
  }

  #madeFor(contestant: Contestant): Map<SchedulingProblem, SchedulingPlan> {
    const made = this.#made.get(contestant) ?? new Map<SchedulingProblem, SchedulingPlan>();
    this.#made.set(contestant, made);
    return made;
  }
}

/** The simulation behind a row. */
export function simulationOf(experiment: Experiment, cell: Cell, plans: Plans): Simulation {
  // noise depends on seed and repeat alone, so that all policies meet the same
  return simulate(cell.problem, plans.of(cell), { noise: experiment.noise, seed: mixedSeed(cell.seed, cell.repeat) });
}

export function resultOf(experiment: Experiment, cell: Cell, plans: Plans): ResultRow {
  const simulation = simulationOf(experiment, cell, plans);
  const { problem, contestant, row, seed, repeat } = cell;
  return {
    row,
    workflow: problem.graph.name,
    platform: problem.platform.id,
    policy: contestant.policy.id,
    parameters: contestant.given,
    seed,
    repeat,
    planned: makespanOf(simulation.plan),
    makespan: simulation.makespan,
    energy: simulation.energy,
    metrics: metricsOf(simulation, experiment.metrics),
    note: simulation.plan.note,
  };
}

/** How a contestant is called in tables and pictures. */
export function nameOf({ policy, parameters }: Pick<ResultRow, "policy" | "parameters">): string {
  const given = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
  return given.length === 0 ? policy : `${policy}(${given.join(", ")})`;
}
