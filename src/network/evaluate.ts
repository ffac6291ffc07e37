import { drawFrom, type Random } from "./distributions.ts";
import type { Comparison, Expression, ManyFunction } from "./expression.ts";
import { binaryOperations, unaryOperations } from "./operations.ts";

/** Computes an expression from the network's values, the time and, where it draws, random numbers. */
export type Evaluator = (values: Float64Array, time: number, random: Random) => number;

/** For expressions that draw nothing. */
export const noRandom: Random = () => Number.NaN;

/** Interprets an expression: what generated code must equal, bit by bit. */
export function evaluate(expression: Expression, values: Float64Array, time: number, random: Random): number {
  const value = (one: Expression): number => evaluate(one, values, time, random);
  switch (expression.kind) {
    case "number":
      return expression.value;
    case "time":
      return time;
    case "value":
      return values[expression.index] ?? Number.NaN;
    case "unary":
      return unaryOperations[expression.of](value(expression.argument));
    case "binary":
      return binaryOperations[expression.of](value(expression.left), value(expression.right));
    case "many":
      return many(expression.of, expression.arguments.map(value));
    case "draw":
      return drawFrom(expression.of, expression.arguments.map(value), random);
    case "compare": {
      const all = expression.arguments.map(value);
      return all.every((one, at) => at === 0 || holds(expression.of, all[at - 1] ?? Number.NaN, one)) ? 1 : 0;
    }
    case "piecewise": {
      for (const piece of expression.pieces) if (value(piece.when) !== 0) return value(piece.value);
      return expression.otherwise === null ? Number.NaN : value(expression.otherwise);
    }
  }
}

/** The interpreter as an evaluator. */
export function interpreted(expression: Expression): Evaluator {
  return (values, time, random) => evaluate(expression, values, time, random);
}

function many(of: ManyFunction, all: readonly number[]): number {
  switch (of) {
    case "add":
      return all.length === 0 ? 0 : all.reduce((sum, one) => sum + one);
    case "multiply":
      return all.length === 0 ? 1 : all.reduce((product, one) => product * one);
    case "minimum":
      return Math.min(...all);
    case "maximum":
      return Math.max(...all);
    case "and":
      return all.every((one) => one !== 0) ? 1 : 0;
    case "or":
      return all.some((one) => one !== 0) ? 1 : 0;
    case "exclusiveOr":
      return all.filter((one) => one !== 0).length % 2;
  }
}

function holds(of: Comparison, left: number, right: number): boolean {
  switch (of) {
    case "equal":
      return left === right;
    case "notEqual":
      return left !== right;
    case "less":
      return left < right;
    case "lessOrEqual":
      return left <= right;
    case "greater":
      return left > right;
    case "greaterOrEqual":
      return left >= right;
  }
}
