import { Command, InvalidArgumentError, Option } from "commander";
import { BioXenError, type DispatchOptions } from "../../contract/index.ts";
import {
  atomicWriteFile,
  parseReactionNetwork,
  readReactionNetwork,
  type SbmlNetwork,
  type SbmlNetworkOptions,
} from "../../formats/index.ts";
import { lineChart, pictureFile } from "../../plots/index.ts";
import { reactionKinetics, stochasticSimulation } from "../../workloads/index.ts";
import { continuousCourse } from "../course.ts";
import { birthDeathDimerisation } from "../embedded-network.ts";
import { stochasticEnsemble } from "../ensemble.ts";
import { momentsCsv } from "../moments-csv.ts";
import { notNegativeInteger, positive, positiveInteger } from "../options.ts";
import { progress } from "../progress.ts";
import { figure, seconds } from "../quantities.ts";
import { runSuite } from "../sbml-suite.ts";
import { openSession } from "../session.ts";
import { table } from "../table.ts";

interface Flags {
  readonly method: "ssa" | "tau" | "ode";
  readonly runs?: number;
  readonly until: number;
  readonly points: number;
  readonly seed: number;
  readonly events: number;
  readonly precision: "double" | "single";
  readonly observe?: readonly string[];
  readonly csv?: string;
  readonly plot?: string;
  readonly suite?: string;
  readonly device?: string;
  readonly threads?: number;
  readonly deadline?: number;
  readonly json?: boolean;
}

/** Trajectories where the command says nothing: enough for a mean, quick to wait for. */
const usualRuns = 100;
/** As the suite recommends. */
const suiteRuns = 10_000;
/** Rows that the summary shows. */
const listed = 20;
/** Species that the summary and the plot show where none are named. */
const shownSpecies = 5;

export function command(): Command {
  return new Command("simulate")
    .description("simulate a reaction network from SBML: stochastic trajectories, or its differential equations")
    .argument("[model]", "SBML core level 2 or 3, .gz too (default: an embedded birth, death and dimerisation network)")
    .addOption(
      new Option("--method <how>", "exact trajectories, tau-leaping, or rate equations")
        .choices(["ssa", "tau", "ode"])
        .default("ssa"),
    )
    .option("--runs <n>", `trajectories (default: ${usualRuns}; 10,000 a case with --suite)`, positiveInteger)
    .option("--until <t>", "how long, in the model's unit of time", positive, 50)
    .option("--points <k>", "how many equal steps to report", positiveInteger, 50)
    .option("--seed <s>", "of all random numbers", seed, 1)
    .option("--events <n>", "reactions that one trajectory may have", positiveInteger, 1e8)
    .addOption(
      new Option("--precision <least>", "single: devices without doubles may compute trajectories, too")
        .choices(["double", "single"])
        .default("double"),
    )
    .option("--observe <id,..>", "species, compartments, parameters to report (default: all species)", ids)
    .option("--csv <file>", "write times, means and standard deviations, whole or not at all")
    .option("--plot <file>", "draw means with a band of one standard deviation into a self-contained .svg or .html")
    .option("--suite <dir>", "run the cases of the SBML test suite below this folder instead of a model")
    .option("--device <id>", "run on this accelerator or device only, e.g. cpu-simd")
    .option("--threads <n>", "threads a CPU device may use (default: all cores)", positiveInteger)
    .option("--deadline <seconds>", "give up on a batch after this time", positive)
    .option("--json", "answer as one JSON object")
    .addHelpText(
      "after",
      `
Examples:
  $ bioxen simulate --until 100 --plot dimers.svg
  $ bioxen simulate BIOMD0000000012.xml --method ode --until 1000 --points 200 --csv repressilator.csv
  $ bioxen simulate model.xml --method ssa --runs 10000 --seed 7 --json
  $ bioxen simulate --suite sbml-test-suite/cases/stochastic --json
Amounts are in the model's unit of substance: molecules, for stochastic runs.`,
    )
    .action(run);
}

function seed(text: string): number {
  const value = notNegativeInteger(text);
  if (value >= 2 ** 32) throw new InvalidArgumentError("a whole number below 2^32 is expected.");
  return value;
}

