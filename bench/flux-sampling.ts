// Samples of a model's fluxes in CPU time per effective sample, beside COBRApy's OptGP where python3 has it.
//   node dist/bench/flux-sampling.js [--json] [--rounds 3] [--out FILE] [--model FILE] [--thinning 100]
// CPU time of a call, all threads: module loading and reading the model are left out on both sides, warm-up is not. Mixing is
// diagnosed by one code for both, outside of the time.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { cpuSimd } from "../accelerators/index.ts";
import {
  BioAcceleratorManager,
  type FluxSampleSet,
  type FluxSamples,
  type FluxSamplingInput,
  fluxSampling,
  parseBiggModel,
  problemOf,
  sampleFluxes,
  seededRandom,
} from "../src/index.ts";
import { mixingOf } from "../src/metabolism/sampling-diagnostics.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "3" },
    out: { type: "string" },
    python: { type: "string", default: "/usr/bin/python3" },
    thinning: { type: "string", default: "100" },
    first: { type: "boolean", default: false },
    model: {
      type: "string",
      default: fileURLToPath(new URL("../../../shared/data/metabolic/e_coli_core.json", import.meta.url)),
    },
  },
});
const samples = 1000;
/** The first call of a process runs uncompiled; later ones are what a study of many samplings pays. */
const warmCalls = 8;

interface Sizes {
  readonly least: number;
  readonly median: number;
}

interface Row {
  readonly what: string;
  readonly thinning: number;
  readonly cpuSeconds: number;
  readonly effective: Sizes;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function median(of: readonly number[]): number {
  return [...of].sort((x, y) => x - y)[of.length >> 1] ?? Number.NaN;
}

/** Effective sizes over the columns that vary, by one code for both sides. */
function sizesOf(fluxes: Float64Array, columns: number, chains: number): Sizes {
  const sizes: number[] = [];
  const draws = new Float64Array(fluxes.length / columns);
  for (let column = 0; column < columns; column++) {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let draw = 0; draw < draws.length; draw++) {
      const flux = fluxes[draw * columns + column] ?? Number.NaN;
      draws[draw] = flux;
      low = Math.min(low, flux);
      high = Math.max(high, flux);
    }
    if (high - low > 1e-6) sizes.push(mixingOf(draws, chains).effectiveSize);
  }
  return { least: Math.min(...sizes), median: median(sizes) };
}

const model = parseBiggModel(readFileSync(values.model), values.model);
const problem = problemOf(model);

async function ours(
  thinning: number | undefined,
  later: number,
): Promise<{ readonly set: FluxSampleSet; readonly rows: Row[] }> {
  await using manager = await BioAcceleratorManager.open({ accelerators: [cpuSimd], calibration: false });
  const calls: { readonly cpu: number; readonly set: FluxSampleSet }[] = [];
  for (let call = 0; call <= later; call++) {
    const from = cpuSeconds();
    const options = {
      samples,
      seed: call + 1,
      dispatch: { threads: 1 },
      ...(thinning === undefined ? {} : { thinning }),
    };
    const set = await sampleFluxes(problem, manager, options);
    if (set.status !== "sampled") throw new Error(set.reason);
    if (set.residual > 1e-6 || set.violation > 1e-6) throw new Error("samples are not steady or not within bounds");
    calls.push({ cpu: cpuSeconds() - from, set });
  }
  const [first, ...others] = calls;
  const last = others.slice(warmCalls / 2);
  const row = (what: string, of: typeof calls): Row => {
    const sizes = of.map(({ set }) => sizesOf(set.fluxes, problem.columns, set.chains));
    return {
      what,
      thinning: of[0]?.set.thinning ?? 0,
      cpuSeconds: median(of.map(({ cpu }) => cpu)),
      effective: {
        least: median(sizes.map(({ least }) => least)),
        median: median(sizes.map((size) => size.median)),
      },
    };
  };
  if (first === undefined) throw new Error("no call was made");
  const rows = [row("first call of a process", [first])];
  return { set: first.set, rows: last.length === 0 ? rows : [...rows, row("later calls", last)] };
}

/** In a fresh process, where nothing is compiled yet. */
function firstCall(thinning: number | undefined): Row {
  const args = [fileURLToPath(import.meta.url), "--model", values.model, "--first"];
  const thinned = thinning === undefined ? ["--thinning", "usual"] : ["--thinning", String(thinning)];
  return JSON.parse(execFileSync(process.execPath, [...args, ...thinned], { encoding: "utf8" })) as Row;
}

if (values.first) {
  const { rows } = await ours(values.thinning === "usual" ? undefined : Number(values.thinning), 0);
  process.stdout.write(JSON.stringify(rows[0]));
  process.exit();
}

