import { createHash } from "node:crypto";
import { type FileHandle, mkdir, open, readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import { BioXenError } from "../contract/index.ts";

export const resultsName = "results.jsonl";
const partName = "results.jsonl.part";
/** Rows are on the disk itself after so many milliseconds: a kill loses no row that was written, a power cut may. */
const syncEvery = 500;

/** Rows as they are written: finished lines survive whatever ends the process, and a torn last one is dropped. */
export interface PartFile extends AsyncDisposable {
  /** Lines that an earlier run of the very same experiment finished. */
  readonly done: readonly string[];
  /** When that run began; ISO 8601. */
  readonly startedAt: string;
  /** Takes a line; it is in the file after the next `flush`. */
  readonly append: (line: string) => void;
  readonly flush: () => Promise<void>;
  /** The results are whole and stand in their own file: removes this one. */
  readonly finish: () => Promise<void>;
}

/**
 * Opens the unfinished results in a folder, which is made where it is missing.
 * @param identity Of everything that decides the rows.
 * @throws BioXenError `INPUT_INVALID` where they belong to another experiment, or cannot be read or written.
 */
export async function openPart(folder: string, identity: string): Promise<PartFile> {
  const file = join(folder, partName);
  const fresh = `${JSON.stringify({ experiment: identity, startedAt: new Date().toISOString() })}\n`;
  const { header, lines, bytes } = await readPart(file, identity);
  let handle: FileHandle;
  try {
    await mkdir(folder, { recursive: true });
    handle = await open(file, "a");
    await handle.truncate(bytes);
    if (header === "") await handle.write(fresh);
  } catch (error) {
    throw refused(file, error);
  }
  let syncedAt = performance.now();
  let isOpen = true;
  let waiting = "";
  const flush = async (): Promise<void> => {
    const text = waiting;
    waiting = "";
    if (text !== "") await handle.write(text);
    if (performance.now() - syncedAt < syncEvery) return;
    await handle.datasync();
    syncedAt = performance.now();
  };
  const close = async (): Promise<void> => {
    if (isOpen) await handle.close();
    isOpen = false;
  };
  return {
    done: lines,
    startedAt: headerOf(header === "" ? fresh : header).startedAt,
    append: (line) => {
      waiting += `${line}\n`;
    },
    flush,
    finish: async () => {
      await flush();
      await close();
      await unlink(file);
    },
    [Symbol.asyncDispose]: close,
  };
}

/** How many rows an earlier run of the very same experiment finished; changes nothing. @throws as `openPart`. */
export async function finishedRows(folder: string, identity: string): Promise<number> {
  return (await readPart(join(folder, partName), identity)).lines.length;
}

/** What is whole of a file that may not be there: its first line, the others, and their length in bytes. */
async function readPart(
  file: string,
  identity: string,
): Promise<{ header: string; lines: readonly string[]; bytes: number }> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw refused(file, error);
  });
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const [header = "", ...lines] = whole.split("\n").slice(0, -1);
  if (header !== "" && headerOf(header).experiment !== identity)
    throw new BioXenError(
      "INPUT_INVALID",
      `${file} belongs to another experiment (file, inputs or versions differ): remove it, or write elsewhere`,
      { context: { file } },
    );
  return { header, lines, bytes: Buffer.byteLength(whole) };
}

function refused(file: string, cause: unknown): BioXenError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new BioXenError("INPUT_INVALID", `cannot use ${file}: ${why}`, { context: { file }, cause });
}

function headerOf(line: string): { experiment?: string; startedAt: string } {
  try {
    return JSON.parse(line) as { experiment?: string; startedAt: string };
  } catch {
    return { startedAt: "" };
  }
}

/** Lines of a file, and its SHA-256. */
export async function readResults(folder: string): Promise<{ lines: readonly string[]; sha256: string }> {
  const file = join(folder, resultsName);
  try {
    const text = await readFile(file, "utf8");
    return { lines: text.split("\n").slice(0, -1), sha256: createHash("sha256").update(text).digest("hex") };
  } catch (cause) {
    throw new BioXenError("INPUT_INVALID", `no results at ${file}: run the experiment first`, {
      context: { file },
      cause,
    });
  }
}
