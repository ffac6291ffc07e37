import { BioXenError, type Dispatcher, type DispatchOptions, type Sequences } from "../contract/index.ts";
import {
  type AlignmentDetail,
  type Alignments,
  type AlignmentTracebackInput,
  alignmentTraceback,
  joinAlignments,
} from "../workloads/index.ts";
import { RunSum, type Runs } from "./runs.ts";
import type { AlignmentScheme } from "./search-sequences.ts";
import { lengthOf, rangeOf } from "./selection.ts";

/** Cells of one dispatch: some seconds, so that progress shows and an abort loses little. */
const blockCells = 2e10;

export interface PairOptions extends DispatchOptions {
  readonly want: AlignmentDetail;
  /** Pairs done, and all. */
  readonly onProgress?: ((done: number, count: number, cells: number) => void) | undefined;
}

/**
 * Aligns query i with target i, in blocks of alike work.
 * @throws BioXenError as the dispatcher.
 */
export async function alignSequencePairs(
  dispatcher: Dispatcher,
  queries: Sequences,
  targets: Sequences,
  scheme: AlignmentScheme,
  { want, onProgress, ...dispatch }: PairOptions,
): Promise<{ readonly alignments: Alignments; readonly runs: Runs }> {
  const count = queries.names.length;
  const sum = new RunSum();
  const outputs: Alignments[] = [];
  for (let first = 0; first < count; ) {
    let cells = 0;
    let end = first;
    while (end < count && (end === first || cells < blockCells)) {
      cells += lengthOf(queries, end) * lengthOf(targets, end);
      end++;
    }
    const input: AlignmentTracebackInput = {
      ...scheme,
      queries: rangeOf(queries, first, end),
      targets: rangeOf(targets, first, end),
      want,
    };
    const ran = await dispatcher.run(alignmentTraceback, input, dispatch);
    sum.add(alignmentTraceback, input, ran);
    outputs.push(ran.output);
    onProgress?.(end, count, sum.sum?.units ?? 0);
    first = end;
  }
  if (sum.sum === null) throw new BioXenError("INPUT_INVALID", "there is no pair to align");
  const [only] = outputs;
  return {
    alignments: outputs.length === 1 && only !== undefined ? only : joinAlignments(outputs),
    runs: sum.sum,
  };
}
