import { defineConfig } from "vitest/config";

// Tests import `bioxen` by its package name, from dist, so that there is one copy of every spec: build first.
export default defineConfig({
  test: {
    include: ["tests/!(long)/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    pool: "forks",
    env: { XDG_CACHE_HOME: new URL("./node_modules/.cache/bioxen-tests", import.meta.url).pathname },
  },
});
