// Stiff kinetics, one thread: a network of reversible enzymes over 6,300 s in one run and with a restart each second; CPU time,
// output checked. Beside CVODE: the same file as JSON here and as text there (`odegen.py` of the peers makes both).
//   node dist/bench/reaction-kinetics.js [--model ode.json] [--relative 1e-4] [--reference ode_ref.txt] [--json]
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { cpuSimd } from "../accelerators/index.ts";
import { seededRandom } from "../src/index.ts";
import type { Expression, NetworkReaction, ReactionNetwork } from "../src/network/index.ts";
import {
  type KineticsInput,
  type KineticsSolutions,
  type KineticsState,
  reactionKinetics,
} from "../src/workloads/index.ts";
import { context, cpuSeconds, kernelOf } from "./beside-library.ts";

const { values: given } = parseArgs({
  options: {
    model: { type: "string" },
    relative: { type: "string", default: "1e-4" },
    /** Where the final values of a run at 1e-11 are written. */
    reference: { type: "string" },
    json: { type: "boolean", default: false },
  },
});

interface Enzyme {
  readonly s: readonly number[];
  readonly p: readonly number[];
  readonly kf: number;
  readonly kr: number;
  readonly e: number;
  readonly ks: readonly number[];
  readonly kp: readonly number[];
}

interface Model {
  readonly N: number;
  readonly rx: readonly Enzyme[];
  readonly x0: readonly number[];
  readonly ex: {
    readonly inn: readonly (readonly [number, number])[];
    readonly out: readonly (readonly [number, number])[];
  };
}

/** A network of the same kind where no file is given. */
function randomModel(): Model {
  const random = seededRandom(3);
  const between = (low: number, high: number): number => 10 ** (low + (high - low) * random());
  const N = 100;
  const rx = Array.from({ length: 160 }, (_, at): Enzyme => {
    const from = at % N;
    const to = at < N ? (at + 1) % N : (from + 1 + Math.floor(random() * (N - 1))) % N;
    const kf = between(-0.5, 4);
    return {
      s: [from],
      p: [to],
      kf,
      kr: kf * between(-2, 0),
      e: between(-4, -1.5),
      ks: [between(-2, 0.5)],
      kp: [between(-2, 0.5)],
    };
  });
  const every = (first: number, step: number): (readonly [number, number])[] =>
    Array.from({ length: Math.ceil((N - first) / step) }, (_, at) => [first + step * at, between(-4, -2)] as const);
  return { N, rx, x0: Array.from({ length: N }, () => between(-2, 0.7)), ex: { inn: every(0, 9), out: every(4, 7) } };
}

const number = (value: number): Expression => ({ kind: "number", value });
const value = (index: number): Expression => ({ kind: "value", index });
const times = (all: readonly Expression[]): Expression => ({ kind: "many", of: "multiply", arguments: all });
const plus = (all: readonly Expression[]): Expression => ({ kind: "many", of: "add", arguments: all });
const minus = (left: Expression, right: Expression): Expression => ({ kind: "binary", of: "subtract", left, right });

