import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { BioXenError } from "../contract/index.ts";
import { type Experiment, type LiveRow, liveLine, liveName, liveWorkloads, runLive } from "../experiments/index.ts";
import { atomicWriteFile } from "../formats/index.ts";
import { workloads } from "../workloads/index.ts";
import { openSession } from "./session.ts";

/** Runs an experiment's workflows on this host, and writes what came of it into `live.jsonl` in the folder. */
export async function runLiveExperiment(experiment: Experiment, folder: string, json: boolean): Promise<void> {
  const wanted = liveWorkloads(experiment).map((id) => {
    const found = workloads.find((one) => one.id === id);
    if (found === undefined)
      throw new BioXenError("WORKLOAD_UNKNOWN", `${experiment.name}: no workload ${id}`, { context: { workload: id } });
    return found;
  });
  await using session = await openSession(wanted);
  const rows: LiveRow[] = [];
  for await (const row of runLive(experiment, session.manager, session.signal)) {
    rows.push(row);
    process.stderr.write(`bioxen: ${liveLine(row)}\n`);
  }
  await mkdir(folder, { recursive: true });
  const file = join(folder, liveName);
  await atomicWriteFile(
    file,
    rows.map((row) => `${JSON.stringify(row)}\n`),
  );
  process.stdout.write(
    json
      ? `${JSON.stringify({ experiment: experiment.name, live: file, rows })}\n`
      : `${experiment.name}: ${rows.length} live runs in ${file}\n`,
  );
}
