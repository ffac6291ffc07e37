import { type Accelerator, BioXenError, type RunContext } from "../../src/contract/index.ts";
import { ownKernel, refuseAborted } from "../../src/host/own-kernel.ts";
import { openProcess } from "../../src/host/worker-process.ts";
import type { GpuJsKernel, GpuJsRunner } from "./kernel.ts";
import type { GpuJsSource } from "./library.ts";
import { matrixMultiplyKernel } from "./matrix-multiply.ts";
import { motifScanKernel } from "./motif-scan.ts";
import { findGpuJs, type GpuJsPackages, packages, probeGpu } from "./probe.ts";
import type { GpuJsTasks } from "./tasks.ts";

// biome-ignore lint/suspicious/noExplicitAny: kernels of several workloads in one list
const kernels: readonly GpuJsKernel<any, any>[] = [matrixMultiplyKernel, motifScanKernel];

/** gpu.js on WebGPU or WebGL; the packages it looks for may be named otherwise. */
export function createGpuJs(wanted: Partial<GpuJsPackages> = {}): Accelerator {
  const looked: GpuJsPackages = { ...packages, ...wanted };
  return {
    id: "gpu-js",
    kernels,
    probe: (context) => probeGpu(looked, context),
    open: async (info) => {
      const source = findGpuJs(looked);
      if (source === null) throw new BioXenError("DEVICE_LOST", `${looked.library} is no longer installed`);
      const runner = openRunner(source);
      return {
        info,
        meter: null,
        prepare: async (kernel, _, context) => {
          ownKernel("gpu-js", kernels, kernel);
          refuseAborted(context, kernel.workload.id);
          await runner.start(context);
        },
        run: async (kernel, input, context) => {
          const { run } = ownKernel("gpu-js", kernels, kernel);
          refuseAborted(context, kernel.workload.id);
          return run(runner, input, context);
        },
        [Symbol.asyncDispose]: () => runner[Symbol.asyncDispose](),
      };
    },
  };
}

/** gpu.js on the GPU, where it truly reaches one. */
export const gpuJs: Accelerator = createGpuJs();

interface OpenRunner extends GpuJsRunner, AsyncDisposable {
  /** Loads gpu.js and its GPU; at once where that is done. */
  readonly start: (context: RunContext) => Promise<void>;
}

function openRunner(source: GpuJsSource): OpenRunner {
  const open = () => openProcess<GpuJsTasks>(new URL("./gpu-js.child.js", import.meta.url), "gpu.js");
  let process = open();
  let started = false;
  let closed = false;
  let last: Promise<unknown> = Promise.resolve();

  const run: GpuJsRunner["run"] = (name, data, context) => {
    const turn = last.then(async (): Promise<Awaited<ReturnType<GpuJsTasks[typeof name]>>> => {
      if (closed) throw new BioXenError("DEVICE_LOST", `${name} was asked of a device that is closed`);
      try {
        const answer = await process.run(name, data, context);
        started = true;
        return answer;
      } catch (error) {
        // a lost device stays lost, and one without memory may have lost more than it says
        started = false;
        await process[Symbol.asyncDispose]();
        process = open();
        throw error;
      }
    });
    last = turn.catch(() => null);
    return turn;
  };
  return {
    source,
    run,
    start: async (context) => {
      if (!started) await run("start", { source }, context);
    },
    [Symbol.asyncDispose]: async () => {
      closed = true;
      await process[Symbol.asyncDispose]();
    },
  };
}
