/** Steps to a doubling of the size in which a change of the lead is looked for. */
const steps = 4;
/** Halvings of such a step: to a part in ten million. */
const halvings = 22;

/** Sizes at which the lead changes. */
export interface Crossing {
  readonly units: number;
  /** Whether the first is the faster one below. */
  readonly firstBelow: boolean;
}

/**
 * Where two costs meet between two sizes, by bisection in the logarithm of the size; a size at which either is not known
 * ends the search there and starts it again behind.
 */
export function crossings(
  one: (units: number) => number | null,
  other: (units: number) => number | null,
  from: number,
  to: number,
): readonly Crossing[] {
  const lead = (units: number): number | null => {
    const [x, y] = [one(units), other(units)];
    return x === null || y === null ? null : Math.log(x / y);
  };
  const found: Crossing[] = [];
  const factor = 2 ** (1 / steps);
  let at = from;
  let last = lead(at);
  while (at < to) {
    const next = Math.min(to, at * factor);
    const ahead = lead(next);
    if (last !== null && ahead !== null && last !== 0 && Math.sign(ahead) === -Math.sign(last)) {
      let [low, high] = [at, next];
      for (let halving = 0; halving < halvings; halving++) {
        const middle = Math.sqrt(low * high);
        if (Math.sign(lead(middle) ?? 0) === Math.sign(last)) low = middle;
        else high = middle;
      }
      found.push({ units: Math.sqrt(low * high), firstBelow: last < 0 });
    }
    // a tie is no lead: who led before it still does
    if (ahead !== 0) last = ahead;
    at = next;
  }
  return found;
}
