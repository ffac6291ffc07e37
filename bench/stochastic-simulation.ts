// Exact stochastic simulation, one thread and then two: the nets of the peer `ssa_bench.cpp` (C++ sum tree), events a second of CPU
// time, output checked against what is known of each net.
//   node dist/bench/stochastic-simulation.js [--json]
import { parseArgs } from "node:util";
import { cpuSimd } from "../accelerators/index.ts";
import type { RunContext } from "../src/contract/index.ts";
import type { NetworkReaction, ReactionNetwork } from "../src/network/index.ts";
import { type StochasticInput, type StochasticTrajectories, stochasticSimulation } from "../src/workloads/index.ts";
import { context, cpuSeconds, kernelOf } from "./beside-library.ts";

const { values: given } = parseArgs({ options: { json: { type: "boolean", default: false } } });

type Pairs = readonly (readonly [number, number])[];

function networkOf(species: readonly number[], rates: readonly (readonly [Pairs, Pairs, number])[]): ReactionNetwork {
  const initial = [...species];
  const reactions = rates.map(
    ([reactants, changes, rate]): NetworkReaction => ({
      reactants,
      changes,
      rate: { kind: "mass-action", constant: initial.push(rate) - 1 },
      reversible: false,
    }),
  );
  const names = initial.map((_, index) => `value ${index}`);
  const none = { assignments: [], rateRules: [], events: [] };
  return { values: initial.length, names, initial: Float64Array.from(initial), reactions, ...none };
}

/** The peer's own generator, so that both have the same constants. */
function genes(count: number): ReactionNetwork {
  let state = 1;
  const random = (): number => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
  const species: number[] = [];
  const rates: (readonly [Pairs, Pairs, number])[] = [];
  for (let gene = 0; gene < count; gene++) {
    const [kt, kd, kl, kp] = [
      0.002 + 0.02 * random(),
      0.003 + 0.004 * random(),
      0.02 + 0.3 * random(),
      7.7e-6 + 1e-3 * random(),
    ];
    const [g, m, p] = [3 * gene, 3 * gene + 1, 3 * gene + 2];
    species.push(1, Math.round(kt / kd), Math.round(((kt / kd) * kl) / kp));
    rates.push(
      [[[g, 1]], [[m, 1]], kt],
      [[[m, 1]], [[m, -1]], kd],
      [[[m, 1]], [[p, 1]], kl],
      [[[p, 1]], [[p, -1]], kp],
    );
  }
  return networkOf(species, rates);
}

interface Net {
  readonly name: string;
  readonly network: ReactionNetwork;
  readonly end: number;
  /** A complaint about the values at the end, or null. */
  readonly check: (values: Float64Array) => string | null;
}

const within = (value: number | undefined, low: number, high: number): string | null =>
  value !== undefined && value >= low && value <= high ? null : `${value} is not from ${low} to ${high}`;
const nets: readonly Net[] = [
  {
    name: "immigration and death",
    network: networkOf(
      [1000],
      [
        [[], [[0, 1]], 100],
        [[[0, 1]], [[0, -1]], 0.1],
      ],
    ),
    end: 50_000,
    // Poisson of mean 1,000
    check: ([x]) => within(x, 800, 1200),
  },
  {
    name: "dimerisation",
    network: networkOf(
      [100, 0],
      [
        [
          [[0, 2]],
          [
            [0, -2],
            [1, 1],
          ],
          0.001,
        ],
        [
          [[1, 1]],
          [
            [0, 2],
            [1, -1],
          ],
          0.01,
        ],
      ],
    ),
    end: 5e6,
    check: ([x = 0, y = 0]) => (x + 2 * y === 100 ? null : `${x} + 2 x ${y} is not 100`),
  },
  {
    name: "Schlogl",
    network: networkOf(
      [250],
      [
        [[[0, 2]], [[0, 1]], 0.03],
        [[[0, 3]], [[0, -1]], 1e-4],
        [[], [[0, 1]], 200],
        [[[0, 1]], [[0, -1]], 3.5],
      ],
    ),
    end: 2000,
    check: ([x]) => within(x, 10, 900),
  },
  {
    name: "Lotka and Volterra",
    network: networkOf(
      [1000, 1000],
      [
        [[[0, 1]], [[0, 1]], 10],
        [
          [
            [0, 1],
            [1, 1],
          ],
          [
            [0, -1],
            [1, 1],
          ],
          0.01,
        ],
        [[[1, 1]], [[1, -1]], 10],
      ],
    ),
    end: 12,
    check: ([x = 0, y = 0]) => within(x + y, 1, 20_000),
  },
  {
    name: "500 genes, 2,000 reactions",
    network: genes(500),
    end: 6000,
    check: (values) => {
      // messages are Poisson numbers of mean kt / kd, half a thousand of them
      const { initial, reactions } = genes(500);
      const constant = (at: number): number => {
        const rate = reactions[at]?.rate;
        return rate?.kind === "mass-action" ? (initial[rate.constant] ?? Number.NaN) : Number.NaN;
      };
      let found = 0;
      let mean = 0;
      for (let gene = 0; gene < 500; gene++) {
        found += values[3 * gene + 1] ?? Number.NaN;
        mean += constant(4 * gene) / constant(4 * gene + 1);
      }
      return within(found, mean - 6 * Math.sqrt(mean), mean + 6 * Math.sqrt(mean));
    },
  },
];

