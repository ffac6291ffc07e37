import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What detection reads of `/sys`, `/proc`, `/dev` and the library folders; tests put a tree of their own here. */
export interface SystemFiles {
  /** @throws the error of the file system, with its `code`. */
  readonly read: (path: string) => string;
  /** Names in a folder, sorted; none where it is missing. */
  readonly list: (path: string) => readonly string[];
  /** Where a symbolic link points, as it is written; null where there is no link. */
  readonly link: (path: string) => string | null;
  readonly exists: (path: string) => boolean;
}

/** The files below a folder that stands for `/`. */
export function filesUnder(root: string): SystemFiles {
  return {
    read: (path) => readFileSync(join(root, path), "utf8"),
    list: (path) => orElse(() => readdirSync(join(root, path)).sort(), []),
    link: (path) => orElse(() => readlinkSync(join(root, path)), null),
    exists: (path) => existsSync(join(root, path)),
  };
}

/** Files of the kernel that may be written to, for settings. */
export interface SettingFiles extends SystemFiles {
  /** Writes to a file that is there. @throws the error of the file system, with its `code`. */
  readonly write: (path: string, text: string) => void;
}

/** As `filesUnder`, for settings. */
export function settingsUnder(root: string): SettingFiles {
  // r+: a setting that the kernel does not have must not be made a plain file
  return { ...filesUnder(root), write: (path, text) => writeFileSync(join(root, path), text, { flag: "r+" }) };
}

/** This machine's own. */
export const systemFiles: SystemFiles = filesUnder("/");

/** A file's text without the white space around it; null where it cannot be read. */
export function textOf({ read }: SystemFiles, path: string): string | null {
  return orElse(() => read(path).trim(), null);
}

/** A file's content as a number; null where it is none. */
export function numberOf(files: SystemFiles, path: string): number | null {
  const text = textOf(files, path);
  const value = Number(text);
  return text === null || text === "" || !Number.isFinite(value) ? null : value;
}

/** Missing or forbidden: to detection both mean that there is nothing to be seen. */
function orElse<T>(ask: () => T, otherwise: T): T {
  try {
    return ask();
  } catch {
    return otherwise;
  }
}
