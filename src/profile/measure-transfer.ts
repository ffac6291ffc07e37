import { z } from "zod";
import type { AnyWorkload, Bytes, DeviceInfo, Dispatcher, Seconds } from "../contract/index.ts";
import { medianInterval } from "./bootstrap.ts";
import { fitLine } from "./fit-line.ts";

/** What it costs to bring data to a device and answers back: `latency + bytes / bandwidth`, as a caller sees it. */
export interface DeviceTransfer {
  readonly device: string;
  /** Of a call that moves next to nothing. */
  readonly latency: Seconds;
  /** Bytes a second, to the device and back from it; null where the calls' times do not grow with the bytes. */
  readonly toDevice: number | null;
  readonly fromDevice: number | null;
  /** By what it was measured. */
  readonly note: string;
}

/** Calls that move a number of bytes and compute next to nothing with them. */
export interface TransferCalls {
  readonly workload: AnyWorkload;
  readonly toDevice: (bytes: Bytes) => unknown;
  readonly fromDevice: (bytes: Bytes) => unknown;
  readonly note: string;
}

export interface TransferOptions {
  /** Rising; 4 KiB to 16 MiB by default. */
  readonly sizes?: readonly Bytes[];
  /** Of each size, after one that does not count; 9 by default. */
  readonly repeats?: number;
  readonly threads?: number;
  readonly signal?: AbortSignal;
}

/**
 * Fits latency and bandwidth to the medians of such calls, each way by itself. They end with the answer in the caller's memory, so that
 * dispatch, copies to threads and whatever the device does between are in them: no transfer is cheaper than these say.
 * @throws BioXenError as `run` does.
 */
export async function measureTransfer(
  dispatcher: Dispatcher,
  device: DeviceInfo,
  { workload, toDevice, fromDevice, note }: TransferCalls,
  { sizes = [2 ** 12, 2 ** 16, 2 ** 20, 2 ** 24], repeats = 9, threads, signal }: TransferOptions = {},
): Promise<DeviceTransfer> {
  const options = {
    device: device.id,
    allowSimulated: false,
    fallback: false,
    ...(threads === undefined ? {} : { threads }),
    ...(signal === undefined ? {} : { signal }),
  };
  const lineOf = async (
    inputOf: (bytes: Bytes) => unknown,
  ): Promise<{ latency: Seconds; bandwidth: number | null }> => {
    const runs: { units: number; bytes: Bytes; seconds: Seconds; joules: null }[] = [];
    for (const size of sizes) {
      const input = inputOf(size);
      const times: Seconds[] = [];
      // the first call opens the device, and brings over what stays there
      await dispatcher.run(workload, input, options);
      for (let repeat = 0; repeat < repeats; repeat++)
        times.push((await dispatcher.run(workload, input, options)).measured.seconds);
      const { bytesIn, bytesOut } = workload.size(input);
      runs.push({ units: 0, bytes: bytesIn + bytesOut, seconds: medianInterval(times).median, joules: null });
    }
    const { a, c } = fitLine(runs);
    return { latency: a, bandwidth: c > 0 ? 1 / c : null };
  };
  const [to, from] = [await lineOf(toDevice), await lineOf(fromDevice)];
  return {
    device: device.id,
    latency: Math.min(to.latency, from.latency),
    toDevice: to.bandwidth,
    fromDevice: from.bandwidth,
    note,
  };
}

/** Checks a transfer in a profile file. */
export function deviceTransfer(): z.ZodType<DeviceTransfer> {
  return z.strictObject({
    device: z.string().min(1),
    latency: z.number().nonnegative(),
    toDevice: z.number().positive().nullable(),
    fromDevice: z.number().positive().nullable(),
    note: z.string().min(1),
  });
}
