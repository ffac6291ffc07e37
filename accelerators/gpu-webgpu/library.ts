import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { pathToFileURL } from "node:url";
import { BioXenError } from "../../src/contract/index.ts";

/** What of `webgpu` is used here; its own types pull in ones that clash with TypeScript's. */
export interface WebgpuLibrary {
  readonly create: (options: readonly string[]) => GPU;
  /** The constants that a browser has as globals; ours stay without them. */
  readonly globals: {
    readonly GPUBufferUsage: Readonly<Record<"STORAGE" | "UNIFORM" | "COPY_SRC" | "COPY_DST" | "MAP_READ", number>>;
    readonly GPUMapMode: Readonly<Record<"READ", number>>;
  };
}

/** Where the library is; finding it loads nothing. */
export interface InstalledLibrary {
  readonly entry: URL;
  readonly version: string;
}

/** Finds a package by name from here, or takes a module as it is given; null where there is none. */
export function findLibrary(library: string | URL): InstalledLibrary | null {
  if (library instanceof URL) return { entry: library, version: "of unknown version" };
  const require = createRequire(import.meta.url);
  try {
    const { version } = JSON.parse(readFileSync(require.resolve(`${library}/package.json`), "utf8")) as {
      version?: unknown;
    };
    return {
      entry: pathToFileURL(require.resolve(library)),
      version: typeof version === "string" ? version : "of unknown version",
    };
  } catch {
    return null;
  }
}

/**
 * Loads the library into this process.
 * @throws BioXenError `DEVICE_LOST` where its native part does not load.
 */
export async function loadLibrary(entry: URL): Promise<WebgpuLibrary> {
  try {
    return (await import(entry.href)) as WebgpuLibrary;
  } catch (cause) {
    throw new BioXenError("DEVICE_LOST", `webgpu does not load: ${String(cause)}`, { cause });
  }
}

/** The one API of each platform that Dawn drives well; asking for it keeps the others from complaining on stderr. */
const backends: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: "vulkan",
  win32: "d3d12",
  darwin: "metal",
};
export const backend: string | null = backends[process.platform] ?? null;

/**
 * The adapter this accelerator is about: the fastest one. Where no desktop session runs, Vulkan's window system
 * code complains on stderr that this variable is missing; it is of no use here, and taken back at once.
 */
export async function requestAdapter(gpu: GPU): Promise<GPUAdapter | null> {
  const missing = process.platform === "linux" && process.env["XDG_RUNTIME_DIR"] === undefined;
  if (missing) process.env["XDG_RUNTIME_DIR"] = tmpdir();
  try {
    return await gpu.requestAdapter({ powerPreference: "high-performance" });
  } finally {
    if (missing) delete process.env["XDG_RUNTIME_DIR"];
  }
}

export function createGpu({ create }: WebgpuLibrary): GPU {
  return create(backend === null ? [] : [`backend=${backend}`]);
}

/** An adapter as a person would name it. */
export function nameOf({ description, device, architecture, vendor }: AdapterName): string {
  return [description, device, architecture, vendor].find((name) => name !== "") ?? "an adapter without a name";
}

export type AdapterName = Readonly<Record<"description" | "device" | "architecture" | "vendor", string>>;

/** Whether this is the adapter that a device was probed on. */
export function adapterMatches({ info }: GPUAdapter, { name }: { readonly name: string }): boolean {
  return name.startsWith(nameOf(info));
}
