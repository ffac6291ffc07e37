import { Command, InvalidArgumentError, Option } from "commander";
import { BioXenError } from "../../contract/index.ts";
import type { FluxStatus } from "../../metabolism/index.ts";
import { adjusted, type KnockOutFlags, type KnockOuts, pairs, singles, statusNames } from "../knock-out-blocks.ts";
import { resumeHelp } from "../scan.ts";
import { openStudy, withStudyOptions } from "../study.ts";
import { flux, give, printMeasured } from "../study-answer.ts";
import { table } from "../table.ts";

interface Flags extends KnockOutFlags {
  readonly lethalOnly?: boolean;
  readonly threshold: number;
}

/** Share of the wild type's growth below which a knock-out counts as lethal, as in `syntheticLethals`. */
const lethal = 0.01;

export function command(): Command {
  return withStudyOptions(
    new Command("knockouts")
      .description("growth without each gene or reaction, or without each pair")
      .addOption(new Option("--order <n>", "knock out single ones, or every pair").choices(["1", "2"]).default("1"))
      .addOption(
        new Option("--method <name>", "the best growth left (fba), or what the mutant adjusts to from the wild type")
          .choices(["fba", "moma", "room"])
          .default("fba"),
      )
      .option("--linear", "with --method room: its linear relaxation, for large models")
      .option("--reactions", "reactions instead of genes")
      .option("--only <id,..>", "these genes or reactions, not all", list)
      .option("--lethal-only", "list only what is lethal; of pairs, those of which neither is lethal alone")
      .option("--threshold <share>", "lethal is less than this share of the wild type's growth", share, lethal)
      .option("--resume", resumeHelp),
    null,
  )
    .addHelpText(
      "after",
      `
Examples:
  $ bioxen knockouts                                    single genes of the embedded E. coli core model
  $ bioxen knockouts iML1515.json --json
  $ bioxen knockouts --order 2 --lethal-only            synthetic lethals
  $ bioxen knockouts --reactions --method moma --json   with each mutant's distance from the wild type
  $ bioxen knockouts iML1515.json --order 2 --out pairs.tsv --resume
A growth is null unless the problem has an optimum: infeasible and failed are never a growth of 0. Infeasible counts as
lethal, failed does not.`,
    )
    .action(run);
}

function list(text: string): readonly string[] {
  return text.split(",").map((id) => id.trim());
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value > 0 && value <= 1))
    throw new InvalidArgumentError("a share is above 0 and at most 1.");
  return value;
}

async function run(path: string | undefined, flags: Flags): Promise<void> {
  if (flags.linear === true && flags.method !== "room")
    throw new BioXenError("INPUT_INVALID", "--linear is of --method room: the other methods are linear anyway");
  await using study = await openStudy(path, flags);
  // the flag's objective is always maximised
  const { objectives, activeObjective } = study.model;
  if (flags.lethalOnly === true && flags.objective === undefined && objectives[activeObjective]?.sense === "minimum")
    throw new BioXenError("INPUT_INVALID", "lethality needs an objective to maximise, such as growth");
  const scan = await (flags.method !== "fba" ? adjusted : flags.order === "2" ? pairs : singles)(study, flags);
  if (flags.lethalOnly === true && scan.wildType === null) throw noOptimum();
  const kind = flags.reactions === true ? "reactions" : "genes";
  const names = (at: number): string[] => {
    const places = scan.second === null ? [scan.first[at]] : [scan.first[at], scan.second[at]];
    return places.map((place) => scan.ids[place ?? -1] ?? "");
  };
  const orNull = (value: number | undefined): number | null =>
    value === undefined || Number.isNaN(value) ? null : value;
  const statusOf = (at: number): FluxStatus => statusNames[scan.statuses[at] ?? 3] ?? "failed";
  const { distance } = scan;
  const shown = flags.lethalOnly === true ? [...withFate(scan, flags.threshold, "dies")] : null;
  await give(study, flags, {
    fields: {
      wildType: scan.wildType,
      order: Number(flags.order),
      method: flags.method,
      ...(shown === null ? {} : { threshold: flags.threshold, failed: failures(scan, flags.threshold) }),
      solves: scan.solves,
    },
    rows: {
      key: "results",
      json: (function* () {
        for (const at of shown ?? scan.first.keys())
          yield {
            [kind]: names(at),
            growth: orNull(scan.growth[at]),
            status: statusOf(at),
            ...(distance === null ? {} : { distance: orNull(distance[at]) }),
          };
      })(),
    },
    tsv: function* () {
      yield [kind, "growth", "status", ...(distance === null ? [] : ["distance"])];
      for (const at of shown ?? scan.first.keys())
        yield [
          names(at).join(","),
          orNull(scan.growth[at]) ?? "",
          statusOf(at),
          ...(distance === null ? [] : [orNull(distance[at]) ?? ""]),
        ];
    },
    print: () =>
      `${shown === null ? summary(scan, kind, names) : lethalSummary(scan, shown, kind, names)}${printMeasured(study, scan.solves)}`,
  });
}

