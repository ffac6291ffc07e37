import { compiled, networkFunctions, type ReactionNetwork } from "../../src/network/index.ts";
import { type StepMethod, staysUnset } from "../../src/workloads/reaction-kinetics/solve.ts";
import { factorsOf } from "../../src/workloads/reaction-kinetics/sparse-factors.ts";
import { kineticSystem } from "./reaction-kinetics-system.ts";

// RODAS4: E. Hairer, G. Wanner, Solving Ordinary Differential Equations II, 2nd ed. 1996, IV.7 and the code rodas.f (METH = 1).
const gamma = 0.25;
const nodes = [0, 0.386, 0.21, 0.63, 1, 1];
const timeWeights = [0.25, -0.1043, 0.1035, -0.0362, 0, 0];
const weights = [
  [],
  [1.544],
  [0.9466785280815826, 0.2557011698983284],
  [3.314825187068521, 2.896124015972201, 0.9986419139977817],
  [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.687886036105895],
  [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.687886036105895, 1],
];
const couplings = [
  [],
  [-5.6688],
  [-2.430093356833875, -0.2063599157091915],
  [-0.1073529058151375, -9.594562251023355, -20.47028614809616],
  [7.496443313967647, -10.24680431464352, -33.99990352819905, 11.7089089320616],
  [8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136, -6.058818238834054],
];

/**
 * The stiffly accurate Rosenbrock method of order 4 with an embedded one of order 3: six stages, one factorization a step. Gives a
 * state of its own to whoever calls: one thread, one item at a time.
 */
export function rodas(network: ReactionNetwork): StepMethod {
  const system = kineticSystem(network);
  const { states, pattern, addSlopes, subtractJacobian, addTimeSlopes, assign } = system;
  const size = states.length;
  const { factorize, solve } = factorsOf(pattern);
  const matrix = new Float64Array(pattern.columns.length);
  // the derivatives belong to a point, and a step that was too long is tried again from the same
  const jacobian = new Float64Array(pattern.columns.length);
  const start = new Float64Array(size);
  const startSlopes = new Float64Array(size);
  const timeSlopes = new Float64Array(size);
  const slopes = new Float64Array(size);
  const stages = nodes.map(() => new Float64Array(size));
  let knownAt = Number.NaN;
  const known = new Float64Array(network.values);

  const isKnown = (values: Float64Array, time: number): boolean => {
    if (time !== knownAt) return false;
    for (let at = 0; at < known.length; at++) if (values[at] !== known[at]) return false;
    return true;
  };
  const linearize = (values: Float64Array, time: number): void => {
    startSlopes.fill(0);
    addSlopes(values, time, startSlopes);
    jacobian.fill(0);
    subtractJacobian(values, time, jacobian);
    timeSlopes.fill(0);
    addTimeSlopes?.(values, time, timeSlopes);
    // where a rate has no slope (a root at 0), none is the better guess: the error of the step says whether it will do
    for (const slopes of [jacobian, timeSlopes])
      for (let at = 0; at < slopes.length; at++) if (!Number.isFinite(slopes[at])) slopes[at] = 0;
    known.set(values);
    knownAt = time;
  };

  return {
    network,
    functions: { ...networkFunctions(network, compiled, false), assign },
    order: 4,
    states,
    slopes: (values, time) => {
      slopes.fill(0);
      addSlopes(values, time, slopes);
      return slopes;
    },
    attempt: (values, time, step, next, { relative, absolute }) => {
      if (!isKnown(values, time)) linearize(values, time);
      matrix.set(jacobian);
      const added = 1 / (gamma * step);
      for (let at = 0; at < size; at++) {
        const place = pattern.diagonal[at] as number;
        matrix[place] = (matrix[place] as number) + added;
        start[at] = values[states[at] as number] as number;
      }
      if (!factorize(matrix)) return Number.NaN;
      next.set(values);
      for (let stage = 0; stage < 6; stage++) {
        const own = stages[stage] as Float64Array;
        if (stage === 0) own.set(startSlopes);
        else {
          const by = weights[stage] as readonly number[];
          const now = time + (nodes[stage] as number) * step;
          for (let at = 0; at < size; at++) {
            let x = start[at] as number;
            for (let one = 0; one < by.length; one++)
              x += (by[one] as number) * ((stages[one] as Float64Array)[at] as number);
            next[states[at] as number] = x;
          }
          assign(next, now);
          own.fill(0);
          addSlopes(next, now, own);
          const coupled = couplings[stage] as readonly number[];
          for (let at = 0; at < size; at++) {
            let sum = 0;
            for (let one = 0; one < coupled.length; one++)
              sum += (coupled[one] as number) * ((stages[one] as Float64Array)[at] as number);
            own[at] = (own[at] as number) + sum / step;
          }
        }
        const inTime = (timeWeights[stage] as number) * step;
        if (addTimeSlopes !== null && inTime !== 0)
          for (let at = 0; at < size; at++) own[at] = (own[at] as number) + inTime * (timeSlopes[at] as number);
        solve(matrix, own);
      }
      // stiffly accurate: the last argument and the last stage are the answer, that stage its error
      const last = stages[5] as Float64Array;
      let sum = 0;
      for (let at = 0; at < size; at++) {
        const state = states[at] as number;
        if (staysUnset(start[at] as number, startSlopes[at] as number)) {
          next[state] = start[at] as number;
          continue;
        }
        const error = last[at] as number;
        const x = (next[state] as number) + error;
        next[state] = x;
        const scaled = error / (absolute + relative * Math.max(Math.abs(start[at] as number), Math.abs(x)));
        sum += scaled * scaled;
      }
      assign(next, time + step);
      return size === 0 ? 0 : Math.sqrt(sum / size);
    },
  };
}
