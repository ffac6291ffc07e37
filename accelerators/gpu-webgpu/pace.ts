/** A dispatch must end well within a driver's watchdog (2 s on Windows), and aborts are seen between two. */
const targetSeconds = 0.1;

/** Units of work, in a kernel's own measure, that a device does in about `targetSeconds`; learnt from each submission. */
export interface Pace {
  readonly units: () => number;
  readonly took: (units: number, seconds: number) => void;
}

/** A pace that starts with so many units. */
export function openPace(first: number): Pace {
  let now = first;
  return {
    units: () => now,
    took: (units, seconds) => {
      // small submissions say little about large ones; at most a factor of 2 a step, since one may have had to wait
      if (units >= now / 4)
        now *= Math.min(2, Math.max(0.5, (targetSeconds * units) / (now * Math.max(seconds, 1e-6))));
    },
  };
}
