import { BioXenError, type DeviceInfo, type Probe, type RunContext, type Seconds } from "../../src/contract/index.ts";
import { probeInChild } from "../../src/host/probe-in-child.ts";
import type { DriverAnswer, FoundGpu } from "./driver-probe.child.ts";
import type { Libraries } from "./libraries.ts";

/** A driver answers in 0.1 to 1 s; one that wakes eight GPUs without persistence takes longest. */
const deadline: Seconds = 8;
const oldestTarget = 75;
/** CUDA 12.0, whose PTX version the kernels are written in. */
const oldestDriver = 12_000;

/** Asks the driver in a child process, since it may crash or hang, and since a process that has initialized CUDA cannot be forked. */
export async function probeDriver({ cuda, nvml }: Libraries, context: RunContext): Promise<Probe> {
  const outcome = await probeInChild(
    {
      subject: "the CUDA driver",
      module: new URL("./driver-probe.child.js", import.meta.url),
      args: [cuda, nvml],
      deadline,
      parse: (answer) => (isAnswer(answer) ? answer : null),
    },
    context,
  );
  if (outcome.status === "broken") return outcome;
  const { gpus, cuda: version, driverVersion, reason, broken } = outcome.answer;
  if (broken) return { status: "broken", error: new BioXenError("DEVICE_LOST", reason ?? "the CUDA driver failed") };
  if (reason !== null) return { status: "absent", reason };
  const drivers = `CUDA ${dotted(version)}${driverVersion === null ? "" : `, driver ${driverVersion}`}`;
  if (version < oldestDriver)
    return {
      status: "broken",
      error: new BioXenError(
        "DEVICE_LOST",
        `${drivers} is older than the kernels need: update the driver to 525.60 (CUDA 12.0) or newer`,
      ),
    };
  const usable = gpus.map((gpu, ordinal) => ({ gpu, ordinal, why: whyNot(gpu) }));
  const [first, ...others] = usable
    .filter(({ why }) => why === null)
    .map(({ gpu, ordinal }) => describe(gpu, ordinal, drivers));
  return first === undefined
    ? { status: "absent", reason: usable.map(({ gpu, why }) => `${gpu.name}: ${why}`).join("; ") }
    : { status: "present", devices: [first, ...others] };
}

function isAnswer(answer: unknown): answer is DriverAnswer {
  if (typeof answer !== "object" || answer === null) return false;
  const { gpus, cuda, broken } = answer as Partial<Record<keyof DriverAnswer, unknown>>;
  return Array.isArray(gpus) && typeof cuda === "number" && typeof broken === "boolean";
}

function dotted(version: number): string {
  return `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`;
}

/** null where kernels can run there. */
function whyNot({ computeCapability, computeMode }: FoundGpu): string | null {
  if (computeCapability < oldestTarget)
    return `compute capability ${computeCapability / 10} is older than 7.5 (Turing, 2018)`;
  return computeMode === 2 ? "its compute mode prohibits contexts: nvidia-smi -q -d COMPUTE" : null;
}

function describe(gpu: FoundGpu, ordinal: number, drivers: string): DeviceInfo {
  const { name, pci, memoryBytes, computeCapability, multiprocessors, mig, ecc } = gpu;
  return {
    id: `gpu-cuda:${ordinal}`,
    kind: "gpu",
    name: `${name}, ${drivers}`,
    memory: memoryBytes,
    features: [
      `compute:${(computeCapability / 10).toFixed(1)}`,
      `multiprocessors:${multiprocessors}`,
      `pci:${pci}`,
      ...(ecc === true ? ["ecc"] : []),
      ...(mig === true ? ["mig"] : []),
    ],
    simulated: false,
  };
}
