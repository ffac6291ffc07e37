import { defineConfig } from "vitest/config";
import base from "./vitest.config.ts";

// The long suites, run before a release; their summaries stand in bench/results.
export default defineConfig({ test: { ...base.test, include: ["tests/long/**/*.test.ts"] } });
