// The oracle's method: Dormand & Prince, J. Comput. Appl. Math. 6:19, 1980, doi 10.1016/0771-050X(80)90013-3, with everything interpreted.
import { interpreted, networkFunctions, noRandom, type ReactionNetwork } from "../../network/index.ts";
import { type StepMethod, staysUnset } from "./solve.ts";
import { statesOf } from "./states.ts";

const nodes = [0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1];
const stages = [
  [],
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
];
const errors = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40];

/** The explicit method of order 5 with an error estimate of order 4. */
export function dormandPrince(network: ReactionNetwork): StepMethod {
  const functions = networkFunctions(network, interpreted, false);
  const states = statesOf(network);
  const placeOf = new Map(Array.from(states, (value, at) => [value, at]));
  const rules = network.rateRules.map(({ value, of }) => ({ place: placeOf.get(value) ?? 0, speed: interpreted(of) }));
  const slopes = (values: Float64Array, time: number): Float64Array => {
    const all = new Float64Array(states.length);
    for (const [reaction, { changes }] of network.reactions.entries()) {
      const rate = functions.rates[reaction]?.(values, time, noRandom) ?? Number.NaN;
      for (const [value, amount] of changes) {
        const place = placeOf.get(value);
        if (place !== undefined) all[place] = (all[place] ?? 0) + amount * rate;
      }
    }
    for (const { place, speed } of rules) all[place] = (all[place] ?? 0) + speed(values, time, noRandom);
    return all;
  };
  return {
    network,
    functions,
    order: 5,
    states,
    slopes,
    attempt: (values, time, step, next, { relative, absolute }) => {
      const all: Float64Array[] = [];
      for (const [stage, weights] of stages.entries()) {
        next.set(values);
        for (const [at, state] of states.entries())
          next[state] = weights.reduce(
            (x, weight, one) => x + step * weight * (all[one]?.[at] ?? 0),
            values[state] ?? 0,
          );
        const now = time + step * (nodes[stage] ?? 0);
        functions.assign(next, now);
        all.push(slopes(next, now));
      }
      // the last stage is the answer itself
      let largest = 0;
      for (const [at, state] of states.entries()) {
        if (staysUnset(values[state] ?? 0, all[0]?.[at] ?? 0)) continue;
        const error = step * errors.reduce((sum, weight, one) => sum + weight * (all[one]?.[at] ?? 0), 0);
        const size = Math.max(Math.abs(values[state] ?? 0), Math.abs(next[state] ?? 0));
        largest = Math.max(largest, Math.abs(error) / (absolute + relative * size));
      }
      return largest;
    },
  };
}
