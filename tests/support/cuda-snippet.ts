// Small kernels of a test's own on the stand-in driver, compiled by the stand-in for NVRTC.
import { openGpu } from "../../dist/accelerators/gpu-cuda/gpu.js";
import { i32, Job } from "../../dist/accelerators/gpu-cuda/job.js";
import { nvrtcOf } from "../../dist/accelerators/gpu-cuda/nvrtc.js";
import type { StandIn } from "./cuda-stand-in/stand-in.ts";

/**
 * The body of a kernel that takes `int* out` and `int choice`, run by so many blocks of so many threads; gives what is then in
 * `out`, zeros at first. It takes the compiler seconds, so several bodies by `choice` in one are quicker.
 */
export function runSnippet(
  standIn: StandIn,
  body: string,
  blocks: number,
  threads: number,
  length: number,
  choice = 0,
): number[] {
  const gpu = openGpu(0, { ...standIn.libraries, nvrtc: [standIn.nvrtc] }, 60);
  try {
    const compiler = nvrtcOf(gpu);
    if (compiler === null) throw new Error("the stand-in for NVRTC does not load");
    const source = `extern "C" __global__ void __launch_bounds__(${threads}) snippet(int* out, int choice) {\n${body}\n}\n`;
    const kernel = gpu.generated(source, "snippet", () => compiler.compile("snippet.cu", source));
    const job = new Job(gpu, "a snippet", new Int32Array(new SharedArrayBuffer(4)));
    const out = job.upload(new Int32Array(length));
    job.launch(kernel, { grid: [blocks], block: [threads] }, out, i32(choice));
    const read = new Int32Array(length);
    job.read(out, read);
    job.end();
    return [...read];
  } finally {
    gpu.close();
  }
}
