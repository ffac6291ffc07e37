import { advanceMany, type CellModel, type CellState } from "../cell/index.ts";
import type { BioXenError, Dispatcher, DispatchOptions } from "../contract/index.ts";
import type { VirtualMachine } from "./vm.ts";
import { deviceFor, mayRunElsewhere } from "./watched-dispatcher.ts";

/** A VM and how far its cell is to go. */
export interface Due {
  readonly vm: VirtualMachine;
  readonly seconds: number;
}

/**
 * Advances cells, each by its own time: while two are under way that share a genome, they are in one dispatch a step.
 * Returns what became of those that cannot go on. A device that is lost is left for another.
 * @throws BioXenError `ABORTED`, and what no device can do; cells then stand at their last coupling.
 */
export async function advanceTurns(
  due: readonly Due[],
  dispatcher: Dispatcher,
  options: DispatchOptions,
): Promise<ReadonlyMap<VirtualMachine, BioXenError>> {
  const failures = new Map<VirtualMachine, BioXenError>();
  // near numbers in one batch: by genome, seed and number
  const sorted = [...due].sort((a, b) => order(a.vm.cell.state, b.vm.cell.state));
  const goal = new Map(sorted.map(({ vm, seconds }) => [vm, vm.cell.state.time + seconds]));
  for (const lane of lanesOf(sorted)) {
    let left: readonly Due[] = lane;
    let chosen = deviceFor(dispatcher, lane[0].vm.cell.model, lane.length, lane[0].seconds, options);
    while (left.length > 0) {
      const step = Math.min(...left.map(({ vm }) => (goal.get(vm) ?? 0) - vm.cell.state.time));
      try {
        const outcomes = await advanceMany(
          left.map(({ vm }) => vm.cell),
          step,
          dispatcher,
          {
            dispatch: { ...options, ...(chosen === null ? {} : { device: chosen }) },
            division: lane[0].vm.spec.division ?? true,
          },
        );
        left.forEach(({ vm }, at) => {
          const outcome = outcomes[at];
          if (outcome?.status === "failed") failures.set(vm, outcome.error);
        });
      } catch (error) {
        if (chosen === options.device || chosen === null || !mayRunElsewhere(error)) throw error;
        // cells stand at a coupling, and go on from there wherever the dispatcher sees fit
        chosen = null;
      }
      left = left.filter(({ vm }) => !failures.has(vm) && vm.cell.state.time < (goal.get(vm) ?? 0));
    }
  }
  return failures;
}

function order(a: CellState, b: CellState): number {
  return a.seed - b.seed || a.trajectory - b.trajectory;
}

/** Those of one genome, which one dispatch may take, and that agree on whether cells divide. */
function lanesOf(due: readonly Due[]): readonly (readonly [Due, ...Due[]])[] {
  const lanes: { readonly model: CellModel; readonly division: boolean; readonly due: [Due, ...Due[]] }[] = [];
  for (const one of due) {
    const { model } = one.vm.cell;
    const division = one.vm.spec.division ?? true;
    const lane = lanes.find((known) => known.model === model && known.division === division);
    if (lane === undefined) lanes.push({ model, division, due: [one] });
    else lane.due.push(one);
  }
  return lanes.map((lane) => lane.due);
}
