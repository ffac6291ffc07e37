import type { SectorConstantName, SectorRole } from "./sectors.ts";

export type SectorConstants = Readonly<Record<SectorConstantName, number>>;

/** Tenth of a percent of the last bit that a bisection of (0, 1) can tell. */
const halvings = 50;

/**
 * Charged tRNA where supply and demand are equal: metabolic enzymes charge uncharged tRNA, working ribosomes take
 * charged tRNA, both with a half-saturation in proportion to the cell's size. tRNA turns over in less than a second, so
 * that between two couplings it is at this balance.
 * Chure and Cremer 2023, eLife 12:e84878, doi:10.7554/eLife.84878 (flux-parity regulation).
 * @param supply residues a second that the enzymes could charge at most.
 * @param demand residues a second that the working ribosomes could take at most.
 * @param half uncharged, and charged, tRNA molecules at which half of either is reached.
 */
export function chargedTrna(trna: number, supply: number, demand: number, half: number): number {
  let [low, high] = [0, trna];
  for (let step = 0; step < halvings; step++) {
    const charged = (low + high) / 2;
    const uncharged = trna - charged;
    if ((supply * uncharged) / (uncharged + half) > (demand * charged) / (charged + half)) low = charged;
    else high = charged;
  }
  return (low + high) / 2;
}

/**
 * Share of new protein that goes to each sector, by the ratio of charged to uncharged tRNA: of what is not fixed,
 * ribosomes get the more the more of the tRNA is charged (ppGpp rises with uncharged tRNA and holds them down), metabolism
 * the rest. RNA polymerase follows ribosomes in part (rpoBC is transcribed with rplKAJL).
 */
export function allocation(
  ratio: number,
  { fixedShare, allocationRatio, polymeraseBase, polymeraseSlope }: SectorConstants,
): Readonly<Record<SectorRole, number>> {
  const ribosome = ((1 - fixedShare) * ratio) / (ratio + allocationRatio);
  const polymerase = polymeraseBase + polymeraseSlope * ribosome;
  return {
    ...{ ribosome, polymerase, metabolism: 1 - fixedShare - ribosome, housekeeping: fixedShare - polymerase },
    ...{ rRNA: 0, tRNA: 0 },
  };
}

/** Balanced growth in a medium, by the deterministic limit of the model: what a cell is born with. */
export interface BalancedGrowth {
  /** 1/s. */
  readonly rate: number;
  readonly shares: Readonly<Record<SectorRole, number>>;
  /** Residues a second of a working ribosome. */
  readonly elongation: number;
}

/** Share of ribosomes at work that the balance assumes; the simulation finds its own. */
export const workingAtBirth = 0.85;

/** Solves for the ratio of charged to uncharged tRNA at which metabolism supplies what ribosomes take. */
export function balancedGrowth(constants: SectorConstants, residuesOfRibosome: number): BalancedGrowth {
  const { trnaPerRibosome, trnaSaturation, ribosomeSpeed, nutrientQuality } = constants;
  const at = (ratio: number): { readonly balance: BalancedGrowth; readonly surplus: number } => {
    const shares = allocation(ratio, constants);
    const ribosomes = shares.ribosome / residuesOfRibosome;
    const trna = trnaPerRibosome * ribosomes;
    const charged = (trna * ratio) / (1 + ratio);
    const uncharged = trna - charged;
    const elongation = (ribosomeSpeed * charged) / (charged + trnaSaturation);
    const rate = workingAtBirth * elongation * ribosomes;
    const supply = ((nutrientQuality / 3600) * shares.metabolism * uncharged) / (uncharged + trnaSaturation);
    return { balance: { rate, shares, elongation }, surplus: supply - rate };
  };
  let [low, high] = [1e-4, 1e4];
  for (let step = 0; step < halvings; step++) {
    const middle = Math.sqrt(low * high);
    if (at(middle).surplus > 0) low = middle;
    else high = middle;
  }
  return at(Math.sqrt(low * high)).balance;
}
