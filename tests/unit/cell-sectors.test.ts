import {
  advanceMany,
  type Cell,
  cellSummary,
  changeMedium,
  compileCell,
  type Dispatcher,
  ecoli,
  ledgersOf,
  minimalCell,
  newbornCell,
  type Perturbations,
  type SectorOrganism,
  type stochasticSimulation,
  yeast,
} from "bioxen";
import { describe, expect, test } from "vitest";

/** Runs everything by the workload's own oracle. */
const oracle = {
  run: async (workload: typeof stochasticSimulation, input: Parameters<typeof stochasticSimulation.size>[0]) => ({
    output: workload.reference?.(input),
  }),
} as unknown as Dispatcher;

function cell(organism: SectorOrganism, perturbations: Perturbations = {}, trajectory = 0): Cell {
  const model = compileCell(organism, perturbations);
  return { model, state: newbornCell(model, 1, trajectory) };
}

async function lived(seconds: number, perturbations: Perturbations = {}): Promise<Cell> {
  const one = cell(ecoli, perturbations);
  expect(await advanceMany([one], seconds, oracle)).toEqual([{ status: "advanced" }]);
  return one;
}

const share = (one: Cell, id: string): number =>
  cellSummary(one).sectors?.sectors.find((sector) => sector.id === id)?.share ?? Number.NaN;

