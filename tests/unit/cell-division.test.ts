import {
  advanceMany,
  type Cell,
  type CellState,
  cellSummary,
  codingGenes,
  compileCell,
  divide,
  dnaOf,
  ecoli,
  evenOdds,
  ledgersOf,
  mayDivide,
  minimalCell,
  newbornCell,
  type Perturbations,
  parseFasta,
} from "bioxen";
import { cpuSimd } from "bioxen/accelerators";
import { describe, expect, test } from "vitest";
import { managerOf } from "../support/manager.ts";

const minutes = 60;
const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, one) => total + one, 0);

async function lived(cells: readonly Cell[], seconds: number, division = false): Promise<void> {
  await using manager = await managerOf([cpuSimd]);
  const outcomes = await advanceMany(cells, seconds, manager, { division, dispatch: { device: "cpu-simd" } });
  expect(outcomes.every(({ status }) => status === "advanced")).toBe(true);
}

function minimal(perturbations: Perturbations = {}): Cell {
  const model = compileCell(minimalCell, perturbations);
  return { model, state: newbornCell(model, 1) };
}

/** Every molecule that a mother hands on, block by block, and what her daughters have of it. */
function expectSplit({ model, state }: Cell, daughters: readonly CellState[]): void {
  const { at, genes } = model;
  const counted = (of: CellState): number[] => [
    ...(["transcribing", "transcripts", "translating", "proteins", "genes"] as const).flatMap((block) => [
      ...of.values.subarray(at[block], at[block] + genes.length),
    ]),
    ...[model.ribosome.free, model.ribosome.released, model.polymerase.free, model.polymerase.released].map(
      (index) => of.values[index] ?? Number.NaN,
    ),
    ...of.pools,
    ...of.charged,
    ...[of.ribosomes, of.polymerases],
    ...dnaOf({ model, state: of }),
  ];
  const [first, second] = daughters.map(counted);
  expect(first?.map((count, index) => count + (second?.[index] ?? Number.NaN))).toEqual(counted(state));
  for (const daughter of daughters) {
    expect(counted(daughter).every((count) => Number.isInteger(count) && count >= 0)).toBe(true);
    expect(ledgersOf(model, daughter).filter(({ drift }) => drift !== 0)).toEqual([]);
  }
}

