import { writeFileSync } from "node:fs";
import {
  type AnyWorkload,
  BioAcceleratorManager,
  BioXenError,
  matchMismatch,
  type SequenceAlignmentInput,
  type SubstitutionMatrix,
  seededRandom,
  sequenceAlignment,
} from "bioxen";
import { builtin } from "bioxen/accelerators";
import { afterAll, beforeAll, expect, test } from "vitest";

/** Inputs a workload: 10,000 in all. */
const inputs = 3334;
/** Largest input, in units: the oracle takes about a millisecond for it. */
const largest = 2 ** 18;

const summary: Record<string, unknown>[] = [];
let manager: BioAcceleratorManager;
beforeAll(async () => {
  manager = await BioAcceleratorManager.open({ accelerators: builtin, calibration: false });
});
afterAll(async () => {
  await manager[Symbol.asyncDispose]();
  const command = "npm run test:long";
  writeFileSync(
    new URL("../../bench/results/long-agreement.json", import.meta.url),
    `${JSON.stringify({ command, date: new Date().toISOString().slice(0, 10), node: process.version, summary }, null, 2)}\n`,
  );
});

/** Inputs that the generator does not make: any gap costs, any matrix, pairs. */
function varied(workload: AnyWorkload, size: number, random: () => number): unknown {
  const made: unknown = workload.generate(size, random);
  if (workload !== sequenceAlignment) return made;
  const input = made as SequenceAlignmentInput;
  const costs = [0, 1, 2, 11, 127, 128, 255, 300, 40_000];
  const cost = (): number => costs[Math.floor(random() * costs.length)] ?? 11;
  const letters = [1, 5, 100, 127, 128, 32_767][Math.floor(random() * 6)] ?? 5;
  const matrix: SubstitutionMatrix = {
    ...input.matrix,
    scores:
      random() < 0.5 ? input.matrix.scores : input.matrix.scores.map(() => Math.round((random() - 0.6) * letters)),
  };
  const dna = random() < 0.3;
  const acgt = (residues: Uint8Array): Uint8Array => residues.map((letter) => "ACGTN".charCodeAt(letter % 5));
  return {
    ...input,
    queries: dna ? { ...input.queries, residues: acgt(input.queries.residues) } : input.queries,
    targets: dna ? { ...input.targets, residues: acgt(input.targets.residues) } : input.targets,
    matrix: dna ? matchMismatch(Math.ceil(random() * 5), -Math.ceil(random() * 5)) : matrix,
    gapOpen: cost(),
    gapExtend: cost(),
    pairing: input.targets.names.length === 1 && random() < 0.5 ? "pairs" : "database",
  };
}

test.each(["matrix-multiply", "motif-scan", "sequence-alignment"])(
  "%s: every device agrees with the oracle on thousands of random inputs",
  { timeout: 3_600_000 },
  async (id) => {
    const workload = manager.workloads.find((one) => one.id === id);
    if (workload?.reference == null) throw new Error(`${id} has no oracle`);
    const counts: Record<string, number> = {};
    for (let seed = 1; seed <= inputs; seed++) {
      const random = seededRandom(seed);
      const input = varied(workload, 2 ** (random() * Math.log2(largest)), random);
      const expected: unknown = workload.reference(input);
      for (const { id: device } of manager.availableAccelerators) {
        if (device.startsWith("reference")) continue;
        try {
          const { output } = await manager.run(workload, input, { device });
          expect(workload.differ(output, expected, input), `${id} on ${device}, seed ${seed}`).toBeNull();
          counts[device] = (counts[device] ?? 0) + 1;
        } catch (error) {
          if (!(error instanceof BioXenError) || error.code !== "NO_DEVICE") throw error;
        }
      }
    }
    summary.push({ workload: id, inputs, agreed: counts });
    expect(counts["cpu-simd:0"]).toBe(inputs);
  },
);
