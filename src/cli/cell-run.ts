import { totalmem } from "node:os";
import { setImmediate } from "node:timers/promises";
import {
  type AdvanceOptions,
  advanceMany,
  type Cell,
  type CellModel,
  type CellState,
  newbornCell,
} from "../cell/index.ts";
import { BioXenError, type Dispatcher } from "../contract/index.ts";
import { type Moment, momentOf, momentSeconds } from "./cell-course.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { scanIdentity } from "./journal.ts";
import { packageInfo } from "./package-info.ts";

/** Where a run of several cells stands. */
export interface RunState {
  /** What every step ran on: the rest runs there too, so that the answer names it alone. */
  readonly device: string | null;
  /** What the flux model runs on, if there is one. */
  readonly fluxDevice: string | null;
  readonly cells: readonly CellState[];
  readonly moments: readonly Moment[][];
}

/** Simulated seconds between two looks at whether to write a checkpoint. */
const stretchSeconds = 10;
/** Wall time between two checkpoints, but for those at each simulated minute, which need not come faster than `least`. */
const patience = { most: 3000, least: 500 } as const;

/** What decides the states of a run: everything but threads, device and the form of the answer. */
export function runIdentity(
  { constants, genome, perturbations, organism }: CellModel,
  rest: readonly unknown[],
): string {
  const told = JSON.stringify([organism.id, constants, genome, perturbations, rest], (_, value: unknown) =>
    value instanceof Map ? { map: [...value] } : value,
  );
  return scanIdentity(["cell", packageInfo().version, told]);
}

/** What of a flux model decides the states of a run; null without one. */
export function metabolismIdentity({ metabolism }: CellModel): unknown {
  if (metabolism === undefined) return null;
  const { frame, every, genes } = metabolism;
  const { lower, upper } = frame.reduction.original;
  return [frame.model.reactions, every, [...genes], [...lower].map(String), [...upper].map(String)];
}

/** Of a cell beside its network's values, which are held twice: pools, ledgers, tallies and what is kept of it a minute. */
const bytesOfCell = 8000;
const bytesOfMinute = 250;
/** Cells made before timers and signals have their turn. */
const litter = 256;

/**
 * The cells of a run at birth, or as they stood at its checkpoint.
 * @throws BioXenError `OUT_OF_MEMORY` for more of them than this machine can hold, before the first is made; `ABORTED`.
 */
export async function cellsOf(
  model: CellModel,
  { seed, runs, minutes }: { readonly seed: number; readonly runs: number; readonly minutes: number },
  before: readonly CellState[] | undefined,
  signal: AbortSignal,
  memory: number = totalmem(),
): Promise<readonly Cell[]> {
  const bytes = runs * (16 * model.network.values + bytesOfCell + bytesOfMinute * minutes);
  if (bytes > memory)
    throw new BioXenError(
      "OUT_OF_MEMORY",
      `${runs} cells over ${minutes} min take some ${(bytes / 1e9).toPrecision(2)} GB of ${(memory / 1e9).toPrecision(2)}`,
      { context: { runs, minutes, bytes } },
    );
  const cells: Cell[] = [];
  for (let run = 0; run < runs; run++) {
    if (run % litter === litter - 1) await setImmediate();
    if (signal.aborted)
      throw new BioXenError("ABORTED", "stopped before the cells were born", { cause: signal.reason });
    cells.push({ model, state: before?.[run] ?? newbornCell(model, seed, run) });
  }
  return cells;
}

/**
 * Advances cells to a time, keeping a moment a minute and checkpoints on the way; an interruption leaves one too.
 * @throws BioXenError as `advanceMany`; the first failure of a cell ends the run.
 */
export async function runCells(
  cells: readonly Cell[],
  moments: readonly Moment[][],
  seconds: number,
  on: () => Pick<RunState, "device" | "fluxDevice">,
  dispatcher: Dispatcher,
  options: AdvanceOptions,
  checkpoint: Checkpoint<RunState> | null,
  onTime: (time: number) => void,
): Promise<void> {
  const write = async (): Promise<void> =>
    checkpoint?.write({ ...on(), cells: cells.map(({ state }) => state), moments });
  let written = performance.now();
  const advance = async (some: readonly Cell[], by: number): Promise<void> => {
    for (const outcome of await advanceMany(some, by, dispatcher, options))
      if (outcome.status === "failed") throw outcome.error;
  };
  const timeOf = (): number => Math.min(...cells.map(({ state }) => state.time));
  try {
    // an interruption may have come when some cells had made a step and others not
    const furthest = Math.max(...cells.map(({ state }) => state.time));
    await advance(
      cells.filter(({ state }) => state.time < furthest),
      furthest - timeOf(),
    );
    for (;;) {
      const time = timeOf();
      const isMoment = time % momentSeconds === 0 || time === seconds;
      if (isMoment && moments[0]?.at(-1)?.minutes !== time / 60)
        for (const [run, cell] of cells.entries()) moments[run]?.push(momentOf(cell));
      onTime(time);
      if (time >= seconds) return;
      const waited = performance.now() - written;
      if (checkpoint !== null && (waited > patience.most || (isMoment && waited > patience.least))) {
        await write();
        written = performance.now();
      }
      const untilMoment = momentSeconds - (time % momentSeconds);
      await advance(cells, Math.min(stretchSeconds, untilMoment, seconds - time));
    }
  } catch (error) {
    if (error instanceof BioXenError && error.code === "ABORTED") await write();
    throw error;
  }
}
