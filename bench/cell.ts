// Cells, CPU time: the expression network of JCVI-syn3A as plain trajectories (no supply, no charging, machines in plenty) for 105 min, one thread and
// two; then whole cells, coupled each second; then one cell alone, with explicit charging, and with a flux model as its
// metabolism. What the cells come to is checked.
//   node dist/bench/cell.js [--trajectories 1000] [--cells 100] [--minutes 105] [--metabolism iMB155.json] [--json]
import { parseArgs } from "node:util";
import { cpuSimd } from "../accelerators/index.ts";
import { beforeStep } from "../src/cell/coupling.ts";
import {
  advanceMany,
  type Cell,
  type CellModel,
  cellSummary,
  compileCell,
  newbornCell,
  syn3a,
  withMetabolism,
} from "../src/cell/index.ts";
import type { Dispatched, Dispatcher, RunContext } from "../src/contract/index.ts";
import { readMetabolicModel } from "../src/formats/index.ts";
import type { ReactionNetwork } from "../src/network/index.ts";
import {
  type FluxBalanceInput,
  fluxBalance,
  type StochasticInput,
  type StochasticTrajectories,
  stochasticSimulation,
} from "../src/workloads/index.ts";
import { context, cpuSeconds, kernelOf } from "./beside-library.ts";

