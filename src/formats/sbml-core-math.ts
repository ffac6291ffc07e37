import {
  type BinaryFunction,
  type Comparison,
  type Distribution,
  type Expression,
  type ManyFunction,
  partsOf,
  type UnaryFunction,
} from "../network/index.ts";
import { quoteId } from "./format-error.ts";
import type { SbmlElement } from "./sbml-elements.ts";
import { type Refuse, shown } from "./sbml-reactions.ts";
import { sbmlDouble } from "./sbml-text.ts";

/** What identifiers mean where some mathematics stands. */
export interface MathScope {
  /** Null for an id that means nothing here. */
  readonly valueOf: (id: string) => Expression | null;
  /** How fast the value of an id changes; null for an id that means nothing here. */
  readonly rateOf: (id: string, at: SbmlElement) => Expression | null;
  /** Whether numbers may be drawn here. */
  readonly mayDraw: boolean;
}

export interface FunctionDefinition {
  readonly element: SbmlElement;
  readonly parameters: readonly string[];
  /** Null where the file leaves the function open. */
  readonly body: SbmlElement | null;
}

export interface Refusals {
  readonly refuse: Refuse;
  /** For what is good SBML but not read here: `BX108` that names the feature. */
  readonly unsupported: (element: SbmlElement, feature: string) => Error;
}

/** What a parameter of a function stands for; `id` where it was called with nothing but an identifier. */
interface Argument {
  readonly value: Expression;
  readonly id: string | null;
  readonly scope: MathScope;
}

