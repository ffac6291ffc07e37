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
    // edge cases and nine generated inputs: 16 + 9 for flux-sampling, 12 + 9 for matrix-multiply, 16 + 9 for motif-scan, those
    // of reaction-kinetics without events, 21 + 9 for sequence-alignment, those of stochastic-simulation without events and leaps
    atLeast: 160,
    // threads of a CPU in the place of a GPU's: a million events would take half a minute
    sizes: [1e2, 1e4, 1e5],
    memory: { seconds: 0.6, longest: 3 },
  });
}
