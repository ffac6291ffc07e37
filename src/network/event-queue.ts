import type { Random } from "./distributions.ts";
import type { NetworkFunctions } from "./network-functions.ts";

/** An event that was triggered and has yet to happen. */
interface Pending {
  readonly event: number;
  readonly due: number;
  /** What it will assign, where that was computed when it was triggered. */
  readonly amounts: readonly number[] | null;
}

/** Where a run's events stand: whether each trigger holds, and what is pending as [event, due, counted, amounts...] records. */
export interface EventState {
  readonly holding: Uint8Array;
  readonly pending: Float64Array;
}

/**
 * The events of one run, by the rules of SBML Level 3 Version 2, section 4.11: an event is triggered when its trigger becomes
 * true, waits for its delay, and of those due at one time the highest priority goes first, all triggers being looked at again
 * after each; equal priorities are drawn by lot.
 */
export class EventQueue {
  readonly #functions: NetworkFunctions;
  readonly #holding: Uint8Array;
  #pending: Pending[] = [];
  #badDelay = -1;

  /** From where an earlier run stopped, or anew. */
  constructor(functions: NetworkFunctions, state: EventState | null) {
    this.#functions = functions;
    this.#holding =
      state?.holding.slice() ?? Uint8Array.from(functions.events, ({ initiallyTrue }) => Number(initiallyTrue));
    if (state !== null) this.#pending = pendingOf(state.pending);
  }

  get state(): EventState {
    const records = this.#pending.map(({ event, due, amounts }) => [
      event,
      due,
      amounts?.length ?? -1,
      ...(amounts ?? []),
    ]);
    return { holding: this.#holding.slice(), pending: Float64Array.from(records.flat()) };
  }

  /** When the next pending event is due; Infinity where none is. */
  get nextDue(): number {
    return this.#pending.reduce((first, { due }) => Math.min(first, due), Number.POSITIVE_INFINITY);
  }

  /** The event whose delay was less than 0 or NaN, which therefore can never happen; -1 where none was. */
  get badDelay(): number {
    return this.#badDelay;
  }

  /** Whether a look would find that a trigger changed. */
  differs(values: Float64Array, time: number, random: Random): boolean {
    return this.#functions.events.some(
      ({ trigger }, event) => Number(trigger(values, time, random) !== 0) !== this.#holding[event],
    );
  }

  /** Looks at all triggers: those that became true are pending from now on; true where a trigger changed. */
  look(values: Float64Array, time: number, random: Random): boolean {
    let changed = false;
    for (const [
      event,
      { trigger, persistent, delay, valuesFromTrigger, amounts },
    ] of this.#functions.events.entries()) {
      const holds = Number(trigger(values, time, random) !== 0);
      if (holds === this.#holding[event]) continue;
      changed = true;
      this.#holding[event] = holds;
      if (holds === 1) {
        const wait = delay?.(values, time, random) ?? 0;
        const fixed = valuesFromTrigger ? amounts.map((amount) => amount(values, time, random)) : null;
        if (wait >= 0) this.#pending.push({ event, due: time + wait, amounts: fixed });
        else this.#badDelay = event;
      } else if (!persistent) this.#pending = this.#pending.filter((one) => one.event !== event);
    }
    return changed;
  }

  /** Lets one event happen that is due; false where none is. Triggers have been looked at. */
  happen(values: Float64Array, time: number, random: Random): boolean {
    const due = this.#pending.filter((one) => one.due <= time);
    const [first] = due;
    if (first === undefined) return false;
    const chosen = due.length === 1 ? first : this.#first(due, values, time, random);
    this.#pending = this.#pending.filter((one) => one !== chosen);
    const { events, assign } = this.#functions;
    const event = events[chosen.event];
    const amounts = chosen.amounts ?? event?.amounts.map((amount) => amount(values, time, random)) ?? [];
    const { targets = [], factors = [] } = event ?? {};
    for (const [at, target] of targets.entries()) values[target] = amounts[at] ?? Number.NaN;
    assign(values, time);
    // sizes are now those that the event leaves, be they set by it, by a rule or by what came before
    if (factors.some((factor) => factor >= 0)) {
      for (const [at, target] of targets.entries()) {
        const factor = factors[at] ?? -1;
        if (factor >= 0) values[target] = (amounts[at] ?? Number.NaN) * (values[factor] ?? Number.NaN);
      }
      assign(values, time);
    }
    this.look(values, time, random);
    return true;
  }

  #first(due: readonly Pending[], values: Float64Array, time: number, random: Random): Pending {
    const priorities = due.map(({ event }) => {
      const priority = this.#functions.events[event]?.priority?.(values, time, random) ?? Number.NaN;
      // a priority that is NaN is no priority
      return Number.isNaN(priority) ? Number.NEGATIVE_INFINITY : priority;
    });
    const highest = Math.max(...priorities);
    const equal = due.filter((_, at) => priorities[at] === highest);
    const lot = equal.length === 1 ? 0 : Math.floor(random() * equal.length);
    return equal[lot] as Pending;
  }
}

function pendingOf(records: Float64Array): Pending[] {
  const pending: Pending[] = [];
  for (let at = 0; at < records.length; ) {
    const [event = 0, due = 0, counted = 0] = records.subarray(at, at + 3);
    const count = Math.max(0, counted);
    pending.push({ event, due, amounts: counted < 0 ? null : [...records.subarray(at + 3, at + 3 + count)] });
    at += 3 + count;
  }
  return pending;
}
