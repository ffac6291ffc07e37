import type { BinaryFunction, UnaryFunction } from "./expression.ts";

/** Lanczos' approximation (g = 7, nine terms), for factorials of numbers that are not whole. */
const lanczos = [
  0.9999999999998099, 676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
];

function factorial(x: number): number {
  if (Number.isInteger(x)) {
    if (x < 0) return Number.NaN;
    let product = 1;
    for (let factor = 2; factor <= Math.min(x, 171); factor++) product *= factor;
    return product;
  }
  const [first = 0, ...rest] = lanczos;
  const sum = rest.reduce((total, term, at) => total + term / (x + at + 1), first);
  const shifted = x + 7.5;
  return Math.sqrt(2 * Math.PI) * shifted ** (x + 0.5) * Math.exp(-shifted) * sum;
}

/** What each function of one number computes: the interpreter and generated code call the same. */
export const unaryOperations: Readonly<Record<UnaryFunction, (x: number) => number>> = {
  negate: (x) => -x,
  absolute: Math.abs,
  exponential: Math.exp,
  logarithm: Math.log,
  floor: Math.floor,
  ceiling: Math.ceil,
  sine: Math.sin,
  cosine: Math.cos,
  tangent: Math.tan,
  secant: (x) => 1 / Math.cos(x),
  cosecant: (x) => 1 / Math.sin(x),
  cotangent: (x) => 1 / Math.tan(x),
  hyperbolicSine: Math.sinh,
  hyperbolicCosine: Math.cosh,
  hyperbolicTangent: Math.tanh,
  hyperbolicSecant: (x) => 1 / Math.cosh(x),
  hyperbolicCosecant: (x) => 1 / Math.sinh(x),
  hyperbolicCotangent: (x) => 1 / Math.tanh(x),
  arcSine: Math.asin,
  arcCosine: Math.acos,
  arcTangent: Math.atan,
  arcSecant: (x) => Math.acos(1 / x),
  arcCosecant: (x) => Math.asin(1 / x),
  arcCotangent: (x) => (x === 0 ? Math.PI / 2 : Math.atan(1 / x)),
  arcHyperbolicSine: Math.asinh,
  arcHyperbolicCosine: Math.acosh,
  arcHyperbolicTangent: Math.atanh,
  arcHyperbolicSecant: (x) => Math.acosh(1 / x),
  arcHyperbolicCosecant: (x) => Math.asinh(1 / x),
  arcHyperbolicCotangent: (x) => Math.atanh(1 / x),
  factorial,
  not: (x) => (x === 0 ? 1 : 0),
};

/** The same for functions of two. `quotient` goes towards 0, `remainder` is what it leaves. */
export const binaryOperations: Readonly<Record<BinaryFunction, (left: number, right: number) => number>> = {
  subtract: (left, right) => left - right,
  divide: (left, right) => left / right,
  power: Math.pow,
  quotient: (left, right) => Math.trunc(left / right),
  remainder: (left, right) => left - right * Math.trunc(left / right),
  implies: (left, right) => (left === 0 || right !== 0 ? 1 : 0),
};
