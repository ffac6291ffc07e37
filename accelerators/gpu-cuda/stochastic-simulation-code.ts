import type { BinaryFunction, Comparison, Expression, ManyFunction, UnaryFunction } from "../../src/network/index.ts";

/** Numbers of the operations in `kernels/stochastic-simulation.cu`. */
const operation = {
  end: 0,
  number: 1,
  value: 2,
  time: 3,
  negate: 4,
  absolute: 5,
  floor: 6,
  ceiling: 7,
  not: 8,
  square: 9,
  root: 10,
  add: 11,
  subtract: 12,
  multiply: 13,
  divide: 14,
  quotient: 15,
  remainder: 16,
  minimum: 17,
  maximum: 18,
  and: 19,
  or: 20,
  exclusiveOr: 21,
  implies: 22,
  equal: 23,
  notEqual: 24,
  less: 25,
  lessOrEqual: 26,
  greater: 27,
  greaterOrEqual: 28,
  select: 29,
  truth: 30,
} as const;

type Operation = keyof typeof operation;

/** How many numbers the kernel's stack holds beside the uppermost. */
const mostDepth = 32;
const mostOperand = 2 ** 23;

const unaries: Readonly<Partial<Record<UnaryFunction, Operation>>> = {
  negate: "negate",
  absolute: "absolute",
  floor: "floor",
  ceiling: "ceiling",
  not: "not",
};
const binaries: Readonly<Partial<Record<BinaryFunction, Operation>>> = {
  subtract: "subtract",
  divide: "divide",
  quotient: "quotient",
  remainder: "remainder",
  implies: "implies",
};
const manies: Readonly<
  Record<ManyFunction, { readonly by: Operation; readonly empty: number; readonly truth: boolean }>
> = {
  add: { by: "add", empty: 0, truth: false },
  multiply: { by: "multiply", empty: 1, truth: false },
  minimum: { by: "minimum", empty: Number.POSITIVE_INFINITY, truth: false },
  maximum: { by: "maximum", empty: Number.NEGATIVE_INFINITY, truth: false },
  and: { by: "and", empty: 1, truth: true },
  or: { by: "or", empty: 0, truth: true },
  exclusiveOr: { by: "exclusiveOr", empty: 0, truth: true },
};

/** Code for the kernel's stack machine. */
export interface StackCode {
  /** An operation in the lowest eight bits, the value or number that it puts on the stack in those above. */
  readonly words: Int32Array;
  readonly numbers: Float64Array;
}

/** Collects the code of expressions, and the numbers in it. */
export class StackCoder {
  readonly #words: number[] = [];
  readonly #numbers: number[] = [];

  /** Appends an expression's code; gives where it starts. @throws RangeError for one that `whyNoCode` refuses. */
  add(expression: Expression): number {
    const reason = whyNoCode(expression);
    if (reason !== null) throw new RangeError(reason);
    const start = this.#words.length;
    this.#emit(expression);
    this.#put("end");
    return start;
  }

  get code(): StackCode {
    return { words: Int32Array.from(this.#words), numbers: Float64Array.from(this.#numbers) };
  }

  #put(of: Operation, operand = 0): void {
    this.#words.push(operation[of] + operand * 256);
  }

  #number(value: number): void {
    this.#put("number", this.#numbers.push(value) - 1);
  }

  #emit(expression: Expression): void {
    switch (expression.kind) {
      case "number":
        this.#number(expression.value);
        return;
      case "time":
        this.#put("time");
        return;
      case "value":
        this.#put("value", expression.index);
        return;
      case "unary":
        this.#emit(expression.argument);
        this.#put(unaries[expression.of] ?? "end");
        return;
      case "binary": {
        const { of, left, right } = expression;
        if (of === "power" && right.kind === "number") {
          this.#power(left, right.value);
          return;
        }
        this.#emit(left);
        this.#emit(right);
        this.#put(binaries[of] ?? "end");
        return;
      }
      case "many":
        this.#many(manies[expression.of], expression.arguments);
        return;
      case "compare":
        this.#compare(expression.of, expression.arguments);
        return;
      case "piecewise": {
        const { pieces, otherwise } = expression;
        if (otherwise === null) this.#number(Number.NaN);
        else this.#emit(otherwise);
        for (const { value, when } of [...pieces].reverse()) {
          this.#emit(value);
          this.#emit(when);
          this.#put("select");
        }
      }
    }
  }

  #power(base: Expression, exponent: number): void {
    if (exponent === 0) {
      this.#number(1);
      return;
    }
    if (exponent === -1) this.#number(1);
    this.#emit(base);
    if (exponent === -1) this.#put("divide");
    if (exponent === 2) this.#put("square");
    if (exponent === 0.5) this.#put("root");
  }

  #many({ by, empty, truth }: (typeof manies)[ManyFunction], all: readonly Expression[]): void {
    if (all.length === 0) this.#number(empty);
    for (const [at, one] of all.entries()) {
      this.#emit(one);
      if (at > 0) this.#put(by);
    }
    if (truth && all.length === 1) this.#put("truth");
  }

  /** Those in the middle are computed twice: nothing changes in between. */
  #compare(of: Comparison, all: readonly Expression[]): void {
    if (all.length < 2) this.#number(1);
    for (const [at, right] of all.entries()) {
      const left = all[at - 1];
      if (left === undefined) continue;
      this.#emit(left);
      this.#emit(right);
      this.#put(of);
      if (at > 1) this.#put("and");
    }
  }
}

/** Powers that are products, quotients and roots: what IEEE 754 defines. */
const powers: ReadonlySet<number> = new Set([-1, 0, 0.5, 1, 2]);

/** Why the kernel cannot compute an expression with the oracle's bits, or null. */
export function whyNoCode(expression: Expression): string | null {
  const depth = depthOf(expression);
  if (typeof depth === "string") return depth;
  return depth <= mostDepth ? null : `an expression needs a stack of ${depth} numbers, and there are ${mostDepth}`;
}

/** Numbers on the stack at most; a sentence where there is a function that has no bits of its own. */
function depthOf(expression: Expression): number | string {
  const deepest = (parts: readonly (readonly [Expression, number])[]): number | string => {
    let most = 1;
    for (const [part, under] of parts) {
      const depth = depthOf(part);
      if (typeof depth === "string") return depth;
      most = Math.max(most, under + depth);
    }
    return most;
  };
  const undefinedBits = (of: string): string => `the last bit of ${of} depends on the library that computes it`;
  switch (expression.kind) {
    case "number":
    case "time":
      return 1;
    case "value":
      return expression.index < mostOperand ? 1 : `value ${expression.index} has too large a number`;
    case "unary":
      return unaries[expression.of] === undefined ? undefinedBits(expression.of) : deepest([[expression.argument, 0]]);
    case "binary": {
      const { of, left, right } = expression;
      if (of === "power") {
        if (right.kind !== "number" || !powers.has(right.value)) return undefinedBits("a power");
        return deepest([[left, 1]]);
      }
      return deepest([
        [left, 0],
        [right, 1],
      ]);
    }
    case "many":
      return deepest(expression.arguments.map((one) => [one, 1]));
    case "compare":
      return deepest(expression.arguments.map((one) => [one, 2]));
    case "draw":
      return "an expression draws random numbers";
    case "piecewise": {
      const { pieces, otherwise } = expression;
      return deepest([
        ...(otherwise === null ? [] : [[otherwise, 0] as const]),
        ...pieces.flatMap(({ value, when }) => [[value, 1] as const, [when, 2] as const]),
      ]);
    }
  }
}
