import { BioXenError, type Seconds } from "../contract/index.ts";
import type { Link, Platform, PlatformDevice, PowerState } from "../profile/index.ts";
import { type GraphTask, type TaskGraph, topologicalOrder } from "./task-graph.ts";

/** One device as the simulator charges it: every default filled in. */
export interface DevicePower {
  readonly idle: number;
  readonly context: number;
  /** Busy watts by state; the first is the device's own. */
  readonly busy: readonly number[];
  /** What the nominal time of a task is multiplied by in each state; the first is 1. */
  readonly slowdown: readonly number[];
  readonly stateIds: readonly string[];
  readonly wakeSeconds: Seconds;
  readonly wakeJoules: number;
  readonly wakeAfter: Seconds;
}

/**
 * A task graph on a platform in typed arrays: what policies read. Tables of tasks by devices lie row by row, one row a
 * task; edges are numbered, and listed by the task that they leave and by the one that they enter.
 */
export interface Problem {
  readonly graph: TaskGraph;
  readonly platform: Platform;
  readonly tasks: number;
  readonly devices: number;
  /** Parents first, always the lowest index that is free. */
  readonly order: Uint32Array;
  /** tasks x devices, in the nominal state; Infinity where a task cannot run. */
  readonly seconds: Float64Array;
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  readonly bytes: Float64Array;
  readonly edgeSeconds: Float64Array;
  /** Edges that leave task t: `childEdges[childStart[t] .. childStart[t + 1])`, in the graph's order. */
  readonly childStart: Uint32Array;
  readonly childEdges: Uint32Array;
  readonly parentStart: Uint32Array;
  readonly parentEdges: Uint32Array;
  /** devices x devices, of the link from one to the other. */
  readonly bandwidth: Float64Array;
  readonly latency: Float64Array;
  readonly linkWatts: Float64Array;
  readonly power: readonly DevicePower[];
  /** Mean over the devices that can run a task. */
  readonly meanSeconds: Float64Array;
  /** By edge: mean over the ordered pairs of different devices. */
  readonly meanTransfer: Float64Array;
}

/**
 * Puts a graph on a platform.
 * @throws BioXenError `INPUT_INVALID` for a cycle, a runtime that is missing, negative or not finite, a cost table that
 *   does not fit the platform's devices, an edge to nothing, and a task that no device has the memory for.
 */
export function schedulingProblem(graph: TaskGraph, platform: Platform): Problem {
  const { tasks, edges } = graph;
  const { devices } = platform;
  const refuse = (message: string): never => {
    throw new BioXenError("INPUT_INVALID", `${graph.name}: ${message}`, { context: { workflow: graph.name } });
  };
  if (tasks.length === 0) refuse("a workflow without tasks");
  const ids = new Set<string>();
  for (const { id } of tasks) {
    if (ids.has(id)) refuse(`two tasks are called ${id}`);
    ids.add(id);
  }
  for (const edge of edges) {
    if (tasks[edge.from] === undefined || tasks[edge.to] === undefined) refuse("an edge from or to no task");
    if (!(edge.bytes >= 0 && edge.seconds >= 0 && Number.isFinite(edge.bytes + edge.seconds)))
      refuse(`the edge from ${tasks[edge.from]?.id} to ${tasks[edge.to]?.id} has no cost of 0 or more`);
  }
  const order = topologicalOrder(graph);
  const seconds = new Float64Array(tasks.length * devices.length);
  for (const [at, task] of tasks.entries()) {
    const costs = costsOf(task, devices, refuse);
    seconds.set(costs, at * devices.length);
    if (costs.every((cost) => cost === Number.POSITIVE_INFINITY))
      refuse(
        `no device of ${platform.id} can run task ${task.id}${task.memory === undefined ? "" : `, which needs ${task.memory} bytes of memory`}`,
      );
  }
  const links = linksOf(platform);
  const [childStart, childEdges] = grouped(
    edges.map(({ from }) => from),
    tasks.length,
  );
  const [parentStart, parentEdges] = grouped(
    edges.map(({ to }) => to),
    tasks.length,
  );
  return {
    graph,
    platform,
    tasks: tasks.length,
    devices: devices.length,
    order,
    seconds,
    from: Uint32Array.from(edges, (edge) => edge.from),
    to: Uint32Array.from(edges, (edge) => edge.to),
    bytes: Float64Array.from(edges, (edge) => edge.bytes),
    edgeSeconds: Float64Array.from(edges, (edge) => edge.seconds),
    childStart,
    childEdges,
    parentStart,
    parentEdges,
    ...links,
    power: devices.map(powerOf),
    meanSeconds: meansOf(seconds, tasks.length, devices.length),
    meanTransfer: meanTransfers(graph, links, devices.length),
  };
}

function costsOf(
  task: GraphTask,
  devices: readonly PlatformDevice[],
  refuse: (message: string) => never,
): readonly Seconds[] {
  const { id, costs, runtime, memory = 0 } = task;
  if (!(memory >= 0)) refuse(`task ${id} needs ${memory} bytes of memory`);
  const table = costs === undefined ? null : tableOf(id, costs, devices, refuse);
  return devices.map((device, at) => {
    const nominal = table === null ? runtimeOf(id, runtime, refuse) / device.speed : table[at];
    if (nominal === null) return Number.POSITIVE_INFINITY;
    if (nominal === undefined || !(nominal >= 0 && nominal < Number.POSITIVE_INFINITY))
      return refuse(`task ${id} has the cost ${nominal} on ${device.id}, expected 0 seconds or more`);
    return memory > (device.memory ?? Number.POSITIVE_INFINITY) ? Number.POSITIVE_INFINITY : nominal;
  });
}

