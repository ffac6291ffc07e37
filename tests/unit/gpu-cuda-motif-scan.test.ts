// The motif scan of gpu-cuda through the stand-in driver, where the conformance cases are too few or too small.
import { type MotifMatrix, type MotifScanInput, motifScan, seededRandom } from "bioxen";
import { createGpuCuda } from "bioxen/accelerators";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openGpu } from "../../dist/accelerators/gpu-cuda/gpu.js";
import { Job } from "../../dist/accelerators/gpu-cuda/job.js";
import { scanMotifs } from "../../dist/accelerators/gpu-cuda/motif-scan.worker.js";
import { lettersFor, lossTables, motifTable } from "../../dist/accelerators/gpu-cuda/motif-scan-motifs.js";
import { orientMotifs } from "../../dist/src/workloads/motif-scan/oriented-motifs.js";
import { buildStandIn, whyNoStandIn } from "../support/cuda-stand-in/stand-in.ts";
import { anyScan } from "../support/motif-inputs.ts";
import { isRequired } from "../support/required.ts";
import { calmly, runKernel } from "../support/run-on.ts";

const why = whyNoStandIn();
if (why !== null && isRequired("gpu-cuda")) throw new Error(why);

/** Hits that the oracle finds in a window are never above the limit, whichever columns the word takes. */
test("no hit loses more than its motif's limit, in columns or in pairs", () => {
  fc.assert(
    fc.property(anyScan, fc.integer({ min: 2, max: 11 }), fc.integer(), (input, letters, seed) => {
      const random = seededRandom(seed);
      const { motifs } = orientMotifs(input);
      const tables = lossTables(motifTable(motifs), letters);
      motifs.forEach(({ scores, threshold }, motif) => {
        const [shape = 0, limit = 0, first = 0] = tables.motifs.subarray(4 * motif);
        const [count, offset] = [shape & 255, (shape >> 8) & 255];
        const pair = tables.heads[2 * motif + 1] ?? 0;
        expect(count).toBe(scores.length / 4);
        expect(offset === 0 || offset + letters <= count).toBe(true);
        for (let window = 0; window < 30; window++) {
          // the best letter mostly, so that some are hits
          const word = Array.from({ length: count }, (_, at) => {
            const column = [...scores.subarray(4 * at, 4 * at + 4)];
            return random() < 0.8 ? column.indexOf(Math.max(...column)) : Math.floor(4 * random());
          });
          const loss = (at: number): number => tables.losses[4 * (first + at) + (word[at] ?? 0)] ?? 0;
          const lost = word.reduce((sum, _, at) => sum + loss(at), 0);
          const score = word.reduce((sum, letter, at) => sum + (scores[4 * at + letter] ?? 0), 0);
          if (score >= threshold) expect(lost).toBeLessThanOrEqual(limit);
          let summed = 0;
          for (let at = offset; at < Math.min(count, offset + letters); at++) summed += loss(at);
          let table = pair;
          for (const [from, end] of [
            [offset + letters, count],
            [0, offset],
          ] as const)
            for (let at = from; at < end; at += 2)
              // what is behind the last column must not matter
              summed +=
                tables.pairs[16 * table++ + (word[at] ?? 0) + 4 * (at + 1 < end ? (word[at + 1] ?? 0) : 3)] ?? 0;
          expect(summed).toBe(lost);
        }
      });
    }),
    { numRuns: 40 },
  );
});

function matrix(id: string, columns: number, favourite: (column: number) => number, strength: number): MotifMatrix {
  const counts = new Float64Array(4 * columns).fill(1);
  for (let column = 0; column < columns; column++) counts[favourite(column) * columns + column] = strength;
  return { id, name: id, counts };
}

function oracle(input: MotifScanInput): NonNullable<ReturnType<NonNullable<typeof motifScan.reference>>> {
  const hits = motifScan.reference?.(input);
  if (hits === undefined) throw new Error("motif-scan has an oracle");
  return hits;
}

