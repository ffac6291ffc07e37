import type { Perturbations } from "./regulation.ts";

/** What was done to a cell before it was run, one sentence each, for its events. */
export function describePerturbations(perturbations: Perturbations): readonly string[] {
  const { knockOut = [], knockDown, inhibitRibosomes, inhibitPolymerases, withoutAminoAcids } = perturbations;
  const { plasmids = [], chromosome = true, operons = [], regulation = [], constants = {} } = perturbations;
  const told: string[] = [...(perturbations.notes ?? [])];
  for (const id of knockOut) told.push(`knock-out of ${id}`);
  for (const [id, share] of knockDown ?? []) told.push(`knock-down of ${id} to ${share}`);
  if (inhibitRibosomes) told.push(`inhibitor blocks ${inhibitRibosomes} of the ribosomes`);
  if (inhibitPolymerases) told.push(`inhibitor blocks ${inhibitPolymerases} of the RNA polymerases`);
  if (withoutAminoAcids) told.push(`medium without ${withoutAminoAcids}`);
  for (const [name, value] of Object.entries(constants)) told.push(`${name} is ${value}`);
  for (const { facts, copies } of plasmids) told.push(`plasmid ${facts.id}, ${copies} copies`);
  for (const { id, genes } of operons) told.push(`operon ${id}: ${genes.join(" ")}`);
  if (regulation.length > 0) told.push(`${regulation.length} regulators at promoters`);
  if (!chromosome) told.push("chromosome taken out");
  return told;
}
