import { readFileSync } from "node:fs";

/** Columns that each gene of a model in BiGG's JSON takes down with it, by gene id. */
export function lostReactions(path: string): ReadonlyMap<string, readonly number[]> {
  const { genes, reactions } = JSON.parse(readFileSync(path, "utf8")) as {
    genes: readonly { readonly id: string }[];
    reactions: readonly { readonly gene_reaction_rule: string }[];
  };
  const lost = new Map(genes.map(({ id }) => [id, [] as number[]]));
  reactions.forEach(({ gene_reaction_rule }, column) => {
    const tokens = gene_reaction_rule.match(/[()]|[^\s()]+/g) ?? [];
    const named = new Set(tokens.filter((token) => !/^([()]|and|or)$/i.test(token)));
    for (const gene of named) if (!holds(tokens, gene)) lost.get(gene)?.push(column);
  });
  return lost;
}

/** Whether a rule holds without one gene; `and` binds tighter than `or`. */
function holds(tokens: readonly string[], without: string): boolean {
  let at = 0;
  const any = (): boolean => {
    let value = all();
    while (tokens[at]?.toLowerCase() === "or") {
      at++;
      value = all() || value;
    }
    return value;
  };
  const all = (): boolean => {
    let value = one();
    while (tokens[at]?.toLowerCase() === "and") {
      at++;
      value = one() && value;
    }
    return value;
  };
  const one = (): boolean => {
    const token = tokens[at++];
    if (token !== "(") return token !== without;
    const value = any();
    at++;
    return value;
  };
  return any();
}
