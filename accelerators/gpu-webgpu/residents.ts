/** What is kept on the device for one object of the caller's. */
export interface Resident {
  readonly bytes: number;
  readonly buffers: readonly GPUBuffer[];
}

/** Data that stays on a device between runs: while the caller keeps the object it was made from, and memory lasts. */
export interface Residents {
  /** What is kept under this object and key; made by `make` where nothing is. Call it within a run only, so that nobody's buffers go while in use. */
  readonly get: <R extends Resident>(owner: object, key: string, make: () => R) => R;
  /** Forgets what is kept under this object and key: it turned out not to have arrived. */
  readonly drop: (owner: object, key: string) => void;
  readonly destroy: () => void;
}

export function openResidents(mostBytes: number): Residents {
  const byOwner = new WeakMap<object, Map<string, Resident>>();
  // longest unused first
  const all = new Map<Resident, () => void>();
  let bytes = 0;
  const free = (resident: Resident): void => {
    const forget = all.get(resident);
    if (forget === undefined) return;
    forget();
    all.delete(resident);
    bytes -= resident.bytes;
    for (const buffer of resident.buffers) buffer.destroy();
  };
  // the device's memory is not the collector's: what it holds for a dead object has to be freed by hand
  const collected = new FinalizationRegistry<Resident>(free);
  return {
    get: <R extends Resident>(owner: object, key: string, make: () => R): R => {
      const known = byOwner.get(owner) ?? new Map<string, Resident>();
      byOwner.set(owner, known);
      // sound because a key belongs to one kernel, which always makes the same kind
      const found = known.get(key) as R | undefined;
      if (found !== undefined) {
        const forget = all.get(found);
        all.delete(found);
        if (forget !== undefined) all.set(found, forget);
        return found;
      }
      const made = make();
      known.set(key, made);
      collected.register(owner, made);
      all.set(made, () => known.delete(key));
      bytes += made.bytes;
      for (const resident of all.keys()) {
        if (bytes <= mostBytes || resident === made) break;
        free(resident);
      }
      return made;
    },
    drop: (owner, key) => {
      const found = byOwner.get(owner)?.get(key);
      if (found !== undefined) free(found);
    },
    destroy: () => {
      for (const resident of [...all.keys()]) free(resident);
    },
  };
}
