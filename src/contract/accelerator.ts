import type { BioXenError } from "./errors.ts";
import type { AnyWorkload, Bytes, InputOf, Joules, OutputOf, Seconds, Work, WorkloadSpec } from "./workload.ts";

export type DeviceKind = "cpu" | "gpu" | "tensor" | "npu" | "fpga" | "asic";
export interface DeviceInfo {
  /** `<accelerator>:<index>`, stable on one host; keys calibration. */
  readonly id: string;
  readonly kind: DeviceKind;
  /** Says what truly runs: the library and its provider, the instruction set. */
  readonly name: string;
  readonly memory: Bytes | null;
  /** Facts the chooser and users go by. `software`: a GPU emulated on the CPU, never chosen by default. */
  readonly features: readonly string[];
  /** true for a stub or emulator: never chosen unless the caller asks for it. */
  readonly simulated: boolean;
}

export type Probe =
  | { readonly status: "present"; readonly devices: readonly [DeviceInfo, ...DeviceInfo[]] }
  | {
      readonly status: "absent";
      readonly reason: string;
      /** Devices that stand in for the missing hardware, each of them `simulated`. */
      readonly simulated?: readonly DeviceInfo[];
    }
  | { readonly status: "broken"; readonly error: BioXenError };

/** The devices that a probe offers: those that are there, or the simulated ones that stand in for absent hardware. */
export function devicesOf(probe: Probe): readonly DeviceInfo[] {
  if (probe.status === "present") return probe.devices;
  return probe.status === "absent" ? (probe.simulated ?? []) : [];
}

export interface Cost {
  readonly seconds: Seconds;
  /** null when it cannot be known here; never an invented number. */
  readonly joules: Joules | null;
  readonly energySource: "counter" | "model" | null;
  /** guess: a constant in the source; profile: see `profiles/`; calibrated: fitted on this host; measured: this very run. */
  readonly basis: "guess" | "profile" | "calibrated" | "measured";
}

export type Support = { readonly ok: true } | { readonly ok: false; readonly reason: string };

export interface RunContext {
  readonly signal: AbortSignal;
  /** How many threads the caller allows; null for as many as the device has. */
  readonly threads: number | null;
}

/** What an accelerator can do, known before any device is opened: light to import, cheap to ask. */
export interface Kernel<I, O> {
  readonly workload: WorkloadSpec<I, O>;
  readonly supports: (input: I, device: DeviceInfo) => Support;
  /** Expected cost of a run, all data resident, until calibration replaces it. */
  readonly prior: (work: Work, device: DeviceInfo) => Cost;
}

// biome-ignore lint/suspicious/noExplicitAny: the one place a kernel's types are erased
export type AnyKernel = Kernel<any, any>;

/** The kernel type of one workload: `KernelFor<typeof sequenceAlignment>`. */
export type KernelFor<W extends AnyWorkload> = Kernel<InputOf<W>, OutputOf<W>>;

/** A counter that grows, like RAPL; it steps back where it lost count, and cannot tell runs shorter than its resolution. */
export interface EnergyMeter {
  readonly source: "counter" | "model";
  /** What it counts, idle power included or not: `RAPL package-0, dram; idle power included`. */
  readonly counts?: string;
  readonly resolution?: Seconds;
  readonly read: () => Promise<Joules>;
}

/** One opened piece of hardware; opening is where a heavy library is imported. Runs come one at a time. */
export interface Device extends AsyncDisposable {
  readonly info: DeviceInfo;
  /**
   * What has to be done once before such a run: code compiled, threads started, `WorkloadSpec.resident` brought over.
   * Reported apart; asked for only while that is not there, always where there is none, so repeating it must cost next
   * to nothing. null where nothing is.
   */
  readonly prepare: (<I, O>(kernel: Kernel<I, O>, input: I, context: RunContext) => Promise<void>) | null;
  readonly run: <I, O>(kernel: Kernel<I, O>, input: I, context: RunContext) => Promise<O>;
  /** null when the device cannot be metered by itself. */
  readonly meter: EnergyMeter | null;
}

export interface Accelerator {
  readonly id: string;
  readonly kernels: readonly AnyKernel[];
  /** Never throws for missing hardware, never loads a heavy library in this process, ends within the deadline. */
  readonly probe: (context: RunContext) => Promise<Probe>;
  readonly open: (device: DeviceInfo, context: RunContext) => Promise<Device>;
}
