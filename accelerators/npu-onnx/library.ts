import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { BioXenError } from "../../src/contract/index.ts";

/** What of onnxruntime-node is used here; its own types are those of an optional package that may not be installed. */
export interface OrtTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
}

export interface OrtSession {
  readonly outputNames: readonly string[];
  readonly run: (
    feeds: Record<string, OrtTensor>,
    fetches?: Record<string, OrtTensor | null>,
  ) => Promise<Record<string, OrtTensor>>;
  readonly release: () => Promise<void>;
}

interface OrtSessionOptions {
  readonly executionProviders: readonly string[];
  readonly intraOpNumThreads?: number;
  readonly interOpNumThreads?: number;
  readonly logSeverityLevel?: 0 | 1 | 2 | 3 | 4;
  readonly extra?: { readonly session: Readonly<Record<string, string>> };
}

export interface Ort {
  readonly env: { logLevel?: string };
  readonly listSupportedBackends: () => readonly { readonly name: string; readonly bundled: boolean }[];
  readonly InferenceSession: {
    readonly create: (model: Uint8Array, options: OrtSessionOptions) => Promise<OrtSession>;
  };
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => OrtTensor;
}

/** Where the installed library is; finding it loads nothing. */
export interface InstalledLibrary {
  readonly entry: URL;
  readonly directory: string;
  readonly version: string;
}

/** Finds a package by name from here, or null where it is not installed. */
export function findLibrary(name: string): InstalledLibrary | null {
  const require = createRequire(import.meta.url);
  try {
    const description = require.resolve(`${name}/package.json`);
    const { version } = JSON.parse(readFileSync(description, "utf8")) as { version?: unknown };
    return {
      entry: pathToFileURL(require.resolve(name)),
      directory: dirname(description),
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
export async function loadLibrary(entry: URL): Promise<Ort> {
  try {
    const { default: ort } = (await import(entry.href)) as { default: Ort };
    // messages of the runtime go to stderr by themselves; what matters comes as an error
    ort.env.logLevel = "fatal";
    return ort;
  } catch (cause) {
    throw new BioXenError("DEVICE_LOST", `onnxruntime-node does not load: ${String(cause)}`, { cause });
  }
}
