import { Command } from "commander";
import { pfba } from "../../metabolism/index.ts";
import { fraction } from "../options.ts";
import { openStudy, type StudyFlags, withStudyOptions } from "../study.ts";
import { flux, give, printMeasured } from "../study-answer.ts";
import { exchangeTable } from "./fba.ts";

interface Flags extends StudyFlags {
  readonly fraction: number;
}

export function command(): Command {
  return withStudyOptions(
    new Command("pfba")
      .description("parsimonious FBA: the optimum with the least total flux")
      .option("--fraction <f>", "of the optimum that must be reached, 0 to 1", fraction, 1),
    null,
  )
    .addHelpText("after", "\nExamples:\n  $ bioxen pfba\n  $ bioxen pfba iML1515.json --fraction 0.95 --tsv")
    .action(run);
}

async function run(path: string | undefined, flags: Flags): Promise<void> {
  await using study = await openStudy(path, flags);
  const { model } = study;
  const result = await pfba(model, study.dispatcher, { ...study.setup, fraction: flags.fraction });
  const { status, objective, totalFlux, fluxes, solves } = result;
  await give(study, flags, {
    fields: {
      objective,
      status,
      totalFlux,
      fluxes: fluxes === null ? null : Object.fromEntries(model.reactions.map(({ id }, at) => [id, fluxes[at]])),
      solves,
    },
    tsv: function* () {
      yield ["reaction", "flux"];
      for (const [at, { id }] of model.reactions.entries()) yield [id, fluxes?.[at] ?? ""];
    },
    print: () =>
      `${model.id}: ${status}${objective === null ? "" : `, objective ${flux(objective)}, total flux ${flux(totalFlux)}`}\n` +
      `${fluxes === null ? "" : exchangeTable(model, fluxes)}${printMeasured(study, solves)}`,
  });
}
