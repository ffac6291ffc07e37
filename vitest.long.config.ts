import { defineConfig } from "vitest/config";

// The long suites, run before a release; their summaries stand in bench/results.
export default defineConfig({
  test: {
    include: ["tests/long/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    pool: "forks",
    server: { deps: { external: [/\/dist\//] } },
    env: { XDG_CACHE_HOME: new URL("./node_modules/.cache/bioxen-tests", import.meta.url).pathname },
  },
});
