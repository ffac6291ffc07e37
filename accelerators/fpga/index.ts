import type { Accelerator } from "../../src/contract/index.ts";
import { fpgaBoards } from "../../src/host/boards.ts";
import { describeBoards } from "../../src/host/describe-boards.ts";
import { simulatedAccelerator } from "../../src/host/simulated-accelerator.ts";
import { type SystemFiles, systemFiles } from "../../src/host/system-files.ts";
import { sequenceAlignment } from "../../src/workloads/index.ts";

/** FPGA boards: looked for in `files`, told by name, and simulated, since there is no bitstream of ours for any. */
export function createFpga(files: SystemFiles = systemFiles): Accelerator {
  return simulatedAccelerator({
    id: "fpga",
    kind: "fpga",
    workloads: [sequenceAlignment],
    profiles: ["fpga-smith-waterman-kintex-ultrascale"],
    worker: new URL("./worker.js", import.meta.url),
    whyAbsent: () => describeBoards(fpgaBoards, files, "bioxen has no bitstream and no host code for it"),
  });
}

/** This machine's FPGA boards. */
export const fpga: Accelerator = createFpga();
