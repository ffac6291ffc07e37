import { randomBytes } from "node:crypto";
import { writeFile as writeDescriptor } from "node:fs";
import { type FileHandle, open, readlink, realpath, rename, stat, unlink, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { BioXenError } from "../contract/index.ts";

/** Permissions of a new file before the user's umask, as every tool asks for. */
const newFileMode = 0o666;

/** A file's content; as pieces where the whole would be a needlessly long string. */
export type Written = string | Uint8Array | Iterable<string>;

/**
 * Writes a file whole or not at all: to a file beside it, synced, then renamed over it. A file that is replaced
 * keeps its permissions, and a symbolic link keeps pointing at it. A device, a pipe
 * and an open file (`/dev/stdout`) are written to.
 * @throws BioXenError `INPUT_INVALID` where the folder is missing or the file cannot be written; what stood there stays.
 */
export async function atomicWriteFile(path: string, text: Written): Promise<void> {
  try {
    const old = await stat(path).catch(absent);
    if (old?.isDirectory())
      throw new BioXenError("INPUT_INVALID", `${path} is a directory`, { context: { file: path } });
    if (old !== null && !old.isFile()) {
      await writeFile(path, text);
      return;
    }
    const descriptor = descriptorOf(path);
    if (old !== null && descriptor !== null) {
      // to a descriptor the system call appends, so that pieces may come one by one
      for (const piece of piecesOf(text)) await promisify(writeDescriptor)(descriptor, piece);
      return;
    }
    const target = old === null ? await linkedTo(path) : await realpath(path);
    await replace(target, text, old === null ? null : old.mode & 0o7777);
  } catch (error) {
    throw error instanceof BioXenError ? error : unwritable(path, error);
  }
}

function piecesOf(text: Written): Iterable<string | Uint8Array> {
  return typeof text === "string" || text instanceof Uint8Array ? [text] : text;
}

/** Where a link points that nothing stands at the end of yet; the path itself where it is no link. */
async function linkedTo(path: string): Promise<string> {
  const link = await readlink(path).catch(() => null);
  return link === null ? path : resolve(dirname(path), link);
}

/** Standard output may be a plain file: renaming over it would part it from whoever else writes there. */
function descriptorOf(path: string): number | null {
  const [, stream, number] = /^\/(?:dev|proc\/self)\/(?:(stdout|stderr)|fd\/(\d+))$/.exec(path) ?? [];
  if (number !== undefined) return Number(number);
  return stream === undefined ? null : stream === "stdout" ? 1 : 2;
}

async function replace(target: string, text: Written, mode: number | null): Promise<void> {
  const folder = dirname(target);
  // the start of the name only: file systems allow 255 bytes in all
  const start = Buffer.from(basename(target))
    .subarray(0, 100)
    .toString("latin1")
    .replace(/[^\w.-]/g, "_");
  const temporary = join(folder, `.${start}.${process.pid}.${randomBytes(6).toString("hex")}.tmp`);
  let handle: FileHandle | null = await open(temporary, "wx", newFileMode);
  try {
    // each call goes on where the last one stopped
    for (const piece of piecesOf(text)) await handle.writeFile(piece);
    if (mode !== null) await handle.chmod(mode);
    await handle.sync();
    await handle.close();
    handle = null;
    await rename(temporary, target);
  } catch (error) {
    await handle?.close();
    await unlink(temporary).catch(absent);
    throw error;
  }
  await syncFolder(folder);
}

/** So that the rename outlives a power cut, where the file system can do it; the file itself is written by now. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder).catch(() => null);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

function absent(error: unknown): null {
  if (codeOf(error) === "ENOENT") return null;
  throw error;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "its folder does not exist",
  ENOTDIR: "a part of its path is no folder",
  EACCES: "this user may not write there",
  EPERM: "this user may not write there",
  EROFS: "the file system is read-only",
  ENOSPC: "the file system is full",
  EDQUOT: "the user's quota is used up",
  ENAMETOOLONG: "its name is longer than the system allows",
};

function unwritable(file: string, error: unknown): BioXenError {
  const reason = reasons[codeOf(error)] ?? "the system refuses";
  return new BioXenError("INPUT_INVALID", `cannot write ${file}: ${reason}`, { context: { file }, cause: error });
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code);
}
