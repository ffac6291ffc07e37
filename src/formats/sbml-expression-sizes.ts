import { type Expression, partsOf } from "../network/index.ts";
import type { SbmlElement } from "./sbml-elements.ts";
import type { Refuse } from "./sbml-reactions.ts";

/** Nodes of one expression with all functions put in: a few kilobytes of definitions can ask for 2^100. */
const mostNodes = 200_000;
/** Nesting of one expression with all functions put in: what follows walks it by recursion. */
const deepest = 512;

/** How large expressions are; each is measured once, however often another one holds it. */
export class ExpressionSizes {
  readonly #refuse: Refuse;
  readonly #known = new WeakMap<Expression, { readonly nodes: number; readonly depth: number }>();

  constructor(refuse: Refuse) {
    this.#refuse = refuse;
  }

  /** @throws BioXenError `FORMAT_INVALID` with the line of `at`, for one that is too large or too deep. */
  of(node: Expression, at: SbmlElement): { readonly nodes: number; readonly depth: number } {
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    let nodes = 1;
    let depth = 1;
    for (const part of partsOf(node)) {
      const size = this.of(part, at);
      nodes += size.nodes;
      depth = Math.max(depth, size.depth + 1);
    }
    if (nodes > mostNodes || depth > deepest)
      throw this.#refuse(
        at,
        `an expression that grows beyond ${nodes > mostNodes ? `${mostNodes} parts` : `${deepest} levels`}`,
        "less, with all function definitions put in",
      );
    const size = { nodes, depth };
    this.#known.set(node, size);
    return size;
  }
}
