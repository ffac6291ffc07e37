// Knock-outs of a model as columns, block by block through a journal where one is kept.
import {
  adjustKnockOuts,
  type FluxStatus,
  fba,
  knockOutGenePairs,
  knockOutGenes,
  knockOutReactionPairs,
  knockOutReactions,
  pfba,
} from "../metabolism/index.ts";
import { deviceOf, journalOf, type ScanBlock, type ScanFlags } from "./scan.ts";
import type { Study } from "./study.ts";

export interface KnockOutFlags extends ScanFlags {
  readonly order: "1" | "2";
  readonly method: "fba" | "moma" | "room";
  readonly linear?: boolean;
  readonly reactions?: boolean;
  readonly only?: readonly string[];
  readonly lethalOnly?: boolean;
}

interface Verdicts {
  /** Places in `statusNames`. */
  readonly statuses: Uint8Array;
  /** NaN unless optimal. */
  readonly growth: Float64Array;
}

/** Results of a scan as columns; pairs are places in `ids`. */
export interface KnockOuts extends Verdicts {
  readonly ids: readonly string[];
  readonly first: Uint32Array;
  /** null for single knock-outs. */
  readonly second: Uint32Array | null;
  /** From the wild type, NaN unless optimal; null for the best growth, which has none. */
  readonly distance: Float64Array | null;
  /** Of each id alone, for a scan of pairs that needs them. */
  readonly singles: Verdicts | null;
  readonly wildType: number | null;
  readonly solves: number;
}

/** As the journal keeps it: growth is exact, NaN is null. */
interface Block extends ScanBlock {
  readonly statuses: readonly number[];
  readonly growth: readonly (number | null)[];
  readonly distance?: readonly (number | null)[];
  readonly solves: number;
}

export const statusNames: readonly FluxStatus[] = ["optimal", "infeasible", "unbounded", "failed"];

/** Each gene or reaction alone, by the best growth that is left. */
export async function singles(study: Study, flags: KnockOutFlags): Promise<KnockOuts> {
  const { model, dispatcher, setup } = study;
  const what = ["knockouts", 1, flags.reactions === true, flags.only ?? null];
  await using journal = await journalOf<Block>(study, flags, what);
  const done = collected(journal?.done ?? []);
  const ids = flags.only ?? (flags.reactions === true ? model.reactions : model.genes).map(({ id }) => id);
  let counted = 0;
  let wildType: number | null | undefined;
  const blocks = (flags.reactions === true ? knockOutReactions : knockOutGenes)(model, dispatcher, {
    ...setup,
    ids: flags.only,
    skip: done.count(),
  });
  for await (const block of blocks) {
    const made: Block = {
      statuses: block.results.map(({ status }) => statusNames.indexOf(status)),
      growth: block.results.map(({ growth }) => growth),
      solves: block.solves - counted,
      device: deviceOf(study),
    };
    wildType = block.wildType;
    counted = block.solves;
    done.add(made);
    await journal?.append(made);
    study.progress.update(block.done / block.total, `${block.done} of ${block.total} knock-outs`);
  }
  let solves = done.solves();
  // an earlier run had ended with the last block
  if (wildType === undefined) {
    const alone = await fba(model, dispatcher, setup);
    wildType = alone.objective;
    solves += alone.solves;
  }
  await journal?.finish();
  return {
    ids,
    ...singlePlaces(ids.length),
    ...done.columns(),
    distance: null,
    singles: null,
    wildType,
    solves,
  };
}

/** Every pair, by the best growth that is left. */
export async function pairs(study: Study, flags: KnockOutFlags): Promise<KnockOuts> {
  const { model, dispatcher, setup } = study;
  const what = ["knockouts", 2, flags.reactions === true, flags.only ?? null];
  await using journal = await journalOf<Block>(study, flags, what);
  const done = collected(journal?.done ?? []);
  const scan = await (flags.reactions === true ? knockOutReactionPairs : knockOutGenePairs)(model, dispatcher, {
    ...setup,
    ids: flags.only,
    skip: done.count(),
  });
  let counted = 0;
  for await (const block of scan.blocks) {
    const made: Block = {
      statuses: Array.from(block.statuses),
      growth: Array.from(block.growth, orNull),
      solves: block.solves - counted,
      device: deviceOf(study),
    };
    counted = block.solves;
    done.add(made);
    await journal?.append(made);
    study.progress.update(block.done / block.total, `${block.done} of ${block.total} pairs`);
  }
  await journal?.finish();
  const alone = scan.singles;
  return {
    ids: scan.ids,
    ...pairPlaces(scan.ids.length),
    ...done.columns(),
    distance: null,
    singles: {
      statuses: Uint8Array.from(alone, ({ status }) => statusNames.indexOf(status)),
      growth: Float64Array.from(alone, ({ growth }) => growth),
    },
    wildType: scan.wildType.status === "optimal" ? scan.wildType.growth : null,
    solves: done.solves(),
  };
}

