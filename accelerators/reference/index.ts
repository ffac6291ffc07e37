import type { Accelerator, AnyKernel, AnyWorkload, DeviceInfo, Support } from "../../src/contract/index.ts";
import { openOracle } from "../../src/host/open-oracle.ts";
import {
  type AlignmentQuestion,
  alignmentTraceback,
  type FluxBalanceInput,
  fluxBalance,
  type SequenceAlignmentInput,
  sequenceAlignment,
  workloads,
} from "../../src/workloads/index.ts";

const info: DeviceInfo = {
  id: "reference:0",
  kind: "cpu",
  name: "reference (plain TypeScript, one worker thread)",
  memory: null,
  features: ["oracle"],
  simulated: false,
};

/** Cells of a linear problem's matrix beyond which the dense simplex takes minutes, or gives up. */
const mostCells = 50_000;

/** Cells of an alignment whose whole matrix the oracle keeps: a gigabyte. */
const mostAligned = 2 ** 28;

function wholeMatrices({ queries, targets }: AlignmentQuestion): Support {
  const longest = ({ offsets }: AlignmentQuestion["queries"]): number =>
    offsets.reduce((most, offset, at) => Math.max(most, offset - (offsets[at - 1] ?? 0)), 0);
  const [rows, columns] = [longest(queries), longest(targets)];
  return (rows + 1) * (columns + 1) <= mostAligned
    ? { ok: true }
    : { ok: false, reason: `whole matrices are for up to ${mostAligned} cells, not ${rows} x ${columns}` };
}

/** What a plain oracle cannot do in a sensible time, by workload. */
const limits: ReadonlyMap<AnyWorkload, AnyKernel["supports"]> = new Map<AnyWorkload, AnyKernel["supports"]>([
  [alignmentTraceback, wholeMatrices],
  [
    sequenceAlignment,
    (input: SequenceAlignmentInput): Support =>
      input.mode === "local" && input.secondGap === undefined ? { ok: true } : wholeMatrices(input),
  ],
  [
    fluxBalance,
    ({ problem: { rows, columns } }: FluxBalanceInput): Support =>
      rows * columns <= mostCells
        ? { ok: true }
        : {
            ok: false,
            reason: `a dense simplex is for matrices of up to ${mostCells} cells, not ${rows} x ${columns}`,
          },
  ],
]);

/** Runs every built-in workload's own oracle: a new workload works here before any kernel is written for it. */
export const reference: Accelerator = {
  id: "reference",
  kernels: workloads
    .filter((workload) => workload.reference !== null)
    .map(
      (workload): AnyKernel => ({
        workload,
        supports: limits.get(workload) ?? (() => ({ ok: true })),
        prior: ({ units, sort }) => ({
          // sorts of their own are those with a whole matrix to walk back through
          seconds: 2e-4 + units * (sort === undefined ? 3e-9 : 3e-8),
          joules: null,
          energySource: null,
          basis: "guess",
        }),
      }),
    ),
  probe: async () => ({ status: "present", devices: [info] }),
  open: async (device) => openOracle(device, new URL("./worker.js", import.meta.url)),
};
