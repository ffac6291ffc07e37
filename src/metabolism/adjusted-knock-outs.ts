import { BioXenError, type Dispatcher } from "../contract/index.ts";
import type { MetabolicModel } from "../formats/index.ts";
import { checkGenes, geneSetsOf } from "./gene-sets.ts";
import type { KnockOutOptions } from "./knock-outs.ts";
import { moma } from "./moma.ts";
import { pairAt } from "./pair-order.ts";
import { pfba } from "./pfba.ts";
import { reactionColumns } from "./problem-of.ts";
import { room } from "./room.ts";
import type { FluxStatus } from "./solver.ts";

export interface AdjustedKnockOutOptions extends KnockOutOptions {
  /** "moma": the least change of fluxes from the wild type's; "room": the fewest that change significantly. */
  readonly method: "moma" | "room";
  readonly of?: "genes" | "reactions";
  /** 1 by default; 2 for every pair, in the order of `knockOutGenePairs`. */
  readonly order?: 1 | 2;
  /** ROOM's linear relaxation; MOMA is linear anyway. */
  readonly linear?: boolean;
}

export interface AdjustedKnockOut {
  /** One, or the two of a pair. */
  readonly ids: readonly string[];
  readonly status: FluxStatus;
  /** Value of the objective where the mutant adjusts to; null unless optimal. One of perhaps many. */
  readonly growth: number | null;
  /** As `Adjustment.distance`. */
  readonly distance: number | null;
}

/** Results in the order of the list, some at a time. */
export interface AdjustedKnockOutBlock {
  readonly results: readonly AdjustedKnockOut[];
  /** Value of the objective of the wild type, whose parsimonious fluxes mutants adjust from. */
  readonly wildType: number;
  /** Of the whole list, those skipped included. */
  readonly done: number;
  readonly total: number;
  readonly solves: number;
}

/** Mutants a block. What a block solves depends on its own mutants alone, so that a scan taken up again gives the same. */
const block = 512;

/**
 * Knocks out one gene or reaction after the other, or every pair, and has each mutant adjust from the wild type by MOMA or
 * ROOM. Mutants of one block that stop the same reactions are solved once.
 * @throws BioXenError `INPUT_INVALID` as `moma` and `room`, and for an unknown gene or reaction, with the nearest ids
 */
export async function* adjustKnockOuts(
  model: MetabolicModel,
  dispatcher: Dispatcher,
  options: AdjustedKnockOutOptions,
): AsyncGenerator<AdjustedKnockOutBlock, void, void> {
  const { method, of = "genes", order = 1, skip = 0, ids: named, onProgress, ...rest } = options;
  const { ids, columns } = of === "genes" ? genesOf(model, named) : reactionsOf(model, named);
  const total = order === 1 ? ids.length : (ids.length * (ids.length - 1)) / 2;
  if (skip >= total) return;
  const wild = await pfba(model, dispatcher, rest);
  const { fluxes: reference, objective: wildType } = wild;
  if (reference === null || wildType === null)
    throw new BioXenError("INPUT_INVALID", `the wild type is ${wild.status}: there is no reference to adjust from`);
  let { solves } = wild;
  for (let from = Math.max(0, skip); from < total; from += block) {
    const mutants = Array.from({ length: Math.min(block, total - from) }, (_, at) =>
      (order === 1 ? [from + at] : pairAt(from + at, ids.length)).map((place) => ids[place] ?? ""),
    );
    const numbers = new Map<string, number>();
    const sets: (readonly number[])[] = [];
    const numberOf = mutants.map((mutant) => {
      const stopped = columns(mutant);
      const key = stopped.join();
      const number = numbers.get(key) ?? sets.push(stopped) - 1;
      numbers.set(key, number);
      return number;
    });
    const found = await (method === "moma" ? moma : room)(model, dispatcher, sets, { ...rest, reference });
    solves += found.solves;
    const results = mutants.map((mutant, at): AdjustedKnockOut => {
      const { status, growth, distance } = found.results[numberOf[at] ?? -1] ?? failed;
      return { ids: mutant, status, growth, distance };
    });
    const done = from + mutants.length;
    onProgress?.(done, total);
    yield { results, wildType, done, total, solves };
  }
}

const failed = { status: "failed", growth: null, distance: null } as const;

interface Targets {
  readonly ids: readonly string[];
  /** Columns that these stop together, ascending. */
  readonly columns: (ids: readonly string[]) => readonly number[];
}

function genesOf(model: MetabolicModel, named: readonly string[] | undefined): Targets {
  return { ids: checkGenes(model, named), columns: geneSetsOf(model).stopped };
}

function reactionsOf(model: MetabolicModel, named: readonly string[] | undefined): Targets {
  const columns = reactionColumns(model, named);
  const ids = Array.from(columns, (column) => model.reactions[column]?.id ?? "");
  const columnOf = new Map(ids.map((id, at) => [id, columns[at] ?? -1]));
  return { ids, columns: (some) => some.map((id) => columnOf.get(id) ?? -1).sort((a, b) => a - b) };
}