const { values: given } = parseArgs({
  options: {
    trajectories: { type: "string", default: "1000" },
    cells: { type: "string", default: "100" },
    minutes: { type: "string", default: "105" },
    metabolism: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const seconds = Number(given.minutes) * 60;
const probe = await cpuSimd.probe(context);
if (probe.status !== "present") throw new Error(`cpu-simd is ${probe.status}`);
await using device = await cpuSimd.open(probe.devices[0], context);
const kernel = kernelOf(cpuSimd, stochasticSimulation);
const fluxKernel = kernelOf(cpuSimd, fluxBalance);
const two: RunContext = { ...context, threads: 2 };

interface Timed {
  readonly threads: number;
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
}

async function timed(threads: number, work: () => Promise<void>): Promise<Timed> {
  const [cpu, wall] = [cpuSeconds(), performance.now()];
  await work();
  return { threads, cpuSeconds: cpuSeconds() - cpu, wallSeconds: (performance.now() - wall) / 1000 };
}

/** Expression alone: rates as at birth, with as many machines free as then at all times, so that genes do not compete. */
function expressionOf(model: CellModel): ReactionNetwork {
  const { at, genes, rates, ribosome, polymerase } = model;
  const initial = newbornCell(model, 1).values.slice();
  const machines = new Set([ribosome.free, ribosome.released, polymerase.free, polymerase.released]);
  beforeStep(model, { ...newbornCell(model, 1), values: initial });
  for (let gene = 0; gene < genes.length; gene++) {
    initial[at.startTranscription + gene] = rates[gene]?.transcription ?? 0;
    initial[at.startTranslation + gene] = rates[gene]?.translation ?? 0;
  }
  return {
    ...model.network,
    initial,
    reactions: model.network.reactions.map((reaction) => ({
      ...reaction,
      reactants: reaction.reactants.filter(([value]) => !machines.has(value)),
      changes: reaction.changes.filter(([value]) => !machines.has(value)),
    })),
  };
}

const model = compileCell(syn3a);
const network = expressionOf(model);
const input: StochasticInput = {
  ...{ network, method: "exact", count: Number(given.trajectories), seed: 1, firstTrajectory: 0, from: 0 },
  ...{ times: Float64Array.of(seconds), observed: new Uint32Array(0), changes: null, mostEvents: 1e8 },
  ...{ stopWhen: null, epsilon: 0.03, state: null },
};
let events = 0;
let made = 0;
const expression: Timed[] = [];
for (const how of [{ ...context, threads: 1 }, two]) {
  // code is made, threads are started
  await device.run<StochasticInput, StochasticTrajectories>(kernel, { ...input, count: 2 * 16 }, how);
  expression.push(
    await timed(how.threads ?? 0, async () => {
      const {
        statuses,
        events: each,
        state,
      } = await device.run<StochasticInput, StochasticTrajectories>(kernel, input, how);
      if (statuses.some((status) => status !== 0)) throw new Error("wrong output: a trajectory did not end");
      events = each.reduce((sum, one) => sum + one, 0);
      made = 0;
      for (let item = 0; item < input.count; item++)
        for (let gene = 0; gene < model.genes.length; gene++)
          made +=
            (state.values[item * network.values + model.at.proteins + gene] ?? 0) -
            (network.initial[model.at.proteins + gene] ?? 0);
    }),
  );
}
const perCell = made / input.count;
const expected = seconds * model.rates.reduce((sum, one) => sum + one.expectedTranscripts * one.translation, 0);
if (!(perCell > 0.9 * expected && perCell < 1.1 * expected))
  throw new Error(`wrong output: ${perCell} proteins a cell instead of about ${expected}`);

/** Whole cells in lockstep on so many threads. */
async function coupled(
  threads: number,
  count: number,
  cellsPerDispatch: number,
  of: CellModel = model,
): Promise<Timed & { readonly drift: number; readonly proteomeFold: number }> {
  const how = { ...context, threads };
  // a device takes one run at a time, as behind a manager
  let last: Promise<unknown> = Promise.resolve();
  const dispatcher: Dispatcher = {
    explain: () => {
      throw new Error("nothing is chosen here");
    },
    run: async (workload, one) => {
      const run = last.then(() =>
        Object.is(workload, fluxBalance)
          ? device.run(fluxKernel, one as unknown as FluxBalanceInput, how)
          : device.run(kernel, one as unknown as StochasticInput, how),
      );
      last = run.catch(() => null);
      return { output: await run } as unknown as Dispatched<never>;
    },
  };
  const cells = Array.from({ length: count }, (_, run): Cell => ({ model: of, state: newbornCell(of, 1, run) }));
  const done = await timed(threads, async () => {
    await advanceMany(cells, seconds, dispatcher, { cellsPerDispatch });
  });
  const runs = cells.map(cellSummary);
  const fold = runs.reduce((sum, { proteomeFold }) => sum + proteomeFold, 0) / count;
  if (seconds === 6300 && count > 1 && !(fold > 1.8 && fold < 2.2))
    throw new Error(`wrong output: the proteome grew ${fold} times`);
  return { ...done, proteomeFold: fold, drift: Math.max(...runs.map(({ drift }) => drift)) };
}

const cells = Number(given.cells);
const inCaller = await coupled(1, cells, 4);
// the way to a thread and back is told apart from what two threads do to each other
const onOneThread = await coupled(1, cells, 32);
const onThreads = await coupled(2, cells, 32);
const aCell = async (of: CellModel) => {
  // code is made
  await coupled(1, 1, 1, of);
  return coupled(1, 1, 1, of);
};
const flux = given.metabolism === undefined ? null : await readMetabolicModel(given.metabolism);
const single = {
  ownSupply: await aCell(model),
  charging: await aCell(compileCell(syn3a, { charging: true })),
  ...(flux === null
    ? {}
    : {
        fluxModelEverySecond: await aCell(withMetabolism(model, flux, { every: 1 })),
        fluxModelEveryFiveSeconds: await aCell(withMetabolism(model, flux)),
      }),
};
const result = {
  organism: syn3a.id,
  minutes: Number(given.minutes),
  expression: {
    trajectories: input.count,
    eventsPerTrajectory: events / input.count,
    proteinsMade: perCell,
    eventsPerSecond: events / (expression[0]?.cpuSeconds ?? 1),
    runs: expression,
    speedUp: (expression[0]?.wallSeconds ?? 0) / (expression[1]?.wallSeconds ?? 1),
  },
  single,
  coupled: { cells, inCaller, onOneThread, onThreads, speedUp: inCaller.wallSeconds / onThreads.wallSeconds },
};
console.log(given.json ? JSON.stringify(result) : JSON.stringify(result, null, 2));
