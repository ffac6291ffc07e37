import { genesOf, isFunctional, type MetabolicModel } from "../formats/index.ts";
import { unknownId } from "./unknown-id.ts";

/** Which reactions stop when genes are knocked out. */
export interface GeneSets {
  /** Columns of the reactions that need these genes, joint effects of isozymes included; ascending. */
  readonly stopped: (genes: readonly string[]) => readonly number[];
  /** Genes that stand in a common rule with this one. */
  readonly partners: (gene: string) => ReadonlySet<string>;
}

export function geneSetsOf(model: MetabolicModel): GeneSets {
  const reactionsOf = new Map<string, number[]>();
  const rules = model.reactions.map(({ genes }) => ({ rule: genes, genes: genesOf(genes) }));
  for (const [column, { genes }] of rules.entries())
    for (const gene of genes) {
      const list = reactionsOf.get(gene) ?? [];
      list.push(column);
      reactionsOf.set(gene, list);
    }
  return {
    stopped: (genes) => {
      const out = new Set(genes);
      const touched = new Set(genes.flatMap((gene) => reactionsOf.get(gene) ?? []));
      return [...touched]
        .filter((column) => !isFunctional(rules[column]?.rule ?? null, (gene) => out.has(gene)))
        .sort((a, b) => a - b);
    },
    partners: (gene) => new Set((reactionsOf.get(gene) ?? []).flatMap((column) => rules[column]?.genes ?? [])),
  };
}

/** The named genes, or all of the model's. @throws BioXenError `INPUT_INVALID` with the nearest ids */
export function checkGenes(model: MetabolicModel, ids?: readonly string[]): readonly string[] {
  const known = new Set(model.genes.map(({ id }) => id));
  if (ids === undefined) return [...known];
  for (const id of ids) if (!known.has(id)) throw unknownId("gene", id, known);
  return ids;
}
