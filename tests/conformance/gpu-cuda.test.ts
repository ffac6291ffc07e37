// The kernels of gpu-cuda as the host runs them, through a stand-in driver that runs the same sources on the CPU.
import { createGpuCuda } from "bioxen/accelerators";
import { testAccelerator } from "bioxen/testing";
import { describe, test } from "vitest";
import { buildStandIn, whyNoStandIn } from "../support/cuda-stand-in/stand-in.ts";
import { isRequired } from "../support/required.ts";
import { builtinCases } from "../support/workload-cases.ts";

const why = whyNoStandIn();
if (why !== null && isRequired("gpu-cuda")) throw new Error(why);
if (why !== null) test("conformance of gpu-cuda through the stand-in driver", ({ skip }) => skip(why));
else {
  const { libraries, configure } = await buildStandIn();
  configure("");
  testAccelerator({ describe, test }, createGpuCuda(libraries), builtinCases, {
    // 12 edge cases and 9 generated inputs each for matrix-multiply and, by the interpreter, reaction-kinetics; the others count on top
    atLeast: 42,
    memory: { seconds: 0.6, longest: 3 },
  });
}
