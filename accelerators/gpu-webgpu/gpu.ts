import { BioXenError, type DeviceInfo, type RunContext } from "../../src/contract/index.ts";
import { openPool } from "./buffer-pool.ts";
import { aborted, failed } from "./gpu-error.ts";
import { adapterMatches, createGpu, requestAdapter, type WebgpuLibrary } from "./library.ts";
import { openPace, type Pace } from "./pace.ts";
import { isSoftware, mostResident } from "./probe.ts";
import { openResidents, type Residents } from "./residents.ts";

/** One dispatch: a compiled shader, its storage buffers in the order of their bindings after binding 0, its parameters there. */
interface Dispatch {
  readonly pipeline: GPUComputePipeline;
  readonly parameters: Uint32Array;
  readonly buffers: readonly GPUBuffer[];
  readonly workgroups: readonly [x: number, y?: number, z?: number];
}

/** What one run does with the device; its buffers go back to the pool when it ends. */
export interface GpuRun {
  readonly buffer: (bytes: number) => GPUBuffer;
  readonly upload: (data: Float32Array | Uint32Array | Uint8Array | Int32Array) => GPUBuffer;
  /** Sends work off; it is done in order, and errors of it come with the next `done` or `read`. */
  readonly submit: (dispatch: Dispatch) => void;
  readonly write: (buffer: GPUBuffer, data: Float32Array | Uint32Array | Uint8Array | Int32Array) => void;
  /** A buffer that outlives the run, filled; whoever keeps it destroys it. */
  readonly keep: (data: Uint32Array) => GPUBuffer;
  readonly clear: (buffer: GPUBuffer, bytes: number) => void;
  /** Waits for all that was sent off. @throws BioXenError `ABORTED`, `DEVICE_LOST`, `OUT_OF_MEMORY`, `KERNEL_FAILED`. */
  readonly done: () => Promise<void>;
  /** Copies the first bytes of a buffer to the host once all that was sent off is done. @throws as `done` */
  readonly read: (buffer: GPUBuffer, bytes: number) => Promise<ArrayBuffer>;
}

/** An opened GPU: runs one at a time, compiles each shader once. */
export interface Gpu extends AsyncDisposable {
  readonly info: DeviceInfo;
  readonly limits: GPUSupportedLimits;
  /** Compiled once. @throws BioXenError `KERNEL_FAILED` */
  readonly pipeline: (name: string, code: () => string, context: RunContext) => Promise<GPUComputePipeline>;
  readonly run: <T>(what: string, context: RunContext, body: (run: GpuRun) => Promise<T>) => Promise<T>;
  /** Data that stays on the device between runs. */
  readonly resident: Residents;
  /** Bytes ever brought over for runs to come. */
  readonly keptBytes: () => number;
  /** How much of a kernel's work, in its own measure, goes into one submission. */
  readonly pace: (kernel: string, first: number) => Pace;
}

/** Open devices: one that is at work when the process exits would crash it from native code, so they are destroyed then. */
const open = new Set<GPUDevice>();
function destroyAll(): void {
  for (const device of open) device.destroy();
}