function optGp(): Row | string {
  const folder = mkdtempSync(join(tmpdir(), "flux-sampling-"));
  const file = join(folder, "fluxes");
  const script = `
import sys, time
try:
    from cobra.io import load_json_model
    from cobra.sampling import OptGPSampler
except ImportError:
    sys.exit(0)
model = load_json_model(sys.argv[1])
start = time.process_time()
sampler = OptGPSampler(model, thinning=int(sys.argv[3]), processes=1, seed=1)
fluxes = sampler.sample(int(sys.argv[4]))
seconds = time.process_time() - start
fluxes.values.astype("<f8").tofile(sys.argv[2])
print("cpu", seconds)
`;
  try {
    const args = ["-c", script, values.model, file, values.thinning, String(samples)];
    const answer = execFileSync(values.python, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    const seconds = /^cpu (\S+)$/m.exec(answer)?.[1];
    if (seconds === undefined) return `${values.python} has no cobra`;
    const bytes = readFileSync(file);
    const fluxes = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    return {
      what: "COBRApy OptGP",
      thinning: Number(values.thinning),
      cpuSeconds: Number(seconds),
      // one chain
      effective: sizesOf(fluxes, problem.columns, 1),
    };
  } catch (cause) {
    return `${values.python} failed: ${String(cause).split("\n")[0]}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Wall time of the same chains on one thread and on two. */
async function twoThreads(): Promise<number | null> {
  if (availableParallelism() < 2) return null;
  const context = (threads: number) => ({ signal: new AbortController().signal, threads });
  const probe = await cpuSimd.probe(context(1));
  const kernel = cpuSimd.kernels.find(({ workload }) => workload === fluxSampling);
  if (probe.status !== "present" || kernel === undefined) throw new Error("cpu-simd does not serve flux-sampling here");
  await using device = await cpuSimd.open(probe.devices[0], context(2));
  const input = fluxSampling.generate(4e8, seededRandom(1));
  await device.prepare?.(kernel, input, context(2));
  const seconds = async (threads: number): Promise<number> => {
    const from = performance.now();
    await device.run<FluxSamplingInput, FluxSamples>(kernel, input, context(threads));
    return performance.now() - from;
  };
  const ratios: number[] = [];
  for (let round = 0; round < 5; round++) ratios.push((await seconds(1)) / (await seconds(2)));
  return Number(median(ratios).toFixed(2));
}

const rounds: { readonly thinned: Row[]; readonly usual: Row[]; readonly peer: Row | string }[] = [];
let last: FluxSampleSet | null = null;
for (let round = 0; round < Number(values.rounds); round++) {
  const thinned = await ours(Number(values.thinning), warmCalls);
  const usual = await ours(undefined, warmCalls);
  last = usual.set;
  rounds.push({
    thinned: [firstCall(Number(values.thinning)), ...thinned.rows.slice(1)],
    usual: [firstCall(undefined), ...usual.rows.slice(1)],
    peer: optGp(),
  });
}

const perSample = ({ cpuSeconds, effective }: Row, by: keyof Sizes): number => cpuSeconds / effective[by];
const lines = [0, 1].flatMap((at) =>
  (["thinned", "usual"] as const).map((which) => {
    const rows = rounds.flatMap((round) => round[which][at] ?? []);
    const ratio = (by: keyof Sizes): number | null => {
      const ratios = rounds.flatMap(({ peer, ...own }) => {
        const row = own[which][at];
        return typeof peer === "string" || row === undefined ? [] : [perSample(peer, by) / perSample(row, by)];
      });
      return ratios.length === 0 ? null : Number(median(ratios).toFixed(1));
    };
    const [row] = rows;
    if (row === undefined) throw new Error("no round was run");
    return {
      what: row.what,
      thinning: row.thinning,
      cpuMilliseconds: Math.round(1e3 * median(rows.map((one) => one.cpuSeconds))),
      effectiveMedian: Math.round(row.effective.median),
      effectiveLeast: Math.round(row.effective.least),
      ratioByMedian: ratio("median"),
      ratioByLeast: ratio("least"),
    };
  }),
);
const peers = rounds.flatMap(({ peer }) => (typeof peer === "string" ? [] : [peer]));
const [peer] = peers;
const report = {
  command: "node dist/bench/flux-sampling.js",
  machine: `${cpus()[0]?.model.trim() ?? "CPU"}, ${availableParallelism()} cores, Node ${process.version}`,
  model: `${model.id}: ${problem.rows} x ${problem.columns}, dimension ${last?.dimension}`,
  samples,
  rounds: rounds.length,
  ours: lines,
  peer:
    peer === undefined
      ? { measured: null, why: rounds[0]?.peer }
      : {
          what: peer.what,
          thinning: peer.thinning,
          cpuMilliseconds: Math.round(1e3 * median(peers.map((one) => one.cpuSeconds))),
          effectiveMedian: Math.round(peer.effective.median),
          effectiveLeast: Math.round(peer.effective.least),
        },
  // wall time, of one call on one thread
  wallSeconds: last?.seconds,
  twoThreads: await twoThreads(),
};
if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(report, null, 2)}\n`);
if (values.json) console.log(JSON.stringify(report));
else {
  console.log(`${report.machine}; ${report.model}; ${samples} samples, medians of ${report.rounds} rounds`);
  console.table(report.ours);
  console.log("peer", report.peer);
  console.log("stages of a first call, wall seconds", report.wallSeconds);
  console.log(`2 threads against 1, wall, median of 5: ${report.twoThreads}`);
}
