// Data races of the kernels of gpu-cuda, found by what orders their accesses rather than by answers: see races.cc of the stand-in.
import { readFileSync } from "node:fs";
import { seededRandom } from "bioxen";
import { createGpuCuda } from "bioxen/accelerators";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { openCudaDevice } from "../../dist/accelerators/gpu-cuda/cuda-device.js";
import { deeperRuns } from "../support/cuda-deeper-runs.ts";
import { runSnippet } from "../support/cuda-snippet.ts";
import { type Race, textOfRace } from "../support/cuda-stand-in/races.ts";
import { buildStandIn, type StandIn, whyNoStandIn } from "../support/cuda-stand-in/stand-in.ts";
import { openCuda } from "../support/gpu-cuda.ts";
import { builtinCases } from "../support/workload-cases.ts";

const why = whyNoStandIn();
const targets = [90, 75] as const;

/** Kernels of 3 blocks of 64 threads, and what is to be found in each. */
const snippets: readonly (readonly [name: string, body: string, races: readonly string[]])[] = [
  ["blocks that write to one place", "if (t == 0) out[0] = b;", ["global blocks: write, write"]],
  ["blocks that exchange what is in one place", "if (t == 0) atomicExch(out, b);", []],
  [
    "a missing barrier",
    "room[t] = t; out[64 * b + t] = room[63 - t];",
    ["shared warps: read, write", "shared warps: write, read"],
  ],
  ["that barrier", "room[t] = t; __syncthreads(); out[64 * b + t] = room[63 - t];", []],
  [
    "no barrier before the next round's writing",
    "for (int n = 0; n < 2; n++) { room[t] = t + n; __syncthreads(); out[64 * b + t] += room[63 - t]; }",
    ["shared warps: read, write", "shared warps: write, read"],
  ],
  [
    "a barrier on either side of reading",
    "for (int n = 0; n < 2; n++) { room[t] = t + n; __syncthreads(); out[64 * b + t] += room[63 - t]; __syncthreads(); }",
    [],
  ],
  [
    "a missing barrier of a warp",
    "room[t] = t; out[64 * b + t] = room[t ^ 1];",
    ["shared lanes: read, write", "shared lanes: write, read"],
  ],
  ["that barrier of a warp", "room[t] = t; __syncwarp(); out[64 * b + t] = room[t ^ 1];", []],
  ["a barrier of two lanes", "room[t] = t; __syncwarp(3u << (t & 30)); out[64 * b + t] = room[t ^ 1];", []],
  [
    "a barrier of the wrong two lanes",
    "room[t] = t; __syncwarp(3u << (t & 30)); out[64 * b + t] = room[t ^ 2];",
    ["shared lanes: read, write", "shared lanes: write, read"],
  ],
  [
    "a barrier of a warp between two warps",
    "room[t] = t; __syncwarp(); out[64 * b + t] = room[t ^ 32];",
    ["shared warps: read, write", "shared warps: write, read"],
  ],
  [
    "a shuffle between lanes orders nothing",
    "room[t] = t; int one = __shfl_sync(~0u, t, 0); out[64 * b + t] = room[t ^ 1] + one;",
    ["shared lanes: write, read"],
  ],
  [
    "reading before another lane writes",
    "room[t] = t; __syncwarp(); out[64 * b + t] = room[t ^ 1]; if (t % 2 == 0) room[t] = 0;",
    ["shared lanes: read, write", "shared lanes: write, read"],
  ],
  [
    "a plain write among atomic ones",
    "if (b == 0 && t == 0) out[0] = 1; else atomicAdd(out, 1);",
    ["global blocks: write, atomic write", "global lanes: write, atomic write", "global warps: write, atomic write"],
  ],
  ["atomic ones alone", "atomicAdd(out, 1); atomicMax(out + 1, t); atomicCAS(out + 2, 0, t);", []],
  [
    "a plain read among atomic writes",
    "if (t == 0) { if (b == 2) out[1] = out[0]; else atomicAdd(out, 1); }",
    ["global blocks: atomic write, read"],
  ],
  [
    "a volatile read among atomic writes",
    "if (t == 0) { if (b == 2) out[1] = *(volatile int*)out; else atomicAdd(out, 1); }",
    [],
  ],
  [
    "atomic for a block, but of three blocks",
    "if (t == 0) atomicAdd_block(out, 1);",
    ["global blocks: atomic write, atomic write"],
  ],
  ["atomic for a block, of each block's own", "atomicAdd_block(out + b, 1);", []],
  [
    "one value by all",
    "out[0] = 7;",
    ["blocks", "lanes", "warps"].map((between) => `global ${between}: write, write, same value`),
  ],
  ["bytes side by side", "((char*)out)[64 * b + t] = t; ((short*)(out + 512))[64 * b + t] = t;", []],
  [
    "a byte in another's word",
    "if (b == 0 && t == 0) *(int4*)out = make_int4(1, 2, 3, 4); if (b == 0 && t == 40) ((char*)out)[7] = 9;",
    ["global warps: write, write"],
  ],
  ["each block's own shared memory", "if (t == 0) other = b; __syncthreads(); out[64 * b + t] = other;", []],
  [
    "threads that ended before a barrier",
    "if (t >= 32) { room[t] = t; return; } __syncthreads(); out[64 * b + t] = room[t + 32];",
    ["shared warps: write, read"],
  ],
  // the last block sums what all have left
  ...(
    [
      ["with both fences", "__threadfence();", "__threadfence();", []],
      ["with no fence after its own", "", "__threadfence();", ["global blocks: write, read"]],
      ["with no fence before it reads", "__threadfence();", "", ["global blocks: write, read"]],
      ["with fences for one block", "__threadfence_block();", "__threadfence_block();", ["global blocks: write, read"]],
    ] as const
  ).map(
    ([name, release, acquire, races]) =>
      [
        `a last block ${name}`,
        `if (t == 0) { out[8 + b] = b; ${release} if (atomicAdd(out, 1) == 2) { ${acquire} out[1] = out[8] + out[9] + out[10]; } }`,
        races,
      ] as const,
  ),
  [
    "a last block whose other threads learn of it by a barrier",
    `if (t == 0) { out[8 + b] = b; __threadfence(); other = atomicAdd(out, 1) == 2; __threadfence(); }
__syncthreads(); if (other && t < 3) out[64 + t] = out[8 + t];`.replace("\n", " "),
    [],
  ],
  [
    "a warp that tells another by fences for the block",
    "if (t == 0) { room[0] = 5; __threadfence_block(); atomicExch(&other, 1); } if (t == 32 && atomicAdd(&other, 0) == 1) { __threadfence_block(); out[b] = room[0]; }",
    [],
  ],
];

