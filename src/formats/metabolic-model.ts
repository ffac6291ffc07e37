import type { GeneRule } from "./gene-rule.ts";

/** A JSON value as notes and annotations hold it, kept for a round trip. */
export type Annotation = Readonly<Record<string, unknown>>;

export interface Metabolite {
  readonly id: string;
  readonly name: string;
  readonly compartment: string | null;
  readonly formula: string | null;
  readonly charge: number | null;
  readonly notes: Annotation;
  readonly annotation: Annotation;
  /** What the file says of it beyond these fields, in the keys of BiGG JSON, kept for a round trip. */
  readonly extra?: Annotation;
}

export interface Reaction {
  readonly id: string;
  readonly name: string;
  /** Metabolite id to stoichiometric coefficient: negative consumed, positive produced; none is 0. */
  readonly stoichiometry: ReadonlyMap<string, number>;
  /** mmol/gDW/h; -Infinity and Infinity for none. */
  readonly lower: number;
  readonly upper: number;
  /** null where the reaction needs no gene. */
  readonly genes: GeneRule | null;
  readonly subsystem: string;
  readonly notes: Annotation;
  readonly annotation: Annotation;
  /** What the file says of it beyond these fields, in the keys of BiGG JSON, kept for a round trip. */
  readonly extra?: Annotation;
}

export interface Gene {
  readonly id: string;
  readonly name: string;
  readonly notes: Annotation;
  readonly annotation: Annotation;
  /** What the file says of it beyond these fields, in the keys of BiGG JSON, kept for a round trip. */
  readonly extra?: Annotation;
}

export interface ModelObjective {
  readonly id: string;
  readonly sense: "maximum" | "minimum";
  /** Reaction id to coefficient; none is 0. */
  readonly coefficients: ReadonlyMap<string, number>;
}

/** A constraint-based model as its file states it. Immutable; ids are unique and every reference resolves. */
export interface MetabolicModel {
  readonly id: string;
  readonly name: string;
  readonly compartments: ReadonlyMap<string, string>;
  readonly metabolites: readonly Metabolite[];
  readonly reactions: readonly Reaction[];
  readonly genes: readonly Gene[];
  /** May be empty: such a model has nothing to optimise until the user names an objective. */
  readonly objectives: readonly ModelObjective[];
  /** Index of the active one; -1 where there is none. */
  readonly activeObjective: number;
  readonly notes: Annotation;
  readonly annotation: Annotation;
  /** What the file says beyond these fields, in the keys of BiGG JSON, kept for a round trip. */
  readonly extra?: Annotation;
}
