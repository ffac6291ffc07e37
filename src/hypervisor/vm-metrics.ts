import type { CellState } from "../cell/index.ts";
import { pool } from "../cell/pools.ts";
import type { VirtualMachine } from "./vm.ts";

/** What is compared between two moments of a cell: sums over its life. */
export interface CellSums {
  readonly time: number;
  readonly ribosomeSeconds: number;
  readonly ribosomeWork: number;
  readonly polymeraseWork: number;
  readonly stalledSeconds: number;
  readonly residuesStarted: number;
  readonly basesStarted: number;
  readonly atpSpent: number;
  readonly unmetMaintenance: number;
  readonly transcriptsMade: number;
}

export function sumsOf({ time, tally }: CellState): CellSums {
  const { ribosomeSeconds, ribosomeWork, polymeraseWork, stalledSeconds, residuesStarted } = tally;
  const { basesStarted, atpSpent, unmetMaintenance, transcriptsMade } = tally;
  return {
    ...{ time, ribosomeSeconds, ribosomeWork, polymeraseWork, stalledSeconds, residuesStarted },
    ...{ basesStarted, atpSpent, unmetMaintenance, transcriptsMade },
  };
}

/** What a cell used and made between two moments. */
export interface Consumption {
  readonly cellSeconds: number;
  /** Molecules that metabolism had to charge anew. */
  readonly atp: number;
  /** Two a residue, for EF-Tu and EF-G. */
  readonly gtp: number;
  /** In transcripts that were begun. */
  readonly nucleotides: number;
  /** In chains that were begun. */
  readonly aminoAcids: number;
  readonly ribosomeSeconds: number;
  readonly polymeraseSeconds: number;
}

export function consumedBetween(before: CellSums, after: CellSums): Consumption {
  const aminoAcids = after.residuesStarted - before.residuesStarted;
  return {
    ...{ cellSeconds: after.time - before.time, atp: after.atpSpent - before.atpSpent, gtp: 2 * aminoAcids },
    ...{ nucleotides: after.basesStarted - before.basesStarted, aminoAcids },
    ribosomeSeconds: after.ribosomeWork - before.ribosomeWork,
    polymeraseSeconds: after.polymeraseWork - before.polymeraseWork,
  };
}

/** How a VM did over a turn. */
export interface TurnMetrics {
  /** Of the ribosomes, and RNA polymerases, that it may use: the share at work. */
  readonly ribosomeUtilisation: number;
  readonly polymeraseUtilisation: number;
  /** Share of its adenylates that is ATP, and their energy charge (Atkinson 1968): (ATP + ADP / 2) / all. */
  readonly atpLevel: number;
  readonly energyCharge: number;
  /** Share of ribosome-seconds that a shortage held back. */
  readonly stalled: number;
  /** ATP a second that upkeep lacked. */
  readonly unmetMaintenance: number;
}

/** How a VM did since a moment. */
export function metricsSince({ cell }: VirtualMachine, before: CellSums): TurnMetrics {
  const { state, limits } = cell;
  const after = sumsOf(state);
  const seconds = after.time - before.time;
  const ribosomeSeconds = after.ribosomeSeconds - before.ribosomeSeconds;
  const share = (used: number, of: number): number => (of <= 0 ? 0 : Math.min(1, used / of));
  const [triphosphate, diphosphate, monophosphate] = adenylatesOf(state);
  const adenylates = triphosphate + diphosphate + monophosphate;
  return {
    ribosomeUtilisation: share(after.ribosomeWork - before.ribosomeWork, limits.ribosomes * ribosomeSeconds),
    polymeraseUtilisation: share(
      after.polymeraseWork - before.polymeraseWork,
      limits.polymerases * state.polymerases * seconds,
    ),
    atpLevel: share(triphosphate, adenylates),
    energyCharge: share(triphosphate + diphosphate / 2, adenylates),
    stalled: share(after.stalledSeconds - before.stalledSeconds, ribosomeSeconds),
    unmetMaintenance: seconds === 0 ? 0 : (after.unmetMaintenance - before.unmetMaintenance) / seconds,
  };
}

function adenylatesOf({ pools }: CellState): readonly [number, number, number] {
  return [pools[pool.atp] ?? 0, pools[pool.adp] ?? 0, pools[pool.amp] ?? 0];
}

/** Bytes that a VM's cell takes in this process. */
export function memoryOf({ cell }: VirtualMachine): number {
  const { values, pools, charged, atBirth, taken, copied, events } = cell.state;
  const arrays = [values, pools, charged, atBirth, taken, copied];
  return arrays.reduce((sum, { byteLength }) => sum + byteLength, 0) + 96 * events.length;
}

/** Whether any of its accounts has ever failed to close. */
export function drifts({ cell }: VirtualMachine): boolean {
  return cell.state.tally.drift > 0;
}
