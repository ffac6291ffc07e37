import { writeFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { json } from "../support/command.ts";
import { sharedData } from "../support/shared-data.ts";

interface Case {
  readonly id: string;
  readonly status: "pass" | "fail" | "unsupported";
  readonly why: string | null;
}

/**
 * Cases that may fail, and why.
 *
 * 00003 is a birth-death process of 100 that dies out (dsmts-001-03). At t = 50 its excess kurtosis is about 97, so that
 * Y, which should spread by 1, spreads by sqrt(1 + 97 / 2) = 7 however many runs there are: about every second seed
 * leaves (-5, 5) at some of the last points, and its mean and deviation agree all the same.
 *
 * 00070 and 00098 draw from a normal distribution (0, 1.5) cut at 0.5. With r = phi(1/3) / Phi(1/3) its variance is
 * 1.5^2 (1 - r / 3 - r^2) = 0.995203, which the results of the suite give as the standard deviation: that is 0.997599.
 * Ten thousand runs hardly see the difference, a hundred thousand do.
 */
const mayFail = ["00003", "00070", "00098"];

const tables: Record<string, unknown> = {};
afterAll(() => {
  const head = { date: new Date().toISOString().slice(0, 10), node: process.version };
  const file = new URL("../../bench/results/sbml-suite.json", import.meta.url);
  writeFileSync(file, `${JSON.stringify({ ...head, ...tables }, null, 2)}\n`);
});

test.each(["semantic", "stochastic"])(
  "all %s cases of the SBML test suite by its own rules",
  { timeout: 3_600_000 },
  async (kind) => {
    const folder = sharedData(`sbml/${kind}`);
    if (folder === null) throw new Error("the long suite needs ../shared/data/sbml");
    const { runs, counts, cases, measured } = await json(["simulate", "--suite", folder]);
    const remarkable = (cases as Case[]).filter(({ why }) => why !== null);
    tables[kind] = { command: `bioxen simulate --suite ${kind} --json`, runs, counts, measured, remarkable };
    const failed = (cases as Case[]).filter(({ id, status }) => status === "fail" && !mayFail.includes(id));
    expect(failed).toEqual([]);
  },
);
