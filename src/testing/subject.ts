import {
  type Accelerator,
  type AnyKernel,
  type AnyWorkload,
  BioXenError,
  type Device,
  type DeviceInfo,
  devicesOf,
  type Probe,
  type RunContext,
  type Seconds,
  type WorkloadSpec,
} from "../contract/index.ts";
import { KeptDevices } from "./kept-devices.ts";

/** What the kit borrows from the caller's test runner; vitest and node:test fit as they are. */
export interface Runner {
  readonly describe: (name: string, body: () => void) => void;
  readonly test: (name: string, body: (context: SkipContext) => Promise<void>) => void;
}

export interface SkipContext {
  skip(reason?: string): void;
}

/** Inputs of one workload, the edge cases that its kernels must get right; make it with `casesOf`. */
export interface Cases {
  readonly workload: AnyWorkload;
  readonly inputs: readonly { readonly name: string; readonly input: unknown }[];
  /** Two runs of one input must give the very same bits; else they need only agree by the workload's `differ`. */
  readonly identical: boolean;
}

/** Cases whose inputs are checked against the workload's own type. */
export function casesOf<I, O>(
  workload: WorkloadSpec<I, O>,
  inputs: Readonly<Record<string, I>>,
  { identical = false }: { readonly identical?: boolean } = {},
): Cases {
  return { workload, inputs: Object.entries(inputs).map(([name, input]) => ({ name, input })), identical };
}

export interface Options {
  /** Least number of kernel runs whose answers must truly be compared; a suite that skipped its work must not be green. */
  readonly atLeast: number;
  /** Sizes, in units of the workload, of the generated inputs; 100, 10,000 and 1,000,000 by default. */
  readonly sizes?: readonly number[];
  /** Seeds of the generated inputs, each at each size; 1, 2 and 3 by default. */
  readonly seeds?: readonly number[];
  /** How long a probe may take; 10 s by default, as in the manager. */
  readonly probeWithin?: Seconds;
  /** How long a run may go on after its signal fired; 2 s by default. */
  readonly stopWithin?: Seconds;
  readonly memory?: MemoryOptions;
}

export interface MemoryOptions {
  /** Runs that are watched, after half as many to warm up; 1,000 by default. */
  readonly runs?: number;
  /** About how long they may take in all: the input is chosen by it; 1.5 s by default. */
  readonly seconds?: Seconds;
  /**
   * How long they may take where even the smallest input is too slow for that; 5 s by default. Where that is not
   * enough, the test is skipped and says how many runs there were.
   */
  readonly longest?: Seconds;
  /** Growth of the JavaScript heap and its buffers that is taken for noise; 4 MiB by default. */
  readonly heapSlack?: number;
  /** Growth of the whole process that is taken for noise (other threads, native code); 64 MiB by default. */
  readonly processSlack?: number;
}

export type Settings = Required<Omit<Options, "memory">> & { readonly memory: Required<MemoryOptions> };

/** Longer than a test runner takes from one test to the next. */
const keptOpen: Seconds = 0.3;

function settingsOf({ memory = {}, ...options }: Options): Settings {
  return {
    sizes: [1e2, 1e4, 1e6],
    seeds: [1, 2, 3],
    probeWithin: 10,
    stopWithin: 2,
    ...options,
    memory: { runs: 1000, seconds: 1.5, longest: 5, heapSlack: 4 * 2 ** 20, processSlack: 64 * 2 ** 20, ...memory },
  };
}

/** The accelerator under test with what it is tested on, and how often it truly ran. */
export interface Subject {
  readonly accelerator: Accelerator;
  readonly settings: Settings;
  /** The devices, or why there are none; asked for once, for a probe may start processes. */
  readonly devices: () => Promise<readonly DeviceInfo[] | string>;
  /** What compares answers shares its devices; what stops, shares or closes them opens its own. */
  readonly kept: KeptDevices;
  /** Runs whose answer was compared. */
  compared: number;
}

export function subjectOf(accelerator: Accelerator, options: Options): Subject {
  const settings = settingsOf(options);
  const ask = async (): Promise<readonly DeviceInfo[] | string> => {
    const probe = await within(accelerator.probe(contextOf()), settings.probeWithin, "the probe");
    const offered = devicesOf(probe);
    return offered.length > 0 || probe.status === "present" ? offered : whyNotPresent(probe);
  };
  let asked: ReturnType<typeof ask> | null = null;
  return {
    accelerator,
    settings,
    devices: () => {
      asked ??= ask();
      return asked;
    },
    kept: new KeptDevices(accelerator, keptOpen),
    compared: 0,
  };
}

/** A context of its own for each call: one never sees the abort of another. */
export function contextOf(
  signal: AbortSignal = new AbortController().signal,
  threads: number | null = null,
): RunContext {
  return { signal, threads };
}

