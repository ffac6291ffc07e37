import { Command } from "commander";
import { positive } from "../options.ts";
import { progress } from "../progress.ts";
import { figure, seconds } from "../quantities.ts";
import { openSession } from "../session.ts";

export function command(): Command {
  return new Command("calibrate")
    .description("time every kernel on every device here, and keep the result for later runs")
    .option("--budget <seconds>", "about how long it may take", positive, 20)
    .option("--json", "answer as one JSON object")
    .addHelpText("after", "\nExamples:\n  $ bioxen calibrate\n  $ bioxen calibrate --budget 60 --json")
    .action(calibrate);
}

async function calibrate({ budget, json = false }: { budget: number; json?: boolean }): Promise<void> {
  await using session = await openSession();
  using shown = progress();
  const result = await session.manager.calibrate({
    budget,
    signal: session.signal,
    onProgress: ({ share, device, workload, units }) =>
      shown.update(share, `${workload} on ${device}, ${figure(units)} units`),
  });
  shown[Symbol.dispose]();
  const { path } = session.manager.calibration;
  if (json) {
    process.stdout.write(`${JSON.stringify({ ...result, path })}\n`);
    return;
  }
  const { kept } = result;
  process.stdout.write(
    `${result.runs} runs in ${seconds(result.seconds)}, ${kept.status === "saved" ? `kept in ${path}` : `not kept: ${kept.reason}`}\n`,
  );
  for (const { device, workload, reason } of result.failed)
    process.stdout.write(`${workload} on ${device} failed and keeps its prior: ${reason}\n`);
}
