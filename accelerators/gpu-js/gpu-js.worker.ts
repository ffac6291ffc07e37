import { BioXenError } from "../../src/contract/index.ts";
import { type GpuJs, type GpuJsSource, loadGpuJs } from "./library.ts";

let loaded: Promise<GpuJs> | null = null;
/** What gpu.js printed and no run has been failed for yet. */
const said: string[] = [];

/**
 * gpu.js on a GPU in this process, loaded at the first call.
 * @throws BioXenError `DEVICE_LOST` where no GPU is there any more.
 */
export function gpuJs(source: GpuJsSource): Promise<GpuJs> {
  if (loaded === null) {
    for (const level of ["log", "info", "debug", "warn", "error"] as const)
      console[level] = (...words: readonly unknown[]): void => {
        said.push(words.map(String).join(" "));
      };
    loaded = loadGpuJs(source).then((found) => {
      if ("path" in found) return found;
      throw new BioXenError("DEVICE_LOST", found.join("; "));
    });
  }
  return loaded;
}

/**
 * Does a piece of work. gpu.js reports errors of the device (no memory, a lost device) on the console only and
 * answers zeros: any message is a failure.
 * @throws BioXenError `OUT_OF_MEMORY`, `DEVICE_LOST`, `KERNEL_FAILED`
 */
export async function watched<T>(work: () => Promise<T>): Promise<T> {
  try {
    const result = await work();
    // the device's errors come as events
    await new Promise(setImmediate);
    if (said.length === 0) return result;
  } catch (error) {
    if (error instanceof BioXenError) throw error;
    said.push(error instanceof Error ? error.message : String(error));
  }
  const text = said.splice(0).join("; ");
  if (/out of memory|OOM|allocat|exceeds? .*(size|limit)|over this device's limit/i.test(text))
    throw new BioXenError("OUT_OF_MEMORY", text);
  throw new BioXenError(/\blost\b|destroyed/i.test(text) ? "DEVICE_LOST" : "KERNEL_FAILED", text);
}

/** Loads the library and finds the GPU ahead of a run. */
export async function start({ source }: { readonly source: GpuJsSource }): Promise<void> {
  await gpuJs(source);
}
