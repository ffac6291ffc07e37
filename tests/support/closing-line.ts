import type { Reporter, TestModule } from "vitest/node";

/** Least number of tests that must truly run in a clean clone with nothing beside it: a suite that skipped its work must not be green. */
const atLeast = 600;

/** Ends the whole suite's output with the reason of every skip, with every failure and the counts, and fails it where too little ran. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    const failures: string[] = [];
    for (const module of modules)
      for (const test of module.children.allTests()) {
        const result = test.result();
        count[result.state]++;
        if (result.state === "skipped") console.log(`skipped: ${test.fullName}: ${result.note ?? "no reason given"}`);
        if (result.state === "failed") failures.push(`failed: ${test.fullName}: ${result.errors[0]?.message}`);
      }
    // after the skips, which are many: whoever sees the last lines alone shall see what failed
    for (const line of failures) console.log(line);
    for (const module of modules)
      for (const error of module.errors()) console.log(`failed: ${module.relativeModuleId}: ${error.message}`);
    const unfinished =
      count.failed + count.pending + modules.filter((module) => !module.ok()).length * Number(count.failed === 0);
    if (count.passed < atLeast) {
      console.log(`only ${count.passed} tests ran, at least ${atLeast} must`);
      process.exitCode = 1;
    }
    console.log(`${count.passed} passed, ${unfinished} failed, ${count.skipped} skipped`);
  }
}
