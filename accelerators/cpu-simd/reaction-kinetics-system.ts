import { codeFunctions, codeOf, type Expression, type ReactionNetwork, readsOf } from "../../src/network/index.ts";
import { equationsOf } from "../../src/workloads/reaction-kinetics/equations.ts";
import type { Pattern } from "../../src/workloads/reaction-kinetics/sparse-factors.ts";

type Generated = (values: Float64Array, time: number, out: Float64Array) => void;

/** A network as a system of differential equations, in generated code. */
export interface KineticSystem {
  /** Numbers of the values that move, in the order of elimination. */
  readonly states: Int32Array;
  readonly pattern: Pattern;
  /** Adds to `out` what each state changes by in a unit of time. */
  readonly addSlopes: Generated;
  /** Takes the derivatives of those by the states from `out`, which is laid out along the pattern. */
  readonly subtractJacobian: Generated;
  /** Adds their derivatives by the time; null where there are none. */
  readonly addTimeSlopes: Generated | null;
  /** Brings assigned values up to date. */
  readonly assign: (values: Float64Array, time: number) => void;
}

/** Statements of one generated function: an engine leaves much longer ones to its interpreter. */
const mostTerms = 120;

/** Generates the equations of a network, from numbers only. */
export function kineticSystem(network: ReactionNetwork): KineticSystem {
  const { states, pattern, terms, entry } = equationsOf(network);
  const slopes = terms.map(({ rate, moves }) =>
    blockOf([rate], ([v]) => moves.map(([place, amount]) => addition(place, amount, v ?? ""))),
  );
  const jacobian = terms.map(({ partials, moves }) =>
    blockOf(
      partials.map(({ of }) => of),
      (names) =>
        partials.flatMap(({ by }, at) =>
          moves.map(([place, amount]) => addition(entry(place, by), -amount, names[at] ?? "")),
        ),
    ),
  );
  const timeSlopes = terms.flatMap(({ inTime, moves }) =>
    inTime === null
      ? []
      : [blockOf([inTime], ([v]) => moves.map(([place, amount]) => addition(place, amount, v ?? "")))],
  );
  return {
    states,
    pattern,
    addSlopes: generated(slopes),
    subtractJacobian: generated(jacobian),
    addTimeSlopes: timeSlopes.length === 0 ? null : generated(timeSlopes),
    assign: generated(
      network.assignments.map(({ value, of }) => `x[${value}]=${codeOf(of, (one) => `x[${one}]`)};`),
    ) as (values: Float64Array, time: number) => void,
  };
}

function addition(place: number, amount: number, name: string): string {
  if (amount === 1) return `o[${place}]+=${name};`;
  return amount === -1 ? `o[${place}]-=${name};` : `o[${place}]+=(${amount})*${name};`;
}

/** A block that reads each value once, computes the expressions and only then writes: stores would make the engine read again. */
function blockOf(expressions: readonly Expression[], write: (names: readonly string[]) => readonly string[]): string {
  const read = new Set(expressions.flatMap((expression) => [...readsOf(expression).values]));
  const reads = [...read].map((index) => `x${index}=x[${index}]`);
  const names = expressions.map((_, at) => `d${at}`);
  const computed = expressions.map((expression, at) => `d${at}=${codeOf(expression, (index) => `x${index}`)}`);
  const constants = [...reads, ...computed];
  return `{${constants.length > 0 ? `const ${constants.join(",")};` : ""}${write(names).join("")}}`;
}

/** Statements over `x` (values), `t` (time) and `o` (out) as functions of a digestible length, called one after the other. */
function generated(statements: readonly string[]): Generated {
  const functions: Generated[] = [];
  for (let from = 0; from < statements.length; from += mostTerms) {
    const body = statements.slice(from, from + mostTerms).join("\n");
    functions.push(new Function("f", `const r=()=>NaN;return (x,t,o)=>{${body}}`)(codeFunctions) as Generated);
  }
  const [only] = functions;
  if (functions.length === 1 && only !== undefined) return only;
  return (values, time, out) => {
    for (const one of functions) one(values, time, out);
  };
}
