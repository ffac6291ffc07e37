import { readFileSync } from "node:fs";
import { type FluxProblem, type MetabolicModel, parseBiggModel } from "bioxen";
import { sharedData } from "./shared-data.ts";

/** Oracle file of a model and task, as COBRApy 0.26.2 with GLPK 5.0 computed it. */
export function oracle<T>(model: string, task: string): T {
  return JSON.parse(readFileSync(sharedData(`metabolic/oracle/${model}.${task}.json`) ?? "", "utf8")) as T;
}

export function sharedModel(name: string): MetabolicModel {
  return parseBiggModel(readFileSync(sharedData(`metabolic/${name}.json`) ?? ""), name);
}

/** A model from lines such as `R1: 2 a + b -> c [0, 10] (g1 and g2)`; bounds are 0 to 1000 by default, `e_` starts an external metabolite. */
export function modelOf(lines: readonly string[], objective?: string): MetabolicModel {
  const metabolites = new Set<string>();
  const genes = new Set<string>();
  const side = (text: string, sign: number): [string, number][] =>
    text
      .split(" + ")
      .map((term) => term.trim())
      .filter((term) => term !== "")
      .map((term) => {
        const [, factor = "1", id = ""] = /^(?:([\d.]+) )?(\S+)$/.exec(term) ?? [];
        metabolites.add(id);
        return [id, sign * Number(factor)];
      });
  const reactions = lines.map((line) => {
    const [, id = "", left = "", right = "", lower = "0", upper = "1000", rule = ""] =
      /^(\S+): (.*?)->(.*?)(?:\[(\S+), (\S+)\])?\s*(?:\((.*)\))?$/.exec(line) ?? [];
    for (const gene of rule.match(/\bg\w+/g) ?? []) genes.add(gene);
    return {
      id,
      name: id,
      metabolites: Object.fromEntries([...side(left, -1), ...side(right, 1)]),
      lower_bound: Number(lower),
      upper_bound: Number(upper),
      gene_reaction_rule: rule,
      objective_coefficient: id === objective ? 1 : 0,
    };
  });
  const infinite = (_: string, value: unknown): unknown =>
    value === Infinity ? "Infinity" : value === -Infinity ? "-Infinity" : value;
  const text = JSON.stringify(
    {
      id: "tiny",
      compartments: { c: "cytosol", e: "extracellular space" },
      metabolites: [...metabolites].map((id) => ({
        id,
        name: id,
        compartment: id.startsWith("e_") ? "e" : "c",
        formula: /^e_C\d+/.exec(id)?.[0].slice(2) ?? "",
      })),
      reactions,
      genes: [...genes].map((id) => ({ id, name: id })),
      version: "1",
    },
    infinite,
  );
  return parseBiggModel(text.replaceAll(/"(-?Infinity)"/g, "$1"), "tiny");
}

/** How far fluxes are from a steady state within the bounds. */
export function violation(problem: FluxProblem, fluxes: Float64Array): number {
  const sums = new Float64Array(problem.rows);
  let worst = 0;
  for (let column = 0; column < problem.columns; column++) {
    const flux = fluxes[column] ?? Number.NaN;
    for (let at = problem.starts[column] ?? 0; at < (problem.starts[column + 1] ?? 0); at++)
      sums[problem.indices[at] ?? 0] = (sums[problem.indices[at] ?? 0] ?? 0) + (problem.values[at] ?? 0) * flux;
    worst = Math.max(worst, (problem.lower[column] ?? 0) - flux, flux - (problem.upper[column] ?? 0));
  }
  for (const [row, sum] of sums.entries())
    worst = Math.max(worst, (problem.rowLower[row] ?? 0) - sum, sum - (problem.rowUpper[row] ?? 0));
  return worst;
}
