import type { CellModel, CellSummary } from "../cell/index.ts";
import { type Moment, regulatorsOf } from "./cell-course.ts";
import { sectorsText } from "./cell-sectors.ts";
import type { CellSetup } from "./cell-setup.ts";
import { metabolismText } from "./cell-text.ts";
import { table } from "./table.ts";

/** What a run of cells took. */
export type Measured = { readonly seconds: number; readonly cpuSeconds: number; readonly compileCpuSeconds: number };

/** The answer of `--json`. */
export function cellAnswer(
  { model, faults }: CellSetup,
  { seed, minutes }: { readonly seed: number; readonly minutes: number },
  runs: readonly CellSummary[],
  moments: readonly (readonly Moment[])[],
  measured: Measured,
  devices: ReadonlyMap<string, string>,
): object {
  const { organism, network, genome, genes } = model;
  const [first] = runs;
  const mean = (of: (run: CellSummary) => number): number => runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
  return {
    organism: organism.id,
    genome: { id: genome.id, bases: genome.length },
    ...{ seed, minutes },
    genes: first?.genes ?? 0,
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
    // of the first cell, as ledgers
    metabolism: first?.metabolism ?? null,
    drift: Math.max(...runs.map(({ drift }) => drift)),
    // of the first cell; those of the others are with their runs
    ledgers: first?.ledgers ?? [],
    faults,
    // proteins by the minute and run
    regulators: regulatorsOf(model).map((gene, at) => ({
      id: genes[gene]?.id,
      runs: moments.map((run) => run.map(({ regulators }) => regulators[at])),
    })),
    runs,
    measured,
    devices: [...devices].map(([id, name]) => ({ id, name })),
  };
}

/** The answer in words. */
export function cellText(
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
    `${organism.name}: ${runs[0]?.genes ?? 0} ${model.sectors === undefined ? "genes" : "sectors"} of ${genome.id}, ${network.reactions.length} reactions, ${runs[0]?.seconds ?? 0} s\n` +
    table(
      titles.map((title) => ({ title, share: 12, right: true })),
      rows,
    ) +
    sectorsText(runs[0]) +
    metabolismText(runs[0]) +
    `on ${[...devices.keys()].join(", ")} in ${measured.seconds.toFixed(2)} s (${measured.cpuSeconds.toFixed(2)} s of CPU)\n`
  );
}
