import type { ReactionNetwork } from "../../network/index.ts";

/** Numbers of the values that reactions or rate rules move, ascending; assigned ones follow by themselves. */
export function statesOf({ reactions, rateRules, assignments }: ReactionNetwork): Int32Array {
  const moved = new Set(reactions.flatMap(({ changes }) => changes.map(([value]) => value)));
  for (const { value } of rateRules) moved.add(value);
  for (const { value } of assignments) moved.delete(value);
  return Int32Array.from(moved).sort();
}