const probe = await cpuSimd.probe(context);
if (probe.status !== "present") throw new Error(`cpu-simd is ${probe.status}`);
await using device = await cpuSimd.open(probe.devices[0], context);
const kernel = kernelOf(cpuSimd, stochasticSimulation);

function inputOf({ network, end }: Pick<Net, "network" | "end">, count: number): StochasticInput {
  return {
    network,
    method: "exact",
    count,
    seed: 1,
    firstTrajectory: 0,
    from: 0,
    times: Float64Array.of(end),
    observed: Uint32Array.of(0),
    changes: null,
    mostEvents: 1e9,
    stopWhen: null,
    epsilon: 0.03,
    state: null,
  };
}

async function timed(
  input: StochasticInput,
  how: RunContext = context,
): Promise<{ readonly output: StochasticTrajectories; readonly cpu: number; readonly wall: number }> {
  const [cpu, wall] = [cpuSeconds(), performance.now()];
  const output = await device.run<StochasticInput, StochasticTrajectories>(kernel, input, how);
  if (output.statuses.some((status) => status !== 0)) throw new Error(`wrong output: statuses ${output.statuses}`);
  return { output, cpu: cpuSeconds() - cpu, wall: (performance.now() - wall) / 1000 };
}

const rows = [];
for (const net of nets) {
  const input = inputOf(net, 1);
  let best = Number.POSITIVE_INFINITY;
  let events = 0;
  for (let round = 0; round < 5; round++) {
    const { output, cpu } = await timed(input);
    const complaint = net.check(output.state.values);
    if (complaint !== null) throw new Error(`wrong output: ${net.name}: ${complaint}`);
    best = Math.min(best, cpu);
    events = output.events[0] ?? 0;
  }
  rows.push({ net: net.name, events, cpuSeconds: best, eventsPerSecond: events / best });
}

// an ensemble: its mean must be within six standard errors of 40 (1 - exp(-0.1 x 20)), that of a Poisson number
const ensemble = inputOf(
  {
    network: networkOf(
      [0],
      [
        [[], [[0, 1]], 4],
        [[[0, 1]], [[0, -1]], 0.1],
      ],
    ),
    end: 20,
  },
  100_000,
);
const two = { ...context, threads: 2 };
await timed(ensemble, two);
const threads = [];
for (const how of [context, two]) {
  const { output, cpu, wall } = await timed(ensemble, how);
  const mean = output.samples.reduce((sum, sample) => sum + sample, 0) / ensemble.count;
  const wanted = 40 * (1 - Math.exp(-2));
  const complaint = within(
    mean,
    wanted - 6 * Math.sqrt(wanted / ensemble.count),
    wanted + 6 * Math.sqrt(wanted / ensemble.count),
  );
  if (complaint !== null) throw new Error(`wrong output: the mean ${complaint}`);
  threads.push({ threads: how.threads, cpuSeconds: cpu, wallSeconds: wall, mean, wanted });
}
const [one, both] = threads;
const result = {
  workload: stochasticSimulation.id,
  rows,
  ensemble: { trajectories: ensemble.count, threads, speedUp: (one?.wallSeconds ?? 0) / (both?.wallSeconds ?? 1) },
};
console.log(given.json ? JSON.stringify(result) : JSON.stringify(result, null, 2));
