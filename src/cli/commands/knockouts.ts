import { Command, Option } from "commander";
import { BioXenError } from "../../contract/index.ts";
import {
  type FluxStatus,
  fba,
  knockOutGenePairs,
  knockOutGenes,
  knockOutReactionPairs,
  knockOutReactions,
} from "../../metabolism/index.ts";
import { deviceOf, journalOf, resumeHelp, type ScanBlock, type ScanFlags } from "../scan.ts";
import { openStudy, type Study, withStudyOptions } from "../study.ts";
import { flux, give, printMeasured } from "../study-answer.ts";
import { table } from "../table.ts";

interface Flags extends ScanFlags {
  readonly order: "1" | "2";
  readonly reactions?: boolean;
  readonly only?: readonly string[];
}

/** Results of a scan as columns; pairs are places in `ids`. */
interface Scan {
  readonly ids: readonly string[];
  readonly first: Uint32Array;
  /** null for single knock-outs. */
  readonly second: Uint32Array | null;
  readonly statuses: Uint8Array;
  /** NaN unless optimal. */
  readonly growth: Float64Array;
  readonly wildType: number | null;
  readonly solves: number;
}

/** As the journal keeps it: growth is exact, NaN is null. */
interface Block extends ScanBlock {
  readonly statuses: readonly number[];
  readonly growth: readonly (number | null)[];
  readonly solves: number;
}

const statusNames: readonly FluxStatus[] = ["optimal", "infeasible", "unbounded", "failed"];

export function command(): Command {
  return withStudyOptions(
    new Command("knockouts")
      .description("growth without each gene or reaction, or without each pair")
      .addOption(new Option("--order <n>", "knock out single ones, or every pair").choices(["1", "2"]).default("1"))
      .option("--reactions", "reactions instead of genes")
      .option("--only <id,..>", "these genes or reactions, not all", list)
      .option("--resume", resumeHelp),
    null,
  )
    .addHelpText(
      "after",
      `
Examples:
  $ bioxen knockouts                                    single genes of the embedded E. coli core model
  $ bioxen knockouts iML1515.json --json
  $ bioxen knockouts iML1515.json --order 2 --out pairs.tsv --resume
A growth is null unless the problem has an optimum: infeasible and failed are never a growth of 0.`,
    )
    .action(run);
}

function list(text: string): readonly string[] {
  return text.split(",").map((id) => id.trim());
}

async function run(path: string | undefined, flags: Flags): Promise<void> {
  await using study = await openStudy(path, flags);
  const scan = flags.order === "2" ? await pairs(study, flags) : await singles(study, flags);
  const kind = flags.reactions === true ? "reactions" : "genes";
  const names = (at: number): string[] => {
    const places = scan.second === null ? [scan.first[at]] : [scan.first[at], scan.second[at]];
    return places.map((place) => scan.ids[place ?? -1] ?? "");
  };
  const growthOf = (at: number): number | null => {
    const growth = scan.growth[at] ?? Number.NaN;
    return Number.isNaN(growth) ? null : growth;
  };
  const statusOf = (at: number): FluxStatus => statusNames[scan.statuses[at] ?? 3] ?? "failed";
  await give(study, flags, {
    fields: { wildType: scan.wildType, order: Number(flags.order), solves: scan.solves },
    rows: {
      key: "results",
      json: (function* () {
        for (let at = 0; at < scan.first.length; at++)
          yield { [kind]: names(at), growth: growthOf(at), status: statusOf(at) };
      })(),
    },
    tsv: function* () {
      yield [kind, "growth", "status"];
      for (let at = 0; at < scan.first.length; at++) yield [names(at).join(","), growthOf(at) ?? "", statusOf(at)];
    },
    print: () => `${summary(scan, kind, names)}${printMeasured(study, scan.solves)}`,
  });
}

