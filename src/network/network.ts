import type { Expression } from "./expression.ts";

/**
 * How fast a reaction goes. Mass action: `constant` (the value of that number) times the falling factorials of its
 * reactants in stochastic runs, their powers in continuous ones, divided by the factorial of each order in both: the
 * constant is per distinct combination of molecules.
 */
export type RateLaw =
  | { readonly kind: "mass-action"; readonly constant: number }
  | { readonly kind: "expression"; readonly rate: Expression };

export interface NetworkReaction {
  /** Values (species) by number and how many of each a mass-action rate needs; ascending, each once. */
  readonly reactants: readonly (readonly [value: number, order: number])[];
  /** Net change of values by number when the reaction happens once; ascending, each once, none 0. */
  readonly changes: readonly (readonly [value: number, amount: number])[];
  readonly rate: RateLaw;
  /** Whether continuous runs may have it go backwards: its rate may be negative. */
  readonly reversible: boolean;
}

/** Holds at all times: `value` is what `of` computes; in an order in which each needs only those before it. */
export interface Assignment {
  readonly value: number;
  readonly of: Expression;
}

/** Moves by `of` per unit of time. */
export interface RateRule {
  readonly value: number;
  readonly of: Expression;
}

/** What an event sets. */
export interface EventAssignment extends Assignment {
  /** A value that `of` is multiplied by as it is once the event has happened: the size that makes an amount of a concentration. */
  readonly times?: number;
}

export interface NetworkEvent {
  readonly trigger: Expression;
  /** What the trigger counts as before time 0: an event whose trigger holds from the start then fires or does not. */
  readonly initiallyTrue: boolean;
  /** Whether it still happens when its trigger stops holding before the delay is over. */
  readonly persistent: boolean;
  /** How long it waits, at least 0; it happens at once where this is null. */
  readonly delay: Expression | null;
  /** Of several due at one time the highest goes first; those without come in any order. */
  readonly priority: Expression | null;
  /** Whether the assignments use the values of the time at which it was triggered. */
  readonly valuesFromTrigger: boolean;
  readonly assignments: readonly EventAssignment[];
}

/**
 * A network of reactions, with rules and events: the part that an ensemble shares. Immutable: devices keep what they
 * prepared of it (generated code, a dependency graph) in a `WeakMap` keyed by this object.
 */
export interface ReactionNetwork {
  /** How many numbered values there are: species, compartments, parameters and what is derived from them. */
  readonly values: number;
  /** What the values are called, for messages and output alone. */
  readonly names: readonly string[];
  /** At time 0, assignments already applied. Amounts (molecules in stochastic runs), never concentrations, for species. */
  readonly initial: Float64Array;
  /**
   * What differs from one trajectory to the next at time 0, over `initial` and in this order: draws and all that
   * depends on them. Absent where nothing is drawn.
   */
  readonly draws?: readonly Assignment[];
  readonly reactions: readonly NetworkReaction[];
  readonly assignments: readonly Assignment[];
  readonly rateRules: readonly RateRule[];
  readonly events: readonly NetworkEvent[];
}
