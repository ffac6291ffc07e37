import { Command } from "commander";
import type { MetabolicModel } from "../../formats/index.ts";
import { exchanges, fba, type UnsatisfiedDemand, unsatisfiedDemands } from "../../metabolism/index.ts";
import { openStudy, type StudyFlags, withStudyOptions } from "../study.ts";
import { flux, give, jsonNumber, printMeasured } from "../study-answer.ts";
import { table } from "../table.ts";

export function command(): Command {
  return withStudyOptions(
    new Command("fba").description("flux balance analysis: the largest objective, and fluxes that reach it"),
    null,
  )
    .addHelpText(
      "after",
      `
Examples:
  $ bioxen fba                                       the embedded E. coli core model
  $ bioxen fba --medium EX_o2_e=0                    the same without oxygen
  $ bioxen fba iML1515.json --objective EX_ac_e --json
  $ bioxen fba model.xml.gz --medium glc__D=10,o2=20,nh4=1000,pi=1000 --only-medium
Fluxes in mmol/gDW/h; a biomass objective in 1/h.`,
    )
    .action(run);
}

async function run(path: string | undefined, flags: StudyFlags): Promise<void> {
  await using study = await openStudy(path, flags);
  const { model } = study;
  const result = await fba(model, study.dispatcher, study.setup);
  const { status, objective, fluxes, reducedCosts, shadowPrices, solves } = result;
  const demands = status === "infeasible" ? await unsatisfiedDemands(model, study.dispatcher, study.setup) : [];
  const byReaction = (values: Float64Array | null): object | null =>
    values === null ? null : Object.fromEntries(model.reactions.map(({ id }, at) => [id, values[at]]));
  await give(study, flags, {
    fields: {
      objective,
      status,
      fluxes: byReaction(fluxes),
      reducedCosts: byReaction(reducedCosts),
      shadowPrices:
        shadowPrices === null
          ? null
          : Object.fromEntries(model.metabolites.map(({ id }, at) => [id, shadowPrices[at]])),
      solves,
      ...(demands.length === 0 ? {} : { unsatisfied: demands.map(asJson) }),
    },
    tsv: function* () {
      yield ["reaction", "flux", "reducedCost"];
      for (const [at, { id }] of model.reactions.entries()) yield [id, fluxes?.[at] ?? "", reducedCosts?.[at] ?? ""];
    },
    print: () =>
      `${model.id}: ${status}${objective === null ? "" : `, objective ${flux(objective)}`}\n` +
      demands.map(told).join("") +
      `${fluxes === null ? "" : exchangeTable(model, fluxes)}${printMeasured(study, solves)}`,
  });
}

function asJson({ reaction, lower, upper, reachable }: UnsatisfiedDemand): object {
  return { reaction, lower: jsonNumber(lower), upper: jsonNumber(upper), reachable };
}

/** One line on a reaction that must carry more than it can. */
function told({ reaction, lower, upper, reachable }: UnsatisfiedDemand): string {
  const demand = lower > 0 ? `at least ${flux(lower)}` : `at most ${flux(upper)}`;
  const why = reachable === null ? "which others' demands leave no room for" : `and can carry ${flux(reachable)} only`;
  return `  ${reaction} must carry ${demand}, ${why}\n`;
}

/** What the cell takes up and gives off, the largest first. */
export function exchangeTable(model: MetabolicModel, fluxes: Float64Array): string {
  const rows = exchanges(model)
    .map((column) => ({ reaction: model.reactions[column], value: fluxes[column] ?? 0 }))
    .filter(({ value }) => Math.abs(value) > 1e-9)
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
    .map(({ reaction, value }) => [
      reaction?.id ?? "",
      reaction?.name ?? "",
      value < 0 ? "in" : "out",
      flux(Math.abs(value)),
    ]);
  if (rows.length === 0) return "";
  return table(
    [
      { title: "Exchange", share: 22 },
      { title: "Name", share: 32 },
      { title: "Way", share: 7 },
      { title: "mmol/gDW/h", share: 15, right: true },
    ],
    rows,
  );
}
