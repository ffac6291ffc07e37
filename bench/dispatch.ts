// What the manager adds to a kernel's own time: node dist/bench/dispatch.js [--json]
import { builtin } from "../accelerators/index.ts";
import { BioAcceleratorManager, matrixMultiply, seededRandom } from "../src/index.ts";

const calls = 10_000;

const manager = await BioAcceleratorManager.open({ accelerators: builtin, calibration: false });
const input = matrixMultiply.generate(128, seededRandom(1));
const expected = matrixMultiply.reference?.(input) ?? new Float32Array();
const added: number[] = [];
for (let call = 0; call < 2 * calls; call++) {
  const startedAt = performance.now();
  const { output, measured } = await manager.run(matrixMultiply, input);
  const microseconds = (performance.now() - startedAt - 1000 * measured.seconds) * 1000;
  const wrong = matrixMultiply.differ(output, expected, input);
  if (wrong !== null) throw new Error(wrong);
  // the first half warms up
  if (call >= calls) added.push(microseconds);
}
await manager[Symbol.asyncDispose]();

added.sort((a, b) => a - b);
const at = (share: number): number => Number((added[Math.floor(share * calls)] ?? Number.NaN).toFixed(2));
const result = { calls, devices: builtin.length, medianMicroseconds: at(0.5), p90: at(0.9), p99: at(0.99) };
process.stdout.write(
  process.argv.includes("--json")
    ? `${JSON.stringify(result)}\n`
    : `dispatch adds ${result.medianMicroseconds} us (median of ${calls} calls; p90 ${result.p90}, p99 ${result.p99})\n`,
);
