import type { StochasticState } from "./input.ts";

/**
 * The same trajectories at a given time, their next waiting times drawn afresh: for callers who change values between
 * runs, where a waiting time that was drawn before the change would count twice. For networks without rate rules.
 */
export function restarted(state: StochasticState, time: number): StochasticState {
  return { ...state, times: state.times.map(() => time), draws: state.draws.map((draws) => draws + 1) };
}
