import { readFileSync } from "node:fs";
import {
  advanceMany,
  type Cell,
  type CellModel,
  cellSummary,
  codingGenes,
  compileCell,
  type Dispatcher,
  genomeOf,
  insertGenes,
  minimalCell,
  minimalGenomeRecord,
  mutantOf,
  newbornCell,
  type Perturbations,
  parseFasta,
  type RegulationData,
  readRecord,
  readRegulation,
  type stochasticSimulation,
  syn3a,
  withRegulation,
} from "bioxen";
import { cpuSimd } from "bioxen/accelerators";
import { describe, expect, test } from "vitest";
import { managerOf } from "../support/manager.ts";

/** Runs everything by the workload's own oracle. */
const oracle = {
  run: async (workload: typeof stochasticSimulation, input: Parameters<typeof stochasticSimulation.size>[0]) => ({
    output: workload.reference?.(input),
  }),
} as unknown as Dispatcher;

const example = (name: string): RegulationData =>
  readRegulation(readFileSync(new URL(`../../examples/${name}.json`, import.meta.url), "utf8"), `${name}.json`);

/** JCVI-syn3A with a circuit, some proteins being there from the start. */
function withCircuit(data: RegulationData, atBirth: Record<string, number> = {}): CellModel {
  const genes = data.genes.map((gene) => ({ ...gene, proteinsAtBirth: atBirth[gene.id] ?? 0 }));
  const { genome, perturbations } = withRegulation(syn3a.facts(), {}, { ...data, genes });
  return compileCell(syn3a, perturbations, genome);
}

/** Proteins by gene and minute of some cells. */
async function counts(model: CellModel, runs: number, minutes: number, every = 10): Promise<number[][][]> {
  const cells = Array.from({ length: runs }, (_, run): Cell => ({ model, state: newbornCell(model, 1, run) }));
  await using manager = await managerOf([cpuSimd]);
  const courses = cells.map(() => model.genes.map((): number[] => []));
  for (let at = 0; at <= minutes; at += every) {
    for (const [run, { state }] of cells.entries())
      model.genes.forEach((_, gene) => {
        courses[run]?.[gene]?.push(state.values[model.at.proteins + gene] ?? Number.NaN);
      });
    const outcomes = await advanceMany(cells, every * 60, manager, { cellsPerDispatch: 4 });
    expect(outcomes.every(({ status }) => status === "advanced")).toBe(true);
  }
  for (const cell of cells) expect(cellSummary(cell).drift).toBe(0);
  return courses;
}

const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;

/** Correlation of two courses, the second this many places later. */
function correlation(a: readonly number[], b: readonly number[], lag: number): number {
  const [x, y] = [a.slice(0, a.length - lag), b.slice(lag)];
  const [mx, my] = [mean(x), mean(y)];
  const dot = (f: (at: number) => number): number => x.reduce((sum, _, at) => sum + f(at), 0);
  const of = (at: number): number => (x[at] ?? 0) - mx;
  const other = (at: number): number => (y[at] ?? 0) - my;
  return dot((at) => of(at) * other(at)) / Math.sqrt(dot((at) => of(at) ** 2) * dot((at) => other(at) ** 2));
}

