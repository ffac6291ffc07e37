/** Carbon atoms by a metabolite's formula such as `C6H12O6`; null where it has none or it is not a plain sum formula. */
export function carbonAtoms(formula: string | null): number | null {
  if (formula === null || !/^([A-Z][a-z]?\d*(\.\d+)?)+$/.test(formula)) return null;
  let carbon = 0;
  for (const [, element, count] of formula.matchAll(/([A-Z][a-z]?)(\d+(?:\.\d+)?)?/g))
    if (element === "C") carbon += count === undefined ? 1 : Number(count);
  return carbon;
}
