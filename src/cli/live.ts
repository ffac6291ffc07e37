import type { Experiment } from "../index.ts";

export async function runLive(experiment: Experiment, folder: string, json: boolean): Promise<void> {
  throw new Error(`${experiment.name} ${folder} ${json}`);
}
