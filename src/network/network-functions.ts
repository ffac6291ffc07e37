import { type Evaluator, noRandom } from "./evaluate.ts";
import type { Expression } from "./expression.ts";
import { massAction } from "./mass-action.ts";
import type { ReactionNetwork } from "./network.ts";

interface EventFunctions {
  readonly trigger: Evaluator;
  readonly initiallyTrue: boolean;
  readonly persistent: boolean;
  readonly valuesFromTrigger: boolean;
  readonly delay: Evaluator | null;
  readonly priority: Evaluator | null;
  readonly targets: readonly number[];
  /** By target, what its amount is multiplied by in the end; -1 for nothing. */
  readonly factors: readonly number[];
  readonly amounts: readonly Evaluator[];
}

/** A network's expressions as functions, each interpreted or compiled. */
export interface NetworkFunctions {
  /** Brings assigned values up to date, in place. */
  readonly assign: (values: Float64Array, time: number) => void;
  readonly rates: readonly Evaluator[];
  readonly events: readonly EventFunctions[];
}

/** Makes functions of all expressions of a network; mass action as in stochastic or continuous runs. */
export function networkFunctions(
  { assignments, reactions, events }: ReactionNetwork,
  make: (expression: Expression) => Evaluator,
  stochastic: boolean,
): NetworkFunctions {
  const targets = assignments.map(({ value }) => value);
  const assigned = assignments.map(({ of }) => make(of));
  const maybe = (expression: Expression | null): Evaluator | null => (expression === null ? null : make(expression));
  return {
    assign: (values, time) => {
      for (let at = 0; at < targets.length; at++)
        values[targets[at] ?? 0] = assigned[at]?.(values, time, noRandom) ?? Number.NaN;
    },
    rates: reactions.map(({ rate, reactants }): Evaluator => {
      if (rate.kind === "expression") return make(rate.rate);
      return (values) => massAction(values[rate.constant] ?? Number.NaN, reactants, values, stochastic);
    }),
    events: events.map((event) => ({
      trigger: make(event.trigger),
      initiallyTrue: event.initiallyTrue,
      persistent: event.persistent,
      valuesFromTrigger: event.valuesFromTrigger,
      delay: maybe(event.delay),
      priority: maybe(event.priority),
      targets: event.assignments.map(({ value }) => value),
      factors: event.assignments.map(({ times = -1 }) => times),
      amounts: event.assignments.map(({ of }) => make(of)),
    })),
  };
}
