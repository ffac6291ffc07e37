// What the benches that race an accelerator with its own library have in common; run those, not this.
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import type { Accelerator, AnyKernel, AnyWorkload, RunContext, Seconds } from "../src/contract/index.ts";
import { type MotifScanInput, motifScan, seededRandom } from "../src/index.ts";

export interface Row {
  readonly case: string;
  readonly cpuSeconds: Seconds;
  /** In the workload's own unit of rate. */
  readonly rate: number;
  readonly unit: string;
  /** CPU time of the library called directly over ours; the median of several races. */
  readonly ratioToLibrary: number | null;
  /** The ratio of each race, where there were several. */
  readonly ratios?: readonly number[];
  /** What the output was compared with. */
  readonly checked: string;
}

export const context: RunContext = { signal: new AbortController().signal, threads: 1 };

/** CPU time of all threads of this process. */
export function cpuSeconds(): Seconds {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Least CPU time a call over rounds that take turns, so that a disturbance hits all alike. */
export async function race(calls: readonly (() => unknown)[], rounds: number, repeats: number): Promise<Seconds[]> {
  const best = calls.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < rounds; round++)
    for (const [index, call] of calls.entries()) {
      const before = cpuSeconds();
      for (let repeat = 0; repeat < repeats; repeat++) await call();
      best[index] = Math.min(best[index] ?? 0, (cpuSeconds() - before) / repeats);
    }
  return best;
}

export function kernelOf(accelerator: Accelerator, workload: AnyWorkload): AnyKernel {
  const found = accelerator.kernels.find((kernel) => kernel.workload === workload);
  if (found === undefined) throw new Error(`${accelerator.id} has no kernel for ${workload.id}`);
  return found;
}

/** So many random matrices and bases, and a first stretch that is short enough for the oracle. */
export function motifInputs(
  count: number,
  bases: number,
): { readonly input: MotifScanInput; readonly short: MotifScanInput } {
  const random = seededRandom(2);
  const { matrices } = motifScan.generate(1e4 * count ** 3, seededRandom(3));
  const residues = Uint8Array.from({ length: bases }, () => "ACGT".charCodeAt(Math.floor(4 * random())));
  const on = (stretch: Uint8Array): MotifScanInput => ({
    ...motifScan.generate(1, seededRandom(2)),
    matrices,
    sequences: { names: ["random"], residues: stretch, offsets: Uint32Array.of(0, stretch.length) },
  });
  return { input: on(residues), short: on(residues.slice(0, 20_000)) };
}

/** Prints the rows, as a table or with `--json` as the report, which `--out FILE` writes. */
export function tell(
  bench: string,
  device: string,
  rows: readonly Row[],
  more: Readonly<Record<string, number>>,
): void {
  const { values } = parseArgs({ options: { json: { type: "boolean" }, out: { type: "string" } } });
  const report = {
    command: `node dist/bench/${bench}.js`,
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model ?? "unknown",
    device,
    ...more,
    rows,
  };
  if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(report, null, 2)}\n`);
  if (values.json === true) {
    console.log(JSON.stringify(report, null, 2));
    return;
  }
  console.log([device, ...Object.entries(more).map(([name, value]) => `${name} ${value.toFixed(3)}`)].join(", "));
  for (const { case: name, rate, unit, ratioToLibrary, ratios } of rows) {
    const ratio = ratioToLibrary === null ? "" : `${ratioToLibrary.toFixed(3)} x library`;
    const each = ratios === undefined ? "" : ` (${ratios.map((one) => one.toFixed(3)).join(", ")})`;
    console.log(`${name.padEnd(66)} ${rate.toPrecision(4).padStart(9)} ${unit.padEnd(10)} ${ratio}${each}`);
  }
}
