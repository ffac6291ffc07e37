import type { Expression, UnaryFunction } from "./expression.ts";

/** What is differentiated by: a value of the network, or the time. */
export type Variable = number | "time";

export const number = (value: number): Expression => ({ kind: "number", value });
const zero = number(0);
const one = number(1);

const isNumber = (expression: Expression, value: number): boolean =>
  expression.kind === "number" && expression.value === value;

export function sum(left: Expression, right: Expression): Expression {
  if (isNumber(left, 0)) return right;
  if (isNumber(right, 0)) return left;
  return { kind: "many", of: "add", arguments: [left, right] };
}

export function difference(left: Expression, right: Expression): Expression {
  if (isNumber(right, 0)) return left;
  if (isNumber(left, 0)) return { kind: "unary", of: "negate", argument: right };
  return { kind: "binary", of: "subtract", left, right };
}

export function product(left: Expression, right: Expression): Expression {
  if (isNumber(left, 0) || isNumber(right, 0)) return zero;
  if (isNumber(left, 1)) return right;
  if (isNumber(right, 1)) return left;
  return { kind: "many", of: "multiply", arguments: [left, right] };
}

export function quotient(left: Expression, right: Expression): Expression {
  return isNumber(left, 0) || isNumber(right, 1) ? left : { kind: "binary", of: "divide", left, right };
}

const power = (left: Expression, right: Expression): Expression => ({ kind: "binary", of: "power", left, right });
const unary = (of: UnaryFunction, argument: Expression): Expression => ({ kind: "unary", of, argument });
const square = (x: Expression): Expression => product(x, x);
const root = (x: Expression): Expression => power(x, number(0.5));

/** Derivatives of functions of one number; those that are steps have none but 0. */
const slopes: Readonly<Partial<Record<UnaryFunction, (x: Expression) => Expression>>> = {
  negate: () => number(-1),
  absolute: (x) => ({
    kind: "piecewise",
    pieces: [{ value: number(-1), when: { kind: "compare", of: "less", arguments: [x, zero] } }],
    otherwise: one,
  }),
  exponential: (x) => unary("exponential", x),
  logarithm: (x) => quotient(one, x),
  sine: (x) => unary("cosine", x),
  cosine: (x) => unary("negate", unary("sine", x)),
  tangent: (x) => sum(one, square(unary("tangent", x))),
  secant: (x) => product(unary("secant", x), unary("tangent", x)),
  cosecant: (x) => unary("negate", product(unary("cosecant", x), unary("cotangent", x))),
  cotangent: (x) => unary("negate", sum(one, square(unary("cotangent", x)))),
  hyperbolicSine: (x) => unary("hyperbolicCosine", x),
  hyperbolicCosine: (x) => unary("hyperbolicSine", x),
  hyperbolicTangent: (x) => difference(one, square(unary("hyperbolicTangent", x))),
  hyperbolicSecant: (x) => unary("negate", product(unary("hyperbolicSecant", x), unary("hyperbolicTangent", x))),
  hyperbolicCosecant: (x) => unary("negate", product(unary("hyperbolicCosecant", x), unary("hyperbolicCotangent", x))),
  hyperbolicCotangent: (x) => difference(one, square(unary("hyperbolicCotangent", x))),
  arcSine: (x) => quotient(one, root(difference(one, square(x)))),
  arcCosine: (x) => quotient(number(-1), root(difference(one, square(x)))),
  arcTangent: (x) => quotient(one, sum(one, square(x))),
  arcSecant: (x) => quotient(one, product(unary("absolute", x), root(difference(square(x), one)))),
  arcCosecant: (x) => quotient(number(-1), product(unary("absolute", x), root(difference(square(x), one)))),
  arcCotangent: (x) => quotient(number(-1), sum(one, square(x))),
  arcHyperbolicSine: (x) => quotient(one, root(sum(square(x), one))),
  arcHyperbolicCosine: (x) => quotient(one, root(difference(square(x), one))),
  arcHyperbolicTangent: (x) => quotient(one, difference(one, square(x))),
  arcHyperbolicSecant: (x) => quotient(number(-1), product(x, root(difference(one, square(x))))),
  arcHyperbolicCosecant: (x) => quotient(number(-1), product(unary("absolute", x), root(sum(one, square(x))))),
  arcHyperbolicCotangent: (x) => quotient(one, difference(one, square(x))),
};

/**
 * The derivative of an expression by one variable, all others held. Steps (floor, comparisons, logic, factorials, draws) count
 * as constant, and a piecewise one is differentiated piece by piece.
 */
export function derivative(expression: Expression, by: Variable): Expression {
  const slope = (of: Expression): Expression => derivative(of, by);
  switch (expression.kind) {
    case "time":
      return by === "time" ? one : zero;
    case "value":
      return expression.index === by ? one : zero;
    case "unary": {
      const inner = slope(expression.argument);
      const outer = slopes[expression.of];
      return isNumber(inner, 0) || outer === undefined ? zero : product(outer(expression.argument), inner);
    }
    case "binary":
      return binarySlope(expression, slope);
    case "many":
      return manySlope(expression, slope);
    case "piecewise": {
      const pieces = expression.pieces.map(({ value, when }) => ({ value: slope(value), when }));
      const otherwise = expression.otherwise === null ? null : slope(expression.otherwise);
      const flat = pieces.every(({ value }) => isNumber(value, 0)) && (otherwise === null || isNumber(otherwise, 0));
      return flat ? zero : { kind: "piecewise", pieces, otherwise };
    }
    default:
      return zero;
  }
}

type Kind<K extends Expression["kind"]> = Extract<Expression, { kind: K }>;

function binarySlope({ of, left, right }: Kind<"binary">, slope: (of: Expression) => Expression): Expression {
  const [dl, dr] = [slope(left), slope(right)];
  switch (of) {
    case "subtract":
      return difference(dl, dr);
    case "divide":
      return quotient(difference(dl, product(quotient(left, right), dr)), right);
    case "power": {
      const base = isNumber(dl, 0)
        ? zero
        : product(
            product(right, power(left, right.kind === "number" ? number(right.value - 1) : difference(right, one))),
            dl,
          );
      const exponent = isNumber(dr, 0) ? zero : product(product(power(left, right), unary("logarithm", left)), dr);
      return sum(base, exponent);
    }
    case "remainder":
      return difference(dl, product({ kind: "binary", of: "quotient", left, right }, dr));
    default:
      return zero;
  }
}

function manySlope({ of, arguments: all }: Kind<"many">, slope: (of: Expression) => Expression): Expression {
  const inner = all.map(slope);
  if (inner.every((each) => isNumber(each, 0))) return zero;
  switch (of) {
    case "add":
      return inner.reduce(sum);
    case "multiply":
      return inner
        .map((each, at) => all.reduce((rest, factor, other) => (other === at ? rest : product(rest, factor)), each))
        .reduce(sum);
    case "minimum":
    case "maximum": {
      const comparison = of === "minimum" ? "lessOrEqual" : "greaterOrEqual";
      // the first that none of the others goes beyond
      return {
        kind: "piecewise",
        pieces: all.map((each, at) => ({
          value: inner[at] ?? zero,
          when: {
            kind: "many",
            of: "and",
            arguments: all.map((other) => ({ kind: "compare", of: comparison, arguments: [each, other] })),
          },
        })),
        otherwise: null,
      };
    }
    default:
      return zero;
  }
}
