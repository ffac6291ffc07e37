import { aminoAcids } from "../../cell/gene-facts.ts";
import { tablesOf } from "../../cell/gene-tables.ts";
import { type CellModel, type CellState, ledgersOf, trnaOf } from "../../cell/index.ts";
import { ladder, Purse, pool } from "../../cell/pools.ts";
import { BioXenError } from "../../contract/index.ts";
import type { LivingCell, Used } from "./living-cell.ts";

type LivingState = LivingCell["cell"];

/** Of a minute of its time, a cell's idle machines may work so many seconds for processes. */
const minute = 60;
const noneUsed: Used = { atp: 0, gtp: 0, nucleotides: 0, aminoAcids: 0, ribosomeSeconds: 0, polymeraseSeconds: 0 };
const nucleotideNames = ["ATP", "CTP", "GTP", "UTP"] as const;

/** A gene by its id, or by its name. @throws BioXenError `INPUT_INVALID` where the cell has none, or several */
export function geneNumber({ genes, genome }: CellModel, name: string): number {
  const byId = genes.findIndex(({ id }) => id === name);
  if (byId >= 0) return byId;
  const named = genes.flatMap((gene, at) => (gene.name.split("; ").includes(name) ? [at] : []));
  const [only] = named;
  if (only === undefined) throw new BioXenError("INPUT_INVALID", `${genome.id} has no gene ${JSON.stringify(name)}`);
  if (named.length > 1) {
    const ids = named.map((at) => genes[at]?.id ?? "").join(", ");
    throw new BioXenError("INPUT_INVALID", `${genome.id} has several genes ${JSON.stringify(name)}: ${ids}`);
  }
  return only;
}

/**
 * Makes transcripts of a gene, with those of its operon, at once: each takes the nucleotides that a transcription which
 * the network starts takes, and the seconds that an idle RNA polymerase needs for it.
 * @throws BioXenError `INPUT_INVALID` for a gene that is not there; `RESOURCE_EXHAUSTION`, the cell being as before
 */
export function transcribe({ model, state }: LivingState, gene: number, count: number): Used {
  const { at, units, genes } = model;
  const { baseCounts, leaders, bases } = tablesOf(model);
  const leader = leaders[gene] ?? gene;
  const name = genes[gene]?.id ?? "";
  if ((state.values[at.genes + leader] ?? 0) < 1)
    throw new BioXenError("INPUT_INVALID", `there is no copy of gene ${name} left in the cell`);
  const polymeraseSeconds = (count * (bases[leader] ?? 0)) / model.constants.polymeraseSpeed;
  const lent = lend(model, state, "polymerases", polymeraseSeconds, `${count} transcripts of ${name}`);
  const purse = new Purse(state.pools.slice(), 0);
  const need = ladder.map((_, base) => count * (baseCounts[4 * leader + base] ?? 0));
  for (const [base, [tri]] of ladder.entries())
    if (!purse.draw(tri, need[base] ?? 0, -1))
      throw short(state, `${count} transcripts of ${name}`, need[base] ?? 0, nucleotideNames[base] ?? "", tri);
  const before = state.pools;
  state.pools = purse.free;
  state.lent = lent;
  for (const one of units[gene]?.genes ?? [gene]) {
    const index = at.transcripts + one;
    state.values[index] = (state.values[index] ?? 0) + count;
  }
  state.tally.transcriptsMade += count;
  close(model, state);
  const nucleotides = need.reduce((sum, one) => sum + one, 0);
  return { ...noneUsed, ...spent(before, state.pools), nucleotides, polymeraseSeconds };
}

/**
 * Makes proteins of a gene's transcripts at once: each takes its amino acids, one ATP and two GTP a residue, as a
 * translation that the network starts, and the seconds that an idle ribosome needs for it.
 * @throws BioXenError `INPUT_INVALID` for a gene of no protein; `RESOURCE_EXHAUSTION`, the cell being as before
 */