describe.skipIf(why !== null)(`motif-scan of gpu-cuda ${why ?? ""}`, async () => {
  if (why !== null) return;
  const { libraries, configure } = await buildStandIn(["motif-scan"]);
  configure("");
  const accelerator = createGpuCuda(libraries);
  const probe = await accelerator.probe(calmly());
  if (probe.status !== "present") throw new Error(JSON.stringify(probe));
  const [info] = probe.devices;
  const check = async (input: MotifScanInput): Promise<number> => {
    await using device = await accelerator.open(info, calmly());
    const hits = await runKernel(accelerator, device, motifScan, input);
    expect(motifScan.differ(hits, oracle(input), input)).toBeNull();
    return hits.score.length;
  };

  test("any scan is the oracle's", async () => {
    await using device = await accelerator.open(info, calmly());
    await fc.assert(
      fc.asyncProperty(anyScan, async (input) => {
        const hits = await runKernel(accelerator, device, motifScan, input);
        expect(motifScan.differ(hits, oracle(input), input)).toBeNull();
      }),
      { numRuns: 40 },
    );
  });

  test("a sequence that repeats itself has more hits than chance gives room for", async () => {
    const residues = new Uint8Array(80_000).fill(65);
    const found = await check({
      matrices: [matrix("a", 9, () => 0, 40), matrix("t", 12, () => 3, 40)],
      sequences: { names: ["a"], residues, offsets: Uint32Array.of(0, residues.length) },
      pValue: 1e-4,
      strands: "both",
    });
    expect(found).toBeGreaterThan(2 ** 16);
  });

  test("motifs of up to 200 columns, over several words of bases", async () => {
    const random = seededRandom(5);
    const residues = Uint8Array.from({ length: 5000 }, () => "ACGT".charCodeAt(Math.floor(4 * random())));
    const places = [3, 700, 1999, 4700];
    const lengths = [16, 33, 64, 200];
    const matrices = lengths.map((length, at) =>
      matrix(
        `m${length}`,
        length,
        (column) => "ACGT".indexOf(String.fromCharCode(residues[(places[at] ?? 0) + column] ?? 0)),
        2,
      ),
    );
    const sequences = { names: ["a", "b"], residues, offsets: Uint32Array.of(0, 2500, 5000) };
    expect(await check({ matrices, sequences, pValue: 1e-3, strands: "both" })).toBeGreaterThan(4);
  });

  test("lists of fewer letters where those of more would be too long, and the same hits", async () => {
    const input = { ...motifScan.generate(60_000, seededRandom(9)), pValue: 1e-2 };
    const { sequences, matrices, pValue } = input;
    const expected = oracle(input);
    const table = motifTable(orientMotifs(input).motifs);
    const tables = lossTables(table, lettersFor(sequences.residues.length));
    const opened = openGpu(0, libraries);
    try {
      // an eighth of this holds 32 entries
      const gpu = { ...opened, facts: { ...opened.facts, memoryBytes: 2 ** 10 } };
      const asked: string[] = [];
      const kernel = gpu.kernel;
      const watched = {
        ...gpu,
        kernel: (module: string, name: string) => {
          asked.push(name);
          return kernel(module, name);
        },
      };
      const job = new Job(gpu, "motif-scan", new Int32Array(new SharedArrayBuffer(4)));
      const call = { motifs: table, tables, matrices: matrices.length, pValue };
      const hits = await scanMotifs(watched, job, call, { key: "sequences", load: sequences });
      job.end();
      expect([...hits.position]).toEqual([...expected.position]);
      expect([...hits.score]).toEqual([...expected.score]);
      expect(hits.score.length).toBeGreaterThan(0);
      expect(asked.filter((name) => name === "count_entries").length).toBeGreaterThan(1);
    } finally {
      opened.close();
    }
  });
});
