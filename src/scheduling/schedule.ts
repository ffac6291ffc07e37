import type { Platform } from "../profile/index.ts";
import { abortablePlan } from "./abortable-plan.ts";
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
  const { policy, problem, parameters } = asked(graph, platform, policyId, given);
  const plan = policy.plan(problem, parameters, options.seed ?? 0);
  return { problem, policy: policyId, parameters, simulation: simulate(problem, plan, options) };
}

/**
 * As `scheduleGraph`, for a policy that may search for long: others get their turn on the way, and a signal ends it.
 * @throws BioXenError `ABORTED`, and as `scheduleGraph`.
 */
export async function scheduleGraphAbortable(
  graph: TaskGraph,
  platform: Platform,
  policyId: string,
  { parameters: given = {}, signal, ...options }: ScheduleOptions & { readonly signal?: AbortSignal } = {},
): Promise<Scheduled> {
  const { policy, problem, parameters } = asked(graph, platform, policyId, given);
  const plan = await abortablePlan(policy, problem, parameters, options.seed ?? 0, signal);
  return { problem, policy: policyId, parameters, simulation: simulate(problem, plan, options) };
}

function asked(graph: TaskGraph, platform: Platform, policyId: string, given: Readonly<Record<string, number>>) {
  const policy = policyNamed(policyId);
  return { policy, parameters: completeParameters(policy, given), problem: schedulingProblem(graph, platform) };
}
