import { historyLength, tail } from "./method.ts";

/** Statistics of a point: spike, shift, shape. */
export const statistics = 3;

/** Where things stand in a stream's state; all of it doubles, so that it can be kept, sent and compared. */
export const place: Readonly<Record<"seen" | "quiet" | "beyond" | "kept" | "values" | "pasts" | "sorted", number>> = {
  /** Values seen, missing ones apart. */
  seen: 0,
  /** Points for which the stream still keeps quiet. */
  quiet: 1,
  /** For each statistic: how long it has been beyond the ordinary, and how many are kept. */
  beyond: 2,
  kept: 2 + statistics,
  /** The last values, the newest last. */
  values: 2 + 2 * statistics,
  /** For each statistic its past: oldest first, and sorted. */
  pasts: 2 + 2 * statistics + historyLength,
  sorted: 2 + 2 * statistics + historyLength + statistics * tail.most,
};

/** Doubles in the state of one stream. */
export const stateLength: number = place.sorted + statistics * tail.most;
