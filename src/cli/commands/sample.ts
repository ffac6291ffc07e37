import { Command, Option } from "commander";
import { BioXenError } from "../../contract/index.ts";
import { problemOf, reactionColumns, sampleFluxes } from "../../metabolism/index.ts";
import { histogramChart } from "../../plots/index.ts";
import { fluxBalance, fluxSampling, sparseMultiply } from "../../workloads/index.ts";
import { fraction, notNegativeInteger, positiveInteger } from "../options.ts";
import { seconds } from "../quantities.ts";
import { openStudy, type StudyFlags, withStudyOptions } from "../study.ts";
import { flux, give, jsonNumber, printMeasured } from "../study-answer.ts";
import { table } from "../table.ts";

interface Flags extends StudyFlags {
  readonly samples: number;
  readonly chains: number;
  readonly thinning?: number;
  readonly seed: number;
  readonly method: "coordinate-hit-and-run" | "artificial-centering";
  readonly fraction?: number;
  readonly only?: readonly string[];
}

/** Histograms that a picture holds, where --only names none. */
const drawn = 24;
/** Rows that the summary shows. */
const listed = 12;

export function command(): Command {
  return withStudyOptions(
    new Command("sample")
      .description("sample the steady states uniformly, and say how well the chains mixed")
      .option("--samples <n>", "samples in all", positiveInteger, 1000)
      .option("--chains <n>", "chains that share them, 2 or more", positiveInteger, 4)
      .option("--thinning <n>", "steps between samples (default: 100, or twelve times the dimension)", positiveInteger)
      .option("--seed <n>", "names the random streams", notNegativeInteger, 1)
      .addOption(
        new Option("--method <name>", "kind of chain")
          .choices(["coordinate-hit-and-run", "artificial-centering"])
          .default("coordinate-hit-and-run"),
      )
      .option("--fraction <f>", "keep the objective at this fraction of its optimum or better", fraction)
      .option("--only <id,..>", "reactions to draw", (text: string) => text.split(",").map((id) => id.trim())),
    "histograms",
  )
    .addHelpText(
      "after",
      `
Examples:
  $ bioxen sample --samples 1000 --plot histograms.svg --only PFK,PGI,EX_ac_e
  $ bioxen sample iMB155.json --fraction 0.9 --json          statistics by reaction
  $ bioxen sample model.xml --out samples.tsv                one row a sample, one column a reaction`,
    )
    .action(run);
}

async function run(path: string | undefined, flags: Flags): Promise<void> {
  await using study = await openStudy(path, flags, [fluxBalance, fluxSampling, sparseMultiply]);
  const { model, dispatcher, setup } = study;
  const chosen = flags.only === undefined ? null : [...reactionColumns(model, flags.only)];
  const set = await sampleFluxes(problemOf(model, setup), dispatcher, {
    dispatch: setup.dispatch,
    onProgress: setup.onProgress,
    samples: flags.samples,
    chains: flags.chains,
    ...(flags.thinning === undefined ? {} : { thinning: flags.thinning }),
    seed: flags.seed,
    method: flags.method,
    objectiveFraction: flags.fraction ?? null,
  });
  if (set.status !== "sampled")
    throw new BioXenError("INPUT_INVALID", `${model.id} cannot be sampled: ${set.status}, ${set.reason}`, {
      context: { status: set.status },
    });
  const { fluxes, least, most, mean, deviation, effectiveSize, rHat } = set;
  const columns = model.reactions.length;
  const count = set.chains * set.samples;
  const free = model.reactions.map((_, at) => at).filter((at) => !Number.isNaN(effectiveSize[at] ?? Number.NaN));
  const worst = (values: Float64Array, better: (a: number, b: number) => boolean): number =>
    free.reduce(
      (found, at) => (better(values[at] ?? 0, found) ? found : (values[at] ?? 0)),
      values[free[0] ?? -1] ?? Number.NaN,
    );
  const leastSize = worst(effectiveSize, (a, b) => a >= b);
  const mostRHat = worst(rHat, (a, b) => a <= b);
  const byWidth = [...free].sort((a, b) => (deviation[b] ?? 0) - (deviation[a] ?? 0) || a - b);
  await give(study, flags, {
    fields: {
      status: set.status,
      method: flags.method,
      samples: count,
      chains: set.chains,
      thinning: set.thinning,
      seed: flags.seed,
      dimension: set.dimension,
      residual: set.residual,
      violation: set.violation,
      leastEffectiveSize: jsonNumber(leastSize),
      mostRHat: jsonNumber(mostRHat),
      phases: set.seconds,
      solves: set.solves,
    },
    rows: {
      key: "results",
      json: model.reactions.map(({ id }, at) => ({
        reaction: id,
        mean: mean[at],
        deviation: deviation[at],
        minimum: jsonNumber(least[at] ?? Number.NaN),
        maximum: jsonNumber(most[at] ?? Number.NaN),
        effectiveSize: jsonNumber(effectiveSize[at] ?? Number.NaN),
        rHat: jsonNumber(rHat[at] ?? Number.NaN),
      })),
    },
    tsv: function* () {
      yield ["chain", "sample", ...model.reactions.map(({ id }) => id)];
      for (let row = 0; row < count; row++)
        yield [
          Math.floor(row / set.samples),
          row % set.samples,
          ...fluxes.subarray(row * columns, (row + 1) * columns),
        ];
    },
    print: () =>
      `${model.id}: ${count} samples of a space of ${set.dimension} dimensions in ${set.chains} chains, thinning ${set.thinning}\n` +
      `least effective sample size ${flux(leastSize)}, largest R-hat ${flux(mostRHat)}; ` +
      `|S v| at most ${set.residual.toExponential(1)}\n` +
      table(
        [
          { title: "Widest", share: 30 },
          { title: "Mean", share: 16, right: true },
          { title: "Deviation", share: 16, right: true },
          { title: "Eff. size", share: 16, right: true },
        ],
        byWidth
          .slice(0, listed)
          .map((at) => [
            model.reactions[at]?.id ?? "",
            flux(mean[at] ?? Number.NaN),
            flux(deviation[at] ?? Number.NaN),
            flux(Math.round(effectiveSize[at] ?? Number.NaN)),
          ]),
      ) +
      `ranges ${seconds(set.seconds.ranges)}, rounding ${seconds(set.seconds.rounding)}, chains ${seconds(set.seconds.chains)}\n` +
      printMeasured(study, set.solves),
    picture: () =>
      histogramChart(
        `${model.id}: ${count} samples`,
        "mmol/gDW/h",
        (chosen ?? byWidth.slice(0, drawn)).map((at) => ({
          name: model.reactions[at]?.id ?? "",
          values: Float64Array.from({ length: count }, (_, row) => fluxes[row * columns + at] ?? Number.NaN),
        })),
      ),
  });
}
