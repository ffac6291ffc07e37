import type { FakeFile } from "./fake-system.ts";

/** One energy counter of a powercap tree; the tree is changed in place as the counter moves. */
export function zone(
  at: string,
  name: string,
  microjoules: number | FakeFile,
  range = 262_143_328_850,
): Record<string, FakeFile> {
  const path = `/sys/class/powercap/${at}`;
  return {
    [`${path}/name`]: `${name}\n`,
    [`${path}/energy_uj`]: typeof microjoules === "number" ? `${microjoules}\n` : microjoules,
    [`${path}/max_energy_range_uj`]: `${range}\n`,
  };
}

/** Sets a counter of a tree that `zone` made. */
export function setCounter(tree: Record<string, FakeFile>, at: string, microjoules: number | FakeFile): void {
  tree[`/sys/class/powercap/${at}/energy_uj`] = typeof microjoules === "number" ? `${microjoules}\n` : microjoules;
}
