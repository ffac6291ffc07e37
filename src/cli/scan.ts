import { BioXenError } from "../contract/index.ts";
import { fluxBalance } from "../workloads/index.ts";
import { type Journal, openJournal, scanIdentity } from "./journal.ts";
import type { Study, StudyFlags } from "./study.ts";

export interface ScanFlags extends StudyFlags {
  readonly resume?: boolean;
}

/** What every block of a journal says beside its results. */
export interface ScanBlock {
  /** Where its linear problems were solved: the rest is solved there too, so that every digit is as in one go. */
  readonly device: string | null;
}

/** Where a study's linear problems are solved, for a block of its journal. */
export function deviceOf(study: Study): string | null {
  return study.pinned.get(fluxBalance.id) ?? null;
}

/** What a scan of many problems adds to a study's options. */
export const resumeHelp: string =
  "keep finished blocks beside --out while running, and go on from those of an earlier run";

/**
 * The journal of a scan with `--resume`, or null without: then an interrupted scan leaves nothing behind.
 * @param what Everything beside the model, the medium and the bounds that decides the results.
 */
export async function journalOf<T extends ScanBlock>(
  study: Study,
  flags: ScanFlags,
  what: readonly unknown[],
): Promise<Journal<T> | null> {
  if (flags.resume !== true) return null;
  if (flags.out === undefined)
    throw new BioXenError("INPUT_INVALID", "--resume needs --out: the finished part is kept beside that file");
  const { medium, objective, bounds } = study.setup;
  const setup = [[...(medium ?? [])], medium !== undefined, objective ?? null, [...(bounds ?? [])]];
  // infinite bounds have no JSON form of their own
  const text = JSON.stringify([what, setup], (_, value: unknown) =>
    typeof value === "number" && !Number.isFinite(value) ? String(value) : value,
  );
  const journal = await openJournal<T>(flags.out, scanIdentity([study.source, text]));
  const device = journal.done[0]?.device;
  if (device !== undefined && device !== null) study.pinned.set(fluxBalance.id, device);
  return journal;
}
