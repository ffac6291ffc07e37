// How well the cost model predicts sizes that it has not seen: every workload on every device here, sizes 2^8.3, 2^10.3 .. learnt,
// 2^9.3, 2^11.3 .. held out. node dist/bench/cost-model.js [--workload ID] [--device ID] [--threads N] [--clock cpu] [--rounds N] [--out FILE]
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { builtin } from "../accelerators/index.ts";
import {
  type AnyKernel,
  type AnyWorkload,
  BioAcceleratorManager,
  type DeviceInfo,
  type Seconds,
  seededRandom,
  type Work,
} from "../src/index.ts";
import { CostModel } from "../src/manager/cost-model.ts";

/** Sizes go up to where a run takes this long. */
const longest: Seconds = 0.06;
const [leastExponent, mostExponent] = [8, 36];
/** As calibration does: powers of two fill lanes and blocks as no other sizes do. */
const between = 0.3;
/** Fewer sizes than these teach no shape. */
const leastSizes = 4;

/** Inputs of one size, made from as many seeds: what a workload costs depends on more than its size. */
const seeds = [1, 2, 3, 4, 5];
/** Runs shorter than this find caches as the run before them left them, so that one goes before each that counts. */
const cold: Seconds = 5e-3;
/** Each input is run for so long before it counts: code that was made for its network is still being optimised till then. */
const warm: Seconds = 0.05;
/** Runs after which warming up ends even so. */
const mostWarmUps = 300;

interface Made {
  readonly input: unknown;
  readonly work: Work;
  readonly times: Seconds[];
}

interface Sized {
  readonly inputs: readonly Made[];
  readonly units: number;
  readonly isShort: boolean;
}

interface HeldOut {
  readonly units: number;
  /** Median over the inputs. */
  readonly seconds: Seconds;
  /** Predicted over measured, the median over the inputs. */
  readonly ratio: number;
  /** How far that is from 1. */
  readonly error: number;
  /** The same for single inputs, as a median: what differs among inputs of one size is in it. */
  readonly inputError: number;
  /** The slowest input of this size over the quickest: what size alone cannot tell. */
  readonly spread: number;
  /** As far are the two halves of the runs apart: what no model could do better than. */
  readonly noise: number;
}

interface KernelResult {
  readonly workload: string;
  readonly device: string;
  readonly learnt: readonly number[];
  readonly medianError: number;
  readonly medianInputError: number;
  readonly medianNoise: number;
  readonly medianSpread: number;
  readonly heldOut: readonly HeldOut[];
}

/** Times all sizes of a kernel turn by turn, so that a busy moment of the machine hits all alike. */
async function timed(
  manager: BioAcceleratorManager,
  workload: AnyWorkload,
  device: DeviceInfo,
  rounds: number,
  threads: { readonly threads?: number },
): Promise<readonly Sized[]> {
  const sizes: Sized[] = [];
  const run = async (input: unknown): Promise<Seconds> => {
    const { measured } = await manager.run(workload, input, { device: device.id, ...threads });
    return byCpu ? (measured.cpuSeconds ?? measured.seconds) : measured.seconds;
  };
  for (let exponent = leastExponent; exponent <= mostExponent; exponent++) {
    const inputs = seeds.map((seed): Made => {
      const input: unknown = workload.generate(Math.round(2 ** (exponent + between)), seededRandom(seed));
      return { input, work: workload.size(input), times: [] };
    });
    const units = median(inputs.map(({ work }) => work.units));
    if (units <= 1.5 * (sizes.at(-1)?.units ?? 0)) continue;
    if (manager.explain(workload, inputs[0]?.input, { device: device.id }).candidates.length === 0) break;
    let took: Seconds = 0;
    for (const { input } of inputs) {
      let spent = await run(input);
      for (let warmUp = 1; warmUp < mostWarmUps && spent < warm; warmUp++) spent += await run(input);
      took = Math.max(took, Math.min(await run(input), await run(input)));
    }
    sizes.push({ inputs, units, isShort: took < cold });
    if (took > longest / 2) break;
  }
  for (let round = 0; round < rounds; round++)
    for (const { inputs, isShort } of sizes)
      for (const { input, times } of inputs) {
        if (isShort) await run(input);
        times.push(await run(input));
      }
  return sizes;
}

/** A quarter of the runs are quicker: what a run takes when nobody disturbs it, without being the luckiest of them. */
function typical(times: readonly Seconds[]): Seconds {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 4)] ?? Number.NaN;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(at)] ?? Number.NaN) + (sorted[Math.ceil(at)] ?? Number.NaN)) / 2;
}

