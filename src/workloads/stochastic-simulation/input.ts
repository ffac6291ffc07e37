import { z } from "zod";
import { type EventState, type Expression, faultOfNetwork, type ReactionNetwork } from "../../network/index.ts";

/** Where trajectories stand: what a run gives back and a later one continues from, bit by bit. */
export interface StochasticState {
  /** All values of each trajectory, one after the other, as of its last change. */
  readonly values: Float64Array;
  /** When each trajectory last changed: not the end of the run, which may lie between two reactions. */
  readonly times: Float64Array;
  /** Blocks of random numbers that each has used. */
  readonly draws: Float64Array;
  /** Null for networks without events. */
  readonly events: readonly EventState[] | null;
}

/** Changed values of trajectories: `offsets[i]` to `offsets[i + 1]` (exclusive) are those of trajectory `i`. */
export interface ValueChanges {
  readonly offsets: Uint32Array;
  readonly values: Uint32Array;
  readonly amounts: Float64Array;
}

export interface StochasticInput {
  readonly network: ReactionNetwork;
  readonly method: "exact" | "tau-leaping";
  /** How many trajectories. */
  readonly count: number;
  /** One of 2^32; with the trajectory's number it decides all of the trajectory's random numbers. */
  readonly seed: number;
  /** Number of the first trajectory. */
  readonly firstTrajectory: number;
  /** When trajectories without a state start. */
  readonly from: number;
  /** When values are kept, ascending; the last is the end. */
  readonly times: Float64Array;
  /** Numbers of the values that are kept. */
  readonly observed: Uint32Array;
  /** Values that differ from the network's initial ones, or from those of `state`. */
  readonly changes: ValueChanges | null;
  /** Reactions and events that one trajectory may have in this run. */
  readonly mostEvents: number;
  /** A trajectory ends after the first reaction that makes it true. */
  readonly stopWhen: Expression | null;
  /** Relative change of rates that a leap may make; 0.03 by custom. Of no meaning for `exact`. */
  readonly epsilon: number;
  readonly state: StochasticState | null;
  /**
   * Whether devices without doubles may do it; left out, all devices give the same bits. In single precision a trajectory
   * follows the same random numbers until rounding parts it from the others' answers: see ./README.md.
   */
  readonly precision?: "single";
}

const word = z
  .int()
  .nonnegative()
  .lt(2 ** 32);
const floats = z.instanceof(Float64Array);
const numbers = z.instanceof(Uint32Array);

const shape = z.object({
  network: z.custom<ReactionNetwork>((value) => typeof value === "object" && value !== null, "no network"),
  method: z.enum(["exact", "tau-leaping"]),
  count: z.int().nonnegative(),
  seed: word,
  firstTrajectory: word,
  from: z.number(),
  times: floats,
  observed: numbers,
  changes: z.object({ offsets: numbers, values: numbers, amounts: floats }).nullable(),
  mostEvents: z.number().nonnegative(),
  stopWhen: z.custom<Expression>().nullable(),
  epsilon: z.number().positive().lt(1),
  state: z
    .object({
      values: floats,
      times: floats,
      draws: floats,
      events: z.array(z.custom<EventState>()).readonly().nullable(),
    })
    .nullable(),
  precision: z.literal("single").optional(),
});

/** What `stochastic-simulation` takes; a complaint names the reaction, event or trajectory. */
export const stochasticInput: z.ZodType<StochasticInput> = z.custom<StochasticInput>().superRefine((value, context) => {
  if (!isUsual(value))
    for (const { path, message } of shape.safeParse(value).error?.issues ?? [])
      context.addIssue({ code: "custom", path: [...path], message });
  if (context.issues.length > 0) return;
  const message = faultOf(value);
  if (message !== null) context.addIssue({ code: "custom", message });
});

/** Whether an input has its shape beyond doubt: cells are asked this every simulated second, and a schema takes as long as they do. */
function isUsual(value: StochasticInput): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { network, method, count, seed, firstTrajectory, from, times, observed, changes, state, precision } = value;
  const { mostEvents, stopWhen, epsilon } = value;
  if (typeof network !== "object" || network === null || changes !== null || stopWhen !== null) return false;
  if (method !== "exact" && method !== "tau-leaping") return false;
  if (!(Number.isSafeInteger(count) && count >= 0 && isWord(seed) && isWord(firstTrajectory))) return false;
  if (!(Number.isFinite(from) && Number.isFinite(mostEvents) && mostEvents >= 0)) return false;
  if (!(typeof epsilon === "number" && epsilon > 0 && epsilon < 1)) return false;
  if (!(times instanceof Float64Array && observed instanceof Uint32Array)) return false;
  if (precision !== undefined && precision !== "single") return false;
  if (state === null) return true;
  return (
    typeof state === "object" &&
    state.events === null &&
    state.values instanceof Float64Array &&
    state.times instanceof Float64Array &&
    state.draws instanceof Float64Array
  );
}

function isWord(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value < 2 ** 32;
}

function faultOf({
  network,
  count,
  firstTrajectory,
  from,
  times,
  observed,
  changes,
  state,
}: StochasticInput): string | null {
  const fault = faultOfNetwork(network);
  if (fault !== null) return fault;
  if (firstTrajectory + count > 2 ** 32) return "trajectories are numbered below 2^32";
  const falls = times.findIndex((time, at) => !(time >= (at === 0 ? from : (times[at - 1] ?? from))));
  if (falls >= 0) return `times[${falls}] is ${times[falls]}: times must not fall, nor lie before the start`;
  if (times.length === 0 || !Number.isFinite(times.at(-1))) return "times has no finite end";
  const unknown = observed.find((one) => one >= network.values);
  if (unknown !== undefined) return `value ${unknown} of ${network.values} is observed`;
  if (changes !== null) {
    const { offsets, values, amounts } = changes;
    if (offsets.length !== count + 1 || offsets[0] !== 0 || offsets[count] !== values.length)
      return `changes.offsets does not span the changes of ${count} trajectories`;
    if (offsets.some((offset, at) => offset > (offsets[at + 1] ?? offset))) return "changes.offsets falls";
    if (amounts.length !== values.length) return `${amounts.length} amounts for ${values.length} changed values`;
    const wrong = values.find((one) => one >= network.values);
    if (wrong !== undefined) return `value ${wrong} of ${network.values} is changed`;
  }
  if (state === null) return null;
  if (state.values.length !== count * network.values || state.times.length !== count || state.draws.length !== count)
    return `the state is not one of ${count} trajectories of ${network.values} values`;
  if ((state.events?.length ?? 0) !== (network.events.length > 0 ? count : 0))
    return "the state lacks that of events, or has one too many";
  return state.draws.every((draws) => Number.isSafeInteger(draws) && draws >= 0)
    ? null
    : "state.draws counts no blocks";
}
