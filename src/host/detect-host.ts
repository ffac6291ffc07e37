import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, cpus, totalmem } from "node:os";
import { join } from "node:path";
import type { Bytes } from "../contract/index.ts";
import { asicBoards, type Board, boardsOf, fpgaBoards, npuBoards } from "./boards.ts";
import { type Cache, cpuCaches, cpuFeatures, type NumaNode, numaNodes, physicalCores } from "./cpu.ts";
import { cpuLimit, usefulThreads } from "./cpu-limit.ts";
import { type Gpu, gpusOf } from "./gpus.ts";
import { libraryPath } from "./libraries.ts";
import { type PciDevice, pciDevices } from "./pci.ts";
import { type Rapl, raplOf } from "./power.ts";
import { type SystemFiles, systemFiles } from "./system-files.ts";
import { type PortableFacts, portableFacts } from "./system-information.ts";

/** What this machine has, whether or not anything uses it. */
export interface HostFacts {
  /** The model's name. */
  readonly cpu: string;
  /** Logical CPUs this process may run on. */
  readonly threads: number;
  readonly physicalCores: number | null;
  /** CPUs' worth of time that a container's quota allows, null for no quota: more threads than that gain nothing. */
  readonly cpuLimit: number | null;
  /** Threads worth starting: no more than the quota keeps busy. */
  readonly usefulThreads: number;
  readonly features: readonly string[];
  readonly caches: readonly Cache[];
  readonly memory: Bytes;
  readonly numa: readonly NumaNode[];
  readonly gpus: readonly Gpu[];
  readonly npus: readonly Board[];
  readonly fpgas: readonly Board[];
  readonly asics: readonly Board[];
  /** PCI devices of the class "processing accelerators" that none of the tables knows. */
  readonly otherAccelerators: readonly PciDevice[];
  readonly power: { readonly rapl: Rapl };
  /** Paths of shared libraries that accelerators need, null where they were not found. */
  readonly libraries: Readonly<Record<HostLibrary, string | null>>;
  /** Whether the optional packages of accelerators are installed. */
  readonly packages: Readonly<Record<HostPackage, boolean>>;
  readonly node: string;
  readonly platform: string;
}

const libraries = {
  vulkan: "libvulkan.so.1",
  cuda: "libcuda.so.1",
  /** Reads the energy counters of NVIDIA's GPUs. */
  nvml: "libnvidia-ml.so.1",
} as const;
export type HostLibrary = keyof typeof libraries;

const packages = ["onnxruntime-node", "webgpu", "gpu.js", "@tensorflow/tfjs-node"] as const;
export type HostPackage = (typeof packages)[number];

export interface DetectOptions {
  /** Where to look; this machine by default. */
  readonly files?: SystemFiles;
  /** What to ask where there is no `/proc/cpuinfo`; null to ask nothing. */
  readonly portable?: (() => Promise<PortableFacts>) | null;
  readonly installed?: (name: string) => boolean;
}

/**
 * Looks at what the machine has: files of the kernel on Linux, which takes milliseconds, and the package
 * `systeminformation` elsewhere. Starts nothing, loads no driver, and takes what it may not see for absent.
 */
export async function detectHost({
  files = systemFiles,
  portable = portableFacts,
  installed = isInstalled,
}: DetectOptions = {}): Promise<HostFacts> {
  const pci = pciDevices(files);
  const npus = boardsOf(npuBoards, pci, files);
  const fpgas = boardsOf(fpgaBoards, pci, files);
  const asics = boardsOf(asicBoards, pci, files);
  const known = new Set([...npus, ...fpgas, ...asics].map(({ at }) => at));
  // tools that fail leave the facts unknown, which is no reason to fail with them
  const elsewhere = files.exists("/proc/cpuinfo") || portable === null ? null : await portable().catch(() => null);
  const searchPath = process.env["LD_LIBRARY_PATH"];
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    threads: availableParallelism(),
    physicalCores: elsewhere?.physicalCores ?? physicalCores(files),
    cpuLimit: cpuLimit(files),
    usefulThreads: usefulThreads(files),
    features: elsewhere?.features ?? cpuFeatures(files),
    caches: elsewhere?.caches ?? cpuCaches(files),
    memory: totalmem(),
    numa: numaNodes(files),
    gpus: elsewhere === null ? gpusOf(pci, files) : elsewhere.gpus.map(portableGpu),
    npus,
    fpgas,
    asics,
    // class 12: processing accelerators (pci.ids)
    otherAccelerators: pci.filter(({ class: of, address }) => of.startsWith("12") && !known.has(address)),
    power: { rapl: raplOf(files) },
    libraries: {
      vulkan: libraryPath(files, libraries.vulkan, searchPath),
      cuda: libraryPath(files, libraries.cuda, searchPath),
      nvml: libraryPath(files, libraries.nvml, searchPath),
    },
    packages: Object.fromEntries(packages.map((name) => [name, installed(name)])) as Record<HostPackage, boolean>,
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
  };
}

function portableGpu({ vendor, model }: { vendor: string; model: string }): Gpu {
  const named = (["NVIDIA", "AMD", "Intel", "Apple"] as const).find((one) =>
    `${vendor} ${model}`.toLowerCase().includes(one.toLowerCase()),
  );
  return { name: model, vendor: named ?? "other", at: "", driver: null, nodes: [], computes: named !== undefined };
}

/** Looks in the folders that Node would, and loads nothing. */
function isInstalled(name: string): boolean {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  return folders.some((folder) => existsSync(join(folder, name)));
}
