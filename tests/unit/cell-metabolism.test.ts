import {
  advanceMany,
  type Cell,
  cellSummary,
  compileCell,
  type Dispatcher,
  divide,
  eColiCore,
  ecoli,
  fluxBalance,
  ledgersOf,
  minimalCell,
  newbornCell,
  type Perturbations,
  type stochasticSimulation,
  withMetabolism,
} from "bioxen";
import { describe, expect, test } from "vitest";
import { smallFluxModel } from "../support/small-flux-model.ts";

type Input = Parameters<typeof stochasticSimulation.size>[0];

/** Runs everything by the workload's own oracle, counting what it is asked for. */
function oracleOf(spoil: (output: { statuses: Uint8Array }, call: number) => void = () => undefined) {
  const counts: number[] = [];
  const dispatcher = {
    run: async (workload: typeof stochasticSimulation, input: Input) => {
      const output = await workload.reference?.(input);
      if (Object.is(workload, fluxBalance)) {
        counts.push(input.count);
        spoil(output as unknown as { statuses: Uint8Array }, counts.length);
      }
      return { output };
    },
  } as unknown as Dispatcher;
  return { dispatcher, counts };
}

const model = smallFluxModel();

function cellOf(perturbations: Perturbations = {}, flux = model, every = 5, trajectory = 0): Cell {
  const whole = withMetabolism(compileCell(minimalCell, perturbations), flux, { every });
  return { model: whole, state: newbornCell(whole, 1, trajectory) };
}

async function lived(seconds: number, ...of: Parameters<typeof cellOf>): Promise<Cell> {
  const cell = cellOf(...of);
  expect(await advanceMany([cell], seconds, oracleOf().dispatcher)).toEqual([{ status: "advanced" }]);
  return cell;
}

const shortOf = (cell: Cell): readonly string[] =>
  (cellSummary(cell).metabolism?.short ?? []).filter(({ seconds }) => seconds > 100).map(({ what }) => what);

describe("a flux model as a cell's metabolism", () => {
  test("supplies a cell as the organism's own supply does, and every ledger closes", async () => {
    const [fed, usual] = [await lived(600), compileCell(minimalCell)];
    const other = { model: usual, state: newbornCell(usual, 1) };
    await advanceMany([other], 600, oracleOf().dispatcher);
    const [a, b] = [cellSummary(fed), cellSummary(other)];
    expect(a.proteomeFold).toBeGreaterThan(1.1);
    expect(Math.abs(a.proteomeFold - b.proteomeFold)).toBeLessThan(0.1);
    expect([a.drift, a.stalled, b.metabolism]).toEqual([0, 0, null]);
    expect(shortOf(fed)).toEqual([]);
    const rest = ledgersOf(fed.model, fed.state).find(({ name }) => name === "other biomass");
    expect(rest?.taken).toBeGreaterThan(0);
    expect(a.metabolism).toMatchObject({ model: "small", every: 5, solves: 120, enzymes: 1 });
    expect(a.metabolism?.exchanges.find(({ id }) => id === "EX_sugar_e")?.flux).toBeLessThan(0);
  });

  test("an enzyme that is knocked out stops the energy at once: machines are held back and it is told", async () => {
    const cell = await lived(600, { knockOut: ["MINI_0010"] });
    const { proteomeFold, stalled, drift, milestones } = cellSummary(cell);
    expect(proteomeFold).toBeLessThan(1.05);
    expect(stalled).toBeGreaterThan(0.5);
    expect(drift).toBe(0);
    expect(shortOf(cell)).toContain("ATP");
    expect(milestones.find(({ what }) => what === "supply short")?.detail).toContain("ATP");
    expect(milestones.some(({ what }) => what === "shortage")).toBe(true);
  });

  test("so does a transporter's gene of the model alone, a lipid's, and a medium without the amino acid", async () => {
    const flux = (knockOut: readonly string[], perturbations: Perturbations = {}): Cell => {
      const whole = withMetabolism(compileCell(minimalCell, perturbations), model, { knockOut });
      return { model: whole, state: newbornCell(whole, 1) };
    };
    const cells = [flux(["lysP"]), flux(["lipid"]), flux([], { withoutAminoAcids: "K" }), flux([])];
    const { dispatcher, counts } = oracleOf();
    await advanceMany(cells, 500, dispatcher);
    expect(cells.map(shortOf)).toEqual([["amino acid K"], ["other biomass"], ["amino acid K"], []]);
    const folds = cells.map((cell) => cellSummary(cell).proteomeFold);
    const [wild = 0] = folds.slice(-1);
    for (const fold of folds.slice(0, 3)) expect(fold).toBeLessThan(1 + 0.7 * (wild - 1));
    // whatever was done to them, cells of one flux model are one batch
    expect(new Set(counts)).toEqual(new Set([4]));
    expect(counts).toHaveLength(100);
  });

  test("uptake limits hold: less sugar, less growth", async () => {
    const [poor, rich] = [await lived(600, {}, smallFluxModel({ uptake: 6 })), await lived(600)];
    const sugar = cellSummary(poor).metabolism?.exchanges.find(({ id }) => id === "EX_sugar_e")?.flux ?? Number.NaN;
    expect(sugar).toBeGreaterThanOrEqual(-6);
    expect(sugar).toBeLessThan(-5);
    const [less, more] = [cellSummary(poor).proteomeFold, cellSummary(rich).proteomeFold];
    expect(less - 1).toBeLessThan(0.8 * (more - 1));
  });

  test("kinases that might work leave precursors what these need, and of two with too little neither stops for good", async () => {
    // all take a phosphate from one source, as pyruvate kinase gives it to CDP and UDP and thereby to all that is made of CTP
    const takers = ["KIN_c", "KIN_u", "make_cmp_c"];
    const scarce = (most: number): typeof model => ({
      ...model,
      metabolites: [...model.metabolites, { ...(model.metabolites[0] as (typeof model.metabolites)[0]), id: "pep_c" }],
      reactions: [
        ...model.reactions.map((one) =>
          takers.includes(one.id) ? { ...one, stoichiometry: new Map([...one.stoichiometry, ["pep_c", -1]]) } : one,
        ),
        {
          ...(model.reactions[0] as (typeof model.reactions)[0]),
          ...{ id: "EX_pep_e", stoichiometry: new Map([["pep_c", -1]]), lower: -most, upper: 0 },
        },
      ],
    });
    const lives = [
      await lived(900, {}, scarce(1000)),
      await lived(900, {}, scarce(2)),
      await lived(900, {}, scarce(0.4)),
    ];
    const [usual = 0, scant = 0, little = 0] = lives.map((cell) => cellSummary(cell).proteomeFold - 1);
    // enough for what is needed, though not for as much again
    expect(scant).toBeGreaterThan(0.8 * usual);
    expect(little).toBeGreaterThan(0.1 * usual);
    expect(little).toBeLessThan(0.6 * usual);
    // by turns, as pools run low
    const [c = 0, , u = 0] = lives[2]?.state.metabolism?.shortInAll.slice(-3) ?? [];
    expect(c + u).toBeGreaterThan(600);
    expect(Math.abs(c - u)).toBeLessThan(0.3 * (c + u));
  });

  test("a share of the energy is a share of what the model makes", async () => {
    const constants = { atpCapacity: minimalCell.constants.atpCapacity.value / 20 };
    expect(cellSummary(await lived(400, { constants })).stalled).toBeGreaterThan(0.1);
  });

  test("a clone goes on bit for bit, and so does a daughter", async () => {
    const { dispatcher } = oracleOf();
    const whole = cellOf();
    await advanceMany([whole], 143, dispatcher);
    const clone = { model: whole.model, state: structuredClone(whole.state) };
    await advanceMany([whole], 57, dispatcher);
    await advanceMany([clone], 57, dispatcher);
    expect(clone.state).toEqual(whole.state);
    whole.state.fork = Math.ceil(whole.model.genome.length / 2);
    const daughters = divide(whole).map((state): Cell => ({ model: whole.model, state }));
    expect(daughters.map(({ state }) => state.metabolism?.due)).toEqual([200, 200]);
    await advanceMany(daughters, 60, dispatcher);
    for (const daughter of daughters) expect(cellSummary(daughter).drift).toBe(0);
  });

  test("one that has no solution fails alone, with the model and the time", async () => {
    const cells = [0, 1, 2].map((trajectory) => cellOf({}, model, 5, trajectory));
    const { dispatcher } = oracleOf(({ statuses }, call) => {
      if (call === 3) statuses[1] = 3;
    });
    const outcomes = await advanceMany(cells, 30, dispatcher);
    expect(outcomes.map(({ status }) => status)).toEqual(["advanced", "failed", "advanced"]);
    const [, failed] = outcomes;
    if (failed?.status !== "failed") throw new Error("it did not fail");
    expect(failed.error).toMatchObject({ code: "KERNEL_FAILED", context: { trajectory: 1, time: 10, model: "small" } });
    expect(cells.map(({ state }) => state.time)).toEqual([30, 10, 30]);
  });
});

