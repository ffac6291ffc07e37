import { BioXenError } from "../contract/index.ts";
import { formatVersion } from "./bigg-json.ts";
import { objectivesOf } from "./bigg-objectives.ts";
import { describe, idOf, isObject, type Json, numberIn, type Path, type Refuse } from "./bigg-values.ts";
import { formatError, quoteId } from "./format-error.ts";
import { type GeneRule, geneRuleOrFault } from "./gene-rule.ts";
import { JsonText, plainJson } from "./json-text.ts";
import { LeftText, withLeft } from "./left-text.ts";
import type { Annotation, Gene, MetabolicModel, Metabolite, Reaction } from "./metabolic-model.ts";
import { checkedModel, genesNamedBy, type ModelPlace } from "./model-checks.ts";
import { setOwnKey } from "./own-key.ts";
import { utf8Text } from "./utf8-text.ts";

const expectedModel = "a model in BiGG JSON: an object with 'metabolites' and 'reactions'";

/**
 * Reads a model in the JSON of BiGG and COBRApy (`save_json_model`), from text or UTF-8 bytes. Infinite bounds may be
 * `"inf"`, bare `Infinity` or a number that overflows. Fields that the type has no place for are kept in `extra`. An
 * absent name, note, formula or charge is empty or null; a bound that is absent is an error, for there is no
 * right guess. Genes come from the rules where the file lists none at all.
 *
 * The format maximises `objective_coefficient`; what else a model may have as objectives `biggJson` keeps under
 * `objectives`, a key of ours.
 * @param name What errors call the input.
 * @throws BioXenError `FORMAT_INVALID` with file, line, element, what was found and what was expected.
 */
export function parseBiggModel(text: string | Uint8Array, name = "(BiGG JSON)"): MetabolicModel {
  const whole = typeof text === "string" ? text : utf8Text(text, name);
  const json = new JsonText(whole, name);
  return quickly(whole, json, name) ?? new BiggReader(json, name, null).model(json.parse());
}

/** The model without reading its notes and annotations; null where that does not do, be it for what is wrong with the file. */
function quickly(text: string, json: JsonText, name: string): MetabolicModel | null {
  const left = LeftText.of(text);
  const root = left === null ? undefined : plainJson(left.rest);
  if (left === null || root === undefined) return null;
  try {
    const model = new BiggReader(json, name, left).model(root);
    return left.all ? model : null;
  } catch (error) {
    // found again in the text as it stands, of which the error tells
    if (error instanceof BioXenError) return null;
    throw error;
  }
}

/** The keys that the model's fields cover. */
const keysOf = {
  model: new Set([
    ...["metabolites", "reactions", "genes", "id", "name", "compartments", "notes", "annotation", "version"],
    ...["objectives", "active_objective"],
  ]),
  metabolite: new Set(["id", "name", "compartment", "charge", "formula", "notes", "annotation"]),
  reaction: new Set([
    ...["id", "name", "metabolites", "lower_bound", "upper_bound", "gene_reaction_rule"],
    ...["objective_coefficient", "subsystem", "notes", "annotation"],
  ]),
  gene: new Set(["id", "name", "notes", "annotation"]),
};
/** Of those, the keys that may hold what the fields cannot give back. */
const unsaidKeys = ["name", "charge", "formula", "objective_coefficient", "subsystem", "notes", "annotation"];

