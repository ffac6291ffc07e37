import { Command } from "commander";
import { type AnyWorkload, BioXenError, seededRandom } from "../../contract/index.ts";
import { positive, positiveInteger } from "../options.ts";
import { progress } from "../progress.ts";
import { figure, seconds } from "../quantities.ts";
import { measureRegret } from "../regret.ts";
import { throughput } from "../report.ts";
import { openSession, type Session } from "../session.ts";
import { table } from "../table.ts";

interface Flags {
  readonly workload?: string;
  readonly device?: string;
  readonly threads?: number;
  readonly seconds: number;
  readonly regret?: boolean;
  readonly budget: number;
  readonly json?: boolean;
}

interface Row {
  readonly workload: string;
  readonly device: string;
  readonly units: number;
  /** Median over the runs. */
  readonly seconds: number;
  readonly runs: number;
  readonly throughput: { readonly value: number; readonly unit: string };
  /** Whether the output agreed with the oracle; null where the oracle would take too long. */
  readonly agrees: boolean | null;
}

const exponents = [12, 18, 24, 30];
/** The largest input on which the oracle is asked too. */
const largestChecked = 2 ** 24;

export function command(): Command {
  return new Command("bench")
    .description("time every workload on every device here over four sizes, outputs checked")
    .option("--workload <name>", "only this workload")
    .option("--device <id>", "only this accelerator or device")
    .option("--threads <n>", "threads a CPU device may use", positiveInteger)
    .option("--seconds <s>", "time for each row", positive, 0.3)
    .option("--regret", "instead: how much slower the chosen device is than the best one, over six sizes")
    .option("--budget <seconds>", "with --regret: time for the whole grid", positive, 180)
    .option("--json", "answer as one JSON object")
    .addHelpText(
      "after",
      "\nExamples:\n  $ bioxen bench\n  $ bioxen bench --workload matmul --device cpu-simd --threads 1 --json\n" +
        "  $ bioxen bench --regret --json                 after bioxen calibrate",
    )
    .action(bench);
}

async function bench(flags: Flags): Promise<void> {
  if (flags.regret === true) return benchRegret(flags);
  const { json = false, threads, seconds: budget } = flags;
  await using session = await openSession();
  const workloads = chosen(session, flags.workload);
  const devices = session.manager.availableAccelerators.filter(
    ({ id }) => flags.device === undefined || id === flags.device || id.startsWith(`${flags.device}:`),
  );
  if (devices.length === 0)
    throw new BioXenError("NO_DEVICE", `no device ${flags.device ?? ""} here; see bioxen probe`);
  using shown = progress();
  const rows: Row[] = [];
  const total = workloads.length * devices.length * exponents.length;
  let done = 0;
  for (const workload of workloads)
    for (const { id } of devices)
      for (const exponent of exponents) {
        shown.update(done++ / total, `${workload.id} on ${id}`);
        const row = await timed(session, workload, id, 2 ** exponent, budget, threads);
        if (row !== null) rows.push(row);
      }
  shown[Symbol.dispose]();
  if (json) process.stdout.write(`${JSON.stringify({ results: rows })}\n`);
  else
    process.stdout.write(
      table(
        [
          { title: "Workload", share: 19 },
          { title: "Device", share: 14 },
          { title: "Size", share: 15, right: true },
          { title: "Median", share: 10, right: true },
          { title: "Rate", share: 18, right: true },
        ],
        rows.map(({ workload, device, units, seconds: median, throughput: { value, unit } }) => [
          workload,
          device,
          figure(units),
          seconds(median),
          `${figure(value)} ${unit}`,
        ]),
      ),
    );
  const wrong = rows.find(({ agrees }) => agrees === false);
  if (wrong !== undefined)
    throw new BioXenError(
      "RESULT_MISMATCH",
      `${wrong.workload} on ${wrong.device} disagrees with the oracle at ${wrong.units} units`,
    );
}

async function benchRegret({ workload, budget, json = false }: Flags): Promise<void> {
  await using session = await openSession();
  const { manager, signal } = session;
  if (manager.calibration.status !== "loaded")
    process.stderr.write(
      `bioxen: choices rest on guesses: ${manager.calibration.reason}; run bioxen calibrate first\n`,
    );
  using shown = progress();
  const result = await measureRegret(manager, chosen(session, workload), budget, signal, shown.update);
  shown[Symbol.dispose]();
  if (json) {
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  const { grid, geomean, max, skipped } = result;
  process.stdout.write(
    table(
      [
        { title: "Workload", share: 19 },
        { title: "Size", share: 15, right: true },
        { title: "Chosen", share: 14 },
        { title: "Best", share: 14 },
        { title: "Ratio", share: 8, right: true },
        { title: "Timed", share: 7, right: true },
      ],
      grid.map(({ workload: name, size, chosen: id, best, ratio, seconds: times }) => [
        name,
        figure(size),
        id,
        best,
        ratio.toFixed(2),
        String(Object.keys(times).length),
      ]),
    ) +
      `the choice costs ${geomean.toFixed(3)}x (geometric mean), ${max.toFixed(2)}x at most` +
      `${skipped.length > 0 ? `; ${skipped.length} cells did not fit the budget` : ""}\n`,
  );
}

function chosen({ manager }: Session, name: string | undefined): readonly AnyWorkload[] {
  if (name === undefined) return manager.workloads;
  const found = manager.workloads.filter(({ id, aliases }) => id === name || aliases.includes(name));
  // an unknown name gets the manager's own error, with the names near it
  if (found.length === 0) manager.selectAccelerator(name);
  return found;
}

/** null where the device has no kernel for it, or one run would take ten times the row's time. */
async function timed(
  session: Session,
  workload: AnyWorkload,
  device: string,
  size: number,
  budget: number,
  threads: number | undefined,
): Promise<Row | null> {
  const { manager, signal } = session;
  const input: unknown = workload.generate(size, seededRandom(1));
  const options = { device, signal, ...(threads === undefined ? {} : { threads }) };
  const [candidate] = manager.explain(workload, input, options).candidates;
  if (candidate === undefined || candidate.predicted.seconds > 10 * budget) return null;
  const { units } = workload.size(input);
  // the first run warms up: code, memory and resident data
  const first = await manager.run(workload, input, options);
  const times: number[] = [];
  const startedAt = performance.now();
  do {
    times.push((await manager.run(workload, input, options)).measured.seconds);
  } while (performance.now() - startedAt < budget * 1000 && times.length < 1000);
  const median = times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
  const expected: unknown = units > largestChecked ? null : (workload.reference?.(input) ?? null);
  return {
    workload: workload.id,
    device,
    units,
    seconds: median,
    runs: times.length,
    throughput: throughput(workload, units, median),
    agrees: expected === null ? null : workload.differ(first.output, expected, input) === null,
  };
}
