import { type FluxBalanceInput, type FluxBalanceOutput, fluxBalance } from "bioxen";
import { type Cases, casesOf } from "bioxen/testing";
import { batchOf, problemOf } from "./flux-problems.ts";

const { POSITIVE_INFINITY: none } = Number;

/** Uptake of at most 10 into A, A to B by two ways, B to biomass, B to waste. */
const network = problemOf({
  matrix: [
    [1, -1, -1, 0, 0],
    [0, 1, 1, -1, -1],
  ],
  objective: [0, 0, 0, 1, 0],
  upper: [10, 1000, 1000, 1000, 1000],
});
/** x + y at most 4, x + 3 y at most 6. */
const twoRows = problemOf({
  matrix: [
    [1, 1],
    [1, 3],
  ],
  objective: [3, 2],
  rowLower: [-none, -none],
  rowUpper: [4, 6],
});
const bothOf = [
  [0, 3],
  [1, 2],
] as const;
const anywhere = { lower: [-none, -none], upper: [none, none] };

export const fluxBalanceCases: Cases = casesOf<FluxBalanceInput, FluxBalanceOutput>(
  fluxBalance,
  {
    "nothing changed": batchOf(network, [{}]),
    "no items": batchOf(network, []),
    "knock-outs, one of them lethal": batchOf(network, [
      {},
      { bounds: [[1, 0, 0]] },
      { bounds: [[0, 0, 0]] },
      {
        bounds: [
          [1, 0, 0],
          [2, 0, 0],
        ],
      },
    ]),
    "the range of each flux": batchOf(
      network,
      [0, 1, 2, 3, 4].flatMap((column) =>
        ([1, -1] as const).map((sense) => ({ objective: [[column, 1]] as const, sense })),
      ),
      "fluxes",
    ),
    "feasible, infeasible and unbounded in one batch": batchOf(
      network,
      [
        {},
        { bounds: [[3, 11, 1000]] },
        {
          bounds: [
            [0, 0, none],
            [1, 0, none],
            [3, 0, none],
          ],
        },
        { bounds: [[4, -1, 1000]] },
      ],
      "objective",
    ),
    inequalities: batchOf(twoRows, [
      { objective: bothOf, sense: 1 },
      { objective: bothOf, sense: -1 },
      { objective: [[1, 1]], sense: 1 },
    ]),
    "free variables": batchOf(
      problemOf({ matrix: [[1, 1]], objective: [1, 2], ...anywhere, rowLower: [3], rowUpper: [3] }),
      [
        {
          objective: [
            [0, 1],
            [1, 1],
          ],
        },
        {
          objective: [
            [0, 1],
            [1, 2],
          ],
        },
        { objective: [] },
      ],
    ),
    "fixed columns": batchOf(
      problemOf({ matrix: [[1, -1, 1]], objective: [0, 1, 0], lower: [2, 0, 3], upper: [2, 100, 3] }),
      [{}],
    ),
    "redundant rows": batchOf(
      problemOf({
        matrix: [
          [1, -1, 0],
          [2, -2, 0],
          [1, 0, -1],
          [0, 1, -1],
        ],
        objective: [0, 0, 1],
        upper: [7, 10, 10],
      }),
      [{}, { bounds: [[2, 8, 9]] }],
    ),
    "empty objective": batchOf(problemOf({ matrix: [[1, -1]], objective: [0, 0], upper: [5, 5] }), [
      {},
      { bounds: [[0, 2, 3]] },
    ]),
    "empty rows and columns": batchOf(
      problemOf({
        matrix: [
          [0, 0, 0],
          [1, 0, -1],
        ],
        objective: [0, 2, 1],
        upper: [4, 3, none],
      }),
      [{}, { bounds: [[1, 0, none]] }, { bounds: [[2, 5, 6]] }],
    ),
    "an empty row that may not be 0": batchOf(
      problemOf({ matrix: [[0, 0]], objective: [1, 0], rowLower: [1], rowUpper: [2] }),
      [{}],
    ),
    "no rows": batchOf(problemOf({ matrix: [], objective: [1, -1], lower: [-3, -4], upper: [5, none] }), [
      {},
      { bounds: [[0, 0, none]] },
    ]),
    "no columns": batchOf(problemOf({ matrix: [[], []], objective: [] }), [{}], "fluxes"),
    // Beale's: Dantzig's rule cycles on it (Naval Res. Logist. Q. 2:269, 1955)
    "degenerate, on which the simplex method may cycle": batchOf(
      problemOf({
        matrix: [
          [0.25, -60, -1 / 25, 9],
          [0.5, -90, -1 / 50, 3],
          [0, 0, 1, 0],
        ],
        objective: [0.75, -150, 0.02, -6],
        rowLower: [-none, -none, -none],
        rowUpper: [0, 0, 1],
      }),
      [{}],
    ),
    "coefficients and bounds from 1e-9 to 1e9": batchOf(
      problemOf({
        matrix: [
          [1e-9, -1, 0],
          [0, 1e3, -1e-3],
        ],
        objective: [0, 0, 1],
        upper: [1e9, 10, 1e9],
      }),
      [{}, { bounds: [[0, 0, 1e6]] }],
    ),
    "integer columns": batchOf(
      problemOf({
        matrix: [
          [5, 7, 4, 3],
          [1, 1, 1, 1],
        ],
        objective: [8, 11, 6, 4],
        upper: [1, 1, 1, 1],
        rowLower: [-none, -none],
        rowUpper: [14, 3],
        integer: [1, 1, 1, 1],
      }),
      [
        {},
        { bounds: [[1, 0, 0]] },
        {
          bounds: [
            [0, 1, 1],
            [1, 1, 1],
            [2, 1, 1],
          ],
        },
      ],
    ),
    "integrality alone leaves nothing": batchOf(
      problemOf({
        matrix: [[2, 2]],
        objective: [1, 0],
        upper: [10, 10],
        rowLower: [3],
        rowUpper: [3],
        integer: [1, 1],
      }),
      [{}],
      "fluxes",
    ),
    "a flux that may be on or off": batchOf(
      problemOf({
        matrix: [
          [1, -1, 0],
          [0, 1, -1000],
        ],
        objective: [0, 1, -2.5],
        upper: [7, 1000, 1],
        rowLower: [0, -none],
        rowUpper: [0, 0],
        integer: [0, 0, 1],
      }),
      [{}, { bounds: [[0, 0, 2]] }],
      "fluxes",
    ),
  },
  { identical: true },
);
