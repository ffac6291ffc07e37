import type { Dispatcher } from "../contract/index.ts";
import type { MetabolicModel } from "../formats/index.ts";
import { fluxStatus } from "../workloads/index.ts";
import { checkGenes, geneSetsOf } from "./gene-sets.ts";
import { type KnockOutClass, openKnockOutScan, type Verdict } from "./knock-out-scan.ts";
import { pairAt } from "./pair-order.ts";
import { type FluxSetup, problemOf, reactionColumns } from "./problem-of.ts";
import { reduceProblem } from "./reduction.ts";
import { type AlgorithmOptions, solverOf } from "./solver.ts";

export interface DoubleKnockOutOptions extends FluxSetup, AlgorithmOptions {
  /** Of which every pair is knocked out; all of the model's by default. */
  readonly ids?: readonly string[] | undefined;
  /** Leave out this many pairs from the start: those that an earlier scan has done. */
  readonly skip?: number | undefined;
}

/** Pairs in order: (0, 1), (0, 2), ... (0, n - 1), (1, 2), ... as columns of one length. */
export interface DoubleKnockOutBlock {
  /** Places in `ids` of both partners, the first below the second. */
  readonly first: Uint32Array;
  readonly second: Uint32Array;
  /** Codes of `fluxStatus`. */
  readonly statuses: Uint8Array;
  /** Value of the objective; NaN unless optimal. */
  readonly growth: Float64Array;
  /** Of all pairs, those skipped included. */
  readonly done: number;
  readonly total: number;
  /** Linear problems solved so far in this scan. */
  readonly solves: number;
}

/** What a scan of pairs knows before its first pair. */
export interface DoubleKnockOuts {
  readonly ids: readonly string[];
  readonly wildType: Verdict;
  /** Of each id alone. */
  readonly singles: readonly Verdict[];
  readonly blocks: AsyncIterable<DoubleKnockOutBlock>;
}

/**
 * Knocks out every pair of genes, joint effects of isozymes included. A scan that is taken up again with `skip` gives
 * the same results to the last bit. The single knock-outs are solved before this returns.
 * @throws BioXenError `INPUT_INVALID` as `problemOf`, or for an unknown gene, with the nearest ids
 */
export function knockOutGenePairs(
  model: MetabolicModel,
  dispatcher: Dispatcher,
  options: DoubleKnockOutOptions = {},
): Promise<DoubleKnockOuts> {
  const ids = checkGenes(model, options.ids);
  const { stopped, partners } = geneSetsOf(model);
  const alone = ids.map((id) => stopped([id]));
  const place = new Map(ids.map((id, at) => [id, at]));
  // only genes of a common rule can do more together than each alone
  const joint = new Map<number, readonly number[]>();
  for (const [a, id] of ids.entries())
    for (const partner of partners(id)) {
      const b = place.get(partner);
      if (b === undefined || b <= a) continue;
      const both = stopped([id, partner]);
      const apart = new Set([...(alone[a] ?? []), ...(alone[b] ?? [])]);
      if (both.some((column) => !apart.has(column))) joint.set(a * ids.length + b, both);
    }
  return scanPairs(model, dispatcher, { ids, alone, joint }, options);
}

/** As `knockOutGenePairs`, of reactions. @throws BioXenError `INPUT_INVALID` as `problemOf`, or for an unknown reaction */
export function knockOutReactionPairs(
  model: MetabolicModel,
  dispatcher: Dispatcher,
  options: DoubleKnockOutOptions = {},
): Promise<DoubleKnockOuts> {
  const alone = Array.from(reactionColumns(model, options.ids), (column) => [column]);
  const ids = alone.map(([column = -1]) => model.reactions[column]?.id ?? "");
  return scanPairs(model, dispatcher, { ids, alone, joint: new Map() }, options);
}

interface PairList {
  readonly ids: readonly string[];
  /** Columns that each id stops by itself. */
  readonly alone: readonly (readonly number[])[];
  /** By `first * ids.length + second`: columns that a pair stops, where these are more than both stop apart. */
  readonly joint: ReadonlyMap<number, readonly number[]>;
}

