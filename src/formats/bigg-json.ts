import { atomicWriteFile } from "./atomic-write.ts";
import { printGeneRule } from "./gene-rule.ts";
import type { Annotation, MetabolicModel, ModelObjective } from "./metabolic-model.ts";

/** What COBRApy and BiGG write; the format has no other. */
export const formatVersion = "1";
/** What COBRApy calls the one objective that its JSON can hold. */
export const plainObjectiveId = "obj";

/**
 * Writes a model as BiGG JSON, whole or not at all.
 * @throws BioXenError `INPUT_INVALID` where the file cannot be written.
 */
export async function writeBiggModel(path: string, model: MetabolicModel): Promise<void> {
  await atomicWriteFile(path, biggJson(model));
}

/**
 * A model as the JSON that COBRApy's `load_json_model` reads, keys in COBRApy's order, an element a line. Infinite
 * bounds are `"inf"` and `"-inf"`. `parseBiggModel` gives the same model back. The format itself holds one objective to
 * maximise: a minimised one is written as its negative, and any other than a single maximised `obj` also in full under
 * `objectives` and `active_objective`, which other programs pass over.
 */
export function biggJson(model: MetabolicModel): string {
  const active = model.objectives[model.activeObjective];
  const coefficients = maximisedCoefficients(active);
  const lines = [
    list(
      "metabolites",
      model.metabolites.map(({ id, name, compartment, charge, formula, notes, annotation, extra }) =>
        object(
          { id, name, compartment },
          {
            charge: charge ?? undefined,
            formula: formula ?? undefined,
            notes: some(notes),
            annotation: some(annotation),
          },
          extra,
        ),
      ),
    ),
    list(
      "reactions",
      model.reactions.map(({ id, name, stoichiometry, lower, upper, genes, subsystem, notes, annotation, extra }) =>
        object(
          {
            id,
            name,
            metabolites: Object.fromEntries(stoichiometry),
            lower_bound: lower,
            upper_bound: upper,
            gene_reaction_rule: printGeneRule(genes),
          },
          {
            objective_coefficient: coefficients.get(id),
            subsystem: subsystem === "" ? undefined : subsystem,
            notes: some(notes),
            annotation: some(annotation),
          },
          extra,
        ),
      ),
    ),
    list(
      "genes",
      model.genes.map(({ id, name, notes, annotation, extra }) =>
        object({ id, name }, { notes: some(notes), annotation: some(annotation) }, extra),
      ),
    ),
  ];
  const [only] = model.objectives;
  const isPlain =
    only === undefined ||
    (model.objectives.length === 1 &&
      model.activeObjective === 0 &&
      only.id === plainObjectiveId &&
      only.sense === "maximum" &&
      coefficients.size > 0);
  const rest = object(
    { id: model.id },
    {
      name: model.name === "" ? undefined : model.name,
      compartments: Object.fromEntries(model.compartments),
      notes: some(model.notes),
      annotation: some(model.annotation),
      objectives: isPlain
        ? undefined
        : model.objectives.map((objective) => ({
            ...objective,
            coefficients: Object.fromEntries(nonZero(objective.coefficients)),
          })),
      active_objective: isPlain ? undefined : model.activeObjective,
      version: model.extra?.["version"] === undefined ? formatVersion : undefined,
    },
    model.extra,
  );
  return `{\n${[...lines, rest.slice(1, -1)].join(",\n")}\n}\n`;
}

/** What the reactions' `objective_coefficient` says of an objective: to minimise is to maximise the negative. */
export function maximisedCoefficients(objective: ModelObjective | undefined): ReadonlyMap<string, number> {
  if (objective === undefined) return new Map();
  const sign = objective.sense === "maximum" ? 1 : -1;
  return new Map(nonZero(objective.coefficients).map(([id, value]) => [id, sign * value]));
}

function nonZero(coefficients: ReadonlyMap<string, number>): [string, number][] {
  return [...coefficients].filter(([, coefficient]) => coefficient !== 0);
}

function some(annotation: Annotation): Annotation | undefined {
  return Object.keys(annotation).length === 0 ? undefined : annotation;
}

function list(key: string, elements: readonly string[]): string {
  return `"${key}":[${elements.length === 0 ? "" : `\n${elements.join(",\n")}\n`}]`;
}

/** What the model says comes first; what it leaves unsaid is as the file had it. */
function object(required: object, optional: Record<string, unknown>, extra: Annotation = {}): string {
  const said: Record<string, unknown> = { ...required };
  for (const key in optional) said[key] = optional[key] ?? (Object.hasOwn(extra, key) ? extra[key] : undefined);
  const rest = Object.keys(extra).filter((key) => !Object.hasOwn(said, key) || (said[key] === "" && key === "name"));
  return JSON.stringify({ ...said, ...Object.fromEntries(rest.map((key) => [key, extra[key]])) }, spellInfinite);
}

/** JSON has no infinite numbers, and `JSON.stringify` writes null for them. */
function spellInfinite(_key: string, value: unknown): unknown {
  if (typeof value !== "number" || Number.isFinite(value)) return value;
  return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
}