describe.skipIf(why !== null)(`races of gpu-cuda ${why ?? ""}`, () => {
  let standIn: StandIn;
  beforeAll(async () => {
    standIn = await buildStandIn(undefined, { races: true });
    standIn.configure("");
  }, 300_000);
  afterEach(() => {
    delete process.env["STAND_IN_RACES"];
    standIn.races();
  });

  describe("of small kernels", () => {
    const source = [
      "__shared__ int room[64]; __shared__ int other; const int t = threadIdx.x, b = blockIdx.x; switch (choice) {",
      ...snippets.map(([, body], at) => `case ${at}: { ${body} break; }`),
      "}",
    ].join("\n");
    const found = (choice: number): readonly Race[] => {
      runSnippet(standIn, source, 3, 64, 1024, choice);
      return standIn.races();
    };
    const shortly = ({ memory, between, first, second, sameValue }: Race): string =>
      `${memory} ${between}: ${first.kind}, ${second.kind}${sameValue ? ", same value" : ""}`;

    for (const [choice, [name, , expected]] of snippets.entries())
      test(name, () => {
        const races = found(choice);
        expect([...new Set(races.map(shortly))].sort()).toEqual([...expected].sort());
        // the kernel's first line is the compiler's second
        for (const { kernel, first, second } of races) {
          expect(kernel).toBe("snippet");
          for (const { at } of [first, second]) expect(at).toBe(`source:${choice + 3}`);
        }
      });

    test("collectives may be taken for barriers of a warp, which they are not", () => {
      const choice = snippets.findIndex(([name]) => name === "a shuffle between lanes orders nothing");
      process.env["STAND_IN_RACES"] = "collectives";
      expect(found(choice)).toEqual([]);
    });

    test("a race names the threads, and is told once", () => {
      const [race] = found(0);
      expect(race).toMatchObject({ first: { block: 0, thread: 0 }, second: { block: 1, thread: 0 }, times: 2 });
      expect(race === undefined ? "" : textOfRace(race)).toBe(
        "snippet: write at source:3 by thread 0 of block 0, then write at source:3 by thread 0 of block 1, unordered between blocks in global memory (2 times)",
      );
      expect(standIn.races()).toEqual([]);
    });
  });

  /** Inputs of more units of their workload take long, and no other ways through the kernels. */
  const most = 20_000;
  const kernels = why === null ? createGpuCuda().kernels : [];
  for (const target of targets)
    for (const { workload } of kernels)
      test(`no race in ${workload.id} for compute_${target}`, { timeout: 120_000 }, async () => {
        standIn.configure(`compute=${target}`);
        const accelerator = createGpuCuda(standIn.libraries);
        const races = async (name: string, run: () => Promise<unknown>): Promise<readonly string[]> => {
          await run();
          return standIn.races().map((race) => `${name}: ${textOfRace(race)}`);
        };
        const kernel = accelerator.kernels.find((one) => one.workload === workload);
        {
          await using opened = await openCuda(accelerator);
          const cases = [
            ...(builtinCases.find((one) => one.workload === workload)?.inputs ?? []).filter(
              ({ input }) =>
                workload.size(input).units <= most && kernel?.supports(input, opened.device.info).ok === true,
            ),
            { name: "generated", input: workload.generate(1000, seededRandom(3)) as unknown },
          ];
          expect(cases.length).toBeGreaterThan(7);
          for (const { name, input } of cases) expect(await races(name, () => opened.run(workload, input))).toEqual([]);
        }

        // one multiprocessor has the most warps in a block of walks
        standIn.configure(`compute=${target},multiprocessors=1`);
        await using opened = await openCuda(accelerator);
        await using device = openCudaDevice(opened.device.info, 0, standIn.libraries);
        const deeper = deeperRuns[workload.id];
        expect(deeper).toBeDefined();
        for (const [name, run] of Object.entries(deeper ?? {}))
          expect(await races(name, () => run(opened, device))).toEqual([]);
      });

  test("no race in code that is generated for a network", { timeout: 120_000 }, async () => {
    const { libraries, nvrtc } = standIn;
    standIn.configure("");
    const accelerator = createGpuCuda({ ...libraries, nvrtc: [nvrtc] });
    await using opened = await openCuda(accelerator);
    const { workload } = kernels.find((one) => one.workload.id === "reaction-kinetics") ?? {};
    if (workload === undefined) throw new Error("gpu-cuda has no kernel for reaction-kinetics");
    await opened.run(workload, workload.generate(1000, seededRandom(3)));
    expect(standIn.watched()).toContain("solve_generated");
    expect(standIn.races().map(textOfRace)).toEqual([]);
  });

  test("every kernel was watched, but for those of the bench", () => {
    const entries = kernels.flatMap(({ workload }) =>
      targets.flatMap((target) => {
        const ptx = new URL(`../../accelerators/gpu-cuda/ptx/${workload.id}.compute_${target}.ptx`, import.meta.url);
        return [...readFileSync(ptx, "latin1").matchAll(/\.entry (\w+)/g)].map(([, name]) => name ?? "");
      }),
    );
    expect(entries.length).toBeGreaterThan(40);
    const watched = new Set(standIn.watched());
    expect([...new Set(entries)].filter((name) => !watched.has(name))).toEqual(["repeat_sums", "repeat_maxima"]);
  });
});