function runtimeOf(id: string, runtime: Seconds | null, refuse: (message: string) => never): Seconds {
  if (runtime === null) return refuse(`task ${id} has neither a runtime nor costs`);
  if (!(runtime >= 0 && Number.isFinite(runtime)))
    refuse(`task ${id} has the runtime ${runtime}, expected 0 seconds or more`);
  return runtime;
}

function tableOf(
  id: string,
  costs: NonNullable<GraphTask["costs"]>,
  devices: readonly PlatformDevice[],
  refuse: (message: string) => never,
): readonly (Seconds | null)[] {
  if (isList(costs)) {
    if (costs.length !== devices.length)
      refuse(`task ${id} has costs for ${costs.length} devices, the platform has ${devices.length}`);
    return costs;
  }
  for (const named of Object.keys(costs))
    if (!devices.some((device) => device.id === named)) refuse(`task ${id} has a cost on the unknown device ${named}`);
  return devices.map((device) => {
    const cost = costs[device.id];
    return cost === undefined ? refuse(`task ${id} has no cost on device ${device.id}`) : cost;
  });
}

function isList(costs: NonNullable<GraphTask["costs"]>): costs is readonly (Seconds | null)[] {
  return Array.isArray(costs);
}

function powerOf(device: PlatformDevice): DevicePower {
  const { speed, watts, wake = {}, states = [] } = device;
  const all: readonly PowerState[] = [{ id: "nominal", speed, watts: watts.busy }, ...states];
  return {
    idle: watts.idle,
    context: watts.context ?? 0,
    busy: all.map((state) => state.watts),
    slowdown: all.map((state) => speed / state.speed),
    stateIds: all.map(({ id }) => id),
    wakeSeconds: wake.seconds ?? 0,
    wakeJoules: wake.joules ?? 0,
    wakeAfter: wake.after ?? Number.POSITIVE_INFINITY,
  };
}

function linksOf({ devices, links }: Platform): Pick<Problem, "bandwidth" | "latency" | "linkWatts"> {
  const count = devices.length;
  const table = (of: (link: Link) => number): Float64Array => {
    const values = new Float64Array(count * count).fill(of(links.default));
    for (const link of links.between ?? []) {
      const at = (end: string): number => devices.findIndex(({ id }) => id === end);
      values[at(link.from) * count + at(link.to)] = of(link);
    }
    return values;
  };
  return {
    bandwidth: table(({ bandwidth }) => bandwidth),
    latency: table(({ latency = 0 }) => latency),
    linkWatts: table(({ watts = 0 }) => watts),
  };
}

/** Indices grouped by key: where each group starts, and its members in their order. */
function grouped(keys: readonly number[], groups: number): [Uint32Array, Uint32Array] {
  const start = new Uint32Array(groups + 1);
  for (const key of keys) start[key + 1] = (start[key + 1] ?? 0) + 1;
  for (let group = 0; group < groups; group++) start[group + 1] = (start[group + 1] ?? 0) + (start[group] ?? 0);
  const next = start.slice();
  const members = new Uint32Array(keys.length);
  for (const [at, key] of keys.entries()) {
    const place = next[key] ?? 0;
    members[place] = at;
    next[key] = place + 1;
  }
  return [start, members];
}

function meansOf(seconds: Float64Array, tasks: number, devices: number): Float64Array {
  return Float64Array.from({ length: tasks }, (_, task) => {
    let [sum, count] = [0, 0];
    for (const cost of seconds.subarray(task * devices, (task + 1) * devices)) {
      if (cost === Number.POSITIVE_INFINITY) continue;
      sum += cost;
      count++;
    }
    return sum / count;
  });
}

function meanTransfers(
  { edges }: TaskGraph,
  { bandwidth, latency }: Pick<Problem, "bandwidth" | "latency">,
  devices: number,
): Float64Array {
  let [slowness, wait, pairs] = [0, 0, 0];
  const rates = new Set<number>();
  for (let from = 0; from < devices; from++)
    for (let to = 0; to < devices; to++) {
      if (from === to) continue;
      const rate = bandwidth[from * devices + to] ?? Number.NaN;
      rates.add(rate);
      slowness += 1 / rate;
      wait += latency[from * devices + to] ?? 0;
      pairs++;
    }
  // one bandwidth for all divides as the transfers themselves do, to the last bit
  const [only] = rates;
  const travel = (bytes: number): number =>
    rates.size === 1 && only !== undefined ? bytes / only : (bytes * slowness) / pairs;
  return Float64Array.from(edges, ({ bytes, seconds }) =>
    pairs === 0 ? 0 : bytes > 0 ? seconds + (wait / pairs + travel(bytes)) : seconds,
  );
}

/** How long an edge's transfer takes between two devices; 0 on one and the same. */
export function transferSeconds(problem: Problem, edge: number, from: number, to: number): Seconds {
  if (from === to) return 0;
  const { bytes, edgeSeconds, bandwidth, latency, devices } = problem;
  const fixed = edgeSeconds[edge] ?? 0;
  const sent = bytes[edge] ?? 0;
  if (sent === 0) return fixed;
  const pair = from * devices + to;
  return fixed + ((latency[pair] ?? 0) + sent / (bandwidth[pair] ?? Number.NaN));
}