/** Settles as the promise does, or rejects with a sentence that says what did not end in time. */
export async function within<T>(promise: Promise<T>, seconds: Seconds, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not end within ${seconds} s`)), seconds * 1000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

export function whyNotPresent(probe: Exclude<Probe, { status: "present" }>): string {
  return probe.status === "absent" ? `absent: ${probe.reason}` : `broken: ${probe.error.message}`;
}

type DeviceCheck = (device: Device, info: DeviceInfo) => Promise<string | null>;

/**
 * Does a check on every device that the probe finds, each opened for it and disposed after it. The check returns
 * null, or why it does not apply to this device; where it applied to none of them, the test is skipped with the reasons.
 */
export async function onEveryDevice(subject: Subject, context: SkipContext, check: DeviceCheck): Promise<void> {
  await onEach(subject, context, async (info) => {
    const device = await subject.accelerator.open(info, contextOf());
    try {
      return await check(device, info);
    } finally {
      await device[Symbol.asyncDispose]();
    }
  });
}

/** As `onEveryDevice`, on devices that other checks used before. */
export async function onKeptDevices(subject: Subject, context: SkipContext, check: DeviceCheck): Promise<void> {
  await onEach(subject, context, (info) => subject.kept.use(info, contextOf(), (device) => check(device, info)));
}

async function onEach(
  { devices }: Subject,
  context: SkipContext,
  check: (info: DeviceInfo) => Promise<string | null>,
): Promise<void> {
  const found = await devices();
  if (typeof found === "string") return context.skip(found);
  const reasons: string[] = [];
  for (const info of found) {
    const reason = await check(info);
    if (reason !== null) reasons.push(`${info.id}: ${reason}`);
  }
  if (reasons.length === found.length) context.skip(reasons.join("; "));
}

/** What generated inputs were made of: however often they are made, the oracle is asked once. */
const made = new WeakMap<object, string>();
const answers = new WeakMap<
  AnyWorkload,
  { readonly ofMade: Map<string, unknown>; readonly ofCases: WeakMap<object, unknown> }
>();

/** Notes that an input is what the workload generates under this name. */
export function noteMade<T>(input: T, name: string): T {
  if (input instanceof Object) made.set(input, name);
  return input;
}

/**
 * The answer an input must get: the oracle's, or where the workload has none the first of two runs on the device. An
 * oracle answers an input once, before any device could write into it: slow as it is, it would take most of the time
 * of the kit.
 */
export async function expected(device: Device, kernel: AnyKernel, input: unknown): Promise<unknown> {
  const { workload } = kernel;
  if (workload.reference === null) return device.run(kernel, input, contextOf());
  if (!(input instanceof Object)) return workload.reference(input);
  const known = answers.get(workload) ?? {
    ofMade: new Map<string, unknown>(),
    ofCases: new WeakMap<object, unknown>(),
  };
  answers.set(workload, known);
  const name = made.get(input);
  const found = name === undefined ? known.ofCases.get(input) : known.ofMade.get(name);
  if (found !== undefined) return found;
  const answer: unknown = workload.reference(input);
  if (name === undefined) known.ofCases.set(input, answer);
  else known.ofMade.set(name, answer);
  return answer;
}

/** @throws Error that names the input and the difference. */
export function mustAgree(kernel: AnyKernel, actual: unknown, wanted: unknown, input: unknown, what: string): void {
  const difference = kernel.workload.differ(actual, wanted, input);
  if (difference !== null) throw new Error(`${what}: ${difference}`);
}

/** Runs once more and compares with the expected answer: how the kit sees that a device still works. */
export async function mustStillWork(device: Device, kernel: AnyKernel, input: unknown, after: string): Promise<void> {
  const wanted = await expected(device, kernel, input);
  let output: unknown;
  try {
    output = await device.run(kernel, input, contextOf());
  } catch (error) {
    throw new Error(`after ${after} a run fails: ${textOf(error)}`, { cause: error });
  }
  mustAgree(kernel, output, wanted, input, `after ${after}`);
}

export async function rejectionOf(run: Promise<unknown>): Promise<unknown> {
  return run.then(
    () => null,
    (error: unknown) => error ?? new Error("rejected without an error"),
  );
}

/** @throws Error unless this is the one error class with this code; any code where none is given. */
export function mustBeTyped(error: unknown, code: BioXenError["code"] | null, what: string): void {
  if (error === null) throw new Error(`${what} did not reject`);
  if (!(error instanceof BioXenError)) throw new Error(`${what} rejected with ${textOf(error)}, no BioXenError`);
  if (code !== null && error.code !== code) throw new Error(`${what} rejected with ${error.code}, expected ${code}`);
}

export function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
