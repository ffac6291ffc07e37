export { abortablePlan } from "./abortable-plan.ts";
export { type LowerBounds, lowerBounds } from "./bounds.ts";
export { CarbonIntensity } from "./carbon.ts";
export { ganttOf } from "./gantt.ts";
export { mixedSeed, type Noise, noNoise } from "./noise.ts";
export { makespanOf, type Plan as SchedulingPlan } from "./plan.ts";
export { policies as schedulingPolicies, policyNamed as schedulingPolicyNamed } from "./policies/index.ts";
export { optimumProved } from "./policies/optimal.ts";
export {
  completeParameters,
  type Policy as SchedulingPolicy,
  type PolicyParameter,
  type PolicyParameters,
} from "./policy.ts";
export { type PowerTrace, peakWatts, powerTrace, traceJoules } from "./power-trace.ts";
export { type DevicePower, type Problem as SchedulingProblem, schedulingProblem, transferSeconds } from "./problem.ts";
export { downwardRank, optimisticCosts, upwardRank } from "./ranks.ts";
export { type Scheduled, type ScheduleOptions, scheduleGraph, scheduleGraphAbortable } from "./schedule.ts";
export { type EnergySplit, type SimulateOptions, type Simulation, simulate, type WakeUp } from "./simulate.ts";
export { type GraphEdge, type GraphTask, type TaskGraph, type TaskWorkload, topologicalOrder } from "./task-graph.ts";
