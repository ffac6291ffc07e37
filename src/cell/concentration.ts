/** Avogadro's number, exact in the SI of 2019. */
export const avogadro = 6.02214076e23;

/** mM of so many molecules in a volume in litres. */
export function concentration(molecules: number, volume: number): number {
  return (molecules / (avogadro * volume)) * 1000;
}