describe("circuits with published parameters", () => {
  // at these numbers of molecules noise alone takes a cell out of the cI side in hours: two hours are a dozen half-lives
  test("the toggle switch stays on either side, and an inducer's pulse flips it for good", async () => {
    const data = example("toggle-switch");
    const [inducer] = data.inducers;
    if (inducer === undefined) throw new Error("no inducer");
    const still: RegulationData = { ...data, inducers: [{ ...inducer, amounts: [] }] };
    const lacHigh = ([lacI = [], cI = []]: number[][]): boolean[] => lacI.map((one, at) => one > (cI[at] ?? 0));
    for (const course of await counts(withCircuit(still, { lacI: 4000 }), 3, 120, 60))
      expect(lacHigh(course)).toEqual([true, true, true]);
    for (const course of await counts(withCircuit(still, { cI: 600 }), 3, 120, 60))
      expect(lacHigh(course)).toEqual([false, false, false]);
    // IPTG from minute 120 to 240
    for (const course of await counts(withCircuit(data, { lacI: 4000 }), 2, 360, 60)) {
      expect(lacHigh(course).slice(0, 3)).toEqual([true, true, true]);
      expect(lacHigh(course).slice(4)).toEqual([false, false, false]);
    }
  }, 120_000);

  test("the repressilator oscillates, its three proteins a third of a period apart", async () => {
    const courses = await counts(withCircuit(example("repressilator"), { lacI: 500 }), 3, 1000);
    const most = 24;
    /** Mean over the cells of the correlation of two genes' courses, by how many ten minutes the second is later. */
    const together = (first: number, second: number): number[] =>
      Array.from({ length: most }, (_, lag) =>
        mean(courses.map((course) => correlation(course[first] ?? [], course[second] ?? [], lag))),
      );
    const [lacI, tetR, cI] = [0, 1, 2] as const;
    const own = together(lacI, lacI);
    const trough = own.indexOf(Math.min(...own));
    const period = own.indexOf(Math.max(...own.slice(trough)));
    // Elowitz and Leibler 2000 saw 160 (+- 40) min
    expect(10 * period).toBeGreaterThanOrEqual(120);
    expect(10 * period).toBeLessThanOrEqual(200);
    expect(own[trough]).toBeLessThan(-0.2);
    expect(own[period]).toBeGreaterThan(0.2);
    // each rises when the one that represses its repressor is high: lacI, cI, tetR
    const phaseOf = (later: number): number => {
      const lags = together(lacI, later).slice(0, period);
      return lags.indexOf(Math.max(...lags)) / period;
    };
    expect(Math.abs(phaseOf(cI) - 1 / 3)).toBeLessThan(0.1);
    expect(Math.abs(phaseOf(tetR) - 2 / 3)).toBeLessThan(0.1);
  }, 120_000);

  test("several regulators of one promoter combine", async () => {
    const data = example("repressilator");
    const both = (combine: "all" | "any"): RegulationData => ({
      ...data,
      promoters: [
        {
          ...{ of: "cI", combine },
          regulators: ["lacI", "tetR"].map((gene) => ({ gene, kind: "activator", half: 40, hill: 2, leak: 0 })),
        },
      ],
    });
    const without = { ...data.genes[1], id: "tetR", residues: 207, transcriptsPerSecond: 0 };
    const made = async (combine: "all" | "any"): Promise<number> => {
      const genes = [data.genes[0], without, data.genes[2]] as RegulationData["genes"];
      const [run] = await counts(withCircuit({ ...both(combine), genes }), 1, 60, 60);
      return run?.[2]?.at(-1) ?? Number.NaN;
    };
    expect(await made("all")).toBe(0);
    expect(await made("any")).toBeGreaterThan(100);
  });
});

describe("a regulation file", () => {
  const minimal = { name: "x", sources: ["y"] };
  test.each([
    ["{", /x\.json: /],
    [JSON.stringify({ ...minimal, genes: [{ id: "a", residues: 0 }] }), /genes\.0\.residues/],
    [JSON.stringify({ ...minimal, promoters: [{ of: "a", regulators: [] }] }), /promoters\.0\.regulators/],
    [JSON.stringify({ ...minimal, colour: 1 }), /colour/],
    [JSON.stringify({ name: "x" }), /sources/],
    ["[]", /the file/],
  ])("%s is refused with its place", (text, message) => {
    expect(() => readRegulation(text, "x.json")).toThrow(message);
    expect(() => readRegulation(text, "x.json")).toThrow(expect.objectContaining({ code: "FORMAT_INVALID" }));
  });
  test("a gene that is nowhere is refused with its place, and so is an inducer that nothing answers to", () => {
    const data = readRegulation(JSON.stringify({ ...minimal, knockDown: { nobody: 0.5 } }));
    expect(() => withRegulation(minimalCell.facts(), {}, data, "x.json")).toThrow(
      /x\.json: knockDown\.nobody: no gene/,
    );
    const changes = [{ at: 0, inducers: new Map([["IPTG", 1]]) }];
    expect(() => compileCell(minimalCell, { changes })).toThrow(/nothing answers to an inducer "IPTG"/);
  });
  test("without a plasmid its genes go into the chromosome, where they are copied too", async () => {
    const data = readRegulation(
      JSON.stringify({ ...minimal, genes: [{ id: "gfp", residues: 238, transcriptsPerSecond: 0.05 }] }),
    );
    const { genome, perturbations } = withRegulation(minimalCell.facts(), {}, data);
    expect(genome.length - minimalCell.facts().length).toBe(3 * 239);
    const model = compileCell(minimalCell, perturbations, genome);
    const cell = { model, state: newbornCell(model, 1) };
    await advanceMany([cell], 300, oracle);
    const gene = model.genes.findIndex(({ id }) => id === "gfp");
    expect(cell.state.values[model.at.proteins + gene]).toBeGreaterThan(0);
    expect(cellSummary(cell).drift).toBe(0);
  });
});

