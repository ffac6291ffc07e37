import {
  advanceMany,
  type Cell,
  cellSummary,
  compileCell,
  type Dispatcher,
  genomeOf,
  hillFactor,
  ledgersOf,
  minimalCell,
  minimalGenomeRecord,
  mutateBase,
  newbornCell,
  organisms,
  type Perturbations,
  readGeneTable,
  repressilator,
  type stochasticSimulation,
  syn3a,
  toggleSwitch,
  withGenes,
  writeGeneTable,
} from "bioxen";
import { describe, expect, test } from "vitest";

/** Runs everything by the workload's own oracle. */
const oracle = {
  run: async (workload: typeof stochasticSimulation, input: Parameters<typeof stochasticSimulation.size>[0]) => ({
    output: workload.reference?.(input),
  }),
} as unknown as Dispatcher;

function cell(perturbations: Perturbations = {}, seed = 1, trajectory = 0): Cell {
  const model = compileCell(minimalCell, perturbations);
  return { model, state: newbornCell(model, seed, trajectory) };
}

async function lived(seconds: number, ...of: Parameters<typeof cell>): Promise<Cell> {
  const one = cell(...of);
  expect(await advanceMany([one], seconds, oracle)).toEqual([{ status: "advanced" }]);
  return one;
}

const geneAt = ({ model }: Cell, name: string): number => model.genes.findIndex((gene) => gene.name === name);
const proteins = (one: Cell, name: string): number =>
  one.state.values[one.model.at.proteins + geneAt(one, name)] ?? Number.NaN;
const transcripts = (one: Cell, name: string): number =>
  one.state.values[one.model.at.transcripts + geneAt(one, name)] ?? Number.NaN;

describe("organisms", () => {
  test.each(organisms.map((organism) => [organism.id, organism] as const))(
    "%s: every constant has a source",
    (_id, organism) => {
      for (const [name, { value, unit, source }] of Object.entries(organism.constants)) {
        expect(Number.isFinite(value) && value >= 0, name).toBe(true);
        expect(unit.length * source.length, name).toBeGreaterThan(0);
      }
    },
  );
  test("a gene table is read as it was written", () => {
    for (const { facts } of organisms) {
      const told = facts();
      expect(readGeneTable(writeGeneTable(told))).toEqual(told);
    }
    expect(() => readGeneTable("x\t1\tlinear\t1,2,3,4\na\tb")).toThrow(/row 2: 2 columns/);
  });
  test("every protein of the minimal genome is readable, on both strands", () => {
    const { genes } = genomeOf(minimalGenomeRecord(), { strict: true });
    expect(genes.filter(({ protein }) => protein !== null).length).toBe(32);
    expect(new Set(genes.map(({ strand }) => strand))).toEqual(new Set([1, -1]));
  });
});

