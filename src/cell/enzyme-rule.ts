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

/** Kept from rule to rule: a cell's rules are some hundred, seen anew with each solution. */
let stack = new Float64Array(16);

/**
 * How dense the enzyme of a rule is, by its genes' products: a complex is as dense as the scarcest of its parts, of
 * isozymes the densest counts.
 */
export function enzymeDensity(rule: EnzymeRule, densities: Float64Array): number {
  if (stack.length < rule.length) stack = new Float64Array(rule.length);
  let height = 0;
  for (const step of rule) {
    if ("gene" in step) {
      stack[height++] = step.gene < 0 ? 1 : (densities[step.gene] as number);
      continue;
    }
    const isLeast = "least" in step;
    const from = height - (isLeast ? step.least : step.most);
    // nothing at all is always there, and no isozyme never
    let found = isLeast ? Number.POSITIVE_INFINITY : 0;
    for (let at = from; at < height; at++)
      found = isLeast ? Math.min(found, stack[at] as number) : Math.max(found, stack[at] as number);
    stack[from] = found;
    height = from + 1;
  }
  return height === 0 ? 1 : (stack[0] as number);
}
