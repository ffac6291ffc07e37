/** Functions of one or two numbers that an expression may call, with IEEE meaning. */
export type UnaryFunction =
  | "negate"
  | "absolute"
  | "exponential"
  | "logarithm"
  | "floor"
  | "ceiling"
  | "sine"
  | "cosine"
  | "tangent"
  | "secant"
  | "cosecant"
  | "cotangent"
  | "hyperbolicSine"
  | "hyperbolicCosine"
  | "hyperbolicTangent"
  | "hyperbolicSecant"
  | "hyperbolicCosecant"
  | "hyperbolicCotangent"
  | "arcSine"
  | "arcCosine"
  | "arcTangent"
  | "arcSecant"
  | "arcCosecant"
  | "arcCotangent"
  | "arcHyperbolicSine"
  | "arcHyperbolicCosine"
  | "arcHyperbolicTangent"
  | "arcHyperbolicSecant"
  | "arcHyperbolicCosecant"
  | "arcHyperbolicCotangent"
  | "factorial"
  | "not";
export type BinaryFunction = "subtract" | "divide" | "power" | "quotient" | "remainder" | "implies";
/** Functions of any number of arguments. */
export type ManyFunction = "add" | "multiply" | "minimum" | "maximum" | "and" | "or" | "exclusiveOr";
export type Comparison = "equal" | "notEqual" | "less" | "lessOrEqual" | "greater" | "greaterOrEqual";

/**
 * Distributions that an event may draw from, with the parameters of SBML's package `distrib`: uniform (low, high), normal
 * (mean, deviation), lognormal (of the logarithm), exponential (rate), gamma (shape, scale), Poisson (rate), Cauchy (location,
 * scale), chi-square (degrees), Laplace (location, scale), Rayleigh (scale), binomial (trials, probability), Bernoulli.
 */
export type Distribution =
  | "uniform"
  | "normal"
  | "logNormal"
  | "exponential"
  | "gamma"
  | "poisson"
  | "cauchy"
  | "chiSquare"
  | "laplace"
  | "rayleigh"
  | "binomial"
  | "bernoulli";

/**
 * What a rate, a rule or a condition computes. Names are gone: a value is known by its number in the network, so that
 * no identifier of a file can reach generated code. Truth is 1 and 0.
 */
export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "time" }
  /** Value `index` of the network: see `ReactionNetwork.values`. */
  | { readonly kind: "value"; readonly index: number }
  | { readonly kind: "unary"; readonly of: UnaryFunction; readonly argument: Expression }
  | { readonly kind: "binary"; readonly of: BinaryFunction; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "many"; readonly of: ManyFunction; readonly arguments: readonly Expression[] }
  /** A random number; two more arguments than the distribution has parameters are the bounds of a truncated one. In events alone. */
  | { readonly kind: "draw"; readonly of: Distribution; readonly arguments: readonly Expression[] }
  /** True where it holds between each argument and the next. */
  | { readonly kind: "compare"; readonly of: Comparison; readonly arguments: readonly Expression[] }
  | {
      readonly kind: "piecewise";
      readonly pieces: readonly { readonly value: Expression; readonly when: Expression }[];
      /** NaN where it is null and no piece applies. */
      readonly otherwise: Expression | null;
    };
