import type { MetabolicModel, Reaction } from "../formats/index.ts";
import { consumes, exchanges, type FluxBounds, isBoundary, type Medium } from "../metabolism/index.ts";
import { aminoAcids } from "./gene-facts.ts";
import type { MetabolicMap } from "./metabolic-map.ts";

/** A bound of this size or more says that nothing is known of a limit. */
const unlimited = 999;
/** Enzymes may become so many times as dense as they are at birth before a flux stops to follow. */
export const headroom = 4;

/** An uptake limit that stands for transport, and the reactions whose enzymes carry it. */
export interface Transport {
  readonly column: number;
  readonly inward: Inward;
  readonly by: readonly number[];
}

/** An exchange reaction that brings something in, and which of its bounds says how much. */
export interface Source {
  readonly column: number;
  readonly inward: Inward;
}

/** Which bound of an exchange reaction limits what comes in. */
type Inward = "lower" | "upper";

/** How much wider than stated a reaction's bounds are, so that enzymes and transport may become denser than at birth. */
export function roomOf(reaction: Reaction, isExchange: boolean): readonly [lower: number, upper: number] {
  if (!isExchange) return reaction.genes === null ? [1, 1] : [headroom, headroom];
  return inwardOf(reaction) === "lower" ? [headroom, 1] : [1, headroom];
}

/** The maintenance reaction that a model forces: it hydrolyses ATP and does nothing else; -1 where there is none. */
export function upkeepOf({ reactions }: MetabolicModel, { energy }: MetabolicMap): number {
  const all = new Set(Object.values(energy));
  return reactions.findIndex(
    ({ stoichiometry, lower }) =>
      lower > 0 && (stoichiometry.get(energy.atp) ?? 0) < 0 && [...stoichiometry.keys()].every((id) => all.has(id)),
  );
}

const inwardOf = (reaction: Reaction): Inward => (consumes(reaction) ? "lower" : "upper");

export function boundsOf(metabolic: MetabolicModel, medium: Medium): ReadonlyMap<string, FluxBounds> {
  return new Map(
    exchanges(metabolic).flatMap((column): [string, { lower: number; upper: number }][] => {
      const reaction = metabolic.reactions[column] as Reaction;
      const uptake = (medium.get(reaction.id) ?? 0) * headroom;
      const [lower, upper] = [Math.min(0, reaction.lower), Math.max(0, reaction.upper)];
      const inward = inwardOf(reaction);
      return [[reaction.id, inward === "lower" ? { lower: 0 - uptake, upper } : { lower, upper: uptake }]];
    }),
  );
}

export function transportsOf(
  metabolic: MetabolicModel,
  open: readonly number[],
  { lower, upper }: { readonly lower: Float64Array; readonly upper: Float64Array },
): readonly Transport[] {
  return open.flatMap((column) => {
    const reaction = metabolic.reactions[column] as Reaction;
    const inward = inwardOf(reaction);
    const limit = Math.abs((inward === "lower" ? lower : upper)[column] ?? 0);
    if (limit === 0 || limit >= unlimited * headroom) return [];
    const [outside = ""] = reaction.stoichiometry.keys();
    const by = metabolic.reactions.flatMap((one, at) =>
      !isBoundary(one) && one.stoichiometry.has(outside) && one.genes !== null ? [at] : [],
    );
    const free = metabolic.reactions.some(
      (one) => !isBoundary(one) && one.stoichiometry.has(outside) && one.genes === null,
    );
    return [{ column, inward, by: free ? [] : by }];
  });
}

export function sourcesOf(
  metabolic: MetabolicModel,
  open: readonly number[],
  map: MetabolicMap,
): ReadonlyMap<string, readonly Source[]> {
  const byMetabolite = new Map(
    open.map((column) => [[...(metabolic.reactions[column]?.stoichiometry.keys() ?? [])][0] ?? "", column]),
  );
  return new Map(
    [...aminoAcids].map((letter) => [
      letter,
      (map.sources[letter] ?? []).flatMap((id) => {
        const column = byMetabolite.get(id);
        return column === undefined ? [] : [{ column, inward: inwardOf(metabolic.reactions[column] as Reaction) }];
      }),
    ]),
  );
}
