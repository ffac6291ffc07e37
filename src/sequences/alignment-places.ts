// Where alignments lie: the traced ones of a search, in dispatches of bounded memory.
import { BioXenError, type Dispatched, type Dispatcher, type DispatchOptions } from "../contract/index.ts";
import {
  type Alignments,
  type AlignmentTracebackInput,
  alignmentTraceback,
  type CigarCounts,
  cigarCounts,
  cigarOperations,
} from "../workloads/index.ts";
import type { RunSum } from "./runs.ts";
import { lengthOf, type Selected, selected } from "./selection.ts";

/** Where an alignment lies and how it runs; coordinates are 0-based and half-open. */
export interface AlignmentPlace {
  readonly queryEnd: number;
  readonly targetEnd: number;
  /** null where only ends were asked for. */
  readonly queryStart: number | null;
  readonly targetStart: number | null;
  /** `length << 4 | code` as BAM has it; null where not asked for. */
  readonly operations: Uint32Array | null;
  readonly counts: CigarCounts | null;
}

/** Residues of targets that are traced back at a time: their letters are held twice. */
const tracedResidues = 2 ** 24;

/** Where each pair's alignment lies, some pairs at a time. */
export async function placed(
  dispatcher: Dispatcher,
  pairs: readonly { readonly query: Selected; readonly target: Selected; readonly start: number }[],
  question: Omit<AlignmentTracebackInput, "queries" | "targets">,
  dispatch: DispatchOptions,
  sum: RunSum,
): Promise<AlignmentPlace[]> {
  const places: AlignmentPlace[] = [];
  for (let first = 0; first < pairs.length; first = places.length) {
    let residues = 0;
    let end = first;
    while (end < pairs.length && (end === first || residues < tracedResidues)) {
      const pair = pairs[end++];
      if (pair !== undefined) residues += lengthOf(pair.target.of, pair.target.at);
    }
    const some = pairs.slice(first, end);
    const input: AlignmentTracebackInput = {
      ...question,
      queries: selected(some.map(({ query }) => query)),
      targets: selected(some.map(({ target }) => target)),
    };
    const ran = await whereItCan(dispatcher, input, dispatch);
    sum.add(alignmentTraceback, input, ran);
    placesOf(ran.output).forEach((place, at) => {
      const start = some[at]?.start ?? 0;
      const { targetStart, targetEnd } = place;
      places.push({
        ...place,
        targetStart: targetStart === null ? null : start + targetStart,
        targetEnd: start + targetEnd,
      });
    });
  }
  return places;
}

/** On the device that was asked for, or where it has no tracebacks on another. */
async function whereItCan(
  dispatcher: Dispatcher,
  input: AlignmentTracebackInput,
  dispatch: DispatchOptions,
): Promise<Dispatched<Alignments>> {
  const { device, ...anywhere } = dispatch;
  try {
    return await dispatcher.run(alignmentTraceback, input, dispatch);
  } catch (error) {
    if (device === undefined || !(error instanceof BioXenError) || error.code !== "NO_DEVICE") throw error;
  }
  const { rejected } = dispatcher.explain(alignmentTraceback, input, dispatch);
  const ran = await dispatcher.run(alignmentTraceback, input, anywhere);
  return { ...ran, rejected: [...rejected, ...ran.rejected] };
}

/** One place a pair. */
export function placesOf(output: Alignments): AlignmentPlace[] {
  const { scores, queryEnds, targetEnds, queryStarts, targetStarts, cigars } = output;
  const withWay = cigars.length > 0;
  return Array.from(scores, (_, at): AlignmentPlace => {
    const operations = withWay ? cigarOperations(output, at) : null;
    return {
      queryEnd: queryEnds[at] ?? 0,
      targetEnd: targetEnds[at] ?? 0,
      queryStart: queryStarts[at] ?? null,
      targetStart: targetStarts[at] ?? null,
      operations,
      counts: operations === null ? null : cigarCounts(operations),
    };
  });
}
