import { totalmem } from "node:os";
import { BioXenError, type DeviceInfo, type Probe, type RunContext, type Seconds } from "../../src/contract/index.ts";
import { usefulThreads } from "../../src/host/cpu-limit.ts";
import { probeInChild } from "../../src/host/probe-in-child.ts";
import type { BackendAnswer } from "./backend-probe.child.ts";
import { type InstalledBackend, installedBackends, type TensorPackages } from "./backends.ts";

/** WASM answers in 0.15 s; TensorFlow's library is some 300 MB to load from a cold disk. */
const deadline: Seconds = 4;

/** Asks the installed backends side by side, each in a process of its own; the best one that works is the device. */
export async function probeBackends(packages: TensorPackages, context: RunContext): Promise<Probe> {
  const installed = installedBackends(packages);
  if (installed.length === 0)
    return {
      status: "absent",
      reason: `TensorFlow.js is not installed: npm install ${packages.core} ${packages.wasm}`,
    };
  const answers = await Promise.all(installed.map(async (backend) => ({ backend, ...(await ask(backend, context)) })));
  const at = answers.findIndex(({ error }) => error === null);
  const best = answers[at];
  const [first] = answers;
  if (best === undefined)
    return {
      status: "broken",
      error: first?.error ?? new BioXenError("DEVICE_LOST", "no backend of TensorFlow.js works"),
    };
  // a better one that fails is never passed over in silence
  const failed = answers.slice(0, at).map(({ backend, error }) => `${backend.package.name} fails: ${error?.message}`);
  return { status: "present", devices: [describe(best.backend, best.gpu, failed)] };
}

async function ask(
  { package: { name }, source }: InstalledBackend,
  context: RunContext,
): Promise<{ readonly error: BioXenError | null; readonly gpu: boolean | null }> {
  const outcome = await probeInChild<BackendAnswer>(
    {
      subject: name,
      module: new URL("./backend-probe.child.js", import.meta.url),
      args: [JSON.stringify(source)],
      environment: { TF_CPP_MIN_LOG_LEVEL: "3" },
      deadline,
      parse: (answer) => (isAnswer(answer) ? answer : null),
    },
    context,
  );
  if (outcome.status === "broken") return { error: outcome.error, gpu: null };
  const { problem, gpu } = outcome.answer;
  return { error: problem === null ? null : new BioXenError("DEVICE_LOST", `${name}: ${problem}`), gpu };
}

function isAnswer(answer: unknown): answer is BackendAnswer {
  if (typeof answer !== "object" || answer === null) return false;
  const { problem, gpu } = answer as Partial<Record<keyof BackendAnswer, unknown>>;
  return (problem === null || typeof problem === "string") && (gpu === null || typeof gpu === "boolean");
}

function describe(
  { package: { name, version }, source: { backend }, index }: InstalledBackend,
  gpu: boolean | null,
  failed: readonly string[],
): DeviceInfo {
  const where = backend === "wasm" ? "WebAssembly SIMD on one thread" : gpu === true ? "GPU" : "CPU";
  return {
    id: `tensor:${index}`,
    kind: "tensor",
    name: [`TensorFlow.js ${name} ${version} on ${where}`, ...failed].join("; "),
    memory: gpu === true ? null : backend === "wasm" ? Math.min(2 ** 32, totalmem()) : totalmem(),
    features: [
      `backend:${backend}`,
      ...(gpu === true ? ["gpu"] : [`threads:${backend === "wasm" ? 1 : usefulThreads()}`]),
    ],
    simulated: false,
  };
}
