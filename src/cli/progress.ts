import cliProgress from "cli-progress";
import { seconds } from "./quantities.ts";

/** Work shorter than this shows no progress. */
const patience = 1000;
/** How often a log, as opposed to a terminal, gets a line. */
const logEvery = 10_000;

export interface Progress extends Disposable {
  /** 0 to 1. */
  readonly update: (share: number, what: string) => void;
}

/** Progress on stderr: a bar on a terminal, a line now and then in a log, nothing for work under a second. */
export function progress(): Progress {
  const startedAt = performance.now();
  let bar: cliProgress.SingleBar | null = null;
  let loggedAt = Number.NEGATIVE_INFINITY;
  return {
    update: (share, what) => {
      const now = performance.now();
      if (now - startedAt < patience) return;
      if (process.stderr.isTTY) {
        if (bar === null) {
          bar = new cliProgress.SingleBar(
            { format: "{bar} {percentage}% {what}", stream: process.stderr, clearOnComplete: true, hideCursor: true },
            cliProgress.Presets.shades_classic,
          );
          bar.start(1, 0, { what });
        }
        bar.update(Math.min(1, share), { what });
      } else if (share < 1 && now - loggedAt >= logEvery) {
        loggedAt = now;
        process.stderr.write(`bioxen: ${Math.round(100 * Math.min(1, share))}% ${what}\n`);
      }
    },
    [Symbol.dispose]: () => bar?.stop(),
  };
}

/** Shows how far one dispatch should be by its prediction, since a kernel itself tells nothing until it ends. */
export async function withPredictedProgress<T>(what: string, predicted: number, work: Promise<T>): Promise<T> {
  using shown = progress();
  const startedAt = performance.now();
  const timer = setInterval(() => {
    const elapsed = (performance.now() - startedAt) / 1000;
    shown.update(elapsed / predicted, `${what}: ${seconds(elapsed)}, about ${seconds(predicted)} predicted`);
  }, 200);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
