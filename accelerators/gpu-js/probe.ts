import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { BioXenError, type DeviceInfo, type Probe, type RunContext, type Seconds } from "../../src/contract/index.ts";
import { findPackage } from "../../src/host/installed-package.ts";
import { probeInChild } from "../../src/host/probe-in-child.ts";
import type { GpuAnswer } from "./gpu-probe.child.ts";
import type { GpuJsSource, GpuPath } from "./library.ts";

/** Names of the packages that are looked for. */
export interface GpuJsPackages {
  readonly library: string;
  readonly webgpu: string;
}

export const packages: GpuJsPackages = { library: "gpu.js", webgpu: "webgpu" };

/** A GPU answers in 0.3 s; a driver that compiles its first shader ever takes longest. */
const deadline: Seconds = 5;

/** A path's place is its device's index. */
const paths: readonly GpuPath[] = ["webgpu", "headlessgl"];

/** Where the libraries are, or null where gpu.js is not installed; loads nothing. */
export function findGpuJs({ library, webgpu }: GpuJsPackages): (GpuJsSource & { readonly version: string }) | null {
  const found = findPackage(library);
  if (found === null) return null;
  return {
    library: found.entry.href,
    version: found.version,
    webgpu: findPackage(webgpu)?.entry.href ?? dependencyOf(found.entry, webgpu),
  };
}

/** gpu.js brings a webgpu of its own, which lies in its own folder where the versions asked for differ. */
function dependencyOf(entry: URL, name: string): string | null {
  try {
    return pathToFileURL(createRequire(entry).resolve(name)).href;
  } catch {
    return null;
  }
}

export async function probeGpu(packages: GpuJsPackages, context: RunContext): Promise<Probe> {
  const source = findGpuJs(packages);
  if (source === null)
    return {
      status: "absent",
      reason: `${packages.library} is not installed: npm install ${packages.library} ${packages.webgpu}`,
    };
  const outcome = await probeInChild<GpuAnswer>(
    {
      subject: `gpu.js ${source.version}`,
      module: new URL("./gpu-probe.child.js", import.meta.url),
      args: [JSON.stringify(source)],
      deadline,
      parse: (answer) => (isAnswer(answer) ? answer : null),
    },
    context,
  );
  if (outcome.status === "broken") return outcome;
  const { answer } = outcome;
  if (answer.found === null)
    return { status: "absent", reason: `gpu.js finds no GPU here. ${answer.reasons.join(". ")}` };
  const { found, problem } = answer;
  if (problem !== null)
    return { status: "broken", error: new BioXenError("KERNEL_FAILED", `gpu.js on ${found.name}: ${problem}`) };
  const info: DeviceInfo = {
    id: `gpu-js:${paths.indexOf(found.path)}`,
    kind: "gpu",
    name: `gpu.js ${source.version} on ${found.path === "webgpu" ? "WebGPU" : "WebGL"}: ${found.name}${found.software ? " (a GPU emulated on the CPU)" : ""}`,
    memory: null,
    features: [`backend:${found.path}`, `largest-array:${found.largest}`, ...(found.software ? ["software"] : [])],
    simulated: false,
  };
  return { status: "present", devices: [info] };
}

function isAnswer(answer: unknown): answer is GpuAnswer {
  if (typeof answer !== "object" || answer === null) return false;
  const { found, reasons } = answer as { found?: unknown; reasons?: unknown };
  return found === null ? Array.isArray(reasons) : typeof found === "object";
}

/** The path of a device made by this probe, from its feature `backend:<path>`. */
export function pathOf({ features }: Pick<DeviceInfo, "features">): GpuPath {
  return paths.find((path) => features.includes(`backend:${path}`)) ?? "webgpu";
}

/** Bytes of the largest array a device takes, from its feature `largest-array:<bytes>`; WebGPU's least where it does not say. */
export function largestArray({ features }: Pick<DeviceInfo, "features">): number {
  const said = features.find((feature) => feature.startsWith("largest-array:"));
  return said === undefined ? 2 ** 27 : Number(said.slice("largest-array:".length));
}
