import { spawnSync } from "node:child_process";

/** Microseconds that this machine takes now for a fixed piece of JavaScript: 200 objects sorted and written as JSON; median of 501. */
export function paceOfCode(): number {
  const objects = Array.from({ length: 200 }, (_, at) => ({
    id: `d${at}`,
    key: Math.sin(at) * 1e3,
    pair: [at, at + 1],
  }));
  const work = (): number => JSON.stringify([...objects].sort((a, b) => a.key - b.key)).length;
  for (let run = 0; run < 2000; run++) work();
  const times = new Float64Array(501).map(() => {
    const startedAt = performance.now();
    work();
    return (performance.now() - startedAt) * 1000;
  });
  return times.sort()[250] ?? Number.NaN;
}

/** How many times as long JavaScript takes here and now as where limits were set (a `paceOfCode` of 36 us); at least 1. */
export function slowness(): number {
  return Math.max(1, paceOfCode() / 36);
}

/** Milliseconds of CPU that a piece of work takes, all threads of the process together. */
export async function cpuMilliseconds(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e3;
}

/** Milliseconds that this machine takes now to start Node.js and end it. */
function paceOfStart(): number {
  const startedAt = performance.now();
  spawnSync(process.execPath, ["-e", "0"]);
  return performance.now() - startedAt;
}

/**
 * The part of a limit that a piece of work takes: the least of up to four tries, which end with the first below 1. The
 * limit is in milliseconds, or on a slower machine in starts of Node.js, timed before and after each try.
 */
export async function leastShare(
  { milliseconds, starts }: { readonly milliseconds: number; readonly starts: number },
  work: () => Promise<unknown>,
): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 4 && least >= 1; run++) {
    const before = paceOfStart();
    const startedAt = performance.now();
    await work();
    const took = performance.now() - startedAt;
    const limit = Math.max(milliseconds, (starts * (before + paceOfStart())) / 2);
    least = Math.min(least, took / limit);
  }
  return least;
}
