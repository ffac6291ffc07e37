import { readFileSync } from "node:fs";

/** A module's source and the headers of ours that it includes, in a fixed order: what its PTX is built from. */
export function sourcesOf(module: string, kernels: URL): readonly string[] {
  const seen = new Set<string>();
  const visit = (name: string): readonly string[] => {
    if (seen.has(name)) return [];
    seen.add(name);
    const text = readFileSync(new URL(name, kernels), "utf8");
    return [text, ...[...text.matchAll(/^#include "(.*)"$/gm)].flatMap(([, included = ""]) => visit(included))];
  };
  return visit(`${module}.cu`);
}
