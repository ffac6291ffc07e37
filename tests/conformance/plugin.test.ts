import { execFile } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Accelerator } from "bioxen";
import { type Cases, testAccelerator } from "bioxen/testing";
import { describe, expect, test } from "vitest";

const folder = fileURLToPath(new URL("../../examples/plugin-gc-skew/", import.meta.url));
// the plugin is a package of its own: what `npm install bioxen` would put there, it finds by a link
mkdirSync(`${folder}node_modules`, { recursive: true });
rmSync(`${folder}node_modules/bioxen`, { force: true });
symlinkSync("../../..", `${folder}node_modules/bioxen`, "junction");

const { default: plugin }: { default: Accelerator } = await import(`${folder}index.js`);
const { cases }: { cases: readonly Cases[] } = await import(`${folder}cases.js`);

testAccelerator({ describe, test }, plugin, cases, { atLeast: 14 });

test("the example passes the kit under node:test too", async () => {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, ["--test", "--test-reporter=tap", "test/"], {
    cwd: folder,
    env,
  });
  const count = (of: string): number => Number(new RegExp(`^# ${of} (\\d+)$`, "m").exec(stdout)?.[1]);
  expect(count("fail")).toBe(0);
  expect(count("pass")).toBeGreaterThan(15);
});
