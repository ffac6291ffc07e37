import type { FluxSupply } from "./flux-supply.ts";
import { supply } from "./supplied.ts";

/** What a cell with a flux model as its metabolism gets from there, and what it has taken. */
export interface MetabolicState {
  /** Molecules a second, by number of what is supplied; of a cell of proteome sectors residues a second, as the last. */
  readonly rates: Float64Array;
  /** Supplied and not yet taken; what the next solution does not find taken is gone, but for parts of a molecule. */
  readonly waiting: Float64Array;
  /** Taken since the last solution. */
  readonly taken: Float64Array;
  /** When the model is solved next. */
  due: number;
  solves: number;
  /** Fluxes of the exchange reactions times the seconds that they held, mmol/gDW/h s, in the order of the frame's. */
  readonly exchanged: Float64Array;
  seconds: number;
  /** Seconds for which each supply was short of its demand, of late without a break and in all. */
  readonly shortOfLate: Float64Array;
  readonly shortInAll: Float64Array;
  /** What milestones last said to be short. */
  told: string;
}

export function newMetabolicState({ frame }: FluxSupply): MetabolicState {
  const each = (): Float64Array => new Float64Array(supply.count);
  return {
    ...{ rates: each(), waiting: each(), taken: each(), due: 0, solves: 0, told: "" },
    ...{ exchanged: new Float64Array(frame.exchanges.length), seconds: 0, shortOfLate: each(), shortInAll: each() },
  };
}

/** A second's supply arrives. */
export function supplyArrives({ rates, waiting }: MetabolicState, seconds: number): void {
  for (let at = 0; at < waiting.length; at++) waiting[at] = (waiting[at] as number) + (rates[at] as number) * seconds;
}

/** Takes as many whole molecules as are wanted and there. */
export function takeSupplied({ waiting, taken }: MetabolicState, at: number, wanted: number): number {
  const amount = Math.max(0, Math.min(wanted, Math.floor(waiting[at] as number)));
  waiting[at] = (waiting[at] as number) - amount;
  taken[at] = (taken[at] as number) + amount;
  return amount;
}

/** Energy was spent, and kinases raised molecules by a phosphate, by base: what of either is left is not kept. */
export function noteEnergy({ taken, waiting }: MetabolicState, spent: number, raised: Float64Array): void {
  taken[supply.atp] = (taken[supply.atp] as number) + spent;
  for (let base = 0; base < raised.length; base++)
    taken[supply.kinases + base] = (taken[supply.kinases + base] as number) + (raised[base] as number);
  waiting[supply.atp] = 0;
  waiting.fill(0, supply.kinases);
}