describe("dividing", () => {
  test("of so many molecules half go to one side, spread as a binomial has it", () => {
    let word = 0;
    const random = () => (word++ * 0.618_033_988_749_895) % 1;
    const draws = Array.from({ length: 2000 }, () => evenOdds(400, random));
    const mean = sum(draws) / draws.length;
    const variance = sum(draws.map((draw) => (draw - mean) ** 2)) / draws.length;
    expect(Math.abs(mean - 200)).toBeLessThan(3);
    expect(variance).toBeGreaterThan(20);
    expect(variance).toBeLessThan(180);
    expect(evenOdds(0, random)).toBe(0);
    expect([evenOdds(33, () => 1 - 2 ** -32), evenOdds(33, () => 0)]).toEqual([33, 0]);
  });

  test.each([false, true])(
    "a minimal cell (tRNA charging: %s) gives all it has to two daughters, who live on",
    async (charging) => {
      const mother = minimal({ charging });
      expect(() => divide(mother)).toThrow(/no second chromosome/);
      await lived([mother], 44 * minutes);
      expect(mayDivide(mother)).toBe(true);
      const before = structuredClone(mother.state);
      const daughters = divide(mother);
      expect(mother.state).toEqual(before);
      expectSplit(mother, daughters);
      expect(divide(mother)).toEqual(daughters);
      const [first, second] = daughters;
      expect(first.values).not.toEqual(second.values);
      expect(new Set([...first.values.subarray(0, mother.model.genes.length)])).toEqual(new Set([1]));
      const { model } = mother;
      const two = daughters.map((state): Cell => ({ model, state: structuredClone(state) }));
      await lived(two, 5 * minutes);
      for (const daughter of two) {
        const { drift, proteomeFold, divisions } = cellSummary(daughter);
        expect([drift, divisions]).toEqual([0, 1]);
        expect(proteomeFold).toBeGreaterThan(2.1);
      }
      expect(two[0]?.state.values).not.toEqual(two[1]?.state.values);
    },
    60_000,
  );

  test("plasmids, with forks on some, and operons are handed on whole; a daughter may get no plasmid", async () => {
    const coding = `ATG${"GCTAAACTG".repeat(30)}TAA`;
    const [gene] = codingGenes(parseFasta(Buffer.from(`>gfp\n${coding}\n`)), "gfp.fa");
    if (gene === undefined) throw new Error("no gene");
    const facts = { id: "p", length: 4000, circular: true, baseCounts: [900, 1100, 1000, 1000], genes: [gene] };
    const operon = ["MINI_0012", "MINI_0013", "MINI_0014"];
    const mother = minimal({ plasmids: [{ facts, copies: 9 }], operons: [{ id: "o", genes: operon }] });
    const { model } = mother;
    const [dna, leader = 0, ...members] = [
      dnaOf(mother),
      ...operon.map((id) => model.genes.findIndex((one) => one.id === id)),
    ];
    await lived([mother], 44 * minutes);
    for (let second = 0; (mother.state.plasmids[0]?.forks.length ?? 0) === 0; second++) {
      expect(second).toBeLessThan(10 * minutes);
      await lived([mother], 1);
    }
    // what was copied, as the ledgers have it, is what there is more than at birth
    expect(dnaOf(mother)).toEqual(dna.map((count, base) => count + (mother.state.copied[base] ?? 0)));
    const daughters = divide(mother);
    expectSplit(mother, daughters);
    const [born] = mother.state.plasmids;
    const got = daughters.map(({ plasmids: [one] }) => one ?? { copies: 0, forks: [] });
    expect(sum(got.map(({ copies }) => copies))).toBe(born?.copies);
    expect(got.flatMap(({ forks }) => forks).sort()).toEqual([...(born?.forks ?? [])].sort());
    for (const [which, { values }] of daughters.entries()) {
      const [copies = 0, forks = 0] = [got[which]?.copies, got[which]?.forks.length];
      expect(copies).toBeGreaterThanOrEqual(forks);
      expect(values[model.at.genes + (model.plasmids[0]?.from ?? 0)]).toBe(copies);
      for (const gene of members)
        expect(values[model.at.transcripts + gene]).toBe(values[model.at.transcripts + leader]);
    }
    const two = daughters.map((state): Cell => ({ model, state: structuredClone(state) }));
    await lived(two, 10 * minutes);
    for (const daughter of two) expect(cellSummary(daughter).drift).toBe(0);
    const few = Array.from({ length: 40 }, (_, time) => {
      const state = structuredClone(mother.state);
      Object.assign(state, { time, plasmids: [{ copies: 1, forks: [] }] });
      state.values[model.at.genes + (model.plasmids[0]?.from ?? 0)] = 1;
      return divide({ model, state })[0].plasmids[0]?.copies;
    });
    expect(new Set(few)).toEqual(new Set([0, 1]));
  }, 60_000);

  test("one daughter is followed where that is asked for, the lineage goes on growing, the same each time", async () => {
    const followed = minimal();
    const again = minimal();
    const whole = minimal();
    await lived([followed], 90 * minutes, true);
    await lived([again], 90 * minutes, true);
    await lived([whole], 90 * minutes);
    const one = cellSummary(followed);
    expect(one.divisions).toBeGreaterThanOrEqual(2);
    expect(one.proteomeFold).toBeGreaterThan(4);
    expect(one.drift).toBe(0);
    expect(one.milestones.filter(({ what }) => what === "divided").length).toBe(one.divisions);
    expect(again.state).toEqual(followed.state);
    expect(cellSummary(whole)).toMatchObject({ divisions: 0, drift: 0 });
  }, 60_000);

  test("E. coli divides in the midst of two rounds of replication", async () => {
    const model = compileCell(ecoli, { constants: { nutrientQuality: 5.15 } });
    const mother: Cell = { model, state: newbornCell(model, 1) };
    await lived([mother], 31 * minutes);
    expect(mayDivide(mother)).toBe(true);
    expect(mother.state.cycle?.rounds.length).toBeGreaterThan(0);
    const daughters = divide(mother);
    expectSplit(mother, daughters);
    const [first, second] = daughters;
    expect(first.cycle).toEqual(second.cycle);
    expect(mayDivide({ model, state: first })).toBe(false);
  }, 60_000);
});