/** Pairs a block: their distinct effects fill a few batches, and a stopped scan loses a second or so. */
const block = 65_536;

async function scanPairs(
  model: MetabolicModel,
  dispatcher: Dispatcher,
  list: PairList,
  options: DoubleKnockOutOptions,
): Promise<DoubleKnockOuts> {
  const reduction = reduceProblem(problemOf(model, options), { validFor: "knock-outs" });
  const solver = solverOf(dispatcher, options.dispatch);
  const scan = await openKnockOutScan(reduction, solver);
  const { ids, alone, joint } = list;
  const classes: KnockOutClass[] = [];
  const numbers = new Map<KnockOutClass, number>();
  const classOf = Uint32Array.from(alone, (columns) => {
    const found = scan.classOf(columns);
    const number = numbers.get(found) ?? classes.push(found) - 1;
    numbers.set(found, number);
    return number;
  });
  await scan.settle(classes);
  const singles = Array.from(classOf, (number) => classes[number]?.verdict ?? unknown);
  const total = (ids.length * (ids.length - 1)) / 2;

  // verdicts by pair of classes: code of fluxStatus + 1, 0 where not known yet
  const width = classes.length;
  const known = new Uint8Array(width * width);
  const growths = new Float64Array(width * width);
  const keep = (at: number, { status, growth }: Verdict): void => {
    known[at] = fluxStatus[status] + 1;
    growths[at] = growth;
  };
  for (const [number, one] of classes.entries()) keep(number * width + number, one.verdict ?? unknown);

  async function* blocks(): AsyncGenerator<DoubleKnockOutBlock, void, void> {
    let from = Math.max(0, options.skip ?? 0);
    while (from < total) {
      const length = Math.min(block, total - from);
      const first = new Uint32Array(length);
      const second = new Uint32Array(length);
      let [a, b] = pairAt(from, ids.length);
      for (let at = 0; at < length; at++) {
        first[at] = a;
        second[at] = b;
        if (++b === ids.length) b = ++a + 1;
      }
      const wanted = new Map<number, KnockOutClass>();
      const together = new Map<number, KnockOutClass>();
      const questions: { readonly parts: readonly [KnockOutClass, KnockOutClass]; readonly whole: KnockOutClass }[] =
        [];
      for (let at = 0; at < length; at++) {
        const [i, j] = [first[at] as number, second[at] as number];
        const [low, high] = ordered(classOf[i] as number, classOf[j] as number);
        const more = joint.get(i * ids.length + j);
        const cell = low * width + high;
        if (more === undefined && (known[cell] !== 0 || wanted.has(cell))) continue;
        const parts = [classes[low] as KnockOutClass, classes[high] as KnockOutClass] as const;
        const whole = scan.classOf(more ?? [...new Set([...parts[0].columns, ...parts[1].columns])]);
        if (more === undefined) wanted.set(cell, whole);
        else together.set(at, whole);
        questions.push({ parts, whole });
      }
      await scan.settleJoint(questions);
      for (const [cell, whole] of wanted) keep(cell, whole.verdict ?? unknown);

      const statuses = new Uint8Array(length);
      const growth = new Float64Array(length);
      for (let at = 0; at < length; at++) {
        const [low, high] = ordered(classOf[first[at] as number] as number, classOf[second[at] as number] as number);
        statuses[at] = (known[low * width + high] as number) - 1;
        growth[at] = growths[low * width + high] as number;
      }
      for (const [at, whole] of together) {
        const verdict = whole.verdict ?? unknown;
        statuses[at] = fluxStatus[verdict.status];
        growth[at] = verdict.growth;
      }
      from += length;
      options.onProgress?.(from, total);
      yield { first, second, statuses, growth, done: from, total, solves: solver.solves };
    }
  }
  return { ids, wildType: scan.wildType, singles, blocks: blocks() };
}

const unknown: Verdict = { status: "failed", growth: Number.NaN };

function ordered(a: number, b: number): readonly [number, number] {
  return a < b ? [a, b] : [b, a];
}
