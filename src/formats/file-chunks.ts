import { type FileHandle, open } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { BioXenError, type Bytes } from "../contract/index.ts";
import { formatError } from "./format-error.ts";

/** How far a gzip file may inflate before it is taken for a bomb. */
export interface InflateLimits {
  /** Inflated bytes per compressed byte read so far; 200 by default. DEFLATE itself reaches 1032, text rarely 20. */
  readonly maxInflateRatio?: number;
  /** Inflated bytes that are allowed at any ratio; 64 MiB by default. */
  readonly inflateAllowance?: Bytes;
  /** Told as reading goes on: bytes of the file so far, compressed where it is. */
  readonly onRead?: ((bytes: Bytes) => void) | undefined;
}

const defaultInflateRatio = 200;
const defaultInflateAllowance: Bytes = 64 * 2 ** 20;

/** Large enough that the cost of a read is small beside parsing what it brought, small enough to stay in a cache. */
const chunkBytes = 256 * 1024;

const gzipMagic = "1f8b";
/** What people hand over by mistake, by the first bytes in hex; longest first wherever one begins another. */
const otherMagic: readonly (readonly [string, string])[] = [
  ["fd377a585a00", "xz data"],
  ["425a6839314159", "bzip2 data"],
  ["28b52ffd", "Zstandard data"],
  ["504b0304", "a ZIP archive"],
  ["fffe", "UTF-16 text"],
  ["feff", "UTF-16 text"],
];
const longestMagic = 7;

/**
 * The bytes of a file in order, inflated where its first bytes say gzip (one member or many), in bounded memory.
 * @throws BioXenError `FORMAT_INVALID` for a file that cannot be read, and for gzip data that is truncated, corrupt,
 *   followed by something else, or inflates beyond the limits. `INPUT_INVALID` for a limit that is not above 0.
 */
export async function* fileChunks(file: string, limits: InflateLimits = {}): AsyncGenerator<Uint8Array, void, void> {
  requirePositive("maxInflateRatio", limits.maxInflateRatio);
  requirePositive("inflateAllowance", limits.inflateAllowance);
  let handle: FileHandle;
  try {
    handle = await open(file);
  } catch (error) {
    throw unreadable(file, error);
  }
  try {
    const raw = rawChunks(handle, file, limits.onRead);
    const { value: first } = await raw.next();
    if (first === undefined) return;
    const magic = Buffer.from(first.subarray(0, longestMagic)).toString("hex");
    if (magic.startsWith(gzipMagic)) {
      yield* inflated(first, raw, file, limits);
      return;
    }
    const other = otherMagic.find(([start]) => magic.startsWith(start));
    if (other !== undefined) throw formatError({ file, line: 1 }, other[1], "plain text or gzip data");
    yield first;
    yield* raw;
  } finally {
    await handle.close();
  }
}

async function* rawChunks(
  handle: FileHandle,
  file: string,
  onRead: InflateLimits["onRead"],
): AsyncGenerator<Uint8Array, void, void> {
  let read = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafeSlow(chunkBytes);
    let length = 0;
    // a pipe may bring a byte at a time, and the first chunk must hold a whole magic number
    while (length < longestMagic) {
      const { bytesRead } = await handle.read(chunk, length, chunkBytes - length).catch((error: unknown) => {
        throw unreadable(file, error);
      });
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    if (length === 0) return;
    read += length;
    onRead?.(read);
    yield chunk.subarray(0, length);
  }
}

async function* inflated(
  first: Uint8Array,
  rest: AsyncGenerator<Uint8Array, void, void>,
  file: string,
  { maxInflateRatio = defaultInflateRatio, inflateAllowance = defaultInflateAllowance }: InflateLimits,
): AsyncGenerator<Uint8Array, void, void> {
  let compressed = 0;
  async function* counted(): AsyncGenerator<Uint8Array, void, void> {
    compressed += first.length;
    yield first;
    for await (const chunk of rest) {
      compressed += chunk.length;
      yield chunk;
    }
  }
  const gunzip = createGunzip({ chunkSize: chunkBytes });
  // a failure of the source destroys gunzip with that same error, which the loop below then throws
  const fed = pipeline(Readable.from(counted()), gunzip).catch(() => {});
  let bytes = 0;
  try {
    for await (const chunk of gunzip as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > Math.max(inflateAllowance, maxInflateRatio * gunzip.bytesWritten))
        throw formatError(
          { file, line: null },
          `gzip data that inflates ${gunzip.bytesWritten} bytes to more than ${bytes}`,
          `at most ${maxInflateRatio} times the compressed size beyond the first ${inflateAllowance} bytes`,
        );
      yield chunk;
    }
  } catch (error) {
    throw error instanceof BioXenError ? error : corrupt(file, error);
  } finally {
    gunzip.destroy();
    await fed;
  }
  // node:zlib stops in silence at a zero byte after a member, and would drop what follows
  const left = compressed - gunzip.bytesWritten;
  if (left > 0)
    throw formatError(
      { file, line: null },
      `${left} bytes after the end of the gzip data`,
      "another gzip member or the end of the file",
    );
}

/** Why node:zlib failed on a file. */
export function corrupt(file: string, error: unknown): BioXenError {
  const place = { file, line: null };
  return codeOf(error) === "Z_BUF_ERROR"
    ? formatError(place, "the end of the file amid gzip data (truncated)", "the rest of the gzip data", error)
    : formatError(place, `corrupt gzip data (${(error as Error).message})`, "an intact gzip file", error);
}

/** A bound that is NaN would bound nothing. */
export function requirePositive(option: string, value: number | undefined): void {
  if (value !== undefined && !(value > 0))
    throw new BioXenError("INPUT_INVALID", `${option} is ${value}, expected a number above 0`, { context: { option } });
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  ENOTDIR: "no such file",
  EISDIR: "a directory",
  EACCES: "a file that this user may not read",
  EPERM: "a file that this user may not read",
  ELOOP: "a circle of symbolic links",
  ENAMETOOLONG: "a path longer than the system allows",
};

function unreadable(file: string, error: unknown): BioXenError {
  const found = reasons[codeOf(error)] ?? "a file that cannot be read";
  return formatError({ file, line: null }, found, "a readable file", error);
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code);
}
