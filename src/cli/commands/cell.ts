import { Command, Option } from "commander";
import { type CellModel, cellSummary, organisms } from "../../cell/index.ts";
import { BioXenError, type Dispatcher, type DispatchOptions } from "../../contract/index.ts";
import { atomicWriteFile } from "../../formats/index.ts";
import { pictureFile } from "../../plots/index.ts";
import { fluxBalance, type StochasticInput, stochasticSimulation } from "../../workloads/index.ts";
import { cellAnswer, cellText } from "../cell-answer.ts";
import { courseCharts, type Moment } from "../cell-course.ts";
import { cellsOf, metabolismIdentity, type RunState, runCells, runIdentity } from "../cell-run.ts";
import {
  addedGene,
  aminoAcidLetters,
  type CellFlags,
  carriedPlasmid,
  mediumChange,
  mutation,
  repeated,
  setUpCell,
  share,
  shares,
} from "../cell-setup.ts";
import { faultsText } from "../cell-text.ts";
import { openCheckpoint } from "../checkpoint.ts";
import { positive, positiveInteger } from "../options.ts";
import { progress } from "../progress.ts";
import { openSession } from "../session.ts";
import { uptakes } from "../study.ts";

interface Flags extends CellFlags {
  readonly organism: string;
  readonly minutes: number;
  readonly runs: number;
  readonly seed: number;
  readonly division: boolean;
  readonly checkpoint?: string;
  readonly device?: string;
  readonly threads?: number;
  readonly plot?: string;
  readonly json?: boolean;
}

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
    .option(
      "--mutate <position=base>",
      "change a base, counted from 1 on the forward strand; may be repeated",
      mutation,
    )
    .option("--add-gene <file[@base]>", "put coding sequences (FASTA) into the chromosome, behind a base", addedGene)
    .option("--plasmid <file=copies>", "a plasmid (GenBank, or GFF3 with its FASTA) and its copies", carriedPlasmid)
    .option("--no-chromosome", "a minicell: plasmids alone, on the proteins that the cell had")
    .option("--regulation <file>", "operons, regulated promoters, inducers and genes of a circuit (JSON)", repeated)
    .option("--without <letters>", "amino acids that the medium lacks, e.g. KW", aminoAcidLetters)
    .option("--atp <share>", "of what metabolism can make", positive, 1)
    .option("--inhibit-ribosomes <share>", "that are blocked, 0 to 1", share)
    .option("--inhibit-polymerases <share>", "that are blocked, 0 to 1", share)
    .option(
      "--at <minutes:what=value>",
      "change the medium on the way: without=KW, atp=0.5, inhibit-ribosomes=1, inhibit-polymerases=1, medium=rich or growth-medium=5 (ecoli, yeast), or an inducer's amount; may be repeated",
      mediumChange,
    )
    .option(
      "--metabolism <model>",
      "a flux model (BiGG JSON, SBML with fbc) that supplies the cell, e.g. iMB155.json for syn3a",
    )
    .option("--flux-every <s>", "seconds for which a solution of the flux model holds (default: 5)", positiveInteger)
    .option("--flux-medium <k=v,..>", "largest uptakes of the flux model, mmol/gDW/h; others stay", uptakes)
    .option("--checkpoint <file>", "keep the cells' states there while running, and go on from an earlier run's")
    .option("--table <n>", "read every gene of the genome file with this NCBI translation table", positiveInteger)
    .option("--accept-frameshifts", "read genes whose bases are no whole number of codons as far as they go")
    .option("--device <id>", "run on this accelerator or device only, e.g. cpu-simd")
    .option("--threads <n>", "threads a CPU device may use (default: all cores)", positiveInteger)
    .option("--plot <file>", "draw growth, resource use and regulators over time (medians, bands) as .svg or .html")
    .option("--json", "answer as one JSON object")
    .addHelpText(
      "after",
      `
Examples:
  $ bioxen cell                                                  the embedded minimal cell, 40 minutes
  $ bioxen cell --organism syn3a --minutes 105 --json            one cell cycle of JCVI-syn3A
  $ bioxen cell --organism syn3a --minutes 105 --metabolism iMB155.json --knock-out JCVISYN3A_0606
  $ bioxen cell --organism syn3a --minutes 105 --atp 0.5         the same on half of the energy
  $ bioxen cell --organism ecoli --medium rich --minutes 60      by proteome sector, past two divisions
  $ bioxen cell --organism ecoli --medium acetate --at 60:medium=rich --minutes 120      a shift up, after an hour
  $ bioxen cell --organism syn3a --regulation examples/repressilator.json --minutes 900 --plot rings.svg
  $ bioxen cell --mutate 65=T --at 20:without=KW --at 30:without=      a mutant, and ten minutes of hunger
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
  const { model, faults } = await setUpCell(path, organism, flags);
  const compiled = cpuSeconds();
  const workloads = model.metabolism === undefined ? [stochasticSimulation] : [stochasticSimulation, fluxBalance];
  await using session = await openSession(workloads, flags.device);
  using shown = progress();
  const devices = new Map<string, string>();
  const options = {
    signal: session.signal,
    ...(flags.threads === undefined ? {} : { threads: flags.threads }),
  };
  const { seed, minutes } = flags;
  const seconds = Math.round(minutes * 60);
  const checkpoint =
    flags.checkpoint === undefined
      ? null
      : await openCheckpoint<RunState>(
          flags.checkpoint,
          runIdentity(model, [seed, flags.runs, minutes, flags.division, metabolismIdentity(model)]),
        );
  // one device for all steps: choosing takes longer than a step, and a single step would not tell a slow one
  const device =
    flags.device ?? checkpoint?.before?.device ?? deviceFor(session.manager, model, flags.runs, seconds, options);
  let fluxDevice =
    flags.device ??
    checkpoint?.before?.fluxDevice ??
    fluxDeviceFor(session.manager, model, flags.runs, seconds, options);
  const dispatcher: Dispatcher = {
    explain: (workload, input, asked) => session.manager.explain(workload, input, asked),
    run: async (workload, input, asked) => {
      // of several optima a device always finds the same, but not the one that another finds: it stays the first one's
      const isFlux = Object.is(workload, fluxBalance);
      const on = isFlux ? fluxDevice : device;
      const done = await session.manager.run(workload, input, {
        ...asked,
        ...(on === undefined ? {} : { device: on }),
      });
      if (isFlux) fluxDevice = done.device.id;
      devices.set(done.device.id, done.device.name);
      return done;
    },
  };
  const cells = await cellsOf(model, flags, checkpoint?.before?.cells, session.signal);
  const moments: readonly Moment[][] = checkpoint?.before?.moments ?? cells.map(() => []);
  const begun = { cpu: cpuSeconds(), wall: performance.now() };
  const advancing = { dispatch: options, cellsPerDispatch, division: flags.division };
  const on = (): Pick<RunState, "device" | "fluxDevice"> => ({
    device: device ?? null,
    fluxDevice: fluxDevice ?? null,
  });
  await runCells(cells, moments, seconds, on, dispatcher, advancing, checkpoint, (time) =>
    shown.update(time / seconds, `${Math.round(time / 60)} min`),
  );
  const runs = cells.map(cellSummary);
  const measured = {
    seconds: (performance.now() - begun.wall) / 1000,
    cpuSeconds: cpuSeconds() - begun.cpu,
    compileCpuSeconds: compiled - started,
  };
  if (flags.plot !== undefined) await draw(flags.plot, model, moments);
  const answer = cellAnswer({ model, faults }, flags, runs, moments, measured, devices);
  process.stdout.write(
    flags.json === true ? `${JSON.stringify(answer)}\n` : cellText(model, runs, measured, devices) + faultsText(faults),
  );
  await checkpoint?.finish();
}

/** Where the whole run is predicted to be cheapest, were it a single one. */
function deviceFor(
  manager: Dispatcher,
  { network, sectors }: CellModel,
  count: number,
  seconds: number,
  options: DispatchOptions,
): string | undefined {
  const method = sectors === undefined ? "exact" : "tau-leaping";
  const input: StochasticInput = {
    ...{ network, method, count, seed: 1, firstTrajectory: 0, from: 0, times: Float64Array.of(seconds) },
    ...{ observed: new Uint32Array(0), changes: null, mostEvents: 1e9, stopWhen: null, epsilon: 0.03, state: null },
  };
  const { candidates } = manager.explain(stochasticSimulation, input, options);
  return [...candidates].sort((a, b) => a.predicted.seconds - b.predicted.seconds)[0]?.device.id;
}

/** Likewise for the flux model, if there is one. */
function fluxDeviceFor(
  manager: Dispatcher,
  { metabolism }: CellModel,
  runs: number,
  seconds: number,
  options: DispatchOptions,
): string | undefined {
  if (metabolism === undefined) return undefined;
  const { problem } = metabolism.frame;
  const count = runs * Math.ceil(seconds / metabolism.every);
  const { candidates } = manager.explain(
    fluxBalance,
    { problem, count, bounds: null, objectives: null, senses: null, wants: "fluxes" },
    options,
  );
  return [...candidates].sort((a, b) => a.predicted.seconds - b.predicted.seconds)[0]?.device.id;
}

async function draw(path: string, model: CellModel, moments: readonly (readonly Moment[])[]): Promise<void> {
  const text = pictureFile(path, model.organism.name, await courseCharts(model, moments));
  if (text !== null) await atomicWriteFile(path, text);
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