function networkOf({ N, rx, x0, ex }: Model): ReactionNetwork {
  const initial = [...x0];
  const reactions: NetworkReaction[] = rx.map(({ s, p, kf, kr, e, ks, kp }) => {
    const parts = (all: readonly number[], k: readonly number[]): Expression[] =>
      all.map((index, at) => times([value(index), number(1 / (k[at] ?? 1))]));
    const saturation = (all: readonly Expression[]): Expression => times(all.map((one) => plus([number(1), one])));
    const [left, right] = [parts(s, ks), parts(p, kp)];
    const changes = new Map<number, number>();
    for (const index of s) changes.set(index, (changes.get(index) ?? 0) - 1);
    for (const index of p) changes.set(index, (changes.get(index) ?? 0) + 1);
    return {
      reactants: [],
      changes: [...changes].filter(([, amount]) => amount !== 0).sort(([a], [b]) => a - b),
      rate: {
        kind: "expression",
        rate: {
          kind: "binary",
          of: "divide",
          left: minus(times([number(kf * e), ...left]), times([number(kr * e), ...right])),
          right: minus(plus([saturation(left), saturation(right)]), number(1)),
        },
      },
      reversible: true,
    };
  });
  const exchange = (index: number, rate: number, amount: number): void => {
    const reactants = amount < 0 ? ([[index, 1]] as const) : [];
    const constant = initial.push(rate) - 1;
    reactions.push({
      reactants,
      changes: [[index, amount]],
      rate: { kind: "mass-action", constant },
      reversible: false,
    });
  };
  for (const [index, rate] of ex.inn) exchange(index, rate, 1);
  for (const [index, rate] of ex.out) exchange(index, rate, -1);
  const none = { assignments: [], rateRules: [], events: [] };
  const names = initial.map((_, index) => (index < N ? `species ${index}` : `constant ${index}`));
  return { values: initial.length, names, initial: Float64Array.from(initial), reactions, ...none };
}

const model = given.model === undefined ? randomModel() : (JSON.parse(readFileSync(given.model, "utf8")) as Model);
const network = networkOf(model);
const probe = await cpuSimd.probe(context);
if (probe.status !== "present") throw new Error(`cpu-simd is ${probe.status}`);
await using device = await cpuSimd.open(probe.devices[0], context);
const kernel = kernelOf(cpuSimd, reactionKinetics);
const end = 6300;

async function solve(relative: number, until: number, state: KineticsState | null): Promise<KineticsSolutions> {
  const input: KineticsInput = {
    network,
    count: 1,
    from: 0,
    times: Float64Array.of(until),
    observed: new Uint32Array(0),
    changes: null,
    relative,
    absolute: relative / 1000,
    // few enough to run without a worker
    mostSteps: until === end && state === null ? 1e6 : 4000,
    seed: 1,
    firstItem: 0,
    state,
  };
  const solved = await device.run<KineticsInput, KineticsSolutions>(kernel, input, context);
  if (solved.statuses[0] !== 0) throw new Error(`wrong output: status ${solved.statuses[0]}`);
  return solved;
}

const right = (await solve(1e-11, end, null)).state.values;
if (given.reference !== undefined) writeFileSync(given.reference, [...right.subarray(0, model.N)].join(" "));
function errorOf(solved: Float64Array): number {
  return Math.max(
    ...Array.from({ length: model.N }, (_, at) => {
      const wanted = right[at] ?? Number.NaN;
      return Math.abs((solved[at] ?? Number.NaN) - wanted) / (1e-6 + Math.abs(wanted));
    }),
  );
}

const relative = Number(given.relative);
await solve(relative, end, null);
const beforeRun = cpuSeconds();
const whole = await solve(relative, end, null);
const runSeconds = cpuSeconds() - beforeRun;

let state: KineticsState | null = null;
let tried = 0;
const beforeRestarts = cpuSeconds();
for (let second = 1; second <= end; second++) {
  const solved: KineticsSolutions = await solve(relative, second, state);
  state = solved.state;
  tried += solved.steps[0] ?? 0;
}
const restartSeconds = cpuSeconds() - beforeRestarts;
const errors = { oneRun: errorOf(whole.state.values), restarts: errorOf(state?.values ?? right.slice().fill(0)) };
if (!(errors.oneRun < 100 * relative && errors.restarts < 100 * relative))
  throw new Error(`wrong output: relative errors of ${errors.oneRun} and ${errors.restarts} at ${relative}`);
const result = {
  workload: reactionKinetics.id,
  model: `${model.N} species, ${network.reactions.length} reactions, ${end} s`,
  relative,
  oneRun: { cpuSeconds: runSeconds, steps: whole.steps[0], error: errors.oneRun },
  restartsEachSecond: { cpuSeconds: restartSeconds, steps: tried, error: errors.restarts },
};
console.log(given.json ? JSON.stringify(result) : JSON.stringify(result, null, 2));
