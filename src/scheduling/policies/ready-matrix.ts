import { freedBy, Placement } from "../placement.ts";
import type { Plan } from "../plan.ts";
import type { Problem } from "../problem.ts";

/**
 * Min-Min and Max-Min: of all tasks that are ready, each with the device where it would end first, the one that ends
 * first (or last) is placed; then the others are asked anew.
 */
export function planByReadyMatrix(problem: Problem, isBetter: (end: number, than: number) => boolean): Plan {
  const { tasks, devices, parentStart } = problem;
  const placement = new Placement(problem);
  const waiting = Uint32Array.from(
    { length: tasks },
    (_, task) => (parentStart[task + 1] ?? 0) - (parentStart[task] ?? 0),
  );
  const readyAt = new Float64Array(tasks * devices);
  const start = new Float64Array(tasks * devices);
  const best = new Uint32Array(tasks);
  let ready: number[] = [];
  const endOf = (task: number, device: number): number =>
    (start[task * devices + device] ?? 0) + placement.duration(task, device);
  // what was placed on each device so far, and how much of it each start has seen: starts only ever move on
  const placedOn = new Uint32Array(devices);
  const seen = new Uint32Array(tasks * devices);
  const choose = (task: number): void => {
    let least = Number.POSITIVE_INFINITY;
    for (let device = 0; device < devices; device++) {
      const cell = task * devices + device;
      if (seen[cell] !== placedOn[device]) {
        start[cell] = placement.startFrom(readyAt[cell] ?? 0, task, device);
        seen[cell] = placedOn[device] ?? 0;
      }
      const end = endOf(task, device);
      if (end < least) [best[task], least] = [device, end];
    }
  };
  const admit = (task: number): void => {
    for (let device = 0; device < devices; device++) {
      const cell = task * devices + device;
      readyAt[cell] = placement.readyAt(task, device);
      start[cell] = placement.startFrom(readyAt[cell] ?? 0, task, device);
      seen[cell] = placedOn[device] ?? 0;
    }
    choose(task);
    ready.push(task);
  };
  for (let task = 0; task < tasks; task++) if (waiting[task] === 0) admit(task);
  while (ready.length > 0) {
    let [chosen, chosenEnd] = [-1, 0];
    for (const task of ready) {
      const end = endOf(task, best[task] ?? 0);
      const isSame = end === chosenEnd && task < chosen;
      if (chosen < 0 || isBetter(end, chosenEnd) || isSame) [chosen, chosenEnd] = [task, end];
    }
    const device = best[chosen] ?? 0;
    placement.place(chosen, device, start[chosen * devices + device] ?? 0);
    ready = ready.filter((task) => task !== chosen);
    placedOn[device] = (placedOn[device] ?? 0) + 1;
    // to all others this device was no better before, and it has become no better
    for (const task of ready) if (best[task] === device) choose(task);
    for (const task of freedBy(problem, chosen, waiting)) admit(task);
  }
  return placement.plan();
}
