import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bioxen, json } from "../support/command.ts";
import { compartment, listOf, mathOf, parameter, reaction, sbmlCore, species } from "../support/sbml-core-text.ts";
import { temporaryFiles } from "../support/temporary-files.ts";

const { file, folder } = temporaryFiles();
const amounts = 'hasOnlySubstanceUnits="true" boundaryCondition="false" constant="false"';

interface Simulated {
  readonly times: readonly number[];
  readonly results: readonly {
    readonly id: string;
    readonly mean: readonly number[];
    readonly sd?: readonly number[];
  }[];
  readonly events: number | null;
}

/** X made at 20 and lost at 0.5 each: Poisson of mean 40 (1 - exp(-t/2)). */
const birthDeath = (law: Parameters<typeof reaction>[2] = ["times", "m", "X"]): string =>
  file(
    "birth-death.xml",
    sbmlCore(
      listOf("Compartments", compartment("c")) +
        listOf("Species", species("X", 'initialAmount="0"', amounts)) +
        listOf("Parameters", parameter("m", 0.5), parameter("zero", 0)) +
        listOf("Reactions", reaction("birth", ["", "X"], 20), reaction("death", ["X", ""], law)),
    ),
  );

describe("bioxen simulate", () => {
  test("each method finds the mean of a birth-death process, and trajectories its deviation", async () => {
    const path = birthDeath();
    const expected = 40 * (1 - Math.exp(-2));
    for (const [method, runs, tolerance] of [
      ["ssa", 2000, 0.6],
      ["tau", 2000, 1],
      ["ode", 1, 1e-3],
    ] as const) {
      const answer = (await json([
        "simulate",
        path,
        "--method",
        method,
        "--runs",
        `${runs}`,
        "--until",
        "4",
        "--points",
        "4",
      ])) as unknown as Simulated;
      const [x] = answer.results;
      expect(answer.times).toEqual([0, 1, 2, 3, 4]);
      expect(Math.abs((x?.mean[4] ?? 0) - expected), method).toBeLessThan(tolerance);
      if (method === "ode") expect(x?.sd).toBeUndefined();
      else expect(Math.abs((x?.sd?.[4] ?? 0) ** 2 / expected - 1), method).toBeLessThan(0.15);
    }
  });

  test("a seed decides the answer, whatever the threads", async () => {
    const means = async (...args: readonly string[]): Promise<string> =>
      JSON.stringify(((await json(["simulate", "--runs", "20", ...args])) as unknown as Simulated).results);
    const first = await means("--seed", "7");
    expect(await means("--seed", "7", "--threads", "1")).toBe(first);
    expect(await means("--seed", "8")).not.toBe(first);
  });

  test("the embedded network needs no file; table, CSV and plot", async () => {
    const csv = join(folder, "a.csv");
    const plot = join(folder, "a.svg");
    const { code, stdout } = await bioxen(["simulate", "--runs", "10", "--points", "5", "--csv", csv, "--plot", plot]);
    expect([code, /protein/.test(stdout), /10 trajectories, seed 1/.test(stdout)]).toEqual([0, true, true]);
    const [head, ...rows] = readFileSync(csv, "utf8").trim().split("\n");
    expect([head, rows.length]).toEqual(["time,protein-mean,protein-sd,dimer-mean,dimer-sd", 6]);
    expect(readFileSync(plot, "utf8")).toMatch(/^<svg[\s\S]*protein/);
  });

  test.each<[string, readonly string[], RegExp]>([
    ["a runaway model", ["--events", "50"], /trajectory 0 has more reactions than --events allows/],
    ["an unknown id", ["--observe", "Y"], /has no "Y" to observe/],
    ["a plot of no known kind", ["--plot", "x.png"], /an .svg or .html file/],
    ["a model and a suite", ["--suite", "."], /not both/],
  ])("refuses %s", async (_, args, message) => {
    const { code, stderr } = await bioxen(["simulate", birthDeath(), ...args]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
  });

  test.each(["ssa", "ode"])("names the reaction of which the rate is no number (%s)", async (method) => {
    const path = birthDeath(["divide", "X", "zero"]);
    const { code, stderr } = await bioxen(["simulate", path, "--method", method]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/rate of reaction "death"/)]);
  });

  test.each(["ssa", "ode"])("names the event of which the delay is negative or no number (%s)", async (method) => {
    for (const delay of [-1, ["divide", "zero", "zero"]] as const) {
      const trigger = `<trigger initialValue="true" persistent="true">${mathOf(["geq", ["@time"], 2])}</trigger>`;
      const path = file(
        "delay.xml",
        sbmlCore(
          listOf("Compartments", compartment("c")) +
            listOf("Species", species("X", 'initialAmount="0"', amounts)) +
            listOf("Parameters", parameter("zero", 0)) +
            listOf("Reactions", reaction("birth", ["", "X"], 20)) +
            listOf("Events", `<event id="late">${trigger}<delay>${mathOf(delay)}</delay></event>`),
        ),
      );
      const { code, stderr } = await bioxen(["simulate", path, "--method", method, "--until", "5"]);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/delay of event "late"/)]);
    }
  });

  test("says which species a law takes more of than there is", async () => {
    const { code, stderr } = await bioxen(["simulate", birthDeath(30)]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/takes more of "X" than there is/)]);
  });

  test("a folder without cases is no suite", async () => {
    const { code, stderr } = await bioxen(["simulate", "--suite", folder]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/no case of the SBML test suite/)]);
  });
});