export function makeProteins({ model, state }: LivingState, gene: number, count: number): Used {
  const { at, genes, constants, perturbations } = model;
  const { residues, aminoAcidCounts } = tablesOf(model);
  const name = genes[gene]?.id ?? "";
  const length = residues[gene] ?? 0;
  const what = `${count} proteins of ${name}`;
  if (genes[gene]?.kind !== "protein" || length === 0)
    throw new BioXenError("INPUT_INVALID", `gene ${name} makes no protein`);
  if ((state.values[at.transcripts + gene] ?? 0) < 1)
    throw new BioXenError("RESOURCE_EXHAUSTION", `${what}: the cell has no transcript of it`, {
      context: { gene: name },
    });
  const ribosomeSeconds = (count * length) / constants.ribosomeSpeed;
  const lent = lend(model, state, "ribosomes", ribosomeSeconds, what);
  const purse = new Purse(state.pools.slice(), 0);
  const charged = state.charged.slice();
  const kinds = perturbations.charging === true ? trnaOf(model, state.values) : null;
  for (let amino = 0; amino < aminoAcids.length; amino++) {
    const need = count * (aminoAcidCounts[aminoAcids.length * gene + amino] ?? 0);
    const index = pool.aminoAcids + amino;
    const letter = aminoAcids[amino] ?? "";
    if ((kinds?.[amino] ?? 0) > 0) {
      // its amino acid was paid for when it was charged
      if ((charged[amino] ?? 0) < need)
        throw new BioXenError(
          "RESOURCE_EXHAUSTION",
          `${what} take ${need} charged tRNA of ${letter}: the cell has ${charged[amino] ?? 0}`,
        );
      charged[amino] = (charged[amino] ?? 0) - need;
      continue;
    }
    if ((purse.free[index] ?? 0) < need) throw short(state, what, need, `amino acid ${letter}`, index);
    if (!purse.draw(pool.atp, need, pool.amp)) throw short(state, what, count * length, "ATP", pool.atp);
    purse.free[index] = (purse.free[index] ?? 0) - need;
  }
  if (!purse.draw(pool.gtp, 2 * count * length, pool.gdp))
    throw short(state, what, 2 * count * length, "GTP", pool.gtp);
  const before = state.pools;
  state.pools = purse.free;
  state.charged.set(charged);
  state.lent = lent;
  state.values[at.proteins + gene] = (state.values[at.proteins + gene] ?? 0) + count;
  state.tally.residuesStarted += count * length;
  close(model, state);
  return { ...noneUsed, ...spent(before, state.pools), aminoAcids: count * length, ribosomeSeconds };
}

/** Triphosphates that are gone: built in, or spent. */
function spent(before: Float64Array, after: Float64Array): { readonly atp: number; readonly gtp: number } {
  const gone = (index: number): number => (before[index] ?? 0) - (after[index] ?? 0);
  return { atp: gone(pool.atp), gtp: gone(pool.gtp) };
}

/** Machines without work. */
export function idleMachines(
  { ribosome, polymerase }: CellModel,
  { values }: CellState,
  which: "ribosomes" | "polymerases",
): number {
  const { free, released } = which === "ribosomes" ? ribosome : polymerase;
  return (values[free] ?? 0) + (values[released] ?? 0);
}

/** What processes have of the machines once they take so many seconds more of them. */
function lend(
  model: CellModel,
  state: CellState,
  which: "ribosomes" | "polymerases",
  seconds: number,
  what: string,
): NonNullable<CellState["lent"]> {
  const now = Math.floor(state.time / minute);
  const known = state.lent?.minute === now ? state.lent : { minute: now, ribosomes: 0, polymerases: 0 };
  const all = minute * idleMachines(model, state, which);
  if (known[which] + seconds > all) {
    const machine = which === "ribosomes" ? "ribosome" : "RNA polymerase";
    throw new BioXenError(
      "RESOURCE_EXHAUSTION",
      `${what} take ${Math.ceil(seconds)} ${machine}-seconds: of the ${all} that idle ones have in this minute of the cell, ` +
        `processes took ${Math.ceil(known[which])}`,
      { context: { needed: seconds, left: all - known[which], resource: `${which}-seconds` } },
    );
  }
  return { ...known, [which]: known[which] + seconds };
}

function short({ pools }: CellState, what: string, need: number, resource: string, index: number): BioXenError {
  const left = pools[index] ?? 0;
  return new BioXenError(
    "RESOURCE_EXHAUSTION",
    `${what} take ${need} ${resource}: the cell has ${left}, and no time to make more`,
    {
      context: { needed: need, left, resource },
    },
  );
}

/** Ledgers are looked at here as at a coupling. */
function close(model: CellModel, state: CellState): void {
  const { tally } = state;
  tally.drift = Math.max(tally.drift, ...ledgersOf(model, state).map(({ drift }) => Math.abs(drift)));
}
