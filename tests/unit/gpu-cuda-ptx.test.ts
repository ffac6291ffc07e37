// The PTX in the package is that of the sources beside it, and assembles. `npm run build:cuda` makes it anew.
import { execFile, execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { sourcesOf } from "../../dist/accelerators/gpu-cuda/kernel-sources.js";
import { ptxFile, ptxFor, sourceLine, targets } from "../../dist/accelerators/gpu-cuda/ptx.js";

const room = new URL("../../accelerators/gpu-cuda/", import.meta.url);
const kernels = new URL("kernels/", room);
const modules = readdirSync(kernels)
  .filter((name) => name.endsWith(".cu"))
  .map((name) => name.slice(0, -".cu".length));
const run = promisify(execFile);

/** Why PTX cannot be assembled here, or null. */
const whyNot = ((): string | null => {
  try {
    execFileSync("ptxas", ["--version"], { stdio: "ignore" });
    return null;
  } catch {
    return "no ptxas, NVIDIA's assembler, on this machine";
  }
})();

test("there are kernels, and every PTX has its source", () => {
  expect(modules.length).toBeGreaterThan(0);
  const expected = modules.flatMap((module) => targets.map((target) => `${module}.compute_${target}.ptx`));
  expect(readdirSync(new URL("ptx/", room)).sort()).toEqual(expected.sort());
});

for (const module of modules)
  for (const target of targets) {
    const text = readFileSync(new URL(`ptx/${module}.compute_${target}.ptx`, room), "latin1");

    test(`${module} for compute_${target} is built from its source, and is the package's`, () => {
      expect(text.split("\n")[0]).toBe(sourceLine(sourcesOf(module, kernels)));
      expect(existsSync(ptxFile(module, target))).toBe(true);
      expect(ptxFor(module, target)).toBe(text);
    });

    test(`${module} for compute_${target} asks for no more than CUDA 12.0 and that target`, () => {
      expect(text).toMatch(/^\.version 8\.0$/m);
      expect(text).toMatch(new RegExp(`^\\.target sm_${target}$`, "m"));
      expect(text).toContain(".visible .entry ");
    });

    test(`${module} for compute_${target} assembles`, async ({ skip }) => {
      if (whyNot !== null) return skip(whyNot);
      const file = fileURLToPath(new URL(`ptx/${module}.compute_${target}.ptx`, room));
      // unoptimized is quicker, and checked as well
      await run("ptxas", ["-O0", `-arch=sm_${target}`, "-o", "/dev/null", file]);
    });
  }

test("a GPU takes the newest code that it can run, and one older than all is told so", () => {
  expect(ptxFor("matrix-multiply", 120)).toMatch(/^\.target sm_90$/m);
  expect(ptxFor("matrix-multiply", 89)).toMatch(/^\.target sm_75$/m);
  expect(() => ptxFor("matrix-multiply", 70)).toThrow(
    expect.objectContaining({ code: "UNSUPPORTED", message: expect.stringContaining("older than 7.5") }),
  );
});
