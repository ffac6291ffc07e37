import { BioXenError, type Dispatcher, type DispatchOptions } from "../contract/index.ts";
import {
  restarted,
  type StochasticInput,
  type StochasticTrajectories,
  stochasticSimulation,
  trajectoryStatus,
} from "../workloads/index.ts";
import type { CellState } from "./cell-state.ts";
import { afterStep, beforeStep, settleStep } from "./coupling.ts";
import { couplingSeconds } from "./coupling-seconds.ts";
import { followDaughter, mayDivide } from "./divide.ts";
import type { CellModel } from "./expression-network.ts";
import { feed } from "./flux-coupling.ts";
import { type CellLimits, unlimited } from "./limits.ts";
import { afterSectorStep, beforeSectorStep, settleSectorStep } from "./sector-step.ts";

/** A cell that is advanced: what it is, and where it stands. */
export interface Cell {
  readonly model: CellModel;
  readonly state: CellState;
  /** What it is allowed of its own means, from now on; all by default. */
  readonly limits?: CellLimits;
}

/** How one cell of `advanceMany` fared; the others are unaffected by it. */
export type CellOutcome = { readonly status: "advanced" } | { readonly status: "failed"; readonly error: BioXenError };

export interface AdvanceOptions {
  readonly dispatch?: DispatchOptions;
  /** Called after each coupling with the time of the cells that were furthest behind. */
  readonly onStep?: (time: number) => void;
  /** Reactions that one cell may have between two couplings; 2,000 by default: with so few, a CPU runs a few cells in the calling thread. */
  readonly mostEvents?: number;
  /**
   * Cells that one dispatch takes at most; all by default. Two dispatches are in flight. On a CPU a few cells run in the
   * calling thread; a few dozen go to threads, and are simulated while others are settled.
   */
  readonly cellsPerDispatch?: number;
  /** Cells that may divide do, and go on as their first daughter; by default they stay whole. */
  readonly division?: boolean;
}

/** In a shortage the share of machines that may start halves until the step can be paid, down to none at all. */
const leastShare = 2 ** -10;
/** Milliseconds after which this thread is let go for a moment. */
const longestHold = 20;
/** After a step that was paid, the share grows back. */
const recovery = 1.25;

/**
 * Advances cells by whole coupling steps of one second, in lockstep: one batched stochastic run a step for all cells
 * that share a network and a seed and are numbered without wide gaps, whatever their ages. States change in place; a clone taken between two calls
 * continues bit for bit. A cell that fails stays where it was at its last coupling.
 * @throws BioXenError `INPUT_INVALID` for a time that is no whole number of steps; `ABORTED` where the signal says so,
 *   the cells then standing at their last coupling; whatever a device ends a whole batch with.
 */
export async function advanceMany(
  cells: readonly Cell[],
  seconds: number,
  dispatcher: Dispatcher,
  options: AdvanceOptions = {},
): Promise<readonly CellOutcome[]> {
  const steps = seconds / couplingSeconds;
  if (!Number.isInteger(steps) || steps < 0)
    throw new BioXenError("INPUT_INVALID", `${seconds} s is no whole number of steps of ${couplingSeconds} s`);
  const failures = new Map<Cell, BioXenError>();
  // while one batch is simulated, another is settled
  const rooms = [new Room(), new Room()];
  let yieldedAt = performance.now();
  for (let step = 0; step < steps; step++) {
    const { signal } = options.dispatch ?? {};
    if (signal?.aborted === true)
      throw new BioXenError("ABORTED", "stopped between two couplings", { cause: signal.reason });
    // a few cells are simulated in this very thread, without a wait: Ctrl-C and timers have their turn all the same
    if (performance.now() - yieldedAt > longestHold) {
      await new Promise(setImmediate);
      yieldedAt = performance.now();
    }
    let due = cells.filter((cell) => !failures.has(cell));
    if (due.length === 0) break;
    for (const [cell, error] of await feed(due, dispatcher, options.dispatch)) failures.set(cell, error);
    due = due.filter((cell) => !failures.has(cell));
    while (due.length > 0) {
      const batches = [...batchesOf(due, options.cellsPerDispatch ?? Number.POSITIVE_INFINITY)];
      const short: Cell[] = [];
      const lanes = rooms.map(async (room) => {
        for (let batch = batches.shift(); batch !== undefined; batch = batches.shift())
          short.push(...(await stepOf(batch, dispatcher, options, failures, room)));
      });
      // all of them, even where one fails: no cell may move after this has returned
      for (const lane of await Promise.allSettled(lanes)) if (lane.status === "rejected") throw lane.reason;
      due = cells.filter((cell) => short.includes(cell));
    }
    options.onStep?.((step + 1) * couplingSeconds);
  }
  return cells.map((cell): CellOutcome => {
    const error = failures.get(cell);
    return error === undefined ? { status: "advanced" } : { status: "failed", error };
  });
}

/** Batches up to this are simulated in the calling thread on a CPU, and shared memory is the slower one there. */
const fewCells = 8;

/** Memory for the values of a batch, kept from step to step; shared where cells are many, so that threads need no copy of their own. */
class Room {
  readonly #kept = new Map<number, Float64Array>();

  of(cells: number, size: number): Float64Array {
    const length = cells * size;
    const known = this.#kept.get(length);
    if (known !== undefined) return known;
    const made = new Float64Array(cells > fewCells ? new SharedArrayBuffer(8 * length) : new ArrayBuffer(8 * length));
    this.#kept.set(length, made);
    return made;
  }
}

/** Of the trajectories of a dispatch, at most this share is empty, standing for numbers that no cell of it has. */
const mostEmpty = 0.5;

