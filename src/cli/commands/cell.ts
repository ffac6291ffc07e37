import { readFile } from "node:fs/promises";
import { Command, InvalidArgumentError, Option } from "commander";
import {
  type AnyOrganism,
  advanceMany,
  atomicWriteFile,
  BioXenError,
  type Cell,
  type CellModel,
  type CellSummary,
  cellSummary,
  compileCell,
  type Dispatcher,
  type GenomeReading,
  lineChart,
  newbornCell,
  organisms,
  type Perturbations,
  pictureFile,
  readGenome,
  stochasticSimulation,
} from "../../index.ts";
import { mediumOf, sectorsText } from "../cell-sectors.ts";
import { positive, positiveInteger } from "../options.ts";
import { progress } from "../progress.ts";
import { openSession } from "../session.ts";
import { table } from "../table.ts";

interface Flags {
  readonly organism: string;
  readonly minutes: number;
  readonly runs: number;
  readonly seed: number;
  readonly charging?: boolean;
  readonly replication: boolean;
  readonly division: boolean;
  readonly medium?: string;
  readonly growthMedium?: number;
  readonly knockOut?: readonly string[];
  readonly knockDown?: ReadonlyMap<string, number>;
  readonly without?: string;
  readonly atp: number;
  readonly inhibitRibosomes?: number;
  readonly inhibitPolymerases?: number;
  readonly table?: number;
  readonly device?: string;
  readonly threads?: number;
  readonly plot?: string;
  readonly json?: boolean;
}

/** A moment of one run, for plots. */
interface Moment {
  readonly minutes: number;
  readonly proteome: number;
  readonly transcripts: number;
  readonly atp: number;
}

/** Simulated seconds between two moments. */
const momentSeconds = 60;
/** See `AdvanceOptions.cellsPerDispatch`: the fastest found on a CPU. */
const cellsPerDispatch = 4;

export function command(): Command {
  return new Command("cell")
    .description("simulate a cell: its genes' expression, replication and growth, molecule by molecule")
    .argument("[genome]", "GenBank, or GFF3 with its ##FASTA (default: the organism's own genes)")
    .addOption(
      new Option("--organism <id>", "whose parameters").choices(organisms.map(({ id }) => id)).default("minimal_cell"),
    )
    .option("--minutes <m>", "how long", positive, 40)
    .option("--runs <n>", "how many cells", positiveInteger, 1)
    .option("--seed <n>", "of all random numbers", positiveInteger, 1)
    .option("--charging", "follow each tRNA from free to charged and back")
    .option("--no-replication", "leave the chromosome as it is")
    .option("--no-division", "a cell that may divide stays whole (default: one daughter is followed)")
    .option("--medium <id>", "of ecoli or yeast: a medium by name, e.g. acetate, glucose, rich, ypd")
    .option("--growth-medium <quality>", "of ecoli or yeast: amino acids an hour to a residue of enzymes", positive)
    .option("--knock-out <id,..>", "take genes out", (text) => text.split(","))
    .option("--knock-down <id=share,..>", "leave genes a share of their promoter's rate", shares)
    .option("--without <letters>", "amino acids that the medium lacks, e.g. KW")
    .option("--atp <share>", "of what metabolism can make", positive, 1)
    .option("--inhibit-ribosomes <share>", "that are blocked, 0 to 1", share)
    .option("--inhibit-polymerases <share>", "that are blocked, 0 to 1", share)
    .option("--table <n>", "read every gene of the genome file with this NCBI translation table", positiveInteger)
    .option("--device <id>", "run on this accelerator or device only, e.g. cpu-simd")
    .option("--threads <n>", "threads a CPU device may use (default: all cores)", positiveInteger)
    .option("--plot <file>", "draw proteome, transcripts and ATP over time into a self-contained .svg or .html")
    .option("--json", "answer as one JSON object")
    .addHelpText(
      "after",
      `
Examples:
  $ bioxen cell                                                  the embedded minimal cell, 40 minutes
  $ bioxen cell --organism syn3a --minutes 105 --json            one cell cycle of JCVI-syn3A
  $ bioxen cell --organism syn3a --minutes 105 --atp 0.5         the same on half of the energy
  $ bioxen cell --organism ecoli --medium rich --minutes 60      by proteome sector, past two divisions
  $ bioxen cell CP016816.2.gb --organism syn3a --knock-out JCVISYN3A_0001 --plot cell.svg`,
    )
    .action(run);
}

