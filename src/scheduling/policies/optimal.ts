import { BioXenError } from "../../contract/index.ts";
import { Placement } from "../placement.ts";
import { makespanOf, type Plan } from "../plan.ts";
import { numberOf, type Policy, type PolicyParameters } from "../policy.ts";
import { type Problem, transferSeconds } from "../problem.ts";
import { cpop } from "./cpop.ts";
import { heft } from "./heft.ts";
import { maxMin } from "./max-min.ts";
import { mct } from "./mct.ts";
import { minMin } from "./min-min.ts";
import { peft } from "./peft.ts";

/** The note of a plan that no other is shorter than. */
export const optimumProved = "optimum, proved";

/** Lower bounds reckoned in one slice of the search: some milliseconds. */
const sliced = 1000;

/**
 * The shortest makespan, by branch and bound: no task runs twice, each device runs one at a time, all in the nominal state.
 * Every such schedule can be moved together to one in which tasks start in the order in which they are placed, each behind
 * the last one of its device; only those are searched.
 */
export const optimal: Policy = {
  id: "optimal",
  summary: "the shortest makespan, proved, for small graphs",
  source: "branch and bound after Land and Doig 1960, doi:10.2307/1910129",
  parameters: {
    "most-tasks": { default: 16, least: 1, about: "larger graphs are refused" },
    nodes: { default: 2e7, least: 1, about: "partial schedules looked at before the search gives up" },
  },
  plan: (problem, parameters) => {
    const search = searchFor(problem, parameters);
    for (;;) {
      const { done, value } = search.next();
      if (done === true) return value;
    }
  },
  slices: searchFor,
};

function searchFor(problem: Problem, parameters: PolicyParameters): Generator<void, Plan, void> {
  const most = numberOf(parameters, "most-tasks");
  if (problem.tasks > most)
    throw new BioXenError(
      "INPUT_INVALID",
      `${problem.graph.name}: ${problem.tasks} tasks are more than the ${most} that optimal takes (parameter most-tasks)`,
      { context: { workflow: problem.graph.name, tasks: problem.tasks } },
    );
  return new Search(problem, numberOf(parameters, "nodes")).run();
}

/** A task put on a device, and what no schedule that goes on from there is shorter than. */
interface Branch {
  readonly task: number;
  readonly device: number;
  readonly start: number;
  readonly end: number;
  readonly bound: number;
}

/** A partial schedule, with the ways on from it. */
interface Node {
  readonly branches: readonly Branch[];
  next: number;
  /** The way that the search is on, if any. */
  tried: Branch | null;
  /** When its device was free before. */
  freeBefore: number;
}

class Search {
  readonly #problem: Problem;
  readonly #mostNodes: number;
  #nodes = 0;
  #sinceSlice = 0;
  #best: Plan;
  #bestMakespan: number;
  readonly #device: Int32Array;
  readonly #start: Float64Array;
  readonly #end: Float64Array;
  readonly #free: Float64Array;
  readonly #waiting: Uint32Array;
  readonly #placed: number[] = [];
  /** Earliest ends by task and device, of what is not placed yet. */
  readonly #bound: Float64Array;
  readonly #leastSeconds: Float64Array;

