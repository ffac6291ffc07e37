import { createRequire } from "node:module";
import { BioXenError } from "../../src/contract/index.ts";

/** What of gpu.js is used here. */
export interface Kernel {
  /** Rows of the output, or a promise of them. */
  (...args: readonly unknown[]): readonly Float32Array[] | Promise<readonly Float32Array[]>;
  readonly setOutput: (size: readonly [x: number, y: number]) => unknown;
  /** What runs the kernel; gpu.js exchanges it, for one on the CPU too, without an error. */
  readonly kernel: { readonly constructor: { readonly name: string; readonly mode: string } };
}

interface Gpu {
  readonly createKernel: (source: string, settings: object) => Kernel;
}

interface GpuJsModule {
  readonly GPU: {
    new (settings: { readonly mode: string }): Gpu;
    readonly isHeadlessGLSupported: boolean;
  };
  readonly input: (values: Float32Array, size: readonly number[]) => object;
}

interface Adapter {
  readonly info: {
    readonly vendor: string;
    readonly architecture: string;
    readonly device: string;
    readonly description: string;
    readonly isFallbackAdapter?: boolean;
  };
  readonly limits: { readonly maxStorageBufferBindingSize: number; readonly maxBufferSize: number };
}

interface WebGpu {
  readonly requestAdapter: (options?: object) => Promise<Adapter | null>;
}

interface WebGpuModule {
  readonly create: (flags: readonly string[]) => WebGpu;
  readonly globals: object;
}

/** Where to load from; plain data, so that a process can be told. */
export interface GpuJsSource {
  /** Entry of gpu.js. */
  readonly library: string;
  /** Entry of webgpu; null where it is not installed. */
  readonly webgpu: string | null;
}

/** The path on a GPU, as gpu.js calls it. */
export type GpuPath = "webgpu" | "headlessgl";

export interface GpuJs {
  readonly path: GpuPath;
  readonly gpu: Gpu;
  readonly input: GpuJsModule["input"];
  /** null on WebGL, which names no adapter. */
  readonly adapter: Adapter | null;
}

/**
 * Loads gpu.js into this process on the first path to a GPU that is there, else says why neither is. gpu.js looks for
 * WebGPU in `navigator.gpu` and for its constants in globals: never call this in the user's process.
 */
export async function loadGpuJs({ library, webgpu }: GpuJsSource): Promise<GpuJs | readonly string[]> {
  const reasons: string[] = [];
  const adapter = webgpu === null ? null : await findAdapter(webgpu, reasons);
  if (webgpu === null) reasons.push("WebGPU: webgpu is not installed: npm install webgpu");
  // after navigator.gpu is there: gpu.js looks once
  const { GPU, input } = ((await import(library)) as { default: GpuJsModule }).default;
  if (adapter !== null) return { path: "webgpu", gpu: new GPU({ mode: "webgpu" }), input, adapter };
  if (GPU.isHeadlessGLSupported)
    return { path: "headlessgl", gpu: new GPU({ mode: "headlessgl" }), input, adapter: null };
  reasons.push(`WebGL: ${whyNoGl(library)}`);
  return reasons;
}

async function findAdapter(entry: string, reasons: string[]): Promise<Adapter | null> {
  try {
    const { create, globals } = (await import(entry)) as WebGpuModule;
    Object.assign(globalThis, globals);
    const gpu = create([]);
    const fastest: WebGpu = {
      requestAdapter: (options) => gpu.requestAdapter({ powerPreference: "high-performance", ...options }),
    };
    Object.defineProperty(globalThis, "navigator", { value: { gpu: fastest }, configurable: true });
    const adapter = await fastest.requestAdapter();
    if (adapter === null)
      reasons.push("WebGPU: webgpu finds no adapter (no GPU, or no Vulkan, Metal or Direct3D 12 driver)");
    return adapter;
  } catch (error) {
    reasons.push(`WebGPU: webgpu does not load: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

function whyNoGl(library: string): string {
  try {
    createRequire(library).resolve("gl");
  } catch {
    return "gl is not installed: npm install gl";
  }
  return process.platform === "linux" && process.env["DISPLAY"] === undefined
    ? "gl makes no context: there is no display (DISPLAY is not set; xvfb-run gives one), or gl is a stub"
    : "gl makes no context: it was not built for this platform, or is a stub";
}

/**
 * Runs a kernel and makes sure that the path it was made for ran it.
 * @throws BioXenError `DEVICE_LOST` where gpu.js fell back to the CPU, which it does without an error.
 */
export async function runOn(
  { path }: GpuJs,
  kernel: Kernel,
  output: readonly [x: number, y: number],
  ...args: readonly unknown[]
): Promise<readonly Float32Array[]> {
  kernel.setOutput(output);
  const rows = await kernel(...args);
  const { name, mode } = kernel.kernel.constructor;
  if (mode !== path) throw new BioXenError("DEVICE_LOST", `gpu.js ran on ${name}, not on ${path}`);
  return rows;
}

/** Settings for kernels whose inputs differ in size from run to run. */
const anySize = { output: [1, 1], dynamicOutput: true, dynamicArguments: true, precision: "single" } as const;

/** One thread an element. Indices are integers in gpu.js' WGSL: products of them are exact. */
export function multiplyKernel({ gpu }: GpuJs): Kernel {
  return gpu.createKernel(
    `function (a, b, k) {
      let sum = 0;
      for (let i = 0; i < k; i++) {
        sum += a[this.thread.y][i] * b[i][this.thread.x];
      }
      return sum;
    }`,
    { ...anySize, loopMaxIterations: 2 ** 24 },
  );
}
