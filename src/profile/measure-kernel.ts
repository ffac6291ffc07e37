import {
  type AnyWorkload,
  BioXenError,
  type Bytes,
  type DeviceInfo,
  type Dispatched,
  type Dispatcher,
  type EnergyMeter,
  type Joules,
  type Seconds,
  seededRandom,
} from "../contract/index.ts";
import { forgetPeakMemory, peakMemory } from "../host/peak-memory.ts";
import { answerError } from "./answer-error.ts";
import { medianInterval } from "./bootstrap.ts";
import type { KernelMeasurement, OracleError, RunJoules } from "./kernel-measurement.ts";

export interface MeasureOptions {
  /** Sizes in the workload's own units, smallest first; `2^12, 2^16 ..` by default. */
  readonly sizes?: readonly number[];
  /** At least 30, which is the default: fewer give no interval worth the name. */
  readonly repeats?: number;
  /** 3 by default. */
  readonly warmUps?: number;
  /** Of the inputs and of the bootstrap. */
  readonly seed?: number;
  /** A size at which all runs together are expected to take longer ends the list; 5 s by default. */
  readonly budget?: Seconds;
  /** Threads that a CPU device may use. */
  readonly threads?: number;
  /** Bytes in use on the device's board right now; null where nobody tells. */
  readonly boardMemory?: () => Bytes | null;
  readonly signal?: AbortSignal;
  readonly onProgress?: (share: number, units: number) => void;
}

/** Fewer than these make no confidence interval. */
const leastRepeats = 30;
/** Of a meter's resolution: a window so long is off by half of its tick at most, as resolutions are ten ticks. */
const enough = 2;
/** Work on which the reference in plain TypeScript still answers within seconds. */
const mostCheckedUnits = 2 ** 22;
const defaultSizes: readonly number[] = [12, 16, 20, 24, 28, 32].map((exponent) => 2 ** exponent);

/**
 * Measures one workload on one device: for each size a first call, warm-up runs, then the repeats, back to back between
 * two readings of the meter, so that even short runs add up to a window that it can tell.
 * @throws BioXenError `INPUT_INVALID` for fewer than 30 repeats, and as `run` does
 */
