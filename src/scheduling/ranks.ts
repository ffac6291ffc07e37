import type { Problem } from "./problem.ts";

/**
 * Upward rank (Topcuoglu et al. 2002, doi:10.1109/71.993206, eq. 6): the mean cost of a task and of the longest way from
 * it to an exit, mean transfers included.
 */
export function upwardRank(problem: Problem): Float64Array {
  const { order, tasks, childStart, childEdges, to, meanSeconds, meanTransfer } = problem;
  const rank = new Float64Array(tasks);
  for (let step = tasks - 1; step >= 0; step--) {
    const task = order[step] ?? 0;
    let longest = 0;
    for (let at = childStart[task] ?? 0; at < (childStart[task + 1] ?? 0); at++) {
      const edge = childEdges[at] ?? 0;
      const way = (meanTransfer[edge] ?? 0) + (rank[to[edge] ?? 0] ?? 0);
      if (way > longest) longest = way;
    }
    rank[task] = (meanSeconds[task] ?? 0) + longest;
  }
  return rank;
}

/** Downward rank (eq. 8 there): the longest way from an entry to the task, without the task itself. */
export function downwardRank(problem: Problem): Float64Array {
  const { order, tasks, parentStart, parentEdges, from, meanSeconds, meanTransfer } = problem;
  const rank = new Float64Array(tasks);
  for (const task of order) {
    let longest = 0;
    for (let at = parentStart[task] ?? 0; at < (parentStart[task + 1] ?? 0); at++) {
      const edge = parentEdges[at] ?? 0;
      const parent = from[edge] ?? 0;
      const way = (rank[parent] ?? 0) + (meanSeconds[parent] ?? 0) + (meanTransfer[edge] ?? 0);
      if (way > longest) longest = way;
    }
    rank[task] = longest;
  }
  return rank;
}

/**
 * Optimistic cost table (Arabnejad and Barbosa 2014, doi:10.1109/TPDS.2013.57, eq. 4), tasks x devices: the longest way
 * from a task to an exit, each task on it where the rest is shortest; 0 for an exit.
 */
export function optimisticCosts(problem: Problem): Float64Array {
  const { order, tasks, devices, seconds, childStart, childEdges, to, meanTransfer } = problem;
  const table = new Float64Array(tasks * devices);
  for (let step = tasks - 1; step >= 0; step--) {
    const task = order[step] ?? 0;
    for (let at = childStart[task] ?? 0; at < (childStart[task + 1] ?? 0); at++) {
      const edge = childEdges[at] ?? 0;
      const child = to[edge] ?? 0;
      const transfer = meanTransfer[edge] ?? 0;
      let elsewhere = Number.POSITIVE_INFINITY;
      for (let device = 0; device < devices; device++) {
        const cell = child * devices + device;
        elsewhere = Math.min(elsewhere, (table[cell] ?? 0) + (seconds[cell] ?? 0) + transfer);
      }
      for (let device = 0; device < devices; device++) {
        const cell = child * devices + device;
        const way = Math.min(elsewhere, (table[cell] ?? 0) + (seconds[cell] ?? 0));
        const own = task * devices + device;
        if (way > (table[own] ?? 0)) table[own] = way;
      }
    }
  }
  return table;
}
