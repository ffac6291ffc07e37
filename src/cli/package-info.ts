import { readFileSync } from "node:fs";

export function packageInfo(): { readonly version: string; readonly description: string } {
  const path = new URL("../../../package.json", import.meta.url);
  // our own file: the build puts it where this path points
  return JSON.parse(readFileSync(path, "utf8")) as { version: string; description: string };
}
