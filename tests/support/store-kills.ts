import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { CheckpointStore } from "bioxen";
import { payloadOf } from "./store-writer.mjs";

const writer = fileURLToPath(new URL("./store-writer.mjs", import.meta.url));

export interface Kills {
  readonly kills: number;
  /** Checkpoints that were acknowledged before, and the greatest number of them by one writer. */
  readonly acknowledged: number;
  /** Times that a checkpoint was there whose acknowledgement its writer did not live to give. */
  readonly ahead: number;
  /** What was neither the old nor the new state, in words. */
  readonly broken: readonly string[];
}

/** Lets writers on one store be killed (`kill -9`) in the middle of it, so many times, some at once, and reads what is there. */
export async function killWriters(file: string, kills: number, atOnce: number): Promise<Kills> {
  const broken: string[] = [];
  let [done, acknowledged, ahead, left] = [0, 0, 0, kills];
  const lane = async (vm: string): Promise<void> => {
    let last = 0;
    while (left > 0) {
      left--;
      const seen = await killed(file, vm, last + 1, done);
      if (seen < last) broken.push(`${vm}: nothing was acknowledged after ${last}`);
      acknowledged += Math.max(0, seen - last);
      await using store = await CheckpointStore.open(file, { patience: 60 });
      const found = await store.get(vm);
      const number = found === null ? 0 : Buffer.from(found.payload).readUInt32LE(0);
      if (found !== null && Buffer.compare(found.payload, payloadOf(number)) !== 0)
        broken.push(`${vm}: mixed at ${number}`);
      if (found?.notices.length) broken.push(`${vm}: ${found.notices.join()}`);
      if (number < seen || number > seen + 1) broken.push(`${vm}: ${number} after ${seen} was acknowledged`);
      if (number > seen) ahead++;
      last = number;
      done++;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, (_, at) => lane(`vm-${at}`)));
  return { kills: done, acknowledged, ahead, broken };
}

/** The last number that a writer said before it was killed, some milliseconds after its first. */
function killed(file: string, vm: string, from: number, turn: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [writer, file, vm, String(from)], { stdio: ["ignore", "pipe", "pipe"] });
    let [said, error, killing] = ["", "", false];
    child.stderr.on("data", (text) => {
      error += text;
    });
    child.stdout.on("data", (text) => {
      said += text;
      if (killing) return;
      killing = true;
      // another moment of the next ones each time: 0 to 25 ms, in steps of a golden ratio's share
      setTimeout(() => child.kill("SIGKILL"), ((turn * 0.618) % 1) * 25);
    });
    child.on("error", reject);
    child.on("close", (_code, signal) => {
      if (signal !== "SIGKILL") reject(new Error(`a writer ended by itself: ${error}`));
      // a line that was cut off was not said
      else resolve(Number(said.split("\n").at(-2) ?? from - 1));
    });
  });
}
