import type { Accelerator } from "../../src/contract/index.ts";
import { asicBoards } from "../../src/host/boards.ts";
import { describeBoards } from "../../src/host/describe-boards.ts";
import { simulatedAccelerator } from "../../src/host/simulated-accelerator.ts";
import { type SystemFiles, systemFiles } from "../../src/host/system-files.ts";
import { matrixMultiply } from "../../src/workloads/index.ts";

/** Chips made for one purpose: looked for in `files`, told by name, and simulated, since none of them has kernels here. */
export function createAsic(files: SystemFiles = systemFiles): Accelerator {
  return simulatedAccelerator({
    id: "asic",
    kind: "asic",
    workloads: [matrixMultiply],
    profiles: ["google-tpu-v4"],
    worker: new URL("./worker.js", import.meta.url),
    whyAbsent: () => describeBoards(asicBoards, files, "bioxen has no kernels and no runtime for it"),
  });
}

/** This machine's special-purpose chips. */
export const asic: Accelerator = createAsic();
