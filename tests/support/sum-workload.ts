import { seededRandom, type WorkloadSpec } from "bioxen";
import { z } from "zod";

export interface SumInput {
  readonly values: Float64Array;
  /** What devices keep between runs, where a test needs that. */
  readonly database?: object | undefined;
}

const input: z.ZodType<SumInput> = z.object({
  values: z.instanceof(Float64Array),
  database: z.unknown().optional(),
}) as z.ZodType<SumInput>;

/** The least workload there is: a sum of whole numbers, exact in any order. */
export const sum: WorkloadSpec<SumInput, number> = {
  id: "sum",
  version: 1,
  aliases: ["add-up", "addition"],
  throughput: { unit: "value", rate: "Mvalues/s", per: 1e6 },
  input,
  size: ({ values }) => ({ units: values.length, bytesIn: values.byteLength, bytesOut: 8 }),
  resident: ({ database }) => database ?? null,
  reference: ({ values }) => values.reduce((x, y) => x + y, 0),
  generate: (size, random) => ({ values: Float64Array.from({ length: size }, () => Math.floor(1000 * random())) }),
  differ: (actual, expected) => (actual === expected ? null : `${actual}, expected ${expected}`),
};

/** So many random whole numbers, always the same. */
export function numbers(count: number): SumInput {
  return sum.generate(count, seededRandom(count));
}
