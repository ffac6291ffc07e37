import { createHash } from "node:crypto";
import { type FileHandle, open, readFile, unlink } from "node:fs/promises";
import { BioXenError } from "../contract/index.ts";

/** Blocks of a long scan, kept beside its output while it runs, so that it can go on where it was stopped. */
export interface Journal<T> extends AsyncDisposable {
  /** Blocks that an earlier run of the very same scan finished, in order. */
  readonly done: readonly T[];
  /** Resolves when the block is on the disk. */
  readonly append: (block: T) => Promise<void>;
  /** The scan is whole and written elsewhere: removes the journal. */
  readonly finish: () => Promise<void>;
}

/** What decides a scan's results: everything but the threads and the form of the output. */
export function scanIdentity(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) {
    hash.update(`${part.length}:`);
    hash.update(part);
  }
  return hash.digest("hex");
}

/**
 * Opens `<path>.part`, one JSON value a line behind a line that names the scan. A last line that was torn by a
 * kill is dropped.
 * @throws BioXenError `INPUT_INVALID` where the file belongs to another scan or cannot be written.
 */
export async function openJournal<T>(path: string, identity: string): Promise<Journal<T>> {
  const file = `${path}.part`;
  const header = JSON.stringify({ scan: identity });
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw refused(file, error);
  });
  // a header that was torn itself is no scan yet
  const whole = text.includes("\n") ? text.slice(0, text.lastIndexOf("\n") + 1) : "";
  const lines = whole.split("\n").slice(0, -1);
  if (lines.length > 0 && lines[0] !== header)
    throw new BioXenError(
      "INPUT_INVALID",
      `${file} belongs to another scan (model, analysis or options differ): remove it, or write elsewhere`,
      { context: { file } },
    );
  const done = lines.slice(1).map((line) => JSON.parse(line) as T);
  let handle: FileHandle;
  try {
    handle = await open(file, "a");
    await handle.truncate(Buffer.byteLength(whole));
    if (lines.length === 0) await handle.write(`${header}\n`);
  } catch (error) {
    throw refused(file, error);
  }
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (isOpen) await handle.close();
    isOpen = false;
  };
  return {
    done,
    append: async (block) => {
      await handle.write(`${JSON.stringify(block)}\n`);
      await handle.datasync();
    },
    finish: async () => {
      await close();
      await unlink(file);
    },
    [Symbol.asyncDispose]: close,
  };
}

function refused(file: string, cause: unknown): BioXenError {
  return new BioXenError("INPUT_INVALID", `cannot use ${file}: ${(cause as Error).message}`, {
    context: { file },
    cause,
  });
}
