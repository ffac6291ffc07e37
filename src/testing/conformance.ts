import type { Accelerator } from "../contract/index.ts";
import { checkAnswers } from "./answer-checks.ts";
import { checkControl, checkForeignKernel } from "./control-checks.ts";
import { checkPromises } from "./cost-checks.ts";
import { checkIdentity } from "./identity-checks.ts";
import { checkMemory } from "./memory-check.ts";
import { type Cases, type Options, type Runner, subjectOf } from "./subject.ts";

/**
 * Checks each promise of the accelerator contract on the hardware at hand, as tests of the caller's own runner:
 * ids, probe, every kernel against its oracle on every device, repeatability, untouched inputs, abort, dispose,
 * costs and memory. What cannot be checked here (no such device, an input that a kernel refuses) is skipped with
 * its reason, and the last test fails where fewer answers were compared than the caller stated.
 *
 * Give the runner a test timeout of a minute: some checks grow an input until a run can be aborted in its middle.
 *
 * @example
 * import { describe, test } from "vitest";
 * import { matrixMultiply } from "bioxen";
 * import { casesOf, testAccelerator } from "bioxen/testing";
 * import { mine } from "./mine.js";
 *
 * const one = { m: 1, k: 1, n: 1, a: Float32Array.of(2), b: Float32Array.of(3) };
 * testAccelerator({ describe, test }, mine, [casesOf(matrixMultiply, { "one by one": one })], { atLeast: 10 });
 */
export function testAccelerator(
  runner: Runner,
  accelerator: Accelerator,
  cases: readonly Cases[],
  options: Options,
): void {
  const subject = subjectOf(accelerator, options);
  const { atLeast } = options;
  runner.describe(`accelerator ${accelerator.id}`, () => {
    checkIdentity(runner, subject);
    checkForeignKernel(runner, subject);
    for (const kernel of accelerator.kernels) {
      const own = cases.find(({ workload }) => workload === kernel.workload) ?? {
        workload: kernel.workload,
        inputs: [],
        identical: false,
      };
      checkPromises(runner, subject, kernel, own);
      checkAnswers(runner, subject, kernel, own);
      checkControl(runner, subject, kernel, own);
      checkMemory(runner, subject, kernel);
    }
    runner.test(`at least ${atLeast} answers were compared`, async () => {
      if (subject.compared < atLeast) throw new Error(`only ${subject.compared} were; the rest was skipped or failed`);
    });
  });
}
