import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { BioXenError } from "../../src/contract/index.ts";

/** Compute capabilities that the package has PTX for, newest first; the driver compiles it for the device at hand. */
export const targets = [90, 75] as const;

/** Where the PTX of a module is in the package. */
export function ptxFile(module: string, target: number): URL {
  return new URL(`./ptx/${module}.compute_${target}.ptx`, import.meta.url);
}

/** First line of the PTX: what it was built from. */
export function sourceLine(sources: readonly string[]): string {
  const hash = createHash("sha256");
  for (const source of sources) hash.update(source);
  return `// source sha256 ${hash.digest("hex")}`;
}

/** @throws BioXenError `UNSUPPORTED` where the device is older than all targets. */
export function ptxFor(module: string, computeCapability: number): string {
  const target = targets.find((one) => one <= computeCapability);
  if (target === undefined)
    throw new BioXenError(
      "UNSUPPORTED",
      `compute capability ${computeCapability / 10} is older than 7.5 (Turing, 2018), the oldest that there is code for`,
    );
  return readFileSync(ptxFile(module, target), "latin1");
}
