import { Command } from "commander";
import { BioXenError } from "../../contract/index.ts";
import type { MetabolicModel } from "../../formats/index.ts";
import { type EnvelopePoint, productionEnvelope } from "../../metabolism/index.ts";
import { lineChart } from "../../plots/index.ts";
import { positiveInteger } from "../options.ts";
import { openStudy, type StudyFlags, withStudyOptions } from "../study.ts";
import { flux, give, printMeasured } from "../study-answer.ts";
import { table } from "../table.ts";

interface Flags extends StudyFlags {
  readonly vary?: readonly string[];
  readonly points: number;
  readonly carbon?: readonly string[];
}

/** Lines that a picture of two varied reactions holds. */
const mostLines = 6;

export function command(): Command {
  const list = (text: string): string[] => text.split(",").map((id) => id.trim());
  return withStudyOptions(
    new Command("envelope")
      .description("production envelope: the range of the objective over a grid of other fluxes")
      .option(
        "--vary <id,..>",
        "reactions of the grid (default: the model's own objective, where --objective is another)",
        list,
      )
      .option("--points <n>", "points along each reaction's range", positiveInteger, 20)
      .option("--carbon <id,..>", "exchange reactions that bring carbon in, for the carbon yield", list),
    "the envelope",
  )
    .addHelpText(
      "after",
      `
Examples:
  $ bioxen envelope                                     growth over oxygen uptake, embedded E. coli core model
  $ bioxen envelope --objective EX_ac_e --carbon EX_glc__D_e --plot acetate.svg
  $ bioxen envelope iML1515.json --vary EX_o2_e,EX_glc__D_e --points 10 --tsv`,
    )
    .action(run);
}

async function run(path: string | undefined, flags: Flags): Promise<void> {
  await using study = await openStudy(path, flags);
  const { model, dispatcher, setup } = study;
  const vary = flags.vary ?? variedByDefault(model, path, flags.objective);
  const envelope = await productionEnvelope(model, dispatcher, vary, {
    ...setup,
    points: flags.points,
    carbonSources: flags.carbon,
  });
  const { status, points, solves } = envelope;
  const objective = flags.objective ?? ownObjective(model) ?? "objective";
  await give(study, flags, {
    fields: { status, objective, vary, solves },
    rows: {
      key: "results",
      json: points.map(({ fluxes, ...point }) => ({
        fluxes: Object.fromEntries(vary.map((id, at) => [id, fluxes[at]])),
        ...point,
      })),
    },
    tsv: function* () {
      yield [...vary, "status", "minimum", "maximum", "carbonYield"];
      for (const point of points)
        yield [...point.fluxes, point.status, point.minimum ?? "", point.maximum ?? "", point.carbonYield ?? ""];
    },
    print: () =>
      `${model.id}: ${objective} over ${vary.join(" and ")}\n` +
      table(
        [
          ...vary.map((title) => ({ title, share: 18, right: true })),
          { title: "Minimum", share: 18, right: true },
          { title: "Maximum", share: 18, right: true },
        ],
        points.map((point) => [...point.fluxes.map(flux), flux(point.minimum), flux(point.maximum)]),
      ) +
      printMeasured(study, solves),
    picture: () => picture(model, objective, vary, points),
  });
}

function picture(
  model: MetabolicModel,
  objective: string,
  vary: readonly string[],
  points: readonly EnvelopePoint[],
): Promise<string> {
  const last = vary.length - 1;
  const groups = new Map<string, EnvelopePoint[]>();
  for (const point of points) {
    const key = point.fluxes.slice(0, last).map(flux).join(", ");
    groups.set(key, [...(groups.get(key) ?? []), point]);
  }
  const every = Math.max(1, Math.ceil(groups.size / mostLines));
  const shown = [...groups].filter((_, at) => at % every === 0);
  return lineChart(
    `${model.id}: production envelope`,
    { x: `${vary[last]} (mmol/gDW/h)`, y: objective },
    shown.map(([key, group]) => ({
      name: key === "" ? "largest" : `${vary.slice(0, last).join(", ")} = ${key}`,
      x: group.map(({ fluxes }) => fluxes[last] ?? Number.NaN),
      y: group.map(({ maximum }) => maximum ?? Number.NaN),
      ...(key === ""
        ? {
            band: {
              lower: group.map(({ minimum }) => minimum ?? Number.NaN),
              upper: group.map(({ maximum }) => maximum ?? Number.NaN),
            },
          }
        : {}),
    })),
  );
}

/** The reaction of an objective that is one reaction alone. */
export function ownObjective(model: MetabolicModel): string | null {
  const ids = [...(model.objectives[model.activeObjective]?.coefficients.keys() ?? [])];
  return ids.length === 1 ? (ids[0] ?? null) : null;
}

function variedByDefault(model: MetabolicModel, path: string | undefined, objective: string | undefined): string[] {
  const own = ownObjective(model);
  if (objective !== undefined && own !== null && own !== objective) return [own];
  // of the embedded model it is known what is worth a look
  if (path === undefined && objective === undefined) return ["EX_o2_e"];
  throw new BioXenError("INPUT_INVALID", "name what is varied: --vary REACTION, or --objective PRODUCT to vary growth");
}
