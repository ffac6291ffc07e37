import type { Platform } from "bioxen";

/** A WfFormat 1.5 file as far as scheduling reads it. */
export interface Trace {
  readonly workflow: {
    readonly specification: {
      readonly tasks: readonly {
        readonly id: string;
        readonly parents?: readonly string[];
        readonly children?: readonly string[];
        readonly inputFiles?: readonly string[];
        readonly outputFiles?: readonly string[];
      }[];
      readonly files?: readonly { readonly id: string; readonly sizeInBytes: number }[];
    };
    readonly execution: { readonly tasks: readonly { readonly id: string; readonly runtimeInSeconds: number }[] };
  };
}

export interface PlainTask {
  readonly id: string;
  readonly device: string;
  readonly start: number;
  readonly end: number;
}

/** What the published algorithms see: tasks by number, seconds by processor, seconds by edge. */
interface Application {
  readonly w: readonly (readonly number[])[];
  readonly parents: readonly (readonly number[])[];
  readonly children: readonly (readonly number[])[];
  /** Between two processors; 0 on one and the same. */
  readonly c: (parent: number, child: number, p: number, q: number) => number;
  /** Its mean over all pairs of different processors. */
  readonly meanC: (parent: number, child: number) => number;
  /** When each processor can run its first task. */
  readonly opens: readonly number[];
}

/**
 * The list schedulers as their papers tell them, from the two files themselves, by lists and scans: slow, and sharing no
 * line with the package. Ties go to the lower index.
 */
export const plainSchedulers: Readonly<Record<string, (trace: Trace, platform: Platform) => readonly PlainTask[]>> = {
  heft: byList((application) => {
    const rank = upward(application);
    return { priority: rank, place: (course, task) => course.whereItEndsFirst(task) };
  }),
  cpop: byList((application) => {
    const [up, down] = [upward(application), downward(application)];
    const priority = up.map((one, task) => one + (down[task] ?? Number.NaN));
    const path = criticalPath(application, priority);
    const sums = application.opens.map((_, p) => path.reduce((sum, task) => sum + at(at(application.w, task), p), 0));
    const processor = sums.indexOf(Math.min(...sums));
    return {
      priority,
      place: (course, task) => (path.includes(task) ? processor : course.whereItEndsFirst(task)),
    };
  }),
  peft: byList((application) => {
    const table = optimisticCostTable(application);
    return {
      priority: table.map(mean),
      place: (course, task) => {
        const sums = application.opens.map((_, p) => course.eft(task, p) + at(at(table, task), p));
        return sums.indexOf(Math.min(...sums));
      },
    };
  }),
  mct: byList(({ w }) => ({ priority: w.map(() => 0), place: (course, task) => course.whereItEndsFirst(task) })),
  "min-min": byCompletion((ends) => Math.min(...ends)),
  "max-min": byCompletion((ends) => Math.max(...ends)),
};

/** List scheduling: of the tasks whose parents are placed, the one of the highest priority is placed next. */
function byList(
  prepare: (application: Application) => {
    priority: readonly number[];
    place: (course: Course, task: number) => number;
  },
) {
  return (trace: Trace, platform: Platform): readonly PlainTask[] => {
    const application = applicationOf(trace, platform);
    const { priority, place } = prepare(application);
    const course = new Course(application);
    for (let ready = course.ready(); ready.length > 0; ready = course.ready()) {
      const highest = Math.max(...ready.map((task) => at(priority, task)));
      const task = ready.find((one) => priority[one] === highest) ?? Number.NaN;
      course.put(task, place(course, task));
    }
    return course.told(trace, platform);
  };
}

/** Min-Min and Max-Min: of the ready tasks the one whose least completion time is the least, or the greatest. */
function byCompletion(pick: (ends: readonly number[]) => number) {
  return (trace: Trace, platform: Platform): readonly PlainTask[] => {
    const application = applicationOf(trace, platform);
    const course = new Course(application);
    for (let ready = course.ready(); ready.length > 0; ready = course.ready()) {
      const places = ready.map((task) => course.whereItEndsFirst(task));
      const ends = ready.map((task, which) => course.eft(task, at(places, which)));
      const which = ends.indexOf(pick(ends));
      course.put(at(ready, which), at(places, which));
    }
    return course.told(trace, platform);
  };
}

