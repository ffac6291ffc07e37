import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { json } from "../support/command.ts";
import { sharedData } from "../support/shared-data.ts";
import { temporaryFiles } from "../support/temporary-files.ts";

const semantic = sharedData("sbml/semantic");
const stochastic = sharedData("sbml/stochastic");
const { folder } = temporaryFiles();

interface Table {
  readonly counts: { readonly pass: number; readonly fail: number; readonly unsupported: number };
  readonly cases: readonly { readonly id: string; readonly status: string; readonly why: string | null }[];
}

async function suite(...args: readonly string[]): Promise<Table> {
  return (await json(["simulate", "--suite", ...args])) as unknown as Table;
}

describe.skipIf(semantic === null)("semantic cases of the SBML test suite (skipped without ../shared/data)", () => {
  test("all agree within their own tolerances but those that name an unsupported feature", async () => {
    const { cases } = await suite(semantic ?? "");
    expect(cases).toHaveLength(readdirSync(semantic ?? "").length);
    expect(cases.filter(({ status }) => status === "fail")).toEqual([]);
    const refused = cases.filter(({ status }) => status === "unsupported");
    expect(refused.length).toBeLessThanOrEqual(8);
    for (const { why } of refused)
      expect(why).toMatch(/: (algebraic rules|the package "comp"|the delay symbol): not supported$/);
  });
});

describe.skipIf(stochastic === null)("stochastic cases of the SBML test suite (skipped without ../shared/data)", () => {
  test("a sample of each kind agrees in mean and deviation, 1,000 runs each", async () => {
    // birth-death, immigration, dimerisation by law and by product, events; draws, truncated and not, at the start too
    for (const id of [
      "00001",
      "00019",
      "00020",
      "00028",
      "00030",
      "00037",
      "00042",
      "00047",
      "00056",
      "00058",
      "00062",
      "00081",
    ])
      cpSync(join(stochastic ?? "", id), join(folder, "some", id), { recursive: true });
    const { cases } = await suite(join(folder, "some"), "--runs", "1000");
    expect(cases).toHaveLength(12);
    expect(cases.filter(({ status }) => status !== "pass")).toEqual([]);
  });
});
