// Flux balance on E. coli iML1515, one thread: load and first solve, knock-outs, ranges of fluxes; CPU time, output checked.
//   node dist/bench/flux-balance.js [--json] [--out FILE] [--data FOLDER]
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { cpuSimd } from "../accelerators/index.ts";
import type { RunContext } from "../src/contract/index.ts";
import {
  type FluxBalanceInput,
  type FluxBalanceOutput,
  type FluxProblem,
  fluxBalance,
} from "../src/workloads/index.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    out: { type: "string" },
    data: { type: "string", default: fileURLToPath(new URL("../../../shared/data/metabolic/", import.meta.url)) },
  },
});

interface Reaction {
  readonly id: string;
  readonly metabolites: Readonly<Record<string, number>>;
  readonly lower_bound: number;
  readonly upper_bound: number;
  readonly objective_coefficient?: number;
}

interface Model {
  readonly metabolites: readonly { readonly id: string }[];
  readonly reactions: readonly Reaction[];
}

/** COBRApy's ranges at full growth. */
interface Ranges {
  readonly min: Readonly<Record<string, number>>;
  readonly max: Readonly<Record<string, number>>;
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(join(values.data, name), "utf8")) as T;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function problemOf({ metabolites, reactions }: Model): FluxProblem {
  const rowOf = new Map(metabolites.map(({ id }, row) => [id, row]));
  const entries = reactions.map((reaction) => Object.entries(reaction.metabolites));
  const starts = new Int32Array(reactions.length + 1);
  entries.forEach(({ length }, column) => {
    starts[column + 1] = (starts[column] ?? 0) + length;
  });
  return {
    rows: metabolites.length,
    columns: reactions.length,
    starts,
    indices: Int32Array.from(entries.flat(), ([id]) => rowOf.get(id) ?? -1),
    values: Float64Array.from(entries.flat(), ([, value]) => value),
    rowLower: new Float64Array(metabolites.length),
    rowUpper: new Float64Array(metabolites.length),
    lower: Float64Array.from(reactions, (reaction) => reaction.lower_bound),
    upper: Float64Array.from(reactions, (reaction) => reaction.upper_bound),
    objective: Float64Array.from(reactions, (reaction) => reaction.objective_coefficient ?? 0),
    sense: "maximum",
    integer: null,
  };
}

function assert(right: boolean, what: string): void {
  if (!right) throw new Error(`wrong output: ${what}`);
}

const started = cpuSeconds();
const model = read<Model>("iML1515.json");
const problem = problemOf(model);
const expected = read<{ readonly objective: number }>("oracle/iML1515.fba.json").objective;
const parsed = cpuSeconds();

const context: RunContext = { signal: new AbortController().signal, threads: 1 };
const probe = await cpuSimd.probe(context);
if (probe.status !== "present") throw new Error(`cpu-simd is ${probe.status}`);
await using device = await cpuSimd.open(probe.devices[0], context);
const [kernel] = cpuSimd.kernels.filter(({ workload }) => workload === fluxBalance);

async function timed(input: FluxBalanceInput): Promise<{ readonly output: FluxBalanceOutput; readonly cpu: number }> {
  if (kernel === undefined) throw new Error("cpu-simd has no flux-balance kernel");
  const before = cpuSeconds();
  const output = await device.run<FluxBalanceInput, FluxBalanceOutput>(kernel, input, context);
  return { output, cpu: cpuSeconds() - before };
}

const alone: FluxBalanceInput = { problem, count: 1, bounds: null, objectives: null, senses: null, wants: "duals" };
const first = await timed(alone);
const again = await timed(alone);
for (const { output } of [first, again]) {
  assert(Math.abs((output.objectives[0] ?? 0) / expected - 1) < 1e-9, `growth is ${output.objectives[0]}`);
  assert(fluxBalance.differ(output, first.output, alone) === null, "fluxes and prices do not prove themselves");
}

const sampled = Int32Array.from({ length: 209 }, (_, at) => 13 * at);
const each = Uint32Array.from({ length: sampled.length + 1 }, (_, at) => at);
const zeros = new Float64Array(sampled.length);
const knockOuts: FluxBalanceInput = {
  ...alone,
  count: sampled.length,
  bounds: { offsets: each, columns: sampled, lower: zeros, upper: zeros },
  wants: "objective",
};
await timed(knockOuts); // compiles what the steps of the simplex use
const knocked = await timed(knockOuts);
const lethal = knocked.output.objectives.filter((growth) => growth < 1e-6).length;
assert(
  knocked.output.residuals.every((residual) => residual <= 1e-7),
  "a knock-out is not proved",
);
assert(
  knocked.output.objectives.every((growth) => growth <= expected * (1 + 1e-9)),
  "a knock-out grows faster",
);
assert(lethal > 5 && lethal < sampled.length / 2, `${lethal} of ${sampled.length} knock-outs are lethal`);

const biomass = problem.objective.indexOf(1);
const grown = { ...problem, lower: problem.lower.with(biomass, expected * (1 - 1e-10)) };
const ranged: FluxBalanceInput = {
  ...alone,
  problem: grown,
  count: sampled.length,
  objectives: { offsets: each, columns: sampled, values: zeros.map(() => 1) },
  senses: Int8Array.from(sampled, (_, at) => (at % 2 === 0 ? -1 : 1)),
  wants: "objective",
};
await timed(ranged);
const ranges = await timed(ranged);
const { min, max } = read<Ranges>("oracle/iML1515.fva.json");
const furthest = Math.max(
  ...Array.from(sampled, (column, at) => {
    const wanted = (at % 2 === 0 ? min : max)[model.reactions[column]?.id ?? ""] ?? Number.NaN;
    return Math.abs((ranges.output.objectives[at] ?? Number.NaN) - wanted) / Math.max(1, Math.abs(wanted));
  }),
);
assert(furthest < 1e-4, `a range differs by ${furthest}`);

const perItem = (cpu: number): number => (cpu / sampled.length) * 1000;
const result = {
  workload: "flux-balance",
  command: "node dist/bench/flux-balance.js",
  host: `${cpus()[0]?.model ?? "CPU"}, Node ${process.version}`,
  model: `iML1515, ${problem.rows} x ${problem.columns}, ${problem.values.length} coefficients`,
  cpuSeconds: {
    processAndImports: started,
    parse: parsed - started,
    loadAndFirstSolve: first.cpu,
    secondSolve: again.cpu,
  },
  cpuMillisecondsPerItem: { knockOut: perItem(knocked.cpu), range: perItem(ranges.cpu) },
  retried: [...knocked.output.attempts, ...ranges.output.attempts].filter((attempts) => attempts > 1).length,
  furthestRange: furthest,
};
if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`);
if (values.json) console.log(JSON.stringify(result));
else console.log(JSON.stringify(result, null, 2));