async function run(path: string | undefined, flags: Flags): Promise<void> {
  if (flags.plot !== undefined && pictureFile(flags.plot, "", "") === null)
    throw new BioXenError("INPUT_INVALID", `${flags.plot}: a plot is an .svg or .html file`);
  const started = cpuSeconds();
  const organism = organisms.find(({ id }) => id === flags.organism);
  if (organism === undefined) throw new BioXenError("INPUT_INVALID", `${flags.organism} is no known organism`);
  const reading = path === undefined ? null : await genomeOf(path, organism, flags);
  const model = compileCell(organism, perturbationsOf(organism, flags), reading?.facts ?? organism.facts());
  const compiled = cpuSeconds();
  await using session = await openSession(stochasticSimulation, flags.device);
  using shown = progress();
  const devices = new Map<string, string>();
  const options = {
    signal: session.signal,
    ...(flags.threads === undefined ? {} : { threads: flags.threads }),
  };
  // one device for all steps: choosing takes longer than a step
  let device = flags.device;
  const dispatcher: Dispatcher = {
    explain: (workload, input, asked) => session.manager.explain(workload, input, asked),
    run: async (workload, input, asked) => {
      const done = await session.manager.run(workload, input, {
        ...asked,
        ...(device === undefined ? {} : { device }),
      });
      device = done.device.id;
      devices.set(done.device.id, done.device.name);
      return done;
    },
  };
  const cells = Array.from(
    { length: flags.runs },
    (_, run): Cell => ({ model, state: newbornCell(model, flags.seed, run) }),
  );
  const begun = { cpu: cpuSeconds(), wall: performance.now() };
  const moments = cells.map((cell) => [momentOf(cell)]);
  const seconds = Math.round(flags.minutes * 60);
  for (let at = 0; at < seconds; at += momentSeconds) {
    const outcomes = await advanceMany(cells, Math.min(momentSeconds, seconds - at), dispatcher, {
      dispatch: options,
      cellsPerDispatch,
      division: flags.division,
    });
    for (const outcome of outcomes) if (outcome.status === "failed") throw outcome.error;
    for (const [run, cell] of cells.entries()) moments[run]?.push(momentOf(cell));
    shown.update(Math.min(1, (at + momentSeconds) / seconds), `${Math.round((at + momentSeconds) / 60)} min`);
  }
  const runs = cells.map(cellSummary);
  const measured = {
    seconds: (performance.now() - begun.wall) / 1000,
    cpuSeconds: cpuSeconds() - begun.cpu,
    compileCpuSeconds: compiled - started,
  };
  if (flags.plot !== undefined) await draw(flags.plot, model, moments);
  const answer = answerOf(model, reading, flags, runs, measured, devices);
  process.stdout.write(flags.json === true ? `${JSON.stringify(answer)}\n` : print(model, runs, measured, devices));
}

async function genomeOf(path: string, organism: AnyOrganism, { table }: Flags): Promise<GenomeReading> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new BioXenError("FORMAT_INVALID", `cannot read ${path}: ${cause.code ?? cause.message}`, {
      context: { file: path },
      cause,
    });
  });
  return readGenome(bytes, path, organism, table === undefined ? {} : { table });
}

function perturbationsOf(organism: AnyOrganism, flags: Flags): Perturbations {
  const { constants } = organism;
  const { knockOut, knockDown, inhibitRibosomes, inhibitPolymerases, without } = flags;
  return {
    replication: flags.replication,
    charging: flags.charging === true,
    constants: { atpCapacity: constants.atpCapacity.value * flags.atp, ...mediumOf(organism, flags) },
    ...(knockOut === undefined ? {} : { knockOut }),
    ...(knockDown === undefined ? {} : { knockDown }),
    ...(without === undefined ? {} : { withoutAminoAcids: without }),
    ...(inhibitRibosomes === undefined ? {} : { inhibitRibosomes }),
    ...(inhibitPolymerases === undefined ? {} : { inhibitPolymerases }),
  };
}

function momentOf({ model, state }: Cell): Moment {
  const { proteomeFold } = cellSummary({ model, state });
  const { at, genes } = model;
  let transcripts = 0;
  genes.forEach(({ kind }, gene) => {
    if (kind === "protein") transcripts += state.values[at.transcripts + gene] ?? 0;
  });
  return { minutes: state.time / 60, proteome: proteomeFold, transcripts, atp: state.pools[0] ?? 0 };
}

