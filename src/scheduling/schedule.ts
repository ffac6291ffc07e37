import type { Platform } from "../profile/index.ts";
import { policyNamed } from "./policies/index.ts";
import { completeParameters, type PolicyParameters } from "./policy.ts";
import { type Problem, schedulingProblem } from "./problem.ts";
import { type SimulateOptions, type Simulation, simulate } from "./simulate.ts";
import type { TaskGraph } from "./task-graph.ts";

export interface ScheduleOptions extends SimulateOptions {
  /** Of the policy, where they differ from its defaults. */
  readonly parameters?: Readonly<Record<string, number>>;
}

export interface Scheduled {
  readonly problem: Problem;
  readonly policy: string;
  readonly parameters: PolicyParameters;
  readonly simulation: Simulation;
}

/**
 * One workflow on one platform by one policy, simulated.
 * @throws BioXenError `INPUT_INVALID` as `schedulingProblem`, for an unknown policy or parameter, and where the policy cannot plan.
 * @example
 * const graph = await readTaskGraph("workflow.json");
 * const { simulation } = scheduleGraph(graph, readPlatform("example"), "heft");
 * console.log(simulation.makespan, simulation.energy.total);
 */
export function scheduleGraph(
  graph: TaskGraph,
  platform: Platform,
  policyId: string,
  { parameters: given = {}, ...options }: ScheduleOptions = {},
): Scheduled {
  const policy = policyNamed(policyId);
  const parameters = completeParameters(policy, given);
  const problem = schedulingProblem(graph, platform);
  const plan = policy.plan(problem, parameters, options.seed ?? 0);
  return { problem, policy: policyId, parameters, simulation: simulate(problem, plan, options) };
}
