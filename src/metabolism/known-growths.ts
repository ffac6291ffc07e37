/** Growths that differ by less, relative to them from 1 on, are one: a witness that misses a growth by less reaches it. */
export const asGood = 1e-9;

/**
 * Makes a growth that is as good as a known one equal to it. A knock-out then grows the same to the last bit whether its
 * own problem was solved or a flux proved as much before, which depends on what was solved until then.
 */
export function roundToKnown(known: Iterable<number>): (growth: number) => number {
  const slack = (growth: number): number => asGood * Math.max(1, Math.abs(growth));
  // groups with more between them than both sides' slack: no growth belongs to two
  const groups: { readonly first: number; last: number }[] = [];
  for (const growth of Float64Array.from(known).sort()) {
    if (!Number.isFinite(growth)) continue;
    const group = groups.at(-1);
    if (group !== undefined && growth - group.last <= 2 * slack(growth)) group.last = growth;
    else groups.push({ first: growth, last: growth });
  }
  return (growth) => {
    let [low, high] = [0, groups.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((groups[middle] as { last: number }).last + slack(growth) < growth) low = middle + 1;
      else high = middle;
    }
    const group = groups[low];
    return group !== undefined && growth >= group.first - slack(growth) ? group.first : growth;
  };
}
