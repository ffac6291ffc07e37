import { type Cell, type CellModel, cellSummary } from "../cell/index.ts";
import { type Line, lineChart, type Svg } from "../plots/index.ts";

/** One cell at a time, for plots: numbers by the names of `series`. */
export interface Moment {
  readonly minutes: number;
  readonly proteome: number;
  readonly transcripts: number;
  readonly atp: number;
  readonly ribosomesBusy: number;
  readonly ribosomesFree: number;
  readonly ribosomesWaiting: number;
  readonly polymerasesBusy: number;
  readonly polymerasesFree: number;
  readonly polymerasesWaiting: number;
  /** Since birth. */
  readonly atpSpent: number;
  /** Proteins of the genes that regulate others, by `regulatorsOf`. */
  readonly regulators: readonly number[];
}

/** Simulated seconds between two moments. */
export const momentSeconds = 60;

/** Genes whose proteins regulate promoters, by number. */
export function regulatorsOf({ promoters }: CellModel): readonly number[] {
  return [...new Set(promoters.flatMap(({ rules }) => rules.map(({ regulator }) => regulator)))].sort((a, b) => a - b);
}

export function momentOf({ model, state }: Cell): Moment {
  const { at, genes, units, ribosome, polymerase } = model;
  const { values, tally, pools } = state;
  let [transcripts, reading, writing] = [0, 0, 0];
  genes.forEach(({ kind }, gene) => {
    reading += values[at.translating + gene] ?? 0;
    writing += values[at.transcribing + gene] ?? 0;
    // a message of several genes is one
    if (kind === "protein" && units[gene]?.genes[0] === gene) transcripts += values[at.transcripts + gene] ?? 0;
  });
  return {
    minutes: state.time / 60,
    proteome: cellSummary({ model, state }).proteomeFold,
    transcripts,
    atp: pools[0] ?? 0,
    ribosomesBusy: reading,
    ribosomesFree: values[ribosome.free] ?? 0,
    ribosomesWaiting: values[ribosome.released] ?? 0,
    polymerasesBusy: writing,
    polymerasesFree: values[polymerase.free] ?? 0,
    polymerasesWaiting: values[polymerase.released] ?? 0,
    atpSpent: tally.atpSpent,
    regulators: regulatorsOf(model).map((gene) => values[at.proteins + gene] ?? 0),
  };
}

/** Shares of the runs below which the band around a median begins and ends. */
const bandShares = { lower: 0.05, upper: 0.95 } as const;

/** Pictures of growth, of resource use and of what regulates: one run's lines, or medians with bands over all runs. */
export async function courseCharts(model: CellModel, runs: readonly (readonly Moment[])[]): Promise<readonly Svg[]> {
  const line = (name: string, of: (moment: Moment, before: Moment) => number, right = false): Line =>
    lineOf(name, runs, of, right);
  const what = runs.length === 1 ? "" : `, median and 90 % of ${runs.length} cells`;
  const { organism, genes } = model;
  const charts = [
    lineChart(`${organism.name}: growth${what}`, { x: "min", y: "fold", right: "molecules" }, [
      line("proteome", ({ proteome }) => proteome),
      line("transcripts", ({ transcripts }) => transcripts, true),
      line("ATP", ({ atp }) => atp, true),
    ]),
    lineChart(`${organism.name}: ribosomes${what}`, { x: "min", y: "ribosomes" }, [
      line("busy", ({ ribosomesBusy }) => ribosomesBusy),
      line("free", ({ ribosomesFree }) => ribosomesFree),
      line("waiting", ({ ribosomesWaiting }) => ribosomesWaiting),
    ]),
    lineChart(`${organism.name}: RNA polymerases and ATP${what}`, { x: "min", y: "RNA polymerases", right: "ATP/s" }, [
      line("busy", ({ polymerasesBusy }) => polymerasesBusy),
      line("free", ({ polymerasesFree }) => polymerasesFree),
      line("waiting", ({ polymerasesWaiting }) => polymerasesWaiting),
      line(
        "ATP spent",
        (now, before) => (now.atpSpent - before.atpSpent) / Math.max(1, 60 * (now.minutes - before.minutes)),
        true,
      ),
    ]),
  ];
  const regulators = regulatorsOf(model);
  if (regulators.length > 0)
    charts.push(
      lineChart(
        `${organism.name}: regulators${what}`,
        { x: "min", y: "proteins" },
        regulators.map((gene, at) => line(genes[gene]?.id ?? "", ({ regulators: counts }) => counts[at] ?? Number.NaN)),
      ),
    );
  return Promise.all(charts);
}

function lineOf(
  name: string,
  runs: readonly (readonly Moment[])[],
  of: (moment: Moment, before: Moment) => number,
  right: boolean,
): Line {
  const [first = []] = runs;
  const x = first.map(({ minutes }) => minutes);
  const sorted = first.map((_, at) =>
    runs
      .flatMap((run) => {
        const [now, before = now] = [run[at], run[at - 1]];
        return now === undefined || before === undefined ? [] : [of(now, before)];
      })
      .sort((a, b) => a - b),
  );
  const y = sorted.map((values) => quantile(values, 0.5));
  const side = right ? { right } : {};
  if (runs.length === 1) return { name, x, y, ...side };
  const band = {
    lower: sorted.map((values) => quantile(values, bandShares.lower)),
    upper: sorted.map((values) => quantile(values, bandShares.upper)),
  };
  return { name, x, y, band, ...side };
}

/** Of ascending values, by linear interpolation between them. */
function quantile(ascending: readonly number[], share: number): number {
  const place = share * (ascending.length - 1);
  const [low, high] = [ascending[Math.floor(place)], ascending[Math.ceil(place)]];
  if (low === undefined || high === undefined) return Number.NaN;
  return low + (high - low) * (place - Math.floor(place));
}
