import { z } from "zod";
import type { BioXenError } from "../contract/index.ts";
import type { TaskGraph } from "../scheduling/index.ts";
import { fileChunks } from "./file-chunks.ts";
import { formatError, quoteId } from "./format-error.ts";
import { utf8Text } from "./utf8-text.ts";
import { taskGraphOfWfFormat } from "./wf-format.ts";

const seconds = z.number().nonnegative();
const word = z.string().min(1);

/** The project's own form of a workflow; `src/scheduling/README.md` describes it. */
const document = z.strictObject({
  $schema: z.string().optional(),
  format: z.literal("bioxen-dag"),
  name: word.optional(),
  note: z.string().optional(),
  tasks: z.array(
    z.strictObject({
      id: word,
      runtime: seconds.optional(),
      costs: z.union([z.array(seconds.nullable()), z.record(word, seconds.nullable())]).optional(),
      memory: z.number().nonnegative().optional(),
      workload: z
        .strictObject({ id: word, size: z.number().positive(), seed: z.int().nonnegative().optional() })
        .optional(),
    }),
  ),
  edges: z
    .array(
      z.strictObject({
        from: word,
        to: word,
        bytes: z.number().nonnegative().optional(),
        seconds: seconds.optional(),
      }),
    )
    .optional(),
});

/**
 * Reads a workflow, plain or gzip: a WfCommons trace (WfFormat 1.5, see `parseTaskGraph`) or the project's own JSON:
 * `{ "format": "bioxen-dag", "tasks": [{ "id", "runtime" | "costs", "memory", "workload" }], "edges": [{ "from", "to",
 * "bytes", "seconds" }] }`, where `costs` are seconds by device (null where a task cannot run) and an edge's `seconds` are paid between any two
 * different devices.
 * @throws BioXenError `FORMAT_INVALID` for a file that cannot be read, and as `parseTaskGraph`.
 */
export async function readTaskGraph(path: string): Promise<TaskGraph> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of fileChunks(path)) chunks.push(chunk);
  return parseTaskGraph(Buffer.concat(chunks), path);
}

/**
 * A workflow from the bytes or the text of its file; the two forms are told apart by their keys.
 * @param name What errors call the input.
 * @throws BioXenError `FORMAT_INVALID` that says where and what was expected: references to nothing, ids that come twice,
 *   runtimes that are missing or negative, files without a size. A cycle is found when the graph is put on a platform.
 */
export function parseTaskGraph(bytes: string | Uint8Array, name = "(workflow)"): TaskGraph {
  const text = typeof bytes === "string" ? bytes : utf8Text(bytes, name);
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw formatError({ file: name, line: null }, `no JSON document (${problem})`, "a workflow", cause);
  }
  if (typeof content === "object" && content !== null && "workflow" in content)
    return taskGraphOfWfFormat(content, name);
  return ownGraph(content, name);
}

function ownGraph(content: unknown, file: string): TaskGraph {
  const complain = (found: string, expected: string): BioXenError => formatError({ file, line: null }, found, expected);
  const read = document.safeParse(content);
  if (!read.success) {
    const [first] = read.error.issues;
    throw complain(`${first?.path.join(".") ?? ""}: ${first?.message ?? ""}`, "a workflow: WfFormat 1.5 or bioxen-dag");
  }
  const { name = file, tasks, edges = [] } = read.data;
  const index = new Map<string, number>();
  for (const [at, { id, runtime, costs }] of tasks.entries()) {
    if (index.has(id)) throw complain(`a second task ${quoteId(id)}`, "ids that come once each");
    if (runtime === undefined && costs === undefined)
      throw complain(`task ${quoteId(id)} without a runtime`, "runtime, or costs by device");
    index.set(id, at);
  }
  const seen = new Set<string>();
  return {
    name,
    tasks: tasks.map(({ runtime, ...task }) => ({ ...task, runtime: runtime ?? null })),
    edges: edges.map(({ from, to, bytes = 0, seconds: fixed = 0 }) => {
      const [source, target] = [index.get(from), index.get(to)];
      if (source === undefined || target === undefined)
        throw complain(`an edge from ${quoteId(from)} to ${quoteId(to)}`, "ids of tasks");
      const key = `${source} ${target}`;
      if (seen.has(key)) throw complain(`a second edge from ${quoteId(from)} to ${quoteId(to)}`, "one edge a pair");
      seen.add(key);
      return { from: source, to: target, bytes, seconds: fixed };
    }),
  };
}

/** The JSON Schema of the project's own form of a workflow. */
export function taskGraphJsonSchema(): object {
  return z.toJSONSchema(document);
}
