/** How a task names data that may be on the device already; `load` is null where the caller believes it to be there. */
export interface ResidentReference<L> {
  readonly key: string;
  readonly load: L | null;
}

/** Thrown where a resident is neither on the device nor in the call: the call is made again with it. */
export class Lacking extends Error {}

/** What is kept on the device under one key. */
export interface Resident {
  /** Device memory, to be freed with it. */
  readonly buffers: readonly bigint[];
}

/** Data that stays on the device between runs, until its owner is gone or memory is short. */
export interface Residents {
  /**
   * What is kept under the reference's key, made of its `load` where nothing is. What one job asked for stays until that job's end.
   * @throws Lacking where there is nothing to make it of.
   */
  readonly get: <L, R extends Resident>(reference: ResidentReference<L> | null, make: (load: L) => R) => R;
  readonly drop: (key: string) => void;
  /** Frees the longest unused that no job under way has asked for; false where there is none. */
  readonly evict: () => boolean;
  /** Tells of device memory that is kept: while a resident is being made it goes again if the making fails. */
  readonly made: (buffer: bigint) => void;
  /** The job under way has ended. */
  readonly release: () => void;
}

export function openResidents(free: (buffer: bigint) => void): Residents {
  // longest unused first
  const kept = new Map<string, Resident>();
  const inUse = new Set<string>();
  let making: bigint[] | null = null;
  const makeWhole = <L, R extends Resident>(load: L, make: (load: L) => R): R => {
    const buffers: bigint[] = [];
    making = buffers;
    try {
      return make(load);
    } catch (error) {
      for (const buffer of buffers)
        try {
          free(buffer);
        } catch {
          // the context is lost, and its memory with it: the first error says so
        }
      throw error;
    } finally {
      making = null;
    }
  };
  const drop = (key: string): void => {
    for (const buffer of kept.get(key)?.buffers ?? []) free(buffer);
    kept.delete(key);
  };
  return {
    get: <L, R extends Resident>(reference: ResidentReference<L> | null, make: (load: L) => R): R => {
      if (reference === null) throw new Lacking("this task needs resident data");
      const { key, load } = reference;
      // sound because a key belongs to one task, which always makes the same kind
      const found = kept.get(key) as R | undefined;
      if (found === undefined && load === null) throw new Lacking(key);
      const resident = found ?? makeWhole(load as L, make);
      inUse.add(key);
      kept.delete(key);
      kept.set(key, resident);
      return resident;
    },
    drop,
    evict: () => {
      for (const key of kept.keys()) {
        if (inUse.has(key)) continue;
        drop(key);
        return true;
      }
      return false;
    },
    made: (buffer) => void making?.push(buffer),
    release: () => inUse.clear(),
  };
}
