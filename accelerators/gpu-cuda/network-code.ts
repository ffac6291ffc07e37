// Expressions of a network as graphs in which equal parts are one, and those as flat code or as CUDA C.
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

type Operation = (typeof operations)[number];

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

/** From here on an operand names a number, before it a row. */
const firstNumber = 2 ** 30;
const resultSoFar = -1;

/**
 * Flat code: four integers an instruction, the operation, two operands and what the result is kept in. An operand is a row (the
 * values by place, then intermediate results), -1 for the result of the instruction before, or 2^30 and more for a number. With
 * `addTo` the second operand is the output and the last the factor, and the result so far stays.
 */
export class FlatCode {
  readonly #code: number[] = [];
  readonly #numbers: number[];
  readonly #numberAt = new Map<number, number>();
  readonly #firstRow: number;
  #rows: number;

  /** Intermediate results go to rows from `firstRow` on; numbers are appended to `numbers`. */
  constructor(firstRow: number, numbers: number[]) {
    this.#firstRow = firstRow;
    this.#rows = firstRow;
    this.#numbers = numbers;
  }

  /** Rows in all, intermediate results included. */
  get rows(): number {
    return this.#rows;
  }

  /** The code since the last call. */
  take(): readonly number[] {
    return this.#code.splice(0);
  }

  /** Appends the code of one graph, each of whose expressions goes where its use says. */
  add({ nodes, roots }: Graph, uses: readonly Use[]): void {
    const left = nodes.map(() => 0);
    for (const root of roots) left[root] = (left[root] ?? 0) + 1;
    // a part counts once for each operation that reads it and is itself there
    for (let at = nodes.length - 1; at >= 0; at--) {
      const node = nodes[at];
      if (node?.kind === "operation") for (const part of node.parts) left[part] = (left[part] ?? 0) + 1;
    }
    const shared = left.map((count) => count > 1);
    const rowOf = new Map<number, number>();
    const free = Array.from({ length: this.#rows - this.#firstRow }, (_, at) => this.#firstRow + at);
    let soFar = -1;
    const keep = (node: number): void => {
      if (rowOf.has(node)) return;
      const row = free.pop() ?? this.#rows++;
      this.#code[this.#code.length - 1] = row;
      rowOf.set(node, row);
    };
    const isThere = (node: number): boolean => nodes[node]?.kind !== "operation" || rowOf.has(node);
    const operand = (at: number): number => {
      const node = nodes[at];
      if (node?.kind === "number") return this.#number(node.value);
      if (node?.kind === "value") return node.place;
      return rowOf.get(at) ?? resultSoFar;
    };
    const consume = (at: number): void => {
      const count = (left[at] ?? 0) - 1;
      left[at] = count;
      const row = rowOf.get(at);
      if (count === 0 && row !== undefined) free.push(row);
    };
    const compute = (at: number): void => {
      const node = nodes[at];
      if (node?.kind !== "operation" || rowOf.has(at)) return;
      const { of, parts } = node;
      // what is computed last stays the result so far; of a choice that is the condition, its first part
      const order = [...new Set(of === "select" ? [parts[1] ?? 0, parts[2] ?? 0, parts[0] ?? 0] : parts)];
      let waiting = -1;
      for (const part of order) {
        if (isThere(part)) continue;
        if (waiting >= 0) keep(waiting);
        compute(part);
        waiting = part;
        // a choice reads its condition as the result so far, the others by name
        if (of === "select" && part !== parts[0]) keep(part);
      }
      let [a = resultSoFar, b = a] = parts.map(operand);
      if (of === "select") {
        const condition = parts[0] ?? 0;
        if (isThere(condition) && soFar !== condition) this.#code.push(0, operand(condition), operand(condition), -1);
        soFar = condition;
        a = operand(parts[1] ?? 0);
        b = operand(parts[2] ?? 0);
      }
      for (const part of parts) consume(part);
      this.#code.push(operations.indexOf(of), a, b, -1);
      soFar = at;
      if (shared[at]) keep(at);
    };
    for (const [at, root] of roots.entries()) {
      const use = uses[at];
      if (use === undefined) continue;
      const before = this.#code.length;
      compute(root);
      if ("row" in use) {
        const isFresh = this.#code.length > before && !rowOf.has(root);
        if (isFresh) this.#code[this.#code.length - 1] = use.row;
        else this.#code.push(0, operand(root), operand(root), use.row);
      } else
        for (const [place, factor] of use.outputs)
          this.#code.push(1, soFar === root ? resultSoFar : operand(root), place, this.#number(factor));
      consume(root);
    }
  }

  #number(value: number): number {
    // a map takes -0 for 0
    const known = Object.is(value, -0) ? undefined : this.#numberAt.get(value);
    if (known !== undefined) return firstNumber + known;
    const at = this.#numbers.push(value) - 1;
    if (!Object.is(value, -0)) this.#numberAt.set(value, at);
    return firstNumber + at;
  }
}

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
