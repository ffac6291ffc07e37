// Generated code in the place of the interpreter: a stand-in for NVRTC compiles it for the CPU.
import { createGpuCuda } from "bioxen/accelerators";
import { testAccelerator } from "bioxen/testing";
import { describe, test } from "vitest";
import { buildStandIn, whyNoStandIn } from "../support/cuda-stand-in/stand-in.ts";
import { reactionKineticsCases } from "../support/reaction-kinetics-cases.ts";
import { isRequired } from "../support/required.ts";

const why = whyNoStandIn();
if (why !== null && isRequired("gpu-cuda")) throw new Error(why);
if (why !== null) test("conformance of code generated for gpu-cuda", ({ skip }) => skip(why));
else {
  const { libraries, nvrtc, configure } = await buildStandIn(["reaction-kinetics"]);
  configure("");
  const whole = createGpuCuda({ ...libraries, nvrtc: [nvrtc] });
  const kernels = whole.kernels.filter(({ workload }) => workload.id === "reaction-kinetics");
  testAccelerator({ describe, test }, { ...whole, kernels }, [reactionKineticsCases], {
    // 12 edge cases (five more have events) and 9 generated inputs
    atLeast: 21,
    memory: { seconds: 0.6, longest: 3 },
  });
}
