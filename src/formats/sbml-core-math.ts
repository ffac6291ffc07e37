import type { BinaryFunction, Comparison, Expression, ManyFunction, UnaryFunction } from "../network/index.ts";
import { quoteId } from "./format-error.ts";
import type { SbmlElement } from "./sbml-elements.ts";
import { ExpressionSizes } from "./sbml-expression-sizes.ts";
import type { FunctionDefinition } from "./sbml-function.ts";
import { avogadro, binary, comparisons, constants, distributions, many, unary } from "./sbml-math-operators.ts";
import { elementsIn, localName, numberIn, symbolOf, textOf } from "./sbml-mathml.ts";
import type { Refuse } from "./sbml-reactions.ts";

/** What identifiers mean where some mathematics stands. */
export interface MathScope {
  /** Null for an id that means nothing here. */
  readonly valueOf: (id: string) => Expression | null;
  /** How fast the value of an id changes; null for an id that means nothing here. */
  readonly rateOf: (id: string, at: SbmlElement) => Expression | null;
  /** Whether numbers may be drawn here. */
  readonly mayDraw: boolean;
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

/** Parts of all expressions of a model together. */
const mostInAll = 10_000_000;
/** Elements of function bodies looked at, over all calls: a body that ignores what it is given may still take 2^100. */
const mostInCalls = 1_000_000;

/** Turns MathML into expressions: functions are put in where they are called, and identifiers become numbers. */
export class MathCompiler {
  readonly #refuse: Refuse;
  readonly #unsupported: Refusals["unsupported"];
  readonly #functions: ReadonlyMap<string, FunctionDefinition>;
  readonly #sizes: ExpressionSizes;
  readonly #calling: string[] = [];
  #looked = 0;
  #nodes = 0;

  constructor({ refuse, unsupported }: Refusals, functions: ReadonlyMap<string, FunctionDefinition>) {
    this.#refuse = refuse;
    this.#sizes = new ExpressionSizes(refuse);
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
    this.#nodes += this.#sizes.of(expression, math).nodes;
    if (this.#nodes > mostInAll) throw this.#tooMuch(math, mostInAll);
    return expression;
  }

  #tooMuch(at: SbmlElement, most: number): Error {
    return this.#refuse(at, `mathematics of more than ${most} parts`, "less, with all function definitions put in");
  }

  /** A node of which the size is checked; nodes made elsewhere count what they hold. */
  #made(node: Expression, at: SbmlElement): Expression {
    this.#sizes.of(node, at);
    return node;
  }

  #expression(element: SbmlElement, scope: MathScope, bound: ReadonlyMap<string, Argument>): Expression {
    const name = localName(element);
    if (this.#calling.length > 0 && ++this.#looked > mostInCalls) throw this.#tooMuch(element, mostInCalls);
    switch (name) {
      case "cn":
        return { kind: "number", value: numberIn(element, this.#refuse) };
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
