import type { BioXenError } from "../contract/index.ts";
import { quoteId } from "./format-error.ts";
import { type GeneRule, genesOf } from "./gene-rule.ts";
import type { Gene, MetabolicModel, ModelObjective, Reaction } from "./metabolic-model.ts";

/** An element of a model, and perhaps one of its fields, that an error is about. */
export interface ModelPlace {
  readonly list: "metabolites" | "reactions" | "genes" | "objectives";
  readonly index: number;
  /** As the model names it: `lower`, `stoichiometry`; a key within that, where there is one, after it. */
  readonly field?: "id" | "lower" | "upper" | "stoichiometry" | "genes" | "coefficients";
  readonly key?: string;
}

/** Makes the error of one source, which knows on what line each element stands. */
export type Complain = (place: ModelPlace, found: string, expected: string) => BioXenError;

/**
 * Gives back a model that keeps what `MetabolicModel` promises, whatever format it came from: unique ids, references
 * that resolve, finite coefficients, bounds that are numbers and not crossed.
 * @throws the error that `complain` makes, for the first fault in the order metabolites, genes, reactions, objectives.
 */
export function checkedModel(model: MetabolicModel, complain: Complain): MetabolicModel {
  const metabolites = uniqueIds("metabolites", "metabolite", model.metabolites, complain);
  const genes = uniqueIds("genes", "gene", model.genes, complain);
  const reactions = uniqueIds("reactions", "reaction", model.reactions, complain);
  uniqueIds("objectives", "objective", model.objectives, complain);
  // reactions of one enzyme share its rule
  const sound = new Set<GeneRule>();
  model.reactions.forEach((reaction, index) => {
    checkReaction(reaction, index, { metabolites, genes, sound }, complain);
  });
  model.objectives.forEach((objective, index) => {
    checkObjective(objective, index, reactions, complain);
  });
  return model;
}

/** The genes of a model whose file lists none. */
export function genesNamedBy(reactions: readonly Reaction[]): Gene[] {
  const ids = new Set(reactions.flatMap(({ genes }) => genesOf(genes)));
  return [...ids].map((id) => ({ id, name: "", notes: {}, annotation: {} }));
}

function uniqueIds(
  list: ModelPlace["list"],
  what: string,
  elements: readonly { readonly id: string }[],
  complain: Complain,
): ReadonlySet<string> {
  const ids = new Set<string>();
  elements.forEach(({ id }, index) => {
    const place: ModelPlace = { list, index, field: "id" };
    if (id === "") throw complain(place, `a ${what} without an id`, "an id of at least one letter");
    if (ids.has(id)) throw complain(place, `a second ${what} ${quoteId(id)}`, "ids that come once each");
    ids.add(id);
  });
  return ids;
}

function checkReaction(
  { id, lower, upper, stoichiometry, genes }: Reaction,
  index: number,
  known: {
    readonly metabolites: ReadonlySet<string>;
    readonly genes: ReadonlySet<string>;
    /** Rules whose genes are known. */
    readonly sound: Set<GeneRule>;
  },
  complain: Complain,
): void {
  // put together where there is something to complain of: most reactions are sound
  const whose = (): string => `reaction ${quoteId(id)}`;
  const at = (field: NonNullable<ModelPlace["field"]>, key?: string): ModelPlace =>
    key === undefined ? { list: "reactions", index, field } : { list: "reactions", index, field, key };
  if (Number.isNaN(lower) || lower === Infinity)
    throw complain(at("lower"), `the lower bound ${lower} of ${whose()}`, "a number or -Infinity");
  if (Number.isNaN(upper) || upper === -Infinity)
    throw complain(at("upper"), `the upper bound ${upper} of ${whose()}`, "a number or Infinity");
  if (lower > upper)
    throw complain(
      at("lower"),
      `the lower bound ${lower} above the upper bound ${upper} of ${whose()}`,
      "a lower bound of at most the upper one",
    );
  for (const [metabolite, coefficient] of stoichiometry) {
    if (!known.metabolites.has(metabolite))
      throw complain(
        at("stoichiometry", metabolite),
        `the unknown metabolite ${quoteId(metabolite)} in ${whose()}`,
        "one of the model's metabolites",
      );
    if (!Number.isFinite(coefficient))
      throw complain(
        at("stoichiometry", metabolite),
        `the coefficient ${coefficient} of ${quoteId(metabolite)} in ${whose()}`,
        "a finite number",
      );
  }
  if (genes === null || known.sound.has(genes)) return;
  for (const gene of genesOf(genes))
    if (!known.genes.has(gene))
      throw complain(at("genes"), `the unknown gene ${quoteId(gene)} in ${whose()}`, "one of the model's genes");
  known.sound.add(genes);
}

function checkObjective(
  { id, coefficients }: ModelObjective,
  index: number,
  reactions: ReadonlySet<string>,
  complain: Complain,
): void {
  for (const [reaction, coefficient] of coefficients) {
    const place: ModelPlace = { list: "objectives", index, field: "coefficients", key: reaction };
    if (!reactions.has(reaction))
      throw complain(
        place,
        `the unknown reaction ${quoteId(reaction)} in objective ${quoteId(id)}`,
        "one of the model's reactions",
      );
    if (!Number.isFinite(coefficient))
      throw complain(
        place,
        `the coefficient ${coefficient} of ${quoteId(reaction)} in objective ${quoteId(id)}`,
        "a finite number",
      );
  }
}
