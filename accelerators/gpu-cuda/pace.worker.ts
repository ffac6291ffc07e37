import type { CudaGpu } from "./gpu.ts";
import { i32, type Job } from "./job.ts";

/** Seconds of copies through a job, and of the same bytes between page-locked memory and the device alone. */
export interface CopyTimes {
  readonly bytes: number;
  readonly sendSeconds: number;
  readonly receiveSeconds: number;
  readonly pinnedSendSeconds: number;
  readonly pinnedReceiveSeconds: number;
}

/** Times copies both ways: what a job's are against what the bus can do. */
export async function timeCopies(gpu: CudaGpu, job: Job, { bytes }: { readonly bytes: number }): Promise<CopyTimes> {
  const { driver, copy, staging } = gpu;
  const at = job.buffer(bytes);
  const data = new Uint8Array(new SharedArrayBuffer(bytes)).fill(7);
  const seconds = (work: () => void): number => {
    const startedAt = performance.now();
    work();
    job.done();
    return (performance.now() - startedAt) / 1000;
  };
  const piece = staging.pinned;
  const pinned = (call: "cuMemcpyHtoDAsync_v2" | "cuMemcpyDtoHAsync_v2"): number =>
    seconds(() => {
      for (let from = 0; from < bytes; from += piece.bytes) {
        const count = Math.min(piece.bytes, bytes - from);
        if (call === "cuMemcpyHtoDAsync_v2") driver[call](at + BigInt(from), piece.at, count, copy);
        else driver[call](piece.at, at + BigInt(from), count, copy);
      }
    });
  const once = (): CopyTimes => ({
    bytes,
    sendSeconds: seconds(() => job.write(at, data)),
    receiveSeconds: seconds(() => job.read(at, data)),
    pinnedSendSeconds: pinned("cuMemcpyHtoDAsync_v2"),
    pinnedReceiveSeconds: pinned("cuMemcpyDtoHAsync_v2"),
  });
  once();
  return once();
}

/** Seconds from launch to the result in the host's memory, of so many jobs of next to no work, in the order they ran. */
export async function timeTinyJobs(
  gpu: CudaGpu,
  job: Job,
  { count }: { readonly count: number },
): Promise<Float64Array> {
  const multiply = gpu.kernel("matrix-multiply", "multiply_small");
  const side = 8;
  const a = job.upload(new Float32Array(side * side).fill(1));
  const c = job.buffer(4 * side * side);
  const result = new Float32Array(side * side);
  job.done();
  return Float64Array.from({ length: count }, () => {
    const startedAt = performance.now();
    job.launch(multiply, { grid: [1, 1], block: [256] }, i32(side), i32(side), i32(side), a, a, c);
    job.read(c, result);
    return (performance.now() - startedAt) / 1000;
  });
}