describe("a cell of proteome sectors", () => {
  test("grows no faster than its flux model, and not at all where that cannot", async () => {
    const lives = async (knockOut: readonly string[]) => {
      const whole = withMetabolism(compileCell(ecoli), eColiCore(), { knockOut });
      const cell = { model: whole, state: newbornCell(whole, 1) };
      await advanceMany([cell], 400, oracleOf().dispatcher);
      return cellSummary(cell);
    };
    const [wild, mutant] = [await lives([]), await lives(["b0720"])];
    // 0.874/h on glucose
    expect(wild.proteomeFold).toBeGreaterThan(1.05);
    expect(wild.proteomeFold).toBeLessThan(Math.exp((0.88 * 400) / 3600));
    expect(mutant.proteomeFold).toBeLessThan(1.01);
    expect(mutant.milestones.some(({ what }) => what === "supply short")).toBe(true);
    expect([wild.drift, mutant.drift]).toEqual([0, 0]);
  });
});

describe("what cannot be a metabolism is refused", () => {
  const cell = compileCell(minimalCell);
  test.each([
    [
      "metabolites that are missing",
      () => withMetabolism(cell, smallFluxModel({ without: ["trp__L_c", "gtp_c"] })),
      /trp__L_c/,
    ],
    ["precursors that a core model lacks", () => withMetabolism(cell, eColiCore()), /lacks cmp_c/],
    [
      "no biomass",
      () =>
        withMetabolism(cell, {
          ...model,
          objectives: [],
          reactions: model.reactions.filter(({ id }) => id !== "BIOMASS"),
        }),
      /no biomass reaction/,
    ],
    ["an unknown gene", () => withMetabolism(cell, model, { knockOut: ["nothing"] }), /no gene "nothing"/],
    ["part of a second", () => withMetabolism(cell, model, { every: 0.5 }), /whole number/],
    [
      "a medium of something else",
      () => withMetabolism(cell, model, { medium: new Map([["ATPM", 1]]) }),
      /exchange reaction/,
    ],
  ])("%s", (_name, make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(expect.objectContaining({ code: "INPUT_INVALID" }));
  });
});
