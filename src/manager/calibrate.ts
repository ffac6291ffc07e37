import { type AnyKernel, BioXenError, type Seconds, seededRandom, type Work } from "../contract/index.ts";
import type { SavedCalibration } from "../profile/calibration.ts";
import { boundOf } from "./bounded.ts";
import type { PriceList } from "./price-list.ts";
import type { Seat } from "./seat.ts";

export interface CalibrateOptions {
  /** About how long the whole calibration may take; 20 s by default. */
  readonly budget?: Seconds;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: CalibrationProgress) => void;
}

export interface CalibrationProgress {
  /** 0 to 1, by time. */
  readonly share: number;
  readonly device: string;
  readonly workload: string;
  readonly units: number;
}

export interface CalibrationResult {
  readonly runs: number;
  readonly seconds: Seconds;
  /** Kernels that failed and were left at their prior, with why. */
  readonly failed: readonly { readonly device: string; readonly workload: string; readonly reason: string }[];
  /** Where the figures were kept for later sessions, or why they were not. */
  readonly kept: SavedCalibration;
}

const leastExponent = 8;
const mostExponent = 40;
/** Powers of two fill vector lanes, blocks and threads as few inputs do: sizes lie between them. */
const between = 0.3;
/** Sizes go up by 2^2: a line needs spread more than density. */
const step = 2;
const repeats = 3;
/** A kernel stops growing where one run takes this share of the budget. */
const longestShare = 0.02;
/** A first run that takes this share is not repeated. */
const hopelessShare = 0.1;

/** Share of the budget that the run under way may still take when it has run out. */
const grace = 0.25;

interface Made {
  readonly input: unknown;
  readonly work: Work;
}

interface Track {
  readonly seat: Seat;
  readonly kernel: AnyKernel;
  done: boolean;
}

/**
 * Times every kernel on every device over sizes between 2^8 and 2^40, smallest first and turn by turn, so that a budget that runs
 * out leaves all of them equally far. The first run at each size warms up and is not counted.
 */
export async function calibrate(
  seats: readonly Seat[],
  prices: PriceList,
  { budget = 20, signal, onProgress = () => {} }: CalibrateOptions,
): Promise<Omit<CalibrationResult, "kept">> {
  const startedAt = performance.now();
  const elapsed = (): Seconds => (performance.now() - startedAt) / 1000;
  const failed: { device: string; workload: string; reason: string }[] = [];
  const tracks: Track[] = seats.flatMap((seat) =>
    seat.info.simulated || seat.info.features.includes("software")
      ? []
      : seat.accelerator.kernels.map((kernel) => ({ seat, kernel, done: false })),
  );
  const make = inputMaker(budget * longestShare * 4);
  let runs = 0;
  // the kernel that hangs must not take the calibration with it
  using bound = boundOf({ deadline: budget * (1 + grace), ...(signal === undefined ? {} : { signal }) });

  for (let exponent = leastExponent; exponent <= mostExponent && tracks.some(({ done }) => !done); exponent += step) {
    const inputs = new Map<AnyKernel["workload"], Made | null>();
    for (const track of tracks) {
      if (track.done) continue;
      if (elapsed() > budget) return { runs, seconds: elapsed(), failed };
      const { seat, kernel } = track;
      const { workload } = kernel;
      let made = inputs.get(workload);
      if (made === undefined) {
        made = make(workload, Math.round(2 ** (exponent + between)));
        inputs.set(workload, made);
      }
      if (made === null || !kernel.supports(made.input, seat.info).ok) {
        track.done = true;
        continue;
      }
      onProgress({
        share: Math.min(1, elapsed() / budget),
        device: seat.info.id,
        workload: workload.id,
        units: made.work.units,
      });
      try {
        for (let repeat = 0; repeat <= repeats; repeat++) {
          const { measured, prepareSeconds } = await seat.run(kernel, made.input, null, bound);
          runs++;
          // a first run still warms up, unless it is so long that warming up is lost in it
          const counts = repeat > 0 || measured.seconds > budget * hopelessShare;
          prices.record(seat, kernel, made.work, null, {
            seconds: counts ? measured.seconds : 0,
            joules: measured.joules,
            prepareSeconds,
          });
          if (counts && measured.seconds > budget * longestShare) {
            track.done = true;
            break;
          }
        }
      } catch (error) {
        if (error instanceof BioXenError && error.code === "ABORTED") throw error;
        track.done = true;
        failed.push({
          device: seat.info.id,
          workload: workload.id,
          reason: error instanceof Error ? error.message : String(error),
        });
      }
    }
  }
  return { runs, seconds: elapsed(), failed };
}

/** Makes inputs of growing size; null once making one would take too long for the budget. */
function inputMaker(longest: Seconds): (workload: AnyKernel["workload"], size: number) => Made | null {
  const lastSeconds = new Map<AnyKernel["workload"], Seconds>();
  return (workload, size) => {
    if ((lastSeconds.get(workload) ?? 0) * 2 ** step > longest) return null;
    const startedAt = performance.now();
    const input: unknown = workload.generate(size, seededRandom(1));
    lastSeconds.set(workload, (performance.now() - startedAt) / 1000);
    return { input, work: workload.size(input) };
  };
}
