import { Command, InvalidArgumentError } from "commander";
import { BioXenError } from "../../contract/index.ts";
import { atomicWriteFile, readTaskGraph } from "../../formats/index.ts";
import { ganttChart, pictureFile } from "../../plots/index.ts";
import { readPlatform } from "../../profile/index.ts";
import {
  CarbonIntensity,
  ganttOf,
  type Noise,
  peakWatts,
  powerTrace,
  type Scheduled,
  type Simulation,
  scheduleGraphAbortable,
  schedulingPolicies,
} from "../../scheduling/index.ts";
import { interruptible } from "../interruptible.ts";
import { fraction, notNegativeInteger } from "../options.ts";
import { figure, seconds } from "../quantities.ts";
import { table } from "../table.ts";

interface Flags {
  readonly workflow: string;
  readonly platform: string;
  readonly policy: string;
  readonly set: Readonly<Record<string, number>>;
  readonly seed: number;
  readonly noise: number;
  readonly transferNoise: number;
  readonly plot?: string;
  readonly json?: boolean;
}

/** Rows of the table for people; `--json` has all. */
const shown = 40;

export function command(): Command {
  return new Command("schedule")
    .description("place a workflow's tasks on the devices of a platform, and say what that takes in time and energy")
    .requiredOption("--workflow <file>", "WfFormat 1.5 (WfCommons), or the project's own JSON; .gz too")
    .option("--platform <id|file>", "a shipped platform, or a file of your own", "example")
    .option("--policy <name,..>", "one, several, or all", "heft")
    .option("--set <name=value>", "a parameter of the policy; may be repeated", parameter, {})
    .option("--seed <s>", "of the random policy and of noise", notNegativeInteger, 0)
    .option("--noise <spread>", "of task times: standard deviation of their logarithm, 0 to 1", fraction, 0)
    .option("--transfer-noise <spread>", "likewise of transfers", fraction, 0)
    .option("--plot <file>", "draw the schedule into a self-contained .svg or .html")
    .option("--json", "answer as one JSON object")
    .addHelpText(
      "after",
      `
Policies:
${schedulingPolicies
  .map(({ id, summary, parameters }) => {
    const names = Object.keys(parameters);
    return `  ${id.padEnd(16)}${summary}${names.length === 0 ? "" : ` (${names.join(", ")})`}`;
  })
  .join("\n")}

Examples:
  $ bioxen schedule --workflow epigenomics.json --platform example --policy heft --json
  $ bioxen schedule --workflow W.json --platform P.json --policy dmda --set alpha=1 --set gamma=0.01
  $ bioxen schedule --workflow W.json --policy all`,
    )
    .action(run);
}

function parameter(text: string, before: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const [, name, value] = /^([\w-]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || !Number.isFinite(Number(value))) throw new InvalidArgumentError("NAME=NUMBER is expected.");
  return { ...before, [name]: Number(value) };
}

async function run(flags: Flags): Promise<void> {
  if (flags.plot !== undefined && pictureFile(flags.plot, "", "") === null)
    throw new BioXenError("INPUT_INVALID", `${flags.plot}: a plot is an .svg or .html file`);
  const graph = await readTaskGraph(flags.workflow);
  const platform = readPlatform(flags.platform);
  const options = {
    seed: flags.seed,
    noise: { tasks: flags.noise, transfers: flags.transferNoise },
  };
  const names = flags.policy === "all" ? schedulingPolicies.map(({ id }) => id) : flags.policy.split(",");
  const [first, ...others] = names;
  const isOne = others.length === 0;
  if (!isOne && flags.plot !== undefined) throw new BioXenError("INPUT_INVALID", "--plot draws one policy; name one");
  const schedule = (name: string, parameters = flags.set): Promise<Scheduled> =>
    interruptible((signal) => scheduleGraphAbortable(graph, platform, name, { ...options, parameters, signal }));
  if (first !== undefined && isOne) {
    const scheduled = await schedule(first);
    if (flags.plot !== undefined) await draw(flags.plot, scheduled);
    process.stdout.write(
      flags.json === true ? `${JSON.stringify(answerOf(scheduled, options))}\n` : printed(scheduled),
    );
    return;
  }
  const answers: Answered[] = [];
  for (const name of names) {
    const known = schedulingPolicies.find(({ id }) => id === name)?.parameters ?? {};
    const own = Object.fromEntries(Object.entries(flags.set).filter(([key]) => flags.policy !== "all" || key in known));
    try {
      answers.push({ policy: name, scheduled: await schedule(name, own) });
    } catch (error) {
      // of all policies some may not fit: a graph too large for the optimum, a platform without a carbon trace
      if (flags.policy !== "all" || !(error instanceof BioXenError) || error.code === "ABORTED") throw error;
      answers.push({ policy: name, refused: error.message });
    }
  }
  process.stdout.write(
    flags.json === true
      ? `${JSON.stringify({
          workflow: graph.name,
          platform: platform.id,
          assumed,
          policies: answers.map((one) =>
            "refused" in one ? one : { ...answerOf(one.scheduled, options), schedule: undefined, assumed: undefined },
          ),
        })}\n`
      : compared(answers),
  );
}

