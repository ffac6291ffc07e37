import {
  type AnyWorkload,
  BioXenError,
  type Candidate,
  type Dispatched,
  type DispatchOptions,
  type Rejection,
  type Seconds,
} from "../contract/index.ts";
import type { Platform } from "../profile/index.ts";
import { abortablePlan, completeParameters, schedulingPolicyNamed, schedulingProblem } from "../scheduling/index.ts";

/** One of many workloads that are to be placed together. */
export interface BatchJob {
  readonly workload: AnyWorkload;
  readonly input: unknown;
  /** Indices of the jobs that must have ended before. */
  readonly after?: readonly number[];
}

export interface BatchOptions extends Omit<DispatchOptions, "device" | "split" | "verify" | "deadline"> {
  /** A scheduling policy's id, such as `heft`. */
  readonly policy: string;
  readonly parameters?: Readonly<Record<string, number>>;
  readonly seed?: number;
  /** Watts by device id, for the policies that read them: nothing is assumed of a device that nobody measured. */
  readonly watts?: ReadonlyMap<string, { readonly busy: number; readonly idle: number }>;
}

/** Where and when one job runs: as planned from predicted costs, or as it did; seconds since the batch began. */
export interface PlacedJob {
  readonly job: number;
  readonly device: string;
  readonly start: Seconds;
  readonly end: Seconds;
}

export interface BatchPlan {
  /** By job. */
  readonly placed: readonly PlacedJob[];
  /** By device: its jobs in order. */
  readonly sequence: ReadonlyMap<string, readonly number[]>;
  readonly makespan: Seconds;
}

export interface Batch {
  readonly plan: BatchPlan;
  /** By job. */
  readonly results: readonly Dispatched<unknown>[];
  /** By job, as it went. */
  readonly ran: readonly PlacedJob[];
  readonly makespan: Seconds;
}

/** Everything lies in this host's memory: what a device must bring over is part of its kernel's predicted cost. */
const hostMemory: Platform["links"] = { default: { bandwidth: Number.MAX_VALUE } };

/** Places jobs by a policy. @throws BioXenError as `BioAcceleratorManager.schedule` does before anything runs. */
export async function planBatch(
  jobs: readonly BatchJob[],
  { policy: id, parameters = {}, seed = 0, watts, signal }: BatchOptions,
  bidsFor: (job: BatchJob) => { readonly bids: readonly Candidate[]; readonly rejected: readonly Rejection[] },
): Promise<BatchPlan> {
  const policy = schedulingPolicyNamed(id);
  const complete = completeParameters(policy, parameters);
  const offers = jobs.map(bidsFor);
  for (const [at, { bids, rejected }] of offers.entries())
    if (bids.length === 0)
      throw new BioXenError(
        "NO_DEVICE",
        `job ${at}, ${jobs[at]?.workload.id}: no device takes it: ${rejected.map((one) => `${one.device} (${one.reason})`).join("; ")}`,
        { context: { job: at } },
      );
  const devices = [...new Set(offers.flatMap(({ bids }) => bids.map(({ device }) => device.id)))].sort();
  const unknown = devices.filter((device) => watts?.has(device) !== true);
  if (policy.readsWatts?.(complete) === true && unknown.length > 0)
    throw new BioXenError("INPUT_INVALID", `policy ${id} reads watts, and none are given for ${unknown.join(", ")}`, {
      context: { policy: id },
    });
  if (jobs.length === 0) return { placed: [], sequence: new Map(), makespan: 0 };
  const problem = schedulingProblem(
    {
      name: "batch",
      tasks: offers.map(({ bids }, at) => ({
        id: `job ${at}`,
        runtime: null,
        costs: devices.map((device) => bids.find((bid) => bid.device.id === device)?.predicted.seconds ?? null),
      })),
      edges: jobs.flatMap(({ after = [] }, to) =>
        [...new Set(after)].map((from) => ({ from, to, bytes: 0, seconds: 0 })),
      ),
    },
    {
      format: 1,
      id: "this-host",
      name: "this host",
      devices: devices.map((device) => ({ id: device, speed: 1, watts: watts?.get(device) ?? { busy: 0, idle: 0 } })),
      links: hostMemory,
    },
  );
  const { device, start, end, sequence } = await abortablePlan(policy, problem, complete, seed, signal);
  return {
    placed: jobs.map((_, job) => ({
      job,
      device: devices[device[job] ?? 0] ?? "",
      start: start[job] ?? 0,
      end: end[job] ?? 0,
    })),
    sequence: new Map(devices.map((name, at) => [name, [...(sequence[at] ?? [])]])),
    makespan: end.reduce((last, one) => Math.max(last, one), 0),
  };
}

