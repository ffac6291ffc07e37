import type { MetabolicModel, Reaction } from "../formats/index.ts";

/** Names under which models keep the space outside the cell, in lower case. */
const outside: ReadonlySet<string> = new Set([
  "e",
  "c_e",
  "external",
  "external medium",
  "extracellular",
  "extracellular space",
  "extracellular environment",
  "extra cellular",
  "extra-cellular",
  "extra organism",
  "extra-organism",
  "extraorganism",
  "out",
]);
/** Prefixes that BiGG gives to boundary reactions which are not exchanges: demands and sinks. */
const notExchanges = /^(R_)?(DM|SK|sink|demand)_/;

/** Whether a reaction has one metabolite only, so that matter enters or leaves the model there. */
export function isBoundary(reaction: Reaction): boolean {
  return reaction.stoichiometry.size === 1;
}

/**
 * The compartment outside the cell, or null in a model without any boundary reaction. It goes by the compartment's id
 * or name; where none or several of them say so, by the most frequent compartment of the boundary reactions.
 */
export function externalCompartment(model: MetabolicModel): string | null {
  const compartmentOf = new Map(model.metabolites.map(({ id, compartment }) => [id, compartment]));
  const counts = new Map<string, number>();
  for (const reaction of model.reactions) {
    if (!isBoundary(reaction)) continue;
    const [metabolite = ""] = reaction.stoichiometry.keys();
    const compartment = compartmentOf.get(metabolite) ?? null;
    if (compartment !== null) counts.set(compartment, (counts.get(compartment) ?? 0) + 1);
  }
  if (counts.size === 0) return null;
  const named = [...counts.keys()].filter(
    (id) => outside.has(id.toLowerCase()) || outside.has((model.compartments.get(id) ?? "").toLowerCase()),
  );
  const among = named.length === 0 ? [...counts.keys()] : named;
  return among.reduce((most, id) => ((counts.get(id) ?? 0) > (counts.get(most) ?? 0) ? id : most));
}

/** Columns of the exchange reactions: boundary reactions of the outside, demands and sinks not among them. */
export function exchanges(model: MetabolicModel): readonly number[] {
  const external = externalCompartment(model);
  const compartmentOf = new Map(model.metabolites.map(({ id, compartment }) => [id, compartment]));
  return model.reactions.flatMap((reaction, column) => {
    if (external === null || !isBoundary(reaction) || notExchanges.test(reaction.id)) return [];
    const [metabolite = ""] = reaction.stoichiometry.keys();
    return compartmentOf.get(metabolite) === external ? [column] : [];
  });
}

/** Whether a boundary reaction is written as consuming its metabolite (`x -> `): a negative flux then is uptake. */
export function consumes(reaction: Reaction): boolean {
  const [coefficient = 0] = reaction.stoichiometry.values();
  return coefficient < 0;
}
