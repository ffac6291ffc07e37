import { readFileSync } from "node:fs";
import { z } from "zod";

let version: string | null = null;

/** The version of this very package, from its package.json. */
export function packageVersion(): string {
  version ??= z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"))).version;
  return version;
}
