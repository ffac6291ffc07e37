import { join } from "node:path";
import { setImmediate as others } from "node:timers/promises";
import { BioXenError } from "../contract/index.ts";
import { atomicWriteFile } from "../formats/index.ts";
import { type Experiment, sha256 } from "./experiment-file.ts";
import { identityOf, type Manifest, manifestName, manifestOf, readManifest } from "./manifest.ts";
import { finishedRows, openPart, readResults, resultsName } from "./results-file.ts";
import { cellsOf, Plans, resultOf, rowCount } from "./rows.ts";

export interface RunOptions {
  readonly signal?: AbortSignal;
  /** Rows done, of how many. */
  readonly progress?: (done: number, of: number) => void;
  /** Of this package, as the manifest is to say. */
  readonly version: string;
}

export interface ExperimentRun {
  readonly folder: string;
  readonly rows: number;
  /** Rows that an earlier run had finished. */
  readonly resumed: number;
  readonly manifest: Manifest;
}

/** How long rows are computed before others, such as a signal's listener, get their turn; milliseconds. */
const turn = 20;

/**
 * Runs an experiment into a folder: `results.jsonl`, the same bytes whenever and however often it was interrupted, and
 * `manifest.json`. Every plan is made before the first row. Rows that an earlier run finished are kept.
 * @throws BioXenError `ABORTED`, after which the same call goes on; `INPUT_INVALID` where a policy finds no plan, and where
 *   the folder holds another experiment's results.
 */
export async function runExperiment(
  experiment: Experiment,
  folder: string,
  { signal, progress, version }: RunOptions,
): Promise<ExperimentRun> {
  const identity = identityOf(experiment, version);
  const rows = rowCount(experiment);
  const earlier = await readManifest(folder);
  if (earlier !== null) {
    const { sha256: found } = await readResults(folder);
    if (earlier.experiment.sha256 !== experiment.sha256)
      throw new BioXenError("INPUT_INVALID", `${folder} holds the results of another experiment: write elsewhere`, {
        context: { file: folder },
      });
    if (found === earlier.results.sha256 && earlier.results.rows === rows)
      return { folder, rows, resumed: rows, manifest: earlier };
  }
  const plans = new Plans();
  let checkedAt = performance.now();
  const breathe = async (before: () => Promise<void> = others): Promise<void> => {
    if (performance.now() - checkedAt < turn) return;
    await before();
    await others();
    checkedAt = performance.now();
    if (signal?.aborted === true)
      throw new BioXenError("ABORTED", `${experiment.name} was interrupted; run it again to go on`);
  };
  const resumed = Math.min(rows, await finishedRows(folder, identity));
  // a policy that finds no plan ends the experiment here, before anything is written
  for (const cell of cellsOf(experiment, resumed)) {
    await plans.prepare(cell, signal);
    await breathe();
  }
  await using part = await openPart(folder, identity);
  for (const cell of cellsOf(experiment, resumed)) {
    part.append(JSON.stringify(resultOf(experiment, cell, plans)));
    progress?.(cell.row + 1, rows);
    await breathe(part.flush);
  }
  await part.flush();
  const text = await wholeText(experiment, folder, identity);
  await atomicWriteFile(join(folder, resultsName), text);
  const manifest = manifestOf(experiment, { rows, sha256: sha256(text) }, version, part.startedAt);
  await atomicWriteFile(join(folder, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
  await part.finish();
  return { folder, rows, resumed, manifest };
}

async function wholeText(experiment: Experiment, folder: string, identity: string): Promise<string> {
  await using part = await openPart(folder, identity);
  return part.done
    .slice(0, rowCount(experiment))
    .map((line) => `${line}\n`)
    .join("");
}

export interface Verification {
  readonly rows: number;
  /** What differs from the manifest of the first run and does not decide the rows, in sentences. */
  readonly remarks: readonly string[];
}

/**
 * Runs an experiment again, in memory, and compares every byte with the results in a folder.
 * @throws BioXenError `RESULT_MISMATCH` that names the first line that differs, or the hash; `INPUT_INVALID` where there are no
 *   results, or they are of another experiment; `ABORTED`.
 */
export async function verifyExperiment(
  experiment: Experiment,
  folder: string,
  { signal, progress, version }: RunOptions,
): Promise<Verification> {
  const manifest = await readManifest(folder);
  if (manifest === null)
    throw new BioXenError("INPUT_INVALID", `no manifest in ${folder}: the experiment was not run to its end`, {
      context: { file: folder },
    });
  if (manifest.experiment.sha256 !== experiment.sha256)
    throw new BioXenError("INPUT_INVALID", `${folder} holds the results of another experiment, by its hash`, {
      context: { file: folder },
    });
  const { lines, sha256: found } = await readResults(folder);
  const differ = (what: string): BioXenError =>
    new BioXenError("RESULT_MISMATCH", `${folder}/${resultsName}: ${what}`, { context: { file: folder } });
  const rows = rowCount(experiment);
  const plans = new Plans();
  let checkedAt = performance.now();
  for (const cell of cellsOf(experiment)) {
    await plans.prepare(cell, signal);
    const expected = JSON.stringify(resultOf(experiment, cell, plans));
    const line = lines[cell.row];
    if (line !== expected)
      throw differ(`line ${cell.row + 1} differs: found ${line ?? "nothing"}, computed ${expected}`);
    progress?.(cell.row + 1, rows);
    if (performance.now() - checkedAt < turn) continue;
    await others();
    checkedAt = performance.now();
    if (signal?.aborted === true) throw new BioXenError("ABORTED", "the verification was interrupted");
  }
  if (lines.length !== rows) throw differ(`${lines.length} lines, the experiment has ${rows} rows`);
  if (found !== manifest.results.sha256) throw differ("its hash is not the one in the manifest");
  const now = manifestOf(experiment, manifest.results, version, manifest.startedAt);
  return {
    rows,
    remarks: (["bioxen", "node"] as const)
      .filter((name) => now.versions[name] !== manifest.versions[name])
      .map((name) => `first run by ${name} ${manifest.versions[name]}, verified by ${now.versions[name]}`),
  };
}
