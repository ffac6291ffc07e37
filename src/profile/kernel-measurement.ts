import { z } from "zod";
import type { Bytes, Joules, Seconds } from "../contract/index.ts";
import type { AnswerError } from "./answer-error.ts";
import type { Interval } from "./bootstrap.ts";

/** What one workload cost on one device at one size, by repeated runs on this host. */
export interface KernelMeasurement {
  /** A workload's id, and the version of its meaning. */
  readonly workload: string;
  readonly version: number;
  /** `cpu-simd:0`, and what truly ran. */
  readonly device: string;
  readonly deviceName: string;
  readonly units: number;
  /** What the units count: `flop`. */
  readonly unit: string;
  readonly repeats: number;
  /** Runs before them that count for nothing, the first call apart. */
  readonly warmUps: number;
  /** Of the kernel with its transfers: the median with its 95 % bootstrap interval. */
  readonly seconds: Interval;
  readonly firstCall: FirstCall;
  readonly transfer: Transfer;
  readonly peakMemory: {
    readonly bytes: Bytes | null;
    readonly note: string;
    /** On a board of its own; null where nobody tells, and the note why. */
    readonly device?: { readonly bytes: Bytes | null; readonly note: string } | undefined;
  };
  readonly error: OracleError;
  readonly joules: RunJoules;
}

export interface FirstCall {
  /** From the call to its answer, opening the device, compiling and preparing included. */
  readonly seconds: Seconds;
  /** Whether nothing of the device had been loaded in the process before. */
  readonly fresh: boolean;
}

export interface Transfer {
  /** In and out, of each run. */
  readonly bytes: Bytes;
  /** What bringing the resident part over took, once. */
  readonly prepareSeconds: Seconds;
}

export interface OracleError extends AnswerError {
  /** Size at which it was compared; null where the workload has no reference. */
  readonly units: number | null;
  /** Whether the answer is right within the workload's own tolerance. */
  readonly agrees: boolean | null;
}

export interface RunJoules {
  /** Of one run, null where none can be told. */
  readonly value: Joules | null;
  readonly source: "counter" | "model" | null;
  /** What was counted, or why there is nothing. */
  readonly note: string;
}

const amount = z.number().nonnegative();

/** Checks a measurement in a profile file. */
export function kernelMeasurement(): z.ZodType<KernelMeasurement> {
  return z
    .strictObject({
      workload: z.string().min(1),
      version: z.int().positive(),
      device: z.string().min(1),
      deviceName: z.string().min(1),
      units: z.number().positive(),
      unit: z.string().min(1),
      repeats: z.int().positive(),
      warmUps: z.int().nonnegative(),
      seconds: z.strictObject({
        median: z.number().positive(),
        low: z.number().positive(),
        high: z.number().positive(),
      }),
      firstCall: z.strictObject({ seconds: amount, fresh: z.boolean() }),
      transfer: z.strictObject({ bytes: amount, prepareSeconds: amount }),
      peakMemory: z.strictObject({
        bytes: amount.nullable(),
        note: z.string(),
        device: z.strictObject({ bytes: amount.nullable(), note: z.string() }).optional(),
      }),
      error: z.strictObject({
        largest: amount.nullable(),
        relative: amount.nullable(),
        numbers: z.int().nonnegative(),
        units: amount.nullable(),
        agrees: z.boolean().nullable(),
      }),
      joules: z.strictObject({
        value: amount.nullable(),
        source: z.enum(["counter", "model"]).nullable(),
        note: z.string(),
      }),
    })
    .superRefine(({ seconds: { median, low, high }, joules }, context) => {
      if (low > median || median > high)
        context.addIssue({ code: "custom", path: ["seconds"], message: "expected low <= median <= high" });
      if ((joules.value === null) !== (joules.source === null))
        context.addIssue({ code: "custom", path: ["joules", "source"], message: "joules say where they come from" });
    });
}