async function lived(seconds: number, perturbations: Perturbations): Promise<Cell> {
  const model = compileCell(minimalCell, perturbations);
  const cell = { model, state: newbornCell(model, 1) };
  expect(await advanceMany([cell], seconds, oracle)).toEqual([{ status: "advanced" }]);
  return cell;
}
const value = ({ model, state }: Cell, block: keyof CellModel["at"], id: string): number =>
  state.values[model.at[block] + model.genes.findIndex((gene) => gene.id === id)] ?? Number.NaN;

describe("an operon", () => {
  const genes = ["MINI_0016", "MINI_0022", "MINI_0024"];
  const operons = [{ id: "abc", genes, transcription: 0.1 }];
  test("is one molecule of RNA, whose ledger closes", async () => {
    const one = await lived(300, { operons });
    const [first, ...others] = genes.map((id) => value(one, "transcripts", id));
    expect(first).toBeGreaterThan(0);
    expect(others).toEqual([first, first]);
    expect(one.model.units.find((unit) => unit.genes.length === 3)?.baseCounts.reduce((a, b) => a + b)).toBe(
      3 * (160 + 130 + 120 + 3),
    );
    expect(cellSummary(one).drift).toBe(0);
  });
  test.each([0, 1])("whose gene %i is new has no transcript at birth, for any of them", async (which) => {
    const members = ["MINI_0012", "MINI_0013"];
    const model = compileCell(minimalCell, {
      operons: [{ id: "o", genes: members }],
      expression: new Map([[members[which] ?? "", { proteinsAtBirth: 0 }]]),
    });
    const cell: Cell = { model, state: newbornCell(model, 1) };
    const transcripts = (): number[] =>
      members.map((id) => {
        const gene = model.genes.findIndex((one) => one.id === id);
        return cell.state.values[model.at.transcripts + gene] ?? Number.NaN;
      });
    expect(transcripts()).toEqual([0, 0]);
    expect(await advanceMany([cell], 300, oracle)).toEqual([{ status: "advanced" }]);
    const [first, second] = transcripts();
    expect(first).toBe(second);
    expect(cellSummary(cell).drift).toBe(0);
  });

  test("a knock-out of one gene leaves the others, a knock-down takes all", async () => {
    const out = await lived(300, { operons, knockOut: ["MINI_0016"] });
    expect(value(out, "transcripts", "MINI_0016")).toBe(0);
    expect(value(out, "transcripts", "MINI_0022")).toBeGreaterThan(0);
    expect(value(out, "transcripts", "MINI_0024")).toBe(value(out, "transcripts", "MINI_0022"));
    const down = await lived(600, { operons, knockDown: new Map([["MINI_0024", 0]]) });
    expect(genes.map((id) => value(down, "transcribing", id))).toEqual([0, 0, 0]);
    expect(cellSummary(down).drift).toBe(0);
  });
  test("that cannot be is refused", () => {
    const of = (...names: string[]) => compileCell(minimalCell, { operons: [{ id: "x", genes: names }] });
    expect(() => of("MINI_0001", "MINI_0001")).toThrow(/in an operon already/);
    expect(() => of("MINI_0001", "MINI_R1")).toThrow(/genes of proteins and of stable RNA/);
    expect(() => of()).toThrow(/has no gene/);
  });
});

describe("mutations", () => {
  const record = minimalGenomeRecord();
  const gene = genomeOf(record).genes.find(({ kind, strand }) => kind === "protein" && strand === 1);
  if (gene === undefined) throw new Error("no gene");
  const [{ start }] = gene.spans;
  const at = (offset: number, bases: string) => [...bases].map((base, n) => ({ position: start + offset + n, base }));

  test("a nonsense codon ends the protein, a lost start leaves an untranslated transcript", async () => {
    const nonsense = mutantOf(record, at(30, "TAA"));
    expect(nonsense.effects).toEqual([`${gene.id}: nonsense: the protein ends after 10 of 300 residues`]);
    const { facts, effects } = readRecord(record, minimalCell, { mutations: at(0, "CCC") });
    expect(effects).toEqual([`${gene.id}: start codon lost: no protein`]);
    const model = compileCell(minimalCell, {}, facts);
    const cell = { model, state: newbornCell(model, 1) };
    await advanceMany([cell], 900, oracle);
    expect(value(cell, "proteins", gene.id)).toBe(0);
    expect(value(cell, "translating", gene.id)).toBe(0);
    expect(cellSummary(cell).drift).toBe(0);
  });
  test("a residue that changes is told, a silent change too, and one between genes", () => {
    const [effect] = mutantOf(record, at(3, "TGG")).effects;
    expect(effect).toMatch(/residue 2 of 300: [A-Z] becomes W/);
    const wild = record.sequence.slice(start + 3, start + 6);
    expect(mutantOf(record, at(3, wild)).effects).toEqual(["no gene was hit, or none changed"]);
  });
});

