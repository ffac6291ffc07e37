import { type DoubleKnockOuts, knockOutGenePairs, knockOutGenes, type MetabolicModel } from "bioxen";
import { cpuSimd } from "bioxen/accelerators";
import { expect, test } from "vitest";
import { colony } from "../support/colony.ts";
import { managerOf } from "../support/manager.ts";

/** Cores side by side: a pair often grows as one of its genes alone does, up to rounding. */
const model: MetabolicModel = colony(3);

async function growthOf({ blocks }: DoubleKnockOuts): Promise<readonly number[]> {
  const growth: number[] = [];
  for await (const block of blocks) growth.push(...block.growth);
  return growth;
}

/** Growths that are not the same to the last bit, NaN being itself. */
function differing(some: readonly unknown[], others: readonly unknown[]): number {
  expect(some).toHaveLength(others.length);
  return some.filter((one, at) => !Object.is(one, others[at])).length;
}

test("pairs taken up again anywhere grow the same to the last bit, whatever was solved before", async () => {
  await using manager = await managerOf([cpuSimd]);
  const scan = (skip: number): Promise<DoubleKnockOuts> =>
    knockOutGenePairs(model, manager, { skip, dispatch: { device: "cpu-simd" } });
  const whole = await growthOf(await scan(0));
  for (const part of [0.03, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9]) {
    const skip = Math.floor(part * whole.length);
    expect(differing(await growthOf(await scan(skip)), whole.slice(skip)), `from ${skip}`).toBe(0);
  }
});

test("so do single genes", async () => {
  await using manager = await managerOf([cpuSimd]);
  const scan = async (skip: number): Promise<readonly (number | null)[]> => {
    const growth: (number | null)[] = [];
    for await (const { results } of knockOutGenes(model, manager, { skip, dispatch: { device: "cpu-simd" } }))
      growth.push(...results.map((one) => one.growth));
    return growth;
  };
  const whole = await scan(0);
  for (const skip of [1, 50, 137, 300]) expect(differing(await scan(skip), whole.slice(skip)), `from ${skip}`).toBe(0);
});
