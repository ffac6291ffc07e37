import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const dist = resolve(import.meta.dirname, "../../dist");

/** Modules and packages that a built module loads before its first line runs. */
function loadedBy(file: string, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(file, "utf8");
  for (const [, from, alone] of text.matchAll(/^(?:import|export)\s[^;]*?\sfrom\s+"([^"]+)"|^import\s+"([^"]+)"/gm)) {
    const name = from ?? alone ?? "";
    if (name.startsWith(".")) loadedBy(resolve(dirname(file), name), seen);
    else seen.add(name);
  }
  return seen;
}

function workersOf(accelerator: string): readonly string[] {
  const folder = join(dist, "accelerators", accelerator);
  return readdirSync(folder)
    .filter((name) => name === "worker.js" || name.endsWith(".worker.js"))
    .map((name) => join(folder, name));
}

// of those that answer with oracles, whose specs have schemas
const oracles = ["asic", "fpga", "reference"];
const accelerators = readdirSync(join(dist, "accelerators"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !oracles.includes(entry.name))
  .map(({ name }) => name);

describe("what a worker thread loads", () => {
  // inputs are checked at the manager's door; loading what checks them takes a worker 60 ms
  it.each(accelerators.flatMap(workersOf).map((file) => relative(dist, file)))("%s loads no schema", (file) => {
    const loaded = loadedBy(join(dist, file));
    expect([...loaded].filter((name) => name === "zod" || /workloads\/([^/]+\/)?index\.js$/.test(name))).toEqual([]);
  });

  it("cpu-simd loads a task's module when it is asked for", () => {
    const loaded = [...loadedBy(join(dist, "accelerators/cpu-simd/worker.js"))];
    expect(loaded.filter((name) => name.endsWith(".worker.js"))).toEqual([]);
    expect(loaded).toContain("tinypool");
  });

  it("the search sees what an index module loads", () => {
    expect(existsSync(join(dist, "src/workloads/index.js"))).toBe(true);
    expect(loadedBy(join(dist, "src/workloads/index.js"))).toContain("zod");
  });
});
