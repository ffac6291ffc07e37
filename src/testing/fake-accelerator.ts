import {
  type Accelerator,
  BioXenError,
  type Cost,
  type DeviceInfo,
  type EnergyMeter,
  type Kernel,
  type Probe,
  type RunContext,
  type Seconds,
  type Support,
  type Work,
  type WorkloadSpec,
} from "../contract/index.ts";

/** How a fake kernel behaves; what is left out is done properly. */
export interface FakeKernelOptions<I, O> {
  /** Seconds of the prior cost, 1 ms by default. */
  readonly seconds?: Seconds | ((work: Work, device: DeviceInfo) => Seconds);
  /** The rest of the prior cost; no joules by default. */
  readonly cost?: Partial<Omit<Cost, "seconds">>;
  readonly supports?: (input: I, device: DeviceInfo) => Support;
  /** How long a run takes, during which an abort is noticed; 0 by default. */
  readonly takes?: Seconds;
  /** The answer; the workload's oracle by default. */
  readonly run?: (input: I, context: RunContext, device: DeviceInfo) => O | Promise<O>;
}

export interface FakeKernel<I, O> extends Kernel<I, O> {
  readonly answer: (input: I, context: RunContext, device: DeviceInfo) => Promise<O>;
}

/** A kernel made of a function, for tests of what stands above the hardware. */
export function fakeKernel<I, O>(
  workload: WorkloadSpec<I, O>,
  { seconds = 1e-3, cost = {}, supports = () => ({ ok: true }), takes = 0, run }: FakeKernelOptions<I, O> = {},
): FakeKernel<I, O> {
  return {
    workload,
    supports,
    prior: (work, device) => ({
      seconds: typeof seconds === "number" ? seconds : seconds(work, device),
      joules: null,
      energySource: null,
      basis: "guess",
      ...cost,
    }),
    answer: async (input, context, device) => {
      if (takes > 0) await pause(takes, context.signal);
      if (run !== undefined) return run(input, context, device);
      if (workload.reference === null)
        throw new BioXenError("UNSUPPORTED", `${workload.id} has no oracle to answer with`);
      return workload.reference(input);
    },
  };
}

export interface FakeOptions {
  /** `fake` by default. */
  readonly id?: string;
  /** What differs from a plain CPU that is not simulated; one device by default. */
  readonly devices?: readonly Partial<DeviceInfo>[];
  // biome-ignore lint/suspicious/noExplicitAny: kernels of several workloads in one list
  readonly kernels: readonly FakeKernel<any, any>[];
  readonly meter?: EnergyMeter;
  /** What preparing resident data does; without it devices keep nothing. */
  readonly prepare?: (input: unknown, context: RunContext) => Promise<void>;
  readonly probe?: (context: RunContext, devices: readonly [DeviceInfo, ...DeviceInfo[]]) => Promise<Probe>;
  /** Called as a device opens; throw here to have it fail. */
  readonly opening?: (device: DeviceInfo) => Promise<void>;
  /** Called as a device is disposed. */
  readonly disposing?: (device: DeviceInfo) => Promise<void>;
}

/** One call that a fake received, in order. */
export interface FakeCall {
  readonly call: "probe" | "open" | "prepare" | "run" | "end" | "dispose";
  /** The device's id; the accelerator's for a probe. */
  readonly on: string;
}

export interface FakeAccelerator extends Accelerator {
  /** Every call so far; a run is there as `run` when it starts and as `end` when it settled. */
  readonly journal: readonly FakeCall[];
}

/**
 * An accelerator that passes the conformance kit and runs on nothing, made to misbehave where a test wants it to:
 * for testing a scheduler or an application, and for showing that the kit sees what it should.
 *
 * @example
 * const slow = fakeAccelerator({ id: "slow", kernels: [fakeKernel(matrixMultiply, { takes: 0.1 })] });
 */
export function fakeAccelerator({
  id = "fake",
  devices = [{}],
  kernels,
  meter,
  prepare,
  probe = async (_, present) => ({ status: "present", devices: present }),
  opening,
  disposing,
}: FakeOptions): FakeAccelerator {
  const journal: FakeCall[] = [];
  const note = (call: FakeCall["call"], on: string): void => void journal.push({ call, on });
  const [first = {}, ...others] = devices;
  const present: readonly [DeviceInfo, ...DeviceInfo[]] = [
    infoOf(id, 0, first),
    ...others.map((one, at) => infoOf(id, at + 1, one)),
  ];
  return {
    id,
    kernels,
    journal,
    probe: (context) => {
      note("probe", id);
      return probe(context, present);
    },
    open: async (info) => {
      note("open", info.id);
      await opening?.(info);
      let open = true;
      return {
        info,
        meter: meter ?? null,
        prepare:
          prepare === undefined
            ? null
            : async (_kernel, input, context) => {
                note("prepare", info.id);
                await prepare(input, context);
              },
        run: async <I, O>({ workload }: Kernel<I, O>, input: I, context: RunContext): Promise<O> => {
          if (!open) throw new BioXenError("DEVICE_LOST", `${info.id} is closed`);
          refuseAborted(context.signal);
          const kernel = kernels.find((one) => one.workload === workload);
          if (kernel === undefined) throw new BioXenError("UNSUPPORTED", `${id} has no kernel for ${workload.id}`);
          note("run", info.id);
          try {
            // sound because the kernel carries the very spec object that was asked for
            return (await kernel.answer(input, context, info)) as O;
          } finally {
            note("end", info.id);
          }
        },
        [Symbol.asyncDispose]: async () => {
          open = false;
          note("dispose", info.id);
          await disposing?.(info);
        },
      };
    },
  };
}

function infoOf(accelerator: string, index: number, given: Partial<DeviceInfo>): DeviceInfo {
  const id = `${accelerator}:${index}`;
  return { id, kind: "cpu", name: `fake ${id}`, memory: null, features: [], simulated: false, ...given };
}

function refuseAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new BioXenError("ABORTED", "the run was aborted", { cause: signal.reason });
}

async function pause(seconds: Seconds, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let stop = (): void => {};
  await new Promise<void>((resolve) => {
    stop = resolve;
    timer = setTimeout(resolve, seconds * 1000);
    signal.addEventListener("abort", stop, { once: true });
  });
  clearTimeout(timer);
  signal.removeEventListener("abort", stop);
  refuseAborted(signal);
}
