import { describe as nodeDescribe, test as nodeTest } from "node:test";
import {
  type AlignmentScores,
  BioAcceleratorManager,
  type Bytes,
  type Dispatched,
  type Joules,
  type KernelFor,
  type MatrixMultiplyInput,
  matrixMultiply,
  type Seconds,
  sequenceAlignment,
} from "bioxen";
import { builtin } from "bioxen/accelerators";
import { casesOf, type Runner } from "bioxen/testing";
import { describe, expectTypeOf, test } from "vitest";

test("units do not mix, and take plain literals", () => {
  const seconds: Seconds = 1.5;
  // @ts-expect-error seconds are not joules
  const joules: Joules = seconds;
  // @ts-expect-error joules are not bytes
  const bytes: Bytes = joules;
  expectTypeOf(bytes).toBeNumber();
  expectTypeOf<Seconds>().not.toEqualTypeOf<Joules>();
});

test("types flow from the spec to the answer", async () => {
  await using manager = await BioAcceleratorManager.open({ accelerators: builtin, calibration: false });
  const input: MatrixMultiplyInput = { m: 1, k: 1, n: 1, a: Float32Array.of(2), b: Float32Array.of(3) };
  const answer = await manager.run(matrixMultiply, input);
  expectTypeOf(answer).toEqualTypeOf<Dispatched<Float32Array>>();
  expectTypeOf<Awaited<ReturnType<typeof manager.optimizeBiologicalProcess>>>().toEqualTypeOf<Dispatched<unknown>>();
  expectTypeOf<KernelFor<typeof sequenceAlignment>["workload"]["differ"]>()
    .parameter(0)
    .toEqualTypeOf<AlignmentScores>();
  // @ts-expect-error n must be given
  await manager.run(matrixMultiply, { m: 1, k: 1, a: input.a, b: input.b }).catch(() => {});
  // @ts-expect-error an alignment is no product
  await manager.run(sequenceAlignment, input).catch(() => {});
  // @ts-expect-error no such objective
  await manager.run(matrixMultiply, input, { objective: "beauty" }).catch(() => {});
});

test("the kit takes vitest and node:test as they are, and cases of the workload's own type", () => {
  expectTypeOf({ describe, test }).toExtend<Runner>();
  expectTypeOf({ describe: nodeDescribe, test: nodeTest }).toExtend<Runner>();
  // @ts-expect-error a product has no text
  casesOf(matrixMultiply, { wrong: { text: "A" } });
});