describe("what comes from elsewhere", () => {
  const fasta = (text: string) => parseFasta(new TextEncoder().encode(text), { file: "g.fa" });
  test("a coding sequence goes into the chromosome and moves what lies behind it", () => {
    const genes = codingGenes(fasta(">new one\nATGAAATGGTAA\n"), "g.fa");
    expect(genes).toMatchObject([{ id: "new", baseCounts: [6, 0, 3, 3] }]);
    const facts = minimalCell.facts();
    const longer = insertGenes(facts, genes, 0);
    expect(longer.length).toBe(facts.length + 12);
    expect(longer.genes.find(({ id }) => id === "MINI_0001")?.start).toBe((facts.genes[0]?.start ?? 0) + 12);
    expect(() => insertGenes(facts, genes, (facts.genes[0]?.start ?? 0) + 1)).toThrow(/lies in gene MINI_0001/);
    expect(() => insertGenes(facts, genes, -1)).toThrow(/no position -1/);
    expect(() => codingGenes(fasta(">bad\nATGAAATGG\n"), "g.fa")).toThrow(/no stop codon/);
  });

  test("a plasmid copies itself as the cell grows, out of the same pools", async () => {
    const genes = codingGenes(fasta(`>gfp\nATG${"GCTAAACTG".repeat(30)}TAA\n`), "g.fa");
    const facts = { id: "p", length: 900, circular: true, baseCounts: [225, 225, 225, 225], genes };
    const one = await lived(900, { plasmids: [{ facts, copies: 12 }] });
    const { plasmids, drift, volumeFold } = cellSummary(one);
    const copies = plasmids[0]?.copies;
    expect(copies).toBeGreaterThan(12);
    expect(copies).toBeLessThanOrEqual(12 * volumeFold);
    expect(value(one, "genes", "gfp")).toBe(copies);
    expect(value(one, "proteins", "gfp")).toBeGreaterThan(0);
    expect(drift).toBe(0);
    expect(() => compileCell(minimalCell, { plasmids: [{ facts, copies: 0 }] })).toThrow(/0 is no number of copies/);
  });
});

test("the medium changes on the way, and the cell's events say so", async () => {
  const changes = [
    { at: 60, withoutAminoAcids: "L" },
    { at: 300, withoutAminoAcids: "", inhibitRibosomes: 1 },
    { at: 400, atp: 0 },
  ];
  const one = await lived(600, { changes, knockOut: ["MINI_0016"] });
  const told = one.state.events.filter(({ detail }) => detail !== undefined);
  expect(told.map(({ time, what, detail }) => [time, what, detail])).toEqual([
    [0, "perturbed", "knock-out of MINI_0016"],
    [60, "changed", "without=L"],
    [300, "changed", "without=, inhibit-ribosomes=1"],
    [400, "changed", "atp=0"],
  ]);
  const fed = await lived(600, { knockOut: ["MINI_0016"] });
  expect(cellSummary(one).proteomeFold).toBeLessThan(cellSummary(fed).proteomeFold - 0.05);
  expect(cellSummary(one).drift).toBe(0);
  // no ATP is made any more, nothing is owed
  expect(one.state.pools.every((count) => count >= 0)).toBe(true);
  expect(() => compileCell(minimalCell, { changes: [{ at: -1, atp: 1 }] })).toThrow(/before birth/);
});

test("the minimal cell doubles in its cycle of 40 minutes, on average", async () => {
  const model = compileCell(minimalCell);
  const cells = Array.from({ length: 16 }, (_, run): Cell => ({ model, state: newbornCell(model, 1, run) }));
  await using manager = await managerOf([cpuSimd]);
  await advanceMany(cells, minimalCell.constants.doublingTime.value, manager, { cellsPerDispatch: 8 });
  const runs = cells.map(cellSummary);
  // 0.14 from cell to cell: a mean of 16 is within 0.1 of what is meant
  expect(Math.abs(mean(runs.map(({ proteomeFold }) => proteomeFold)) - 2)).toBeLessThan(0.1);
  expect(runs.every(({ drift }) => drift === 0)).toBe(true);
}, 60_000);
