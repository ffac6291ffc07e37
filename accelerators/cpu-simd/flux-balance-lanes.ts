import type { Seconds } from "../../src/contract/index.ts";

/** Threads that draw from one batch. */
export interface Lanes {
  /** Ends when some lane has ended and nothing is left to do, or with the error of the first lane that fails. */
  readonly done: Promise<void>;
  readonly join: (lane: Promise<unknown>) => void;
}

/**
 * Lanes of one run, which is done when some lane ends and nothing is left in another: one that has not started by then
 * has nothing to do, and its start, which takes longer than many a batch, is not waited for.
 */
export function lanesUntil(done: () => boolean): Lanes {
  let left = 0;
  let settle = (): void => {};
  let fail = (_error: unknown): void => {};
  const ended = new Promise<void>((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  const join = (lane: Promise<unknown>): void => {
    left += 1;
    lane.then(() => {
      left -= 1;
      if (left === 0 || done()) settle();
    }, fail);
  };
  return { done: ended, join };
}

/** Work from which a pace tells something: the first items of a thread run uncompiled. */
const leastWork = 0.02;

/**
 * Tells when the items of a batch that are left are seen to take longer than `most`, by the pace of those done: what they
 * were expected to take may be wrong by a hundredfold, where a mutant has to change all its fluxes.
 * @param tell Whether something came of it; it is not told again then.
 */
export function overdue(
  batch: { readonly count: number; readonly drawn: () => number; readonly done: () => number },
  most: Seconds,
  tell: () => boolean,
): { readonly ask: () => void } {
  let told = false;
  let from: { readonly wall: number; readonly cpu: number } | null = null;
  return {
    ask: () => {
      if (told || batch.drawn() === 0) return;
      const now = { wall: performance.now() / 1000, cpu: cpuSeconds() };
      from ??= now;
      // where threads wait for a core, wall time tells of that; where the process does more, its CPU time tells of that
      const worked = Math.min(now.wall - from.wall, now.cpu - from.cpu);
      const left = batch.count - batch.drawn();
      if (worked < leastWork || left < 1 || (worked / Math.max(1, batch.done())) * left < most) return;
      told = tell();
    },
  };
}

function cpuSeconds(): Seconds {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
