import { type Expression, evaluate, noRandom } from "../network/index.ts";
import { varies } from "./sbml-core-order.ts";

/** Which simulator a network is compiled for: it decides what counts as mass action. */
export type NetworkUse = "stochastic" | "continuous";

/** A law that is a constant times powers or falling factorials of species. */
export interface MassActionLaw {
  /** A number per distinct combination, or the value that is it. */
  readonly constant: { readonly number: number } | { readonly value: number };
  readonly reactants: readonly (readonly [value: number, order: number])[];
}

export interface LawContext {
  readonly use: NetworkUse;
  readonly initial: Float64Array;
  readonly varying: ReadonlySet<number>;
  /** Values that are amounts of species. */
  readonly amounts: ReadonlySet<number>;
}

/** How often one law may be multiplied out: beyond that it is no mass action that anybody wrote. */
const mostFactors = 16;

/**
 * Recognises mass action where it equals the law as it is written: in stochastic use k X (X - 1) but not k X X, in
 * continuous use the other way round. Null for all other laws, which stay expressions.
 */
export function massActionLaw(law: Expression, context: LawContext): MassActionLaw | null {
  const found: Factors = { number: 1, parameter: null, lowered: new Map(), count: 0 };
  if (!collect(law, false, context, found)) return null;
  let combinations = 1;
  const reactants: (readonly [number, number])[] = [];
  for (const [value, steps] of [...found.lowered].sort(([a], [b]) => a - b)) {
    const sorted = steps.sort((a, b) => a - b);
    if (sorted.some((step, at) => step !== (context.use === "stochastic" ? at : 0))) return null;
    for (let order = 2; order <= sorted.length; order++) combinations *= order;
    reactants.push([value, sorted.length]);
  }
  if (found.parameter !== null)
    return found.number * combinations === 1 ? { constant: { value: found.parameter }, reactants } : null;
  const number = found.number * combinations;
  return Number.isFinite(number) && number >= 0 ? { constant: { number }, reactants } : null;
}

interface Factors {
  number: number;
  /** A parameter that changes in time. */
  parameter: number | null;
  /** By species, what each of its factors is lowered by: 0 for X, 1 for X - 1. */
  readonly lowered: Map<number, number[]>;
  count: number;
}

function collect(part: Expression, inverse: boolean, context: LawContext, found: Factors): boolean {
  const { initial, varying, amounts } = context;
  if (!varies(part, varying)) {
    const number = evaluate(part, initial, 0, noRandom);
    found.number = inverse ? found.number / number : found.number * number;
    return true;
  }
  const isAmount = (one: Expression): number | null =>
    one.kind === "value" && varying.has(one.index) && amounts.has(one.index) ? one.index : null;
  const lower = (value: number, by: number): boolean => {
    const steps = found.lowered.get(value);
    if (steps === undefined) found.lowered.set(value, [by]);
    else steps.push(by);
    return ++found.count <= mostFactors;
  };
  if (part.kind === "many" && part.of === "multiply")
    return part.arguments.every((one) => collect(one, inverse, context, found));
  if (part.kind === "binary" && part.of === "divide")
    return collect(part.left, inverse, context, found) && collect(part.right, !inverse, context, found);
  if (inverse) return false;
  const amount = isAmount(part);
  if (amount !== null) return lower(amount, 0);
  if (part.kind === "value") {
    if (found.parameter !== null) return false;
    found.parameter = part.index;
    return true;
  }
  if (part.kind !== "binary" || varies(part.right, varying)) return false;
  const base = isAmount(part.left);
  const by = evaluate(part.right, initial, 0, noRandom);
  if (base === null || !Number.isInteger(by) || by < 1) return false;
  if (part.of === "subtract") return lower(base, by);
  if (part.of !== "power" || by > mostFactors) return false;
  for (let time = 0; time < by; time++) if (!lower(base, 0)) return false;
  return true;
}

/**
 * The two directions of a reversible law, forward first, where it is written as their difference: a stochastic run
 * must have each happen by itself. Null where it is not written so.
 */
export function directionsOf(law: Expression): readonly [Expression, Expression] | null {
  if (law.kind === "binary" && law.of === "subtract") return [law.left, law.right];
  if (law.kind === "binary" && law.of === "divide") {
    const inner = directionsOf(law.left);
    const over = (left: Expression): Expression => ({ ...law, left });
    return inner === null ? null : [over(inner[0]), over(inner[1])];
  }
  if (law.kind === "many" && law.of === "multiply")
    for (const [at, factor] of law.arguments.entries()) {
      const inner = directionsOf(factor);
      if (inner === null) continue;
      const times = (one: Expression): Expression => ({ ...law, arguments: law.arguments.with(at, one) });
      return [times(inner[0]), times(inner[1])];
    }
  return null;
}
