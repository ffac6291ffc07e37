import type { SectorConstants } from "./growth-law.ts";

/**
 * Where a cell stands between initiation, termination and division. All origins of a cell fire together, so that rounds
 * of replication are nested: the oldest has gone furthest, and each younger one has twice as many forks.
 * Cooper and Helmstetter 1968, J. Mol. Biol. 31:519, doi:10.1016/0022-2836(68)90425-7.
 */
export interface DivisionCycle {
  /** Termini there are: chromosomes that are parted, or not yet copied to their end. */
  termini: number;
  /** Base pairs that each fork of a round has copied, oldest round first. */
  readonly rounds: number[];
  /** Seconds that are left from each termination to its division, oldest first. */
  readonly due: number[];
  /** Growth rate of late, 1/s: a running mean over some two minutes. */
  growth: number;
}

/** Origins a cell has. */
export function originsOf({ termini, rounds }: DivisionCycle): number {
  return termini * 2 ** rounds.length;
}

/** Copies of a gene so far from the origin (0) towards the terminus (1). */
export function dosageAt({ termini, rounds }: DivisionCycle, distance: number, half: number): number {
  const passed = rounds.filter((position) => position > distance * half).length;
  return termini * 2 ** passed;
}

/** Genomes' worth of DNA in a cell. */
export function genomesOf({ termini, rounds }: DivisionCycle, half: number): number {
  return termini * rounds.reduce((sum, position, round) => sum + (2 ** round * position) / half, 1);
}

/** Seconds that a round takes from origin to terminus at a growth rate (1/s). */
export function copyingSeconds({ forkSpeed, forkSlope }: SectorConstants, growth: number, half: number): number {
  return half / (forkSpeed + forkSlope * growth * 3600);
}

/** Seconds from termination to division at a growth rate (1/s). */
export function partingSeconds({ divisionDelay, divisionSlope }: SectorConstants, growth: number): number {
  return Math.max(0, divisionDelay - divisionSlope * growth * 3600);
}

/** Residues to an origin at which it fires; the table's protein per origin is a mean over a growing culture. */
export function residuesAtInitiation({ residuesPerOrigin }: SectorConstants): number {
  return residuesPerOrigin / Math.LN2;
}

/** Residues of a newborn cell in balanced growth (Donachie 1968, doi:10.1038/2191077a0), and where its forks are. */
export function cycleAtBirth(
  constants: SectorConstants,
  growth: number,
  half: number,
): { readonly residues: number; readonly cycle: DivisionCycle } {
  const copying = copyingSeconds(constants, growth, half);
  const parting = partingSeconds(constants, growth);
  const doubling = Math.LN2 / growth;
  const most = constants.roundsMost;
  // where only one round may run in a cycle, a cell too fast for it initiates at birth
  const whole = most === 1 ? Math.min(copying + parting, doubling) : copying + parting;
  const residues = (residuesAtInitiation(constants) * 2 ** (whole / doubling)) / 2;
  const cycle: DivisionCycle = { termini: 1, rounds: [], due: [], growth };
  // it was in its mothers that its rounds began: it divides `whole` after the oldest of them
  for (let elapsed = whole - doubling; elapsed >= 0; elapsed -= doubling) {
    if (elapsed < copying) cycle.rounds.push(Math.floor((elapsed / copying) * half));
    else {
      cycle.termini *= 2;
      cycle.due.push(Math.max(1, Math.round(whole - elapsed)));
    }
  }
  return { residues, cycle };
}
