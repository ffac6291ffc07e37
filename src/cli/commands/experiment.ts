import { Command } from "commander";
import { BioXenError } from "../../contract/index.ts";
import {
  experimentReport,
  readExperiment,
  readLive,
  readManifest,
  readResults,
  runExperiment,
  verifyExperiment,
} from "../../experiments/index.ts";
import { atomicWriteFile } from "../../formats/index.ts";
import { interruptible } from "../interruptible.ts";
import { runLiveExperiment } from "../live.ts";
import { packageInfo } from "../package-info.ts";
import { progress } from "../progress.ts";

interface Flags {
  readonly out?: string;
  readonly html?: string;
  readonly live?: boolean;
  readonly json?: boolean;
}

export function command(): Command {
  const experiment = new Command("experiment")
    .description("scheduling experiments that can be run again: policies on workflows and platforms, over seeds")
    .addHelpText(
      "after",
      `
Examples:
  $ bioxen experiment run examples/idle-power/experiment.yaml
  $ bioxen experiment verify examples/idle-power/experiment.yaml
  $ bioxen experiment report examples/idle-power/experiment.yaml --html trap.html
  $ bioxen experiment run experiment.yaml --live          the tasks as real workloads, on this host's devices

Results stand in <experiment>.results beside the file, or in --out. A run that was stopped goes on from its last row.`,
    );
  const sub = (name: string, description: string): Command =>
    new Command(name)
      .description(description)
      .argument("<file>", "experiment.yaml")
      .option("--out <dir>", "where the results stand")
      .option("--json", "answer as one JSON object");
  experiment.addCommand(
    sub("run", "run what is not done yet; the same file gives the same results.jsonl, byte for byte")
      .option("--live", "run the tasks on this host's devices instead, and write live.jsonl")
      .action(run),
  );
  experiment.addCommand(sub("verify", "run it again and compare every byte").action(verify));
  experiment.addCommand(
    sub("report", "write one self-contained HTML page").option("--html <file>", "that page's name").action(reported),
  );
  return experiment;
}

function folderOf(file: string, { out }: Flags): string {
  return out ?? `${file.replace(/\.ya?ml$/i, "")}.results`;
}

async function run(file: string, flags: Flags): Promise<void> {
  const experiment = await readExperiment(file);
  const folder = folderOf(file, flags);
  if (flags.live === true) {
    await runLiveExperiment(experiment, folder, flags.json === true);
    return;
  }
  using shown = progress();
  const done = await interruptible((signal) =>
    runExperiment(experiment, folder, {
      signal,
      version: packageInfo().version,
      progress: (rows, of) => shown.update(rows / of, `${rows} of ${of} rows`),
    }),
  );
  const { rows, resumed, manifest } = done;
  process.stdout.write(
    flags.json === true
      ? `${JSON.stringify({ experiment: experiment.name, folder, rows, resumed, results: manifest.results.sha256 })}\n`
      : `${experiment.name}: ${rows} rows in ${folder}/results.jsonl${resumed === 0 ? "" : `, ${resumed} of them done before`}\n` +
          `SHA-256 ${manifest.results.sha256}\n`,
  );
}

async function verify(file: string, flags: Flags): Promise<void> {
  const experiment = await readExperiment(file);
  const folder = folderOf(file, flags);
  using shown = progress();
  const { rows, remarks } = await interruptible((signal) =>
    verifyExperiment(experiment, folder, {
      signal,
      version: packageInfo().version,
      progress: (done, of) => shown.update(done / of, `${done} of ${of} rows`),
    }),
  );
  process.stdout.write(
    flags.json === true
      ? `${JSON.stringify({ experiment: experiment.name, rows, same: true, remarks })}\n`
      : `${experiment.name}: ${rows} rows, every byte the same\n${remarks.map((one) => `${one}\n`).join("")}`,
  );
}

async function reported(file: string, flags: Flags): Promise<void> {
  const experiment = await readExperiment(file);
  const folder = folderOf(file, flags);
  const manifest = await readManifest(folder);
  if (manifest !== null && manifest.experiment.sha256 !== experiment.sha256)
    throw new BioXenError("INPUT_INVALID", `${folder} holds the results of another experiment, by its hash`, {
      context: { file: folder },
    });
  const { lines } = await readResults(folder);
  const html = flags.html ?? `${folder}/report.html`;
  await atomicWriteFile(html, await experimentReport(experiment, lines, manifest, await readLive(folder)));
  process.stdout.write(
    flags.json === true
      ? `${JSON.stringify({ report: html, rows: lines.length })}\n`
      : `${html}: ${lines.length} rows\n`,
  );
}
