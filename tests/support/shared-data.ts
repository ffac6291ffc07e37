import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../shared/data/", import.meta.url));

/** Path of a file of the third-party test data, or null where that folder is not beside the checkout. */
export function sharedData(name: string): string | null {
  const path = `${root}${name}`;
  return existsSync(path) ? path : null;
}
