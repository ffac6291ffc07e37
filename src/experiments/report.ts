import {
  boxPlots,
  fiveNumbers,
  ganttChart,
  lineChart,
  rangeChart,
  report,
  type Section,
  tradeOffChart,
} from "../plots/index.ts";
import {
  completeParameters,
  ganttOf,
  makespanOf,
  optimumProved,
  type SchedulingProblem,
  schedulingPolicyNamed,
} from "../scheduling/index.ts";
import type { Experiment } from "./experiment-file.ts";
import type { LiveRow } from "./live.ts";
import { liveSection } from "./live-section.ts";
import type { Manifest } from "./manifest.ts";
import { cellsOf, nameOf, Plans, type ResultRow, simulationOf } from "./rows.ts";

/** Gantt charts of one problem: the shortest schedules first. */
const mostGantts = 8;
/** Bars that a chart can still show. */
const mostBars = 2000;
/** Tasks up to which the report computes the optimum itself, where the experiment did not. */
const smallGraph = 12;
/** Partial schedules that it looks at for that: some seconds. */
const reportNodes = 2e6;

/** Rows of one contestant on one problem, over seeds and repeats. */
interface Group {
  readonly name: string;
  readonly policy: string;
  readonly parameters: Readonly<Record<string, number>>;
  readonly rows: readonly ResultRow[];
  readonly makespan: number;
  readonly planned: number;
  readonly busy: number;
  readonly idle: number;
  readonly total: number;
}

/** One self-contained HTML page on an experiment's results, and on its live runs where there are any. */
export async function experimentReport(
  experiment: Experiment,
  lines: readonly string[],
  manifest: Manifest | null,
  live: readonly LiveRow[] = [],
): Promise<string> {
  const rows = lines.map((line) => JSON.parse(line) as ResultRow);
  const sections: Section[] = [aboutSection(experiment, rows, manifest)];
  for (const problem of experiment.problems) sections.push(...(await problemSections(experiment, problem, rows)));
  if (live.length > 0) sections.push(await liveSection(live));
  return report(`Experiment ${experiment.name}`, sections);
}

function aboutSection(experiment: Experiment, rows: readonly ResultRow[], manifest: Manifest | null): Section {
  const { seeds, repeats, noise, inputs, sha256 } = experiment;
  const made =
    manifest === null
      ? []
      : [
          `Run by bioxen ${manifest.versions.bioxen} on Node ${manifest.versions.node}, ${manifest.host.processor}, ${manifest.host.system}; results ${manifest.results.sha256}.`,
        ];
  return {
    heading: "What was run",
    paragraphs: [
      `${rows.length} rows: ${experiment.problems.length} problems, ${experiment.contestants.length} policies, ${seeds.length} seeds, ${repeats} repeats each; log-normal noise of ${noise.tasks} on task times and ${noise.transfers} on transfers.`,
      "All times and joules are simulated. Joules are those of the whole machine: idle devices are paid for until the last task ends.",
      `Experiment file ${sha256}.`,
      ...made,
    ],
    table: { columns: ["Input", "SHA-256"], rows: inputs.map(({ path, sha256: sum }) => [path, sum]) },
  };
}

async function problemSections(
  experiment: Experiment,
  problem: SchedulingProblem,
  all: readonly ResultRow[],
): Promise<Section[]> {
  const title = `${problem.graph.name} on ${problem.platform.id}`;
  const groups = groupsOf(
    all.filter(({ workflow, platform }) => workflow === problem.graph.name && platform === problem.platform.id),
  );
  const reference = referenceOf(problem, groups);
  const regret = (group: Group): number => group.planned / reference.makespan - 1;
  const figure = (value: number): string => String(Number(value.toPrecision(5)));
  const front = groups.filter((one) => !groups.some((other) => dominates(other, one)));
  return [
    {
      heading: title,
      paragraphs: [
        `Medians over seeds and repeats; times in seconds, energy in joules. Regret: how much longer the plan is than ${reference.what} (${figure(reference.makespan)} s).`,
      ],
      table: {
        columns: ["Policy", "Makespan", "Busy", "Idle", "Total", "Regret"],
        rows: groups.map((group) => [
          group.name,
          figure(group.makespan),
          figure(group.busy),
          figure(group.idle),
          figure(group.total),
          `${(100 * regret(group)).toFixed(1)} %`,
        ]),
      },
      pictures: [
        await tradeOffChart(
          "Time and energy: the front nothing is better than",
          { x: "makespan, s", y: "energy of the machine, J" },
          groups.map((group) => ({
            name: group.name,
            x: group.makespan,
            y: group.total,
            onFront: front.includes(group),
          })),
        ),
        await rangeChart(
          `Regret against ${reference.what}`,
          "% longer",
          groups.map((group) => ({ name: group.name, from: 0, to: 100 * regret(group) })),
        ),
        await boxPlots(
          "Makespan over seeds and repeats",
          "s",
          groups.map(({ name, rows }) => ({ name, values: rows.map(({ makespan }) => makespan) })),
        ),
        await boxPlots(
          "Energy of the machine over seeds and repeats",
          "J",
          groups.map(({ name, rows }) => ({ name, values: rows.map(({ energy }) => energy.total) })),
        ),
      ],
    },
    ...(await trapSections(title, groups)),
    await ganttSection(experiment, problem, title, groups),
  ];
}

