/** A gene-protein-reaction rule: which genes a reaction needs. */
export type GeneRule =
  | { readonly gene: string }
  | { readonly and: readonly GeneRule[] }
  | { readonly or: readonly GeneRule[] };
