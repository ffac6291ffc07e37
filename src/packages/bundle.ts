import { constants } from "node:fs";
import { type FileHandle, lstat, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { BioXenError } from "../contract/index.ts";
import { atomicWriteFile } from "../formats/index.ts";
import {
  isEntry,
  manifestFile,
  mostFileBytes,
  mostFiles,
  type PackageManifest,
  parseManifest,
  refused,
  sha256,
} from "./manifest.ts";

/** A bundle's bytes, all of them as its manifest pins them. */
export interface Bundle {
  readonly manifest: PackageManifest;
  /** Of the manifest, and by that of everything. */
  readonly sha256: string;
  readonly manifestBytes: Uint8Array;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/**
 * Reads a bundle's folder and holds every file to its SHA-256. Nothing but plain files in plain folders is read: no link
 * is followed, and a file that the manifest does not name is refused.
 * @throws BioXenError `PACKAGE_REFUSED` with the file's name; `INPUT_INVALID` where there is no bundle
 */
export async function readBundle(folder: string): Promise<Bundle> {
  const stat = await lstat(folder).catch(() => null);
  if (stat === null)
    throw new BioXenError("INPUT_INVALID", `there is no bundle ${folder}`, { context: { file: folder } });
  if (!stat.isDirectory()) throw refused(`${folder} is a link or a file, and no folder of a bundle`, { file: folder });
  // before any walk: a path may lead to a folder of a million files
  if ((await lstat(join(folder, manifestFile)).catch(() => null)) === null)
    throw new BioXenError("INPUT_INVALID", `${folder} has no ${manifestFile}`, { context: { file: folder } });
  const found = await entriesOf(folder, "");
  const manifestBytes = await readPlain(join(folder, manifestFile));
  const manifest = parseManifest(manifestBytes, join(folder, manifestFile));
  const extra = found.find((name) => name !== manifestFile && !Object.hasOwn(manifest.files, name));
  if (extra !== undefined)
    throw refused(`${join(folder, extra)} is not pinned by its manifest`, { file: join(folder, extra) });
  const files = new Map<string, Uint8Array>();
  for (const [name, pinned] of Object.entries(manifest.files)) {
    const path = join(folder, ...name.split("/"));
    if (!found.includes(name)) throw refused(`${path} is missing`, { file: path });
    const bytes = await readPlain(path);
    const is = sha256(bytes);
    if (is !== pinned)
      throw refused(`${path} was changed: its SHA-256 is ${is}, and the manifest pins ${pinned}`, { file: path });
    files.set(name, bytes);
  }
  return { manifest, sha256: sha256(manifestBytes), manifestBytes, files };
}

/**
 * Writes the manifest of a folder with the SHA-256 of each file that it has by now.
 * @returns the SHA-256 that the bundle is pinned by
 * @throws BioXenError `PACKAGE_REFUSED` for links, names that no bundle may have, and a manifest that would not be read
 */
export async function packBundle(
  folder: string,
  of: Pick<PackageManifest, "name" | "version"> &
    Partial<Pick<PackageManifest, "description" | "genes" | "parameters" | "functions">>,
): Promise<string> {
  const files: Record<string, string> = {};
  for (const name of (await entriesOf(folder, "")).sort())
    if (name !== manifestFile) files[name] = sha256(await readPlain(join(folder, ...name.split("/"))));
  const { name, version, description = "", genes = [], parameters = null, functions = [] } = of;
  const manifest = {
    format: "bioxen-package",
    formatVersion: 1,
    name,
    version,
    description,
    files,
    genes,
    parameters,
    functions,
  };
  const text = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
  const path = join(folder, manifestFile);
  parseManifest(text, path);
  await atomicWriteFile(path, text);
  return sha256(text);
}

/** Paths of all files in a folder, with slashes. */
async function entriesOf(folder: string, prefix: string): Promise<string[]> {
  const entries: string[] = [];
  for (const one of await readdir(join(folder, ...prefix.split("/").filter((part) => part !== "")), {
    withFileTypes: true,
  })) {
    const name = `${prefix}${one.name}`;
    const path = join(folder, name);
    if (!isEntry(name)) throw refused(`${path}: no bundle has such a name`, { file: path });
    if (one.isDirectory()) entries.push(...(await entriesOf(folder, `${name}/`)));
    else if (one.isFile()) entries.push(name);
    else throw refused(`${path} is a link or no plain file`, { file: path });
    if (entries.length > mostFiles + 1) throw refused(`${folder} has more than ${mostFiles} files`, { file: folder });
  }
  return entries;
}

/** A file's bytes; a link that has taken its place by now is not followed. */
async function readPlain(path: string): Promise<Uint8Array> {
  let handle: FileHandle | null = null;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    const stat = await handle.stat();
    if (!stat.isFile() || stat.size > mostFileBytes)
      throw refused(`${path} is no plain file of at most ${mostFileBytes} bytes`, { file: path });
    return await handle.readFile();
  } catch (error) {
    if (error instanceof BioXenError) throw error;
    throw refused(
      `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      { file: path },
      error,
    );
  } finally {
    await handle?.close();
  }
}