function ids(text: string): readonly string[] {
  return text.split(",").map((one) => one.trim());
}

async function run(path: string | undefined, flags: Flags): Promise<void> {
  if (path !== undefined && flags.suite !== undefined)
    throw new BioXenError("INPUT_INVALID", "name a model or --suite, not both");
  if (flags.plot !== undefined && pictureFile(flags.plot, "", "") === null)
    throw new BioXenError("INPUT_INVALID", `${flags.plot}: a plot is an .svg or .html file`);
  await (flags.suite === undefined ? simulate(path, flags) : suite(flags.suite, flags));
}

function dispatchOf({ device, threads, deadline }: Flags, signal: AbortSignal): DispatchOptions {
  return {
    signal,
    ...(device === undefined ? {} : { device }),
    ...(threads === undefined ? {} : { threads }),
    ...(deadline === undefined ? {} : { deadline }),
  };
}

/** What was observed: means and standard deviations by time, then column. */
interface Answer {
  readonly means: Float64Array;
  readonly deviations: Float64Array | null;
  readonly events: number | null;
}

async function simulate(path: string | undefined, flags: Flags): Promise<void> {
  const options: SbmlNetworkOptions = {
    use: flags.method === "ode" ? "continuous" : "stochastic",
    rates: flags.observe ?? [],
  };
  const model =
    path === undefined
      ? parseReactionNetwork(Buffer.from(birthDeathDimerisation), options, "(embedded)")
      : await readReactionNetwork(path, options);
  const columns = observedOf(model, flags.observe);
  const times = Float64Array.from({ length: flags.points + 1 }, (_, at) => (at * flags.until) / flags.points);
  const runs = flags.method === "ode" ? 1 : (flags.runs ?? usualRuns);
  const workload = flags.method === "ode" ? reactionKinetics : stochasticSimulation;
  await using session = await openSession([workload], flags.device);
  const dispatch = dispatchOf(flags, session.signal);
  using shown = progress();
  const started = { wall: performance.now(), cpu: process.cpuUsage() };
  const answer: Answer =
    flags.method === "ode"
      ? await continuousAnswer()
      : await stochasticEnsemble(model, session.manager, {
          method: flags.method === "ssa" ? "exact" : "tau-leaping",
          runs,
          seed: flags.seed,
          times,
          observed: columns.map(({ value }) => ({ value, over: null })),
          mostEvents: flags.events,
          single: flags.precision === "single",
          dispatch,
          onProgress: (done) => shown.update(done / runs, `${figure(done)} of ${figure(runs)} trajectories`),
        });
  const cpu = process.cpuUsage(started.cpu);
  const measured = { seconds: (performance.now() - started.wall) / 1000, cpuSeconds: (cpu.user + cpu.system) / 1e6 };

  async function continuousAnswer(): Promise<Answer> {
    const course = await continuousCourse(model, session.manager, {
      times,
      relative: 1e-6,
      absolute: 1e-9,
      seed: flags.seed,
      mostSteps: flags.events,
      dispatch,
    });
    const means = Float64Array.from({ length: times.length * columns.length }, (_, at) =>
      course.at(Math.floor(at / columns.length), columns[at % columns.length]?.value ?? 0),
    );
    return { means, deviations: null, events: null };
  }

  const at = (row: number, column: number): number => row * columns.length + column;
  if (flags.csv !== undefined) await atomicWriteFile(flags.csv, [momentsCsv(columns, times, answer)]);
  if (flags.plot !== undefined) {
    const drawn = flags.observe === undefined ? columns.slice(0, 2 * shownSpecies) : columns;
    const time = [...times];
    const picture = await lineChart(
      model.id,
      { x: "time", y: "amount" },
      drawn.map(({ id }, column) => {
        const y = time.map((_, row) => answer.means[at(row, column)] ?? Number.NaN);
        const sd = time.map((_, row) => answer.deviations?.[at(row, column)] ?? 0);
        if (answer.deviations === null || runs === 1) return { name: id, x: time, y };
        const band = {
          lower: y.map((mean, row) => mean - (sd[row] ?? 0)),
          upper: y.map((mean, row) => mean + (sd[row] ?? 0)),
        };
        return { name: id, x: time, y, band };
      }),
    );
    await atomicWriteFile(flags.plot, pictureFile(flags.plot, model.id, picture) ?? "");
  }
  if (flags.json === true) {
    const values = (from: Float64Array, column: number): number[] =>
      Array.from(times, (_, row) => from[at(row, column)] ?? Number.NaN);
    const { deviations } = answer;
    process.stdout.write(
      `${JSON.stringify({
        model: { id: model.id, species: speciesOf(model).length, reactions: model.network.reactions.length },
        method: flags.method,
        runs,
        seed: flags.seed,
        withoutRate: model.withoutRate,
        times: [...times],
        results: columns.map(({ id }, column) => ({
          id,
          mean: values(answer.means, column),
          ...(deviations === null ? {} : { sd: values(deviations, column) }),
        })),
        events: answer.events,
        measured,
      })}\n`,
    );
    return;
  }
  process.stdout.write(summary());

  function summary(): string {
    const some = columns.slice(0, shownSpecies);
    const every = Math.max(1, Math.ceil(times.length / listed));
    const rows = Array.from(times, (time, row) => [
      figure(time),
      ...some.map((_, column) => {
        const mean = figure(answer.means[at(row, column)] ?? Number.NaN);
        return answer.deviations === null ? mean : `${mean} ± ${figure(answer.deviations[at(row, column)] ?? 0)}`;
      }),
    ]).filter((_, row) => row % every === 0 || row === times.length - 1);
    const what = flags.method === "ode" ? "rate equations" : `${figure(runs)} trajectories, seed ${flags.seed}`;
    const more =
      columns.length > some.length ? `${columns.length - some.length} more: --csv, --json or --observe.\n` : "";
    const lawless =
      model.withoutRate.length === 0 ? "" : `${model.withoutRate.length} reactions have no rate and never happen.\n`;
    const events = answer.events === null ? "" : `${figure(answer.events)} events in `;
    return (
      `${model.id}: ${what}\n` +
      table(
        [{ title: "time", share: 10, right: true }, ...some.map(({ id }) => ({ title: id, share: 16, right: true }))],
        rows,
      ) +
      `${more}${lawless}${events}${seconds(measured.seconds)}.\n`
    );
  }
}

