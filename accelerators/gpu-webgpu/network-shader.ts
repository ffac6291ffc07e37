// Expressions of a reaction network as WGSL in single precision.
import type { BinaryFunction, Comparison, Expression, ManyFunction, UnaryFunction } from "../../src/network/index.ts";

/** Functions that an expression may need; they go into the shader before it. */
export const networkFunctionsShader = `
fn truth(x: bool) -> f32 { return select(0.0, 1.0, x); }
fn power(x: f32, y: f32) -> f32 {
  if (y == 0.0) { return 1.0; }
  let whole = floor(y) == y;
  // pow is undefined for negative numbers, and less accurate than this
  if (whole && abs(y) <= 16.0) {
    var product = 1.0;
    for (var left = abs(y); left > 0.0; left -= 1.0) { product *= x; }
    return select(product, 1.0 / product, y < 0.0);
  }
  let size = pow(abs(x), y);
  if (x >= 0.0) { return size; }
  if (!whole) { return bitcast<f32>(job.nan); }
  return select(size, -size, floor(y / 2.0) * 2.0 != y);
}
`;

const unary: Readonly<Partial<Record<UnaryFunction, (x: string) => string>>> = {
  negate: (x) => `(-${x})`,
  absolute: (x) => `abs(${x})`,
  exponential: (x) => `exp(${x})`,
  logarithm: (x) => `log(${x})`,
  floor: (x) => `floor(${x})`,
  ceiling: (x) => `ceil(${x})`,
  sine: (x) => `sin(${x})`,
  cosine: (x) => `cos(${x})`,
  tangent: (x) => `tan(${x})`,
  secant: (x) => `(1.0 / cos(${x}))`,
  cosecant: (x) => `(1.0 / sin(${x}))`,
  cotangent: (x) => `(1.0 / tan(${x}))`,
  hyperbolicSine: (x) => `sinh(${x})`,
  hyperbolicCosine: (x) => `cosh(${x})`,
  hyperbolicTangent: (x) => `tanh(${x})`,
  hyperbolicSecant: (x) => `(1.0 / cosh(${x}))`,
  hyperbolicCosecant: (x) => `(1.0 / sinh(${x}))`,
  hyperbolicCotangent: (x) => `(1.0 / tanh(${x}))`,
  arcSine: (x) => `asin(${x})`,
  arcCosine: (x) => `acos(${x})`,
  arcTangent: (x) => `atan(${x})`,
  not: (x) => `truth(${x} == 0.0)`,
};

const binary: Readonly<Record<BinaryFunction, (left: string, right: string) => string>> = {
  subtract: (left, right) => `(${left} - ${right})`,
  divide: (left, right) => `(${left} / ${right})`,
  power: (left, right) => `power(${left}, ${right})`,
  quotient: (left, right) => `trunc(${left} / ${right})`,
  remainder: (left, right) => `(${left} - ${right} * trunc(${left} / ${right}))`,
  implies: (left, right) => `truth(${left} == 0.0 || ${right} != 0.0)`,
};

const many: Readonly<Record<ManyFunction, (all: readonly string[]) => string>> = {
  add: (all) => (all.length === 0 ? "0.0" : `(${all.join(" + ")})`),
  multiply: (all) => (all.length === 0 ? "1.0" : `(${all.join(" * ")})`),
  minimum: (all) => all.reduce((one, other) => `min(${one}, ${other})`),
  maximum: (all) => all.reduce((one, other) => `max(${one}, ${other})`),
  and: (all) => `truth(${["true", ...all.map((one) => `${one} != 0.0`)].join(" && ")})`,
  or: (all) => `truth(${["false", ...all.map((one) => `${one} != 0.0`)].join(" || ")})`,
  exclusiveOr: (all) => `truth(${["false", ...all.map((one) => `(${one} != 0.0)`)].join(" != ")})`,
};

const comparison: Readonly<Record<Comparison, string>> = {
  equal: "==",
  notEqual: "!=",
  less: "<",
  lessOrEqual: "<=",
  greater: ">",
  greaterOrEqual: ">=",
};

/** Why a shader cannot compute an expression, or null. */
export function whyNotInShader(expression: Expression): string | null {
  const first = (all: readonly Expression[]): string | null =>
    all.reduce<string | null>((reason, one) => reason ?? whyNotInShader(one), null);
  switch (expression.kind) {
    case "number":
      return isSingle(expression.value) ? null : `the number ${expression.value} is beyond single precision`;
    case "time":
      return "an expression reads the time, which single precision cannot follow";
    case "value":
      return null;
    case "unary":
      return unary[expression.of] === undefined
        ? `shaders have no ${expression.of}`
        : whyNotInShader(expression.argument);
    case "binary":
      return first([expression.left, expression.right]);
    case "many":
      return expression.arguments.length === 0 && (expression.of === "minimum" || expression.of === "maximum")
        ? `${expression.of} of nothing is infinite`
        : first(expression.arguments);
    case "compare":
      return first(expression.arguments);
    case "piecewise":
      return first([
        ...expression.pieces.flatMap(({ value, when }) => [value, when]),
        ...(expression.otherwise === null ? [] : [expression.otherwise]),
      ]);
    case "draw":
      return "an expression draws random numbers";
    default:
      return "an expression is of no known kind";
  }
}

/** Whether single precision holds a number: 0, or within its normal range. */
export function isSingle(value: number): boolean {
  return value === 0 || (Math.abs(value) < 3e38 && Math.abs(value) > 1.2e-38);
}

/**
 * WGSL that computes an expression; it reads value `index` by `place(index)`. It is made of numbers and of this file's words
 * only. Only for expressions that `whyNotInShader` has nothing against.
 */
export function shaderCode(expression: Expression, place: (index: number) => string): string {
  const code = (one: Expression): string => shaderCode(one, place);
  switch (expression.kind) {
    case "number":
      return numberCode(expression.value);
    case "value":
      return place(Math.trunc(Number(expression.index)));
    case "unary":
      return unary[expression.of]?.(code(expression.argument)) ?? "0.0";
    case "binary":
      return binary[expression.of](code(expression.left), code(expression.right));
    case "many":
      return many[expression.of](expression.arguments.map(code));
    case "compare": {
      const all = expression.arguments.map(code);
      const operator = comparison[expression.of];
      const pairs = all.slice(1).map((one, at) => `${all[at]} ${operator} ${one}`);
      return `truth(${["true", ...pairs].join(" && ")})`;
    }
    case "piecewise": {
      const otherwise = expression.otherwise === null ? "bitcast<f32>(job.nan)" : code(expression.otherwise);
      return expression.pieces.reduceRight(
        (rest, { value, when }) => `select(${rest}, ${code(value)}, ${code(when)} != 0.0)`,
        otherwise,
      );
    }
    default:
      return "0.0";
  }
}

export function numberCode(value: number): string {
  return `(${Math.fround(value).toExponential()}f)`;
}
