import {
  advanceMany,
  type Biology,
  type Bytes,
  biologyOf,
  type Cell,
  compileCell,
  type Dispatcher,
  eColiCore,
  ecoli,
  fluxBalance,
  genomeOf,
  type LivingCell,
  LuaProcesses,
  ledgersOf,
  minimalCell,
  minimalGenomeRecord,
  motifScan,
  newbornCell,
  oneAtATime,
  type PlainTable,
  sequenceAlignment,
  stochasticSimulation,
  type Used,
} from "bioxen";
import { afterAll, beforeEach, describe, expect, test } from "vitest";

/** Every workload by its own oracle. */
const oracle = {
  run: async (workload: { id: string; reference: ((input: unknown) => unknown) | null }, input: unknown) => ({
    output: workload.reference?.(input),
    device: { id: "reference:0", name: "the oracle" },
    measured: { seconds: 0.001 },
  }),
  explain: () => ({ candidates: [], rejected: [], reason: "" }),
} as unknown as Dispatcher;

const limits = { instructions: 1e7, memory: (2 ** 24) as Bytes, deadline: 60 };
const processes = new LuaProcesses();
const state = processes.state("one");
afterAll(() => processes[Symbol.asyncDispose]());

let cell: Cell;
let biology: Biology;
let noted: { consumed?: Partial<Used>; produced?: Readonly<Record<string, number>> }[] = [];

function living(of: Partial<LivingCell> = {}): LivingCell {
  const exclusive = oneAtATime();
  noted = [];
  return {
    ...{ vmId: "one", cell, dispatcher: oracle, metabolism: eColiCore(), genome: genomeOf(minimalGenomeRecord()) },
    exclusive,
    advance: (seconds, signal) =>
      exclusive(async () => {
        const before = { ...cell.state.tally };
        await advanceMany([cell], seconds, oracle, signal === undefined ? {} : { dispatch: { signal } });
        const { tally } = cell.state;
        const aminoAcids = tally.residuesStarted - before.residuesStarted;
        return {
          ...{ atp: tally.atpSpent - before.atpSpent, gtp: 2 * aminoAcids, nucleotides: 0, aminoAcids },
          ...{ ribosomeSeconds: tally.ribosomeSeconds - before.ribosomeSeconds, polymeraseSeconds: 0 },
        };
      }),
    knockOut: (ids) =>
      exclusive(() => {
        for (const id of ids)
          cell.state.values[cell.model.at.genes + cell.model.genes.findIndex((gene) => gene.id === id)] = 0;
      }),
    note: (entry) => noted.push(entry),
    ...of,
  };
}

beforeEach(() => {
  const model = compileCell(minimalCell);
  cell = { model, state: newbornCell(model, 1) };
  biology = biologyOf(living());
});

const run = async (code: string, of: Biology = biology): Promise<PlainTable> =>
  (await state.run(code, of, limits)).value as PlainTable;
const gene = (name: string): number => cell.model.genes.findIndex((one) => one.name === name);
const sum = (list: readonly number[]): number => list.reduce((total, one) => total + one, 0);
const drift = (): number => Math.max(...ledgersOf(cell.model, cell.state).map((one) => Math.abs(one.drift)));
const pools = (): number[] => Array.from(cell.state.pools);

