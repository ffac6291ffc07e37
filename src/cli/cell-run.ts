import { type AdvanceOptions, advanceMany, type Cell, type CellModel, type CellState } from "../cell/index.ts";
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
