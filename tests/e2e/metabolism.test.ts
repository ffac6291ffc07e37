import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BioAcceleratorManager, biggJson, eColiCore, moma, room, syntheticLethals } from "bioxen";
import { cpuSimd } from "bioxen/accelerators";
import { afterAll, describe, expect, test } from "vitest";
import { colony } from "../support/colony.ts";
import { bioxen, json } from "../support/command.ts";
import { sharedData } from "../support/shared-data.ts";

const folder = mkdtempSync(join(tmpdir(), "bioxen-metabolism-"));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Orth, Fleming & Palsson 2010: growth of the core model on 10 mmol/gDW/h of glucose, 1/h. */
const aerobic = 0.8739215;
const anaerobic = 0.2116629;

const commands = ["fba", "pfba", "fva", "knockouts", "sample", "envelope", "dfba"];

interface Row {
  readonly [key: string]: unknown;
}

describe("metabolism commands", () => {
  test.each(commands)("%s has help with an example and runs on the embedded model", async (command) => {
    const help = await bioxen([command, "--help"]);
    expect(help.code).toBe(0);
    expect(help.stdout).toContain(`$ bioxen ${command}`);
    const answer = await json([command, ...(command === "sample" ? ["--samples", "100"] : [])]);
    expect(answer).toMatchObject({
      model: { id: "e_coli_core", metabolites: 72, reactions: 95, genes: 137 },
      measured: {
        seconds: expect.any(Number),
        cpuSeconds: expect.any(Number),
        load: { cpuSeconds: expect.any(Number) },
        process: { cpuSeconds: expect.any(Number), peakBytes: expect.any(Number) },
      },
      devices: expect.arrayContaining([expect.objectContaining({ id: expect.any(String) })]),
      solves: expect.any(Number),
    });
  });
});

describe("fba", () => {
  test("grows as published, with and without oxygen, whatever the exchange is called", async () => {
    const { objective, status, fluxes } = await json(["fba"]);
    expect(status).toBe("optimal");
    expect(objective).toBeCloseTo(aerobic, 6);
    expect((fluxes as Record<string, number>)["EX_glc__D_e"]).toBeCloseTo(-10, 9);
    for (const name of ["EX_o2_e", "o2_e", "o2", "O2"])
      expect((await json(["fba", "--medium", `${name}=0`]))["objective"]).toBeCloseTo(anaerobic, 6);
  });

  test("a medium that names all it has closes the rest", async () => {
    const all = "EX_glc__D_e=10,EX_nh4_e=1000,EX_pi_e=1000,EX_h2o_e=1000,EX_h_e=1000,EX_co2_e=1000";
    expect((await json(["fba", "--medium", all, "--only-medium"]))["objective"]).toBeCloseTo(anaerobic, 6);
    const starved = await json(["fba", "--only-medium"]);
    expect(starved).toMatchObject({ status: "infeasible", objective: null, fluxes: null });
  });

  test("takes another objective and other bounds", async () => {
    const { objective } = await json(["fba", "--objective", "ATPM", "--medium", "o2=0"]);
    // glycolysis and mixed acid fermentation make at most 2.75 ATP of a glucose without oxygen
    expect(objective).toBeCloseTo(27.5, 6);
    expect(await json(["fba", "--bounds", "ATPM=500:inf"])).toMatchObject({ status: "infeasible", objective: null });
  });
});

