import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { sharedData } from "../support/shared-data.ts";

const pair = sharedData("align/phage95k_97.seq");

it.skipIf(pair === null)("aligns 95 kb at 3 % from end to end within 64 MB, its way included", () => {
  const child = fileURLToPath(new URL("../support/wavefront-memory.child.mjs", import.meta.url));
  const { score, wasmBytes, grownBytes } = JSON.parse(
    execFileSync(process.execPath, [child, pair ?? ""], { encoding: "utf8" }),
  );
  expect(score).toBe(-15_970);
  expect(wasmBytes).toBeGreaterThan(2e5); // both sequences at least, or nothing was measured
  expect(wasmBytes).toBeLessThan(32e6);
  expect(grownBytes).toBeLessThan(64e6);
});
