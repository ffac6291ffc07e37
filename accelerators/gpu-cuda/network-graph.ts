// Expressions of a network as graphs in which equal parts are one: what flat code and CUDA C are made of.
import { BioXenError } from "../../src/contract/index.ts";
import type { Expression } from "../../src/network/index.ts";

/**
 * Operations of flat code, by number: `kernels/network-operations.cuh` has the same in the same order. `move` gives its left
 * operand, `addTo` adds a multiple to an output, `select` gives the left operand where the result so far is not 0.
 */
export const operations = [
  "move",
  "addTo",
  "select",
  "time",
  "add",
  "subtract",
  "multiply",
  "divide",
  "power",
  "quotient",
  "remainder",
  "implies",
  "minimum",
  "maximum",
  "and",
  "or",
  "exclusiveOr",
  "equal",
  "notEqual",
  "less",
  "lessOrEqual",
  "greater",
  "greaterOrEqual",
  "negate",
  "absolute",
  "exponential",
  "logarithm",
  "floor",
  "ceiling",
  "sine",
  "cosine",
  "tangent",
  "secant",
  "cosecant",
  "cotangent",
  "hyperbolicSine",
  "hyperbolicCosine",
  "hyperbolicTangent",
  "hyperbolicSecant",
  "hyperbolicCosecant",
  "hyperbolicCotangent",
  "arcSine",
  "arcCosine",
  "arcTangent",
  "arcSecant",
  "arcCosecant",
  "arcCotangent",
  "arcHyperbolicSine",
  "arcHyperbolicCosine",
  "arcHyperbolicTangent",
  "arcHyperbolicSecant",
  "arcHyperbolicCosecant",
  "arcHyperbolicCotangent",
  "factorial",
  "not",
  "truth",
] as const;

export type Operation = (typeof operations)[number];

/** One part of an expression; `parts` are numbers of nodes before it. */
type Node =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "value"; readonly place: number }
  | { readonly kind: "operation"; readonly of: Operation; readonly parts: readonly number[] };

/** Expressions over the same values: each part that occurs is there once, parts before what they are part of. */
export interface Graph {
  readonly nodes: readonly Node[];
  /** The node that is each expression. */
  readonly roots: readonly number[];
}

const many = { add: 0, multiply: 1, minimum: Number.POSITIVE_INFINITY, maximum: Number.NEGATIVE_INFINITY } as const;
const logical = { and: 1, or: 0, exclusiveOr: 0 } as const;

/**
 * Makes one graph of expressions that draw nothing; all branches are computed, as none has an effect.
 * @throws BioXenError `INPUT_INVALID` for an expression that draws, and for a function or number that is none.
 */
export function graphOf(expressions: readonly Expression[], placeOf: (value: number) => number): Graph {
  const nodes: Node[] = [];
  const known = new Map<string, number>();
  const add = (key: string, node: Node): number => {
    const found = known.get(key);
    if (found !== undefined) return found;
    known.set(key, nodes.length);
    return nodes.push(node) - 1;
  };
  const number = (value: number): number => {
    if (typeof value !== "number") throw new BioXenError("INPUT_INVALID", "an expression's number is none");
    return add(Object.is(value, -0) ? "number -0" : `number ${value}`, { kind: "number", value });
  };
  const operation = (of: Operation, ...parts: number[]): number => {
    // what a file holds is compared, never copied
    if (!operations.includes(of))
      throw new BioXenError("INPUT_INVALID", "an expression uses a function that there is not");
    return add(`${of} ${parts.join(" ")}`, { kind: "operation", of, parts });
  };
  const fold = (of: Operation, all: readonly number[]): number =>
    all.reduce((left, right) => operation(of, left, right));
  const visit = (expression: Expression): number => {
    switch (expression.kind) {
      case "number":
        return number(expression.value);
      case "time":
        return operation("time");
      case "value": {
        const place = placeOf(expression.index);
        return add(`value ${place}`, { kind: "value", place });
      }
      case "unary":
        return operation(expression.of, visit(expression.argument));
      case "binary":
        return operation(expression.of, visit(expression.left), visit(expression.right));
      case "many": {
        const { of } = expression;
        const all = expression.arguments.map(visit);
        if (of === "and" || of === "or" || of === "exclusiveOr") {
          if (all.length === 0) return number(logical[of]);
          return all.length === 1 ? operation("truth", ...all) : fold(of, all);
        }
        return all.length === 0 ? number(many[of]) : fold(of, all);
      }
      case "compare": {
        const all = expression.arguments.map(visit);
        const pairs = all.slice(1).map((one, at) => operation(expression.of, all[at] ?? 0, one));
        return pairs.length === 0 ? number(1) : fold("and", pairs);
      }
      case "piecewise": {
        const otherwise = expression.otherwise === null ? number(Number.NaN) : visit(expression.otherwise);
        return expression.pieces.reduceRight(
          (rest, { value, when }) => operation("select", visit(when), visit(value), rest),
          otherwise,
        );
      }
      default:
        throw new BioXenError("INPUT_INVALID", "a rate or a rule draws random numbers");
    }
  };
  return { nodes, roots: expressions.map(visit) };
}

/** What becomes of an expression: it is kept in a row, or multiples of it are added to outputs. */
export type Use =
  | { readonly row: number }
  | { readonly outputs: readonly (readonly [place: number, factor: number])[] };
