import { indexCode, type Place } from "./generate-code.ts";

type Reactants = readonly (readonly [value: number, order: number])[];

/**
 * A mass-action rate. Stochastic: the constant times the number of distinct combinations of molecules. Continuous: powers in
 * the place of falling factorials. Multiplied from left to right, divided by each order's factorial; generated code
 * (`massActionCode`) does the same, bit by bit.
 */
export function massAction(constant: number, reactants: Reactants, values: Float64Array, stochastic: boolean): number {
  let rate = constant;
  for (const [value, order] of reactants) {
    const x = values[value] ?? Number.NaN;
    let factorial = 1;
    for (let taken = 0; taken < order; taken++) {
      rate *= stochastic ? x - taken : x;
      factorial *= taken + 1;
    }
    if (factorial > 1) rate /= factorial;
  }
  return rate;
}

/** JavaScript for `massAction`. */
export function massActionCode(constant: number, reactants: Reactants, place: Place, stochastic: boolean): string {
  let code = place(Number(indexCode(constant)));
  for (const [value, order] of reactants) {
    const x = place(Number(indexCode(value)));
    let factorial = 1;
    for (let taken = 0; taken < Number(indexCode(order)); taken++) {
      code += stochastic && taken > 0 ? `*(${x}-${taken})` : `*${x}`;
      factorial *= taken + 1;
    }
    if (factorial > 1) code += `/${factorial}`;
  }
  return `(${code})`;
}
