import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";

/** Where an installed package is; finding it loads nothing. */
export interface InstalledPackage {
  readonly name: string;
  readonly entry: URL;
  readonly directory: string;
  readonly version: string;
}

/** Finds a package by name (or by the path of its folder) from here, or null where it is not installed. */
export function findPackage(name: string): InstalledPackage | null {
  const require = createRequire(import.meta.url);
  try {
    const description = require.resolve(`${name}/package.json`);
    const { version } = JSON.parse(readFileSync(description, "utf8")) as { version?: unknown };
    return {
      name,
      entry: pathToFileURL(require.resolve(name)),
      directory: dirname(description),
      version: typeof version === "string" ? version : "of unknown version",
    };
  } catch {
    return null;
  }
}
