import { distance } from "fastest-levenshtein";
import { BioXenError } from "../contract/index.ts";

/** Letters from which a part of an id tells more than chance. */
const leastPart = 3;

/** The INPUT_INVALID that an id unknown to the model deserves: it lists the three nearest ids there are. */
export function unknownId(
  kind: "reaction" | "gene" | "exchange reaction",
  id: string,
  known: Iterable<string>,
): BioXenError {
  const asked = id.toLowerCase();
  const near = [...known]
    .map((name) => {
      const lower = name.toLowerCase();
      // part of an id is what people remember, and further from it by letters than many a short one
      const part = asked.length >= leastPart && lower.includes(asked);
      return { name, far: part ? 0 : distance(lower, asked) };
    })
    .sort((a, b) => a.far - b.far || a.name.length - b.name.length)
    .slice(0, 3)
    .map(({ name }) => name);
  const hint = near.length === 0 ? `it has no ${kind}s` : `near it: ${near.join(", ")}`;
  return new BioXenError("INPUT_INVALID", `the model has no ${kind} ${id}; ${hint}`, { context: { [kind]: id } });
}
