import { distance } from "fastest-levenshtein";
import { BioXenError } from "../contract/index.ts";

/** The INPUT_INVALID that an id unknown to the model deserves: it lists the three nearest ids there are. */
export function unknownId(
  kind: "reaction" | "gene" | "exchange reaction",
  id: string,
  known: Iterable<string>,
): BioXenError {
  const near = [...known]
    .map((name) => ({ name, far: distance(name.toLowerCase(), id.toLowerCase()) }))
    .sort((a, b) => a.far - b.far)
    .slice(0, 3)
    .map(({ name }) => name);
  const hint = near.length === 0 ? `it has no ${kind}s` : `near it: ${near.join(", ")}`;
  return new BioXenError("INPUT_INVALID", `the model has no ${kind} ${id}; ${hint}`, { context: { [kind]: id } });
}
