import type { GeneRule } from "../formats/index.ts";

/** A gene rule as a list of steps, last operands first: a gene's number, or how many values to take the least or the most of. */
export type EnzymeRule = readonly (
  | { readonly gene: number }
  | { readonly least: number }
  | { readonly most: number }
)[];

/** Compiles a rule, however deep it nests. */
export function enzymeRule(rule: GeneRule, numberOf: (gene: string) => number): EnzymeRule {
  const steps: EnzymeRule[number][] = [];
  const todo: GeneRule[] = [rule];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    if ("gene" in next) steps.push({ gene: numberOf(next.gene) });
    else if ("and" in next) {
      steps.push({ least: next.and.length });
      todo.push(...next.and);
    } else {
      steps.push({ most: next.or.length });
      todo.push(...next.or);
    }
  }
  return steps.reverse();
}

/**
 * How dense the enzyme of a rule is, by its genes' products: a complex is as dense as the scarcest of its parts, of
 * isozymes the densest counts.
 */
export function enzymeDensity(rule: EnzymeRule, densities: Float64Array): number {
  const stack: number[] = [];
  for (const step of rule) {
    if ("gene" in step) stack.push(step.gene < 0 ? 1 : (densities[step.gene] as number));
    else {
      const count = "least" in step ? step.least : step.most;
      const taken = stack.splice(stack.length - count, count);
      // nothing at all is always there, and no isozyme never
      stack.push(
        "least" in step ? taken.reduce((a, b) => Math.min(a, b), Infinity) : taken.reduce((a, b) => Math.max(a, b), 0),
      );
    }
  }
  return stack[0] ?? 1;
}
