import { type NetworkEvent, type ReactionNetwork, type StochasticInput, stochasticSimulation } from "bioxen";
import { type Cases, casesOf } from "bioxen/testing";
import {
  atLeast,
  dimerisation,
  expression,
  immigrationDeath,
  networkOf,
  number,
  over,
  plus,
  time,
  times,
  value,
} from "./networks.ts";

export function ensemble(network: ReactionNetwork, more: Partial<StochasticInput> = {}): StochasticInput {
  return {
    network,
    method: "exact",
    count: 5,
    seed: 1,
    firstTrajectory: 0,
    from: 0,
    times: Float64Array.of(0, 1, 2.5, 10),
    observed: Uint32Array.from({ length: network.values }, (_, index) => index),
    changes: null,
    mostEvents: 20_000,
    stopWhen: null,
    epsilon: 0.03,
    state: null,
    ...more,
  };
}

const event: Omit<NetworkEvent, "trigger" | "assignments"> = {
  initiallyTrue: false,
  persistent: true,
  delay: null,
  priority: null,
  valuesFromTrigger: true,
};

/** Immigration and death, set back to 50 whenever it exceeds 60, and after time 5 to 10 with a delay. */
const withEvents: ReactionNetwork = {
  ...immigrationDeath(40, 20, 0.3),
  events: [
    { ...event, trigger: atLeast(value(0), number(60)), assignments: [{ value: 0, of: number(50) }] },
    {
      ...event,
      trigger: atLeast(time, number(5)),
      delay: number(1.5),
      priority: number(2),
      assignments: [
        { value: 0, of: { kind: "draw", of: "poisson", arguments: [number(10)] } },
        { value: 1, of: times(value(1), number(2)) },
      ],
    },
  ],
};

/** A clock under a rate rule that an event sets back, as the distributions of the SBML suite are drawn. */
const withClock: ReactionNetwork = networkOf([0, 0], [], {
  rateRules: [{ value: 1, of: number(1) }],
  events: [
    {
      ...event,
      trigger: atLeast(value(1), number(0.5)),
      assignments: [
        { value: 0, of: { kind: "draw", of: "gamma", arguments: [number(1), number(2)] } },
        { value: 1, of: number(-0.5) },
      ],
    },
  ],
});

/** A rate that reads an assigned value. */
const withAssignment: ReactionNetwork = networkOf(
  [30, 20, 50],
  [
    [
      [[0, 1]],
      [
        [0, -1],
        [1, 1],
      ],
      0.5,
    ],
    [
      [[1, 1]],
      [
        [0, 1],
        [1, -1],
      ],
      over(times(value(1), number(30)), plus(number(10), value(2))),
    ],
  ],
  { assignments: [{ value: 2, of: plus(value(0), times(number(2), value(1))) }] },
);

