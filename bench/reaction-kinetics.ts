// Stiff kinetics, one thread: a network of reversible enzymes over 6,300 s in one run and with a restart each second; CPU time,
// output checked. Beside CVODE: the same file as JSON here and as text there (`odegen.py` of the peers makes both).
//   node dist/bench/reaction-kinetics.js [--model ode.json] [--relative 1e-4] [--reference ode_ref.txt] [--json]
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { cpuSimd } from "../accelerators/index.ts";
import {
  type KineticsInput,
  type KineticsSolutions,
  type KineticsState,
  reactionKinetics,
} from "../src/workloads/index.ts";
import { context, cpuSeconds, kernelOf } from "./beside-library.ts";
import { type EnzymeModel, enzymeNetwork, randomEnzymes } from "./enzyme-network.ts";

const { values: given } = parseArgs({
  options: {
    model: { type: "string" },
    relative: { type: "string", default: "1e-4" },
    /** Where the final values of a run at 1e-11 are written. */
    reference: { type: "string" },
    json: { type: "boolean", default: false },
  },
});

const model =
  given.model === undefined ? randomEnzymes() : (JSON.parse(readFileSync(given.model, "utf8")) as EnzymeModel);
const network = enzymeNetwork(model);
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
