/** Who may have a turn, and what it is owed. */
export interface Contender {
  readonly id: string;
  /** 1 to 5. */
  readonly priority: number;
  /** Seconds of cell time that it is owed, or has had too much where negative. */
  readonly credit: number;
  /** Rounds in which it could have run and had no turn. */
  readonly passedOver: number;
  /** Seconds that it may have at most; null where nothing bounds them. */
  readonly left: number | null;
}

export interface Turn {
  readonly id: string;
  /** Cell time. */
  readonly seconds: number;
}

/** A round: turns in their order, and what everybody is owed after it. */
export interface Round {
  readonly turns: readonly Turn[];
  readonly credits: ReadonlyMap<string, number>;
}

/** How turns are given: all the same, or by priority. */
export type SchedulerPolicy = "round-robin" | "fair-share";

export interface PolicyOptions {
  /** Seconds of cell time. */
  readonly quantum: number;
  /** Rounds after which whoever was passed over has a turn, of what it is owed. */
  readonly ageing: number;
}

/**
 * Plans a round.
 *
 * `round-robin`: one quantum each, in the given order. `fair-share`: a round brings a quantum for each contender, which
 * they share out by priority as credit; whoever is owed a quantum has as many as it is owed, those owed most first. Who is
 * passed over for `ageing` rounds has its turn at once, however short: ageing brings a turn forward and adds nothing to the
 * share, so that cell time stays in proportion to priority.
 */
export function planRound(
  policy: SchedulerPolicy,
  contenders: readonly Contender[],
  { quantum, ageing }: PolicyOptions,
): Round {
  const bounded = ({ left }: Contender, seconds: number): number => (left === null ? seconds : Math.min(left, seconds));
  const turnsOf = (turns: readonly Turn[]): readonly Turn[] => turns.filter(({ seconds }) => seconds > 0);
  if (policy === "round-robin")
    return {
      turns: turnsOf(contenders.map((one) => ({ id: one.id, seconds: bounded(one, quantum) }))),
      credits: new Map(),
    };
  const weights = contenders.reduce((sum, { priority }) => sum + priority, 0);
  const credits = new Map<string, number>();
  const due: { turn: Turn; credit: number; at: number }[] = [];
  contenders.forEach((one, at) => {
    const credit = one.credit + (quantum * contenders.length * one.priority) / weights;
    const aged = one.passedOver >= ageing || (one.left !== null && credit >= one.left);
    const seconds = bounded(one, credit >= quantum ? Math.floor(credit / quantum + 1e-9) * quantum : 0);
    const early = bounded(one, Math.floor(Math.max(0, credit) + 1e-9));
    const granted = aged ? Math.max(seconds, early) : seconds;
    credits.set(one.id, credit - granted);
    due.push({ turn: { id: one.id, seconds: granted }, credit, at });
  });
  due.sort((a, b) => b.credit - a.credit || a.at - b.at);
  return { turns: turnsOf(due.map(({ turn }) => turn)), credits };
}

/** Whole seconds, adding up to `total`, in proportion to weights: the largest remainders are rounded up. */
export function shareOut(total: number, weights: readonly number[]): readonly number[] {
  const all = weights.reduce((sum, one) => sum + one, 0);
  const exact = weights.map((weight) => (total * weight) / all);
  const whole = exact.map(Math.floor);
  let rest = Math.round(total - whole.reduce((sum, one) => sum + one, 0));
  const order = exact
    .map((one, at) => ({ at, remainder: one - Math.floor(one) }))
    .sort((a, b) => b.remainder - a.remainder || a.at - b.at);
  for (const { at } of order) {
    if (rest === 0) break;
    whole[at] = (whole[at] ?? 0) + 1;
    rest--;
  }
  return whole;
}
