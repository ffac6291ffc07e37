import { createHash } from "node:crypto";
import { readFile, unlink } from "node:fs/promises";
import { BioXenError } from "../contract/index.ts";
import { atomicWriteFile } from "../formats/index.ts";

/** What a checkpoint file of ours begins with; the number is that of its form. */
const magic = "bioxen checkpoint 1";

/** A long run's state on the disk, so that the same command goes on from it. */
export interface Checkpoint<T> {
  /** Where an earlier run of the very same command stood; null where there was none. */
  readonly before: T | null;
  /** Replaces the file, whole or not at all. */
  readonly write: (state: T) => Promise<void>;
  /** The run is whole: removes the file. */
  readonly finish: () => Promise<void>;
}

/**
 * Opens a checkpoint: a line with the SHA-256 of all that follows it, and a JSON object in which arrays of floats are
 * base64, so that they come back bit for bit.
 * @param identity Of everything that decides the run: version, model, options.
 * @throws BioXenError `FORMAT_INVALID` for a file that is damaged or no checkpoint; `INPUT_INVALID` for one of another
 *   run, and where the file cannot be read.
 */
export async function openCheckpoint<T>(file: string, identity: string): Promise<Checkpoint<T>> {
  const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return null;
    throw new BioXenError("INPUT_INVALID", `cannot use ${file}: ${cause.message}`, { context: { file }, cause });
  });
  const before = bytes === null ? null : stateIn<T>(bytes, file, identity);
  return {
    before,
    write: async (state) => {
      const body = JSON.stringify({ identity, state }, (_, value: unknown) =>
        value instanceof Float64Array
          ? { float64: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") }
          : value,
      );
      await atomicWriteFile(file, [`${magic} ${sha256(body)}\n`, body]);
    },
    finish: async () => {
      await unlink(file).catch((error: NodeJS.ErrnoException) => {
        // a run that ended before its first checkpoint has none
        if (error.code !== "ENOENT") throw error;
      });
    },
  };
}

function stateIn<T>(bytes: Buffer, file: string, identity: string): T {
  const context = { file };
  const end = bytes.indexOf("\n");
  const [, sum] =
    /^bioxen checkpoint 1 ([0-9a-f]{64})$/.exec(bytes.subarray(0, Math.max(0, end)).toString("latin1")) ?? [];
  const body = bytes.subarray(end + 1);
  if (sum === undefined)
    throw new BioXenError("FORMAT_INVALID", `${file} is no checkpoint, or its first line is damaged: remove it`, {
      context,
    });
  if (sum !== sha256(body))
    throw new BioXenError("FORMAT_INVALID", `${file} is damaged (its checksum differs): remove it to start anew`, {
      context,
    });
  const read = JSON.parse(body.toString("utf8"), (_, value: unknown) => floatsIn(value) ?? value) as {
    readonly identity: string;
    readonly state: T;
  };
  if (read.identity !== identity)
    throw new BioXenError(
      "INPUT_INVALID",
      `${file} belongs to another run (version, model or options differ): remove it, or write elsewhere`,
      { context },
    );
  return read.state;
}

function floatsIn(value: unknown): Float64Array | null {
  if (typeof value !== "object" || value === null || !("float64" in value) || typeof value.float64 !== "string")
    return null;
  // of its own memory, since a buffer of the pool need not be aligned
  return new Float64Array(Uint8Array.from(Buffer.from(value.float64, "base64")).buffer);
}

function sha256(of: string | Uint8Array): string {
  return createHash("sha256").update(of).digest("hex");
}
