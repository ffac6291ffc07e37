import { BioXenError, type DispatchOptions, type Seconds } from "../contract/index.ts";

const never: AbortSignal = new AbortController().signal;

/** setTimeout's limit, in ms. */
const longestTimer = 2 ** 31 - 1;

/** The caller's signal and deadline as one signal; disposing it stops the clock. */
export interface Bound extends Disposable {
  readonly signal: AbortSignal;
  /** The error that a run ended by this bound must carry. */
  readonly error: (what: string) => BioXenError;
}

export function boundOf({ signal, deadline }: Pick<DispatchOptions, "signal" | "deadline">): Bound {
  const aborted = (what: string): BioXenError =>
    new BioXenError("ABORTED", `${what} was aborted`, { cause: signal?.reason });
  if (deadline === undefined) return { signal: signal ?? never, error: aborted, [Symbol.dispose]: () => {} };

  const clock = new AbortController();
  // longer than a timer can be set for is no deadline: setTimeout would fire at once
  const timer = deadline * 1000 > longestTimer ? undefined : setTimeout(() => clock.abort(), deadline * 1000);
  return {
    signal: signal === undefined ? clock.signal : AbortSignal.any([signal, clock.signal]),
    error: (what) => (clock.signal.aborted ? late(what, deadline) : aborted(what)),
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}

function late(what: string, deadline: Seconds): BioXenError {
  return new BioXenError("DEADLINE_EXCEEDED", `${what} did not end within ${deadline} s`, { context: { deadline } });
}

/** Settles as `work` does, or rejects as soon as the bound's signal fires; `work` itself is left to its device. */
export async function within<T>(work: Promise<T>, bound: Bound, what: string): Promise<T> {
  const { signal } = bound;
  if (signal === never) return work;
  if (signal.aborted) {
    work.catch(() => {});
    throw bound.error(what);
  }
  let stop: () => void = () => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(bound.error(what));
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } catch (error) {
    // a device may be quicker to say ABORTED than this race; the caller must still learn that it was the deadline
    throw signal.aborted ? bound.error(what) : error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
