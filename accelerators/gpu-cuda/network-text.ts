import { BioXenError } from "../../src/contract/index.ts";
import type { Graph, Operation, Use } from "./network-graph.ts";

const infix: Partial<Record<Operation, string>> = { add: "+", subtract: "-", multiply: "*", divide: "/" };

/** A number as C that reads back as the same bits. */
function numberText(value: number): string {
  if (typeof value !== "number") throw new BioXenError("INPUT_INVALID", "a change's amount is no number");
  if (Number.isNaN(value)) return "of::notANumber()";
  if (!Number.isFinite(value)) return value > 0 ? "of::infinity()" : "(-of::infinity())";
  const text = Object.is(value, -0) ? "-0" : String(value);
  return `(${/[.e]/.test(text) ? text : `${text}.0`})`;
}

/**
 * One graph as a block of CUDA C over values (`read` gives one by its place), `x` (rows that are written), `t` (time) and `o`
 * (outputs): numbers and the words of this file only, whatever the expressions hold.
 */
export function blockText({ nodes, roots }: Graph, uses: readonly Use[], read: (place: number) => string): string {
  const name = (at: number): string => {
    const node = nodes[at];
    if (node?.kind === "number") return numberText(node.value);
    return node?.kind === "value" ? read(node.place) : `e${at}`;
  };
  const lines = nodes.flatMap((node, at) => {
    if (node.kind !== "operation") return [];
    const [first = "", second = "", third = ""] = node.parts.map(name);
    const operator = infix[node.of];
    if (node.of === "time") return [`const double e${at}=t;`];
    if (operator !== undefined) return [`const double e${at}=${first}${operator}${second};`];
    if (node.of === "select") return [`const double e${at}=${first}!=0.0?${second}:${third};`];
    return [`const double e${at}=of::${functionName(node.of)}(${node.parts.map(name).join(",")});`];
  });
  const writes = roots.flatMap((root, at) => {
    const use = uses[at];
    if (use === undefined) return [];
    if ("row" in use) return [`x[${use.row}]=${name(root)};`];
    return use.outputs.map(([place, factor]) => {
      if (factor === 1) return `o[${place}]+=${name(root)};`;
      return factor === -1 ? `o[${place}]-=${name(root)};` : `o[${place}]+=${numberText(factor)}*${name(root)};`;
    });
  });
  return `{${lines.join("")}${writes.join("")}}`;
}

/** Words that C++ has taken get a stroke. */
function functionName(of: Operation): string {
  return of === "and" || of === "or" || of === "not" ? `${of}_` : of;
}
