import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { BioXenError } from "../../src/contract/index.ts";
import type { CudaFunction, CudaGpu } from "./gpu.ts";
import { f64, i32, type Job } from "./job.ts";
import { nvrtcOf } from "./nvrtc.ts";
import type { Resident, ResidentReference } from "./residents.ts";

/** Items to solve: values come by number, observed ones by place. */
export interface KineticsTask {
  readonly count: number;
  readonly values: number;
  /** Rows of a slot where rates are interpreted. */
  readonly rows: number;
  readonly from: number;
  readonly relative: number;
  readonly absolute: number;
  readonly mostSteps: number;
  readonly times: Float64Array;
  readonly observed: Int32Array;
  readonly changes: {
    readonly offsets: Uint32Array;
    readonly values: Uint32Array;
    readonly amounts: Float64Array;
  } | null;
  readonly state: { readonly values: Float64Array; readonly times: Float64Array; readonly steps: Float64Array } | null;
  /** Code generated for the network where there is a compiler here, or the interpreter. */
  readonly by: "generated" | "interpreted";
}

/** What the device keeps of a network. */
export interface KineticsNetwork {
  readonly tables: Int32Array;
  readonly numbers: Float64Array;
  /** What the compiler gets behind the headers; null where the network is too large for that. */
  readonly source: string | null;
}

export interface SolvedItems {
  readonly statuses: Uint8Array;
  readonly samples: Float64Array;
  readonly values: Float64Array;
  /** Times of all items, then their steps to come, then the steps they tried. */
  readonly moments: Float64Array;
}

interface KeptNetwork extends Resident {
  readonly tables: bigint;
  readonly numbers: bigint;
  readonly source: string | null;
}

const threads = 32;
/** Rows of what a slot remembers of its item, as `Batch.progress` has them. */
const progressRows = 6;
/** What slots may take together: beyond it, more of them are no faster. */
const mostWorkspace = 2 ** 31;
/** Aborts come through between launches. */
const launchMilliseconds = 50;
/** Rows times attempts of the first launch, before it is known how long one takes. */
const firstRows = 2 ** 14;

function keep(job: Job, reference: ResidentReference<KineticsNetwork> | null, gpu: CudaGpu): KeptNetwork {
  return gpu.residents.get(reference, ({ tables, numbers, source }: KineticsNetwork): KeptNetwork => {
    const kept = { tables: job.keep(tables), numbers: job.keep(numbers), source };
    return { ...kept, buffers: [kept.tables, kept.numbers] };
  });
}

/** Brings the network over and has its code compiled; says which one solves. */
export async function prepareKinetics(
  gpu: CudaGpu,
  job: Job,
  by: KineticsTask["by"],
  resident: ResidentReference<KineticsNetwork> | null,
): Promise<KineticsTask["by"]> {
  return solverOf(gpu, keep(job, resident, gpu).source, by).by;
}

export async function solveKinetics(
  gpu: CudaGpu,
  job: Job,
  { count, values, rows, times, observed, changes, state, from, relative, absolute, mostSteps, by }: KineticsTask,
  resident: ResidentReference<KineticsNetwork> | null,
): Promise<SolvedItems> {
  const network = keep(job, resident, gpu);
  const solver = solverOf(gpu, network.source, by);
  const ownRows = solver.by === "generated" ? values : rows;
  const most = Math.floor(Math.min(mostWorkspace, 0.2 * gpu.facts.memoryBytes) / (8 * Math.max(1, ownRows)) / threads);
  const blocks = Math.max(
    1,
    Math.min(
      Math.ceil(count / threads),
      Math.max(1, solver.kernel.blocksPerMultiprocessor(threads, 0)) * gpu.facts.multiprocessors,
      most,
    ),
  );
  const slots = blocks * threads;
  const workspace = job.buffer(8 * ownRows * slots);
  const progress = job.buffer(8 * progressRows * slots);
  const counters = job.buffer(8);
  const points = times.length * observed.length;
  const [statuses, samples, ends, moments] = [
    job.buffer(count),
    job.buffer(8 * count * points),
    job.buffer(8 * count * values),
    job.buffer(24 * count),
  ];
  const uploads = [times, observed].map((data) => job.upload(data));
  const changed =
    changes === null
      ? [0n, 0n, 0n]
      : [changes.offsets, changes.values, changes.amounts].map((data) => job.upload(data));
  const goneOnFrom = state === null ? [0n, 0n] : [job.upload(state.values), job.buffer(16 * count)];
  if (state !== null) {
    const at = goneOnFrom[1] ?? 0n;
    job.write(at, state.times);
    job.write(at + BigInt(8 * count), state.steps);
  }
  job.clear(progress, 8 * progressRows * slots);
  job.clear(counters, 8);
  const ended = new Int32Array(2);
  let attempts = Math.max(1, Math.min(16, firstRows / rows));
  while ((ended[1] ?? 0) < count) {
    const startedAt = performance.now();
    job.launch(
      solver.kernel,
      { grid: [blocks], block: [threads] },
      ...[slots, count, times.length, observed.length, Math.floor(attempts)].map(i32),
      ...[from, relative, absolute, mostSteps].map(f64),
      network.tables,
      network.numbers,
      ...uploads,
      ...changed,
      ...goneOnFrom,
      workspace,
      progress,
      counters,
      statuses,
      samples,
      ends,
      moments,
    );
    job.read(counters, ended);
    const share = launchMilliseconds / Math.max(1e-3, performance.now() - startedAt);
    attempts = Math.max(1, Math.min(2 ** 20, attempts * Math.min(4, share)));
  }
  const answer: SolvedItems = {
    statuses: new Uint8Array(count),
    samples: new Float64Array(count * points),
    values: new Float64Array(count * values),
    moments: new Float64Array(3 * count),
  };
  job.read(statuses, answer.statuses);
  job.read(samples, answer.samples);
  job.read(ends, answer.values);
  job.read(moments, answer.moments);
  return answer;
}

interface Solver {
  readonly by: KineticsTask["by"];
  readonly kernel: CudaFunction;
}

/** Sources whose code the driver is too old for, or that the compiler would not take: not tried again. */
const refused = new Set<string>();

function solverOf(gpu: CudaGpu, source: string | null, by: KineticsTask["by"]): Solver {
  const interpreted = (): Solver => ({
    by: "interpreted",
    kernel: gpu.kernel("reaction-kinetics", "solve_interpreted"),
  });
  if (by === "interpreted" || source === null) return interpreted();
  const nvrtc = nvrtcOf(gpu);
  const key = `reaction-kinetics ${createHash("sha256").update(source).digest("hex")}`;
  if (nvrtc === null || refused.has(key)) return interpreted();
  try {
    return {
      by: "generated",
      kernel: gpu.generated(key, "solve_generated", () => nvrtc.compile("reaction-kinetics.cu", headers() + source)),
    };
  } catch (error) {
    // a compiler that is newer than the driver: the package's own code does the same, slower
    if (!(error instanceof BioXenError) || error.code !== "UNSUPPORTED") throw error;
    refused.add(key);
    return interpreted();
  }
}

/** The headers as part of the source: the compiler is given no files. */
function headers(): string {
  return ["network-operations.cuh", "reaction-kinetics-solver.cuh"]
    .map((name) => readFileSync(new URL(`./kernels/${name}`, import.meta.url), "latin1").replace("#pragma once", ""))
    .join("\n");
}
