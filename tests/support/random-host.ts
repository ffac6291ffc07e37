import { type Accelerator, BioAcceleratorManager, seededRandom, type WorkloadSpec } from "bioxen";
import { fakeAccelerator, fakeKernel } from "bioxen/testing";
import { z } from "zod";

interface Job {
  readonly units: number;
}

const input: z.ZodType<Job> = z.object({ units: z.number() });

/** A workload that is nothing but its size. */
export const job: WorkloadSpec<Job, number> = {
  id: "job",
  version: 1,
  aliases: [],
  throughput: { unit: "unit", rate: "Gunits/s", per: 1e9 },
  input,
  size: ({ units }) => ({ units, bytesIn: Math.ceil(units / 4), bytesOut: 8 }),
  resident: () => null,
  reference: ({ units }) => units,
  generate: (units) => ({ units }),
  differ: (actual, expected) => (actual === expected ? null : `${actual}, expected ${expected}`),
};

/** What the runs on one host are like. */
export interface Circumstances {
  readonly runs: number;
  /** Runs before regret is counted. */
  readonly learning: number;
  /** The device that becomes five times as slow midway: any, or the one that is best most often. */
  readonly slows: "any" | "best" | "none";
  /** Whether the very first run on each device takes 300 times as long. */
  readonly poisoned: boolean;
}

/** How one host fared. */
interface Fared {
  readonly devices: number;
  /** Noiseless time on the chosen devices over that on the best ones, after the learning. */
  readonly regret: number;
  readonly tries: number;
  /** Share of the jobs after the learning whose best device, better by a half and more, was not the one chosen. */
  readonly missed: number;
  /** Devices that were best by a half and more for a tenth of those jobs, and that got none of them. */
  readonly idle: number;
}

interface Curve {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  /** Units from which on a unit costs `bent` times as much: threads start, caches overflow. */
  readonly bendAt: number;
  readonly bent: number;
}

const spikeFactor = 300;
const slowFactor = 5;
const leastExponent = 8;
const mostExponent = 30;

