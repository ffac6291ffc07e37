import { execFileSync } from "node:child_process";
import { type MotifScanInput, motifScan, seededRandom } from "bioxen";
import { afterAll, expect, test } from "vitest";
import { motifScanKernel, motifScanKernelWith } from "../../dist/accelerators/cpu-simd/motif-scan.js";
import type { SimdTasks } from "../../dist/accelerators/cpu-simd/worker.js";
import { openPool, type WorkerPool } from "../../dist/src/host/worker-pool.js";

const worker = new URL("../../dist/accelerators/cpu-simd/worker.js", import.meta.url);
const pool = openPool<SimdTasks>(worker, 2);
afterAll(() => pool[Symbol.asyncDispose]());
const never = new AbortController().signal;
const small = { most: 20_000, least: 1000, indexFrom: 1, residentBytes: 2 ** 29, inline: 0 };

/** The pool, with the names of the tasks it was given. */
function watched(): { readonly pool: WorkerPool<SimdTasks>; readonly tasks: string[] } {
  const tasks: string[] = [];
  return {
    tasks,
    pool: {
      ...pool,
      run: (name, ...rest) => {
        tasks.push(name);
        return pool.run(name, ...rest);
      },
    },
  };
}

function random(matrices: number, bases: number): MotifScanInput {
  const next = seededRandom(matrices + bases);
  const made = Array.from({ length: matrices }, () => motifScan.generate(1, next));
  const residues = Uint8Array.from({ length: bases }, () => "ACGT".charCodeAt(4 * next()));
  return {
    matrices: made.flatMap((one) => one.matrices),
    sequences: { names: ["random"], residues, offsets: Uint32Array.of(0, bases) },
    pValue: 1e-4,
    strands: "both",
  };
}

test.each([1, 1000])("where nearly every window is a hit, none is lost (index from %i matrices)", async (indexFrom) => {
  const data = { ...random(3, 30_000), pValue: 0.9 };
  const expected = motifScan.reference?.(data);
  if (expected === undefined) throw new Error("motif-scan has an oracle");
  expect(expected.score.length).toBeGreaterThan(100_000);
  for (const most of [20_000, 8e6]) {
    const kernel = motifScanKernelWith({ ...small, most, indexFrom });
    const actual = await kernel.run(pool, data, { signal: never, threads: 2 });
    expect(motifScan.differ(actual, expected, data)).toBeNull();
  }
});

test("one thread and two give the same hits", async () => {
  const data = random(20, 200_000);
  const one = await motifScanKernelWith({ ...small, most: 8e6 }).run(pool, data, { signal: never, threads: 1 });
  const two = await motifScanKernelWith({ ...small, most: 8e6 }).run(pool, data, { signal: never, threads: 2 });
  const cut = await motifScanKernelWith(small).run(pool, data, { signal: never, threads: 2 });
  expect(one.score.length).toBeGreaterThan(100);
  expect(motifScan.differ(two, one, data)).toBeNull();
  expect(motifScan.differ(cut, one, data)).toBeNull();
});

test("sequences are prepared once, and again only where the budget was needed for others", async () => {
  const data = random(2, 20_000);
  const context = { signal: never, threads: 2 };
  const { pool: seen, tasks } = watched();
  const kernel = motifScanKernelWith({ ...small, residentBytes: 3 * 2 ** 20 });
  await kernel.prepare?.(seen, data, context);
  expect(new Set(tasks)).toEqual(new Set(["motif-prepare"]));
  tasks.length = 0;
  await kernel.prepare?.(seen, data, context);
  expect(tasks).toEqual([]);
  await kernel.run(seen, data, context);
  await kernel.run(seen, data, context);
  expect(tasks).not.toContain("motif-prepare");
  expect(tasks.filter((name) => name === "motif-thresholds").length).toBeLessThanOrEqual(2);
  // all alive at once: sequences that nobody holds any more free their place by themselves
  const others = [1, 2, 3, 4].map((more) => random(1, 20_000 + more));
  for (const other of others) await kernel.run(seen, other, context);
  tasks.length = 0;
  await kernel.run(seen, data, context);
  expect(tasks).toContain("motif-prepare");
  expect(others).toHaveLength(4);
});

