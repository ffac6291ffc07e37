import { type CellState, contentOf, trnaOf } from "./cell-state.ts";
import type { CellModel } from "./expression-network.ts";
import { aminoAcids } from "./gene-facts.ts";
import type { Machine } from "./gene-reactions.ts";
import { ledgerNames, otherBiomass } from "./pools.ts";

/** One account: `drift` is what there is, less what there was at birth and what came in since. */
export interface Ledger {
  readonly name: string;
  readonly atBirth: number;
  readonly taken: number;
  readonly now: number;
  readonly drift: number;
}

/** Ribosomes or RNA polymerases at work. */
export function machinesBusy(
  { at, genes }: Pick<CellModel, "at" | "genes">,
  values: Float64Array,
  which: "ribosome" | "polymerase",
): number {
  const from = which === "ribosome" ? at.translating : at.transcribing;
  let busy = 0;
  for (let gene = 0; gene < genes.length; gene++) busy += values[from + gene] ?? 0;
  return busy;
}

/** Adds what machines worked in a step to the sums over the run: those there are, but for the free and released ones. */
export function countWork({ ribosome, polymerase }: CellModel, state: CellState, seconds: number): void {
  const { tally, values, ribosomes, polymerases } = state;
  const idle = ({ free, released }: Machine): number => (values[free] ?? 0) + (values[released] ?? 0);
  tally.ribosomeWork += (ribosomes - idle(ribosome)) * seconds;
  tally.polymeraseWork += (polymerases - idle(polymerase)) * seconds;
}

/** Every account of a cell, counted afresh from its molecules. */
export function ledgersOf(model: CellModel, state: CellState): readonly Ledger[] {
  const { values, atBirth, taken, bornWith } = state;
  const { ribosome, polymerase } = model;
  const content = contentOf(model, state);
  const reading = machinesBusy(model, values, "ribosome");
  const writing = machinesBusy(model, values, "polymerase");
  const machine = (name: string, { free, released }: Machine, busy: number, born: number, all: number) => {
    const now = (values[free] ?? 0) + (values[released] ?? 0) + busy;
    return { name, atBirth: born, taken: all - born, now, drift: now - all };
  };
  return [
    ...ledgers(atBirth, taken, content).slice(0, state.metabolism === null ? otherBiomass : undefined),
    machine("ribosome", ribosome, reading, bornWith.ribosomes, state.ribosomes),
    machine("RNA polymerase", polymerase, writing, bornWith.polymerases, state.polymerases),
    ...trnaLedgers(model, state),
  ];
}

/** The largest drift of any ledger, whatever its sign: as `ledgersOf` has it, without the lists that nobody reads at a coupling. */
export function driftOf(model: CellModel, state: CellState): number {
  const { values, atBirth, taken, charged } = state;
  const { ribosome, polymerase } = model;
  const content = contentOf(model, state);
  let most = 0;
  const counted = state.metabolism === null ? otherBiomass : content.length;
  for (let at = 0; at < counted; at++)
    most = Math.max(most, Math.abs((content[at] as number) - (atBirth[at] as number) - (taken[at] as number)));
  const machine = ({ free, released }: Machine, busy: number, all: number): number =>
    Math.abs((values[free] ?? 0) + (values[released] ?? 0) + busy - all);
  most = Math.max(
    most,
    machine(ribosome, machinesBusy(model, values, "ribosome"), state.ribosomes),
    machine(polymerase, machinesBusy(model, values, "polymerase"), state.polymerases),
  );
  const kinds = trnaOf(model, values);
  for (let amino = 0; amino < kinds.length; amino++) {
    const [all, on] = [kinds[amino] as number, charged[amino] as number];
    if (all > 0) most = Math.max(most, Math.abs(Math.max(0, all - on) + on - all));
  }
  return most;
}

function ledgers(atBirth: Float64Array, taken: Float64Array, content: Float64Array): readonly Ledger[] {
  return ledgerNames.map((name, at) => {
    const [born, came, now] = [atBirth[at] ?? 0, taken[at] ?? 0, content[at] ?? 0];
    return { name, atBirth: born, taken: came, now, drift: now - born - came };
  });
}

/** Charged and uncharged tRNA are together those there are; those that genes made since birth came in. */
function trnaLedgers(model: CellModel, { values, charged, bornWith }: CellState): readonly Ledger[] {
  const kinds = trnaOf(model, values);
  return [...aminoAcids].flatMap((letter, amino) => {
    const all = kinds[amino] ?? 0;
    if (all === 0) return [];
    const now = Math.max(0, all - (charged[amino] ?? 0)) + (charged[amino] ?? 0);
    const atBirth = bornWith.trna[amino] ?? 0;
    return [{ name: `tRNA ${letter}`, atBirth, taken: all - atBirth, now, drift: now - all }];
  });
}