function speciesOf({ symbols }: SbmlNetwork): string[] {
  return [...symbols].filter(([, { kind }]) => kind === "species").map(([id]) => id);
}

function observedOf(
  model: SbmlNetwork,
  named: readonly string[] | undefined,
): readonly { id: string; value: number }[] {
  return (named ?? speciesOf(model)).map((id) => {
    const symbol = model.symbols.get(id);
    if (symbol === undefined)
      throw new BioXenError("INPUT_INVALID", `${model.id} has no ${JSON.stringify(id)} to observe`);
    return { id, value: symbol.value };
  });
}

async function suite(folder: string, flags: Flags): Promise<void> {
  await using session = await openSession(null, flags.device);
  using shown = progress();
  const started = process.cpuUsage();
  const cases = await runSuite(folder, session.manager, {
    runs: flags.runs ?? suiteRuns,
    dispatch: dispatchOf(flags, session.signal),
    onProgress: (done, total) => shown.update(done / total, `${done} of ${total} cases`),
  });
  const cpu = process.cpuUsage(started);
  const count = (status: string): number => cases.filter((one) => one.status === status).length;
  const counts = { pass: count("pass"), fail: count("fail"), unsupported: count("unsupported") };
  if (flags.json === true) {
    const measured = { cpuSeconds: (cpu.user + cpu.system) / 1e6 };
    process.stdout.write(`${JSON.stringify({ runs: flags.runs ?? suiteRuns, counts, cases, measured })}\n`);
    return;
  }
  const remarkable = cases.filter(({ why }) => why !== null);
  process.stdout.write(
    `${counts.pass} passed, ${counts.fail} failed, ${counts.unsupported} unsupported\n` +
      (remarkable.length === 0
        ? ""
        : table(
            [
              { title: "case", share: 20 },
              { title: "status", share: 14 },
              { title: "why", share: 46 },
            ],
            remarkable.map(({ id, status, why }) => [id, status, why ?? ""]),
          )),
  );
}
