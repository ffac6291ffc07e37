import type { Bytes, Seconds } from "../../contract/index.ts";
import type { PlainValue } from "./plain-value.ts";

/** What one run of process code may use. */
export interface ProcessLimits {
  /** Lua instructions, counted in steps of 200; costly library calls and new coroutines are charged on top. */
  readonly instructions: number;
  /** Of the VM's whole Lua state while this run is at work. */
  readonly memory: Bytes;
  /** From the call, waiting for biology included. */
  readonly deadline: Seconds;
}

/** What a biology function is told beside its arguments. */
export interface CallContext {
  readonly vmId: string;
  /** Fires when the run is over, whatever ended it. */
  readonly signal: AbortSignal;
}

/** One function that process code may call by its name. What it throws becomes a Lua error, with its code kept. */
export type BiologyFunction = (args: readonly PlainValue[], context: CallContext) => Promise<PlainValue>;

/** The functions that process code may call, by name. */
export type Biology = Readonly<Record<string, BiologyFunction>>;

/** What a run of process code came to. */
export interface ProcessAnswer {
  /** What the code returned first, or what its one expression is. */
  readonly value: PlainValue;
  /** Lines that `print` wrote; at most 64 KiB, and `printedAll` then says that some is missing. */
  readonly printed: string;
  readonly printedAll: boolean;
  readonly instructions: number;
  readonly hostCalls: number;
  /** Held by the VM's Lua state when the run was over. */
  readonly memory: Bytes;
  /** What the caller should know of the state that this ran on, such as that it was restored after a loss. */
  readonly notices: readonly string[];
}

/** The Lua state of one VM. */
export interface ProcessState {
  /**
   * Runs code in the VM's Lua state, which lives on: globals that it sets are there for the next run. A bare name is a
   * call. Several runs may be under way at once; each has limits of its own.
   * @throws BioXenError `PROCESS_FAILED` for an error in the code, or the code of the biology that it did not catch;
   *   `PROCESS_LIMIT`, `DEADLINE_EXCEEDED`, `ABORTED`; `PROCESS_LOST` where its worker had to be ended;
   *   `INPUT_INVALID` for limits out of range.
   */
  readonly run: (code: string, biology: Biology, limits: ProcessLimits, signal?: AbortSignal) => Promise<ProcessAnswer>;
  /**
   * The state's data, functions and random numbers as bytes; `restore` makes of them a state that goes on as this one.
   * @throws BioXenError `CHECKPOINT_REFUSED` with the names of coroutines and other things that cannot be kept;
   *   `DEVICE_BUSY` while runs are under way.
   */
  readonly checkpoint: () => Promise<Uint8Array>;
  /**
   * Replaces the whole state.
   * @throws BioXenError `CHECKPOINT_DAMAGED`, the state being as before; `DEVICE_BUSY` while runs are under way.
   */
  readonly restore: (bytes: Uint8Array) => Promise<void>;
  /** Frees the state; runs under way end with `ABORTED`. */
  readonly close: () => Promise<void>;
}