function applicationOf({ workflow }: Trace, { devices, links }: Platform): Application {
  const { tasks, files = [] } = workflow.specification;
  const number = new Map(tasks.map(({ id }, task) => [id, task]));
  const runtime = new Map(workflow.execution.tasks.map(({ id, runtimeInSeconds }) => [id, runtimeInSeconds]));
  const size = new Map(files.map(({ id, sizeInBytes }) => [id, sizeInBytes]));
  const isEdge = (from: number, to: number): boolean =>
    (tasks[to]?.parents ?? []).includes(tasks[from]?.id ?? "") ||
    (tasks[from]?.children ?? []).includes(tasks[to]?.id ?? "");
  const all = tasks.map((_, task) => task);
  const related = new Map<number, Set<number>>();
  for (const [task, { parents = [], children = [] }] of tasks.entries())
    related.set(task, new Set([...parents, ...children].map((id) => number.get(id) ?? Number.NaN)));
  for (const [task, others] of [...related]) for (const other of others) related.get(other)?.add(task);
  const near = (task: number): number[] => [...(related.get(task) ?? [])].sort((a, b) => a - b);
  const bytes = (from: number, to: number): number => {
    const sent = new Set(tasks[from]?.outputFiles);
    return [...new Set(tasks[to]?.inputFiles)].reduce((sum, id) => sum + (sent.has(id) ? (size.get(id) ?? NaN) : 0), 0);
  };
  const link = (p: number, q: number): { bandwidth: number; latency?: number | undefined } =>
    links.between?.find(({ from, to }) => from === devices[p]?.id && to === devices[q]?.id) ?? links.default;
  const c = (from: number, to: number, p: number, q: number): number => {
    const carried = bytes(from, to);
    const { bandwidth, latency = 0 } = link(p, q);
    return p === q || carried === 0 ? 0 : latency + carried / bandwidth;
  };
  const pairs = devices.flatMap((_, p) => devices.flatMap((_, q) => (p === q ? [] : [[p, q] as const])));
  const isEven = (links.between ?? []).length === 0;
  return {
    w: tasks.map(({ id }) => devices.map(({ speed }) => (runtime.get(id) ?? Number.NaN) / speed)),
    parents: all.map((task) => near(task).filter((other) => isEdge(other, task))),
    children: all.map((task) => near(task).filter((other) => isEdge(task, other))),
    c,
    // between equal links the mean is any one of them, and not their sum divided by their number, which may round
    meanC: (from, to) =>
      pairs.length === 0 ? 0 : isEven ? c(from, to, 0, 1) : mean(pairs.map(([p, q]) => c(from, to, p, q))),
    opens: devices.map(({ wake }) => wake?.seconds ?? 0),
  };
}

/** What is placed so far. */
class Course {
  readonly #application: Application;
  readonly #placed = new Map<number, { processor: number; start: number; end: number }>();

  constructor(application: Application) {
    this.#application = application;
  }

  ready(): number[] {
    const { parents } = this.#application;
    return [...parents.keys()].filter(
      (task) => !this.#placed.has(task) && at(parents, task).every((parent) => this.#placed.has(parent)),
    );
  }

  /** Earliest start: in the first gap behind the arrival of all that the task reads. */
  est(task: number, p: number): number {
    const { parents, c, opens, w } = this.#application;
    let start = at(opens, p);
    for (const parent of at(parents, task)) {
      const { processor = Number.NaN, end = Number.NaN } = this.#placed.get(parent) ?? {};
      start = Math.max(start, end + c(parent, task, processor, p));
    }
    const slots = [...this.#placed.values()].filter(({ processor }) => processor === p);
    for (const slot of slots.sort((a, b) => a.start - b.start || a.end - b.end)) {
      if (slot.end <= start) continue;
      if (start + at(at(w, task), p) <= slot.start) break;
      start = slot.end;
    }
    return start;
  }

  eft(task: number, p: number): number {
    return this.est(task, p) + at(at(this.#application.w, task), p);
  }

  whereItEndsFirst(task: number): number {
    const ends = this.#application.opens.map((_, p) => this.eft(task, p));
    return ends.indexOf(Math.min(...ends));
  }

  put(task: number, processor: number): void {
    this.#placed.set(task, { processor, start: this.est(task, processor), end: this.eft(task, processor) });
  }

  told({ workflow }: Trace, { devices }: Platform): PlainTask[] {
    return workflow.specification.tasks.map(({ id }, task) => {
      const { processor = Number.NaN, start = Number.NaN, end = Number.NaN } = this.#placed.get(task) ?? {};
      return { id, device: devices[processor]?.id ?? "", start, end };
    });
  }
}

/** Topcuoglu et al. 2002, equation 6. */
function upward({ w, children, meanC }: Application): number[] {
  return memo(w.length, (task, rank) => {
    const ways = at(children, task).map((child) => meanC(task, child) + rank(child));
    return mean(at(w, task)) + Math.max(0, ...ways);
  });
}

/** Topcuoglu et al. 2002, equation 8. */
function downward({ w, parents, meanC }: Application): number[] {
  return memo(w.length, (task, rank) =>
    Math.max(0, ...at(parents, task).map((parent) => rank(parent) + mean(at(w, parent)) + meanC(parent, task))),
  );
}

/** From the entry of the highest priority along children of that same priority, equal but for rounding. */
function criticalPath({ parents, children }: Application, priority: readonly number[]): number[] {
  const top = (tasks: readonly number[]): number | undefined => {
    const highest = Math.max(...tasks.map((task) => at(priority, task)));
    return tasks.find((task) => at(priority, task) >= highest * (1 - 1e-9));
  };
  const path: number[] = [];
  const entries = [...parents.keys()].filter((task) => at(parents, task).length === 0);
  for (let task = top(entries); task !== undefined; task = top(at(children, task))) path.push(task);
  return path;
}

/** Arabnejad and Barbosa 2014, equation 4. */
function optimisticCostTable({ w, children, meanC, opens }: Application): number[][] {
  return memo<number[]>(w.length, (task, row) =>
    opens.map((_, p) =>
      Math.max(
        0,
        ...at(children, task).map((child) =>
          Math.min(
            ...opens.map((_, q) => at(row(child), q) + at(at(w, child), q) + (p === q ? 0 : meanC(task, child))),
          ),
        ),
      ),
    ),
  );
}

/** A recursive definition, each value reckoned once. */
function memo<T>(count: number, define: (task: number, value: (task: number) => T) => T): T[] {
  const known = new Map<number, T>();
  const value = (task: number): T => {
    const before = known.get(task);
    if (before !== undefined) return before;
    const found = define(task, value);
    known.set(task, found);
    return found;
  };
  return Array.from({ length: count }, (_, task) => value(task));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length;
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error(`nothing at ${index}`);
  return found;
}
