import { randomBytes } from "node:crypto";
import { type FileHandle, lstat, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { z } from "zod";
import { BioXenError } from "../contract/index.ts";
import { atomicWriteFile } from "../formats/index.ts";
import { type BiologicalPackage, packageOf } from "./biological-package.ts";
import { type Bundle, readBundle } from "./bundle.ts";
import { checkName, checkVersion, manifestFile, refused } from "./manifest.ts";

export interface PackageFolders {
  /** Holds bundles as `<name>` or `<name>/<version>`; null where packages come by path only. */
  readonly registry: string | null;
  /** Holds what is installed. */
  readonly installed: string;
}

export interface InstallOptions {
  /** The newest there is by default. */
  readonly version?: string;
  /** The bundle has to have this SHA-256, in hexadecimal. */
  readonly sha256?: string;
}

/** An installed package. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  readonly installedAt: Date;
}

/** Milliseconds after which nobody works on a folder any more. */
const abandoned = 3_600_000;

const pin = z.strictObject({
  name: z.string(),
  version: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  installedAt: z.iso.datetime(),
});

/**
 * Packages on this machine. An installed bundle stands in a folder named after its SHA-256, and one small file by the
 * package's name, replaced as a whole, says which one is meant: a package is installed wholly or not at all, whenever
 * the process ends.
 */
export class PackageLibrary {
  readonly #registry: string | null;
  readonly #pins: string;
  readonly #bundles: string;

  constructor({ registry, installed }: PackageFolders) {
    this.#registry = registry === null ? null : resolve(registry);
    this.#pins = join(resolve(installed), "packages");
    this.#bundles = join(resolve(installed), "bundles");
  }

  /**
   * Installs a bundle of the registry by its name (`lac-operon`, `lac-operon@1.2`), or of a folder by its path, in the
   * place of an older one of its name.
   * @throws BioXenError `PACKAGE_REFUSED` for a bundle that was changed, is not the pinned one, or holds what it may not;
   *   `FORMAT_INVALID` for genes that are none; `INPUT_INVALID` for names without a bundle. Nothing is installed then.
   */
  async install(nameOrPath: string, options: InstallOptions = {}): Promise<BiologicalPackage> {
    const bundle = await readBundle(await this.#find(nameOrPath, options.version));
    const { name, version } = bundle.manifest;
    if (!isPath(nameOrPath) && nameOrPath.split("@")[0] !== name)
      throw refused(`the registry's ${nameOrPath} says that it is ${name}`, { package: name });
    if (options.version !== undefined && version !== options.version)
      throw refused(`${name} has version ${version}, not ${options.version}`, { package: name });
    if (options.sha256 !== undefined && bundle.sha256 !== options.sha256.toLowerCase())
      throw refused(`${name} ${version} is not the pinned bundle: its SHA-256 is ${bundle.sha256}`, { package: name });
    const read = packageOf(bundle);
    try {
      await this.#place(bundle);
      await mkdir(this.#pins, { recursive: true });
      const { sha256 } = bundle;
      const text = JSON.stringify({ name, version, sha256, installedAt: new Date().toISOString() }, null, 2);
      const before = await this.#pinOf(name).catch(() => null);
      await atomicWriteFile(join(this.#pins, `${name}.json`), `${text}\n`);
      await this.#sweep(before?.sha256);
    } catch (error) {
      throw error instanceof BioXenError ? error : unwritable(name, error);
    }
    return read;
  }

  /** What is installed, by name. */
  async list(): Promise<readonly InstalledPackage[]> {
    const names = (await readdir(this.#pins).catch(() => [])).filter((name) => name.endsWith(".json"));
    const all = await Promise.all(names.sort().map((name) => this.#pinOf(name.slice(0, -".json".length))));
    return all.filter((one) => one !== null);
  }

  /** An installed package, its files held to their SHA-256 again. @throws BioXenError as `install` */
  async read(name: string): Promise<BiologicalPackage> {
    checkName(name);
    const pinned = await this.#pinOf(name);
    if (pinned === null)
      throw new BioXenError("INPUT_INVALID", `package ${name} is not installed`, { context: { package: name } });
    const bundle = await readBundle(join(this.#bundles, pinned.sha256));
    if (bundle.sha256 !== pinned.sha256 || bundle.manifest.name !== name)
      throw refused(`the installed ${name} was changed: its SHA-256 is ${bundle.sha256}`, { package: name });
    return packageOf(bundle);
  }

  /** Takes a package away; false where it was not installed. */
  async remove(name: string): Promise<boolean> {
    checkName(name);
    const before = await this.#pinOf(name);
    if (before === null) return false;
    try {
      await rm(join(this.#pins, `${name}.json`), { force: true });
      await this.#sweep(before.sha256);
    } catch (error) {
      throw unwritable(name, error);
    }
    return true;
  }

  async #find(nameOrPath: string, version: string | undefined): Promise<string> {
    if (isPath(nameOrPath)) return resolve(nameOrPath);
    const [name = "", inName, ...more] = nameOrPath.split("@");
    checkName(name);
    const wanted = inName ?? version;
    if (wanted !== undefined) checkVersion(wanted);
    if (more.length > 0 || (inName !== undefined && version !== undefined && inName !== version))
      throw new BioXenError("INPUT_INVALID", `${nameOrPath} names more than one version`);
    const registry = this.#registry;
    if (registry === null)
      throw new BioXenError("INPUT_INVALID", `there is no registry to look for ${name}: give a path`);
    const folder = join(registry, name);
    const stat = await lstat(folder).catch(() => null);
    if (stat === null) throw await this.#unknown(registry, name);
    if (!stat.isDirectory())
      throw refused(`${folder} is a link or a file, and no folder of a bundle`, { file: folder });
    const entries = await readdir(folder, { withFileTypes: true });
    if (entries.some((one) => one.name === manifestFile)) return folder;
    const versions = entries.filter((one) => one.isDirectory() && /^\d/.test(one.name)).map((one) => one.name);
    const found = wanted ?? versions.sort(byVersion).at(-1);
    if (found === undefined || !versions.includes(found))
      throw new BioXenError(
        "INPUT_INVALID",
        `the registry has no ${name}${wanted === undefined ? "" : ` ${wanted}`}: of it there is ${versions.sort(byVersion).join(", ") || "nothing"}`,
      );
    return join(folder, found);
  }

  async #unknown(registry: string, name: string): Promise<BioXenError> {
    const there = (await readdir(registry).catch(() => [])).filter((one) => /^[a-z0-9]/.test(one)).sort();
    return new BioXenError(
      "INPUT_INVALID",
      `the registry ${registry} has no package ${name}: it has ${there.slice(0, 20).join(", ") || "none"}`,
      { context: { package: name } },
    );
  }

  async #pinOf(name: string): Promise<InstalledPackage | null> {
    const file = join(this.#pins, `${name}.json`);
    const bytes = await readFile(file).catch(() => null);
    if (bytes === null) return null;
    try {
      const { installedAt, ...read } = pin.parse(JSON.parse(bytes.toString("utf8")));
      return { ...read, installedAt: new Date(installedAt) };
    } catch (cause) {
      throw refused(`${file} is damaged: install ${name} again`, { file }, cause);
    }
  }

  /** Puts a bundle's files where they stay; they are all there, and on the disk, before their folder has its name. */
  async #place(bundle: Bundle): Promise<void> {
    const folder = join(this.#bundles, bundle.sha256);
    const there = await readBundle(folder).catch(() => null);
    if (there?.sha256 === bundle.sha256) return;
    await rm(folder, { recursive: true, force: true });
    const temporary = join(this.#bundles, `.${bundle.sha256}.${randomBytes(6).toString("hex")}.tmp`);
    await mkdir(temporary, { recursive: true });
    try {
      await writeSynced(join(temporary, manifestFile), bundle.manifestBytes);
      for (const [name, bytes] of bundle.files) {
        const path = join(temporary, ...name.split("/"));
        await mkdir(dirname(path), { recursive: true });
        await writeSynced(path, bytes);
      }
      await rename(temporary, folder);
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      throw error;
    }
  }

  /**
   * Takes away a bundle that has just been given up, and what processes that were killed left behind: of what is younger,
   * another process may be at work.
   */
  async #sweep(givenUp: string | undefined): Promise<void> {
    const meant = new Set((await this.list()).map(({ sha256 }) => sha256));
    for (const name of await readdir(this.#bundles).catch(() => [])) {
      if (meant.has(name)) continue;
      const path = join(this.#bundles, name);
      const stat = await lstat(path).catch(() => null);
      const old = stat !== null && Date.now() - stat.mtimeMs > abandoned;
      if (old || name === givenUp) await rm(path, { recursive: true, force: true });
    }
  }
}

/** What has a slash, or begins with a dot, is no name. */
function isPath(nameOrPath: string): boolean {
  return isAbsolute(nameOrPath) || /[/\\]/.test(nameOrPath) || nameOrPath.startsWith(".");
}

function byVersion(a: string, b: string): number {
  const [left, right] = [a.split(".").map(Number), b.split(".").map(Number)];
  for (let at = 0; at < 3; at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  let handle: FileHandle | null = null;
  try {
    handle = await open(path, "wx", 0o644);
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle?.close();
  }
}

function unwritable(name: string, error: unknown): BioXenError {
  const { path } = error as { path?: unknown };
  const what = error instanceof Error ? error.message : String(error);
  return new BioXenError("STORE_FAILED", `package ${name} cannot be installed or removed: ${what}`, {
    context: { package: name, ...(typeof path === "string" ? { file: path } : {}) },
    cause: error,
  });
}