/** Each one or every pair, by what the mutant adjusts to from the wild type. */
export async function adjusted(study: Study, flags: KnockOutFlags): Promise<KnockOuts> {
  const { model, dispatcher, setup } = study;
  const order = flags.order === "2" ? 2 : 1;
  const linear = flags.linear === true;
  const what = ["knockouts", order, flags.reactions === true, flags.only ?? null, flags.method, linear];
  await using journal = await journalOf<Block>(study, flags, what);
  const done = collected(journal?.done ?? []);
  const ids = flags.only ?? (flags.reactions === true ? model.reactions : model.genes).map(({ id }) => id);
  let wildType: number | null | undefined;
  const scan = async (
    of: { readonly order: 1 | 2; readonly skip: number },
    take: (block: Block) => Promise<void> | void,
  ): Promise<void> => {
    let counted = 0;
    const blocks = adjustKnockOuts(model, dispatcher, {
      ...setup,
      ...of,
      method: flags.method === "room" ? "room" : "moma",
      of: flags.reactions === true ? "reactions" : "genes",
      ids: flags.only,
      linear,
    });
    for await (const block of blocks) {
      wildType = block.wildType;
      await take({
        statuses: block.results.map(({ status }) => statusNames.indexOf(status)),
        growth: block.results.map(({ growth }) => growth),
        distance: block.results.map(({ distance }) => distance),
        solves: block.solves - counted,
        device: deviceOf(study),
      });
      counted = block.solves;
      study.progress.update(block.done / block.total, `${block.done} of ${block.total} mutants`);
    }
  };
  await scan({ order, skip: done.count() }, async (block) => {
    done.add(block);
    await journal?.append(block);
  });
  const alone = collected([]);
  if (order === 2 && flags.lethalOnly === true) await scan({ order: 1, skip: 0 }, alone.add);
  let solves = done.solves() + alone.solves();
  // an earlier run had ended with the last block
  if (wildType === undefined) {
    const wild = await pfba(model, dispatcher, setup);
    wildType = wild.objective;
    solves += wild.solves;
  }
  await journal?.finish();
  const places = order === 2 ? pairPlaces(ids.length) : singlePlaces(ids.length);
  return {
    ids,
    ...places,
    ...done.columns(),
    distance: done.distance(),
    singles: alone.count() === 0 ? null : alone.columns(),
    wildType,
    solves,
  };
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

function singlePlaces(count: number): Pick<KnockOuts, "first" | "second"> {
  return { first: Uint32Array.from({ length: count }, (_, at) => at), second: null };
}

function pairPlaces(count: number): Pick<KnockOuts, "first" | "second"> {
  const first = new Uint32Array((count * (count - 1)) / 2);
  const second = new Uint32Array(first.length);
  let at = 0;
  for (let a = 0; a < count; a++)
    for (let b = a + 1; b < count; b++) {
      first[at] = a;
      second[at++] = b;
    }
  return { first, second };
}

/** Blocks one after the other, as they come. */
function collected(blocks: readonly Block[]): {
  readonly add: (block: Block) => void;
  readonly count: () => number;
  readonly solves: () => number;
  readonly columns: () => Verdicts;
  readonly distance: () => Float64Array;
} {
  const statuses: number[] = [];
  const growth: number[] = [];
  const distances: number[] = [];
  let solves = 0;
  const add = (block: Block): void => {
    for (const status of block.statuses) statuses.push(status);
    for (const value of block.growth) growth.push(value ?? Number.NaN);
    for (const value of block.distance ?? []) distances.push(value ?? Number.NaN);
    solves += block.solves;
  };
  blocks.forEach(add);
  return {
    add,
    count: () => growth.length,
    solves: () => solves,
    columns: () => ({ statuses: Uint8Array.from(statuses), growth: Float64Array.from(growth) }),
    distance: () => Float64Array.from(distances),
  };
}
