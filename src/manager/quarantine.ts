import type { BioXenError, Seconds } from "../contract/index.ts";

/** First pause after a failure; it doubles with each further one. */
const firstPause: Seconds = 1;
const longestPause: Seconds = 300;

interface Pause {
  readonly until: number;
  readonly strikes: number;
  readonly reason: string;
  /** A wrong answer is forgotten only after a right one: a run that nobody checked proves nothing. */
  readonly lied: boolean;
}

/**
 * Pauses after failures: of a whole device where it was lost, of one workload on it where its kernel failed or
 * lied. Once a pause has run out the device may try again; success forgets the strikes.
 */
export class Quarantine {
  readonly #pauses = new Map<string, Pause>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Why this device may not run this workload now, or null. */
  reason(workload: string): string | null {
    for (const scope of [device, workload]) {
      const pause = this.#pauses.get(scope);
      const left = pause === undefined ? 0 : (pause.until - this.#now()) / 1000;
      if (pause !== undefined && left > 0) return `quarantined for ${left.toFixed(1)} s more after ${pause.reason}`;
    }
    return null;
  }

  /** A device that was lost must be probed again before it is opened. */
  get mustProbe(): boolean {
    return this.#pauses.has(device);
  }

  failed(workload: string, error: BioXenError): void {
    const scope = error.code === "DEVICE_LOST" ? device : workload;
    if (error.code !== "DEVICE_LOST" && error.code !== "KERNEL_FAILED" && error.code !== "RESULT_MISMATCH") return;
    const strikes = (this.#pauses.get(scope)?.strikes ?? 0) + 1;
    const pause = Math.min(longestPause, firstPause * 2 ** (strikes - 1));
    this.#pauses.set(scope, {
      until: this.#now() + pause * 1000,
      strikes,
      lied: error.code === "RESULT_MISMATCH",
      reason: `${error.code}: ${error.message}`,
    });
  }

  succeeded(workload: string): void {
    if (this.#pauses.size === 0) return;
    this.#pauses.delete(device);
    if (!this.distrusts(workload)) this.#pauses.delete(workload);
  }

  /** Its answer was compared with another device's and found right. */
  confirmed(workload: string): void {
    this.#pauses.delete(workload);
  }

  /** Whether the last answer that was checked for this workload was wrong. */
  distrusts(workload: string): boolean {
    return this.#pauses.get(workload)?.lied ?? false;
  }
}

/** No workload has the empty name. */
const device = "";
