// What runs in the thread that owns one GPU's context.
import type { Seconds } from "../../src/contract/index.ts";
import { handOverAll, serve } from "../../src/host/worker-pool.ts";
import { prepareSampling, samplePolytope } from "./flux-sampling.worker.ts";
import { type CudaGpu, type DeviceFacts, openGpu } from "./gpu.ts";
import { Job, type JobTimes } from "./job.ts";
import type { Libraries } from "./libraries.ts";
import { multiply, prepareProducts } from "./matrix-multiply.worker.ts";
import { prepareScan, scanMotifs } from "./motif-scan.worker.ts";
import { timeCopies, timeTinyJobs } from "./pace.worker.ts";
import { prepareKinetics, solveKinetics } from "./reaction-kinetics.worker.ts";
import { Lacking, type ResidentReference } from "./residents.ts";
import { alignPairs, prepareAlignment, repeatPackedOperations, searchAlignments } from "./sequence-alignment.worker.ts";
import { prepareEnsembles, simulateEnsemble } from "./stochastic-simulation.worker.ts";

/** A task launches on the job and gives the answer: plain typed arrays with their buffers to themselves, or an object of such. A type, not an interface: only that fits an index signature. */
export type CudaTasks = {
  readonly "flux-sampling": typeof samplePolytope;
  readonly "flux-sampling-prepare": typeof prepareSampling;
  readonly "matrix-multiply": typeof multiply;
  readonly "matrix-multiply-prepare": typeof prepareProducts;
  readonly "motif-scan": typeof scanMotifs;
  readonly "motif-scan-prepare": typeof prepareScan;
  readonly "sequence-alignment-pairs": typeof alignPairs;
  readonly "sequence-alignment-prepare": typeof prepareAlignment;
  readonly "sequence-alignment-search": typeof searchAlignments;
  readonly "stochastic-simulation": typeof simulateEnsemble;
  readonly "stochastic-simulation-prepare": typeof prepareEnsembles;
  readonly "reaction-kinetics": typeof solveKinetics;
  readonly "reaction-kinetics-prepare": typeof prepareKinetics;
  readonly "time-copies": typeof timeCopies;
  readonly "repeat-packed-operations": typeof repeatPackedOperations;
  readonly "time-tiny-jobs": typeof timeTinyJobs;
};

const tasks: CudaTasks = {
  "flux-sampling": samplePolytope,
  "flux-sampling-prepare": prepareSampling,
  "matrix-multiply": multiply,
  "matrix-multiply-prepare": prepareProducts,
  "motif-scan": scanMotifs,
  "motif-scan-prepare": prepareScan,
  "sequence-alignment-pairs": alignPairs,
  "sequence-alignment-prepare": prepareAlignment,
  "sequence-alignment-search": searchAlignments,
  "stochastic-simulation": simulateEnsemble,
  "stochastic-simulation-prepare": prepareEnsembles,
  "time-copies": timeCopies,
  "repeat-packed-operations": repeatPackedOperations,
  "time-tiny-jobs": timeTinyJobs,
  "reaction-kinetics": solveKinetics,
  "reaction-kinetics-prepare": prepareKinetics,
};

export interface CudaCall {
  readonly name: string;
  readonly data: unknown;
  readonly ordinal: number;
  readonly libraries: Libraries;
  /** How long a launch may take before it is given up. */
  readonly patience: Seconds;
  /** Not 0 once the caller wants no answer any more. */
  readonly aborted: Int32Array;
  /** Keys of residents whose owners are gone. */
  readonly forget: readonly string[];
  readonly resident: ResidentReference<unknown> | null;
}

export interface CudaReply {
  readonly answer: unknown;
  /** The resident is not on the device and did not come with the call: nothing ran. */
  readonly lacks: boolean;
  readonly times: JobTimes;
}

const none: JobTimes = { kernelSeconds: 0, bytesToDevice: 0, bytesFromDevice: 0 };
let gpu: CudaGpu | null = null;

async function run({
  name,
  data,
  ordinal,
  libraries,
  patience,
  aborted,
  forget,
  resident,
}: CudaCall): Promise<CudaReply> {
  if (name === "close") {
    gpu?.close();
    gpu = null;
    return { answer: null, lacks: false, times: none };
  }
  gpu ??= openGpu(ordinal, libraries, patience);
  const opened = gpu;
  for (const key of forget) opened.residents.drop(key);
  if (name === "facts") return { answer: opened.facts satisfies DeviceFacts, lacks: false, times: none };
  const task = tasks[name as keyof CudaTasks] as (
    gpu: CudaGpu,
    job: Job,
    data: unknown,
    resident: ResidentReference<unknown> | null,
  ) => Promise<unknown>;
  const job = new Job(opened, name, aborted);
  try {
    const answer = await task(opened, job, data, resident);
    const reply: CudaReply = { answer, lacks: false, times: job.times() };
    return handOverAll(
      reply,
      answer instanceof Object ? [answer, ...Object.values(answer).filter(ArrayBuffer.isView)] : [],
    );
  } catch (error) {
    if (error instanceof Lacking) return { answer: null, lacks: true, times: none };
    throw error;
  } finally {
    job.end();
  }
}

const served: (call: { name: string; data: unknown }) => unknown = serve({ run });
export default served;