const unary: Readonly<Record<string, UnaryFunction>> = {
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
const binary: Readonly<Record<string, BinaryFunction>> = {
  divide: "divide",
  power: "power",
  quotient: "quotient",
  rem: "remainder",
  implies: "implies",
};
/** The function, and how few arguments it takes. */
const many: Readonly<Record<string, readonly [ManyFunction, number]>> = {
  plus: ["add", 0],
  times: ["multiply", 0],
  min: ["minimum", 1],
  max: ["maximum", 1],
  and: ["and", 0],
  or: ["or", 0],
  xor: ["exclusiveOr", 0],
};
const comparisons: Readonly<Record<string, Comparison>> = {
  eq: "equal",
  neq: "notEqual",
  lt: "less",
  leq: "lessOrEqual",
  gt: "greater",
  geq: "greaterOrEqual",
};
const constants: Readonly<Record<string, number>> = {
  pi: Math.PI,
  exponentiale: Math.E,
  true: 1,
  false: 0,
  infinity: Infinity,
  notanumber: Number.NaN,
};
/** The value that SBML level 3 fixes (CODATA 2006), in 1/mol. */
const avogadro = 6.02214179e23;
/** Distributions of the distrib package, with the numbers of parameters they come with. */
const distributions: Readonly<Record<string, readonly [Distribution, readonly number[]]>> = {
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

/** Nodes of one expression with all functions put in: a few kilobytes of definitions can ask for 2^100. */
const mostNodes = 200_000;
/** Nesting of one expression with all functions put in: what follows walks it by recursion. */
const deepest = 512;
/** Parts of all expressions of a model together. */
const mostInAll = 10_000_000;
/** Elements of function bodies looked at, over all calls: a body that ignores what it is given may still take 2^100. */
const mostInCalls = 1_000_000;

/** Turns MathML into expressions: functions are put in where they are called, and identifiers become numbers. */
export class MathCompiler {
  readonly #refuse: Refuse;
  readonly #unsupported: Refusals["unsupported"];
  readonly #functions: ReadonlyMap<string, FunctionDefinition>;
  readonly #sizes = new WeakMap<Expression, { readonly nodes: number; readonly depth: number }>();
  readonly #calling: string[] = [];
  #looked = 0;
  #nodes = 0;

  constructor({ refuse, unsupported }: Refusals, functions: ReadonlyMap<string, FunctionDefinition>) {
    this.#refuse = refuse;
    this.#unsupported = unsupported;
    this.#functions = functions;
  }

  /**
   * Compiles a `math` element.
   * @throws BioXenError `FORMAT_INVALID` with the line, for unknown elements and ids and wrong numbers of arguments;
   *   `UNSUPPORTED` for the delay symbol.
   */
  compile(math: SbmlElement, scope: MathScope): Expression {
    const [content, second] = elementsIn(math);
    if (content === undefined || second !== undefined)
      throw this.#refuse(second ?? math, `${second ? "several things" : "nothing"} in <math>`, "one expression");
    const expression = this.#expression(content, scope, new Map());
    this.#nodes += this.#measure(expression, math).nodes;
    if (this.#nodes > mostInAll) throw this.#tooMuch(math, mostInAll);
    return expression;
  }

  #tooMuch(at: SbmlElement, most: number): Error {
    return this.#refuse(at, `mathematics of more than ${most} parts`, "less, with all function definitions put in");
  }

  /** A node of which the size is checked; nodes made elsewhere count what they hold. */
  #made(node: Expression, at: SbmlElement): Expression {
    this.#measure(node, at);
    return node;
  }

  #measure(node: Expression, at: SbmlElement): { readonly nodes: number; readonly depth: number } {
    const known = this.#sizes.get(node);
    if (known !== undefined) return known;
    let nodes = 1;
    let depth = 1;
    for (const part of partsOf(node)) {
      const size = this.#measure(part, at);
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
    this.#sizes.set(node, size);
    return size;
  }

  #expression(element: SbmlElement, scope: MathScope, bound: ReadonlyMap<string, Argument>): Expression {
    const name = localName(element);
    if (this.#calling.length > 0 && ++this.#looked > mostInCalls) throw this.#tooMuch(element, mostInCalls);
    switch (name) {
      case "cn":
        return { kind: "number", value: this.#number(element) };
      case "ci":
        return this.#identifier(element, scope, bound);
      case "csymbol":
        return this.#symbol(element);
      case "apply":
        return this.#made(this.#applied(element, scope, bound), element);
      case "piecewise":
        return this.#made(this.#piecewise(element, scope, bound), element);
      case "semantics": {
        const [content] = elementsIn(element);
        if (content === undefined) throw this.#refuse(element, "nothing in <semantics>", "an expression");
        return this.#expression(content, scope, bound);
      }
    }
    const value = Object.hasOwn(constants, name) ? constants[name] : undefined;
    if (value === undefined) throw this.#refuse(element, `<${name}> in mathematics`, "MathML that SBML allows");
    return { kind: "number", value };
  }

  #identifier(element: SbmlElement, scope: MathScope, bound: ReadonlyMap<string, Argument>): Expression {
    const id = textOf(element);
    const value = bound.get(id)?.value ?? (this.#calling.length > 0 ? null : scope.valueOf(id));
    if (value === null)
      throw this.#refuse(
        element,
        `the unknown id ${quoteId(id)} in mathematics`,
        this.#calling.length > 0 ? "a parameter of the function" : "an id of the model",
      );
    return value;
  }

  #symbol(element: SbmlElement): Expression {
    const symbol = symbolOf(element);
    if (symbol === "time") return { kind: "time" };
    if (symbol === "avogadro") return { kind: "number", value: avogadro };
    if (symbol === "delay") throw this.#unsupported(element, "the delay symbol");
    throw this.#refuse(element, `<csymbol> ${quoteId(symbol)}`, "time or avogadro here");
  }

  #number(element: SbmlElement): number {
    const type = (element.attributes.get("type") ?? "real").trim();
    const parts: string[] = [""];
    for (const child of element.children)
      if (typeof child === "string") parts[parts.length - 1] += child;
      else parts.push("");
    const wanted = type === "e-notation" || type === "rational" ? 2 : 1;
    const base = (element.attributes.get("base") ?? "10").trim();
    const numbers = parts.map(base === "10" ? sbmlDouble : (text) => integerIn(text, Number(base)));
    const [first = null, second = null] = numbers;
    const isKnown = /^(real|integer|e-notation|rational)$/.test(type) && (base === "10" || type === "integer");
    if (!isKnown || parts.length !== wanted || numbers.includes(null) || first === null)
      throw this.#refuse(element, `<cn type=${quoteId(type)}> with ${quoteId(parts.join(" ; ").trim())}`, "a number");
    if (second === null) return first;
    if (type === "rational") return first / second;
    // as one literal, so that 1 and -3 give 0.001 and not 1 * 0.001..., unless the mantissa has an exponent of its own
    const [mantissa = "", exponent = ""] = parts.map((part) => part.trim());
    return sbmlDouble(`${mantissa}e${exponent}`) ?? first * 10 ** second;
  }

  #applied(element: SbmlElement, scope: MathScope, bound: ReadonlyMap<string, Argument>): Expression {
    const [operator, ...operands] = elementsIn(element);
    if (operator === undefined) throw this.#refuse(element, "nothing in <apply>", "an operator");
    const name = localName(operator);
    const compiled = (parts: readonly SbmlElement[]): Expression[] =>
      parts.map((part) => this.#expression(part, scope, bound));
    if (name === "ci") return this.#call(operator, operands, scope, bound);
    if (name === "csymbol") return this.#symbolCall(operator, operands, scope, bound);
    const takes = (counts: string, isRight: boolean): void => {
      if (!isRight)
        throw this.#refuse(element, `<${name}> of ${operands.length} arguments`, `${counts} arguments of <${name}>`);
    };
    if (name === "minus") {
      takes("1 or 2", operands.length === 1 || operands.length === 2);
      const [left, right] = compiled(operands) as [Expression, Expression?];
      if (right !== undefined) return { kind: "binary", of: "subtract", left, right };
      return left.kind === "number"
        ? { kind: "number", value: -left.value }
        : { kind: "unary", of: "negate", argument: left };
    }
    if (name === "root" || name === "log") return this.#withQualifier(name, operands, takes, compiled);
    if (Object.hasOwn(unary, name)) {
      takes("1", operands.length === 1);
      const [argument] = compiled(operands) as [Expression];
      return { kind: "unary", of: unary[name] as UnaryFunction, argument };
    }
    if (Object.hasOwn(binary, name)) {
      takes("2", operands.length === 2);
      const [left, right] = compiled(operands) as [Expression, Expression];
      return { kind: "binary", of: binary[name] as BinaryFunction, left, right };
    }
    if (Object.hasOwn(many, name)) {
      const [of, least] = many[name] as readonly [ManyFunction, number];
      takes(`at least ${least}`, operands.length >= least);
      return { kind: "many", of, arguments: compiled(operands) };
    }
    if (Object.hasOwn(comparisons, name)) {
      const of = comparisons[name] as Comparison;
      takes(of === "notEqual" ? "2" : "at least 2", operands.length === 2 || (operands.length > 2 && name !== "neq"));
      return { kind: "compare", of, arguments: compiled(operands) };
    }
    throw this.#refuse(operator, `the operator <${name}>`, "one that SBML allows");
  }

  /** Roots with their degree, logarithms with their base. */
  #withQualifier(
    name: "root" | "log",
    operands: readonly SbmlElement[],
    takes: (counts: string, isRight: boolean) => void,
    compiled: (parts: readonly SbmlElement[]) => Expression[],
  ): Expression {
    const qualifier = name === "root" ? "degree" : "logbase";
    const given = operands.filter((one) => localName(one) === qualifier);
    const rest = operands.filter((one) => localName(one) !== qualifier);
    takes(`1, with a <${qualifier}> or without, as`, rest.length === 1 && given.length <= 1);
    const [argument] = compiled(rest) as [Expression];
    const inner = given.flatMap(elementsIn);
    takes(`1 in <${qualifier}> of the`, inner.length === given.length);
    const [by = { kind: "number", value: name === "root" ? 2 : 10 } as const] = compiled(inner);
    if (name === "root") {
      const power: Expression =
        by.kind === "number"
          ? { kind: "number", value: 1 / by.value }
          : { kind: "binary", of: "divide", left: { kind: "number", value: 1 }, right: by };
      return { kind: "binary", of: "power", left: argument, right: power };
    }
    const ln = (of: Expression): Expression =>
      of.kind === "number"
        ? { kind: "number", value: Math.log(of.value) }
        : { kind: "unary", of: "logarithm", argument: of };
    return { kind: "binary", of: "divide", left: ln(argument), right: ln(by) };
  }

  #piecewise(element: SbmlElement, scope: MathScope, bound: ReadonlyMap<string, Argument>): Expression {
    const pieces: { value: Expression; when: Expression }[] = [];
    let otherwise: Expression | null = null;
    for (const part of elementsIn(element)) {
      const inner = elementsIn(part);
      const isPiece = localName(part) === "piece";
      if ((!isPiece && (localName(part) !== "otherwise" || otherwise !== null)) || inner.length !== (isPiece ? 2 : 1))
        throw this.#refuse(part, `<${localName(part)}> of ${inner.length} parts`, "pieces of 2, one <otherwise> of 1");
      const [value, when] = inner.map((one) => this.#expression(one, scope, bound)) as [Expression, Expression?];
      if (when === undefined) otherwise = value;
      else pieces.push({ value, when });
    }
    return { kind: "piecewise", pieces, otherwise };
  }

  #call(
    operator: SbmlElement,
    operands: readonly SbmlElement[],
    scope: MathScope,
    bound: ReadonlyMap<string, Argument>,
  ): Expression {
    const id = textOf(operator);
    const definition = this.#functions.get(id);
    if (definition === undefined) throw this.#refuse(operator, `a call of ${quoteId(id)}`, "a function definition");
    const { parameters, body } = definition;
    if (parameters.length !== operands.length)
      throw this.#refuse(
        operator,
        `${operands.length} arguments of the function ${quoteId(id)}`,
        `${parameters.length}`,
      );
    if (this.#calling.includes(id))
      throw this.#refuse(operator, `the function ${quoteId(id)}, which calls itself`, "functions that end");
    if (body === null) return { kind: "number", value: Number.NaN };
    const given = new Map<string, Argument>();
    operands.forEach((operand, at) => {
      const word = localName(operand) === "ci" ? textOf(operand) : null;
      const passed = word === null ? undefined : bound.get(word);
      given.set(
        parameters[at] as string,
        passed ?? { value: this.#expression(operand, scope, bound), id: word, scope },
      );
    });
    this.#calling.push(id);
    try {
      return this.#expression(body, scope, given);
    } finally {
      this.#calling.pop();
    }
  }

  #symbolCall(
    operator: SbmlElement,
    operands: readonly SbmlElement[],
    scope: MathScope,
    bound: ReadonlyMap<string, Argument>,
  ): Expression {
    const symbol = symbolOf(operator);
    if (symbol === "delay") throw this.#unsupported(operator, "the delay symbol");
    if (symbol === "rateOf") {
      const [operand, second] = operands;
      if (operand === undefined || second !== undefined || localName(operand) !== "ci")
        throw this.#refuse(operator, "rateOf of something else", "rateOf of one id");
      const word = textOf(operand);
      const argument = bound.get(word);
      const id = argument === undefined ? word : argument.id;
      const rate = id === null ? null : (argument?.scope ?? scope).rateOf(id, operator);
      if (rate === null) throw this.#refuse(operand, `rateOf of ${quoteId(word)}`, "an id of the model");
      return rate;
    }
    const [, distribution = ""] = /^distrib\/(\w+)$/.exec(symbol) ?? [];
    const known = Object.hasOwn(distributions, distribution) ? distributions[distribution] : undefined;
    if (known === undefined)
      throw this.#refuse(operator, `<csymbol> ${quoteId(symbol)}`, "rateOf, delay or a distribution");
    const [of, counts] = known;
    if (!counts.includes(operands.length))
      throw this.#refuse(operator, `${operands.length} parameters of ${distribution}`, counts.join(" or "));
    if (!scope.mayDraw) throw this.#unsupported(operator, "a random number outside initial and event assignments");
    const given = operands.map((operand) => this.#expression(operand, scope, bound));
    const hasDefault = (of === "cauchy" || of === "laplace") && given.length === 1;
    return { kind: "draw", of, arguments: hasDefault ? [{ kind: "number", value: 0 }, ...given] : given };
  }
}

