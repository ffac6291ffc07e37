import { fakeAccelerator, fakeKernel } from "bioxen/testing";
import { expect, test } from "vitest";
import { measureRegret } from "../../dist/src/cli/regret.js";
import { bioxen } from "../support/command.ts";
import { managerOf } from "../support/manager.ts";
import { job } from "../support/random-host.ts";

interface Answer {
  readonly geomean: number;
  readonly max: number;
  readonly grid: readonly {
    workload: string;
    size: number;
    chosen: string;
    best: string;
    ratio: number;
    runs: number;
    seconds: Record<string, number>;
    predicted: Record<string, number>;
    notTimed: readonly { device: string; predicted: number | null; reason: string }[];
  }[];
  readonly skipped: readonly { workload: string; size: number; reason: string }[];
}

test("bench --regret --json answers with its grid, within the budget, progress on stderr", async () => {
  const startedAt = performance.now();
  const { code, stdout } = await bioxen(["bench", "--regret", "--workload", "matmul", "--budget", "8", "--json"]);
  expect(code).toBe(0);
  const { geomean, max, grid, skipped } = JSON.parse(stdout) as Answer;
  expect((performance.now() - startedAt) / 1000).toBeLessThan(30);
  expect(grid.length).toBeGreaterThan(2);
  expect(grid.length + skipped.length).toBe(6);
  expect(grid.every(({ ratio, runs }) => ratio >= 1 && runs >= 20)).toBe(true);
  // each device of the host is either timed or named with why not, and only what is predicted over 10x slower is left out
  for (const { chosen, seconds, predicted, notTimed } of grid) {
    const least = predicted[chosen] ?? Number.NaN;
    expect(least).toBe(Math.min(...Object.values(predicted)));
    expect(Object.keys(seconds)).toEqual(Object.keys(predicted));
    expect(Object.values(predicted).every((one) => one <= 10 * least)).toBe(true);
    expect(notTimed.every((one) => one.predicted === null || one.predicted > 10 * least)).toBe(true);
    expect(notTimed.every(({ reason }) => reason !== "")).toBe(true);
    expect([...Object.keys(seconds), ...notTimed.map(({ device }) => device)]).toContain("reference:0");
  }
  expect(geomean).toBeGreaterThanOrEqual(1);
  expect(max).toBe(Math.max(...grid.map(({ ratio }) => ratio)));
});

test("sees a wrong choice, calls a small gap a tie, and leaves the hopeless out", async () => {
  // timed by its own clock: what counts is the prior, by which the choice is made
  const wait = (id: string, seconds: number, takes: number) =>
    fakeAccelerator({
      id,
      kernels: [
        fakeKernel(job, {
          seconds,
          takes,
          supports: ({ units }) => (units < 2 ** 12 ? { ok: true } : { ok: false, reason: "too large" }),
        }),
      ],
    });
  await using manager = await managerOf([wait("fancied", 1e-3, 0.02), wait("quick", 2e-3, 0), wait("hopeless", 1, 0)]);
  const { geomean, grid } = await measureRegret(manager, [job], 60, new AbortController().signal, () => {});
  expect(grid).toHaveLength(1);
  expect(grid[0]).toMatchObject({
    chosen: "fancied:0",
    best: "quick:0",
    runs: 20,
    notTimed: [{ device: "hopeless:0", predicted: 1, reason: "predicted to be 1000x slower than fancied:0" }],
  });
  expect(grid[0]?.ratio).toBeGreaterThan(10);
  expect(geomean).toBeCloseTo(grid[0]?.ratio ?? 0, 9);
  await using even = await managerOf([wait("fancied", 1e-3, 0), wait("quick", 2e-3, 0)]);
  expect((await measureRegret(even, [job], 60, new AbortController().signal, () => {})).grid[0]?.ratio).toBe(1);
});
