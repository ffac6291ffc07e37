import { BioXenError, type Seconds } from "../../contract/index.ts";
import { makespanOf, type Plan } from "../plan.ts";
import { numberOf, type PolicyParameter, type PolicyParameters } from "../policy.ts";
import type { Problem } from "../problem.ts";
import { heftPlacement } from "./heft.ts";

/** The parameters of every policy that has until a deadline. */
export const deadlineParameters: Readonly<Record<"deadline" | "stretch", PolicyParameter>> = {
  deadline: { default: null, least: 0, about: "seconds; in place of stretch" },
  stretch: { default: 1.5, least: 1, about: "the deadline as a multiple of HEFT's makespan" },
};

/** The deadline in seconds, and HEFT's plan that it may be measured by. */
export function deadlineOf(problem: Problem, parameters: PolicyParameters): { deadline: Seconds; plan: Plan } {
  const plan = heftPlacement(problem).plan();
  const { deadline } = parameters;
  return { deadline: deadline ?? numberOf(parameters, "stretch") * makespanOf(plan), plan };
}

export function missed(problem: Problem, deadline: Seconds, best: Seconds): BioXenError {
  return new BioXenError(
    "INPUT_INVALID",
    `${problem.graph.name}: the deadline of ${deadline} s cannot be kept: the shortest plan found takes ${best} s`,
    { context: { workflow: problem.graph.name, deadline } },
  );
}
