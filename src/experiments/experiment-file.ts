import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { BioXenError } from "../contract/index.ts";
import { parseTaskGraph } from "../formats/index.ts";
import { type Platform, parsePlatform, platformFile } from "../profile/index.ts";
import {
  completeParameters,
  type Noise,
  type PolicyParameters,
  type SchedulingPolicy,
  type SchedulingProblem,
  schedulingPolicyNamed,
  schedulingProblem,
  type TaskGraph,
} from "../scheduling/index.ts";
import { type MetricId, metricIds } from "./metrics.ts";

/** An input of an experiment, as it was when the experiment was written. */
export interface ExperimentInput {
  /** As the experiment names it. */
  readonly path: string;
  readonly sha256: string;
}

/** One policy with one set of parameters. */
export interface Contestant {
  readonly policy: SchedulingPolicy;
  /** Those that the experiment sets. */
  readonly given: Readonly<Record<string, number>>;
  readonly parameters: PolicyParameters;
}

/** An experiment, read and checked: nothing in it can fail any more but a policy that finds no plan. */
export interface Experiment {
  readonly name: string;
  readonly file: string;
  /** Of the experiment file itself. */
  readonly sha256: string;
  readonly inputs: readonly ExperimentInput[];
  /** Every workflow on every platform, in the order of the file. */
  readonly problems: readonly SchedulingProblem[];
  readonly contestants: readonly Contestant[];
  readonly seeds: readonly number[];
  readonly repeats: number;
  readonly noise: Noise;
  readonly metrics: readonly MetricId[];
  /** How tasks that name no workload are run for real. */
  readonly live: LiveMapping | null;
}

export interface LiveMapping {
  readonly workload: string;
  /** Of the workload, for each second of a task's runtime. */
  readonly unitsPerSecond: number;
}

const sum = z.string().regex(/^[0-9a-f]{64}$/, "expected the SHA-256 of the file, 64 digits in lower case");
const input = z.strictObject({ path: z.string().min(1), sha256: sum });
const seed = z
  .int()
  .nonnegative()
  .max(2 ** 32 - 1);
const document = z
  .strictObject({
    format: z.literal(1),
    name: z.string().min(1),
    about: z.string().optional(),
    workflow: input.optional(),
    workflows: z.array(input).min(1).optional(),
    platform: input.optional(),
    platforms: z.array(input).min(1).optional(),
    policies: z
      .array(
        z.union([
          z.string(),
          z.strictObject({
            id: z.string(),
            parameters: z.record(z.string(), z.union([z.number(), z.array(z.number()).min(1)])).optional(),
          }),
        ]),
      )
      .min(1, "an experiment without policies"),
    seeds: z.array(seed).min(1).optional(),
    repeats: z.int().positive().optional(),
    noise: z
      .strictObject({ tasks: z.number().min(0).max(3).optional(), transfers: z.number().min(0).max(3).optional() })
      .optional(),
    metrics: z.array(z.enum(metricIds)).optional(),
    live: z.strictObject({ workload: z.string().min(1), unitsPerSecond: z.number().positive() }).optional(),
  })
  .refine(
    ({ workflow, workflows }) => (workflow === undefined) !== (workflows === undefined),
    "workflow: or workflows:, one of them",
  )
  .refine(
    ({ platform, platforms }) => (platform === undefined) !== (platforms === undefined),
    "platform: or platforms:, one of them",
  );

/**
 * Reads an experiment and everything it names, and checks all of it: paths are relative to the file, a platform may be a
 * shipped one's id. A parameter that is a list stands for one contestant a value.
 * @throws BioXenError `FORMAT_INVALID` for what is no experiment, workflow or platform; `INPUT_INVALID` for files whose
 *   hashes differ or that cannot be read, unknown policies and parameters, cyclic graphs, and tasks that fit no device.
 */
export async function readExperiment(file: string): Promise<Experiment> {
  const bytes = await bytesOf(file, file);
  const read = document.safeParse(await yamlOf(bytes, file));
  if (!read.success) {
    const [first] = read.error.issues;
    const path = first?.path.join(".") ?? "";
    throw new BioXenError("FORMAT_INVALID", `${file}: ${path === "" ? "" : `${path}: `}${first?.message ?? ""}`, {
      context: { file, path },
    });
  }
  const { data } = read;
  const workflows = data.workflows ?? (data.workflow === undefined ? [] : [data.workflow]);
  const platforms = data.platforms ?? (data.platform === undefined ? [] : [data.platform]);
  const here = dirname(file);
  const graphs: TaskGraph[] = [];
  for (const one of workflows) graphs.push(parseTaskGraph(await checkedInput(resolve(here, one.path), one), one.path));
  const machines: Platform[] = [];
  for (const one of platforms) {
    const path = /[/\\]|\.json$/.test(one.path) ? resolve(here, one.path) : platformFile(one.path);
    machines.push(parsePlatform((await checkedInput(path, one)).toString("utf8"), one.path));
  }
  const metrics = data.metrics ?? [];
  for (const machine of machines)
    if (metrics.includes("carbon") && machine.carbon === undefined)
      throw new BioXenError("INPUT_INVALID", `${file}: metric carbon, and platform ${machine.id} has no carbon trace`, {
        context: { file },
      });
  return {
    name: data.name,
    file,
    sha256: sha256(bytes),
    inputs: [...workflows, ...platforms],
    problems: graphs.flatMap((graph) => machines.map((machine) => schedulingProblem(graph, machine))),
    contestants: data.policies.flatMap((one) => contestantsOf(typeof one === "string" ? { id: one } : one)),
    seeds: data.seeds ?? [0],
    repeats: data.repeats ?? 1,
    noise: { tasks: data.noise?.tasks ?? 0, transfers: data.noise?.transfers ?? 0 },
    metrics,
    live: data.live ?? null,
  };
}

/** One contestant for every combination of listed values, the last list running fastest. */
function contestantsOf({
  id,
  parameters = {},
}: {
  id: string;
  parameters?: Record<string, number | number[]> | undefined;
}): Contestant[] {
  const policy = schedulingPolicyNamed(id);
  let sets: Record<string, number>[] = [{}];
  for (const [name, value] of Object.entries(parameters))
    sets = sets.flatMap((set) => [value].flat().map((one) => ({ ...set, [name]: one })));
  return sets.map((given) => ({ policy, given, parameters: completeParameters(policy, given) }));
}

async function checkedInput(path: string, { path: named, sha256: expected }: ExperimentInput): Promise<Buffer> {
  const bytes = await bytesOf(path, named);
  const found = sha256(bytes);
  if (found !== expected)
    throw new BioXenError("INPUT_INVALID", `${named}: its SHA-256 is ${found}, the experiment says ${expected}`, {
      context: { file: path },
    });
  return bytes;
}

async function bytesOf(path: string, named: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new BioXenError("INPUT_INVALID", `${named}: cannot be read: ${why}`, { context: { file: path }, cause });
  }
}

async function yamlOf(bytes: Buffer, file: string): Promise<unknown> {
  // loaded here: most commands read no YAML
  const { parse } = await import("yaml");
  try {
    return parse(bytes.toString("utf8"));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new BioXenError("FORMAT_INVALID", `${file}: ${why}`, { context: { file }, cause });
  }
}

export function sha256(of: string | Uint8Array): string {
  return createHash("sha256").update(of).digest("hex");
}