test("sequences that are scanned often come to be indexed, with the same hits", async () => {
  const data = random(1, 50_000);
  const context = { signal: never, threads: 1 };
  const { pool: seen, tasks } = watched();
  const kernel = motifScanKernelWith({ ...small, most: 8e6, indexFrom: 3 });
  const first = await kernel.run(seen, data, context);
  for (let again = 0; again < 4; again++)
    expect(motifScan.differ(await kernel.run(seen, data, context), first, data)).toBeNull();
  expect(tasks.filter((name) => name === "motif-prepare")).toHaveLength(2);
});

test("an input whose hits could not be held is refused with the reason", () => {
  const device = { id: "cpu-simd:0", kind: "cpu", name: "", memory: 2 ** 30, features: [], simulated: false } as const;
  const data = random(1, 1_000_000);
  const [matrix] = data.matrices;
  if (matrix === undefined) throw new Error("one matrix was asked for");
  const many = (count: number) => ({ ...data, pValue: 0.9, matrices: Array.from({ length: count }, () => matrix) });
  expect(motifScanKernel.supports(data, device).ok).toBe(true);
  expect(motifScanKernel.supports(many(100), device)).toMatchObject({
    ok: false,
    reason: expect.stringContaining("bytes of"),
  });
  expect(motifScanKernel.supports(many(5000), device)).toMatchObject({
    ok: false,
    reason: expect.stringContaining("2^32"),
  });
});

test("a tiny scan does not leave the calling thread", async () => {
  const { pool: seen, tasks } = watched();
  await motifScanKernel.run(seen, random(2, 1000), { signal: never, threads: 2 });
  expect(tasks).toEqual([]);
});

test("an abort ends a scan within milliseconds, and the next scan is right", async () => {
  const own = openPool<SimdTasks>(worker, 2);
  try {
    const data = random(100, 2_000_000);
    const before = await motifScanKernel.run(own, data, { signal: never, threads: 2 });
    const stop = new AbortController();
    let aborted = 0;
    setTimeout(() => {
      aborted = performance.now();
      stop.abort();
    }, 5);
    const again = { ...data, sequences: { ...data.sequences } };
    await expect(motifScanKernel.run(own, again, { signal: stop.signal, threads: 2 })).rejects.toMatchObject({
      code: "ABORTED",
    });
    expect(performance.now() - aborted).toBeLessThan(100);
    const after = await motifScanKernel.run(own, again, { signal: never, threads: 2 });
    expect(motifScan.differ(after, before, data)).toBeNull();
  } finally {
    await own[Symbol.asyncDispose]();
  }
});

test("memory stays bounded however long a sequence is", () => {
  const megabases = 120;
  const script = `
    (async () => {
    const { motifScanKernel } = await import("${new URL("../../dist/accelerators/cpu-simd/motif-scan.js", import.meta.url)}");
    const { openPool } = await import("${new URL("../../dist/src/host/worker-pool.js", import.meta.url)}");
    const pool = openPool(new URL("${worker}"), 2);
    const residues = new Uint8Array(${megabases}e6);
    for (let at = 0, x = 1; at < residues.length; at++) {
      x = (Math.imul(x, 1664525) + 1013904223) | 0;
      residues[at] = "ACGT".charCodeAt(x >>> 30);
    }
    const counts = Float64Array.from({ length: 40 }, (_, at) => (at % 10) % 4 === Math.floor(at / 10) ? 100 : 1);
    const matrices = Array.from({ length: 50 }, () => ({ id: "m", name: "m", counts }));
    const before = process.resourceUsage().maxRSS;
    const hits = await motifScanKernel.run(
      pool,
      { matrices, sequences: { names: ["long"], residues, offsets: Uint32Array.of(0, residues.length) }, pValue: 1e-6, strands: "both" },
      { signal: new AbortController().signal, threads: 2 },
    );
    console.log(JSON.stringify({ hits: hits.score.length, grown: process.resourceUsage().maxRSS - before }));
    await pool[Symbol.asyncDispose]();
    })();`;
  const out = execFileSync(process.execPath, ["-e", script], { encoding: "utf8" });
  const { hits, grown } = JSON.parse(out) as { hits: number; grown: number };
  expect(hits).toBeGreaterThan(50 * 100);
  // two pieces of 8 Mb at about 11 bytes a base, the workers and the hits; all pieces at once would be 1.2 GB
  expect(grown).toBeLessThan(400_000);
});