class BiggReader {
  readonly #json: JsonText;
  readonly #file: string;
  readonly #left: LeftText | null;
  readonly #refuse: Refuse = (path, found, expected) =>
    formatError({ file: this.#file, line: this.#json.lineOf(path) }, found, expected);
  /** By their text: reactions of one enzyme share its rule. */
  readonly #rules = new Map<string, GeneRule | null>();

  constructor(json: JsonText, file: string, left: LeftText | null) {
    this.#json = json;
    this.#file = file;
    this.#left = left;
  }

  /** @param root The value of the file, or of what is left of it. */
  model(root: unknown): MetabolicModel {
    if (!isObject(root)) throw this.#refuse([], describe(root), expectedModel);
    for (const key of ["metabolites", "reactions"])
      if (!Array.isArray(root[key])) throw this.#refuse([key], `${describe(root[key])} as '${key}'`, expectedModel);
    const metabolites = this.#list(root, "metabolites").map((metabolite, i) => this.#metabolite(metabolite, i));
    const raw = this.#list(root, "reactions");
    const reactions = raw.map((reaction, i) => this.#reaction(reaction, i));
    const genes =
      root["genes"] === undefined || root["genes"] === null
        ? genesNamedBy(reactions)
        : this.#list(root, "genes").map((gene, i) => this.#gene(gene, i));
    const coefficients = new Map<string, number>();
    raw.forEach((reaction, i) => {
      const path = ["reactions", i, "objective_coefficient"];
      const coefficient = reaction["objective_coefficient"] ?? 0;
      if (typeof coefficient !== "number" || !Number.isFinite(coefficient))
        throw this.#refuse(path, `${describe(coefficient)} as objective_coefficient`, "a finite number");
      if (coefficient !== 0) coefficients.set((reactions[i] as Reaction).id, coefficient);
    });
    const { objectives, activeObjective } = objectivesOf(root, coefficients, this.#refuse);
    const extra = this.#extra(root, keysOf.model);
    if (root["name"] === "") extra["name"] = "";
    if (root["version"] !== undefined && root["version"] !== formatVersion) extra["version"] = root["version"];
    const model: MetabolicModel = this.#noted(root, {
      id: this.#text(root, "id", []),
      name: this.#text(root, "name", []),
      compartments: this.#compartments(root),
      metabolites,
      reactions,
      genes,
      objectives,
      activeObjective,
      ...whereAny(extra),
    });
    return checkedModel(model, (place, found, expected) => this.#refuse(pathOf(place), found, expected));
  }

  #list(root: Json, key: "metabolites" | "reactions" | "genes"): readonly Json[] {
    const list = root[key];
    if (!Array.isArray(list)) throw this.#refuse([key], describe(list), "an array");
    list.forEach((element, i) => {
      if (!isObject(element))
        throw this.#refuse([key, i], `${describe(element)} in '${key}'`, "an object with an 'id'");
    });
    return list as Json[];
  }

  #metabolite(raw: Json, index: number): Metabolite {
    const path = ["metabolites", index];
    const charge = raw["charge"] ?? null;
    if (charge !== null && !(typeof charge === "number" && Number.isFinite(charge)))
      throw this.#refuse([...path, "charge"], `${describe(charge)} as a charge`, "a finite number or null");
    return this.#noted(raw, {
      id: idOf(raw, path, this.#refuse),
      name: this.#text(raw, "name", path),
      compartment: this.#textOrNull(raw, "compartment", path),
      formula: this.#textOrNull(raw, "formula", path),
      charge: charge as number | null,
      ...whereAny(this.#extra(raw, keysOf.metabolite)),
    });
  }

  #reaction(raw: Json, index: number): Reaction {
    const path = ["reactions", index];
    const id = idOf(raw, path, this.#refuse);
    return this.#noted(raw, {
      id,
      name: this.#text(raw, "name", path),
      stoichiometry: this.#stoichiometry(raw, id, path),
      lower: this.#bound(raw, "lower_bound", id, path),
      upper: this.#bound(raw, "upper_bound", id, path),
      genes: this.#rule(raw, id, path),
      subsystem: this.#text(raw, "subsystem", path),
      ...whereAny(this.#extra(raw, keysOf.reaction)),
    });
  }

