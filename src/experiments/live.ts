import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type AnyWorkload,
  BioXenError,
  type Dispatched,
  type Joules,
  type Seconds,
  seededRandom,
} from "../contract/index.ts";
import type { TaskGraph } from "../scheduling/index.ts";
import type { Experiment, LiveMapping } from "./experiment-file.ts";
import { nameOf } from "./rows.ts";

/** Name of the file that live runs are written to. */
export const liveName = "live.jsonl";

/** What runs a batch of workloads on devices that are there: `BioAcceleratorManager` does. */
export interface LiveRunner {
  readonly workloads: readonly AnyWorkload[];
  readonly schedule: (
    jobs: readonly { readonly workload: AnyWorkload; readonly input: unknown; readonly after: readonly number[] }[],
    options: {
      readonly policy: string;
      readonly parameters: Readonly<Record<string, number>>;
      readonly seed: number;
      readonly signal?: AbortSignal;
    },
  ) => Promise<{
    readonly plan: { readonly makespan: Seconds };
    readonly results: readonly Dispatched<unknown>[];
    readonly ran: readonly { readonly device: string; readonly start: Seconds; readonly end: Seconds }[];
    readonly makespan: Seconds;
  }>;
}

/** One line of `live.jsonl`: a workflow by one policy, as real workloads on this host. */
export interface LiveRow {
  readonly workflow: string;
  readonly policy: string;
  readonly parameters: Readonly<Record<string, number>>;
  readonly repeat: number;
  /** Why the policy cannot place work here: it reads watts that nobody measured, or a trace; null where it ran. */
  readonly refused: string | null;
  /** Of the plan, from predicted costs. */
  readonly planned: Seconds | null;
  readonly makespan: Seconds | null;
  /** Sum over tasks; null unless every one was metered. */
  readonly joules: Joules | null;
  readonly tasks: readonly {
    readonly task: string;
    readonly workload: string;
    readonly device: string;
    readonly start: Seconds;
    readonly end: Seconds;
    readonly predicted: Seconds;
    readonly measured: Seconds;
  }[];
}

/** The workloads that an experiment's tasks are run as. @throws BioXenError `INPUT_INVALID` for a task that names none. */
export function liveWorkloads({ problems, live }: Experiment): readonly string[] {
  return [...new Set(problems.flatMap(({ graph }) => graph.tasks.map((_, at) => partOf(graph, at, live).id)))];
}

/**
 * Runs every workflow of an experiment by each of its policies, as real workloads: those that the tasks name, or the one that
 * the experiment maps runtimes to. The platforms are left aside: this host is one. What is measured differs every time.
 * @throws BioXenError `INPUT_INVALID` for a task that is no workload, `WORKLOAD_UNKNOWN`, and as a run does.
 */
export async function* runLive(
  experiment: Experiment,
  runner: LiveRunner,
  signal?: AbortSignal,
): AsyncGenerator<LiveRow, void, void> {
  const graphs = [...new Set(experiment.problems.map(({ graph }) => graph))];
  const batches = graphs.map((graph) => ({ graph, jobs: jobsOf(graph, experiment.live, runner) }));
  for (const { graph, jobs } of batches)
    for (const { policy, given } of experiment.contestants)
      for (let repeat = 0; repeat < experiment.repeats; repeat++) {
        const about = { workflow: graph.name, policy: policy.id, parameters: given, repeat };
        const options = { policy: policy.id, parameters: given, seed: experiment.seeds[0] ?? 0 };
        const run = runner.schedule(jobs, signal === undefined ? options : { ...options, signal });
        const batch = await run.catch((error: unknown) => {
          // by name of its policy: what is wrong with an input was found before
          if (error instanceof BioXenError && error.code === "INPUT_INVALID") return error.message;
          throw error;
        });
        if (typeof batch === "string")
          yield { ...about, refused: batch, planned: null, makespan: null, joules: null, tasks: [] };
        else {
          const joules = batch.results.map(({ measured }) => measured.joules);
          yield {
            ...about,
            refused: null,
            planned: batch.plan.makespan,
            makespan: batch.makespan,
            joules: joules.includes(null) ? null : joules.reduce<number>((sum, one) => sum + (one ?? 0), 0),
            tasks: batch.results.map(({ predicted, measured }, at) => ({
              task: graph.tasks[at]?.id ?? "",
              workload: jobs[at]?.workload.id ?? "",
              device: batch.ran[at]?.device ?? "",
              start: batch.ran[at]?.start ?? 0,
              end: batch.ran[at]?.end ?? 0,
              predicted: predicted.seconds,
              measured: measured.seconds,
            })),
          };
        }
      }
}

/** What live runs left in a folder; empty where there were none. @throws BioXenError `FORMAT_INVALID`. */
export async function readLive(folder: string): Promise<readonly LiveRow[]> {
  const file = join(folder, liveName);
  const text = await readFile(file, "utf8").catch(() => "");
  try {
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as LiveRow);
  } catch (cause) {
    throw new BioXenError("FORMAT_INVALID", `${file}: a line that is no JSON`, { context: { file }, cause });
  }
}

/** A row in a line for people. */
export function liveLine(row: LiveRow): string {
  const name = `${row.workflow} by ${nameOf(row)}`;
  if (row.makespan === null) return `${name}: not run: ${row.refused}`;
  const devices = [...new Set(row.tasks.map(({ device }) => device))].sort().join(", ");
  return `${name}: ${row.makespan.toPrecision(3)} s, planned ${row.planned?.toPrecision(3)} s, on ${devices}`;
}

function jobsOf(graph: TaskGraph, live: LiveMapping | null, { workloads }: LiveRunner) {
  const parents = graph.tasks.map((): number[] => []);
  for (const { from, to } of graph.edges) parents[to]?.push(from);
  return graph.tasks.map((_, at) => {
    const { id, size, seed } = partOf(graph, at, live);
    const workload = workloads.find((one) => one.id === id);
    if (workload === undefined)
      throw new BioXenError(
        "WORKLOAD_UNKNOWN",
        `${graph.name}: task ${graph.tasks[at]?.id} names no workload of ours: ${id}`,
      );
    return { workload, input: workload.generate(size, seededRandom(seed)) as unknown, after: parents[at] ?? [] };
  });
}

function partOf(
  graph: TaskGraph,
  at: number,
  live: LiveMapping | null,
): { readonly id: string; readonly size: number; readonly seed: number } {
  const task = graph.tasks[at];
  if (task?.workload !== undefined) {
    const { id, size, seed = at } = task.workload;
    return { id, size, seed };
  }
  if (live === null || task === undefined || task.runtime === null)
    throw new BioXenError(
      "INPUT_INVALID",
      `${graph.name}: task ${task?.id} names no workload, and the experiment has no live: to map its runtime`,
      {
        context: { workflow: graph.name },
      },
    );
  return { id: live.workload, size: Math.max(1, Math.round(task.runtime * live.unitsPerSecond)), seed: at };
}
