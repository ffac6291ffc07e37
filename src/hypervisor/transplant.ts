import type { Cell, CellModel, CellState } from "../cell/index.ts";

/** What is counted of a gene that a cell has; all else of its values are rates, which every step sets anew. */
const counted = ["genes", "transcribing", "transcripts", "translating", "proteins"] as const;

/**
 * A living cell in another model of its genome: it keeps its molecules, machines and ledgers; genes that are new to it are
 * there once, and nothing of theirs yet.
 * @param model Has all genes of the cell's own, with as many proteins at birth, and maybe more.
 * @param trajectory Under the new model: the cell draws other random numbers from now on.
 */
export function transplant({ model: old, state }: Cell, model: CellModel, trajectory: number): CellState {
  const values = model.network.initial.slice();
  const before = new Map(old.genes.map(({ id }, gene) => [id, gene]));
  for (const block of counted)
    model.genes.forEach(({ id }, gene) => {
      const was = before.get(id);
      const index = model.at[block] + gene;
      if (was !== undefined) values[index] = state.values[old.at[block] + was] ?? 0;
      else if (block !== "genes") values[index] = 0;
    });
  for (const machine of ["ribosome", "polymerase"] as const)
    for (const where of ["free", "released"] as const)
      values[model[machine][where]] = state.values[old[machine][where]] ?? 0;
  const half = (of: CellModel): number => Math.ceil(of.genome.length / 2);
  const { fork } = state;
  return {
    ...structuredClone(state),
    ...{ values, trajectory },
    // a chromosome that was copied is copied
    fork: fork === null ? null : fork >= half(old) ? half(model) : Math.min(fork, half(model)),
  };
}