describe("transcribe_gene", () => {
  test("makes transcripts and takes their nucleotides; every ledger closes", async () => {
    const { model } = cell;
    const [before, transcripts] = [pools(), cell.state.values[model.at.transcripts + gene("dnaA")] ?? 0];
    const answer = await run('transcribe_gene("dnaA", 3)');
    const counts = model.genes[gene("dnaA")]?.baseCounts ?? [];
    expect(answer).toMatchObject({ ran: "transcribe_gene", gene: "MINI_0001", produced: { transcripts: 3 } });
    expect(cell.state.values[model.at.transcripts + gene("dnaA")]).toBe(transcripts + 3);
    // A, C, G, U are built in from ATP, CTP, GTP, UTP
    for (const [base, triphosphate] of [0, 3, 6, 9].entries())
      expect((before[triphosphate] ?? 0) - (cell.state.pools[triphosphate] ?? 0)).toBe(3 * (counts[base] ?? 0));
    expect(answer["consumed"]).toEqual({
      ...{ atp: 3 * (counts[0] ?? 0), gtp: 3 * (counts[2] ?? 0), nucleotides: 3 * sum(counts) },
      polymerase_seconds: (3 * sum(counts)) / model.constants.polymeraseSpeed,
    });
    expect(noted).toMatchObject([{ consumed: { nucleotides: 3 * sum(counts) }, produced: { transcripts: 3 } }]);
    expect([drift(), cell.state.tally.drift]).toEqual([0, 0]);
  });

  test("makes one by default, and all of an operon", async () => {
    const model = compileCell(minimalCell, { operons: [{ id: "two", genes: ["MINI_0001", "MINI_0002"] }] });
    cell = { model, state: newbornCell(model, 1) };
    const before = [0, 1].map((at) => cell.state.values[model.at.transcripts + at] ?? 0);
    await run('transcribe_gene("MINI_0002")', biologyOf(living()));
    expect([0, 1].map((at) => cell.state.values[model.at.transcripts + at])).toEqual(before.map((one) => one + 1));
    expect(drift()).toBe(0);
  });

  test.each([
    ["nucleotides", 'transcribe_gene("dnaA", 30)', /take \d+ ATP: the cell has/],
    ["time of its polymerases", 'transcribe_gene("dnaA", 1000)', /RNA polymerase-seconds: of the \d+ that idle ones/],
  ])("is refused where the cell lacks %s, and nothing has changed", async (_what, code, message) => {
    const before = structuredClone(cell.state);
    await expect(run(code)).rejects.toMatchObject({
      code: "RESOURCE_EXHAUSTION",
      id: "BX009",
      retry: "later",
      message,
    });
    expect(cell.state).toEqual(before);
    expect(noted).toEqual([]);
  });

  test("machine time is lent once: what was taken in a minute of the cell is gone in it", async () => {
    await expect(run("for i = 1, 1e6 do transcribe_gene('MINI_T01', 1) end")).rejects.toMatchObject({
      code: "RESOURCE_EXHAUSTION",
    });
    const taken = cell.state.lent?.polymerases ?? 0;
    expect(taken).toBeGreaterThan(0);
    await run("advance(60)");
    await run("transcribe_gene('MINI_T01', 1)");
    expect(cell.state.lent?.polymerases).toBeLessThan(taken);
  });

  test.each([
    ['transcribe_gene("nope")', /has no gene "nope"/],
    ["transcribe_gene(5)", /gene is a text, not 5/],
    ['transcribe_gene("dnaA", 0)', /whole number from 1/],
    ['transcribe_gene("dnaA", 1.5)', /whole number from 1/],
    ['transcribe_gene("dnaA", 1, 2)', /takes 2 arguments at most/],
    ['knock_out("dnaA") transcribe_gene("dnaA")', /no copy of gene MINI_0001 left/],
  ])("%s is refused", async (code, message) => {
    await expect(run(code)).rejects.toMatchObject({ code: "INPUT_INVALID", message });
  });
});

describe("translate", () => {
  test("makes proteins and takes amino acids, one ATP and two GTP a residue; every ledger closes", async () => {
    const { model } = cell;
    await run('transcribe_gene("ndk", 1)');
    const before = pools();
    const proteins = cell.state.values[model.at.proteins + gene("ndk")] ?? 0;
    const answer = await run('translate("ndk", 5)');
    const counts = model.genes[gene("ndk")]?.aminoAcidCounts ?? [];
    const residues = 5 * sum(counts);
    expect(cell.state.values[model.at.proteins + gene("ndk")]).toBe(proteins + 5);
    for (const [amino, count] of counts.entries())
      expect((before[16 + amino] ?? 0) - (cell.state.pools[16 + amino] ?? 0)).toBe(5 * count);
    expect(answer["consumed"]).toEqual({
      ...{ atp: residues, gtp: 2 * residues, amino_acids: residues },
      ribosome_seconds: residues / model.constants.ribosomeSpeed,
    });
    expect(cell.state.tally.residuesStarted).toBe(residues);
    expect(drift()).toBe(0);
  });

  test("takes charged tRNA where that is followed", async () => {
    const model = compileCell(minimalCell, { charging: true });
    cell = { model, state: newbornCell(model, 1) };
    const charged = sum(Array.from(cell.state.charged));
    const atp = cell.state.pools[0];
    await run('transcribe_gene("ndk", 1) translate("ndk", 2)', biologyOf(living()));
    expect(charged - sum(Array.from(cell.state.charged))).toBe(2 * (model.rates[gene("ndk")]?.residues ?? 0));
    expect((atp ?? 0) - (cell.state.pools[0] ?? 0)).toBe(model.genes[gene("ndk")]?.baseCounts[0]);
    expect(drift()).toBe(0);
    await expect(run('translate("ndk", 50)', biologyOf(living()))).rejects.toMatchObject({
      message: /charged tRNA of/,
    });
  });

  test("is refused without a transcript, for RNA genes, and where the cell cannot pay", async () => {
    cell.state.values[cell.model.at.transcripts + gene("adk")] = 0;
    await expect(run('translate("adk")')).rejects.toMatchObject({
      code: "RESOURCE_EXHAUSTION",
      message: /no transcript/,
    });
    await expect(run('translate("MINI_T01")')).rejects.toMatchObject({ code: "INPUT_INVALID" });
    await run('transcribe_gene("adk")');
    const before = structuredClone(cell.state);
    await expect(run('translate("adk", 500)')).rejects.toMatchObject({ code: "RESOURCE_EXHAUSTION" });
    expect(cell.state).toEqual(before);
  });
});

