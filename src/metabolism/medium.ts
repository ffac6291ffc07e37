import { BioXenError } from "../contract/index.ts";
import type { MetabolicModel } from "../formats/index.ts";
import { consumes, exchanges } from "./exchange.ts";
import { unknownId } from "./unknown-id.ts";

/** Largest uptake by exchange reaction, mmol/gDW/h, never negative; what is not named is not there. */
export type Medium = ReadonlyMap<string, number>;

/** Bounds of a reaction, mmol/gDW/h; -Infinity and Infinity for none. */
export interface FluxBounds {
  readonly lower: number;
  readonly upper: number;
}

/** The medium that a model's own bounds state: every exchange reaction that may take something up. */
export function mediumOf(model: MetabolicModel): Medium {
  return new Map(
    exchanges(model).flatMap((column): [string, number][] => {
      const reaction = model.reactions[column];
      if (reaction === undefined) return [];
      const most = consumes(reaction) ? -reaction.lower : reaction.upper;
      return most > 0 ? [[reaction.id, most]] : [];
    }),
  );
}

/**
 * The bounds by which a medium replaces those of the model: uptake limited to the medium's where it names the exchange
 * reaction, and closed everywhere else. Secretion stays as it is, a forced one included.
 * @throws BioXenError `INPUT_INVALID` for an id that is no exchange reaction, a negative or missing uptake, or one
 * below a secretion that the model forces
 */
export function boundsOfMedium(model: MetabolicModel, medium: Medium): ReadonlyMap<string, FluxBounds> {
  const open = new Set(exchanges(model).map((column) => model.reactions[column]?.id ?? ""));
  for (const [id, uptake] of medium) {
    if (!open.has(id)) throw unknownId("exchange reaction", id, open);
    if (!(uptake >= 0)) throw invalid(id, `an uptake is 0 or more, not ${uptake}`);
  }
  const bounds = new Map<string, FluxBounds>();
  for (const reaction of model.reactions) {
    if (!open.has(reaction.id)) continue;
    const { lower, upper } = reaction;
    const inward = consumes(reaction) ? -lower : upper;
    const uptake = medium.get(reaction.id) ?? Math.min(0, inward);
    const replaced = consumes(reaction) ? { lower: -uptake, upper } : { lower, upper: uptake };
    if (replaced.lower > replaced.upper)
      throw invalid(reaction.id, `bounds would be ${replaced.lower} to ${replaced.upper}: the model forces its flux`);
    // -0 would print as such
    bounds.set(reaction.id, { lower: replaced.lower + 0, upper: replaced.upper + 0 });
  }
  return bounds;
}

function invalid(id: string, what: string): BioXenError {
  return new BioXenError("INPUT_INVALID", `medium, ${id}: ${what}`, { context: { reaction: id } });
}
