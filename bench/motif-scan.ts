// Motif scanning on E. coli 536 against JASPAR 2018's vertebrate matrices, beside MOODS where Python has it.
//   node dist/bench/motif-scan.js [--json] [--rounds 3] [--out FILE] [--matrices FILE]
import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { cpuSimd } from "../accelerators/index.ts";
import { type MotifHits, type MotifScanInput, motifScan } from "../src/index.ts";
import { ecoli, readMatrices, readSequences } from "./motif-scan-files.ts";

/** Hits that MOODS finds: p = 1e-4, uniform background, pseudocount 1, both strands. */
const moodsHits: Readonly<Record<number, number>> = { 100: 115_241, 579: 634_281 };
/** Scan alone, without thresholds, in Mb.motif/s on a core of the same kind; cited, not measured here. */
const moodsCited: Readonly<Record<number, string>> = { 100: "1,030-1,210", 579: "1,500-1,910" };

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "3" },
    out: { type: "string" },
    matrices: {
      type: "string",
      default: fileURLToPath(new URL("../../../shared/data/motifs/JASPAR2018_CORE_vertebrates.txt", import.meta.url)),
    },
    child: { type: "string" },
  },
});

interface Timed {
  readonly wall: number;
  readonly cpu: number;
}

interface Figures {
  readonly hits: number;
  /** Sequences and matrices never seen before, threads not started: index and thresholds included. */
  readonly cold: Timed;
  /** All resident. */
  readonly warm: Timed;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function timed(work: () => Promise<MotifHits>): Promise<Timed & { readonly hits: number }> {
  const from = performance.now();
  const cpu = cpuSeconds();
  const hits = await work();
  return { wall: (performance.now() - from) / 1e3, cpu: cpuSeconds() - cpu, hits: hits.score.length };
}

function median(values: readonly number[]): number {
  return [...values].sort((x, y) => x - y)[values.length >> 1] ?? Number.NaN;
}

/** In a fresh process: one cold run, then warm ones. */
async function measure(count: number, threads: number): Promise<Figures> {
  const input: MotifScanInput = {
    matrices: readMatrices(values.matrices).slice(0, count),
    sequences: readSequences(ecoli),
    pValue: 1e-4,
    strands: "both",
  };
  const context = { signal: new AbortController().signal, threads };
  const probe = await cpuSimd.probe(context);
  const kernel = cpuSimd.kernels.find(({ workload }) => workload === motifScan);
  if (probe.status !== "present" || kernel === undefined) throw new Error("cpu-simd does not serve motif-scan here");
  await using device = await cpuSimd.open(probe.devices[0], context);
  const once = () => timed(() => device.run<MotifScanInput, MotifHits>(kernel, input, context));
  const cold = await once();
  // code warms up over a few runs, as it would in a process that scans more than once
  for (let run = 0; run < 3; run++) await once();
  const warm = [await once(), await once(), await once(), await once(), await once()];
  if (warm.some(({ hits }) => hits !== cold.hits)) throw new Error("runs differ in their hits");
  return {
    hits: cold.hits,
    cold: { wall: cold.wall, cpu: cold.cpu },
    warm: { wall: median(warm.map(({ wall }) => wall)), cpu: median(warm.map(({ cpu }) => cpu)) },
  };
}

function inFreshProcess(count: number, threads: number): Figures {
  const script = fileURLToPath(import.meta.url);
  const args = [script, "--matrices", values.matrices, "--child", `${count},${threads}`];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as Figures;
}

/** Mb.motif/s of MOODS' own scan, or null where Python has no MOODS. */
function moods(count: number, input: { readonly matrices: string; readonly genome: string }): number | null {
  const script = `
import gzip, sys, time
try:
    import MOODS.parsers, MOODS.scan, MOODS.tools
except ImportError:
    sys.exit(0)
entries = open(sys.argv[1]).read().split(">")[1:][:int(sys.argv[3])]
bg = MOODS.tools.flat_bg(4)
counts = [[[float(x) for x in row[1:].replace("[", " ").replace("]", " ").split()] for row in e.strip().split("\\n")[1:5]] for e in entries]
odds = [MOODS.tools.log_odds(m, bg, 1.0) for m in counts]
both = odds + [MOODS.tools.reverse_complement(m) for m in odds]
least = [MOODS.tools.threshold_from_p(m, bg, 1e-4) for m in odds] * 2
text = "".join(l.strip() for l in gzip.open(sys.argv[2], "rt") if l[0] != ">")
scanner = MOODS.scan.Scanner(7)
scanner.set_motifs(both, bg, least)
start = time.process_time()
hits = sum(len(one) for one in scanner.scan(text))
print(hits, time.process_time() - start)
`;
  let answer: string;
  try {
    answer = execFileSync("python3", ["-c", script, input.matrices, input.genome, String(count)], { encoding: "utf8" });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw cause;
  }
  if (answer.trim() === "") return null;
  const [hits = 0, seconds = 0] = answer.trim().split(" ").map(Number);
  if (hits !== moodsHits[count]) throw new Error(`MOODS found ${hits} hits, expected ${moodsHits[count]}`);
  return (4.93892 * count) / seconds;
}

function compare(): void {
  for (const path of [ecoli, values.matrices]) if (!existsSync(path)) throw new Error(`${path} is missing`);
  const rounds = Number(values.rounds);
  const bases = readSequences(ecoli).residues.length;
  const rows = [1, 10, 100, 579].flatMap((matrices) =>
    [1, ...(availableParallelism() > 1 ? [2] : [])].map((threads) => {
      const runs = Array.from({ length: rounds }, () => inFreshProcess(matrices, threads));
      const hits = runs[0]?.hits ?? 0;
      const expected = moodsHits[matrices] ?? hits;
      if (runs.some((run) => run.hits !== expected))
        throw new Error(`${matrices} matrices: ${runs.map((run) => run.hits)} hits, expected ${expected}`);
      const middle = (of: (run: Figures) => number): number => median(runs.map(of));
      const rate = (seconds: number): number => Math.round((bases * matrices) / 1e6 / seconds);
      return {
        matrices,
        threads,
        hits,
        coldCpuSeconds: middle((run) => run.cold.cpu),
        coldRate: rate(middle((run) => run.cold.cpu)),
        coldWallSeconds: middle((run) => run.cold.wall),
        warmCpuSeconds: middle((run) => run.warm.cpu),
        warmRate: rate(middle((run) => run.warm.cpu)),
        warmWallSeconds: middle((run) => run.warm.wall),
      };
    }),
  );
  const ratio = (matrices: number, of: "coldWallSeconds" | "warmWallSeconds"): number | null => {
    const [one, two] = rows.filter((row) => row.matrices === matrices);
    return one === undefined || two === undefined ? null : Number((one[of] / two[of]).toFixed(2));
  };
  const report = {
    machine: `${cpus()[0]?.model.trim() ?? "CPU"}, ${availableParallelism()} cores, Node ${process.version}`,
    unit: "Mb.motif/s of CPU time",
    rounds,
    rows,
    twoThreads: [100, 579].map((matrices) => ({
      matrices,
      cold: ratio(matrices, "coldWallSeconds"),
      warm: ratio(matrices, "warmWallSeconds"),
    })),
    moods: [100, 579].map((matrices) => {
      const measured = moods(matrices, { matrices: values.matrices, genome: ecoli });
      return measured === null
        ? { matrices, measured: null, why: "python3 has no MOODS", citedScanOnly: moodsCited[matrices] }
        : { matrices, measured: Math.round(measured) };
    }),
    // what no way of doing it can undercut: read each base once, write each hit once
    floor: {
      bytes: `${bases} read, ${17 * (moodsHits[579] ?? 0)} written for 579 matrices`,
      operations:
        "without an index 1 look-up and 1 addition a base, strand and two columns, 16 at a time; with one, a k-mer and its 16 bases of context are tested once for all the windows that share them",
    },
  };
  if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(report, null, 2)}\n`);
  if (values.json) {
    console.log(JSON.stringify(report));
    return;
  }
  console.log(`${report.machine}; ${report.unit}, median of ${rounds}`);
  console.table(
    rows.map(({ matrices, threads, hits, coldRate, warmRate, coldWallSeconds, warmWallSeconds }) => ({
      matrices,
      threads,
      hits,
      cold: coldRate,
      warm: warmRate,
      "cold ms": Math.round(1e3 * coldWallSeconds),
      "warm ms": Number((1e3 * warmWallSeconds).toFixed(1)),
    })),
  );
  for (const { matrices, cold, warm } of report.twoThreads)
    console.log(`${matrices} matrices, 2 threads against 1, wall: ${cold} cold, ${warm} warm`);
  for (const one of report.moods)
    console.log(
      one.measured === null
        ? `MOODS on ${one.matrices}: not measured (${one.why}); its scan alone is cited at ${one.citedScanOnly}`
        : `MOODS on ${one.matrices}, scan alone: ${one.measured}`,
    );
  console.log(`floor: ${report.floor.bytes}; ${report.floor.operations}`);
}

if (values.child === undefined) compare();
else {
  const [count = 1, threads = 1] = values.child.split(",").map(Number);
  console.log(JSON.stringify(await measure(count, threads)));
}