describe("advance and status", () => {
  test("the cell lives on, processes one after the other, and says what it used", async () => {
    const both = await Promise.all([run("advance(20)"), run("advance(10)")]);
    expect(both.map(({ time }) => time).sort()).toEqual([20, 30]);
    expect(cell.state.time).toBe(30);
    const consumed = both[0]?.["consumed"] as Record<string, number>;
    expect(consumed["gtp"]).toBe(2 * (consumed["amino_acids"] ?? Number.NaN));
    const seconds = both.map((one) => Number((one["consumed"] as Record<string, number>)["ribosome_seconds"]));
    expect(sum(seconds)).toBe(cell.state.tally.ribosomeSeconds);
    expect(await run("status")).toMatchObject({ time: 30, organism: "minimal_cell", divisions: 0, drift: 0 });
    for (const bad of ["advance()", "advance(0)", "advance(1.5)", "advance(1e9)"])
      await expect(run(bad)).rejects.toMatchObject({ code: "INPUT_INVALID" });
  });

  test("molecules that processes made are life's own from then on", async () => {
    await run('transcribe_gene("gapA", 5) translate("gapA", 3) advance(30)');
    expect([drift(), cell.state.tally.drift]).toEqual([0, 0]);
  });

  test("a cell of proteome sectors has its sectors for genes", async () => {
    const model = compileCell(ecoli);
    cell = { model, state: newbornCell(model, 1) };
    const of = biologyOf(living({ genome: null }));
    expect(await run('transcribe_gene("M", 10)', of)).toMatchObject({ produced: { transcripts: 10 } });
    expect(await run('translate("M", 10)', of)).toMatchObject({ produced: { proteins: 10, residues: 3170 } });
    expect(drift()).toBe(0);
    await expect(run('align("M")', of)).rejects.toMatchObject({ message: /without sequences/ });
  });
});

