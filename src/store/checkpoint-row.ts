import { createHash } from "node:crypto";

/** Of a row and what its checksum is made of; a store written by a later form is refused. */
const rowVersion = 1;

/** One generation of a VM's checkpoint, as a row of the store. */
export interface CheckpointRow {
  readonly vm: string;
  readonly generation: number;
  readonly version: number;
  /** Milliseconds of the epoch. */
  readonly savedAt: number;
  readonly bytes: number;
  readonly sha256: Uint8Array;
  readonly payload: Uint8Array;
}

/** SHA-256 of all that a row says, so that a payload is neither changed nor passed for another VM's or generation's. */
function checksumOf({ vm, generation, version, savedAt, payload }: Omit<CheckpointRow, "sha256" | "bytes">): Buffer {
  const head = JSON.stringify(["bioxen-checkpoint", version, vm, generation, savedAt, payload.length]);
  return createHash("sha256").update(head).update("\0").update(payload).digest();
}

/** A row for a payload. */
export function sealed(of: Pick<CheckpointRow, "vm" | "generation" | "savedAt" | "payload">): CheckpointRow {
  const row = { ...of, version: rowVersion, bytes: of.payload.length };
  return { ...row, sha256: checksumOf(row) };
}

/** What is wrong with a row, in words; null where it is as it was written. */
export function faultOf(row: CheckpointRow): string | null {
  if (row.version > rowVersion) return `it has version ${row.version}, and this is ${rowVersion}`;
  if (row.bytes !== row.payload.length) return `it has ${row.payload.length} bytes instead of ${row.bytes}`;
  if (Buffer.compare(checksumOf(row), row.sha256) !== 0) return "its checksum differs";
  return null;
}
