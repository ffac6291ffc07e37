import { type AnyOrganism, ecoli, minimalCell, syn3a } from "../cell/index.ts";

/** What a VM can be. */
export type BiologicalType = "syn3a" | "ecoli" | "minimal_cell";

/** What the hypervisor knows of a biological type. */
export interface BiologicalTypeFacts {
  readonly id: BiologicalType;
  readonly organism: AnyOrganism;
  /** Slots at which its cell has all of its own ribosomes and RNA polymerases; the first is also the most it may hold. */
  readonly wants: { readonly ribosomes: number; readonly polymerases: number };
  /** Percent of a chassis' ATP that one such VM may hold. */
  readonly maxAtp: number;
}

export const biologicalTypes: readonly BiologicalTypeFacts[] = [
  { id: "syn3a", organism: syn3a, wants: { ribosomes: 15, polymerases: 8 }, maxAtp: 70 },
  { id: "ecoli", organism: ecoli, wants: { ribosomes: 30, polymerases: 16 }, maxAtp: 90 },
  { id: "minimal_cell", organism: minimalCell, wants: { ribosomes: 10, polymerases: 5 }, maxAtp: 50 },
];

/** Facts of a type that is known to be one. */
export function factsOfType(type: BiologicalType): BiologicalTypeFacts {
  const facts = biologicalTypes.find(({ id }) => id === type);
  if (facts === undefined) throw new TypeError(`no biological type ${type}`);
  return facts;
}
