import { avogadro } from "../../src/cell/concentration.ts";
import type { GeneFacts } from "../../src/cell/index.ts";
import { aminoAcids, compileCell, syn3a } from "../../src/cell/index.ts";
import type { NetworkReaction, ReactionNetwork } from "../../src/network/index.ts";

type Pairs = readonly (readonly [value: number, count: number])[];

/**
 * Gene expression of JCVI-syn3A with explicit charging of tRNA, all by mass action: transcription, decay and translation of each
 * gene at the rates of `compileCell`; for each amino acid a synthetase that binds ATP, then the amino acid, then a tRNA, lets go
 * a charged one, and ribosomes that use one for every residue of a protein begun. Rate constants of charging and of use as in
 * Thornburg et al. 2022, Cell 185:345, doi:10.1016/j.cell.2021.12.025. Nearly all events are those of charging and use.
 */
export function syn3aWithCharging(): ReactionNetwork {
  const { genes, rates, constants } = compileCell(syn3a);
  const initial: number[] = [];
  const names: string[] = [];
  const reactions: NetworkReaction[] = [];
  const species = (name: string, count: number): number => {
    names.push(name);
    return initial.push(Math.round(count)) - 1;
  };
  const constant = (rate: number): number => {
    names.push(`constant ${initial.length}`);
    return initial.push(rate) - 1;
  };
  const sorted = (pairs: Pairs): Pairs => [...pairs].sort(([a], [b]) => a - b);
  const reaction = (reactants: readonly number[], changes: Pairs, rate: number): void => {
    const at = sorted(reactants.map((value) => [value, 1] as const));
    reactions.push({
      ...{ reactants: at, changes: sorted(changes), reversible: false },
      rate: { kind: "mass-action", constant: constant(rate) },
    });
  };
  const molecules = (millimolar: number): number => (millimolar / 1000) * avogadro * constants.volume;
  const carriers = (letter: string): number => Math.max(1, genes.filter(({ carries }) => carries === letter).length);
  const costs = [...aminoAcids].map((letter) => {
    const all = constants.trnaPerGene * carriers(letter);
    const free = species(`tRNA ${letter}`, 0.2 * all);
    const charged = species(`charged tRNA ${letter}`, 0.8 * all);
    const synthetase = species(`synthetase ${letter}`, constants.synthetases);
    const withAtp = species(`synthetase ${letter} with ATP`, 1);
    const withResidue = species(`synthetase ${letter} with residue`, 1);
    const complete = species(`synthetase ${letter} with tRNA`, 1);
    const cost = species(`residues ${letter} to come`, 0);
    const move = (from: Pairs, to: Pairs): Pairs => [...from.map(([value, count]) => [value, -count] as const), ...to];
    reaction([synthetase], move([[synthetase, 1]], [[withAtp, 1]]), 0.01 * molecules(constants.atp));
    reaction([withAtp], move([[withAtp, 1]], [[withResidue, 1]]), 0.01 * 1000);
    reaction(
      [withResidue, free],
      move(
        [
          [withResidue, 1],
          [free, 1],
        ],
        [[complete, 1]],
      ),
      0.1,
    );
    reaction(
      [complete],
      move(
        [[complete, 1]],
        [
          [charged, 1],
          [synthetase, 1],
        ],
      ),
      constants.chargingRate,
    );
    reaction(
      [charged, cost],
      move(
        [
          [charged, 1],
          [cost, 1],
        ],
        [[free, 1]],
      ),
      100,
    );
    return cost;
  });
  for (const [at, gene] of genes.entries()) {
    const rate = rates[at];
    if (gene.kind !== "protein" || rate === undefined) continue;
    const dna = species(`gene ${gene.id}`, 1);
    const transcripts = species(`transcripts ${gene.id}`, rate.expectedTranscripts);
    const proteins = species(`proteins ${gene.id}`, rate.copies);
    reaction([dna], [[transcripts, 1]], rate.transcription);
    reaction([transcripts], [[transcripts, -1]], rate.decay);
    reaction([transcripts], [[proteins, 1], ...residuesOf(gene, costs)], rate.translation);
  }
  return {
    ...{ values: initial.length, names, initial: Float64Array.from(initial), reactions },
    ...{ assignments: [], rateRules: [], events: [] },
  };
}

function residuesOf({ aminoAcidCounts }: GeneFacts, costs: readonly number[]): Pairs {
  return aminoAcidCounts.flatMap((count, at) => (count > 0 ? [[costs[at] ?? 0, count] as const] : []));
}
