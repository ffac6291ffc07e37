import { BioXenError } from "../contract/index.ts";
import type { Plan } from "./plan.ts";
import type { Policy, PolicyParameters } from "./policy.ts";
import type { Problem } from "./problem.ts";

/**
 * A policy's plan, the same as its `plan` makes; a policy that may search for minutes gives others their turn on the way, so
 * that it can be called off.
 * @throws BioXenError `ABORTED` once the signal has fired, and as the policy does.
 */
export async function abortablePlan(
  policy: Policy,
  problem: Problem,
  parameters: PolicyParameters,
  seed: number,
  signal?: AbortSignal,
): Promise<Plan> {
  if (policy.slices === undefined) return policy.plan(problem, parameters, seed);
  const search = policy.slices(problem, parameters, seed);
  for (;;) {
    if (signal?.aborted === true)
      throw new BioXenError("ABORTED", `${policy.id} was interrupted on ${problem.graph.name}`, {
        context: { policy: policy.id, workflow: problem.graph.name },
        cause: signal.reason,
      });
    const { done, value } = search.next();
    if (done === true) return value;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
