import { type Expression, type KineticsInput, type NetworkEvent, type ReactionNetwork, reactionKinetics } from "bioxen";
import { type Cases, casesOf } from "bioxen/testing";
import {
  atLeast,
  dimerisation,
  immigrationDeath,
  networkOf,
  number,
  over,
  plus,
  time,
  times,
  value,
} from "./networks.ts";

export function solution(network: ReactionNetwork, more: Partial<KineticsInput> = {}): KineticsInput {
  return {
    network,
    count: 1,
    from: 0,
    times: Float64Array.of(0, 0.5, 2, 10),
    observed: Uint32Array.from({ length: network.values }, (_, index) => index),
    changes: null,
    relative: 1e-6,
    absolute: 1e-8,
    mostSteps: 10_000,
    seed: 1,
    firstItem: 0,
    state: null,
    ...more,
  };
}

/** With a tolerance that devices without doubles can keep to. */
function coarse(network: ReactionNetwork, more: Partial<KineticsInput> = {}): KineticsInput {
  return solution(network, { relative: 1e-4, absolute: 1e-6, ...more });
}

const event: Omit<NetworkEvent, "trigger" | "assignments"> = {
  initiallyTrue: true,
  persistent: true,
  delay: null,
  priority: null,
  valuesFromTrigger: true,
};
const below = (left: Expression, right: Expression): Expression => ({
  kind: "compare",
  of: "less",
  arguments: [left, right],
});
const set = (index: number, of: Expression) => [{ value: index, of }];

/** Robertson's problem, with rates over four orders of magnitude. */
const stiff = networkOf(
  [1, 0, 0],
  [
    [
      [[0, 1]],
      [
        [0, -1],
        [1, 1],
      ],
      0.04,
    ],
    [
      [[1, 1]],
      [
        [1, -1],
        [2, 1],
      ],
      times(number(300), value(1), value(1)),
    ],
    [
      [
        [1, 1],
        [2, 1],
      ],
      [
        [0, 1],
        [1, -1],
      ],
      100,
    ],
  ],
);
/** A value that decays and is filled up each time it falls below a half. */
const refilled = networkOf([2], [[[[0, 1]], [[0, -1]], 1]], {
  events: [{ ...event, trigger: below(value(0), number(0.5)), assignments: set(0, number(2)) }],
});
/** Three events due at one time, by priority; one of them takes another one's trigger away. */
const priorities = networkOf([0, 0, 1], [], {
  rateRules: [{ value: 0, of: number(1) }],
  events: [
    {
      ...event,
      trigger: atLeast(time, number(1)),
      priority: number(1),
      assignments: set(1, times(value(1), number(10))),
    },
    {
      ...event,
      trigger: atLeast(time, number(1)),
      priority: number(5),
      assignments: set(1, plus(value(1), number(3))),
    },
    {
      ...event,
      trigger: { kind: "many", of: "and", arguments: [atLeast(time, number(1)), below(value(1), number(3))] },
      persistent: false,
      priority: number(0),
      assignments: set(2, number(100)),
    },
  ],
});