/** Carries a plan out. The first job that fails for good aborts the others, and its error is thrown once they have stopped. */
export async function runBatch(
  jobs: readonly BatchJob[],
  plan: BatchPlan,
  options: BatchOptions,
  run: (job: BatchJob, options: DispatchOptions) => Promise<Dispatched<unknown>>,
): Promise<Batch> {
  const failed = new AbortController();
  const signal = options.signal === undefined ? failed.signal : AbortSignal.any([options.signal, failed.signal]);
  const { policy, parameters, seed, watts, ...dispatch } = options;
  const began = performance.now();
  const now = (): Seconds => (performance.now() - began) / 1000;
  const results: Dispatched<unknown>[] = [];
  const ran: PlacedJob[] = [];
  const ended: Promise<void>[] = [];
  let first: { readonly error: unknown } | null = null;
  const before = new Map(
    [...plan.sequence.values()].flatMap((jobsOf) => jobsOf.map((job, at) => [job, jobsOf[at - 1]])),
  );
  const carryOut = async (at: number, job: BatchJob): Promise<void> => {
    // in the order of starts every job waits only for jobs that are under way already
    const waits = [...(job.after ?? []), before.get(at)].flatMap((one) => (one === undefined ? [] : [ended[one]]));
    await Promise.all(waits);
    if (first !== null) return;
    const device = plan.placed[at]?.device ?? "";
    const start = now();
    try {
      const result = await run(job, { ...dispatch, signal, device }).catch((error: unknown) => {
        if (options.fallback === false || !(error instanceof BioXenError) || !mayGoElsewhere(error)) throw error;
        const rejection = { device, reason: `${error.code}: ${error.message}` };
        return run(job, { ...dispatch, signal }).then((other) => ({
          ...other,
          rejected: [rejection, ...other.rejected],
        }));
      });
      results[at] = result;
      ran[at] = { job: at, device: result.device.id, start, end: now() };
    } catch (error) {
      first ??= { error };
      failed.abort(error);
    }
  };
  for (const at of runningOrder(jobs, before)) {
    const job = jobs[at];
    if (job !== undefined) ended[at] = carryOut(at, job);
  }
  await Promise.all(ended);
  throwIfFailed(first);
  return { plan, results, ran, makespan: ran.reduce((last, { end }) => Math.max(last, end), 0) };
}

/** Its own device fails at it, or is out of use since it failed at another job. */
function mayGoElsewhere({ retry, code }: BioXenError): boolean {
  return retry === "elsewhere" || code === "NO_DEVICE" || code === "DEVICE_BUSY";
}

function throwIfFailed(failure: { readonly error: unknown } | null): void {
  if (failure !== null) throw failure.error;
}

/** Jobs, each behind those that it waits for: the ones it names, and the one before it on its device. */
function runningOrder(jobs: readonly BatchJob[], before: ReadonlyMap<number, number | undefined>): readonly number[] {
  const order = new Set<number>();
  const open = jobs.map((_, at) => at).reverse();
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const missing = [...(jobs[at]?.after ?? []), before.get(at)].filter(
      (one): one is number => one !== undefined && !order.has(one),
    );
    // the plan has no cycle, so that a job comes round again only once all that it waits for are in
    if (missing.length === 0) order.add(at);
    else open.push(at, ...missing);
  }
  return [...order];
}