/** Whether a mutant lives, dies, or is not known to do either. */
function fate(scan: KnockOuts, threshold: number, status: number | undefined, growth: number | undefined): Fate {
  const name = statusNames[status ?? 3];
  if (name === "infeasible") return "dies";
  if (name !== "optimal") return "unknown";
  return (growth ?? 0) < threshold * (scan.wildType ?? 0) ? "dies" : "lives";
}
type Fate = "lives" | "dies" | "unknown";

/** Rows with this fate; of pairs, those of which either alone lives. */
function* withFate(scan: KnockOuts, threshold: number, wanted: Fate): Generator<number, void, void> {
  const { singles: alone, first, second } = scan;
  const lives = alone?.growth.map((growth, at) =>
    Number(fate(scan, threshold, alone.statuses[at], growth) === "lives"),
  );
  for (const at of first.keys()) {
    if (lives !== undefined && second !== null && (lives[first[at] ?? -1] !== 1 || lives[second[at] ?? -1] !== 1))
      continue;
    if (fate(scan, threshold, scan.statuses[at], scan.growth[at]) === wanted) yield at;
  }
}

function failures(scan: KnockOuts, threshold: number): number {
  let count = 0;
  for (const _ of withFate(scan, threshold, "unknown")) count++;
  return count;
}

/** Rows that the summary shows. */
const listed = 10;

function summary(scan: KnockOuts, kind: string, names: (at: number) => string[]): string {
  const { wildType, growth, statuses } = scan;
  if (wildType === null) throw noOptimum();
  const order = Uint32Array.from(growth, (_, at) => at).filter(
    (at) => statuses[at] === 0 && (growth[at] ?? 0) < wildType * (1 - 1e-6) && (growth[at] ?? 0) >= lethal * wildType,
  );
  order.sort((a, b) => (growth[a] ?? 0) - (growth[b] ?? 0));
  const count = (status: FluxStatus): number => statuses.filter((code) => statusNames[code] === status).length;
  const dead = growth.filter((value) => value < lethal * wildType).length;
  const head =
    `${growth.length} knock-outs, wild type ${flux(wildType)}: ${dead} without growth, ${order.length} slower, ` +
    `${count("infeasible")} infeasible, ${count("failed")} failed\n`;
  if (order.length === 0) return head;
  return (
    head +
    table(
      [
        { title: `Slowest ${kind}`, share: 40 },
        { title: "Growth", share: 18, right: true },
        { title: "Of the wild type", share: 18, right: true },
      ],
      Array.from(order.subarray(0, listed), (at) => [
        names(at).join(", "),
        flux(growth[at] ?? Number.NaN),
        `${((100 * (growth[at] ?? 0)) / wildType).toFixed(1)} %`,
      ]),
    )
  );
}

function lethalSummary(
  scan: KnockOuts,
  shown: readonly number[],
  kind: string,
  names: (at: number) => string[],
): string {
  if (scan.wildType === null) throw noOptimum();
  const what = scan.second === null ? `lethal ${kind}` : `pairs of ${kind} that are lethal together only`;
  const head = `${shown.length} ${what} of ${scan.first.length}, wild type ${flux(scan.wildType)}\n`;
  if (shown.length === 0) return head;
  const rest = shown.length > listed ? `and ${shown.length - listed} more: --tsv and --json list them all\n` : "";
  const rows = shown
    .slice(0, listed)
    .map((at) => [names(at).join(", "), scan.statuses[at] === 0 ? flux(scan.growth[at] ?? Number.NaN) : "infeasible"]);
  return `${head}${table(
    [
      { title: `Lethal ${kind}`, share: 50 },
      { title: "Growth", share: 20, right: true },
    ],
    rows,
  )}${rest}`;
}

function noOptimum(): BioXenError {
  return new BioXenError("INPUT_INVALID", "the model has no optimum to begin with; see bioxen fba");
}
