import type { Seconds } from "../../contract/index.ts";
import type { Plan } from "../plan.ts";
import { type Problem, transferSeconds } from "../problem.ts";
import { simulate } from "../simulate.ts";

/** Picks one of the states that end in time, given as numbers; the one that runs now is always among them. */
export type StateChoice = (task: number, device: number, inTime: readonly number[]) => number;

/** A plan with other states, its devices and sequences kept, each task as early as it can be. */
export function inStates(problem: Problem, plan: Plan, state: Uint8Array): Plan {
  const { start, end } = simulate(problem, { ...plan, state });
  return { ...plan, state, start, end };
}

/** Each device's states, the fastest first; of equally fast ones the lower number. */
export function statesBySpeed({ power }: Problem): readonly (readonly number[])[] {
  return power.map(({ slowdown }) =>
    slowdown.map((_, state) => state).sort((a, b) => (slowdown[a] ?? 1) - (slowdown[b] ?? 1) || a - b),
  );
}

/**
 * Gives each task, in the order of running, the state that `choose` wants of those in which everything behind it still
 * ends by the deadline.
 */
export function slowDown(problem: Problem, plan: Plan, deadline: Seconds, choose: StateChoice): Plan {
  const { tasks, devices, seconds, power, childStart, childEdges, parentStart, parentEdges, from, to } = problem;
  const order = runningOrder(problem, plan);
  const state = plan.state.slice();
  const duration = (task: number, inState: number): Seconds => {
    const device = plan.device[task] ?? 0;
    const nominal = seconds[task * devices + device] ?? 0;
    return inState === 0 ? nominal : nominal * (power[device]?.slowdown[inState] ?? 1);
  };
  const behind = new Int32Array(tasks).fill(-1);
  for (const sequence of plan.sequence)
    for (let at = 0; at + 1 < sequence.length; at++) behind[sequence[at] ?? 0] = sequence[at + 1] ?? -1;
  const latestStart = new Float64Array(tasks);
  const latestEnd = new Float64Array(tasks).fill(deadline);
  for (let step = tasks - 1; step >= 0; step--) {
    const task = order[step] ?? 0;
    const next = behind[task] ?? -1;
    let latest = next >= 0 ? Math.min(deadline, latestStart[next] ?? 0) : deadline;
    for (let at = childStart[task] ?? 0; at < (childStart[task + 1] ?? 0); at++) {
      const edge = childEdges[at] ?? 0;
      const child = to[edge] ?? 0;
      const travels = transferSeconds(problem, edge, plan.device[task] ?? 0, plan.device[child] ?? 0);
      latest = Math.min(latest, (latestStart[child] ?? 0) - travels);
    }
    latestEnd[task] = latest;
    latestStart[task] = latest - duration(task, state[task] ?? 0);
  }
  const free = Float64Array.from(power, ({ wakeSeconds }) => wakeSeconds);
  const ends = new Float64Array(tasks);
  for (const task of order) {
    const device = plan.device[task] ?? 0;
    let start = Math.max(free[device] ?? 0, plan.notBefore[task] ?? 0);
    for (let at = parentStart[task] ?? 0; at < (parentStart[task + 1] ?? 0); at++) {
      const edge = parentEdges[at] ?? 0;
      const parent = from[edge] ?? 0;
      start = Math.max(start, (ends[parent] ?? 0) + transferSeconds(problem, edge, plan.device[parent] ?? 0, device));
    }
    const own = state[task] ?? 0;
    const inTime = (power[device]?.slowdown ?? [1])
      .map((_, one) => one)
      .filter((one) => one === own || start + duration(task, one) <= (latestEnd[task] ?? 0));
    state[task] = choose(task, device, inTime);
    ends[task] = start + duration(task, state[task] ?? 0);
    free[device] = ends[task] ?? 0;
  }
  return inStates(problem, plan, state);
}

/** Tasks in an order that keeps both the precedence and every device's sequence. */
function runningOrder({ tasks, childStart, childEdges, parentStart, to }: Problem, plan: Plan): Uint32Array {
  const waiting = Uint32Array.from(
    { length: tasks },
    (_, task) => (parentStart[task + 1] ?? 0) - (parentStart[task] ?? 0),
  );
  const next = plan.sequence.map(() => 0);
  const order = new Uint32Array(tasks);
  let done = 0;
  const open = plan.sequence.map((_, device) => device);
  for (let device = open.pop(); device !== undefined; device = open.pop()) {
    const sequence = plan.sequence[device] ?? [];
    for (let task = sequence[next[device] ?? 0]; task !== undefined && waiting[task] === 0; ) {
      order[done++] = task;
      next[device] = (next[device] ?? 0) + 1;
      for (let at = childStart[task] ?? 0; at < (childStart[task + 1] ?? 0); at++) {
        const child = to[childEdges[at] ?? 0] ?? 0;
        waiting[child] = (waiting[child] ?? 0) - 1;
        if (waiting[child] === 0) open.push(plan.device[child] ?? 0);
      }
      task = sequence[next[device] ?? 0];
    }
  }
  return order;
}