describe("a cell", () => {
  test("grows, copies its chromosome, and every ledger closes at every coupling", async () => {
    const one = await lived(600);
    const { proteomeFold, drift, chromosomeCopied, events } = cellSummary(one);
    expect(events).toBeGreaterThan(1000);
    expect(proteomeFold).toBeGreaterThan(1.1);
    expect(drift).toBe(0);
    expect(chromosomeCopied).toBeGreaterThan(0);
    expect(one.state.values.every((value) => value >= 0)).toBe(true);
    expect(one.state.pools.every((count) => Number.isInteger(count) && count >= 0)).toBe(true);
  });

  test("a strain without a part of a machine makes no more of it, and one that cannot copy its chromosome does not", async () => {
    const [wild, ...mutants] = await Promise.all(
      [[], ["MINI_0006"], ["MINI_0009"], ["MINI_0002"]].map(async (knockOut) =>
        cellSummary(await lived(900, { knockOut })),
      ),
    );
    const [polymerase, ribosome, replication] = mutants;
    const { polymerases, ribosomes } = minimalCell.constants;
    expect(wild?.polymerases).toBeGreaterThan(polymerases.value);
    expect(wild?.ribosomes).toBeGreaterThan(ribosomes.value);
    expect(wild?.chromosomeCopied).toBeGreaterThan(0);
    expect(polymerase?.polymerases).toBe(polymerases.value);
    expect(polymerase?.ribosomes).toBeGreaterThan(ribosomes.value);
    expect(ribosome?.ribosomes).toBe(ribosomes.value);
    expect(ribosome?.polymerases).toBeGreaterThan(polymerases.value);
    expect(replication?.chromosomeCopied).toBe(0);
    expect(replication?.proteomeFold).toBeGreaterThan(1.1);
    for (const mutant of mutants) expect(mutant.drift).toBe(0);
  });

  test("a ledger notices one lost molecule", async () => {
    const one = await lived(5);
    one.state.pools[0] = (one.state.pools[0] ?? 0) - 1;
    one.state.values[one.model.ribosome.free] = (one.state.values[one.model.ribosome.free] ?? 0) + 1;
    const wrong = ledgersOf(one.model, one.state).filter(({ drift }) => drift !== 0);
    expect(wrong.map(({ name, drift }) => [name, drift])).toEqual([
      ["adenylate", -1],
      ["ribosome", 1],
    ]);
  });

  test("continues from a clone bit for bit, alone or among others", async () => {
    const whole = await lived(60);
    const first = await lived(25);
    const clone: Cell = { model: first.model, state: structuredClone(first.state) };
    await advanceMany([clone], 35, oracle);
    expect(clone.state).toEqual(whole.state);
    const { model } = whole;
    const several = [0, 1, 2].map((trajectory): Cell => ({ model, state: newbornCell(model, 1, trajectory) }));
    await advanceMany(several, 60, oracle);
    expect(several[0]?.state).toEqual(whole.state);
    expect(several[1]?.state.values).not.toEqual(whole.state.values);
  });

  test("a shortage of energy stalls machines, is told, and leaves no debt", async () => {
    const starved = await lived(300, { constants: { atpCapacity: 300 } });
    const fed = await lived(300);
    const [less, more] = [cellSummary(starved), cellSummary(fed)];
    expect(less.proteomeFold).toBeLessThan(more.proteomeFold - 0.05);
    expect(less.stalled).toBeGreaterThan(0.1);
    expect(less.milestones.map(({ what }) => what)).toContain("shortage");
    expect(less.drift).toBe(0);
    expect(starved.state.pools.every((count) => count >= 0)).toBe(true);
  });

  test("without an amino acid no protein that needs it is begun", async () => {
    const one = await lived(120, { withoutAminoAcids: "L" });
    const { proteomeFold, drift } = cellSummary(one);
    expect(proteomeFold).toBeLessThan(1.02);
    expect(drift).toBe(0);
  });

  test("tRNA charging closes too", async () => {
    const one = await lived(120, { charging: true });
    expect(one.state.charged.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
    expect(cellSummary(one)).toMatchObject({ drift: 0 });
  });

  test("a knocked-out gene makes nothing, one knocked down less, an inhibitor holds all back", async () => {
    const tuf = minimalCell.facts().genes.find(({ name }) => name === "tufA")?.id ?? "";
    const without = await lived(300, { knockOut: [tuf] });
    expect([transcripts(without, "tufA"), proteins(without, "tufA")]).toEqual([0, 400]);
    const less = await lived(900, { knockDown: new Map([[tuf, 0]]) });
    expect(proteins(less, "tufA")).toBeLessThan(proteins(await lived(900), "tufA"));
    expect(cellSummary(await lived(300, { inhibitRibosomes: 1 })).proteomeFold).toBeLessThan(1.03);
    expect(() => compileCell(minimalCell, { knockOut: ["nobody"] })).toThrow(/no gene "nobody"/);
  });

  test("a repressor holds its target down, an inducer takes it away", async () => {
    const [ldh = "", gap = ""] = ["ldh", "gapA"].map(
      (name) => minimalCell.facts().genes.find((gene) => gene.name === name)?.id,
    );
    const [rule] = toggleSwitch(gap, ldh);
    if (rule === undefined) throw new Error("no rule");
    expect(hillFactor(rule, 40)).toBeCloseTo(0.001 + 0.999 / 2, 12);
    expect(hillFactor({ ...rule, kind: "activator" }, 0)).toBe(0.001);
    const held = proteins(await lived(600, { regulation: [rule] }), "ldh");
    const induced = proteins(await lived(600, { regulation: [{ ...rule, induced: 1 }] }), "ldh");
    expect(held).toBeLessThan(induced);
    expect(repressilator("a", "b", "c").map(({ target, regulator }) => regulator + target)).toEqual(["ab", "bc", "ca"]);
  });

  test("a base that is changed changes the protein, a gene that is added is expressed", async () => {
    const record = minimalGenomeRecord();
    const [gene] = genomeOf(record).genes.filter(({ kind, strand }) => kind === "protein" && strand === 1);
    if (gene === undefined) throw new Error("no gene");
    const mutated = mutateBase(record, gene.spans[0].start + 3, "T");
    const stopped = mutateBase(mutateBase(mutated, gene.spans[0].start + 4, "A"), gene.spans[0].start + 5, "A");
    const faulty = genomeOf(stopped).genes.find(({ id }) => id === gene.id);
    expect(faulty?.protein).toBe("M");
    expect(faulty?.faults.join()).toContain("internal stop at codon 2");
    expect(() => mutateBase(record, -1, "A")).toThrow(/no base -1/);
    expect(() => mutateBase(record, 0, "U")).toThrow(/none of A, C, G and T/);
    const facts = minimalCell.facts();
    const tuf = facts.genes.find(({ name }) => name === "tufA");
    if (tuf === undefined) throw new Error("no tufA");
    const model = compileCell(minimalCell, {}, withGenes(facts, [{ ...tuf, id: "extra", name: "extra" }]));
    const one = { model, state: newbornCell(model, 1) };
    await advanceMany([one], 300, oracle);
    expect(proteins(one, "extra")).toBeGreaterThan(400);
    expect(cellSummary(one).drift).toBe(0);
    expect(() => withGenes(facts, [tuf])).toThrow(/already/);
  });

  test("bad calls are refused, an abort leaves the cell at a coupling", async () => {
    await expect(advanceMany([cell()], 0.5, oracle)).rejects.toThrow(/whole number of steps/);
    expect(() => newbornCell(compileCell(minimalCell), -1)).toThrow(/seed -1/);
    const one = cell();
    const stop = new AbortController();
    const run = advanceMany([one], 100, oracle, {
      dispatch: { signal: stop.signal },
      onStep: (time) => time === 3 && stop.abort(),
    });
    await expect(run).rejects.toThrow();
    expect(one.state.time).toBe(3);
    expect(cellSummary(one).drift).toBe(0);
  });

  test("a cell that reacts beyond its budget fails, its neighbour does not", async () => {
    const model = compileCell(syn3a);
    const wild = { model, state: newbornCell(model, 1) };
    const tame = cell();
    const outcomes = await advanceMany([wild, tame], 2, oracle, { mostEvents: 20 });
    expect(outcomes.map(({ status }) => status)).toEqual(["failed", "advanced"]);
    expect(tame.state.time).toBe(2);
  });
});
