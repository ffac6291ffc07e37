import { readFileSync, statSync, utimesSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { bundled } from "../../dist/src/host/bundled.js";
import { bioxen } from "../support/command.ts";

const modules = new URL("../../dist/src/cli/command-line.js", import.meta.url);
const worker = new URL("../../dist/accelerators/cpu-simd/worker.js", import.meta.url);

test("the command line and the CPU's worker come bundled, with the licenses of what they hold", () => {
  for (const module of [modules, worker]) expect(bundled(module).pathname).toContain("/dist/bundle/");
  const licenses = readFileSync(new URL("./command-line.licenses.txt", bundled(modules)), "utf8");
  for (const name of ["commander", "zod"])
    expect(licenses).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(MIT\\)$`, "m"));
});

test("a module that has no bundle, or lies elsewhere, is itself", () => {
  const tensor = new URL("../../dist/accelerators/tensor/worker.js", import.meta.url);
  expect(bundled(tensor)).toBe(tensor);
  const elsewhere = new URL("file:///tmp/worker.js");
  expect(bundled(elsewhere)).toBe(elsewhere);
});

test("a bundle is passed over once one of its modules was compiled after it", () => {
  const module = fileURLToPath(new URL("../../dist/src/cli/quantities.js", import.meta.url));
  const { atime, mtime } = statSync(module);
  try {
    utimesSync(module, atime, new Date(Date.now() + 60_000));
    expect(bundled(modules)).toBe(modules);
  } finally {
    utimesSync(module, atime, mtime);
  }
  expect(bundled(modules)).not.toBe(modules);
});

test("the version is told without a command loaded", async () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  const { stdout, code } = await bioxen(["--version"]);
  expect(stdout.trim()).toBe(version);
  expect(code).toBe(0);
});
