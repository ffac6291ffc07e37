import { z } from "zod";
import { type EventState, faultOfNetwork, type ReactionNetwork } from "../../network/index.ts";

/** Where solutions stand: what a run gives back and a later one goes on from. */
export interface KineticsState {
  /** All values of each item, one after the other. */
  readonly values: Float64Array;
  readonly times: Float64Array;
  /** The step that each would try next; 0 where that is not known. */
  readonly steps: Float64Array;
  /** Random numbers that each has used: events with a draw or of equal priority need some. */
  readonly draws: Float64Array;
  /** Null for networks without events. */
  readonly events: readonly EventState[] | null;
}

export interface KineticsInput {
  readonly network: ReactionNetwork;
  /** How many items. */
  readonly count: number;
  /** When items without a state start. */
  readonly from: number;
  /** When values are kept, ascending; the last is the end. */
  readonly times: Float64Array;
  /** Numbers of the values that are kept. */
  readonly observed: Uint32Array;
  /** Values that differ from the network's initial ones, or from those of `state`; item `i` has `offsets[i]` to `offsets[i + 1]`. */
  readonly changes: {
    readonly offsets: Uint32Array;
    readonly values: Uint32Array;
    readonly amounts: Float64Array;
  } | null;
  /** Error of a step that is let pass, relative to a value and in its own unit. */
  readonly relative: number;
  readonly absolute: number;
  /** Steps that one item may try in this run. */
  readonly mostSteps: number;
  /** For what events draw, one of 2^32; with the item's number it decides all of it. */
  readonly seed: number;
  readonly firstItem: number;
  readonly state: KineticsState | null;
}

const floats = z.instanceof(Float64Array);
const numbers = z.instanceof(Uint32Array);
const word = z
  .int()
  .nonnegative()
  .lt(2 ** 32);

/** What `reaction-kinetics` takes; a complaint names the reaction, event or item. */
export const kineticsInput: z.ZodType<KineticsInput> = z
  .object({
    network: z.custom<ReactionNetwork>((value) => typeof value === "object" && value !== null, "no network"),
    count: z.int().nonnegative(),
    from: z.number(),
    times: floats,
    observed: numbers,
    changes: z.object({ offsets: numbers, values: numbers, amounts: floats }).nullable(),
    relative: z.number().gte(1e-13).lt(1),
    absolute: z.number().positive(),
    mostSteps: z.number().nonnegative(),
    seed: word,
    firstItem: word,
    state: z
      .object({
        values: floats,
        times: floats,
        steps: floats,
        draws: floats,
        events: z.array(z.custom<EventState>()).readonly().nullable(),
      })
      .nullable(),
  })
  .superRefine((value, context) => {
    const message = faultOf(value as KineticsInput);
    if (message !== null) context.addIssue({ code: "custom", message });
  }) as z.ZodType<KineticsInput>;

function faultOf({ network, count, from, times, observed, changes, state }: KineticsInput): string | null {
  const fault = faultOfNetwork(network);
  if (fault !== null) return fault;
  const falls = times.findIndex((time, at) => !(time >= (at === 0 ? from : (times[at - 1] ?? from))));
  if (falls >= 0) return `times[${falls}] is ${times[falls]}: times must not fall, nor lie before the start`;
  if (times.length === 0 || !Number.isFinite(times.at(-1))) return "times has no finite end";
  const unknown = observed.find((one) => one >= network.values);
  if (unknown !== undefined) return `value ${unknown} of ${network.values} is observed`;
  if (changes !== null) {
    const { offsets, values, amounts } = changes;
    if (offsets.length !== count + 1 || offsets[0] !== 0 || offsets[count] !== values.length)
      return `changes.offsets does not span the changes of ${count} items`;
    if (offsets.some((offset, at) => offset > (offsets[at + 1] ?? offset))) return "changes.offsets falls";
    if (amounts.length !== values.length) return `${amounts.length} amounts for ${values.length} changed values`;
    const wrong = values.find((one) => one >= network.values);
    if (wrong !== undefined) return `value ${wrong} of ${network.values} is changed`;
  }
  if (state === null) return null;
  const { values, times: at, steps, draws, events } = state;
  if (values.length !== count * network.values || [at, steps, draws].some(({ length }) => length !== count))
    return `the state is not one of ${count} items of ${network.values} values`;
  return (events?.length ?? 0) === (network.events.length > 0 ? count : 0)
    ? null
    : "the state lacks that of events, or has one too many";
}
