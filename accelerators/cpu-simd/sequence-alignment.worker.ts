// This workload's tasks in a worker thread; free of the spec, whose schema library would slow a worker's start.
import { noteSharedBytes } from "../../src/host/collect-garbage.ts";
import {
  type DatabaseLetters,
  type InterleavedDatabase,
  interleaveDatabase as interleave,
} from "./sequence-alignment-database.ts";
import { type SearchJob, searchDatabase as search } from "./sequence-alignment-search.ts";

export { alignPairs } from "./sequence-alignment-pairs.ts";

/** Databases that this thread has had in hand; of a search of one file's batches each is another. */
const seen = new WeakSet<SharedArrayBuffer>();

export function interleaveDatabase(letters: DatabaseLetters): InterleavedDatabase {
  const made = interleave(letters);
  noteSharedBytes(letters.residues.byteLength + made.columns.byteLength);
  return made;
}

export function searchDatabase(job: SearchJob): void {
  search(job);
  const { columns, residues } = job.database;
  if (!(columns.buffer instanceof SharedArrayBuffer) || seen.has(columns.buffer)) return;
  seen.add(columns.buffer);
  noteSharedBytes(columns.byteLength + residues.byteLength);
}
