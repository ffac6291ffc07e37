import { eColiCore, type GeneRule, type MetabolicModel } from "bioxen";

/** Several core models side by side, whose growth adds up: as many times the genes, so that a scan takes its time. */
export function colony(cells: number): MetabolicModel {
  const core = eColiCore();
  const each = <T>(of: (mark: string) => readonly T[]): T[] =>
    Array.from({ length: cells }, (_, at) => of(`c${at}_`)).flat();
  const renamed = (rule: GeneRule, mark: string): GeneRule => {
    if ("gene" in rule) return { gene: mark + rule.gene };
    return "and" in rule
      ? { and: rule.and.map((one) => renamed(one, mark)) }
      : { or: rule.or.map((one) => renamed(one, mark)) };
  };
  const named = (map: ReadonlyMap<string, number>, mark: string): Map<string, number> =>
    new Map([...map].map(([id, value]) => [mark + id, value]));
  return {
    ...core,
    id: "colony",
    metabolites: each((mark) => core.metabolites.map((one) => ({ ...one, id: mark + one.id }))),
    genes: each((mark) => core.genes.map((one) => ({ ...one, id: mark + one.id }))),
    reactions: each((mark) =>
      core.reactions.map((one) => ({
        ...one,
        id: mark + one.id,
        stoichiometry: named(one.stoichiometry, mark),
        genes: one.genes === null ? null : renamed(one.genes, mark),
      })),
    ),
    objectives: core.objectives.map((one) => ({
      ...one,
      coefficients: new Map(each((mark) => [...named(one.coefficients, mark)])),
    })),
  };
}
