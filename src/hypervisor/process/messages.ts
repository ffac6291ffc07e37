import { BioXenError, type ErrorCode } from "../../contract/index.ts";
import type { LuaAnswer } from "./lua-state.ts";
import type { PlainValue } from "./plain-value.ts";
import type { ProcessLimits } from "./process.ts";

/** An error as data: by itself it would lose its class and its code between threads. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly context: Readonly<Record<string, string | number>>;
}

/** What a worker is asked, under a number that its answer comes back with. */
export type Request =
  | {
      readonly kind: "run";
      readonly vm: string;
      readonly code: string;
      readonly names: readonly string[];
      readonly limits: ProcessLimits;
      /** Milliseconds of the epoch. */
      readonly sent: number;
    }
  | { readonly kind: "checkpoint"; readonly vm: string }
  | { readonly kind: "restore"; readonly vm: string; readonly bytes: Uint8Array }
  | { readonly kind: "close"; readonly vm: string };

/** What a request is answered with. */
export type Result = LuaAnswer | Uint8Array | null;

export type ToWorker =
  | (Request & { readonly id: number })
  | { readonly kind: "end"; readonly id: number; readonly failure: Failure }
  | { readonly kind: "called"; readonly call: number; readonly value: PlainValue }
  | { readonly kind: "call-failed"; readonly call: number; readonly failure: Failure };

export type FromWorker =
  | {
      readonly kind: "call";
      readonly id: number;
      readonly call: number;
      readonly name: string;
      readonly args: readonly PlainValue[];
    }
  | { readonly kind: "done"; readonly id: number; readonly result: Result }
  /** `lost`: the state is gone with it. */
  | { readonly kind: "failed"; readonly id: number; readonly failure: Failure; readonly lost: boolean };

export interface WorkerData {
  /** A counter that moves while the worker is well. */
  readonly beats: SharedArrayBuffer;
}

export function failureOf(error: unknown): Failure {
  if (error instanceof BioXenError) return { code: error.code, message: error.message, context: error.context };
  return { code: "PROCESS_FAILED", message: error instanceof Error ? error.message : String(error), context: {} };
}

export function errorOf({ code, message, context }: Failure, cause?: unknown): BioXenError {
  return new BioXenError(code, message, { context, ...(cause === undefined ? {} : { cause }) });
}