/** Learns every second size and predicts those between them. */
function judge(sizes: readonly Sized[], kernel: AnyKernel, device: DeviceInfo): KernelResult | null {
  const known = sizes.filter((_, at) => at % 2 === 0);
  const models = new Map<string, CostModel>();
  const modelFor = ({ sort = "" }: Work): CostModel => {
    // sorts of input have models of their own, as with the manager
    const model = models.get(sort) ?? new CostModel();
    models.set(sort, model);
    return model;
  };
  for (const { inputs } of known)
    for (const { work, times } of inputs) modelFor(work).record(work, typical(times), null);
  const unseen = sizes.filter((_, at) => at % 2 === 1 && at < sizes.length - 1);
  if (known.length < leastSizes || unseen.length === 0) return null;
  // as after calibration: kept, restored, and fitted anew
  for (const [sort, model] of models) {
    const restored = new CostModel();
    restored.restore(model.measurements());
    models.set(sort, restored);
  }
  const prior = (work: Work): Seconds => kernel.prior(work, device).seconds;
  const heldOut = unseen.map(({ inputs, units }): HeldOut => {
    const ratios = inputs.map(
      ({ work, times }) => (modelFor(work).predict(work, prior) ?? Number.NaN) / typical(times),
    );
    const typicals = inputs.map(({ times }) => typical(times));
    const half = (which: number): number =>
      median(inputs.map(({ times }) => typical(times.filter((_, at) => at % 2 === which))));
    const ratio = median(ratios);
    return {
      units,
      seconds: median(typicals),
      ratio,
      error: Math.abs(ratio - 1),
      inputError: median(ratios.map((one) => Math.abs(one - 1))),
      spread: Math.max(...typicals) / Math.min(...typicals),
      noise: Math.abs(half(0) / half(1) - 1),
    };
  });
  return {
    workload: kernel.workload.id,
    device: device.id,
    learnt: known.map(({ units }) => units),
    medianError: median(heldOut.map(({ error }) => error)),
    medianInputError: median(heldOut.map(({ inputError }) => inputError)),
    medianNoise: median(heldOut.map(({ noise }) => noise)),
    medianSpread: median(heldOut.map(({ spread }) => spread)),
    heldOut,
  };
}

const { values } = parseArgs({
  options: {
    workload: { type: "string" },
    device: { type: "string" },
    rounds: { type: "string", default: "4" },
    /** Of CPU devices; all cores where left out, whose waking takes milliseconds on a machine that is busy with other things. */
    threads: { type: "string" },
    /** `cpu` or `wall`. */
    clock: { type: "string", default: "wall" },
    out: { type: "string" },
  },
});
const manager = await BioAcceleratorManager.open({ accelerators: builtin, calibration: false });
/** On one thread the CPU's time is what a run takes where nothing else runs; a busy machine says nothing else. */
const byCpu = values.clock === "cpu";
const threads = values.threads === undefined ? {} : { threads: Number(values.threads) };
const results: KernelResult[] = [];
for (const device of manager.availableAccelerators) {
  if (device.features.includes("software") || (values.device !== undefined && !device.id.startsWith(values.device)))
    continue;
  const accelerator = builtin.find(({ id }) => device.id.startsWith(`${id}:`));
  for (const kernel of accelerator?.kernels ?? []) {
    if (values.workload !== undefined && kernel.workload.id !== values.workload) continue;
    const sizes = await timed(manager, kernel.workload, device, Number(values.rounds), threads);
    const result = judge(sizes, kernel, device);
    if (result === null) continue;
    results.push(result);
    // what is there when somebody runs out of patience
    keep();
    const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
    console.log(
      `${result.workload} on ${result.device}: median error ${percent(result.medianError)} over ${result.heldOut.length} sizes held out (single inputs ${percent(result.medianInputError)}, noise ${percent(result.medianNoise)}, inputs of a size ${result.medianSpread.toFixed(1)} x apart)`,
    );
    for (const { units, seconds, ratio } of result.heldOut)
      console.log(`    ${units.toExponential(2)} ${seconds.toExponential(3)} s, predicted ${ratio.toFixed(3)} x`);
  }
}
await manager[Symbol.asyncDispose]();
if (results.length === 0) throw new Error("no device here has a kernel that could be timed at enough sizes");
const { medianError, worstKernel, within15Percent, kernels } = summary();
console.log(
  `all: median error ${(100 * Number(medianError)).toFixed(1)} %; ${within15Percent} of ${kernels} kernels within 15 %, worst ${(100 * Number(worstKernel)).toFixed(1)} %`,
);
keep();

/** All that is known so far. */
function summary(): Record<string, unknown> {
  return {
    what: "predictions for sizes held out between learnt ones, by lower quartiles of interleaved runs: median relative errors",
    rounds: Number(values.rounds),
    seeds: seeds.length,
    threads: values.threads ?? "all",
    clock: values.clock,
    medianError: median(results.flatMap(({ heldOut }) => heldOut.map(({ error }) => error))),
    worstKernel: Math.max(...results.map(({ medianError }) => medianError)),
    within15Percent: results.filter(({ medianError }) => medianError <= 0.15).length,
    kernels: results.length,
    results,
  };
}

function keep(): void {
  if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(summary(), null, 2)}\n`);
}
