import { BioXenError, type Bytes, type Seconds } from "../contract/index.ts";
import { ReadyQueue } from "./ready-queue.ts";

/** One task of a workflow. */
export interface GraphTask {
  readonly id: string;
  /** On a device of speed 1; null where the cost table says all. */
  readonly runtime: Seconds | null;
  /** Seconds by device, in place of runtime / speed: in the platform's order, or by device id; null where it cannot run. */
  readonly costs?: readonly (Seconds | null)[] | Readonly<Record<string, Seconds | null>> | undefined;
  /** What it needs on its device; 0 where it is not known. */
  readonly memory?: Bytes | undefined;
  /** What runs where the workflow is run for real; `size` in the workload's units. */
  readonly workload?: TaskWorkload | undefined;
}

export interface TaskWorkload {
  readonly id: string;
  readonly size: number;
  readonly seed?: number | undefined;
}

/** That one task needs another, and what it costs when they run on different devices. */
export interface GraphEdge {
  /** Indices of tasks. */
  readonly from: number;
  readonly to: number;
  /** What travels, over the link between the two devices. */
  readonly bytes: Bytes;
  /** A cost whatever the link, beside that of the bytes. */
  readonly seconds: Seconds;
}

/** Tasks and which of them need which: what is scheduled. */
export interface TaskGraph {
  readonly name: string;
  readonly tasks: readonly GraphTask[];
  readonly edges: readonly GraphEdge[];
}

/**
 * Task indices, parents before children, always the lowest index that is free.
 * @throws BioXenError `INPUT_INVALID` that names the tasks of a cycle.
 */
export function topologicalOrder({ name, tasks, edges }: TaskGraph): Uint32Array {
  const waiting = new Uint32Array(tasks.length);
  const children: number[][] = tasks.map(() => []);
  for (const { from, to } of edges) {
    waiting[to] = (waiting[to] ?? 0) + 1;
    children[from]?.push(to);
  }
  const order = new Uint32Array(tasks.length);
  const free = new ReadyQueue(new Float64Array(tasks.length));
  for (const [task, count] of waiting.entries()) if (count === 0) free.push(task);
  let done = 0;
  for (let task = free.pop(); task !== null; task = free.pop()) {
    order[done++] = task;
    for (const child of children[task] ?? []) {
      const left = (waiting[child] ?? 0) - 1;
      waiting[child] = left;
      if (left === 0) free.push(child);
    }
  }
  if (done < tasks.length) throw cyclic(name, tasks, edges, waiting);
  return order;
}

function cyclic(
  name: string,
  tasks: readonly GraphTask[],
  edges: readonly GraphEdge[],
  waiting: Uint32Array,
): BioXenError {
  // every task still waiting has a parent that is, too: walking up must come round
  const parentOf = new Map<number, number>();
  for (const { from, to } of edges) if ((waiting[from] ?? 0) > 0 && (waiting[to] ?? 0) > 0) parentOf.set(to, from);
  const seen: number[] = [];
  let at = waiting.findIndex((count) => count > 0);
  while (!seen.includes(at)) {
    seen.push(at);
    at = parentOf.get(at) ?? at;
  }
  const cycle = [...seen.slice(seen.indexOf(at)), at].reverse().map((task) => tasks[task]?.id ?? "");
  const shown = cycle.length > 7 ? [...cycle.slice(0, 6), "...", cycle.at(-1) ?? ""] : cycle;
  return new BioXenError("INPUT_INVALID", `${name}: its tasks form a cycle: ${shown.join(" -> ")}`, {
    context: { workflow: name },
  });
}
