// Flux sampling of gpu-cuda through the stand-in driver: a polytope for each way of sharing a chain among lanes.
import { chainStatus, type FluxSamplingInput, fluxSampling, type Polytope, seededRandom } from "bioxen";
import { createGpuCuda } from "bioxen/accelerators";
import { describe, expect, test } from "vitest";
import { samplePolytope } from "../../dist/accelerators/gpu-cuda/flux-sampling.worker.js";
import { openGpu } from "../../dist/accelerators/gpu-cuda/gpu.js";
import { Job } from "../../dist/accelerators/gpu-cuda/job.js";
import { buildStandIn, whyNoStandIn } from "../support/cuda-stand-in/stand-in.ts";
import { isRequired } from "../support/required.ts";
import { agreeWithOracle, calmly } from "../support/run-on.ts";

const why = whyNoStandIn();
if (why !== null && isRequired("gpu-cuda")) throw new Error(why);

/** A box from -1 to 1 cut by slabs and half-spaces through it. */
function polytopeOf(dimension: number, rows: number, random: () => number): Polytope {
  const coefficients = new Float64Array(dimension * rows);
  const lower = new Float64Array(rows).fill(-1);
  const upper = new Float64Array(rows).fill(1);
  for (let at = 0; at < dimension; at++) coefficients[at * rows + at] = 1;
  for (let row = dimension; row < rows; row++) {
    for (let at = 0; at < dimension; at++)
      coefficients[at * rows + row] = random() < 0.3 ? 0 : (2 * (2 * random() - 1)) / Math.sqrt(dimension);
    if (random() < 0.5) lower[row] = Number.NEGATIVE_INFINITY;
    else if (random() < 0.3) upper[row] = Number.POSITIVE_INFINITY;
  }
  return { dimension, rows, coefficients, lower, upper };
}

function input(
  dimension: number,
  rows: number,
  chains: number,
  more: Partial<FluxSamplingInput> & { readonly warmUps?: number } = {},
): FluxSamplingInput {
  const { warmUps = 0, ...rest } = more;
  const random = seededRandom(dimension + rows);
  const within = (count: number): Float64Array =>
    Float64Array.from({ length: count * dimension }, () => (2 * random() - 1) / (10 * Math.sqrt(dimension)));
  const polytope = polytopeOf(dimension, rows, random);
  return {
    polytope,
    warmUp: warmUps === 0 ? null : within(warmUps),
    starts: within(chains),
    samples: 6,
    thinning: 11,
    seed: 12,
    firstChain: 5,
    ...rest,
  };
}

describe.skipIf(why !== null)(`flux-sampling of gpu-cuda ${why ?? ""}`, async () => {
  if (why !== null) return;
  const { libraries, configure } = await buildStandIn(["flux-sampling"]);
  configure("");
  const accelerator = createGpuCuda(libraries);
  const probe = await accelerator.probe(calmly());
  if (probe.status !== "present") throw new Error(JSON.stringify(probe));
  const [info] = probe.devices;

  /** Which kernel walked. */
  const walker = async ({ polytope, warmUp, ...rest }: FluxSamplingInput): Promise<string> => {
    const opened = openGpu(0, libraries);
    try {
      const names: string[] = [];
      const gpu = {
        ...opened,
        kernel: (module: string, name: string) => {
          names.push(name);
          return opened.kernel(module, name);
        },
      };
      const job = new Job(gpu, "flux-sampling", new Int32Array(new SharedArrayBuffer(4)));
      const centering = warmUp === null ? null : { warmUp, middle: new Float64Array(polytope.dimension) };
      await samplePolytope(gpu, job, { centering, ...rest }, { key: "polytope", load: polytope });
      job.end();
      return names.find((name) => /^walk|^centre/.test(name)) ?? "";
    } finally {
      opened.close();
    }
  };

  const cases: Readonly<Record<string, readonly [kernel: string, FluxSamplingInput]>> = {
    "48 constraints, more chains than a block holds": ["walk_octet", input(24, 48, 70)],
    "some chains outside, at either end of a warp": [
      "walk_octet",
      (() => {
        const made = input(10, 30, 9);
        made.starts.set([5], 0);
        made.starts.set([Number.NaN], 3 * 10);
        made.starts.set([-5], 8 * 10);
        return made;
      })(),
    ],
    "70 constraints": ["walk_warp", input(20, 70, 5)],
    "250 constraints in few dimensions": ["walk_warp", input(3, 250, 3)],
    "a polytope beyond shared memory": ["walk_block", input(120, 200, 3, { thinning: 40 })],
    "1,000 constraints, with sums computed anew": ["walk_block", input(8, 1000, 2, { thinning: 60 })],
    "centering among 40 constraints": ["centre_warp", input(16, 40, 5, { warmUps: 9 })],
    "centering among 300 constraints, with sums computed anew": [
      "centre_block",
      input(4, 300, 2, { warmUps: 12, thinning: 40 }),
    ],
    "more steps than one launch takes": ["walk_octet", input(1, 2, 1, { samples: 3, thinning: 30_000 })],
    "centering over more steps than one launch takes": [
      "centre_warp",
      input(1, 2, 1, { samples: 300, thinning: 250, warmUps: 3 }),
    ],
  };
  for (const [name, [kernel, given]] of Object.entries(cases))
    test(name, { timeout: 60_000 }, async () => {
      await using device = await accelerator.open(info, calmly());
      const expected = await agreeWithOracle(accelerator, device, fluxSampling, given);
      expect(expected.statuses).toContain(chainStatus.sampled);
      expect(await walker({ ...given, samples: 1, thinning: 1 })).toBe(kernel);
    });

  test("more constraints or dimensions than a block holds are refused", () => {
    const refused = (given: FluxSamplingInput): unknown =>
      accelerator.kernels.find(({ workload }) => workload === fluxSampling)?.supports(given, info);
    expect(refused(input(2, 4097, 1))).toEqual({ ok: false, reason: "more than 4096 constraints" });
    expect(refused(input(2, 4096, 1))).toEqual({ ok: true });
    expect(refused(input(3501, 1, 1))).toEqual({ ok: false, reason: "more than 3500 dimensions" });
  });
});
