import { BioXenError } from "../contract/index.ts";
import type { Plan } from "./plan.ts";
import type { Problem } from "./problem.ts";

/** A number that a policy takes. */
export interface PolicyParameter {
  /** null where the policy does without. */
  readonly default: number | null;
  readonly least: number;
  readonly about: string;
}

export type PolicyParameters = Readonly<Record<string, number | null>>;

/** A way to place tasks on devices: the same for the simulator, for experiments and for a batch on this host. */
export interface Policy {
  readonly id: string;
  readonly summary: string;
  /** The publication, or what it stands for. */
  readonly source: string;
  readonly parameters: Readonly<Record<string, PolicyParameter>>;
  /** That the plan depends on the seed. */
  readonly isRandom?: boolean;
  /** Whether the plan depends on watts, so that it means nothing where they are not known. */
  readonly readsWatts?: (parameters: PolicyParameters) => boolean;
  /**
   * Pure: the same problem, parameters and seed give the same plan.
   * @param parameters Complete: every one that the policy names.
   * @throws BioXenError `INPUT_INVALID` where the platform lacks what the policy reads, or a limit cannot be kept.
   */
  readonly plan: (problem: Problem, parameters: PolicyParameters, seed: number) => Plan;
  /** The same plan in slices of some milliseconds, of a policy that may take long; between them others get their turn. */
  readonly slices?: (problem: Problem, parameters: PolicyParameters, seed: number) => Generator<void, Plan, void>;
}

/**
 * Fills in the defaults.
 * @throws BioXenError `INPUT_INVALID` for a name that the policy does not know, and for a value below its least.
 */
export function completeParameters(policy: Policy, given: Readonly<Record<string, number>>): PolicyParameters {
  const known = Object.keys(policy.parameters);
  for (const name of Object.keys(given))
    if (!known.includes(name))
      throw new BioXenError(
        "INPUT_INVALID",
        `policy ${policy.id} has no parameter ${name}${known.length === 0 ? "" : `; it has ${known.join(", ")}`}`,
        { context: { policy: policy.id } },
      );
  return Object.fromEntries(
    Object.entries(policy.parameters).map(([name, parameter]) => {
      const value = given[name] ?? parameter.default;
      if (value !== null && !(Number.isFinite(value) && value >= parameter.least))
        throw new BioXenError(
          "INPUT_INVALID",
          `policy ${policy.id}: ${name} is ${value}, expected a number of at least ${parameter.least}`,
          { context: { policy: policy.id } },
        );
      return [name, value];
    }),
  );
}

/** The value of a parameter that has a default. */
export function numberOf(parameters: PolicyParameters, name: string): number {
  return parameters[name] ?? Number.NaN;
}