  constructor(problem: Problem, mostNodes: number) {
    const { tasks, devices, power, seconds, parentStart } = problem;
    this.#problem = problem;
    this.#mostNodes = mostNodes;
    this.#device = new Int32Array(tasks).fill(-1);
    this.#start = new Float64Array(tasks);
    this.#end = new Float64Array(tasks);
    this.#free = Float64Array.from(power, ({ wakeSeconds }) => wakeSeconds);
    this.#waiting = Uint32Array.from(
      { length: tasks },
      (_, task) => (parentStart[task + 1] ?? 0) - (parentStart[task] ?? 0),
    );
    this.#bound = new Float64Array(tasks * devices);
    this.#leastSeconds = Float64Array.from({ length: tasks }, (_, task) =>
      Math.min(...seconds.subarray(task * devices, (task + 1) * devices)),
    );
    const [first, ...others] = [heft, peft, cpop, minMin, maxMin, mct].map((policy) => policy.plan(problem, {}, 0));
    if (first === undefined) throw new Error("no policy to start from");
    this.#best = others.reduce((best, plan) => (makespanOf(plan) < makespanOf(best) ? plan : best), first);
    this.#bestMakespan = makespanOf(this.#best);
  }

  *run(): Generator<void, Plan, void> {
    const { tasks } = this.#problem;
    // a stack of its own, and no recursion: the search can then be left at any node and taken up again
    const open: Node[] = [this.#branchesAt(0)];
    for (let node = open.at(-1); node !== undefined; node = open.at(-1)) {
      if (node.tried !== null) this.#undo(node.tried, node.freeBefore);
      const branch = node.branches[node.next++] ?? null;
      node.tried = null;
      if (branch === null || branch.bound >= this.#bestMakespan) {
        open.pop();
        continue;
      }
      if (++this.#nodes >= this.#mostNodes) break;
      const { task, device, start, end } = branch;
      node.tried = branch;
      node.freeBefore = this.#put(task, device, start, end);
      this.#step(task, -1);
      if (this.#placed.length === tasks) this.#keep();
      else open.push(this.#branchesAt(start));
      if (this.#sinceSlice < sliced) continue;
      this.#sinceSlice = 0;
      yield;
    }
    const isProved = this.#nodes < this.#mostNodes;
    return {
      ...this.#best,
      note: isProved ? optimumProved : `not proved: ${this.#mostNodes} partial schedules looked at`,
    };
  }

  /** What may be placed next, at `latest` or after, the most promising first. */
  #branchesAt(latest: number): Node {
    const { tasks, devices } = this.#problem;
    const branches: Branch[] = [];
    for (let task = 0; task < tasks; task++) {
      if (this.#device[task] !== -1 || this.#waiting[task] !== 0) continue;
      for (let device = 0; device < devices; device++) {
        const start = Math.max(this.#free[device] ?? 0, this.#arrival(task, device));
        const end = start + (this.#problem.seconds[task * devices + device] ?? 0);
        if (start < latest || end >= this.#bestMakespan || this.#isMirrored(task, device, start)) continue;
        const before = this.#put(task, device, start, end);
        const bound = this.#lowerBound(start);
        this.#sinceSlice++;
        this.#take(task, device, before);
        if (bound < this.#bestMakespan) branches.push({ task, device, start, end, bound });
      }
    }
    branches.sort((a, b) => a.bound - b.bound || a.end - b.end);
    return { branches, next: 0, tried: null, freeBefore: 0 };
  }

  #undo({ task, device }: Branch, freeBefore: number): void {
    this.#step(task, 1);
    this.#take(task, device, freeBefore);
  }

  /** Whether the same schedule comes up with this task placed before the last one. */
  #isMirrored(task: number, device: number, start: number): boolean {
    const last = this.#placed.at(-1);
    if (last === undefined || task > last || this.#start[last] !== start || this.#device[last] === device) return false;
    const { parentStart, parentEdges, from } = this.#problem;
    for (let at = parentStart[task] ?? 0; at < (parentStart[task + 1] ?? 0); at++)
      if (from[parentEdges[at] ?? 0] === last) return false;
    return true;
  }

  /** Gives when the device was free before, for `#take`. */
  #put(task: number, device: number, start: number, end: number): number {
    const before = this.#free[device] ?? 0;
    this.#device[task] = device;
    this.#start[task] = start;
    this.#end[task] = end;
    this.#free[device] = end;
    this.#placed.push(task);
    return before;
  }

  #take(task: number, device: number, before: number): void {
    this.#device[task] = -1;
    this.#free[device] = before;
    this.#placed.pop();
  }

  #step(task: number, by: number): void {
    const { childStart, childEdges, to } = this.#problem;
    for (let at = childStart[task] ?? 0; at < (childStart[task + 1] ?? 0); at++) {
      const child = to[childEdges[at] ?? 0] ?? 0;
      this.#waiting[child] = (this.#waiting[child] ?? 0) + by;
    }
  }

  #arrival(task: number, device: number): number {
    const problem = this.#problem;
    let ready = 0;
    for (let at = problem.parentStart[task] ?? 0; at < (problem.parentStart[task + 1] ?? 0); at++) {
      const edge = problem.parentEdges[at] ?? 0;
      const parent = problem.from[edge] ?? 0;
      const comes = (this.#end[parent] ?? 0) + transferSeconds(problem, edge, this.#device[parent] ?? 0, device);
      if (comes > ready) ready = comes;
    }
    return ready;
  }

  /** No schedule that goes on from here, all further starts at `latest` or after, is shorter. */
  #lowerBound(latest: number): number {
    const problem = this.#problem;
    const { devices, order, seconds, parentStart, parentEdges, from } = problem;
    const bound = this.#bound;
    let longest = 0;
    let load = 0;
    for (const free of this.#free) {
      load += Math.max(free, latest);
      if (free > longest) longest = free;
    }
    for (const task of order) {
      if (this.#device[task] !== -1) continue;
      load += this.#leastSeconds[task] ?? 0;
      let first = Number.POSITIVE_INFINITY;
      for (let device = 0; device < devices; device++) {
        let ready = Math.max(this.#free[device] ?? 0, latest);
        for (let at = parentStart[task] ?? 0; at < (parentStart[task + 1] ?? 0); at++) {
          const edge = parentEdges[at] ?? 0;
          const parent = from[edge] ?? 0;
          const where = this.#device[parent] ?? -1;
          let comes = Number.POSITIVE_INFINITY;
          if (where !== -1) comes = (this.#end[parent] ?? 0) + transferSeconds(problem, edge, where, device);
          else
            for (let source = 0; source < devices; source++)
              comes = Math.min(
                comes,
                (bound[parent * devices + source] ?? 0) + transferSeconds(problem, edge, source, device),
              );
          if (comes > ready) ready = comes;
        }
        const end = ready + (seconds[task * devices + device] ?? 0);
        bound[task * devices + device] = end;
        if (end < first) first = end;
      }
      if (first > longest) longest = first;
    }
    return Math.max(longest, load / devices);
  }

  #keep(): void {
    const problem = this.#problem;
    const placement = new Placement(problem);
    for (const task of this.#placed) placement.place(task, this.#device[task] ?? 0, this.#start[task] ?? 0);
    this.#best = placement.plan();
    this.#bestMakespan = makespanOf(this.#best);
  }
}