/** A function definition as its element has it: `math` holding a `lambda`. */
export function functionOf(element: SbmlElement, refuse: Refuse): FunctionDefinition {
  const math = elementsIn(element).find((child) => localName(child) === "math");
  if (math === undefined) return { element, parameters: [], body: null };
  let [lambda] = elementsIn(math);
  if (lambda !== undefined && localName(lambda) === "semantics") [lambda] = elementsIn(lambda);
  if (lambda === undefined || localName(lambda) !== "lambda")
    throw refuse(element, `${shown(element)} without a lambda`, "a lambda in its mathematics");
  const inner = elementsIn(lambda);
  const isParameter = (one: SbmlElement): boolean => localName(one) === "bvar";
  const parameters = inner.filter(isParameter).map((one) => elementsIn(one).map(textOf).join(""));
  const [body, second] = inner.filter((one) => !isParameter(one));
  if (body === undefined || second !== undefined)
    throw refuse(second ?? lambda, `${second ? "several bodies" : "no body"} of ${shown(element)}`, "one");
  if (new Set(parameters).size < parameters.length)
    throw refuse(lambda, `a parameter of ${shown(element)} that comes twice`, "each once");
  return { element, parameters, body };
}

/** The elements in an element, text passed over. */
export function elementsIn(element: SbmlElement): SbmlElement[] {
  return element.children.filter(
    (child): child is SbmlElement => typeof child !== "string" && !child.name.startsWith("math:annotation"),
  );
}

/** A whole number in a base of 2 to 36; null for all else. */
function integerIn(text: string, base: number): number | null {
  const [, sign, digits = ""] = /^([+-]?)([0-9a-z]+)$/i.exec(text.trim()) ?? [];
  if (!(base >= 2 && base <= 36)) return null;
  let value = 0;
  for (const digit of digits) value = value * base + Number.parseInt(digit, base);
  return digits === "" || Number.isNaN(value) ? null : sign === "-" ? -value : value;
}

function localName({ name }: SbmlElement): string {
  return name.startsWith("math:") ? name.slice(5) : `?${name}`;
}

function textOf(element: SbmlElement): string {
  return element.children
    .filter((child) => typeof child === "string")
    .join("")
    .trim();
}

/** `time`, `distrib/normal`: what stands behind SBML's symbols in the URL. */
function symbolOf(element: SbmlElement): string {
  const url = element.attributes.get("definitionURL") ?? "";
  return /^https?:\/\/www\.sbml\.org\/sbml\/symbols\/(.+)$/.exec(url.trim())?.[1] ?? url;
}