  #gene(raw: Json, index: number): Gene {
    const path = ["genes", index];
    return this.#noted(raw, {
      id: idOf(raw, path, this.#refuse),
      name: this.#text(raw, "name", path),
      ...whereAny(this.#extra(raw, keysOf.gene)),
    });
  }

  #stoichiometry(raw: Json, id: string, path: Path): ReadonlyMap<string, number> {
    const metabolites = raw["metabolites"];
    if (!isObject(metabolites))
      throw this.#refuse(
        [...path, "metabolites"],
        `${describe(metabolites)} as the metabolites of reaction ${quoteId(id)}`,
        "an object of ids and coefficients",
      );
    const stoichiometry = new Map<string, number>();
    for (const metabolite of Object.keys(metabolites)) {
      const coefficient = numberIn(metabolites[metabolite]);
      if (coefficient === null)
        throw this.#refuse(
          [...path, "metabolites", metabolite],
          `${describe(metabolites[metabolite])} as the coefficient of ${quoteId(metabolite)} in reaction ${quoteId(id)}`,
          "a number",
        );
      if (coefficient !== 0) stoichiometry.set(metabolite, coefficient);
    }
    return stoichiometry;
  }

  #bound(raw: Json, key: "lower_bound" | "upper_bound", id: string, path: Path): number {
    const bound = numberIn(raw[key]);
    if (bound === null)
      throw this.#refuse(
        [...path, key],
        `${describe(raw[key])} as the ${key} of reaction ${quoteId(id)}`,
        'a number, "inf" or "-inf"',
      );
    return bound;
  }

  #rule(raw: Json, id: string, path: Path): GeneRule | null {
    const text = this.#text(raw, "gene_reaction_rule", path);
    if (text === "") return null;
    const known = this.#rules.get(text);
    if (known !== undefined) return known;
    const rule = geneRuleOrFault(text);
    if (rule === null || !("fault" in rule)) {
      this.#rules.set(text, rule);
      return rule;
    }
    const { position, found, expected } = rule.fault;
    throw this.#refuse(
      [...path, "gene_reaction_rule"],
      `${found} at character ${position + 1} of the gene rule of reaction ${quoteId(id)}`,
      expected,
    );
  }

  #compartments(root: Json): ReadonlyMap<string, string> {
    const compartments = root["compartments"] ?? {};
    if (!isObject(compartments))
      throw this.#refuse(["compartments"], `${describe(compartments)} as compartments`, "an object of ids and names");
    return new Map(Object.keys(compartments).map((id) => [id, this.#text(compartments, id, ["compartments"])]));
  }

  #text(raw: Json, key: string, path: Path): string {
    return this.#textOrNull(raw, key, path) ?? "";
  }

  #textOrNull(raw: Json, key: string, path: Path): string | null {
    const value = raw[key] ?? null;
    if (value !== null && typeof value !== "string")
      throw this.#refuse([...path, key], `${describe(value)} as '${key}'`, "a text");
    return value;
  }

  #extra(raw: Json, known: ReadonlySet<string>): Record<string, unknown> {
    const extra: Record<string, unknown> = {};
    for (const key in raw) if (!known.has(key)) setOwnKey(extra, key, raw[key]);
    for (const key of unsaidKeys) {
      const value = raw[key];
      if (isUnsaid(key, value) && this.#left?.isPlace(value) !== true) extra[key] = value;
    }
    return extra;
  }

  /** An element with its notes and annotation. */
  #noted<T extends object>(raw: Json, element: T): T & { readonly notes: Annotation; readonly annotation: Annotation } {
    const [notes, annotation] = [this.#annotation(raw["notes"]), this.#annotation(raw["annotation"])];
    return this.#left === null || (typeof notes === "object" && typeof annotation === "object")
      ? Object.assign(element, { notes: notes as Annotation, annotation: annotation as Annotation })
      : withLeft(element, this.#left, notes, annotation);
  }

  /** The number of an object that was left out; what is no object is none. */
  #annotation(value: unknown): Annotation | number {
    if (isObject(value)) return value;
    return this.#left?.isPlace(value) === true ? this.#left.take(value) : {};
  }
}

/** Whether the writer would leave a value out, or spell it otherwise: null, what absence means too, no object at all. */
function isUnsaid(key: string, value: unknown): boolean {
  if (value === undefined) return false;
  if (key === "notes" || key === "annotation") return !isObject(value) || Object.keys(value).length === 0;
  return value === null || (key === "subsystem" && value === "") || (key === "objective_coefficient" && value === 0);
}

function pathOf({ list, index, field, key }: ModelPlace): Path {
  const path = [list, index];
  if (field === undefined) return path;
  const names = {
    lower: "lower_bound",
    upper: "upper_bound",
    stoichiometry: "metabolites",
    genes: "gene_reaction_rule",
  };
  const name = field in names ? names[field as keyof typeof names] : field;
  return key === undefined ? [...path, name] : [...path, name, key];
}

function whereAny(extra: Record<string, unknown>): { readonly extra?: Annotation } {
  return Object.keys(extra).length === 0 ? {} : { extra };
}
