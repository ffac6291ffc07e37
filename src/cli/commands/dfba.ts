import { Command, InvalidArgumentError } from "commander";
import { BioXenError } from "../../contract/index.ts";
import type { MetabolicModel } from "../../formats/index.ts";
import { dynamicFba, type Substrate } from "../../metabolism/index.ts";
import { lineChart } from "../../plots/index.ts";
import { positive } from "../options.ts";
import { exchangeNamed, openStudy, type StudyFlags, withStudyOptions } from "../study.ts";
import { flux, give, printMeasured } from "../study-answer.ts";
import { table } from "../table.ts";
import { ownObjective } from "./envelope.ts";

interface Flags extends StudyFlags {
  readonly substrates?: readonly Substrate[];
  readonly biomass: number;
  readonly growth?: string;
  readonly hours: number;
  readonly step: number;
  readonly tolerance?: number;
}

/** Glucose and what E. coli makes of it; kinetics of Varma and Palsson 1994, doi:10.1128/aem.60.10.3724-3731.1994. */
const byDefault: readonly Substrate[] = [
  { exchange: "glc__D", concentration: 10, uptake: { vmax: 10.5, km: 0.015 } },
  { exchange: "ac", concentration: 0 },
];
/** Rows that the summary shows. */
const listed = 20;

export function command(): Command {
  return withStudyOptions(
    new Command("dfba")
      .description("dynamic FBA: growth in a batch culture, by optimal steps")
      .option(
        "--substrates <k=c:vmax:km,..>",
        "mmol/L at the start, and uptake kinetics (mmol/gDW/h, mmol/L); k=c alone is only secreted",
        substrates,
      )
      .option("--biomass <gDW/L>", "at the start", positive, 0.01)
      .option("--growth <reaction>", "whose flux is the growth rate (default: the objective)")
      .option("--hours <h>", "how long", positive, 12)
      .option("--step <h>", "step, or with --tolerance the largest one", positive, 0.1)
      .option("--tolerance <e>", "largest relative error of a step; steps adapt to it", positive),
    "biomass and substances over time",
  )
    .addHelpText(
      "after",
      `
Examples:
  $ bioxen dfba                                                 glucose batch, embedded E. coli core model
  $ bioxen dfba iML1515.json --substrates glc__D=10:10.5:0.015,ac=0 --tolerance 0.01 --plot batch.svg
  $ bioxen dfba --substrates EX_glc__D_e=5:10:0.1 --medium o2=0 --tsv`,
    )
    .action(run);
}

async function run(path: string | undefined, flags: Flags): Promise<void> {
  await using study = await openStudy(path, flags);
  const { model, dispatcher, setup } = study;
  const growth = flags.growth ?? flags.objective ?? ownObjective(model);
  if (growth === null) throw new BioXenError("INPUT_INVALID", "name the reaction that grows: --growth REACTION");
  const named = (flags.substrates ?? substratesOf(model)).map((one) => ({
    ...one,
    exchange: exchangeNamed(model, one.exchange),
  }));
  const result = await dynamicFba(model, dispatcher, {
    ...setup,
    biomass: flags.biomass,
    substrates: named,
    growth,
    duration: flags.hours,
    step: flags.step,
    tolerance: flags.tolerance,
  });
  const { ended, points, solves } = result;
  const ids = named.map(({ exchange }) => exchange);
  const every = Math.max(1, Math.ceil(points.length / listed));
  await give(study, flags, {
    fields: { ended, growth, substrates: named, solves },
    rows: {
      key: "results",
      json: points.map(({ concentrations, ...point }) => ({
        ...point,
        concentrations: Object.fromEntries(ids.map((id, at) => [id, concentrations[at]])),
      })),
    },
    tsv: function* () {
      yield ["time", "biomass", ...ids, "growth"];
      for (const point of points) yield [point.time, point.biomass, ...point.concentrations, point.growth ?? ""];
    },
    print: () =>
      `${model.id}: ${ended} after ${flux(points.at(-1)?.time ?? 0)} h, biomass ${flux(points.at(-1)?.biomass ?? 0)} gDW/L\n` +
      table(
        [
          { title: "h", share: 10, right: true },
          { title: "gDW/L", share: 16, right: true },
          ...ids.map((title) => ({ title: `${title}, mmol/L`, share: 20, right: true })),
          { title: "Growth, 1/h", share: 16, right: true },
        ],
        points
          .filter((_, at) => at % every === 0 || at === points.length - 1)
          .map((point) => [point.time, point.biomass, ...point.concentrations, point.growth].map(flux)),
      ) +
      printMeasured(study, solves),
    picture: () => {
      const time = points.map((point) => point.time);
      return lineChart(`${model.id}: batch culture`, { x: "h", y: "mmol/L", right: "gDW/L" }, [
        { name: "biomass", x: time, y: points.map(({ biomass }) => biomass), right: true },
        ...ids.map((name, at) => ({
          name,
          x: time,
          y: points.map(({ concentrations }) => concentrations[at] ?? Number.NaN),
        })),
      ]);
    },
  });
}

function substratesOf(model: MetabolicModel): readonly Substrate[] {
  const known = byDefault.filter(({ exchange }) => exchangeNamed(model, exchange) !== exchange);
  if (known.some(({ uptake }) => uptake !== undefined)) return known;
  throw new BioXenError("INPUT_INVALID", "name what the cells eat: --substrates EXCHANGE=mmol/L:vmax:km");
}

function substrates(text: string): readonly Substrate[] {
  return text.split(",").map((part): Substrate => {
    const at = part.lastIndexOf("=");
    const numbers = part.slice(at + 1).split(":");
    const [concentration = Number.NaN, vmax, km] = numbers.map((word) =>
      word.trim() === "" ? Number.NaN : Number(word),
    );
    if (at < 1 || ![1, 3].includes(numbers.length) || [concentration, vmax, km].some((value) => Number.isNaN(value)))
      throw new InvalidArgumentError("substrates look like EX_glc__D_e=10:10.5:0.015,EX_ac_e=0.");
    const exchange = part.slice(0, at).trim();
    return vmax === undefined || km === undefined
      ? { exchange, concentration }
      : { exchange, concentration, uptake: { vmax, km } };
  });
}