export const reactionKineticsCases: Cases = casesOf(
  reactionKinetics,
  {
    decay: solution(networkOf([8], [[[[0, 1]], [[0, -1]], 0.7]])),
    "immigration and death": solution(immigrationDeath(10, 5, 0.1)),
    dimerisation: solution(dimerisation(100)),
    "a stiff network": solution(stiff),
    "time in a rate, an assigned value in another": solution(
      networkOf(
        [1, 2, 0],
        [
          [[], [[0, 1]], plus(number(1), { kind: "unary", of: "sine", argument: times(number(3), time) })],
          [
            [],
            [
              [0, -1],
              [1, 1],
            ],
            over(times(number(2), value(0)), value(2)),
          ],
        ],
        { assignments: [{ value: 2, of: plus(number(1), value(0), value(1)) }] },
      ),
    ),
    "a rate rule beside reactions": solution(
      networkOf([1, 1], [[[[0, 1]], [[0, -1]], 0.3]], { rateRules: [{ value: 1, of: times(value(0), value(1)) }] }),
    ),
    "nothing moves": solution(networkOf([3], [])),
    "no item": solution(immigrationDeath(1, 1, 1), { count: 0 }),
    "values and parameters of each": solution(immigrationDeath(10, 5, 0.1), {
      count: 3,
      changes: {
        offsets: Uint32Array.of(0, 2, 2, 3),
        values: Uint32Array.of(0, 1, 2),
        amounts: Float64Array.of(1000, 0, 3),
      },
    }),
    "many threads' work": solution(stiff, { count: 40, times: Float64Array.of(1, 5) }),
    "coarse: a stiff network": coarse(stiff, { times: Float64Array.of(0.5, 2) }),
    "coarse: two kinds of molecules and an assigned value": coarse(
      networkOf(
        [1, 2, 0],
        [
          [[], [[0, 1]], plus(number(1), over(value(1), number(4)))],
          [
            [],
            [
              [0, -1],
              [1, 1],
            ],
            over(times(number(2), value(0)), value(2)),
          ],
        ],
        { assignments: [{ value: 2, of: plus(number(1), value(0), value(1)) }] },
      ),
    ),
    "coarse: a rate rule beside reactions": coarse(
      networkOf([1, 1], [[[[0, 1]], [[0, -1]], 0.3]], { rateRules: [{ value: 1, of: times(value(0), number(0.5)) }] }),
    ),
    "coarse: nothing moves": coarse(networkOf([3], [])),
    "coarse: 130 items of their own, the time far along": coarse(immigrationDeath(10, 5, 0.1), {
      count: 130,
      from: 1e6,
      times: Float64Array.of(1e6, 1e6 + 3, 1e6 + 10),
      changes: {
        offsets: Uint32Array.from({ length: 131 }, (_, item) => item),
        values: new Uint32Array(130),
        amounts: Float64Array.from({ length: 130 }, (_, item) => 10 * item),
      },
    }),
    "coarse: continued from a state": coarse(immigrationDeath(10, 5, 0.1), {
      state: {
        values: Float64Array.of(20, 5, 0.1),
        times: Float64Array.of(0.25),
        steps: Float64Array.of(0.01),
        draws: Float64Array.of(0),
        events: null,
      },
    }),
    "an event at each crossing": solution(refilled),
    "an event with a delay, its values from the trigger": solution(
      networkOf([1, 0], [[[[0, 1]], [[0, -1]], 1]], {
        events: [{ ...event, trigger: below(value(0), number(0.6)), delay: number(1), assignments: set(1, value(0)) }],
      }),
    ),
    "the same, its values from when it happens": solution(
      networkOf([1, 0], [[[[0, 1]], [[0, -1]], 1]], {
        events: [
          {
            ...event,
            valuesFromTrigger: false,
            trigger: below(value(0), number(0.6)),
            delay: number(1),
            assignments: set(1, value(0)),
          },
        ],
      }),
    ),
    "a trigger that stops holding before the delay is over": solution(
      networkOf([0, 7], [], {
        rateRules: [{ value: 0, of: number(1) }],
        events: [
          {
            ...event,
            persistent: false,
            trigger: { kind: "many", of: "and", arguments: [atLeast(value(0), number(1)), below(value(0), number(2))] },
            delay: number(3),
            assignments: set(1, number(0)),
          },
        ],
      }),
    ),
    "events at one time by priority": solution(priorities, { times: Float64Array.of(0.5, 1, 2) }),
    "continued from a state": solution(immigrationDeath(10, 5, 0.1), {
      from: 0,
      state: {
        values: Float64Array.of(20, 5, 0.1),
        times: Float64Array.of(0.25),
        steps: Float64Array.of(0.01),
        draws: Float64Array.of(0),
        events: null,
      },
    }),
    "a rate that is NaN": solution(networkOf([0], [[[], [[0, 1]], over(value(0), value(0))]])),
  },
  { identical: true },
);