export const stochasticSimulationCases: Cases = casesOf(
  stochasticSimulation,
  {
    "immigration and death": ensemble(immigrationDeath(10, 5, 0.1)),
    dimerisation: ensemble(dimerisation(100), { times: Float64Array.of(50) }),
    "three of a kind and a pair": ensemble(
      networkOf(
        [30, 20, 5],
        [
          [
            [[0, 3]],
            [
              [0, -3],
              [1, 1],
            ],
            0.001,
          ],
          [
            [
              [0, 1],
              [1, 1],
            ],
            [
              [1, -1],
              [2, 1],
            ],
            0.01,
          ],
          [
            [
              [0, 1],
              [1, 1],
              [2, 1],
            ],
            [[0, 1]],
            0.001,
          ],
          [[[1, 4]], [[1, -1]], 1e-4],
        ],
      ),
    ),
    "160 reactions, more than fit locals": ensemble(expression(40), { times: Float64Array.of(1, 20), count: 9 }),
    "many threads' work": ensemble(immigrationDeath(100, 50, 0.5), { count: 300, mostEvents: 1e6 }),
    "an assigned value in a rate": ensemble(withAssignment),
    "no reactions": ensemble(networkOf([3], [])),
    "nothing left to react": ensemble(networkOf([5], [[[[0, 1]], [[0, -1]], 10]])),
    "no trajectory": ensemble(immigrationDeath(1, 1, 1), { count: 0 }),
    "a used-up budget": ensemble(immigrationDeath(10, 50, 0.1), { mostEvents: 100 }),
    "stopped when there are 20": ensemble(immigrationDeath(0, 10, 0.01), { stopWhen: atLeast(value(0), number(20)) }),
    "initial values and parameters of each": ensemble(immigrationDeath(10, 5, 0.1), {
      count: 3,
      changes: {
        offsets: Uint32Array.of(0, 2, 2, 3),
        values: Uint32Array.of(0, 1, 2),
        amounts: Float64Array.of(1000, 0, 3),
      },
    }),
    "the last seed, later numbers": ensemble(dimerisation(1000), { seed: 2 ** 32 - 1, firstTrajectory: 2 ** 32 - 9 }),
    "a rate that becomes negative": ensemble(networkOf([10], [[[], [[0, -1]], plus(value(0), number(-3))]])),
    "more taken than there is": ensemble(networkOf([3], [[[], [[0, -2]], 5]])),
    "a rate that is NaN": ensemble(networkOf([0], [[[], [[0, 1]], over(value(0), value(0))]])),
    "continued from a state, far along its random numbers": ensemble(immigrationDeath(10, 5, 0.1), {
      count: 1,
      state: {
        values: Float64Array.of(12, 5, 0.1),
        times: Float64Array.of(0.25),
        draws: Float64Array.of(2 ** 32 - 7),
        events: null,
      },
    }),
    "events with a delay, a priority and a draw": ensemble(withEvents),
    "a clock that an event sets back": ensemble(withClock),
    "single precision accepted: a gene network's 160 reactions": ensemble(expression(40), {
      times: Float64Array.of(1, 20),
      count: 9,
      precision: "single",
    }),
    "single precision accepted: 300 trajectories": ensemble(immigrationDeath(100, 50, 0.5), {
      count: 300,
      mostEvents: 1e6,
      precision: "single",
    }),
    "single precision accepted: an assigned value in a rate": ensemble(withAssignment, { precision: "single" }),
    "single precision accepted: no reactions": ensemble(networkOf([3], []), { precision: "single" }),
    "single precision accepted: nothing left to react": ensemble(networkOf([5], [[[[0, 1]], [[0, -1]], 10]]), {
      precision: "single",
    }),
    "single precision accepted: a used-up budget": ensemble(immigrationDeath(10, 50, 0.1), {
      mostEvents: 100,
      precision: "single",
    }),
    "single precision accepted: stopped when there are 20": ensemble(immigrationDeath(0, 10, 0.01), {
      stopWhen: atLeast(value(0), number(20)),
      precision: "single",
    }),
    "single precision accepted: more taken than there is": ensemble(networkOf([3], [[[], [[0, -2]], 5]]), {
      precision: "single",
    }),
    "single precision accepted: a rate a billionth of the other": ensemble(
      networkOf(
        [1000, 0, 1],
        [
          [[[0, 1]], [[1, 1]], 1e3],
          [[[2, 1]], [[2, -1]], 1],
        ],
      ),
      { times: Float64Array.of(0.01, 0.02), precision: "single" },
    ),
    "single precision accepted: continued from a state, with changes": ensemble(immigrationDeath(10, 5, 0.1), {
      count: 2,
      from: 1000,
      times: Float64Array.of(1000, 1001, 1010),
      changes: { offsets: Uint32Array.of(0, 1, 1), values: Uint32Array.of(0), amounts: Float64Array.of(40) },
      state: {
        values: Float64Array.of(12, 5, 0.1, 3, 5, 0.1),
        times: Float64Array.of(999.75, 1000),
        draws: Float64Array.of(2 ** 32 - 7, 5),
        events: null,
      },
      precision: "single",
    }),
    "tau-leaping, few molecules": ensemble(dimerisation(40), { method: "tau-leaping" }),
    "tau-leaping, many molecules": ensemble(dimerisation(1e5, 1e-5, 0.1), { method: "tau-leaping" }),
  },
  { identical: true },
);