type Answered =
  | { readonly policy: string; readonly scheduled: Scheduled }
  | { readonly policy: string; readonly refused: string };

interface Luck {
  readonly seed: number;
  readonly noise: Noise;
}

/** What the numbers rest on, for whoever has only them before him. */
const assumed = {
  links: "not contended: transfers under way at once do not slow one another down",
  slots: "one task at a time on a device, whatever its cores",
  ends: "what a workflow reads at its start and leaves at its end is not transferred",
} as const;

/** What `--json` gives of one schedule. */
function answerOf({ problem, policy, parameters, simulation }: Scheduled, { seed, noise }: Luck): object {
  const { makespan, horizon, energy, plan, start, end } = simulation;
  const trace = powerTrace(simulation);
  const { carbon } = problem.platform;
  return {
    workflow: problem.graph.name,
    platform: problem.platform.id,
    policy,
    parameters,
    seed,
    noise,
    assumed,
    tasks: problem.tasks,
    makespan,
    ...(horizon > makespan ? { horizon } : {}),
    energy,
    peakWatts: peakWatts(trace),
    carbonGrams: carbon === undefined ? null : new CarbonIntensity(carbon).gramsOf(trace),
    ...(plan.note === null ? {} : { note: plan.note }),
    schedule: running(simulation).map((task) => ({
      task: problem.graph.tasks[task]?.id,
      device: problem.platform.devices[plan.device[task] ?? 0]?.id,
      start: start[task],
      end: end[task],
      ...((plan.state[task] ?? 0) === 0 ? {} : { state: stateOf(simulation, task) }),
    })),
  };
}

function stateOf({ problem, plan }: Simulation, task: number): string {
  return problem.power[plan.device[task] ?? 0]?.stateIds[plan.state[task] ?? 0] ?? "";
}

/** Tasks by start; of those that start together the lower index first. */
function running({ start }: Simulation): readonly number[] {
  return Array.from(start, (_, task) => task).sort((a, b) => (start[a] ?? 0) - (start[b] ?? 0) || a - b);
}

function printed({ problem, policy, simulation }: Scheduled): string {
  const { makespan, energy, plan, start, end } = simulation;
  const rows = running(simulation)
    .slice(0, shown)
    .map((task) => [
      problem.graph.tasks[task]?.id ?? "",
      problem.platform.devices[plan.device[task] ?? 0]?.id ?? "",
      seconds(start[task] ?? 0),
      seconds(end[task] ?? 0),
    ]);
  const { busy, idle, transfer, wake, total } = energy;
  return (
    `${problem.graph.name} on ${problem.platform.id} by ${policy}: ${seconds(makespan)}, ${figure(total)} J` +
    ` (busy ${figure(busy)} J, idle ${figure(idle)} J, transfer ${figure(transfer)} J, wake ${figure(wake)} J)\n` +
    `${plan.note === null ? "" : `${plan.note}\n`}` +
    table(
      [
        { title: "Task", share: 36 },
        { title: "Device", share: 14 },
        { title: "Start", share: 12, right: true },
        { title: "End", share: 12, right: true },
      ],
      rows,
    ) +
    (problem.tasks > shown ? `and ${problem.tasks - shown} more tasks: --json has them all\n` : "")
  );
}

function compared(answers: readonly Answered[]): string {
  const rows = answers.map((one) => {
    if ("refused" in one) return [one.policy, "-", "-", "-", "-", one.refused];
    const { makespan, energy, plan } = one.scheduled.simulation;
    const cells = [energy.busy, energy.idle, energy.total].map(figure);
    return [one.policy, seconds(makespan), ...cells, plan.note ?? ""];
  });
  return table(
    [
      { title: "Policy", share: 15 },
      { title: "Makespan", share: 11, right: true },
      { title: "Busy, J", share: 11, right: true },
      { title: "Idle, J", share: 11, right: true },
      { title: "Total, J", share: 11, right: true },
      { title: "Note", share: 18 },
    ],
    rows,
  );
}

async function draw(file: string, { problem, policy, simulation }: Scheduled): Promise<void> {
  const title = `${problem.graph.name} on ${problem.platform.id}: ${policy}`;
  const text = pictureFile(file, title, await ganttChart(title, "s", ganttOf(simulation)));
  if (text !== null) await atomicWriteFile(file, text);
}
