import { existsSync, readdirSync } from "node:fs";
import { totalmem } from "node:os";
import { join } from "node:path";
import type { BioXenError, DeviceInfo, RunContext, Seconds } from "../../src/contract/index.ts";
import { usefulThreads } from "../../src/host/cpu-limit.ts";
import { probeInChild } from "../../src/host/probe-in-child.ts";
import type { InstalledLibrary } from "./library.ts";
import type { ProviderAnswer } from "./provider-probe.child.ts";
import { type Provider, providers } from "./providers.ts";

/** What became of asking one provider. */
export interface ProviderFinding {
  readonly provider: Provider;
  /** null where the provider does not run here. */
  readonly device: DeviceInfo | null;
  /** Why not, else "". */
  readonly reason: string;
  /** Where its probe crashed or hung. */
  readonly error: BioXenError | null;
}

/** A provider answers in 0.1 to 0.3 s; loading a GPU's libraries from a cold disk takes longest. */
const deadline: Seconds = 4;

/**
 * Asks the CPU's provider first, which also lists the others, then those that may work at all, side by side, each
 * in a process of its own.
 */
export async function probeProviders(library: InstalledLibrary, context: RunContext): Promise<ProviderFinding[]> {
  const [cpu, ...others] = providers;
  if (cpu === undefined) return [];
  // WebGPU's code is in the package of every platform that has it: asked at the same time as the CPU's
  const ahead = others.filter(({ name }) => name === "webgpu");
  const [first, ...early] = await Promise.all([cpu, ...ahead].map((provider) => ask(provider, library, context)));
  if (first === undefined) return [];
  const listed = first.listed;
  const later = await Promise.all(
    others
      .filter((provider) => !ahead.includes(provider))
      .map(async (provider): Promise<ProviderFinding> => {
        const entry = listed.find(({ name }) => name === provider.name);
        if (entry === undefined) return absent(provider, "this build of onnxruntime does not have it");
        if (!entry.bundled && !hasProviderLibrary(library, provider))
          return absent(provider, "its library is not in the package");
        return (await ask(provider, library, context)).finding;
      }),
  );
  return [first.finding, ...early.map(({ finding }) => finding), ...later].sort(
    (x, y) => providers.indexOf(x.provider) - providers.indexOf(y.provider),
  );
}

function absent(provider: Provider, reason: string): ProviderFinding {
  return { provider, device: null, reason, error: null };
}

async function ask(
  provider: Provider,
  library: InstalledLibrary,
  context: RunContext,
): Promise<{ finding: ProviderFinding; listed: ProviderAnswer["listed"] }> {
  const outcome = await probeInChild(
    {
      subject: `onnxruntime's ${provider.title} provider`,
      module: new URL("./provider-probe.child.js", import.meta.url),
      args: [library.entry.href, provider.name],
      deadline,
      parse: (answer) => (isAnswer(answer) ? answer : null),
    },
    context,
  );
  if (outcome.status === "broken")
    return { finding: { provider, device: null, reason: outcome.error.message, error: outcome.error }, listed: [] };
  const { listed, problem, loaded } = outcome.answer;
  if (problem !== null) return { finding: absent(provider, problem), listed };
  return { finding: { provider, device: describe(provider, library, loaded), reason: "", error: null }, listed };
}

function isAnswer(answer: unknown): answer is ProviderAnswer {
  if (typeof answer !== "object" || answer === null) return false;
  const { listed, problem, loaded } = answer as Partial<Record<keyof ProviderAnswer, unknown>>;
  return Array.isArray(listed) && (problem === null || typeof problem === "string") && Array.isArray(loaded);
}

function describe(provider: Provider, { version }: InstalledLibrary, loaded: readonly string[]): DeviceInfo {
  const onCpu = provider.name === "cpu" || provider.name === "xnnpack";
  const software = provider.name === "webgpu" && isSoftwareGpu(loaded);
  return {
    id: `npu-onnx:${providers.indexOf(provider)}`,
    kind: provider.kind,
    name: `ONNX Runtime ${version} on ${provider.title}${software ? " (a GPU emulated on the CPU)" : ""}`,
    memory: onCpu || software ? totalmem() : null,
    features: [
      `provider:${provider.name}`,
      ...(onCpu ? [`threads:${usefulThreads()}`] : []),
      ...(software ? ["software"] : []),
    ],
    simulated: false,
  };
}

/** Vulkan drivers that emulate a GPU, and those of hardware, by the names of their libraries. */
const softwareDriver = /libvk_swiftshader|libvulkan_lvp/;
const hardwareDriver =
  /libGLX_nvidia|libvulkan_(radeon|intel|intel_hasvk|nouveau|asahi|freedreno|panfrost|broadcom|powervr|virtio|dzn)|amdvlk/;

/** onnxruntime does not name the adapter it chose; on Linux the drivers and device nodes there are tell. */
function isSoftwareGpu(loaded: readonly string[]): boolean {
  if (process.platform !== "linux") return false;
  const nodes = existsSync("/dev/dri") ? readdirSync("/dev/dri") : [];
  const hasGpu =
    nodes.some((node) => node.startsWith("renderD")) ||
    ["/dev/nvidia0", "/dev/dxg", "/dev/mali0", "/dev/kgsl-3d0"].some(existsSync);
  if (!hasGpu) return true;
  return loaded.some((path) => softwareDriver.test(path)) && !loaded.some((path) => hardwareDriver.test(path));
}

/** Providers outside the package's own library come as `onnxruntime_providers_<name>` beside it. */
function hasProviderLibrary({ directory }: InstalledLibrary, { name }: Provider): boolean {
  const binaries = join(directory, "bin");
  if (!existsSync(binaries)) return false;
  return readdirSync(binaries).some((abi) => {
    const folder = join(binaries, abi, process.platform, process.arch);
    return existsSync(folder) && readdirSync(folder).some((file) => file.includes(`onnxruntime_providers_${name}`));
  });
}