describe("metabolism", () => {
  test("growth by nutrients agrees with the model's published optima, and says where it was computed", async () => {
    const aerobic = await run("run_metabolic_network{glucose=10}");
    expect(aerobic["growth"]).toBeCloseTo(0.8739, 4);
    expect(aerobic["devices"]).toMatchObject([{ workload: fluxBalance.id, device: "reference:0", runs: 1 }]);
    expect((aerobic["taken_up"] as PlainTable)["EX_glc__D_e"]).toBeCloseTo(10, 6);
    expect((await run("run_metabolic_network"))["growth"]).toBeCloseTo(0.8739, 4);
    expect((await run("run_metabolic_network{glucose=10, oxygen=0}"))["growth"]).toBeCloseTo(0.2117, 4);
    expect((await run("run_metabolic_network{EX_glc__D_e=5}"))["growth"]).toBeCloseTo(0.4156, 4);
    expect((await run("run_metabolic_network{glucose=0}"))["status"]).toBe("infeasible");
    await expect(run("run_metabolic_network{unobtainium=1}")).rejects.toMatchObject({ code: "INPUT_INVALID" });
    await expect(run("run_metabolic_network{glucose=-1}")).rejects.toMatchObject({ code: "INPUT_INVALID" });
    await expect(run("run_metabolic_network{glucose='x'}")).rejects.toMatchObject({ code: "INPUT_INVALID" });
  });

  test("the minimal metabolism, essential genes and knock-outs", async () => {
    const minimal = await run("minimal_metabolism_analysis()");
    expect(minimal["growth"]).toBeCloseTo(0.8739, 4);
    expect(minimal["total_flux"]).toBeCloseTo(518.4221, 3);
    expect(minimal["essential_reactions"]).toEqual(expect.arrayContaining(["GAPD", "ENO", "EX_glc__D_e"]));
    expect(minimal["essential_reactions"]).not.toContain("PGI");
    const { genes, of } = await run("essential_genes()");
    expect(of).toBe(137);
    expect([...(genes as string[])].sort()).toEqual(["b0720", "b1136", "b1779", "b2415", "b2416", "b2779", "b2926"]);
    const without = await run('knock_out("b0720")');
    expect(without).toMatchObject({ essential: true, taken_out: false });
    expect(without["growth_without"]).toBeCloseTo(0, 6);
    const taken = await run('knock_out("dnaA")');
    expect(taken).toMatchObject({ taken_out: true, gene: "MINI_0001" });
    expect(cell.state.values[cell.model.at.genes + gene("dnaA")]).toBe(0);
    await run('knock_out("ftsZ", {predict_only=true})');
    expect(cell.state.values[cell.model.at.genes + gene("ftsZ")]).toBe(1);
    await expect(run('knock_out("none")')).rejects.toMatchObject({ code: "INPUT_INVALID" });
    const without2 = biologyOf(living({ metabolism: null }));
    await expect(run("essential_genes()", without2)).rejects.toMatchObject({ message: /has no metabolic model/ });
  });
});

describe("sequences", () => {
  test("align compares genes, texts and the genome", async () => {
    const own = await run('align("dnaA")');
    expect(own).toMatchObject({ kind: "protein", compared: 32 });
    expect((own["hits"] as PlainTable[])[0]).toMatchObject({ target: "MINI_0001", length: 150 });
    expect(await run('align("ACGTACGTAC", "TTACGTACGTACTT")')).toMatchObject({ kind: "dna", score: 20 });
    expect((await run('align("MKVLAW", "MKVLAW")'))["devices"]).toMatchObject([{ workload: sequenceAlignment.id }]);
    await expect(run('align("MKVL", "ACGT")')).rejects.toMatchObject({ code: "INPUT_INVALID" });
    await expect(run('align("12")')).rejects.toMatchObject({ message: /neither a gene nor a sequence/ });
  });

  test("find_motifs finds a consensus on both strands, where it stands", async () => {
    const found = await run('find_motifs("TATAAT")');
    const { sequence } = minimalGenomeRecord();
    const places = (word: string): number[] =>
      [...sequence.matchAll(new RegExp(`(?=${word})`, "g"))].map((one) => one.index);
    const expected = [...places("TATAAT").map((at) => [at, 1]), ...places("ATTATA").map((at) => [at, -1])];
    const hits = (found["hits"] as { position: number; strand: number }[]).map(({ position, strand }) => [
      position,
      strand,
    ]);
    const sorted = (list: readonly (readonly (number | undefined)[])[]) =>
      [...list].sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
    expect(expected.length).toBeGreaterThan(3);
    for (const one of expected) expect(hits).toContainEqual(one);
    expect(sorted(hits.filter((one) => expected.some((other) => other[0] === one[0])))).toEqual(sorted(expected));
    expect(found["devices"]).toMatchObject([{ workload: motifScan.id }]);
    expect((await run('find_motifs{motif="TTGACN", p_value=0.001}'))["count"]).toBeGreaterThan(0);
    await expect(run('find_motifs("TAXA")')).rejects.toMatchObject({ message: /X is no IUPAC letter/ });
    await expect(run('find_motifs{motif="TATA", p=1}')).rejects.toMatchObject({ message: /not "p"/ });
  });
});

test("the oracle of these tests knows the workloads of a cell", () => {
  for (const workload of [stochasticSimulation, fluxBalance, motifScan, sequenceAlignment])
    expect(workload.reference).not.toBeNull();
});
