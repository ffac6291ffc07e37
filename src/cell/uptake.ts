import type { CellState } from "./cell-state.ts";
import { avogadro } from "./concentration.ts";
import { conditionsAt } from "./conditions.ts";
import { couplingSeconds } from "./coupling-seconds.ts";
import type { CellModel } from "./expression-network.ts";
import { aminoAcids } from "./gene-facts.ts";
import { ladder, type Purse, pool } from "./pools.ts";

/** Uptake brings pools back to their levels in the present volume, as fast as it can; an amino acid costs one ATP. */
export function takeUp(model: CellModel, state: CellState, purse: Purse, grown: number): void {
  const { constants, genes, at, network } = model;
  const { taken, time } = state;
  const { withoutAminoAcids } = conditionsAt(model, time);
  const volume = constants.volume * grown;
  const molecules = (millimolar: number): number => Math.round((millimolar / 1000) * avogadro * volume);
  const fastest = (constants.importMargin * grown * couplingSeconds) / constants.doublingTime;
  const add = (ledger: number, index: number, amount: number): void => {
    if (amount <= 0) return;
    purse.free[index] = (purse.free[index] ?? 0) + amount;
    taken[ledger] = (taken[ledger] ?? 0) + amount;
  };
  for (const [base, [tri, di, mono]] of ladder.entries()) {
    const level = [constants.atp, constants.ctp, constants.gtp, constants.utp][base] ?? 0;
    const goal = molecules(level * (1 + constants.diphosphates));
    const have = (purse.free[tri] ?? 0) + (purse.free[di] ?? 0) + (purse.free[mono] ?? 0);
    // nucleosides come as monophosphates; a cell's RNA and pools double in a cycle
    add(base, mono, Math.min(goal - have, Math.ceil(fastest * (goal + model.genome.length))));
  }
  for (let base = 0; base < 4; base++)
    add(
      4 + base,
      pool.deoxy + base,
      Math.min(
        molecules(constants.dntp) - (purse.free[pool.deoxy + base] ?? 0),
        Math.ceil(2 * constants.forkSpeed * constants.importMargin * couplingSeconds),
      ),
    );
  const content = residuesByAminoAcid(model, network.initial, genes, at.proteins);
  for (let amino = 0; amino < aminoAcids.length; amino++) {
    if (withoutAminoAcids.includes(aminoAcids[amino] ?? "?")) continue;
    const index = pool.aminoAcids + amino;
    const wanted = Math.min(
      molecules(constants.aminoAcid) - (purse.free[index] ?? 0),
      Math.ceil(fastest * (content[amino] ?? 0)),
    );
    if (wanted > 0) add(8 + amino, index, purse.drawSome(pool.atp, wanted, pool.adp));
  }
}

const contents = new WeakMap<CellModel, Float64Array>();

function residuesByAminoAcid(
  model: CellModel,
  values: Float64Array,
  genes: CellModel["genes"],
  proteins: number,
): Float64Array {
  const known = contents.get(model);
  if (known !== undefined) return known;
  const content = Float64Array.from(model.inherited);
  genes.forEach(({ aminoAcidCounts }, gene) => {
    for (let amino = 0; amino < content.length; amino++)
      content[amino] = (content[amino] ?? 0) + (values[proteins + gene] ?? 0) * (aminoAcidCounts[amino] ?? 0);
  });
  contents.set(model, content);
  return content;
}
