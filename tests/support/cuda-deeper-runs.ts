// Runs that take ways through the kernels of gpu-cuda which the small edge cases of the workloads do not: strips in the middle
// of a query, several passes, full queues, blocks of many warps, every place that a trajectory's numbers may be kept in.
import {
  blosum62,
  type FluxSamplingInput,
  fluxSampling,
  matrixMultiply,
  motifScan,
  type ReactionNetwork,
  reactionKinetics,
  type SequenceAlignmentInput,
  type Sequences,
  seededRandom,
} from "bioxen";
import type { CudaDevice } from "../../dist/accelerators/gpu-cuda/cuda-device.js";
import { alignOn, planned, type SearchWay } from "../../dist/accelerators/gpu-cuda/sequence-alignment.js";
import { ensembleJob, residentTable } from "../../dist/accelerators/gpu-cuda/stochastic-simulation.js";
import type { OpenCuda } from "./gpu-cuda.ts";
import { dimerisation, expression, networkOf, number, plus, value } from "./networks.ts";
import { solution } from "./reaction-kinetics-cases.ts";
import { calmly } from "./run-on.ts";
import { ensemble } from "./stochastic-simulation-cases.ts";

/** Given a device in both forms. */
export type DeeperRun = (opened: OpenCuda, device: CudaDevice) => Promise<unknown>;

const random = seededRandom(11);
const letters = (alphabet: string, length: number): string =>
  Array.from({ length }, () => alphabet[Math.floor(alphabet.length * random())]).join("");

function sequencesOf(texts: readonly string[]): Sequences {
  const offsets = new Uint32Array(texts.length + 1);
  texts.forEach((text, at) => {
    offsets[at + 1] = (offsets[at] ?? 0) + text.length;
  });
  return { names: texts.map((_, at) => `s${at}`), residues: new TextEncoder().encode(texts.join("")), offsets };
}

function search(lengths: readonly number[], targets: readonly number[]): SequenceAlignmentInput {
  const protein = (length: number): string => letters("ARNDCQEGHILKMFPSTWYV", length);
  const scores = { mode: "local", matrix: blosum62, gapOpen: 11, gapExtend: 1, ambiguous: "score" } as const;
  const [queries, of] = [sequencesOf(lengths.map(protein)), sequencesOf(targets.map(protein))];
  return { ...scores, pairing: "database", queries, targets: of };
}

const aligned =
  (input: SequenceAlignmentInput, way: SearchWay): DeeperRun =>
  (_, device) =>
    alignOn(device, input, calmly(), way);

const targets = Array.from({ length: 37 }, (_, at) => 1 + ((7 * at) % 60));
const packed = (rows: SearchWay["rows"], query: number): DeeperRun =>
  aligned(search([query, 20], targets), { ...planned, packing: "all", rows });
const alone = (query: number, target: number, pairCells = planned.pairCells): DeeperRun =>
  aligned(search([query], [target, 40, 1]), { ...planned, packing: "none", pairCells });

/** A box from -1 to 1, with more constraints through it. */
function box(dimension: number, rows: number, chains: number, warmUps = 0): FluxSamplingInput {
  const coefficients = Float64Array.from({ length: dimension * rows }, () => random() - 0.5);
  const points = (count: number): Float64Array =>
    Float64Array.from({ length: count * dimension }, () => (random() - 0.5) / (5 * dimension));
  const [lower, upper] = [new Float64Array(rows).fill(-1), new Float64Array(rows).fill(1)];
  for (let at = 0; at < dimension; at++)
    coefficients.fill(0, at * rows, at * rows + dimension).fill(1, at * rows + at, at * rows + at + 1);
  const polytope = { dimension, rows, coefficients, lower, upper };
  return {
    polytope,
    warmUp: warmUps === 0 ? null : points(warmUps),
    starts: points(chains),
    samples: 3,
    thinning: 20 * dimension,
    seed: 4,
    firstChain: 0,
  };
}

const walked =
  (input: FluxSamplingInput): DeeperRun =>
  ({ run }) =>
    run(fluxSampling, input);

const noBound: FluxSamplingInput = {
  ...box(2, 2, 2),
  polytope: {
    dimension: 2,
    rows: 1,
    coefficients: Float64Array.of(0, 1),
    lower: Float64Array.of(0),
    upper: Float64Array.of(1),
  },
  starts: Float64Array.of(1, 0.5, -1, 0.5),
};