type Measured = { readonly seconds: number; readonly cpuSeconds: number; readonly compileCpuSeconds: number };

function answerOf(
  { organism, network, genome }: CellModel,
  reading: GenomeReading | null,
  { seed, minutes }: Flags,
  runs: readonly CellSummary[],
  measured: Measured,
  devices: ReadonlyMap<string, string>,
): object {
  const [first] = runs;
  const mean = (of: (run: CellSummary) => number): number => runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
  return {
    organism: organism.id,
    genome: { id: genome.id, bases: genome.length },
    ...{ seed, minutes },
    genes: genome.genes.length,
    reactions: network.reactions.length,
    events: runs.reduce((sum, { events }) => sum + events, 0),
    proteomeFold: mean(({ proteomeFold }) => proteomeFold),
    proteinsFold: mean(({ proteinsFold }) => proteinsFold),
    mrnaPerGene: mean(({ mrnaPerGene }) => mrnaPerGene),
    meanMrnaHalfLifeSeconds: first?.meanMrnaHalfLifeSeconds ?? null,
    volumeFold: mean(({ volumeFold }) => volumeFold),
    residuesPerRibosomeSecond: mean(({ residuesPerRibosomeSecond }) => residuesPerRibosomeSecond),
    stalled: mean(({ stalled }) => stalled),
    divisions: mean(({ divisions }) => divisions),
    drift: Math.max(...runs.map(({ drift }) => drift)),
    // of the first cell; those of the others are with their runs
    ledgers: first?.ledgers ?? [],
    faults: reading?.faults ?? [],
    runs,
    measured,
    devices: [...devices].map(([id, name]) => ({ id, name })),
  };
}

function print(
  model: CellModel,
  runs: readonly CellSummary[],
  measured: Measured,
  devices: ReadonlyMap<string, string>,
): string {
  const rows = runs
    .slice(0, 20)
    .map((run, at) => [
      String(at + 1),
      ...[run.proteomeFold, run.volumeFold].map((fold) => fold.toFixed(3)),
      ...[run.mrnaPerGene.toFixed(3), run.residuesPerRibosomeSecond.toFixed(2), `${(100 * run.stalled).toFixed(1)} %`],
      ...[String(run.milestones.length), String(run.drift)],
    ]);
  const titles = [
    "Cell",
    "Proteome, fold",
    "Volume, fold",
    "mRNA/gene",
    "aa/ribosome/s",
    "Stalled",
    "Milestones",
    "Drift",
  ];
  const { genome, organism, network } = model;
  return (
    `${organism.name}: ${genome.genes.length} ${model.sectors === undefined ? "genes" : "sectors"} of ${genome.id}, ${network.reactions.length} reactions, ${runs[0]?.seconds ?? 0} s\n` +
    table(
      titles.map((title) => ({ title, share: 12, right: true })),
      rows,
    ) +
    sectorsText(runs[0]) +
    `on ${[...devices.keys()].join(", ")} in ${measured.seconds.toFixed(2)} s (${measured.cpuSeconds.toFixed(2)} s of CPU)\n`
  );
}

async function draw(path: string, { organism }: CellModel, moments: readonly (readonly Moment[])[]): Promise<void> {
  const lines = moments.slice(0, 20).flatMap((run, at) => {
    const x = run.map(({ minutes }) => minutes);
    const name = (what: string): string => (moments.length === 1 ? what : `${what} ${at + 1}`);
    return [
      { name: name("proteome"), x, y: run.map(({ proteome }) => proteome) },
      { name: name("transcripts"), x, y: run.map(({ transcripts }) => transcripts), right: true },
      { name: name("ATP"), x, y: run.map(({ atp }) => atp), right: true },
    ];
  });
  const svg = await lineChart(organism.name, { x: "min", y: "fold", right: "molecules" }, lines);
  const text = pictureFile(path, organism.name, svg);
  if (text !== null) await atomicWriteFile(path, text);
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1)) throw new InvalidArgumentError("a share is from 0 to 1.");
  return value;
}

function shares(text: string): ReadonlyMap<string, number> {
  return new Map(
    text.split(",").map((pair): [string, number] => {
      const at = pair.lastIndexOf("=");
      if (at < 1) throw new InvalidArgumentError("knock-downs look like GENE=0.1,OTHER=0.5.");
      return [pair.slice(0, at), share(pair.slice(at + 1))];
    }),
  );
}
