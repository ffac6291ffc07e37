import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { biggJson, eColiCore } from "bioxen";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const examples = [...readFileSync(join(root, "README.md"), "utf8").matchAll(/```js\n([\s\S]*?)```/g)].map(
  ([, code]) => code ?? "",
);
const folder = mkdtempSync(join(tmpdir(), "bioxen-readme-"));
const run = (file: string, ...options: string[]): string =>
  execFileSync(process.execPath, [...options, file], { cwd: folder, encoding: "utf8" });

beforeAll(() => {
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules", "bioxen"));
  writeFileSync(join(folder, "query.fasta"), ">q\nMVLSPADKTNVKAAW\n");
  writeFileSync(join(folder, "database.fasta.gz"), ">a\nMVLSPADKTNVKAAW\n>b\nGGG\n");
  writeFileSync(join(folder, "iML1515.json"), biggJson(eColiCore()));
  for (const [index, name] of ["search.mjs", "ranges.mjs", "columns.mjs", "columns.test.mjs", "vms.mjs"].entries())
    writeFileSync(join(folder, name), examples[index] ?? "");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the README has the five examples that are run here", () => {
  expect(examples).toHaveLength(5);
});

test("its first example searches", () => {
  expect(run("search.mjs")).toMatch(/Int32Array\(2\) \[ \d+, 0 \]/);
});

test("its example of metabolism tells the range of every flux", () => {
  const lines = run("ranges.mjs").trim().split("\n");
  expect(lines).toHaveLength(95);
  const [, least, most] = lines.find((line) => line.startsWith("Biomass"))?.split(" ") ?? [];
  expect(Number(most)).toBeCloseTo(0.8739215, 6);
  expect(Number(least)).toBeCloseTo(0.95 * 0.8739215, 6);
});

test("its accelerator runs, and agrees with the oracle", () => {
  expect(run("columns.mjs")).toContain("11 columns:0");
});

test("its accelerator passes the kit under node:test", () => {
  expect(run("columns.test.mjs", "--test-reporter=tap", "--test")).toContain("# fail 0");
});

test("its virtual machines have their turns, run a process and come back from a checkpoint", () => {
  const printed = run("vms.mjs");
  expect(printed).toContain("fast: 192, slow: 48");
  expect(printed).toMatch(/^1\.0\d+ [1-9]\d* [1-9]\d*$/m);
});
