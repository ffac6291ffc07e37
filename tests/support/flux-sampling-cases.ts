import { type FluxSamplingInput, fluxSampling, type Polytope } from "bioxen";
import { type Cases, casesOf } from "bioxen/testing";

/** Constraints by rows of coefficients with their bounds. */
function polytopeOf(rows: readonly (readonly [number[], lower: number, upper: number])[]): Polytope {
  const dimension = rows[0]?.[0].length ?? 0;
  const coefficients = new Float64Array(dimension * rows.length);
  for (const [row, [form]] of rows.entries())
    for (const [at, coefficient] of form.entries()) coefficients[at * rows.length + row] = coefficient;
  return {
    dimension,
    rows: rows.length,
    coefficients,
    lower: Float64Array.from(rows, ([, lower]) => lower),
    upper: Float64Array.from(rows, ([, , upper]) => upper),
  };
}

/** -1 to 1 in every coordinate. */
function cube(dimension: number): Polytope {
  return polytopeOf(
    Array.from({ length: dimension }, (_, row) => [
      Array.from({ length: dimension }, (_, at) => Number(at === row)),
      -1,
      1,
    ]),
  );
}

/** Coordinates of 0 and more whose sum is 1 or less: constraints of one bound only, in all an even or odd number. */
function simplex(dimension: number): Polytope {
  return polytopeOf([
    ...Array.from({ length: dimension }, (_, row): [number[], number, number] => [
      Array.from({ length: dimension }, (_, at) => Number(at === row)),
      0,
      Infinity,
    ]),
    [new Array<number>(dimension).fill(1), -Infinity, 1],
  ]);
}

function chains(
  polytope: Polytope,
  starts: readonly number[],
  more: Partial<FluxSamplingInput> = {},
): FluxSamplingInput {
  return {
    polytope,
    warmUp: null,
    starts: Float64Array.from(starts),
    samples: 20,
    thinning: 7,
    seed: 1,
    firstChain: 0,
    ...more,
  };
}

const corners = Float64Array.of(0, 0, 1, 0, 0, 1, 0.2, 0.2);

export const fluxSamplingCases: Cases = casesOf(
  fluxSampling,
  {
    "an interval": chains(cube(1), [0]),
    "a square, every step kept": chains(cube(2), [0, 0], { samples: 100, thinning: 1 }),
    "a simplex": chains(simplex(3), [0.1, 0.1, 0.1]),
    "several chains, later numbers, the last seed": chains(simplex(4), new Array<number>(4 * 6).fill(0.1), {
      seed: 0xffffffff,
      firstChain: 77,
    }),
    "more chains than threads, large enough for them": chains(cube(12), new Array<number>(12 * 9).fill(0), {
      samples: 100,
      thinning: 150,
    }),
    "starts outside among others": chains(cube(2), [2, 0, 0, 0, 0, Number.NaN, 0.5, 0.5, 0, -1.001]),
    "a start in a corner": chains(simplex(2), [0, 1]),
    "no bound in one direction": chains(
      polytopeOf([
        [[1, 0], 0, Infinity],
        [[0, 1], 0, 1],
      ]),
      [1, 0.5, -1, 0.5],
    ),
    "a slanted slab, zeros among coefficients": chains(
      polytopeOf([
        [[1, -1, 0], -0.1, 0.1],
        [[0, 1, -1], -0.1, 0.1],
        [[1, 1, 1], -3, 3],
      ]),
      [0, 0, 0],
      { samples: 50, thinning: 20 },
    ),
    "widths from a thousandth to a thousand": chains(
      polytopeOf([
        [[1e3, 0, 0], -1, 1],
        [[0, 1, 0], -1, 1],
        [[0, 0, 1e-3], -1, 1],
        [[1e3, 1, 1e-3], -2, 2],
      ]),
      [0, 0, 0],
    ),
    "shared memory": { ...chains(cube(3), []), starts: new Float64Array(new SharedArrayBuffer(3 * 8)) },
    "centering on a simplex": chains(simplex(2), [0.3, 0.3], { warmUp: corners }),
    "centering, several chains": chains(simplex(2), [0.3, 0.3, 0.1, 0.6, 3, 3, 0.5, 0.5], {
      warmUp: corners,
      samples: 200,
      thinning: 50,
    }),
    "centering towards the centre itself": chains(cube(1), [0.5], { warmUp: Float64Array.of(-1, 0, 1), samples: 1 }),
    "centering, no bound in one direction": chains(polytopeOf([[[1, 0], 0, 1]]), [0.5, 0], { warmUp: corners }),
    "centering over long stretches": chains(simplex(2), [0.3, 0.3, 0.1, 0.6], {
      warmUp: corners,
      samples: 300,
      thinning: 300,
    }),
  },
  { identical: true },
);
