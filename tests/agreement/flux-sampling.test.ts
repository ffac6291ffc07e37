import {
  type BioAcceleratorManager,
  type FluxProblem,
  type FluxSampleSet,
  type MetabolicModel,
  problemOf,
  sampleFluxes,
} from "bioxen";
import { cpuSimd } from "bioxen/accelerators";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { managerOf } from "../support/manager.ts";
import { oracle, sharedModel } from "../support/metabolic.ts";
import { sharedData } from "../support/shared-data.ts";

interface Moments {
  readonly mean: Readonly<Record<string, number>>;
  readonly std: Readonly<Record<string, number>>;
}

/**
 * The oracles are 1,000 samples of COBRApy's ACHR and OptGP at a thinning of 100, given by their moments only. Of such
 * samples OptGP's have an effective size of 32 (least) to 840, 312 in the median (ours, bench/flux-sampling.ts); so
 * a reaction is held to a size of 60, and the median over the reactions to one of 150.
 */
const oracleSize = { each: 60, median: 150 };

describe.skipIf(sharedData("metabolic/oracle/e_coli_core.sample_OptGP.json") === null)(
  "e_coli_core against COBRApy's samplers; skipped where the data folder is not beside the checkout",
  () => {
    let manager: BioAcceleratorManager;
    let model: MetabolicModel;
    let problem: FluxProblem;
    beforeAll(async () => {
      manager = await managerOf([cpuSimd]);
      model = sharedModel("e_coli_core");
      problem = problemOf(model);
    });
    afterAll(() => manager[Symbol.asyncDispose]());

    async function sampled(method: "coordinate-hit-and-run" | "artificial-centering"): Promise<FluxSampleSet> {
      const set = await sampleFluxes(problem, manager, { method, samples: 4000, thinning: 600 });
      if (set.status !== "sampled") throw new Error(set.reason);
      return set;
    }

    test.each(["ACHR", "OptGP"])("means and spreads are those of %s within its Monte-Carlo error", async (sampler) => {
      const { mean, std } = oracle<Moments>("e_coli_core", `sample_${sampler}`);
      const set = await sampled("coordinate-hit-and-run");
      expect(set.dimension).toBe(24);
      const errors: number[] = [];
      const spreads: number[] = [];
      for (const [column, { id }] of model.reactions.entries()) {
        const deviation = set.deviation[column] ?? 0;
        if (!((std[id] ?? 0) > 1e-6)) {
          // what does not vary there is fixed here
          expect(deviation).toBeLessThan(1e-6);
          continue;
        }
        const size = set.effectiveSize[column] ?? 0;
        expect(size).toBeGreaterThan(1000);
        expect(set.rHat[column]).toBeLessThan(1.02);
        const difference = Math.abs((mean[id] ?? Number.NaN) - (set.mean[column] ?? Number.NaN)) / deviation;
        expect(difference).toBeLessThan(4.5 * Math.sqrt(1 / oracleSize.each + 1 / size));
        errors.push(difference / Math.sqrt(1 / oracleSize.median + 1 / size));
        spreads.push((std[id] ?? 0) / deviation);
      }
      expect(errors.length).toBeGreaterThan(80);
      const median = (values: number[]): number => values.sort((x, y) => x - y)[values.length >> 1] ?? Number.NaN;
      // of a normal error the median is 0.67 of its size
      expect(median(errors)).toBeLessThan(1);
      expect(median(spreads)).toBeGreaterThan(0.9);
      expect(median(spreads)).toBeLessThan(1.15);
      expect(Math.max(...spreads)).toBeLessThan(1.6);
      expect(Math.min(...spreads)).toBeGreaterThan(0.7);
    });

    test("both of our methods agree within their own, smaller errors; every sample is steady and within bounds", async () => {
      const one = await sampled("coordinate-hit-and-run");
      const other = await sampled("artificial-centering");
      for (const set of [one, other]) {
        expect(set.residual).toBeLessThan(1e-9);
        expect(set.violation).toBeLessThan(1e-6);
      }
      for (const [column, size] of one.effectiveSize.entries()) {
        if (Number.isNaN(size)) continue;
        const error = Math.hypot(
          (one.deviation[column] ?? 0) / Math.sqrt(size),
          (other.deviation[column] ?? 0) / Math.sqrt(other.effectiveSize[column] ?? 0),
        );
        expect(Math.abs((one.mean[column] ?? 0) - (other.mean[column] ?? 0))).toBeLessThan(5 * error);
      }
    });
  },
);
