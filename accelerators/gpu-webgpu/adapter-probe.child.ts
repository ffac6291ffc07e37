// Asks webgpu for its adapter, in a process of its own, and has it compute something: `argv` = the library's entry.
import { type AdapterName, createGpu, loadLibrary, nameOf, requestAdapter } from "./library.ts";

/** What the probe sends back. */
export interface AdapterAnswer {
  readonly adapter: (AdapterName & { readonly isFallbackAdapter: boolean }) | null;
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
  /** null where the adapter computed what it should, else what it did instead. */
  readonly problem: string | null;
}

const [entry = ""] = process.argv.slice(2);

async function ask(): Promise<AdapterAnswer> {
  const library = await loadLibrary(new URL(entry));
  const gpu = createGpu(library);
  const adapter = await requestAdapter(gpu);
  if (adapter === null) return { adapter: null, maxBufferSize: 0, maxStorageBufferBindingSize: 0, problem: null };
  const { vendor, architecture, device, description } = adapter.info;
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  const name = { vendor, architecture, device, description };
  return {
    adapter: { ...name, isFallbackAdapter: adapter.info.isFallbackAdapter },
    maxBufferSize,
    maxStorageBufferBindingSize,
    // the null backend computes nothing, and is told by its name: asking it to would only say less clearly what it is
    problem: /null/i.test(nameOf(name)) ? null : await problemOf(adapter, library),
  };
}

/** Squares four small numbers. */
async function problemOf(
  adapter: GPUAdapter,
  { globals: { GPUBufferUsage: usage, GPUMapMode: mode } }: Awaited<ReturnType<typeof loadLibrary>>,
): Promise<string | null> {
  const device = await adapter.requestDevice();
  const code = `@group(0) @binding(0) var<storage, read_write> x: array<i32>;
    @compute @workgroup_size(4) fn main(@builtin(local_invocation_id) at: vec3u) { x[at.x] = x[at.x] * x[at.x]; }`;
  const pipeline = await device.createComputePipelineAsync({
    layout: "auto",
    compute: { module: device.createShaderModule({ code }) },
  });
  const x = device.createBuffer({ size: 16, usage: usage.STORAGE | usage.COPY_SRC | usage.COPY_DST });
  const out = device.createBuffer({ size: 16, usage: usage.MAP_READ | usage.COPY_DST });
  device.queue.writeBuffer(x, 0, Int32Array.of(1, 2, 3, -4));
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(
    0,
    device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [{ binding: 0, resource: { buffer: x } }],
    }),
  );
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(x, 0, out, 0, 16);
  device.queue.submit([encoder.finish()]);
  await out.mapAsync(mode.READ);
  const squares = new Int32Array(out.getMappedRange()).join(" ");
  return squares === "1 4 9 16" ? null : `it squared 1 2 3 -4 to ${squares}`;
}

process.send?.(await ask());
