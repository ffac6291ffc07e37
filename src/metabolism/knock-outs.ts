import type { Dispatcher } from "../contract/index.ts";
import type { MetabolicModel } from "../formats/index.ts";
import { checkGenes, geneSetsOf } from "./gene-sets.ts";
import { openKnockOutScan } from "./knock-out-scan.ts";
import { type FluxSetup, problemOf, reactionColumns } from "./problem-of.ts";
import { reduceProblem } from "./reduction.ts";
import { type AlgorithmOptions, type FluxStatus, solverOf } from "./solver.ts";

export interface KnockOutOptions extends FluxSetup, AlgorithmOptions {
  /** What is knocked out, one at a time, in this order; all of the model's by default. */
  readonly ids?: readonly string[] | undefined;
  /** Leave out this many from the start of the list: those that an earlier scan has done. */
  readonly skip?: number | undefined;
}

export interface KnockOut {
  readonly id: string;
  readonly status: FluxStatus;
  /** Value of the objective; null unless optimal: a failure is never a growth of 0. */
  readonly growth: number | null;
}

/** Results in the order of the list, some at a time. */
export interface KnockOutBlock {
  readonly results: readonly KnockOut[];
  /** Value of the objective with nothing knocked out; null unless optimal. */
  readonly wildType: number | null;
  /** Of the whole list, those skipped included. */
  readonly done: number;
  readonly total: number;
  /** Linear problems solved so far in this scan. */
  readonly solves: number;
}

/**
 * Knocks out one gene after the other: every reaction whose rule needs it has flux 0. Yields blocks in the order of the
 * genes; a scan that is taken up again with `skip` gives the same results to the last bit.
 * @throws BioXenError `INPUT_INVALID` as `problemOf`, or for an unknown gene, with the nearest ids
 */
export function knockOutGenes(
  model: MetabolicModel,
  dispatcher: Dispatcher,
  options: KnockOutOptions = {},
): AsyncGenerator<KnockOutBlock, void, void> {
  const ids = checkGenes(model, options.ids);
  const { stopped } = geneSetsOf(model);
  return scan(model, dispatcher, { ids, columns: (id) => stopped([id]) }, options);
}

/** As `knockOutGenes`, of reactions. @throws BioXenError `INPUT_INVALID` as `problemOf`, or for an unknown reaction */
export function knockOutReactions(
  model: MetabolicModel,
  dispatcher: Dispatcher,
  options: KnockOutOptions = {},
): AsyncGenerator<KnockOutBlock, void, void> {
  const columns = reactionColumns(model, options.ids);
  const ids = Array.from(columns, (column) => model.reactions[column]?.id ?? "");
  const columnOf = new Map(ids.map((id, at) => [id, columns[at] as number]));
  return scan(model, dispatcher, { ids, columns: (id) => [columnOf.get(id) ?? -1] }, options);
}

async function* scan(
  model: MetabolicModel,
  dispatcher: Dispatcher,
  of: { readonly ids: readonly string[]; readonly columns: (id: string) => readonly number[] },
  options: KnockOutOptions,
): AsyncGenerator<KnockOutBlock, void, void> {
  const { ids } = of;
  const skip = Math.max(0, options.skip ?? 0);
  if (skip >= ids.length) return;
  const reduction = reduceProblem(problemOf(model, options), { validFor: "knock-outs" });
  const solver = solverOf(dispatcher, options.dispatch);
  const knockOuts = await openKnockOutScan(reduction, solver);
  const wildType = knockOuts.wildType.status === "optimal" ? knockOuts.wildType.growth : null;
  for (let from = skip; from < ids.length; from += block) {
    const some = ids.slice(from, from + block);
    const classes = some.map((id) => knockOuts.classOf(of.columns(id)));
    await knockOuts.settle(classes);
    const results = some.map((id, at): KnockOut => {
      const { status, growth } = classes[at]?.verdict ?? { status: "failed", growth: Number.NaN };
      return { id, status, growth: status === "optimal" ? growth : null };
    });
    const done = from + some.length;
    options.onProgress?.(done, ids.length);
    yield { results, wildType, done, total: ids.length, solves: solver.solves };
  }
}

/** Large enough that its problems fill a few batches, small enough to be written often. */
const block = 512;
