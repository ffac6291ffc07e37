import type { DeviceInfo } from "../../src/contract/index.ts";
import { findPackage, type InstalledPackage } from "../../src/host/installed-package.ts";
import type { BackendSource } from "./library.ts";

/** Names of the packages that are looked for. */
export interface TensorPackages {
  /** TensorFlow's own library, best first; the user installs one. */
  readonly native: readonly string[];
  /** What always comes with this package. */
  readonly core: string;
  readonly wasm: string;
}

export const packages: TensorPackages = {
  native: ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"],
  core: "@tensorflow/tfjs-core",
  wasm: "@tensorflow/tfjs-backend-wasm",
};

/** A backend that is installed here. */
export interface InstalledBackend {
  readonly package: InstalledPackage;
  readonly source: BackendSource;
  /** Its device's index, which must not change when packages come or go: 0 is WASM. */
  readonly index: number;
}

/** The installed backends, best first; looking for them loads nothing. */
export function installedBackends({ native, core, wasm }: TensorPackages): InstalledBackend[] {
  const found = native.flatMap((name, at): InstalledBackend[] => {
    const installed = findPackage(name);
    if (installed === null) return [];
    return [
      {
        package: installed,
        source: { backend: "tensorflow", entry: installed.entry.href },
        index: native.length - at,
      },
    ];
  });
  const [coreFound, wasmFound] = [findPackage(core), findPackage(wasm)];
  if (coreFound !== null && wasmFound !== null)
    found.push({
      package: wasmFound,
      source: {
        backend: "wasm",
        core: coreFound.entry.href,
        wasm: wasmFound.entry.href,
        // the package's own files: nothing is fetched
        files: `${wasmFound.directory}/dist/`,
      },
      index: 0,
    });
  return found;
}

/** The backend of a device made by this accelerator's probe, from its feature `backend:<name>`. */
export function backendOf({ features }: Pick<DeviceInfo, "features">): BackendSource["backend"] {
  return features.includes("backend:tensorflow") ? "tensorflow" : "wasm";
}

/** Threads a device says it has, in its feature `threads:<n>`; 1 where it does not. */
export function threadsOf({ features }: Pick<DeviceInfo, "features">): number {
  return Number(features.find((feature) => feature.startsWith("threads:"))?.slice("threads:".length) ?? 1);
}
