import {
  type Accelerator,
  BioXenError,
  type Device,
  type DeviceInfo,
  type Kernel,
  type RunContext,
} from "../../src/contract/index.ts";
import { usefulThreads } from "../../src/host/cpu-limit.ts";
import { openChildSessions } from "./child-sessions.ts";
import { type OnnxKernel, type OnnxRunner, refuseAborted } from "./kernel.ts";
import { findLibrary, type InstalledLibrary, loadLibrary } from "./library.ts";
import { matrixMultiplyKernel } from "./matrix-multiply.ts";
import { motifScanKernel } from "./motif-scan.ts";
import { onnxInferenceKernel } from "./onnx-inference.ts";
import { probeProviders } from "./probe.ts";
import { providerOf } from "./providers.ts";
import { openSessions } from "./sessions.ts";
import { telemetryAnomalyKernel } from "./telemetry-anomaly.ts";

// biome-ignore lint/suspicious/noExplicitAny: kernels of several workloads in one list
const kernels: readonly OnnxKernel<any, any>[] = [
  matrixMultiplyKernel,
  motifScanKernel,
  onnxInferenceKernel,
  telemetryAnomalyKernel,
];

function own<I, O>(kernel: Kernel<I, O>): OnnxKernel<I, O> {
  const found = kernels.find((one) => one.workload === kernel.workload);
  if (found === undefined) throw new BioXenError("UNSUPPORTED", `npu-onnx has no kernel for ${kernel.workload.id}`);
  return found;
}

/**
 * NPUs, GPUs and CPUs through ONNX Runtime: one device for each execution provider that ran a graph here.
 * `library` is the package that is looked for.
 */
export function createNpuOnnx(library = "onnxruntime-node"): Accelerator {
  return {
    id: "npu-onnx",
    kernels,
    probe: async (context) => {
      const installed = findLibrary(library);
      if (installed === null)
        return {
          status: "absent",
          reason: `${library} is not installed: npm install ${library} --onnxruntime-node-install=skip (the flag keeps its install script from downloading CUDA binaries from outside npm)`,
        };
      const findings = await probeProviders(installed, context);
      const [first, ...more] = findings.flatMap(({ device }) => (device === null ? [] : [device]));
      if (first !== undefined) return { status: "present", devices: [first, ...more] };
      const error = findings.find((finding) => finding.error !== null)?.error;
      if (error != null) return { status: "broken", error };
      const said = findings.map(({ provider, reason }) => `${provider.name}: ${reason}`).join("; ");
      return { status: "broken", error: new BioXenError("DEVICE_LOST", `no provider of onnxruntime works: ${said}`) };
    },
    open: async (info) => {
      const installed = findLibrary(library);
      if (installed === null) throw new BioXenError("DEVICE_LOST", `${library} is no longer installed`);
      return openDevice(info, installed);
    },
  };
}

/** ONNX Runtime with the providers of the installed `onnxruntime-node`. */
export const npuOnnx: Accelerator = createNpuOnnx();

async function openDevice(info: DeviceInfo, library: InstalledLibrary): Promise<Device> {
  const provider = providerOf(info);
  const apart = openChildSessions(library, provider.name);
  // our own graphs on the CPU neither crash nor run long: in this process they cost no copies
  const here = provider.name === "cpu" ? openSessions(await loadLibrary(library.entry), provider.name) : null;
  const threads = ({ threads: wanted }: RunContext): number =>
    Math.max(1, Math.min(wanted ?? usefulThreads(), usefulThreads()));
  const runner: OnnxRunner = {
    provider,
    run: (model, feeds, context, outputs) =>
      here === null
        ? apart.run(model, threads(context), feeds, context)
        : here.run(model, threads(context), feeds, outputs),
    prepare: async (model, context) => {
      if (here === null) await apart.run(model, threads(context), null, context);
      else await here.prepare(model, threads(context));
    },
    runForeign: (model, feeds, context) => apart.run(model, threads(context), feeds, context),
    prepareForeign: async (model, context) => {
      await apart.run(model, threads(context), null, context);
    },
  };
  let open = true;
  return {
    info,
    meter: null,
    prepare: async (kernel, input, context) => {
      refuseAborted(context, kernel.workload.id);
      await own(kernel).prepare?.(runner, input, context);
    },
    run: async (kernel, input, context) => {
      if (!open) throw new BioXenError("DEVICE_LOST", `${info.id} is closed`);
      refuseAborted(context, kernel.workload.id);
      return own(kernel).run(runner, input, context);
    },
    [Symbol.asyncDispose]: async () => {
      open = false;
      await apart[Symbol.asyncDispose]();
      await here?.[Symbol.asyncDispose]();
    },
  };
}