describe("a cell of proteome sectors", () => {
  test.each([ecoli, yeast])("$id: every ledger closes after every second, in whole molecules", async (organism) => {
    const one = cell(organism);
    for (let second = 0; second < 40; second++) {
      await advanceMany([one], 1, oracle);
      expect(ledgersOf(one.model, one.state).filter(({ drift }) => drift !== 0)).toEqual([]);
    }
    const { at, genes } = one.model;
    expect(one.state.pools.every((count) => Number.isInteger(count) && count >= 0)).toBe(true);
    expect(
      one.state.values.subarray(0, at.startTranscription).every((count) => Number.isInteger(count) && count >= 0),
    ).toBe(true);
    const { sectors, events, proteomeFold, genes: count } = cellSummary(one);
    expect(sectors?.sectors.map(({ id }) => id)).toEqual(genes.map(({ id }) => id));
    expect(sectors?.sectors.reduce((sum, sector) => sum + sector.share, 0)).toBeCloseTo(1, 12);
    expect(events).toBeGreaterThan(100);
    expect(proteomeFold).toBeGreaterThan(1.001);
    expect(count).toBe(6);
  });

  test("a ledger notices one lost molecule", async () => {
    const one = await lived(2);
    one.state.pools[0] = (one.state.pools[0] ?? 0) - 1;
    one.state.values[one.model.ribosome.free] = (one.state.values[one.model.ribosome.free] ?? 0) + 1;
    const wrong = ledgersOf(one.model, one.state).filter(({ drift }) => drift !== 0);
    expect(wrong.map(({ name, drift }) => [name, drift])).toEqual([
      ["adenylate", -1],
      ["ribosome", 1],
    ]);
  });

  test("continues from a clone bit for bit, alone or among cells of other kinds", async () => {
    const whole = await lived(30);
    const first = await lived(12);
    const clone: Cell = { model: first.model, state: structuredClone(first.state) };
    await advanceMany([clone], 18, oracle);
    expect(clone.state).toEqual(whole.state);
    const small = compileCell(minimalCell);
    const several: readonly Cell[] = [
      cell(yeast),
      { model: small, state: newbornCell(small, 1) },
      { model: whole.model, state: newbornCell(whole.model, 1, 0) },
      { model: whole.model, state: newbornCell(whole.model, 1, 1) },
    ];
    const outcomes = await advanceMany(several, 30, oracle);
    expect(outcomes.every(({ status }) => status === "advanced")).toBe(true);
    expect(several[2]?.state).toEqual(whole.state);
    expect(several[3]?.state.values).not.toEqual(whole.state.values);
  });

  test("less energy than growth needs stalls ribosomes, is told, and leaves no debt", async () => {
    const [starved, fed] = [await lived(200, { constants: { atpCapacity: 3 } }), await lived(200)];
    const [less, more] = [cellSummary(starved), cellSummary(fed)];
    expect(less.proteomeFold - 1).toBeLessThan(0.8 * (more.proteomeFold - 1));
    expect(less.stalled).toBeGreaterThan(0.05);
    expect(less.milestones.map(({ what }) => what)).toContain("shortage");
    expect([less.drift, more.drift, more.stalled]).toEqual([0, 0, 0]);
  });

  test("a better medium, from one second to the next, charges tRNA and turns protein synthesis to ribosomes", async () => {
    const poor = await lived(60, { constants: { nutrientQuality: 2 } });
    const shifted: Cell = { model: poor.model, state: structuredClone(poor.state) };
    changeMedium(shifted.state, 8);
    await advanceMany([poor, shifted], 400, oracle);
    expect(cellSummary(shifted).sectors?.quality).toBe(8);
    expect(cellSummary(shifted).proteomeFold).toBeGreaterThan(1.01 * cellSummary(poor).proteomeFold);
    expect(share(shifted, "R")).toBeGreaterThan(1.05 * share(poor, "R"));
    expect(cellSummary(shifted).drift).toBe(0);
  });

  test("what changes on the way does as if it had been done by hand then, and is told", async () => {
    const changes = [
      { at: 0, quality: 2 },
      { at: 20, quality: 8 },
      { at: 40, inhibitRibosomes: 1, inhibitPolymerases: 1 },
      { at: 60, inhibitRibosomes: 0, inhibitPolymerases: 0, withoutAminoAcids: "K", atp: 0.5 },
    ];
    const byHand = await lived(0, {});
    changeMedium(byHand.state, 2);
    await advanceMany([byHand], 20, oracle);
    changeMedium(byHand.state, 8);
    await advanceMany([byHand], 20, oracle);
    const planned = await lived(40, { changes });
    const { events, ...state } = planned.state;
    expect(state).toEqual({ ...byHand.state, events: undefined });
    expect(events.map(({ time, detail }) => [time, detail])).toEqual([
      [0, "growth-medium=2"],
      [20, "growth-medium=8"],
      [40, "inhibit-ribosomes=1, inhibit-polymerases=1"],
    ]);
    const { ribosome, polymerase } = planned.model;
    const spent = planned.state.tally.residuesStarted;
    await advanceMany([planned], 20, oracle);
    expect([ribosome, polymerase].map(({ free }) => planned.state.values[free])).toEqual([0, 0]);
    expect(planned.state.tally.residuesStarted).toBe(spent);
    const lysine = ledgersOf(planned.model, planned.state).find(({ name }) => name === "amino acid K")?.taken;
    await advanceMany([planned], 10, oracle);
    expect(planned.state.tally.residuesStarted).toBeGreaterThan(spent);
    expect(ledgersOf(planned.model, planned.state).find(({ name }) => name === "amino acid K")?.taken).toBe(lysine);
    expect(cellSummary(planned).drift).toBe(0);
  });

  test("blocking ribosomes slows growth and makes more of them, as Scott et al. 2010 saw with chloramphenicol", async () => {
    const [blocked, free] = [await lived(600, { inhibitRibosomes: 0.8 }), await lived(600)];
    expect(cellSummary(blocked).proteomeFold).toBeLessThan(cellSummary(free).proteomeFold - 0.02);
    expect(share(blocked, "R")).toBeGreaterThan(1.03 * share(free, "R"));
  });

  test("without a sector's genes, or rRNA, nothing more of it is made", async () => {
    const without = await lived(300, { knockOut: ["rRNA"] });
    const whole = await lived(300);
    expect(without.state.ribosomes).toBe(without.model.constants.ribosomes);
    expect(whole.state.ribosomes).toBeGreaterThan(without.state.ribosomes);
    const less = await lived(600, { knockDown: new Map([["P", 0]]) });
    expect(share(less, "P")).toBeLessThan(0.95 * share(await lived(600), "P"));
  });

  test("what makes no sense for sectors is refused", () => {
    const told = (perturbations: Perturbations) => () => compileCell(ecoli, perturbations);
    expect(told({ knockOut: ["lacZ"] })).toThrow(/no sector "lacZ"/);
    expect(told({ knockDown: new Map([["lacZ", 0.5]]) })).toThrow(/no sector "lacZ"/);
    expect(told({ constants: { nutrientQuality: 0 } })).toThrow(/nothing grow/);
    const rule = { target: "R", regulator: "Q", kind: "repressor", half: 1, hill: 1, leak: 0 } as const;
    expect(told({ regulation: [rule] })).toThrow(/no gene can be regulated/);
    expect(() => compileCell(ecoli, {}, minimalCell.facts())).toThrow(/takes no genome file/);
    const [gene] = minimalCell.facts().genes;
    const more = { ...ecoli.facts(), genes: [...ecoli.facts().genes, ...(gene === undefined ? [] : [gene])] };
    expect(() => compileCell(ecoli, {}, more)).toThrow(/no genes/);
    expect(told({ plasmids: [{ facts: minimalCell.facts(), copies: 1 }] })).toThrow(/no plasmids/);
    expect(told({ chromosome: false })).toThrow(/keeps its chromosome/);
    expect(told({ operons: [{ id: "o", genes: ["R", "P"] }] })).toThrow(/no gene can be regulated/);
    expect(told({ expression: new Map([["R", { proteinsAtBirth: 0 }]]) })).toThrow(/expression/);
    expect(told({ changes: [{ at: 5, inducers: new Map([["IPTG", 1]]) }] })).toThrow(/nothing answers/);
    expect(told({ changes: [{ at: 5, quality: 0 }] })).toThrow(/nothing grow/);
    expect(() => compileCell(minimalCell, { changes: [{ at: 5, quality: 2 }] })).toThrow(/no choice of media/);
  });
});
