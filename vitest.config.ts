import { defineConfig } from "vitest/config";

const everywhere = {
  pool: "forks",
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // of answers with a million lines a whole difference takes minutes
  // what is built needs no transforming, which took longer than importing it
  server: { deps: { external: [/\/dist\//] as RegExp[] } },
  diff: { truncateThreshold: 300 },
  env: { XDG_CACHE_HOME: new URL("./node_modules/.cache/bioxen-tests", import.meta.url).pathname },
} as const;

/** The kit on every accelerator, which takes longest: first, so that nothing waits for it in the end. */
const kit = ["tests/conformance/*.test.ts"];

/** What compares answers and looks at no clock: two files at a time. */
const compares = [
  "tests/agreement/*.test.ts",
  "tests/property/*.test.ts",
  "tests/types/*.test.ts",
  "tests/unit/{alignment-traceback,boards,gpu-cuda,gpu-js,network,onnx-model,profiles,simulated-devices,cell,flux,formats,metabolism,packages,plots,process-biology,process-checkpoint,scheduling,store}*.test.ts",
  "tests/unit/{api,hypervisor}/*.test.ts",
  "tests/e2e/{alignment,bundle,cell,cli,energy,experiment,metabolism,package,plugin,power,readme,regret,simulate,virtual-machines,vm}*.test.ts",
  "tests/e2e/profile.test.ts",
  "tests/simulation/*.test.ts",
];

// Tests import `bioxen` by its package name, from dist, so that there is one copy of every spec: build first.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...everywhere,
          name: "kit",
          include: kit,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...everywhere,
          name: "compares",
          include: compares,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...everywhere,
          name: "alone",
          include: ["tests/!(long)/**/*.test.ts"],
          exclude: [...kit, ...compares],
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
