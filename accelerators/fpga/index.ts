import type { Accelerator, Support } from "../../src/contract/index.ts";
import { fpgaBoards } from "../../src/host/boards.ts";
import { describeBoards } from "../../src/host/describe-boards.ts";
import { simulatedAccelerator } from "../../src/host/simulated-accelerator.ts";
import { type SystemFiles, systemFiles } from "../../src/host/system-files.ts";
import { type SequenceAlignmentInput, sequenceAlignment } from "../../src/workloads/index.ts";

/** The published design aligns locally, with one piece of gap cost. */
const localOnly = ({ mode, secondGap }: SequenceAlignmentInput): Support =>
  mode === "local" && secondGap === undefined
    ? { ok: true }
    : { ok: false, reason: "its profile is of local alignment with affine gaps" };

/** FPGA boards: looked for in `files`, told by name, and simulated, since there is no bitstream of ours for any. */
export function createFpga(files: SystemFiles = systemFiles): Accelerator {
  return simulatedAccelerator({
    id: "fpga",
    kind: "fpga",
    workloads: [sequenceAlignment],
    profiles: ["fpga-smith-waterman-kintex-ultrascale"],
    worker: new URL("./worker.js", import.meta.url),
    limits: new Map([[sequenceAlignment, localOnly]]),
    whyAbsent: () => describeBoards(fpgaBoards, files, "bioxen has no bitstream and no host code for it"),
  });
}

/** This machine's FPGA boards. */
export const fpga: Accelerator = createFpga();
