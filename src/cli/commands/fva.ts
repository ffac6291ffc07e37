import { Command } from "commander";
import { type FluxStatus, fva } from "../../metabolism/index.ts";
import { rangeChart } from "../../plots/index.ts";
import { fraction } from "../options.ts";
import { deviceOf, journalOf, resumeHelp, type ScanBlock, type ScanFlags } from "../scan.ts";
import { openStudy, type Study, withStudyOptions } from "../study.ts";
import { flux, give, jsonNumber, printMeasured } from "../study-answer.ts";
import { table } from "../table.ts";

interface Flags extends ScanFlags {
  readonly fraction: number;
  readonly only?: readonly string[];
  readonly loopless?: boolean;
}

interface Ranges {
  readonly status: FluxStatus;
  readonly objective: number | null;
  readonly reactions: readonly string[];
  readonly minimum: number[];
  readonly maximum: number[];
  readonly solves: number;
}

/** As the journal keeps it: what is not finite as a word. */
interface Block extends ScanBlock {
  readonly status: FluxStatus;
  readonly objective: number | null;
  readonly minimum: readonly (number | string | null)[];
  readonly maximum: readonly (number | string | null)[];
  readonly solves: number;
}

/** Reactions that a scan with --resume does between two entries of its journal. */
const blockSize = 256;
/** Ranges that a picture can show; a larger answer shows the widest of them. */
const drawn = 150;
/** Rows that the summary shows. */
const listed = 12;

export function command(): Command {
  return withStudyOptions(
    new Command("fva")
      .description("flux variability analysis: the range of every flux at or near the optimum")
      .option("--fraction <f>", "of the optimum that every flux must reach, 0 to 1", fraction, 1)
      .option("--only <id,..>", "these reactions, not all", (text: string) => text.split(",").map((id) => id.trim()))
      .option("--loopless", "without thermodynamically impossible cycles")
      .option("--resume", resumeHelp),
    "the ranges",
  )
    .addHelpText(
      "after",
      `
Examples:
  $ bioxen fva --fraction 0.9 --plot ranges.svg
  $ bioxen fva iML1515.json --json
  $ bioxen fva iML1515.json --out ranges.tsv --resume`,
    )
    .action(run);
}

async function run(path: string | undefined, flags: Flags): Promise<void> {
  await using study = await openStudy(path, flags);
  const ranges = flags.resume === true ? await inBlocks(study, flags) : await ranged(study, flags, flags.only);
  const { status, objective, reactions, minimum, maximum, solves } = ranges;
  await give(study, flags, {
    fields: { objective, status, fraction: flags.fraction, solves },
    rows: {
      key: "results",
      json: reactions.map((reaction, at) => ({
        reaction,
        minimum: jsonNumber(minimum[at] ?? Number.NaN),
        maximum: jsonNumber(maximum[at] ?? Number.NaN),
      })),
    },
    tsv: function* () {
      yield ["reaction", "minimum", "maximum"];
      for (const [at, reaction] of reactions.entries()) yield [reaction, minimum[at] ?? "", maximum[at] ?? ""];
    },
    print: () => `${summary(study, ranges, flags)}${printMeasured(study, solves)}`,
    picture: () => {
      const widest = widestFirst(ranges).slice(0, drawn);
      const shown = reactions.length <= drawn ? reactions.map((_, at) => at) : widest;
      return rangeChart(
        `${study.model.id}: flux ranges at ${flags.fraction} of the optimum` +
          (reactions.length <= drawn ? "" : `, the widest ${drawn} of ${reactions.length}`),
        "mmol/gDW/h",
        shown.map((at) => ({
          name: reactions[at] ?? "",
          from: minimum[at] ?? Number.NaN,
          to: maximum[at] ?? Number.NaN,
        })),
      );
    },
  });
}

async function ranged(study: Study, flags: Flags, reactions: readonly string[] | undefined): Promise<Ranges> {
  const { model, dispatcher, setup } = study;
  const { minimum, maximum, ...rest } = await fva(model, dispatcher, {
    ...setup,
    fraction: flags.fraction,
    reactions,
    ...(flags.loopless === true ? { loopless: true } : {}),
  });
  return { ...rest, minimum: [...minimum], maximum: [...maximum] };
}

async function inBlocks(study: Study, flags: Flags): Promise<Ranges> {
  const all = flags.only ?? study.model.reactions.map(({ id }) => id);
  await using journal = await journalOf<Block>(study, flags, [
    "fva",
    flags.fraction,
    flags.only ?? null,
    flags.loopless === true,
  ]);
  const minimum: number[] = [];
  const maximum: number[] = [];
  let status: FluxStatus = "optimal";
  let objective: number | null = null;
  let solves = 0;
  const add = (block: Block): void => {
    for (const value of block.minimum) minimum.push(value === null ? Number.NaN : Number(value));
    for (const value of block.maximum) maximum.push(value === null ? Number.NaN : Number(value));
    if (status === "optimal") status = block.status;
    objective = block.objective;
    solves += block.solves;
  };
  for (const block of journal?.done ?? []) add(block);
  while (minimum.length < all.length) {
    const some = all.slice(minimum.length, minimum.length + blockSize);
    const done = await ranged(study, flags, some);
    const { status: ended, objective: best, solves: solved } = done;
    const block: Block = {
      status: ended,
      objective: best,
      solves: solved,
      device: deviceOf(study),
      minimum: done.minimum.map(jsonNumber),
      maximum: done.maximum.map(jsonNumber),
    };
    await journal?.append(block);
    add(block);
    study.progress.update(minimum.length / all.length, `${minimum.length} of ${all.length} ranges`);
  }
  await journal?.finish();
  return { status, objective, reactions: all, minimum, maximum, solves };
}

function widestFirst({ minimum, maximum }: Ranges): number[] {
  const width = (at: number): number => (maximum[at] ?? 0) - (minimum[at] ?? 0);
  return minimum
    .map((_, at) => at)
    .filter((at) => width(at) > 0)
    .sort((a, b) => (width(b) === width(a) ? a - b : width(b) > width(a) ? 1 : -1));
}

function summary(study: Study, ranges: Ranges, flags: Flags): string {
  const { status, objective, reactions, minimum, maximum } = ranges;
  const fixed = minimum.filter((least, at) => Math.abs((maximum[at] ?? 0) - least) <= 1e-9).length;
  const blocked = minimum.filter((least, at) => Math.abs(least) <= 1e-9 && Math.abs(maximum[at] ?? 0) <= 1e-9).length;
  return (
    `${study.model.id}: ${status}${objective === null ? "" : `, objective ${flux(objective)}`}; of ${reactions.length} ` +
    `fluxes at ${flags.fraction} of the optimum ${fixed} are fixed, ${blocked} of them at 0\n` +
    table(
      [
        { title: "Widest", share: 40 },
        { title: "Minimum", share: 18, right: true },
        { title: "Maximum", share: 18, right: true },
      ],
      widestFirst(ranges)
        .slice(0, listed)
        .map((at) => [reactions[at] ?? "", flux(minimum[at] ?? null), flux(maximum[at] ?? null)]),
    )
  );
}
