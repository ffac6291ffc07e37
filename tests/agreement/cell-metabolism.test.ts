import { readFileSync } from "node:fs";
import {
  advanceMany,
  type Cell,
  type CellSummary,
  cellSummary,
  compileCell,
  fluxBalance,
  newbornCell,
  readMetabolicModel,
  syn3a,
  withMetabolism,
} from "bioxen";
import { cpuSimd } from "bioxen/accelerators";
import { describe, expect, test } from "vitest";
import { managerOf } from "../support/manager.ts";
import { sharedData } from "../support/shared-data.ts";

const path = sharedData("metabolic/iMB155.json");
const oracle = sharedData("metabolic/oracle/iMB155.sgd.json");

describe.skipIf(path === null)("JCVI-syn3A on iMB155 (skipped where the shared data is missing)", () => {
  /** Wild type and mutants, side by side. */
  async function lives(seconds: number, mutants: readonly (readonly string[])[]): Promise<readonly CellSummary[]> {
    const flux = await readMetabolicModel(path ?? "");
    const cells = mutants.map((knockOut): Cell => {
      const model = withMetabolism(compileCell(syn3a, { knockOut }), flux);
      return { model, state: newbornCell(model, 1) };
    });
    return livesOf(cells, seconds);
  }

  async function livesOf(cells: readonly Cell[], seconds: number): Promise<readonly CellSummary[]> {
    await using manager = await managerOf([cpuSimd]);
    await advanceMany(cells, seconds, manager, { dispatch: { device: "cpu-simd" } });
    return cells.map(cellSummary);
  }

  test("no base is shorted where energy suffices, whoever is born with few transporters of glucose", async () => {
    const flux = await readMetabolicModel(path ?? "");
    const model = withMetabolism(compileCell(syn3a), flux);
    // of sixteen cells one of two that have the fewest; it once ran out of CTP for half an hour
    const [cell] = await livesOf([{ model, state: newbornCell(model, 2) }], 6300);
    expect(cell?.proteomeFold).toBeGreaterThan(1.85);
    expect(cell?.stalled).toBeLessThan(0.01);
    expect(cell?.drift).toBe(0);
    for (const { what, seconds } of cell?.metabolism?.short ?? [])
      if (what !== "ATP") expect(seconds).toBeLessThan(120);
  }, 240_000);

  test("little glucose slows a cell by as much as it is short of, and no base stops it for good", async () => {
    const flux = await readMetabolicModel(path ?? "");
    const on = (glucose: number): Cell => {
      const reactions = flux.reactions.map((one) => (one.id === "EX_glc__D_e" ? { ...one, lower: -glucose } : one));
      const model = withMetabolism(compileCell(syn3a), { ...flux, reactions });
      return { model, state: newbornCell(model, 1) };
    };
    const cells = await livesOf([on(7.4), on(2), on(0.5)], 900);
    const [usual = 0, quarter = 0, least = 0] = cells.map(({ proteomeFold }) => proteomeFold - 1);
    expect(usual).toBeGreaterThan(0.06);
    expect(quarter).toBeGreaterThan(0.2 * usual);
    expect(quarter).toBeLessThan(0.7 * usual);
    expect(least).toBeGreaterThan(0.04 * usual);
    expect(least).toBeLessThan(quarter);
  }, 240_000);

  test("an objective that is the problem's own changes no flux, whether it is told or not", async () => {
    const { frame } = withMetabolism(compileCell(syn3a), await readMetabolicModel(path ?? "")).metabolism ?? {};
    const { problem } = frame as NonNullable<typeof frame>;
    const columns = Int32Array.from([...problem.objective.keys()].filter((column) => problem.objective[column] !== 0));
    const objectives = {
      ...{ offsets: Uint32Array.of(0, columns.length), columns },
      values: Float64Array.from(columns, (column) => problem.objective[column] ?? 0),
    };
    const input = { problem, count: 1, bounds: null, senses: null, wants: "fluxes" } as const;
    await using manager = await managerOf([cpuSimd]);
    const dispatch = { device: "cpu-simd" };
    const { output: told } = await manager.run(fluxBalance, { ...input, objectives }, dispatch);
    const { output: untold } = await manager.run(fluxBalance, { ...input, objectives: null }, dispatch);
    expect(told).toEqual(untold);
  }, 60_000);

  test("a cell lives through a cycle as on its own supply, within iMB155's uptake, on all of its enzymes", async () => {
    const [cell] = await lives(6300, [[]]);
    expect(cell?.proteomeFold).toBeGreaterThan(1.85);
    expect(cell?.proteomeFold).toBeLessThan(2.2);
    expect([cell?.drift, cell?.stalled, cell?.chromosomeCopied]).toEqual([0, 0, 1]);
    const { metabolism } = cell ?? {};
    expect(metabolism).toMatchObject({ enzymes: 155, solves: 1260 });
    const flux = (id: string): number => metabolism?.exchanges.find((one) => one.id === id)?.flux ?? 0;
    // mmol/gDW/h; the transporter's density wavers about that at birth
    expect(flux("EX_glc__D_e")).toBeGreaterThan(-7.4 * 1.1);
    expect(flux("EX_glc__D_e")).toBeLessThan(-3);
    // fermented, as Breuer et al. 2019 have it
    expect(flux("EX_ac_e")).toBeGreaterThan(1);
    expect(flux("EX_lac__L_e")).toBeGreaterThan(0);
  }, 240_000);

  test.skipIf(oracle === null)(
    "every gene without which COBRApy finds no growth leaves a cell short of something at once",
    async () => {
      const growths: Record<string, { readonly status: string }> = JSON.parse(readFileSync(oracle ?? "", "utf8"));
      const essential = Object.keys(growths).filter((gene) => growths[gene]?.status !== "optimal");
      expect(essential).toHaveLength(114);
      const flux = await readMetabolicModel(path ?? "");
      const model = compileCell(syn3a);
      const cells = [[], ...essential.map((gene) => [gene])].map((knockOut): Cell => {
        const fed = withMetabolism(model, flux, { every: 1, knockOut });
        const state = newbornCell(fed, 1);
        // before replication nothing takes deoxynucleotides, and full pools ask for none
        state.pools.fill(0, 12, 16);
        return { model: fed, state };
      });
      await using manager = await managerOf([cpuSimd]);
      await advanceMany(cells, 3, manager, { dispatch: { device: "cpu-simd" } });
      const wild = cells[0]?.state.metabolism;
      const unmissed = essential.filter((_, at) => {
        const mutant = cells[at + 1]?.state.metabolism;
        return ![...(mutant?.rates ?? [])].some(
          (rate, supply) =>
            rate < 0.98 * (wild?.rates[supply] ?? Number.NaN) ||
            (mutant?.shortInAll[supply] ?? 0) > (wild?.shortInAll[supply] ?? Number.NaN),
        );
      });
      expect(unmissed).toEqual([]);
    },
    240_000,
  );

  test("genes that iMB155 cannot miss are missed: energy, bases, an amino acid, a lipid; isozymes are not", async () => {
    const [wild, energy, kinase, alanine, lipid, isozyme] = await lives(400, [
      [],
      ["JCVISYN3A_0606"],
      ["JCVISYN3A_0203"],
      ["JCVISYN3A_0163"],
      ["JCVISYN3A_0875"],
      ["JCVISYN3A_0330"],
    ]);
    const short = (cell: CellSummary | undefined): readonly string[] =>
      (cell?.metabolism?.short ?? []).filter(({ seconds }) => seconds > 200).map(({ what }) => what);
    expect([short(wild), short(isozyme)]).toEqual([[], []]);
    expect(short(energy)).toContain("ATP");
    expect(short(kinase)).toContain("kinase of GMP");
    // what carries acyl groups is a protein of the model, and takes alanine too
    expect(short(alanine)).toEqual(["amino acid A", "other biomass"]);
    expect(short(lipid)).toEqual(["other biomass"]);
    for (const mutant of [energy, kinase, alanine, lipid]) {
      expect(mutant?.milestones.some(({ what }) => what === "shortage")).toBe(true);
      expect(mutant?.stalled).toBeGreaterThan(0.3);
      expect(mutant?.proteomeFold).toBeLessThan(wild?.proteomeFold ?? 0);
      expect(mutant?.drift).toBe(0);
    }
  }, 240_000);

  test("cells of one model are one flux-balance run a coupling", async () => {
    const flux = await readMetabolicModel(path ?? "");
    const model = withMetabolism(compileCell(syn3a), flux, { every: 2 });
    const cells = [0, 1, 2].map((run): Cell => ({ model, state: newbornCell(model, 1, run) }));
    await using manager = await managerOf([cpuSimd]);
    const counts: number[] = [];
    await advanceMany(cells, 10, {
      explain: (...asked) => manager.explain(...asked),
      run: async (workload, input, options) => {
        const done = await manager.run(workload, input, options);
        if (Object.is(workload, fluxBalance)) counts.push((input as { count: number }).count);
        return done;
      },
    });
    expect(counts).toEqual([3, 3, 3, 3, 3]);
  }, 60_000);
});
