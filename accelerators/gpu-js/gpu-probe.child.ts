// Looks for a GPU that gpu.js computes on, in a process of its own: `argv` = its source as JSON.
import { watched } from "./gpu-js.worker.ts";
import { type GpuJsSource, type GpuPath, loadGpuJs, multiplyKernel, runOn } from "./library.ts";

/** What the probe sends back. */
export type GpuAnswer =
  | { readonly found: null; readonly reasons: readonly string[] }
  | {
      readonly found: {
        readonly path: GpuPath;
        /** The adapter's own description. */
        readonly name: string;
        readonly software: boolean;
        /** Largest array in bytes. */
        readonly largest: number;
      };
      /** null where it gave the right product, else why not. */
      readonly problem: string | null;
    };

/** Adapters that emulate a GPU on the CPU, by what they call themselves. */
const emulator = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|warp/i;

async function ask(source: GpuJsSource): Promise<GpuAnswer> {
  const loaded = await loadGpuJs(source);
  if (!("path" in loaded)) return { found: null, reasons: loaded };
  const { path, adapter, input } = loaded;
  const { vendor = "", architecture = "", device = "", description = "", isFallbackAdapter } = adapter?.info ?? {};
  const name =
    [description, device, architecture, vendor].find((text) => text !== "") ?? "a GPU that does not say its name";
  const found = {
    path,
    name,
    software: isFallbackAdapter === true || emulator.test([name, architecture, description].join(" ")),
    // WebGL 1: textures of 4,096 x 4,096 are promised nowhere and everywhere there
    largest:
      adapter === null
        ? 4 * 4096 ** 2
        : Math.min(adapter.limits.maxStorageBufferBindingSize, adapter.limits.maxBufferSize),
  };
  const rows = await watched(() =>
    runOn(
      loaded,
      multiplyKernel(loaded),
      [2, 2],
      input(Float32Array.of(1, 2, 3, 4), [2, 2]),
      input(Float32Array.of(5, 6, 7, 8), [2, 2]),
      2,
    ),
  );
  const product = rows.map((row) => [...row].join(" ")).join(" ");
  return {
    found,
    problem: product === "19 22 43 50" ? null : `it multiplied [1 2; 3 4] by [5 6; 7 8] to ${product}`,
  };
}

let answer: GpuAnswer;
try {
  answer = await ask(JSON.parse(process.argv[2] ?? "null") as GpuJsSource);
} catch (error) {
  answer = { found: null, reasons: [error instanceof Error ? error.message : String(error)] };
}
process.send?.(answer);
