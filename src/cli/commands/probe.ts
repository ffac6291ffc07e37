import { availableParallelism, cpus, totalmem } from "node:os";
import { Command } from "commander";
import { out as pc } from "../colours.ts";
import { bytes } from "../quantities.ts";
import { openSession } from "../session.ts";
import { table } from "../table.ts";

export function command(): Command {
  return new Command("probe")
    .description("say which devices this machine has, and which accelerators found none and why")
    .option("--json", "answer as one JSON object")
    .addHelpText("after", "\nExamples:\n  $ bioxen probe\n  $ bioxen probe --json | jq '.devices[].id'")
    .action(probe);
}

async function probe({ json = false }: { json?: boolean }): Promise<void> {
  await using session = await openSession();
  const { inventory, availableAccelerators: devices, calibration } = session.manager;
  const absent = inventory.flatMap(({ accelerator, probe: answer }) => {
    if (answer.status === "present") return [];
    return {
      accelerator,
      status: answer.status,
      reason: answer.status === "absent" ? answer.reason : answer.error.message,
    };
  });
  const host = {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    threads: availableParallelism(),
    memory: totalmem(),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
  };
  const calibrated =
    calibration.status === "loaded" ? { date: calibration.calibration.date } : { reason: calibration.reason };
  if (json) {
    process.stdout.write(`${JSON.stringify({ host, calibration: calibrated, devices, absent })}\n`);
    return;
  }
  process.stdout.write(
    `${host.cpu}, ${host.threads} threads, ${bytes(host.memory)}, node ${host.node}; ` +
      `${"date" in calibrated ? `calibrated ${calibrated.date}` : calibrated.reason}\n` +
      table(
        [
          { title: "Accelerator", share: 18 },
          { title: "Kind", share: 8 },
          { title: "What is there", share: 52 },
        ],
        [
          ...devices.map(({ id, kind, name, features }) => [pc.green(id), kind, `${name} (${features.join(", ")})`]),
          ...absent.map(({ accelerator, status, reason }) => [
            accelerator,
            status === "broken" ? pc.red(status) : pc.dim(status),
            reason,
          ]),
        ],
      ),
  );
}
