// What the words of MathML and the symbols of SBML mean.
import type { BinaryFunction, Comparison, Distribution, ManyFunction, UnaryFunction } from "../network/index.ts";

export const unary: Readonly<Record<string, UnaryFunction>> = {
  exp: "exponential",
  ln: "logarithm",
  abs: "absolute",
  floor: "floor",
  ceiling: "ceiling",
  factorial: "factorial",
  not: "not",
  sin: "sine",
  cos: "cosine",
  tan: "tangent",
  sec: "secant",
  csc: "cosecant",
  cot: "cotangent",
  sinh: "hyperbolicSine",
  cosh: "hyperbolicCosine",
  tanh: "hyperbolicTangent",
  sech: "hyperbolicSecant",
  csch: "hyperbolicCosecant",
  coth: "hyperbolicCotangent",
  arcsin: "arcSine",
  arccos: "arcCosine",
  arctan: "arcTangent",
  arcsec: "arcSecant",
  arccsc: "arcCosecant",
  arccot: "arcCotangent",
  arcsinh: "arcHyperbolicSine",
  arccosh: "arcHyperbolicCosine",
  arctanh: "arcHyperbolicTangent",
  arcsech: "arcHyperbolicSecant",
  arccsch: "arcHyperbolicCosecant",
  arccoth: "arcHyperbolicCotangent",
};
export const binary: Readonly<Record<string, BinaryFunction>> = {
  divide: "divide",
  power: "power",
  quotient: "quotient",
  rem: "remainder",
  implies: "implies",
};
/** The function, and how few arguments it takes. */
export const many: Readonly<Record<string, readonly [ManyFunction, number]>> = {
  plus: ["add", 0],
  times: ["multiply", 0],
  min: ["minimum", 1],
  max: ["maximum", 1],
  and: ["and", 0],
  or: ["or", 0],
  xor: ["exclusiveOr", 0],
};
export const comparisons: Readonly<Record<string, Comparison>> = {
  eq: "equal",
  neq: "notEqual",
  lt: "less",
  leq: "lessOrEqual",
  gt: "greater",
  geq: "greaterOrEqual",
};
export const constants: Readonly<Record<string, number>> = {
  pi: Math.PI,
  exponentiale: Math.E,
  true: 1,
  false: 0,
  infinity: Infinity,
  notanumber: Number.NaN,
};
/** The value that SBML level 3 fixes (CODATA 2006), in 1/mol. */
export const avogadro = 6.02214179e23;
/** Distributions of the distrib package, with the numbers of parameters they come with. */
export const distributions: Readonly<Record<string, readonly [Distribution, readonly number[]]>> = {
  normal: ["normal", [2, 4]],
  lognormal: ["logNormal", [2, 4]],
  uniform: ["uniform", [2]],
  exponential: ["exponential", [1, 3]],
  gamma: ["gamma", [2, 4]],
  chisquare: ["chiSquare", [1, 3]],
  cauchy: ["cauchy", [1, 2, 4]],
  laplace: ["laplace", [1, 2, 4]],
  rayleigh: ["rayleigh", [1, 3]],
  poisson: ["poisson", [1, 3]],
  binomial: ["binomial", [2, 4]],
  bernoulli: ["bernoulli", [1]],
};
