import { type AnyWorkload, type Dispatcher, seededRandom } from "../contract/index.ts";

/** Sizes, in each workload's own units, from tiny to large. */
const exponents = [10, 14, 18, 22, 26, 30];
const rounds = 20;
/** Gaps below this are what two clocks and a queue differ by, no choice. */
const tie = 20e-6;
/** Devices predicted to be slower than the chosen one by more are not timed. */
const hopeless = 10;

/** One workload at one size: how good the choice was. */
interface RegretRow {
  readonly workload: string;
  readonly size: number;
  readonly chosen: string;
  readonly best: string;
  /** Time on the chosen device over time on the best one; 1 where they differ by less than 20 us. */
  readonly ratio: number;
  readonly seconds: Readonly<Record<string, number>>;
  readonly predicted: Readonly<Record<string, number>>;
  /** Runs that each median is made of. */
  readonly runs: number;
  readonly notTimed: readonly NotTimed[];
}

/** A device that was left out, and why: predicted to be over 10x slower than the chosen one, or passed over by the manager. */
interface NotTimed {
  readonly device: string;
  /** Seconds; null where the manager does not let it run at all. */
  readonly predicted: number | null;
  readonly reason: string;
}

export interface Regret {
  readonly geomean: number;
  readonly max: number;
  readonly grid: readonly RegretRow[];
  /** Cells of the grid that the budget did not reach. */
  readonly skipped: readonly { readonly workload: string; readonly size: number; readonly reason: string }[];
}

interface Cell {
  readonly workload: AnyWorkload;
  readonly exponent: number;
  readonly chosen: string;
  /** Predicted seconds by device. */
  readonly timed: ReadonlyMap<string, number>;
  readonly notTimed: readonly NotTimed[];
}

/**
 * How much time the manager's choices cost beyond the best ones: every workload at six sizes, by medians of runs taken
 * turn by turn. All choices are made before anything runs, so that they rest on the calibration alone, and as for data
 * that is already resident, as it is when runs are repeated.
 */
export async function measureRegret(
  manager: Dispatcher,
  workloads: readonly AnyWorkload[],
  budget: number,
  signal: AbortSignal,
  onProgress: (share: number, what: string) => void,
): Promise<Regret> {
  const startedAt = performance.now();
  const elapsed = (): number => (performance.now() - startedAt) / 1000;
  const cells = workloads.flatMap((workload) =>
    exponents.flatMap((exponent) => cellOf(manager, workload, exponent) ?? []),
  );
  const grid: RegretRow[] = [];
  const skipped: { workload: string; size: number; reason: string }[] = [];
  for (const cell of cells) {
    const { workload, exponent, timed } = cell;
    onProgress(elapsed() / budget, `${workload.id}, 2^${exponent} units`);
    const needed = [...timed.values()].reduce((sum, one) => sum + one, 0) * (rounds + 1);
    if (elapsed() + needed > budget)
      skipped.push({ workload: workload.id, size: 2 ** exponent, reason: `needs about ${needed.toFixed(1)} s more` });
    else grid.push(await rowOf(manager, cell, signal));
  }
  const ratios = grid.map(({ ratio }) => ratio);
  return {
    geomean: Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length),
    max: Math.max(...ratios),
    grid,
    skipped,
  };
}

function inputOf(workload: AnyWorkload, exponent: number): unknown {
  return workload.generate(2 ** exponent, seededRandom(2));
}

/** null where no device can run it. */
function cellOf(manager: Dispatcher, workload: AnyWorkload, exponent: number): Cell | null {
  const { candidates, rejected } = manager.explain(workload, inputOf(workload, exponent));
  const bySpeed = candidates
    .map(({ device: { id }, predicted: { seconds } }): [string, number] => [id, seconds])
    .sort(([, a], [, b]) => a - b);
  const [first] = bySpeed;
  if (first === undefined) return null;
  const [chosen, least] = first;
  return {
    workload,
    exponent,
    chosen,
    timed: new Map(bySpeed.filter(([, seconds]) => seconds <= hopeless * least)),
    notTimed: [
      ...bySpeed
        .filter(([, seconds]) => seconds > hopeless * least)
        .map(([device, predicted]) => ({
          device,
          predicted,
          reason: `predicted to be ${Math.round(predicted / least)}x slower than ${chosen}`,
        })),
      ...rejected.map(({ device, reason }) => ({ device, predicted: null, reason })),
    ],
  };
}

async function rowOf(
  manager: Dispatcher,
  { workload, exponent, chosen, timed, notTimed }: Cell,
  signal: AbortSignal,
): Promise<RegretRow> {
  const input = inputOf(workload, exponent);
  const { units } = workload.size(input);
  const times = new Map([...timed.keys()].map((id): [string, number[]] => [id, []]));
  // the first round warms up: code, memory and resident data
  for (let round = 0; round <= rounds; round++)
    for (const [id, all] of times) {
      const { measured } = await manager.run(workload, input, { device: id, signal });
      if (round > 0) all.push(measured.seconds);
    }
  const medians = new Map([...times].map(([id, all]): [string, number] => [id, middle(all)]));
  const [best, least] = [...medians].reduce((a, b) => (b[1] < a[1] ? b : a));
  const taken = medians.get(chosen) ?? least;
  return {
    workload: workload.id,
    size: units,
    chosen,
    best,
    ratio: taken - least < tie ? 1 : taken / least,
    seconds: Object.fromEntries(medians),
    predicted: Object.fromEntries(timed),
    runs: rounds,
    notTimed,
  };
}

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = sorted.length >> 1;
  const upper = sorted[at] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[at - 1] ?? Number.NaN)) / 2;
}