/** Runs log-uniform jobs on a host of two to six random devices, on a clock of its own, through the real manager. */
async function fareOn(seed: number, clock: VirtualClock, of: Circumstances): Promise<Fared> {
  const random = seededRandom(seed);
  const logUniform = (least: number, most: number): number => least * (most / least) ** random();
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const count = 2 + Math.floor(5 * random());
  const spikes = 0.03 * random();
  const noise = 0.02 + 0.13 * random();
  const curves = Array.from(
    { length: count },
    (): Curve => ({
      a: logUniform(1e-6, 1e-2),
      b: logUniform(1e-11, 1e-8),
      c: random() < 0.5 ? 0 : logUniform(1e-11, 1e-9),
      bendAt: 2 ** (12 + 14 * random()),
      bent: logUniform(1 / 6, 3),
    }),
  );
  const slowBy = curves.map(() => 1);
  const truth = (at: number, units: number): number => {
    const { a, b, c, bendAt, bent } = curves[at] ?? { a: 0, b: 0, c: 0, bendAt: 0, bent: 1 };
    const bends = b * (Math.min(units, bendAt) + bent * Math.max(0, units - bendAt));
    return (slowBy[at] ?? 1) * (a + bends + (c * units) / 4);
  };
  const firsts = curves.map(() => of.poisoned);
  const accelerators = curves.map(({ a, b, c }, at): Accelerator => {
    const wrong = [0, 1, 2].map(() => logUniform(0.1, 10));
    const [x = 1, y = 1, w = 1] = wrong;
    return fakeAccelerator({
      id: `device-${at}`,
      opening: async () => clock.advance(logUniform(0.03, 0.5)),
      kernels: [
        fakeKernel(job, {
          seconds: ({ units, bytesIn }) => x * a + y * b * units + w * c * bytesIn,
          run: ({ units }) => {
            const spiked = firsts[at] === true || random() < spikes;
            firsts[at] = false;
            clock.advance(truth(at, units) * Math.exp(noise * normal()) * (spiked ? spikeFactor : 1));
            return units;
          },
        }),
      ],
    });
  });
  await using manager = await BioAcceleratorManager.open({ accelerators, calibration: false });
  const best = curves.map(() => 0);
  const won = curves.map(() => 0);
  let chosenSeconds = 0;
  let bestSeconds = 0;
  let tries = 0;
  let missed = 0;
  for (let run = 0; run < of.runs; run++) {
    if (run === Math.floor(of.runs / 2) && of.slows !== "none") {
      const slow = of.slows === "any" ? Math.floor(count * random()) : best.indexOf(Math.max(...best));
      slowBy[slow] = slowFactor;
      best.fill(0);
      won.fill(0);
    }
    const units = 2 ** (leastExponent + (mostExponent - leastExponent) * random());
    const { device, reason } = await manager.run(job, { units });
    const at = Number(device.id.replace(/^device-(\d+):0$/, "$1"));
    const times = curves.map((_, one) => truth(one, units));
    const sorted = [...times].sort((p, q) => p - q);
    const fastest = times.indexOf(sorted[0] ?? Number.NaN);
    const clear = (sorted[1] ?? 0) > 1.5 * (sorted[0] ?? 0);
    if (clear) best[fastest] = (best[fastest] ?? 0) + 1;
    if (clear && at === fastest) won[at] = (won[at] ?? 0) + 1;
    if (run < of.learning) continue;
    if (reason.startsWith("a try")) tries++;
    if (clear && at !== fastest) missed++;
    chosenSeconds += times[at] ?? Number.NaN;
    bestSeconds += sorted[0] ?? Number.NaN;
  }
  const idle = curves.filter((_, at) => (best[at] ?? 0) > of.runs / 20 && won[at] === 0).length;
  const counted = of.runs - of.learning;
  return { devices: count, regret: chosenSeconds / bestSeconds, tries, missed: missed / counted, idle };
}

/** Stands in for `performance.now` while a simulation runs. */
export class VirtualClock implements Disposable {
  #milliseconds = 0;
  readonly #real = performance.now;

  constructor() {
    performance.now = () => this.#milliseconds;
  }

  advance(seconds: number): void {
    this.#milliseconds += seconds * 1000;
  }

  [Symbol.dispose](): void {
    performance.now = this.#real;
  }
}

export interface Summary {
  readonly hosts: number;
  readonly firstSeed: number;
  readonly geomean: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
  readonly missed: number;
  readonly triesPerHost: number;
  readonly idle: number;
  /** Of all devices of these hosts. */
  readonly idleShare: number;
}

/** So many hosts, of seeds from the first one up. */
export async function fareOnMany(hosts: number, circumstances: Circumstances, firstSeed = 1): Promise<Summary> {
  using clock = new VirtualClock();
  const all: Fared[] = [];
  for (let at = 0; at < hosts; at++) all.push(await fareOn(firstSeed + at, clock, circumstances));
  const regrets = all.map(({ regret }) => regret).sort((a, b) => a - b);
  const at = (share: number): number => rounded(regrets[Math.min(hosts - 1, Math.floor(share * hosts))] ?? Number.NaN);
  const idle = all.reduce((sum, one) => sum + one.idle, 0);
  const mean = (values: readonly number[]): number => values.reduce((x, y) => x + y, 0) / hosts;
  return {
    hosts,
    firstSeed,
    geomean: rounded(Math.exp(mean(regrets.map(Math.log)))),
    median: at(0.5),
    p95: at(0.95),
    max: at(1),
    missed: rounded(mean(all.map(({ missed }) => missed))),
    triesPerHost: rounded(mean(all.map(({ tries }) => tries))),
    idle,
    idleShare: rounded(idle / all.reduce((sum, { devices }) => sum + devices, 0)),
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