describe("answers", () => {
  test("come as a table with tabs, on stdout and into a file", async () => {
    const { stdout } = await bioxen(["fva", "--tsv", "--only", "PFK,PGI", "--out", at("ranges.tsv")]);
    expect(readFileSync(at("ranges.tsv"), "utf8")).toBe(stdout);
    const [head, ...rows] = stdout.trim().split("\n");
    expect(head).toBe("reaction\tminimum\tmaximum");
    expect(rows.map((row) => row.split("\t")[0])).toEqual(["PFK", "PGI"]);
    await bioxen(["knockouts", "--only", "b0008,b1241", "--out", at("ko.json")]);
    const { results, wildType } = JSON.parse(readFileSync(at("ko.json"), "utf8")) as {
      results: Row[];
      wildType: number;
    };
    expect(wildType).toBeCloseTo(aerobic, 6);
    expect(results.map(({ genes }) => genes)).toEqual([["b0008"], ["b1241"]]);
    expect(results.every(({ status }) => status === "optimal")).toBe(true);
  });

  test.each(["fva", "sample", "envelope", "dfba"])("%s draws a self-contained picture", async (command) => {
    const few = command === "sample" ? ["--samples", "100"] : [];
    for (const name of [`${command}.svg`, `${command}.html`]) {
      expect((await bioxen([command, "--plot", at(name), ...few])).code).toBe(0);
      const text = readFileSync(at(name), "utf8");
      expect(text).toMatch(/<svg [\s\S]*<\/svg>/);
      expect(text).not.toMatch(/NaN|<script|href="http/);
    }
  });

  test("fva, envelope and dfba agree with what is known of the core model", async () => {
    const { results } = (await json(["fva", "--fraction", "1"])) as {
      results: { reaction: string; minimum: number; maximum: number }[];
    };
    const growth = results.find(({ reaction }) => reaction.startsWith("Biomass"));
    expect(growth?.minimum).toBeCloseTo(aerobic, 6);
    expect(growth?.maximum).toBeCloseTo(aerobic, 6);
    const envelope = (await json(["envelope", "--points", "5"])) as {
      results: { fluxes: Record<string, number>; maximum: number }[];
    };
    const withoutOxygen = envelope.results.find(({ fluxes }) => fluxes["EX_o2_e"] === 0);
    expect(withoutOxygen?.maximum).toBeCloseTo(anaerobic, 6);
    const batch = (await json(["dfba"])) as {
      ended: string;
      results: { biomass: number; concentrations: Record<string, number> }[];
    };
    expect(batch.ended).not.toBe("failed");
    expect(batch.results.at(-1)?.concentrations["EX_glc__D_e"]).toBeCloseTo(0, 6);
  });
});

describe("knock-outs by other methods, and what is lethal", () => {
  interface Knocked {
    readonly genes?: readonly string[];
    readonly reactions?: readonly string[];
    readonly growth: number | null;
    readonly status: string;
    readonly distance?: number | null;
  }
  const knocked = async (
    ...args: string[]
  ): Promise<{ wildType: number; results: readonly Knocked[]; failed?: number }> =>
    (await json(["knockouts", ...args])) as never;
  const core = eColiCore();

  test.each([
    ["moma", [], moma],
    ["room", ["--linear"], (...of: Parameters<typeof moma>) => room(of[0], of[1], of[2], { linear: true })],
  ] as const)("--method %s %j is what the library says of the same mutants", async (method, flags, algorithm) => {
    await using manager = await BioAcceleratorManager.open({ accelerators: [cpuSimd], calibration: false });
    const ids = ["PFK", "TPI", "PGI", "ENO", "ATPM"];
    const columns = ids.map((id) => core.reactions.findIndex((reaction) => reaction.id === id));
    const expected = await algorithm(
      core,
      manager,
      columns.map((column) => [column]),
    );
    const shown = await knocked("--method", method, ...flags, "--reactions", "--only", ids.join());
    expect(shown.results.map(({ reactions }) => reactions)).toEqual(ids.map((id) => [id]));
    expect(shown.wildType).toBeCloseTo(aerobic, 6);
    for (const [place, { growth, status, distance }] of shown.results.entries()) {
      const wanted = expected.results[place];
      expect(status).toBe(wanted?.status);
      if (wanted?.distance === null || wanted === undefined)
        expect({ growth, distance }).toEqual({ growth: null, distance: null });
      else expect(distance).toBeCloseTo(wanted.distance, 6);
    }
    expect(shown.results.some(({ distance }) => (distance ?? 0) > 1)).toBe(true);
  });

  test("--order 2 --lethal-only lists the library's synthetic lethals, and --threshold moves the line", async () => {
    await using manager = await BioAcceleratorManager.open({ accelerators: [cpuSimd], calibration: false });
    const counts: number[] = [];
    for (const threshold of [0.01, 0.5]) {
      const expected = await syntheticLethals(core, manager, { threshold });
      const shown = await knocked("--order", "2", "--lethal-only", "--threshold", String(threshold));
      expect(shown.results.map(({ genes }) => genes)).toEqual(expected.pairs.map(({ ids }) => ids));
      for (const [place, { growth }] of shown.results.entries()) {
        const wanted = expected.pairs[place]?.growth ?? null;
        if (wanted === null) expect(growth).toBeNull();
        else expect(growth).toBeCloseTo(wanted, 6);
      }
      expect(shown.failed).toBe(expected.failed);
      counts.push(expected.pairs.length);
    }
    expect(counts[0]).toBeGreaterThan(10);
    // of more that are lethal alone, fewer are so together only
    expect(counts[1]).not.toBe(counts[0]);
  });

  test("--lethal-only of single knock-outs is those without growth, infeasible ones too", async () => {
    const all = await knocked();
    const dead = all.results.filter(
      ({ growth, status }) => status === "infeasible" || (growth !== null && growth < 0.01 * all.wildType),
    );
    const { results } = await knocked("--lethal-only");
    expect(results).toEqual(dead);
    expect(results.length).toBeGreaterThan(3);
    expect(results.length).toBeLessThan(all.results.length);
  });
});

describe("a scan of many problems", () => {
  const scan = (name: string, ...more: string[]): string[] => [
    "knockouts",
    "--order",
    "2",
    "--tsv",
    "--out",
    at(name),
    ...more,
  ];
  const partsOf = (name: string): string[] =>
    readdirSync(folder).filter((file) => file.includes(name) && file !== name);

  test("interrupted leaves nothing, and with --resume goes on to the same bytes", { timeout: 120_000 }, async () => {
    const whole = await bioxen(scan("whole.tsv"));
    expect(whole.code).toBe(0);
    const expected = readFileSync(at("whole.tsv"), "utf8");
    expect(expected.trim().split("\n")).toHaveLength(1 + (137 * 136) / 2);

    // a million pairs: at it when it tells how far it is, and still when the signal comes
    writeFileSync(at("colony.json"), biggJson(colony(12)));
    const long = ["knockouts", at("colony.json"), "--order", "2", "--tsv", "--out", at("stopped.tsv")];
    const stopped = await bioxen(long, { onFirstWords: (kill) => kill("SIGINT") });
    expect(stopped).toMatchObject({ code: 130, stdout: "" });
    expect(existsSync(at("stopped.tsv"))).toBe(false);
    expect(partsOf("stopped.tsv")).toEqual([]);

    await bioxen(scan("resumed.tsv", "--resume"));
    expect(readFileSync(at("resumed.tsv"), "utf8")).toBe(expected);
    expect(partsOf("resumed.tsv")).toEqual([]);
  });

  test("goes on from the blocks it finds, a torn last line dropped, and refuses another scan's", {
    timeout: 120_000,
  }, async () => {
    const arguments_ = ["knockouts", "--tsv", "--out", at("singles.tsv"), "--resume"];
    // killed when the first block is on the disk, or finished before that
    const killed = bioxen(arguments_, {
      during: (kill) => {
        const timer = setInterval(() => {
          const part = at("singles.tsv.part");
          if (!existsSync(part) || readFileSync(part, "utf8").split("\n").length < 3) return;
          clearInterval(timer);
          kill("SIGKILL");
        }, 1);
        setTimeout(() => clearInterval(timer), 20_000).unref();
      },
    });
    await killed;
    const part = at("singles.tsv.part");
    if (existsSync(part)) {
      writeFileSync(part, `${readFileSync(part, "utf8")}{"statuses":[0,`);
      const other = await bioxen([...arguments_, "--medium", "o2=0"]);
      expect(other.code).toBe(1);
      expect(other.stderr).toMatch(/belongs to another scan/);
    }
    expect((await bioxen(arguments_)).code).toBe(0);
    await bioxen(["knockouts", "--tsv", "--out", at("straight.tsv")]);
    expect(readFileSync(at("singles.tsv"), "utf8")).toBe(readFileSync(at("straight.tsv"), "utf8"));
    expect(existsSync(part)).toBe(false);
  });

  /** Runs a scan that is killed once its journal holds this many blocks: how many it held then, or null where it ended before. */
  const killedAt = async (args: readonly string[], out: string, blocks: number): Promise<number | null> => {
    const part = at(`${out}.part`);
    const held = (): number => (existsSync(part) ? readFileSync(part, "utf8").split("\n").length - 2 : -1);
    const { code } = await bioxen(args, {
      during: (kill) => {
        const timer = setInterval(() => {
          if (held() < blocks) return;
          clearInterval(timer);
          kill("SIGKILL");
        }, 1);
        setTimeout(() => clearInterval(timer), 60_000).unref();
      },
    });
    return code === null ? held() : null;
  };

  test.each([
    ["pairs by the best growth", () => [at("colony-4.json"), "--order", "2"], 1, 3],
    ["pairs by MOMA", () => ["--order", "2", "--method", "moma", "--lethal-only"], 3, 19],
  ])(
    "killed in the middle of %s, goes on to the same bytes",
    { timeout: 240_000 },
    async (what, scanned, least, all) => {
      writeFileSync(at("colony-4.json"), biggJson(colony(4)));
      const name = what.replaceAll(" ", "-");
      const args = (out: string): string[] => ["knockouts", ...scanned(), "--tsv", "--out", at(out)];
      const held = await killedAt([...args(name), "--resume"], name, least);
      // killed before its end, after some blocks and before others
      expect(held).not.toBeNull();
      expect(held).toBeGreaterThanOrEqual(least);
      expect(held).toBeLessThan(all);
      expect(existsSync(at(name))).toBe(false);

      expect((await bioxen([...args(name), "--resume"])).code).toBe(0);
      expect((await bioxen(args(`${name}.straight`))).code).toBe(0);
      expect(readFileSync(at(name), "utf8")).toBe(readFileSync(at(`${name}.straight`), "utf8"));
      expect(existsSync(at(`${name}.part`))).toBe(false);
    },
  );

  test("--resume without --out is refused", async () => {
    const { code, stderr } = await bioxen(["fva", "--resume"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/--resume needs --out/);
  });
});

describe("bad input", () => {
  test.each([
    [["fba", "--objective", "PFKK"], /no reaction PFKK; near it: PFK/],
    [["fba", "--medium", "EX_o2=3,nonsense=1"], /no exchange reaction .*near it/],
    [["fba", "--bounds", "PFK=3:1"], /the lower bound 3 is above the upper 1/],
    [["knockouts", "--only", "b000"], /no gene b000; near it: b0008/],
    [["fva", "--only", "PFG"], /near it: /],
    [["fba", "nowhere.json"], /cannot read nowhere.json/],
    [["envelope", "--vary", "EX_oo_e"], /near it: /],
    [["dfba", "--substrates", "EX_glc=1:2:3"], /near it: /],
    [["sample", "--chains", "1"], /chains/],
    [["knockouts", "--linear"], /--linear is of --method room/],
    [["knockouts", "--method", "moma", "--only", "b000"], /no gene b000; near it: b0008/],
    [["knockouts", "--method", "moma", "--bounds", "ATPM=900:1000"], /no reference to adjust from/],
    [["knockouts", "--lethal-only", "--bounds", "ATPM=900:1000"], /no optimum to begin with/],
  ])("%j ends with exit 1 and one line that says where", async (args, message) => {
    const { code, stdout, stderr } = await bioxen(args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  test.each([
    [["fba", "--medium", "o2"], /EX_glc__D_e=10/],
    [["fba", "--bounds", "PFK=1"], /PFK=0:0/],
    [["fva", "--fraction", "2"], /0 to 1/],
    [["fva", "--plot", "x.png"], /an .svg or .html file/],
    [["knockouts", "--order", "3"], /Allowed choices/],
    [["knockouts", "--method", "mooma"], /Allowed choices/],
    [["knockouts", "--threshold", "2"], /above 0 and at most 1/],
    [["dfba", "--substrates", "x"], /EX_glc__D_e=10:10.5:0.015/],
  ])("%j is a usage error", async (args, message) => {
    const { code, stderr } = await bioxen(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});

describe.skipIf(sharedData("metabolic") === null)("beside the shared data", () => {
  test.each([
    ["e_coli_core.json", aerobic],
    ["e_coli_core.xml", aerobic],
    ["textbook.xml.gz", aerobic],
    ["iMB155.json", 0.3422245763],
    ["iML1515.json", 0.8769972144],
  ])("fba reads %s and grows by %f", { timeout: 60_000 }, async (name, growth) => {
    const path = sharedData(`metabolic/${name}`);
    if (path === null) throw new Error("unreachable: skipped below");
    expect((await json(["fba", path]))["objective"]).toBeCloseTo(growth, 6);
  });

  test("fba names the demand that mini_fbc2.xml cannot meet", { timeout: 60_000 }, async () => {
    const path = sharedData("metabolic/mini_fbc2.xml");
    if (path === null) throw new Error("unreachable: skipped below");
    const answer = await json(["fba", path]);
    expect([answer["status"], answer["objective"]]).toEqual(["infeasible", null]);
    expect(answer["unsatisfied"]).toEqual([{ reaction: "ATPM", lower: 8.39, upper: 1000, reachable: 0 }]);
  });
});
