import { joinFluxBalance, sliceFluxBalance } from "../../src/workloads/flux-balance/split.ts";
import {
  type FluxBalanceInput,
  type FluxBalanceOutput,
  type FluxProblem,
  fluxBalance,
} from "../../src/workloads/index.ts";
import type { HighsBasis } from "./flux-balance-highs.ts";
import { type SimdKernel, type SimdPool, threadsOf } from "./kernel.ts";
import { inLanes } from "./motif-scan-lanes.ts";

/** Work, in cells of the matrix, below which a further thread costs more than it saves. */
const cellsPerThread = 5e7;
/** Items that a worker is handed at once at most, so that threads end together and an answer's copy stays small. */
const mostItems = 64;
/** A HiGHS instance has 2 GiB; an entry of the matrix takes some 100 bytes there, with what a factor fills in. */
const mostEntries = 10e6;

/** What the workers need of a problem, over memory that they share. */
interface Resident {
  readonly id: number;
  readonly problem: FluxProblem;
  readonly base: HighsBasis | null;
}

interface Store {
  readonly residents: WeakMap<FluxProblem, Resident>;
  readonly live: Set<number>;
  readonly collected: FinalizationRegistry<number>;
}

const stores = new WeakMap<SimdPool, Store>();
let numbered = 0;

function storeOf(pool: SimdPool): Store {
  const found = stores.get(pool);
  if (found !== undefined) return found;
  const live = new Set<number>();
  const made = { residents: new WeakMap(), live, collected: new FinalizationRegistry<number>((id) => live.delete(id)) };
  stores.set(pool, made);
  return made;
}

export const fluxBalanceKernel: SimdKernel<FluxBalanceInput, FluxBalanceOutput> = {
  workload: fluxBalance,
  supports: ({ problem }) =>
    problem.values.length <= mostEntries
      ? { ok: true }
      : { ok: false, reason: `a matrix of ${problem.values.length} entries may not fit a WebAssembly memory` },
  prior: ({ units }) => ({
    seconds: 1e-3 + units / 1e9,
    joules: null,
    energySource: null,
    basis: "guess",
  }),
  prepare: async (pool, input, context) => {
    await resident(pool, input, context);
  },
  run: async (pool, input, context) => {
    const { id, problem, base } = await resident(pool, input, context);
    const live = [...storeOf(pool).live];
    const lanes = lanesOf(threadsOf(pool, context), input);
    const step = Math.max(1, Math.min(mostItems, Math.ceil(input.count / (4 * lanes))));
    const starts = Array.from({ length: Math.ceil(input.count / step) }, (_, at) => at * step);
    const parts = await inLanes(lanes, starts, async (first) => {
      const items = { ...sliceFluxBalance(input, first, Math.min(input.count, first + step)), problem };
      return pool.run("flux-balance", { id, problem, base, live, items }, context);
    });
    return joinFluxBalance(parts, input);
  },
};

async function resident(
  pool: SimdPool,
  { problem }: FluxBalanceInput,
  context: Parameters<SimdPool["run"]>[2],
): Promise<Resident> {
  const { residents, live, collected } = storeOf(pool);
  const found = residents.get(problem);
  if (found !== undefined) return found;
  numbered += 1;
  const id = numbered;
  const sharing = shared(problem);
  const base = await pool.run("flux-balance-prepare", { id, problem: sharing, live: [...live, id] }, context);
  const made = { id, problem: sharing, base };
  residents.set(problem, made);
  live.add(id);
  collected.register(problem, id);
  return made;
}

function lanesOf(threads: number, { problem, count }: FluxBalanceInput): number {
  const cells = count * Math.max(1, problem.rows) * Math.max(1, problem.columns);
  return Math.max(1, Math.min(threads, count, Math.floor(cells / cellsPerThread)));
}

/** The problem over shared memory, so that it reaches each worker without another copy. */
function shared(problem: FluxProblem): FluxProblem {
  const floats = (values: Float64Array): Float64Array => {
    const copy = new Float64Array(new SharedArrayBuffer(values.byteLength));
    copy.set(values);
    return copy;
  };
  const integers = (values: Int32Array): Int32Array => {
    const copy = new Int32Array(new SharedArrayBuffer(values.byteLength));
    copy.set(values);
    return copy;
  };
  return {
    ...problem,
    starts: integers(problem.starts),
    indices: integers(problem.indices),
    values: floats(problem.values),
    rowLower: floats(problem.rowLower),
    rowUpper: floats(problem.rowUpper),
    lower: floats(problem.lower),
    upper: floats(problem.upper),
    objective: floats(problem.objective),
  };
}
