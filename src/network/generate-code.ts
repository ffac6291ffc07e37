import { BioXenError } from "../contract/index.ts";
import { drawFrom } from "./distributions.ts";
import type { Evaluator } from "./evaluate.ts";
import type { BinaryFunction, Comparison, Expression, ManyFunction, UnaryFunction } from "./expression.ts";
import { binaryOperations, unaryOperations } from "./operations.ts";

/** How generated code reads a value of the network, by its number. */
export type Place = (index: number) => string;

/** What generated code calls for functions that are no operators: its parameter `f`. */
export const codeFunctions: object = { unary: unaryOperations, binary: binaryOperations, draw: drawFrom };

const unaryCode: Readonly<Partial<Record<UnaryFunction, string>>> = {
  absolute: "Math.abs",
  exponential: "Math.exp",
  logarithm: "Math.log",
  floor: "Math.floor",
  ceiling: "Math.ceil",
  sine: "Math.sin",
  cosine: "Math.cos",
  tangent: "Math.tan",
};
const binaryCode: Readonly<Partial<Record<BinaryFunction, string>>> = { subtract: "-", divide: "/" };
const manyCode: Readonly<Record<ManyFunction, { readonly join: string; readonly empty: string }>> = {
  add: { join: "+", empty: "0" },
  multiply: { join: "*", empty: "1" },
  minimum: { join: ",", empty: "(1/0)" },
  maximum: { join: ",", empty: "(-1/0)" },
  and: { join: "&&", empty: "1" },
  or: { join: "||", empty: "0" },
  exclusiveOr: { join: "!==", empty: "0" },
};
const comparisonCode: Readonly<Record<Comparison, string>> = {
  equal: "===",
  notEqual: "!==",
  less: "<",
  lessOrEqual: "<=",
  greater: ">",
  greaterOrEqual: ">=",
};

/** A number as JavaScript that reads back as the same bits. */
function numberCode(value: number): string {
  if (typeof value !== "number") throw new BioXenError("INPUT_INVALID", "an expression's number is none");
  if (Number.isNaN(value)) return "(0/0)";
  if (!Number.isFinite(value)) return value > 0 ? "(1/0)" : "(-1/0)";
  return Object.is(value, -0) ? "(-0)" : `(${value})`;
}

/** A value's number, safe to be part of generated code. */
export function indexCode(index: number): string {
  if (!Number.isSafeInteger(index) || index < 0)
    throw new BioXenError("INPUT_INVALID", "an expression names a value by something that is no whole number");
  return String(index);
}

/**
 * JavaScript that computes an expression. It is made of numbers and of the words in this file only, whatever the expression
 * holds; it reads values through `place`, the time as `t`, random numbers as `r` and functions as `f`.
 * @throws BioXenError `INPUT_INVALID` for a function, number or value that is none.
 */
export function codeOf(expression: Expression, place: Place): string {
  const code = (one: Expression): string => codeOf(one, place);
  switch (expression.kind) {
    case "number":
      return numberCode(expression.value);
    case "time":
      return "t";
    case "value":
      return place(Number(indexCode(expression.index)));
    case "unary": {
      const word = known(unaryOperations, expression.of);
      const argument = code(expression.argument);
      if (word === "negate") return `(-${argument})`;
      if (word === "not") return `(${argument}===0?1:0)`;
      return `${unaryCode[word] ?? `f.unary.${word}`}(${argument})`;
    }
    case "binary": {
      const word = known(binaryOperations, expression.of);
      const [left, right] = [code(expression.left), code(expression.right)];
      const operator = binaryCode[word];
      if (operator !== undefined) return `(${left}${operator}${right})`;
      return word === "power" ? `Math.pow(${left},${right})` : `f.binary.${word}(${left},${right})`;
    }
    case "many": {
      const word = known(manyCode, expression.of);
      const { join, empty } = manyCode[word];
      const all = expression.arguments.map(code);
      if (all.length === 0) return empty;
      if (word === "minimum") return `Math.min(${all.join(join)})`;
      if (word === "maximum") return `Math.max(${all.join(join)})`;
      if (word === "add" || word === "multiply") return `(${all.join(join)})`;
      return `(${all.map((one) => `(${one}!==0)`).join(join)}?1:0)`;
    }
    case "draw": {
      const word = known(distributionWords, expression.of);
      return `f.draw("${word}",[${expression.arguments.map(code).join(",")}],r)`;
    }
    case "compare": {
      const operator = comparisonCode[known(comparisonCode, expression.of)];
      const all = expression.arguments.map(code);
      const pairs = all.slice(1).map((one, at) => `${all[at]}${operator}${one}`);
      return pairs.length === 0 ? "1" : `(${pairs.join("&&")}?1:0)`;
    }
    case "piecewise": {
      const otherwise = expression.otherwise === null ? "(0/0)" : code(expression.otherwise);
      return expression.pieces.reduceRight(
        (rest, { value, when }) => `(${code(when)}!==0?${code(value)}:${rest})`,
        otherwise,
      );
    }
    default:
      throw new BioXenError("INPUT_INVALID", "an expression is of no known kind");
  }
}

const distributionWords = {
  uniform: 0,
  normal: 0,
  logNormal: 0,
  exponential: 0,
  gamma: 0,
  poisson: 0,
  cauchy: 0,
  chiSquare: 0,
  laplace: 0,
  rayleigh: 0,
  binomial: 0,
  bernoulli: 0,
};

/** The word itself, where the table has it as its own: what a file holds is compared, never copied. */
function known<Word extends string>(table: Readonly<Record<Word, unknown>>, word: Word): Word {
  const found = (Object.keys(table) as Word[]).find((one) => one === word);
  if (found === undefined) throw new BioXenError("INPUT_INVALID", "an expression uses a function that there is not");
  return found;
}

/** A function from generated code over the words `x`, `t`, `r` and `f`. */
export function compiled(expression: Expression): Evaluator {
  const body = `return (x,t,r)=>${codeOf(expression, (index) => `x[${index}]`)};`;
  return new Function("f", body)(codeFunctions) as Evaluator;
}