export async function measureKernel(
  dispatcher: Dispatcher,
  workload: AnyWorkload,
  device: DeviceInfo,
  meter: EnergyMeter | null,
  options: MeasureOptions = {},
): Promise<readonly KernelMeasurement[]> {
  const { sizes = defaultSizes, repeats = leastRepeats, warmUps = 3, seed = 1, budget = 5 } = options;
  if (!(repeats >= leastRepeats))
    throw new BioXenError("INPUT_INVALID", `${repeats} repeats: at least ${leastRepeats} are needed for an interval`);
  const { threads, signal, boardMemory = () => null, onProgress = () => {} } = options;
  const heldBefore = boardMemory();
  let held = heldBefore;
  const look = (): void => {
    const now = boardMemory();
    if (now !== null && (held === null || now > held)) held = now;
  };
  const runOptions = {
    device: device.id,
    allowSimulated: false,
    fallback: false,
    ...(threads === undefined ? {} : { threads }),
    ...(signal === undefined ? {} : { signal }),
  };
  const run = (input: unknown): Promise<Dispatched<unknown>> => dispatcher.run(workload, input, runOptions);
  const done: KernelMeasurement[] = [];
  let error: OracleError | null = null;
  for (const [at, size] of sizes.entries()) {
    const last = done.at(-1);
    const expected = last === undefined ? 0 : (last.seconds.median * size) / last.units;
    if (expected * (repeats + warmUps) > budget) break;
    const input: unknown = workload.generate(size, seededRandom(seed));
    const work = workload.size(input);
    // several sizes may come out as the same input
    if (last !== undefined && work.units <= last.units) continue;
    onProgress(at / sizes.length, work.units);
    forgetPeakMemory();
    const startedAt = performance.now();
    const first = await run(input);
    const firstSeconds = (performance.now() - startedAt) / 1000;
    look();
    if (last === undefined && first.measured.seconds * (repeats + warmUps) > 20 * budget)
      throw new BioXenError(
        "DEADLINE_EXCEEDED",
        `${workload.id} on ${device.id} takes ${first.measured.seconds.toPrecision(3)} s at ${work.units} units: ${repeats} repeats do not fit`,
      );
    if (error === null || work.units <= mostCheckedUnits) error = errorOf(workload, input, first.output, work.units);
    for (let warmUp = 0; warmUp < warmUps; warmUp++) await run(input);
    const before = (await meter?.read()) ?? 0;
    const beganAt = performance.now();
    const times: Seconds[] = [];
    const own: (Joules | null)[] = [];
    let note = "";
    for (let repeat = 0; repeat < repeats; repeat++) {
      const { measured } = await run(input);
      times.push(measured.seconds);
      own.push(measured.joules);
      note = measured.energyNote;
      look();
    }
    const elapsed = (): Seconds => (performance.now() - beganAt) / 1000;
    // runs that are too short for the meter are repeated for its sake alone
    let metered = repeats;
    for (; meter !== null && elapsed() < enough * (meter.resolution ?? 0) && elapsed() < budget; metered++)
      await run(input);
    const window = elapsed();
    done.push({
      workload: workload.id,
      version: workload.version,
      device: device.id,
      deviceName: device.name,
      units: work.units,
      unit: workload.throughput.unit,
      repeats,
      warmUps,
      seconds: medianInterval(times, seed),
      firstCall: { seconds: firstSeconds, fresh: at === 0 },
      transfer: { bytes: work.bytesIn + work.bytesOut, prepareSeconds: first.prepareSeconds },
      peakMemory: { ...peakMemory(), device: onBoard(device, heldBefore, held) },
      error,
      joules: meter === null ? ownJoules(own, note) : await windowJoules(meter, before, window, metered),
    });
  }
  return done;
}

/** The most that a board held after any run, beyond what it held before the first. */
function onBoard(
  { features }: DeviceInfo,
  before: Bytes | null,
  most: Bytes | null,
): { readonly bytes: Bytes | null; readonly note: string } {
  if (before !== null && most !== null)
    return {
      bytes: most - before,
      note: "the whole board's by NVML, looked at after each run, above what it was before",
    };
  const hasBoard = features.some((feature) => feature.startsWith("pci:"));
  return { bytes: null, note: hasBoard ? "NVML does not tell this board's memory" : "no board that NVML knows" };
}

/** What the meter counted over all runs, shared out. */
async function windowJoules(meter: EnergyMeter, before: Joules, window: Seconds, runs: number): Promise<RunJoules> {
  const { source, counts = `a ${source}`, resolution = 0 } = meter;
  const none = (why: string): RunJoules => ({ value: null, source: null, note: `${why} (${counts})` });
  if (window < resolution) return none(`too short: all ${runs} runs took ${window.toPrecision(3)} s`);
  const joules = ((await meter.read()) - before) / runs;
  if (!(joules >= 0)) return none("the meter lost count, or stands below where it began");
  return { value: joules, source, note: counts };
}

/** Where the device meters its own runs and nobody else does. */
function ownJoules(joules: readonly (Joules | null)[], note: string): RunJoules {
  const known = joules.filter((one) => one !== null);
  if (known.length < joules.length || known.length === 0) return { value: null, source: null, note };
  return { value: medianInterval(known).median, source: "counter", note };
}

/** The oracles are plain TypeScript, which computes in doubles; what they answer has the precision of the output. */
function errorOf(workload: AnyWorkload, input: unknown, output: unknown, units: number): OracleError {
  if (workload.reference === null || units > mostCheckedUnits)
    return { largest: null, relative: null, numbers: 0, units: null, agrees: null };
  const expected: unknown = workload.reference(input);
  return { ...answerError(output, expected), units, agrees: workload.differ(output, expected, input) === null };
}
