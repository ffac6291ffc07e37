import { readFileSync } from "node:fs";
import {
  advanceMany,
  type Cell,
  type CellSummary,
  cellSummary,
  compileCell,
  factsOf,
  genomeOf,
  newbornCell,
  type Perturbations,
  parseGenbank,
  readGenome,
  syn3a,
} from "bioxen";
import { cpuSimd } from "bioxen/accelerators";
import { describe, expect, test } from "vitest";
import { cpuMilliseconds, slowness } from "../support/machine-pace.ts";
import { managerOf } from "../support/manager.ts";
import { sharedData } from "../support/shared-data.ts";

const minutes = 105;
const mean = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

async function cycle(runs: number, perturbations: Perturbations = {}): Promise<readonly CellSummary[]> {
  const model = compileCell(syn3a, perturbations);
  const cells = Array.from({ length: runs }, (_, run): Cell => ({ model, state: newbornCell(model, 1, run) }));
  await using manager = await managerOf([cpuSimd]);
  await advanceMany(cells, minutes * 60, manager, { dispatch: { device: "cpu-simd" } });
  return cells.map(cellSummary);
}

describe("JCVI-syn3A over one cycle of 105 min, constants as published, means of six cells", () => {
  test("mRNA, proteome, volume and ribosomes as Thornburg et al. 2022 have them; every ledger closes", async () => {
    const cells = await cycle(6);
    const of = (what: (cell: CellSummary) => number): number => mean(cells.map(what));
    expect(of(({ mrnaPerGene }) => mrnaPerGene)).toBeGreaterThan(0.25);
    expect(of(({ mrnaPerGene }) => mrnaPerGene)).toBeLessThan(0.37);
    expect(of(({ proteomeFold }) => proteomeFold)).toBeGreaterThan(1.9);
    expect(of(({ proteomeFold }) => proteomeFold)).toBeLessThan(2.1);
    expect(of(({ volumeFold }) => volumeFold)).toBeCloseTo(2, 0);
    for (const { residuesPerRibosomeSecond, meanMrnaHalfLifeSeconds, drift, chromosomeCopied } of cells) {
      expect(residuesPerRibosomeSecond).toBeLessThanOrEqual(12);
      expect((meanMrnaHalfLifeSeconds ?? 0) / 60).toBeGreaterThan(3);
      expect((meanMrnaHalfLifeSeconds ?? 0) / 60).toBeLessThan(4);
      expect([drift, chromosomeCopied]).toEqual([0, 1]);
    }
  }, 120_000);

  test("half of the ATP slows growth and stalls ribosomes", async () => {
    const [cell] = await cycle(1, { constants: { atpCapacity: syn3a.constants.atpCapacity.value / 2 } });
    expect(cell?.proteomeFold).toBeLessThan(1.7);
    expect(cell?.stalled).toBeGreaterThan(0.1);
    expect(cell?.drift).toBe(0);
  }, 60_000);
});

const path = sharedData("genomes/syn3A.gb");
describe.skipIf(path === null)("the gene table of JCVI-syn3A (skipped where the shared data is missing)", () => {
  test("is what CP016816.2 tells, and the file gives the same network", () => {
    const bytes = readFileSync(path ?? "");
    const [record] = parseGenbank(bytes, "syn3A.gb");
    if (record === undefined) throw new Error("no record");
    const table = syn3a.facts();
    const told = factsOf(genomeOf(record));
    const without = table.genes.map((gene) => ({ ...gene, copies: null }));
    expect({ ...table, genes: without }).toEqual(told);
    const { facts, faults } = readGenome(bytes, "syn3A.gb", syn3a);
    expect(faults).toEqual([]);
    expect(compileCell(syn3a, {}, facts).network).toEqual(compileCell(syn3a).network);
    expect(readGenome(bytes, "syn3A.gb", syn3a, { table: 11 }).faults.length).toBe(343);
  });

  test("genome file to network in under a second of CPU time", async () => {
    const bytes = readFileSync(path ?? "");
    const taken = await cpuMilliseconds(() => {
      const { facts } = readGenome(bytes, "syn3A.gb", syn3a);
      expect(compileCell(syn3a, {}, facts).network.reactions.length).toBe(2351);
    });
    expect(taken).toBeLessThan(1000 * slowness());
  });
});
