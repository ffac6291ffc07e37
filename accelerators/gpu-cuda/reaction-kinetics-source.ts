import type { ReactionNetwork } from "../../src/network/index.ts";
import { type Pattern, updatesOf } from "../../src/workloads/reaction-kinetics/sparse-factors.ts";
import { blockText } from "./network-text.ts";
import { blocksOf, type KineticBlocks } from "./reaction-kinetics-tables.ts";

/** Doubles of one thread up to which all loops are unrolled, so that the compiler has them in registers. */
const mostInRegisters = 128;
/** Bytes of one thread's own memory: the driver sets them aside for every thread that the GPU can hold. */
const mostLocal = 2 ** 15;
/** Statements that the compiler and the driver take a quarter of a minute for: a hundred species by Michaelis and Menten. */
const mostStatements = 16_000;

/**
 * CUDA C++ of a network: rates, derivatives and a factorization whose every operation is written out, made of numbers and of
 * the words in this package. Follows the two headers in `kernels/`. Null where it would be too long, or too large for a thread.
 */
export function kineticSource(network: ReactionNetwork): string | null {
  const blocks = blocksOf(network);
  const { assignments, slopes, jacobian, inTime, equations, own } = blocks;
  const { pattern } = equations;
  const [states, entries] = [equations.states.length, pattern.columns.length];
  const doubles = own + 8 * states + entries;
  if (8 * doubles > mostLocal) return null;
  const statements = [assignments, slopes, jacobian, inTime]
    .flat()
    .reduce((sum, { graph, uses }) => sum + graph.nodes.length + uses.length, updatesOf(pattern).length + 2 * entries);
  if (statements > mostStatements) return null;
  const isSmall = doubles - 2 * states <= mostInRegisters;
  const inline = isSmall ? "__forceinline__" : "__noinline__";
  const body = (of: KineticBlocks["slopes"]): string =>
    of.map(({ graph, uses }) => blockText(graph, uses, read)).join("\n");
  // what never changes is read from the slot's rows: registers are for what does
  const read = (place: number): string => (place < own ? `x[${place}]` : `fixed[${place}]`);
  const room = (length: number): number => Math.max(1, length);
  return `
struct Generated {
  static constexpr int unroll = ${isSmall ? room(Math.max(own, entries)) : 1};
  Rows fixed;
  double values_[${room(own)}], start_[${room(states)}], inTime_[${inTime.length === 0 ? 1 : room(states)}];
  double stages_[6][${room(states)}], m[${room(entries)}];
  __device__ __forceinline__ static constexpr int states() { return ${states}; }
  __device__ __forceinline__ static constexpr bool dependsOnTime() { return ${inTime.length > 0}; }
  __device__ __forceinline__ double* x() { return values_; }
  __device__ __forceinline__ double* start() { return start_; }
  __device__ __forceinline__ double* inTime() { return inTime_; }
  __device__ __forceinline__ double* stage(int number) { return stages_[number]; }
  __device__ __forceinline__ void take(Rows rows) {
#pragma unroll unroll
    for (int at = 0; at < ${own}; at++) values_[at] = rows[at];
  }
  __device__ __forceinline__ void give(Rows rows) {
#pragma unroll unroll
    for (int at = 0; at < ${own}; at++) rows[at] = values_[at];
  }
  __device__ ${inline} void assign(double t) {
double* x = values_;
${body(assignments)}
  }
  __device__ ${inline} void addSlopes(double t, double* o) {
const double* x = values_;
${body(slopes)}
  }
  __device__ ${inline} void makeTimeSlopes(double t) {
const double* x = values_;
double* o = inTime_;
${inTime.length === 0 ? "" : Array.from({ length: states }, (_, at) => `o[${at}]=0.0;`).join("")}
${body(inTime)}
  }
  __device__ ${inline} void factorize(double t, double added) {
const double* x = values_;
double* o = m;
${Array.from(pattern.columns, (_, at) => `m[${at}]=${pattern.diagonal.includes(at) ? "added" : "0.0"};`).join("")}
${body(jacobian)}
${eliminationText(pattern).join("\n")}
  }
  __device__ ${inline} void solve(double* b) {
${solutionText(pattern).join("\n")}
  }
};

extern "C" __global__ void __launch_bounds__(32) solve_generated(SOLVER_PARAMETERS) {
  const int slot = blockIdx.x * blockDim.x + threadIdx.x;
  if (slot >= slots) return;
  const Batch batch = SOLVER_BATCH;
  Generated system;
  system.fixed = {workspace + slot, slots};
  solveItems(batch, system, slot);
}
`;
}

/** Row by row, with the diagonal's inverses in its place; see `factorsOf` of the pattern. */
function eliminationText({ size, starts, columns, diagonal }: Pattern): readonly string[] {
  const lines: string[] = [];
  for (let row = 0; row < size; row++) {
    const places = new Map<number, number>();
    for (let at = starts[row] ?? 0; at < (starts[row + 1] ?? 0); at++) places.set(columns[at] ?? 0, at);
    for (let at = starts[row] ?? 0; at < (diagonal[row] ?? 0); at++) {
      const pivot = columns[at] ?? 0;
      const middle = diagonal[pivot] ?? 0;
      const updates: string[] = [];
      for (let from = middle + 1; from < (starts[pivot + 1] ?? 0); from++)
        updates.push(`m[${places.get(columns[from] ?? 0) ?? 0}]-=f*m[${from}];`);
      lines.push(`{const double f=m[${at}]*m[${middle}];m[${at}]=f;${updates.join("")}}`);
    }
    lines.push(`m[${diagonal[row]}]=1.0/m[${diagonal[row]}];`);
  }
  return lines;
}

function solutionText({ size, starts, columns, diagonal }: Pattern): readonly string[] {
  const lines: string[] = [];
  const terms = (from: number, to: number): string =>
    Array.from({ length: to - from }, (_, at) => `-m[${from + at}]*b[${columns[from + at]}]`).join("");
  for (let row = 0; row < size; row++) {
    const below = terms(starts[row] ?? 0, diagonal[row] ?? 0);
    if (below !== "") lines.push(`b[${row}]=b[${row}]${below};`);
  }
  for (let row = size - 1; row >= 0; row--) {
    const middle = diagonal[row] ?? 0;
    lines.push(`b[${row}]=(b[${row}]${terms(middle + 1, starts[row + 1] ?? 0)})*m[${middle}];`);
  }
  return lines;
}
