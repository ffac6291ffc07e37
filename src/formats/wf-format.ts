import { z } from "zod";
import type { GraphEdge, GraphTask, TaskGraph } from "../scheduling/index.ts";
import { formatError, quoteId } from "./format-error.ts";

const version = "1.5";
const word = z.string().min(1);
const list = z.array(word).optional();

const document = z.object({
  name: z.string().optional(),
  schemaVersion: z.literal(version, `expected "${version}"`),
  workflow: z.object({
    specification: z.object({
      tasks: z.array(
        z.object({
          id: word,
          parents: list.nullable(),
          children: list.nullable(),
          inputFiles: list.nullable(),
          outputFiles: list.nullable(),
        }),
      ),
      files: z.array(z.object({ id: word, sizeInBytes: z.number().nonnegative() })).optional(),
    }),
    execution: z
      .object({
        tasks: z.array(
          z.object({
            id: word,
            runtimeInSeconds: z.number().nonnegative(),
            memoryInBytes: z.number().nonnegative().optional(),
          }),
        ),
      })
      .optional(),
  }),
});

type Document = z.infer<typeof document>;
type Specified = Document["workflow"]["specification"]["tasks"][number];

/**
 * The tasks of a WfCommons trace (WfFormat 1.5) with the runtimes of its execution. An edge is what `parents` or
 * `children` say; what it carries are the files that the parent writes and the child reads, each counted once.
 * @throws BioXenError `FORMAT_INVALID` with the file and the place in it: also for ids that come twice, references to no
 *   task or file, a task without a runtime, a negative runtime or size.
 */
export function taskGraphOfWfFormat(content: unknown, file: string): TaskGraph {
  const read = document.safeParse(content);
  if (!read.success) {
    const [first] = read.error.issues;
    throw formatError({ file, line: null }, `${first?.path.join(".") ?? ""}: ${first?.message ?? ""}`, "WfFormat 1.5");
  }
  const { name = file, workflow } = read.data;
  const { tasks, files = [] } = workflow.specification;
  const complain = (found: string, expected: string) => formatError({ file, line: null }, found, expected);
  const sizes = new Map<string, number>();
  for (const { id, sizeInBytes } of files) {
    const before = sizes.get(id);
    if (before !== undefined && before !== sizeInBytes)
      throw complain(`two sizes of file ${quoteId(id)}`, "one size a file");
    sizes.set(id, sizeInBytes);
  }
  const index = new Map<string, number>();
  for (const [at, { id }] of tasks.entries()) {
    if (index.has(id)) throw complain(`a second task ${quoteId(id)}`, "ids that come once each");
    index.set(id, at);
  }
  const runs = new Map<string, NonNullable<Document["workflow"]["execution"]>["tasks"][number]>();
  for (const run of workflow.execution?.tasks ?? []) {
    const before = runs.get(run.id);
    if (before !== undefined && before.runtimeInSeconds !== run.runtimeInSeconds)
      throw complain(`two runtimes of task ${quoteId(run.id)}`, "one runtime a task");
    runs.set(run.id, run);
  }
  const written = tasks.map(({ id, outputFiles }) => filesOf(id, outputFiles));
  const readBy = tasks.map(({ id, inputFiles }) => filesOf(id, inputFiles));
  function filesOf(id: string, names: readonly string[] | null | undefined): ReadonlySet<string> {
    for (const one of names ?? [])
      if (!sizes.has(one))
        throw complain(`task ${quoteId(id)} with the unknown file ${quoteId(one)}`, "a file of the list");
    return new Set(names ?? []);
  }
  return {
    name,
    tasks: tasks.map(({ id }): GraphTask => {
      const run = runs.get(id);
      if (run === undefined)
        throw complain(`task ${quoteId(id)} without a runtime`, "runtimeInSeconds in the execution of every task");
      return {
        id,
        runtime: run.runtimeInSeconds,
        ...(run.memoryInBytes === undefined ? {} : { memory: run.memoryInBytes }),
      };
    }),
    edges: pairsOf(tasks, index, complain).map(([from, to]): GraphEdge => {
      let bytes = 0;
      for (const one of readBy[to] ?? []) if (written[from]?.has(one)) bytes += sizes.get(one) ?? 0;
      return { from, to, bytes, seconds: 0 };
    }),
  };
}

/** Every edge once, by the child's index, then the parent's. */
function pairsOf(
  tasks: readonly Specified[],
  index: ReadonlyMap<string, number>,
  complain: (found: string, expected: string) => Error,
): [number, number][] {
  const parents = tasks.map(() => new Set<number>());
  const indexOf = (id: string, whose: string, role: string): number => {
    const found = index.get(id);
    if (found === undefined)
      throw complain(`task ${quoteId(whose)} with the unknown ${role} ${quoteId(id)}`, "a task's id");
    return found;
  };
  for (const [at, task] of tasks.entries()) {
    for (const id of task.parents ?? []) parents[at]?.add(indexOf(id, task.id, "parent"));
    for (const id of task.children ?? []) parents[indexOf(id, task.id, "child")]?.add(at);
  }
  return parents.flatMap((of, to) => [...of].sort((a, b) => a - b).map((from): [number, number] => [from, to]));
}