const simulated =
  (network: Parameters<typeof ensemble>[0], lanes: 4 | 8, threads: number, places: number): DeeperRun =>
  (_, device) => {
    const input = ensemble(network, { count: 9, times: Float64Array.of(0.01, 0.3), mostEvents: 150 });
    return device.run(
      "stochastic-simulation",
      ensembleJob(input, { lanes, threads, places }),
      calmly(),
      residentTable(network),
    );
  };

const multiplied =
  (m: number, k: number, n: number): DeeperRun =>
  ({ run }) =>
    run(matrixMultiply, { m, k, n, a: new Float32Array(m * k).fill(2), b: new Float32Array(k * n).fill(3) });

/** One species that becomes any of many. */
const fromOne = (many: number): ReactionNetwork =>
  networkOf(
    [5000, ...new Array<number>(many).fill(0)],
    Array.from({ length: many }, (_, at) => [
      [[0, 1]],
      [
        [0, -1],
        [at + 1, 1],
      ],
      0.1,
    ]),
  );

/** Each species becomes any other. */
const allToAll = (species: number): ReactionNetwork =>
  networkOf(
    new Array<number>(species).fill(3),
    Array.from({ length: species * (species - 1) }, (_, at) => {
      const from = at % species;
      return [
        [[from, 1]],
        [
          [from, -1],
          [(from + 1 + Math.floor(at / species)) % species, 1],
        ],
        1 + at / 10,
      ];
    }),
  );

/** Goes on taking when nothing is left. */
const withoutEnd = networkOf([3, 40], [[[], [[0, -1]], plus(value(1), number(1))]]);

/** Runs by workload. */
export const deeperRuns: Readonly<Record<string, Readonly<Record<string, DeeperRun>>>> = {
  "matrix-multiply": {
    "large tiles, not all of them full": multiplied(260, 40, 133),
    "small tiles, not all of them full": multiplied(70, 40, 99),
  },
  "sequence-alignment": {
    "strips of 24 rows a lane": packed(24, 300),
    "strips of 16 rows a lane": packed(16, 210),
    "strips of 8 rows a lane": packed(8, 110),
    "three warps": alone(350, 90),
    "one warp of eight rows a lane": alone(200, 50),
    "two passes of a block, in one launch": alone(2300, 70),
    "two passes of a block, a launch each": alone(2300, 70, 1),
    "a target in stretches": alone(5, 3000),
  },
  "motif-scan": {
    "more windows than a block or a launch holds": ({ run }) =>
      run(motifScan, {
        ...motifScan.generate(3000, seededRandom(2)),
        matrices: [9, 10, 12].map((columns) => ({
          id: `a${columns}`,
          name: "a",
          counts: Float64Array.from({ length: 4 * columns }, (_, at) => (at < columns ? 40 : 1)),
        })),
        sequences: sequencesOf(["A".repeat(3000), letters("ACGT", 700)]),
        pValue: 1e-2,
      }),
    "more cells than one block sums": ({ run }) =>
      run(motifScan, { ...motifScan.generate(5000, seededRandom(2)), pValue: 1e-2 }),
  },
  "flux-sampling": {
    "blocks of many warps, most without a chain, and no bound": walked(noBound),
    "70 constraints": walked(box(12, 70, 3)),
    "300 constraints": walked(box(3, 300, 2)),
    "centering among 40 constraints": walked(box(10, 40, 3, 9)),
    "centering among 300 constraints": walked(box(3, 300, 2, 9)),
  },
  "reaction-kinetics": {
    "a matrix without zeros": ({ run }) =>
      run(reactionKinetics, solution(allToAll(7), { times: Float64Array.of(0.1) })),
  },
  "stochastic-simulation": {
    "events that change 100 rates": simulated(fromOne(100), 8, 64, 7),
    "events that change 100 rates, four lanes": simulated(fromOne(100), 4, 64, 1),
    "amounts below 0 where rates are expressions": simulated(withoutEnd, 8, 64, 7),
    ...Object.fromEntries(
      [0, 1, 3, 7].flatMap((places) => [
        [`four lanes, places ${places}`, simulated(dimerisation(100), 4, 64, places)],
        [`eight lanes, 60 genes, places ${places}`, simulated(expression(60), 8, 64, places)],
      ]),
    ),
  },
};