async function singles(study: Study, flags: Flags): Promise<Scan> {
  const { model, dispatcher, setup } = study;
  await using journal = await journalOf<Block>(study, flags, [
    "knockouts",
    1,
    flags.reactions === true,
    flags.only ?? null,
  ]);
  const kept = journal?.done ?? [];
  const done = collected(kept);
  const ids = flags.only ?? (flags.reactions === true ? model.reactions : model.genes).map(({ id }) => id);
  let solves = kept.reduce((sum, block) => sum + block.solves, 0);
  let counted = 0;
  let wildType: number | null | undefined;
  const blocks = (flags.reactions === true ? knockOutReactions : knockOutGenes)(model, dispatcher, {
    ...setup,
    ids: flags.only,
    skip: done.growth.length,
  });
  for await (const block of blocks) {
    const made: Block = {
      statuses: block.results.map(({ status }) => statusNames.indexOf(status)),
      growth: block.results.map(({ growth }) => growth),
      solves: block.solves - counted,
      device: deviceOf(study),
    };
    wildType = block.wildType;
    counted = block.solves;
    solves += made.solves;
    done.add(made);
    await journal?.append(made);
    study.progress.update(block.done / block.total, `${block.done} of ${block.total} knock-outs`);
  }
  // an earlier run had ended with the last block
  if (wildType === undefined) {
    const alone = await fba(model, dispatcher, setup);
    wildType = alone.objective;
    solves += alone.solves;
  }
  await journal?.finish();
  return {
    ids,
    first: Uint32Array.from(ids, (_, at) => at),
    second: null,
    ...done.columns(),
    wildType,
    solves,
  };
}

async function pairs(study: Study, flags: Flags): Promise<Scan> {
  const { model, dispatcher, setup } = study;
  await using journal = await journalOf<Block>(study, flags, [
    "knockouts",
    2,
    flags.reactions === true,
    flags.only ?? null,
  ]);
  const kept = journal?.done ?? [];
  const done = collected(kept);
  const scan = await (flags.reactions === true ? knockOutReactionPairs : knockOutGenePairs)(model, dispatcher, {
    ...setup,
    ids: flags.only,
    skip: done.growth.length,
  });
  const wildType = scan.wildType.status === "optimal" ? scan.wildType.growth : null;
  let solves = kept.reduce((sum, block) => sum + block.solves, 0);
  let counted = 0;
  for await (const block of scan.blocks) {
    const made: Block = {
      statuses: Array.from(block.statuses),
      growth: Array.from(block.growth, (growth) => (Number.isNaN(growth) ? null : growth)),
      solves: block.solves - counted,
      device: deviceOf(study),
    };
    counted = block.solves;
    solves += made.solves;
    done.add(made);
    await journal?.append(made);
    study.progress.update(block.done / block.total, `${block.done} of ${block.total} pairs`);
  }
  await journal?.finish();
  const count = scan.ids.length;
  const first = new Uint32Array((count * (count - 1)) / 2);
  const second = new Uint32Array(first.length);
  let at = 0;
  for (let a = 0; a < count; a++)
    for (let b = a + 1; b < count; b++) {
      first[at] = a;
      second[at++] = b;
    }
  return { ids: scan.ids, first, second, ...done.columns(), wildType, solves };
}

/** Blocks one after the other, as they come. */
function collected(blocks: readonly Block[]): {
  readonly growth: number[];
  readonly add: (block: Block) => void;
  readonly columns: () => { statuses: Uint8Array; growth: Float64Array };
} {
  const statuses: number[] = [];
  const growth: number[] = [];
  const add = (block: Block): void => {
    for (const status of block.statuses) statuses.push(status);
    for (const value of block.growth) growth.push(value ?? Number.NaN);
  };
  blocks.forEach(add);
  return {
    growth,
    add,
    columns: () => ({ statuses: Uint8Array.from(statuses), growth: Float64Array.from(growth) }),
  };
}

/** Growth below this share of the wild type's counts as none, as for synthetic lethality. */
const lethal = 0.01;
/** Rows that the summary shows. */
const listed = 10;

function summary(scan: Scan, kind: string, names: (at: number) => string[]): string {
  const { wildType, growth, statuses } = scan;
  if (wildType === null)
    throw new BioXenError("INPUT_INVALID", "the model has no optimum to begin with; see bioxen fba");
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
