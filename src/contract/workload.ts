import type { StandardSchemaV1 } from "@standard-schema/spec";

declare const unit: unique symbol;
/** A number that remembers its unit: a plain literal fits, another unit does not. */
type Unit<U extends string> = number & { readonly [unit]?: U };
export type Seconds = Unit<"s">;
export type Joules = Unit<"J">;
export type Bytes = Unit<"B">;

/** How big one input is; the x-axes of every cost model. */
export interface Work {
  /** Count of the workload's own unit: cell updates, flops, bases x motifs. */
  readonly units: number;
  readonly bytesIn: Bytes;
  readonly bytesOut: Bytes;
  /** Sorts of input whose cost a unit differs, by another algorithm say: each has cost models of its own. */
  readonly sort?: string | undefined;
}

export interface Split<I, O> {
  /** One input a share (they sum to 1), in order and none empty; null where the batch is too small for that. */
  readonly parts: (input: I, shares: readonly number[]) => readonly I[] | null;
  /** The answer to the whole input, from those to its parts in their order. */
  readonly join: (outputs: readonly O[], input: I) => O;
}

/** The meaning of a workload, independent of any device. The object itself is the key. */
export interface WorkloadSpec<I, O> {
  readonly id: string;
  /** Raised when the meaning changes; stale calibration and golden data are then refused. */
  readonly version: number;
  /** Names that people use for it at the wire: the CLI, and `processType` in the manager's string API. */
  readonly aliases: readonly string[];
  /** What `size().units` counts, and the field's own name for a rate of it: `{ unit: "cell", rate: "GCUPS", per: 1e9 }`. */
  readonly throughput: { readonly unit: string; readonly rate: string; readonly per: number };
  /** Checks, never transforms: kernels get the caller's own object. */
  readonly input: StandardSchemaV1<unknown, I>;
  readonly size: (input: I) => Work;
  /** The part of an input that devices keep between runs (a database, a genome), or null. */
  readonly resident: (input: I) => object | null;
  /** The oracle: obviously right, allowed to be slow. null where the input itself defines the answer (a user's own model). */
  readonly reference: ((input: I) => O) | null;
  /** One source of inputs for calibration, benchmarks and fuzzing; `size` is in units, `random` is seeded and in [0, 1). */
  readonly generate: (size: number, random: () => number) => I;
  /** How a batch is cut for several devices at once; left out where its items need each other. */
  readonly split?: Split<I, O> | undefined;
  /** null when equal within the workload's stated tolerance, else a sentence saying how not. */
  readonly differ: (actual: O, expected: O, input: I) => string | null;
}

// biome-ignore lint/suspicious/noExplicitAny: the one place a spec's types are erased
export type AnyWorkload = WorkloadSpec<any, any>;
export type InputOf<W> = W extends WorkloadSpec<infer I, infer _O> ? I : never;
export type OutputOf<W> = W extends WorkloadSpec<infer _I, infer O> ? O : never;
