import { type FluxBalanceInput, type FluxBalanceOutput, fluxStatus } from "./problem.ts";

/** An answer with room for what is wanted, in which every item has failed so far; over shared memory where that is given. */
export function emptyOutput(
  { problem, count, wants }: FluxBalanceInput,
  memory: (bytes: number) => ArrayBuffer | SharedArrayBuffer = (bytes) => new ArrayBuffer(bytes),
): FluxBalanceOutput {
  const { rows, columns } = problem;
  const room = (length: number): Float64Array => new Float64Array(memory(8 * count * length)).fill(Number.NaN);
  return {
    statuses: new Uint8Array(memory(count)).fill(fluxStatus.failed),
    objectives: room(1),
    residuals: room(1),
    attempts: new Uint8Array(memory(count)),
    fluxes: wants === "objective" ? null : room(columns),
    shadowPrices: wants === "duals" ? room(rows) : null,
    reducedCosts: wants === "duals" ? room(columns) : null,
  };
}
