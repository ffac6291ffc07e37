import {
  type AnyWorkload,
  fluxSampling,
  matrixMultiply,
  motifScan,
  seededRandom,
  sequenceAlignment,
  sparseMultiply,
  telemetryAnomaly,
} from "bioxen";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const shares = fc
  .array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 1, maxLength: 4 })
  .map((weights) => weights.map((one) => one / weights.reduce((x, y) => x + y)));

function whole(workload: AnyWorkload, input: unknown, cut: readonly number[]): unknown {
  const parts = workload.split?.parts(input, cut);
  if (parts == null) return null;
  expect(parts).toHaveLength(cut.length);
  for (const part of parts) expect(workload.input["~standard"].validate(part)).not.toHaveProperty("issues");
  const units = parts.reduce((sum: number, part: unknown) => sum + workload.size(part).units, 0);
  expect(units).toBe(workload.size(input).units);
  return workload.split?.join(
    parts.map((part: unknown) => workload.reference?.(part)),
    input,
  );
}

describe.each<[AnyWorkload, number]>([
  [fluxSampling, 6e4],
  [matrixMultiply, 2e4],
  [motifScan, 3e5],
  [sequenceAlignment, 1e6],
  [sparseMultiply, 2e5],
  [telemetryAnomaly, 6e6],
])("$id", (workload, most) => {
  test("the parts' answers join to that of the whole, bit for bit", () => {
    fc.assert(
      fc.property(shares, fc.integer({ min: 1, max: most }), fc.nat(1000), (cut, size, seed) => {
        const input: unknown = workload.generate(size, seededRandom(seed));
        const joined = whole(workload, input, cut);
        if (joined !== null) expect(joined).toEqual(workload.reference?.(input));
      }),
      { numRuns: 40 },
    );
    const large: unknown = workload.generate(most, seededRandom(7));
    expect(whole(workload, large, [0.3, 0.7])).not.toBeNull();
  });
});

test("pairs are cut as pairs, and several queries keep their rows", () => {
  const { targets, ...rest } = sequenceAlignment.generate(2e6, seededRandom(3));
  for (const pairing of ["pairs", "database"] as const) {
    const input = { ...rest, targets, queries: targets, pairing };
    expect(whole(sequenceAlignment, input, [0.2, 0.5, 0.3])).toEqual(sequenceAlignment.reference?.(input));
  }
});