/** Opens the adapter that was probed, with its own limits instead of WebGPU's low defaults. */
export async function openGpu(info: DeviceInfo, library: WebgpuLibrary): Promise<Gpu> {
  const { GPUBufferUsage: usage, GPUMapMode: mode } = library.globals;
  // the instance has to outlive its devices: nothing else keeps it from being collected
  const instance = createGpu(library);
  const adapter = await requestAdapter(instance);
  if (adapter === null || !adapterMatches(adapter, info))
    throw new BioXenError(
      "DEVICE_LOST",
      `${info.id} is gone: webgpu finds ${adapter === null ? "no" : "another"} adapter`,
    );
  const wanted = ["maxBufferSize", "maxStorageBufferBindingSize", "maxComputeWorkgroupStorageSize"] as const;
  const device = await adapter.requestDevice({
    requiredLimits: Object.fromEntries(wanted.map((name) => [name, adapter.limits[name]])),
  });

  if (open.size === 0) process.on("exit", destroyAll);
  open.add(device);
  let kept = 0;
  let gone: BioXenError | null = null;
  const waiting = new Set<(error: BioXenError) => void>();
  void device.lost.then(({ reason, message }) => {
    gone ??= new BioXenError("DEVICE_LOST", `${info.id} was lost: ${message || reason || "no reason given"}`);
    for (const reject of [...waiting]) reject(gone);
  });
  // errors outside of all scopes are those of work whose run was given up
  device.addEventListener("uncapturederror", (event) => event.preventDefault());

  /** Settles as the promise does, or earlier with an abort or the loss of the device. */
  const within = <T>(promise: Promise<T>, what: string, { signal }: RunContext): Promise<T> =>
    new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        waiting.delete(onLost);
        signal.removeEventListener("abort", onAbort);
        settle();
      };
      const onLost = (error: BioXenError): void => end(() => reject(error));
      const onAbort = (): void => end(() => reject(aborted(what, signal)));
      if (gone !== null) return reject(gone);
      if (signal.aborted) return reject(aborted(what, signal));
      waiting.add(onLost);
      signal.addEventListener("abort", onAbort, { once: true });
      promise.then(
        (value) => end(() => resolve(value)),
        // a lost device rejects what is under way before it says that it is lost
        (error: unknown) => setImmediate(() => end(() => reject(gone ?? failed(what, error)))),
      );
    });

  const storage = usage.STORAGE | usage.COPY_SRC | usage.COPY_DST;
  const pool = openPool((bytes, kind) =>
    device.createBuffer({
      size: bytes,
      usage: { storage, uniform: usage.UNIFORM | usage.COPY_DST, readback: usage.MAP_READ | usage.COPY_DST }[kind],
    }),
  );

  /** Does things to the device and tells later what was wrong with them; scopes open and close at once, so that they nest whatever is awaited. */
  const guarded = <T>(body: () => T): { value: T; error: Promise<GPUError | null> } => {
    if (gone !== null) throw gone;
    for (const scope of ["internal", "out-of-memory", "validation"] as const) device.pushErrorScope(scope);
    let value: T;
    let popped: Promise<(GPUError | null)[]>;
    try {
      value = body();
    } finally {
      popped = Promise.all([0, 1, 2].map(() => device.popErrorScope()));
      popped.catch(() => {});
    }
    return { value, error: popped.then((errors) => errors.find((error) => error !== null) ?? null) };
  };

  const write = (buffer: GPUBuffer, data: Float32Array | Uint32Array | Uint8Array | Int32Array): void => {
    if (data.byteLength === 0) return;
    // the binding crashes on shared memory, and wants whole words
    const own = data.buffer instanceof SharedArrayBuffer ? data.slice() : data;
    const whole = own.byteLength & ~3;
    const bytes = new Uint8Array(own.buffer as ArrayBuffer, own.byteOffset, own.byteLength);
    if (whole > 0) device.queue.writeBuffer(buffer, 0, bytes, 0, whole);
    if (whole === own.byteLength) return;
    const rest = new Uint8Array(4);
    rest.set(bytes.subarray(whole));
    device.queue.writeBuffer(buffer, whole, rest);
  };

  const begin = (what: string, context: RunContext): { run: GpuRun; end: (good: boolean) => void } => {
    const taken: GPUBuffer[] = [];
    const errors: Promise<GPUError | null>[] = [];
    const guard = <T>(body: () => T): T => {
      const { value, error } = guarded(body);
      errors.push(error);
      return value;
    };
    const take = (bytes: number, kind: "storage" | "uniform" | "readback"): GPUBuffer => {
      const buffer = guard(() => pool.take(bytes, kind));
      taken.push(buffer);
      return buffer;
    };
    const check = async (): Promise<void> => {
      const all = await within(Promise.all(errors.splice(0)), what, context);
      const error = all.find((one) => one !== null);
      if (error != null) throw failed(what, error);
    };
    const run: GpuRun = {
      buffer: (bytes) => take(bytes, "storage"),
      upload: (data) => {
        const buffer = take(data.byteLength, "storage");
        guard(() => write(buffer, data));
        return buffer;
      },
      write: (buffer, data) => guard(() => write(buffer, data)),
      keep: (data) =>
        guard(() => {
          const buffer = device.createBuffer({ size: Math.max(256, data.byteLength), usage: storage });
          write(buffer, data);
          kept += data.byteLength;
          return buffer;
        }),
      clear: (buffer, bytes) =>
        guard(() => {
          const encoder = device.createCommandEncoder();
          encoder.clearBuffer(buffer, 0, Math.ceil(bytes / 4) * 4);
          device.queue.submit([encoder.finish()]);
        }),
      submit: ({ pipeline, parameters, buffers, workgroups: [x, y = 1, z = 1] }) => {
        const uniform = take(parameters.byteLength, "uniform");
        guard(() => {
          write(uniform, parameters);
          const bindGroup = device.createBindGroup({
            layout: pipeline.getBindGroupLayout(0),
            entries: [uniform, ...buffers].map((buffer, binding) => ({ binding, resource: { buffer } })),
          });
          const encoder = device.createCommandEncoder();
          const pass = encoder.beginComputePass();
          pass.setPipeline(pipeline);
          pass.setBindGroup(0, bindGroup);
          pass.dispatchWorkgroups(x, y, z);
          pass.end();
          device.queue.submit([encoder.finish()]);
        });
      },
      done: async () => {
        const finished = device.queue.onSubmittedWorkDone();
        await check();
        await within(finished, what, context);
      },
      read: async (buffer, bytes) => {
        if (bytes === 0) {
          await run.done();
          return new ArrayBuffer(0);
        }
        const size = Math.ceil(bytes / 4) * 4;
        const readback = take(size, "readback");
        guard(() => {
          const encoder = device.createCommandEncoder();
          encoder.copyBufferToBuffer(buffer, 0, readback, 0, size);
          device.queue.submit([encoder.finish()]);
        });
        const mapped = readback.mapAsync(mode.READ, 0, size);
        // where the check throws nobody looks at the mapping any more
        mapped.catch(() => {});
        await check();
        await within(mapped, what, context);
        const copy = readback.getMappedRange(0, size).slice(0, bytes);
        readback.unmap();
        return copy;
      },
    };
    return {
      run,
      end: (good) => {
        for (const buffer of taken.splice(0)) {
          // after an error a buffer may be none, and after an abort still be mapping
          if (good) pool.give(buffer);
          else buffer.destroy();
        }
      },
    };
  };

  const pipelines = new Map<string, Promise<GPUComputePipeline>>();
  const paces = new Map<string, Pace>();
  let tail: Promise<unknown> = Promise.resolve();

  const gpu: Gpu = {
    info,
    limits: device.limits,
    pipeline: async (name, code, context) => {
      const compile = (): Promise<GPUComputePipeline> => {
        const { value, error } = guarded(() =>
          device.createComputePipelineAsync({
            layout: "auto",
            compute: { module: device.createShaderModule({ code: code() }) },
          }),
        );
        const compiled = value.catch(async (cause: unknown) => {
          throw failed(name, (await error) ?? cause);
        });
        compiled.catch(() => pipelines.delete(name));
        return compiled;
      };
      const known = pipelines.get(name) ?? compile();
      pipelines.set(name, known);
      return within(known, name, context);
    },
    run: async (what, context, body) => {
      const before = tail;
      let finish = (): void => {};
      tail = new Promise<void>((resolve) => {
        finish = resolve;
      }).then(() => before);
      try {
        await within(before, what, context);
        const { run, end } = begin(what, context);
        let good = false;
        try {
          const value = await body(run);
          good = true;
          return value;
        } finally {
          end(good && gone === null);
        }
      } finally {
        finish();
      }
    },
    keptBytes: () => kept,
    resident: openResidents(isSoftware(info) ? mostResident.software : mostResident.hardware),
    pace: (kernel, first) => {
      const pace = paces.get(kernel) ?? openPace(first);
      paces.set(kernel, pace);
      return pace;
    },
    [Symbol.asyncDispose]: async () => {
      gone ??= new BioXenError("DEVICE_LOST", `${info.id} is closed`);
      for (const reject of [...waiting]) reject(gone);
      pool.destroy();
      gpu.resident.destroy();
      pipelines.clear();
      device.destroy();
      open.delete(device);
      if (open.size === 0) process.off("exit", destroyAll);
      await device.lost;
      void instance;
    },
  };
  return gpu;
}