/** Cells that one dispatch can take: of one network and seed, in ascending order, without wide gaps among their numbers. */
function batchesOf(cells: readonly Cell[], most: number): readonly (readonly [Cell, ...Cell[]])[] {
  const batches: [Cell, ...Cell[]][] = [];
  for (const cell of cells) {
    const last = batches.at(-1);
    const before = last?.at(-1);
    const span = last === undefined ? 0 : cell.state.trajectory - last[0].state.trajectory + 1;
    const follows =
      last !== undefined &&
      last.length < most &&
      before?.model === cell.model &&
      before.state.seed === cell.state.seed &&
      before.state.trajectory < cell.state.trajectory &&
      span * (1 - mostEmpty) <= last.length + 1;
    if (follows) last.push(cell);
    else batches.push([cell]);
  }
  return batches;
}

/** Runs and settles one step; returns the cells that could not pay for it, which stand where they were. */
async function stepOf(
  batch: readonly [Cell, ...Cell[]],
  dispatcher: Dispatcher,
  { dispatch, mostEvents = eventsBetween(batch[0].model), division = false }: AdvanceOptions,
  failures: Map<Cell, BioXenError>,
  room: Room,
): Promise<readonly Cell[]> {
  const [{ model, state: first }] = batch;
  const size = model.network.values;
  const { seed, trajectory: firstTrajectory } = first;
  const count = (batch.at(-1)?.state.trajectory ?? firstTrajectory) - firstTrajectory + 1;
  const values = room.of(count, size);
  // where no cell has the number: nothing there, so that nothing happens
  if (count > batch.length) values.fill(0);
  const draws = new Float64Array(count);
  for (const { state, limits } of batch) {
    if (model.sectors === undefined) beforeStep(model, state, limits);
    else beforeSectorStep(model, state, limits);
    values.set(state.values, (state.trajectory - firstTrajectory) * size);
    draws[state.trajectory - firstTrajectory] = state.draws;
  }
  // no rate knows the time: a step is the same at any age
  const from = 0;
  const input: StochasticInput = {
    ...{ network: model.network, method: methodOf(model), count, seed, firstTrajectory, from },
    times: Float64Array.of(couplingSeconds),
    observed: new Uint32Array(0),
    ...{ changes: null, mostEvents, stopWhen: null, epsilon: model.sectors === undefined ? 0.03 : 0.05 },
    // rates have changed since: waiting times are drawn afresh
    state: restarted({ values, times: new Float64Array(count), draws, events: null }, from),
  };
  const { output } = await dispatcher.run(stochasticSimulation, input, dispatch);
  const short: Cell[] = [];
  for (const cell of batch) {
    const { state } = cell;
    const at = state.trajectory - firstTrajectory;
    const failure = failureOf(output, at, cell);
    if (failure !== null) {
      failures.set(cell, failure);
      continue;
    }
    const { values: answered } = output.state;
    // the only cell of a batch takes the answer itself for its own
    const after = answered.length === size ? answered : answered.subarray(at * size, (at + 1) * size);
    if (settle(cell, after)) {
      state.draws = output.state.draws[at] ?? 0;
      state.reactions += output.events[at] ?? 0;
      conclude(cell, after);
      if (division && mayDivide(cell)) followDaughter(cell);
      if (state.share < 1) state.share = Math.min(1, state.share * recovery);
      noteShortage(state);
    } else {
      state.share = state.share <= leastShare ? 0 : state.share / 2;
      short.push(cell);
    }
  }
  return short;
}

/** Of a cell of sectors, counts are large: leaps keep them whole, and are far fewer than its reactions. */
function methodOf({ sectors }: CellModel): StochasticInput["method"] {
  return sectors === undefined ? "exact" : "tau-leaping";
}

function eventsBetween({ sectors }: CellModel): number {
  return sectors === undefined ? 2000 : 5000;
}

function settle({ model, state, limits = unlimited }: Cell, values: Float64Array): boolean {
  return model.sectors === undefined
    ? settleStep(model, state, values, limits)
    : settleSectorStep(model, state, values, couplingSeconds, limits);
}

function conclude({ model, state }: Cell, values: Float64Array): void {
  if (model.sectors !== undefined) afterSectorStep(model, state, values, couplingSeconds);
  else {
    // memory of its own, which a structured clone copies
    if (values.buffer instanceof ArrayBuffer && values.buffer.byteLength === state.values.byteLength)
      state.values = values;
    else state.values.set(values);
    afterStep(model, state);
  }
}

/** A shortage begins when machines are held back and is over when none are. */
function noteShortage(state: CellState): void {
  if (state.share === 0) state.share = leastShare;
  const { events, share, time } = state;
  const last = events.findLast(({ what }) => what.startsWith("shortage"))?.what ?? "shortage over";
  if (share < 1 && last === "shortage over") events.push({ time, what: "shortage" });
  if (share === 1 && last === "shortage") events.push({ time, what: "shortage over" });
}

function failureOf(output: StochasticTrajectories, at: number, { model, state }: Cell): BioXenError | null {
  const status = output.statuses[at];
  if (status === trajectoryStatus.finished) return null;
  const context = { trajectory: state.trajectory, time: state.time };
  if (status === trajectoryStatus.exhausted)
    return new BioXenError("INPUT_INVALID", `cell ${state.trajectory}: too many reactions between two couplings`, {
      context,
    });
  const culprit = output.culprits[at] ?? -1;
  const name = status === trajectoryStatus.negative ? model.network.names[culprit] : `reaction ${culprit}`;
  // a cell's network has no events, which alone could end it otherwise
  const what =
    status === trajectoryStatus.negative ? "is negative" : "has a rate that is no finite number of zero or more";
  return new BioXenError("KERNEL_FAILED", `cell ${state.trajectory}: ${name ?? "a rate"} ${what}`, { context });
}
