import { existsSync, readdirSync } from "node:fs";
import { totalmem } from "node:os";
import { BioXenError, type DeviceInfo, type Probe, type RunContext, type Seconds } from "../../src/contract/index.ts";
import { probeInChild } from "../../src/host/probe-in-child.ts";
import type { AdapterAnswer } from "./adapter-probe.child.ts";
import { backend, type InstalledLibrary, nameOf } from "./library.ts";

/** An adapter answers in 0.1 to 0.3 s; a driver read from a cold disk takes longest. */
const deadline: Seconds = 4;

/** Names of drivers that emulate a GPU on the CPU: SwiftShader, Mesa's llvmpipe and lavapipe, Windows' WARP. */
const softwareNames = /swiftshader|llvmpipe|lavapipe|microsoft basic render|\bwarp\b/i;

/** Asks for the adapter in a child process, since a driver may crash, hang or write to stderr. */
export async function probeAdapter({ entry, version }: InstalledLibrary, context: RunContext): Promise<Probe> {
  const outcome = await probeInChild(
    {
      subject: "webgpu's adapter",
      module: new URL("./adapter-probe.child.js", import.meta.url),
      args: [entry.href],
      deadline,
      parse: (answer) => (isAnswer(answer) ? answer : null),
    },
    context,
  );
  if (outcome.status === "broken") return outcome;
  const { adapter, problem } = outcome.answer;
  if (adapter === null) return { status: "absent", reason: `webgpu finds no adapter: ${whyNone()}` };
  const name = nameOf(adapter);
  if (/null/i.test(name))
    return { status: "absent", reason: `webgpu has only ${name}, which computes nothing: ${whyNone()}` };
  if (problem !== null)
    return { status: "broken", error: new BioXenError("KERNEL_FAILED", `webgpu's adapter ${name}: ${problem}`) };
  return { status: "present", devices: [describe(outcome.answer, adapter, version)] };
}

function isAnswer(answer: unknown): answer is AdapterAnswer {
  if (typeof answer !== "object" || answer === null) return false;
  const { adapter, maxBufferSize, maxStorageBufferBindingSize, problem } = answer as Partial<
    Record<keyof AdapterAnswer, unknown>
  >;
  return (
    typeof adapter === "object" &&
    typeof maxBufferSize === "number" &&
    typeof maxStorageBufferBindingSize === "number" &&
    (problem === null || typeof problem === "string")
  );
}

function describe(
  { maxBufferSize, maxStorageBufferBindingSize }: AdapterAnswer,
  adapter: NonNullable<AdapterAnswer["adapter"]>,
  version: string,
): DeviceInfo {
  const software = adapter.isFallbackAdapter || softwareNames.test(Object.values(adapter).join(" "));
  return {
    id: "gpu-webgpu:0",
    kind: "gpu",
    name: `${nameOf(adapter)}, WebGPU ${version}${backend === null ? "" : ` on ${backend}`}${software ? " (a GPU emulated on the CPU)" : ""}`,
    // WebGPU does not tell how much a GPU has
    memory: software ? totalmem() : null,
    features: [
      ...(backend === null ? [] : [`backend:${backend}`]),
      `binding:${Math.min(maxBufferSize, maxStorageBufferBindingSize)}`,
      ...(software ? ["software"] : []),
    ],
    simulated: false,
  };
}

export function isSoftware({ features }: Pick<DeviceInfo, "features">): boolean {
  return features.includes("software");
}

/** Bytes that one binding of a kernel may hold on this device; WebGPU's default where it does not say. */
export function bindingBytes({ features }: Pick<DeviceInfo, "features">): number {
  const said = features.find((feature) => feature.startsWith("binding:"))?.slice("binding:".length);
  return Number(said ?? 2 ** 27);
}

/** What may stay on a device between runs, in bytes: GPUs of today have 8 GB and more, and WebGPU does not tell. */
export const mostResident: { readonly hardware: number; readonly software: number } = {
  hardware: 2 ** 31,
  software: 2 ** 29,
};

/** null where so much can be kept, else a sentence. */
export function tooLargeToKeep(what: string, bytes: number, device: DeviceInfo): string | null {
  const most = isSoftware(device) ? mostResident.software : mostResident.hardware;
  return bytes <= most ? null : `${what} of ${bytes} bytes is more than the ${most} kept on this device`;
}

/** Where Linux distributions put the Vulkan loader. */
const loaderFolders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib", "/lib64"];

/** What is missing, and what to install. */
function whyNone(): string {
  if (process.platform !== "linux") return "no GPU with a driver that webgpu can use was found";
  const folders = [...loaderFolders, ...(process.env["LD_LIBRARY_PATH"] ?? "").split(":")];
  if (!folders.some((folder) => folder !== "" && existsSync(`${folder}/libvulkan.so.1`)))
    return "there is no Vulkan loader (libvulkan.so.1): apt-get install libvulkan1, and the GPU's Vulkan driver";
  const nodes = existsSync("/dev/dri") ? readdirSync("/dev/dri") : [];
  const hasGpu =
    nodes.some((node) => node.startsWith("renderD")) || ["/dev/nvidia0", "/dev/dxg"].some((node) => existsSync(node));
  return hasGpu
    ? "there is a GPU but no Vulkan driver for it: install its vendor's, or apt-get install mesa-vulkan-drivers"
    : "no GPU has a device node here (/dev/dri/renderD*, /dev/nvidia0); a software one for tests comes with Mesa 25 or SwiftShader (see this accelerator's README)";
}