function groupsOf(rows: readonly ResultRow[]): readonly Group[] {
  const byName = new Map<string, ResultRow[]>();
  for (const row of rows) byName.set(nameOf(row), [...(byName.get(nameOf(row)) ?? []), row]);
  return [...byName].flatMap(([name, own]) => {
    const [first] = own;
    if (first === undefined) return [];
    const median = (of: (row: ResultRow) => number): number => fiveNumbers(own.map(of))[2];
    return {
      name,
      policy: first.policy,
      parameters: first.parameters,
      rows: own,
      makespan: median(({ makespan }) => makespan),
      planned: median(({ planned }) => planned),
      busy: median(({ energy }) => energy.busy),
      idle: median(({ energy }) => energy.idle),
      total: median(({ energy }) => energy.total),
    };
  });
}

function dominates(a: Group, b: Group): boolean {
  return a.makespan <= b.makespan && a.total <= b.total && (a.makespan < b.makespan || a.total < b.total);
}

/** The optimum where it is proved, by the experiment or here; otherwise the shortest plan of the experiment. */
function referenceOf(problem: SchedulingProblem, groups: readonly Group[]): { makespan: number; what: string } {
  const found = groups.find(({ rows: [first] }) => first?.note === optimumProved);
  if (found !== undefined) return { makespan: found.planned, what: "the optimum" };
  if (problem.tasks <= smallGraph) {
    const policy = schedulingPolicyNamed("optimal");
    const plan = policy.plan(problem, completeParameters(policy, { nodes: reportNodes }), 0);
    if (plan.note === optimumProved) return { makespan: makespanOf(plan), what: "the optimum" };
  }
  return {
    makespan: Math.min(...groups.map(({ planned }) => planned)),
    what: "the shortest plan found (no optimum is known)",
  };
}

/** Where dmda ran with three weights of energy or more: what they did to active and to all joules. */
async function trapSections(title: string, groups: readonly Group[]): Promise<Section[]> {
  const series = new Map<string, { gamma: number; group: Group }[]>();
  for (const group of groups) {
    if (group.policy !== "dmda") continue;
    const { gamma = 0, ...rest } = group.parameters;
    const key = JSON.stringify(rest);
    series.set(key, [...(series.get(key) ?? []), { gamma, group }]);
  }
  const sections: Section[] = [];
  for (const [key, unsorted] of series) {
    const points = unsorted.toSorted((a, b) => a.gamma - b.gamma);
    const [first, last] = [points[0], points.at(-1)];
    if (first === undefined || last === undefined || points.length < 3) continue;
    const best = points.reduce((least, point) => (point.group.total < least.group.total ? point : least));
    const x = points.map((_, at) => at);
    sections.push({
      heading: `The idle-power trap: ${title}`,
      paragraphs: [trapSentence(first, best, last)],
      table: {
        columns: ["gamma", "Makespan, s", "Active (busy), J", "Idle, J", "Machine, J"],
        rows: points.map(({ gamma, group }) => [gamma, group.makespan, group.busy, group.idle, group.total].map(short)),
      },
      pictures: [
        await lineChart(
          `Energy by the weight of energy, dmda${key === "{}" ? "" : ` ${key}`}`,
          { x: `gamma: ${points.map(({ gamma }, at) => `${at} is ${gamma}`).join(", ")}`, y: "J" },
          [
            { name: "active (busy)", x, y: points.map(({ group }) => group.busy) },
            { name: "idle", x, y: points.map(({ group }) => group.idle) },
            { name: "the whole machine", x, y: points.map(({ group }) => group.total) },
          ],
        ),
      ],
    });
  }
  return sections;
}

function short(value: number): string {
  return String(Number(value.toPrecision(5)));
}

type Point = { readonly gamma: number; readonly group: Group };

function trapSentence(first: Point, best: Point, last: Point): string {
  const [from, least, to] = [first.group, best.group, last.group];
  const active = `From gamma ${first.gamma} to ${last.gamma} the active energy goes from ${short(from.busy)} to ${short(to.busy)} J`;
  const whole = `the machine's from ${short(from.total)} to ${short(to.total)} J, since devices idle for ${short(to.makespan)} s in place of ${short(from.makespan)} s`;
  const isU = best !== first && best !== last;
  const turn = isU
    ? `It is least, ${short(least.total)} J, at gamma ${best.gamma}: less below, more above.`
    : `It is least, ${short(least.total)} J, at gamma ${best.gamma}.`;
  return `${active}, and ${whole}. ${turn}`;
}

async function ganttSection(
  experiment: Experiment,
  problem: SchedulingProblem,
  title: string,
  groups: readonly Group[],
): Promise<Section> {
  const heading = `Schedules: ${title}`;
  if (problem.tasks > mostBars) return { heading, paragraphs: [`${problem.tasks} tasks are too many bars to draw.`] };
  const chosen = groups.toSorted((a, b) => a.makespan - b.makespan).slice(0, mostGantts);
  const plans = new Plans();
  const pictures: string[] = [];
  for (const {
    name,
    rows: [first],
  } of chosen) {
    for (const cell of cellsOf(experiment, first?.row)) {
      const simulation = simulationOf(experiment, cell, plans);
      pictures.push(await ganttChart(`${name}, seed ${cell.seed}`, "s", ganttOf(simulation)));
      break;
    }
  }
  const left = groups.length - chosen.length;
  return {
    heading,
    paragraphs: [
      `The first seed and repeat of each policy${left > 0 ? `, the ${chosen.length} shortest of ${groups.length}` : ""}.`,
    ],
    pictures,
  };
}
