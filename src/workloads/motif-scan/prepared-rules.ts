import type { Sequences } from "../../contract/index.ts";
import { type MotifScanRules, rulesKey } from "./oriented-motifs.ts";

/** A scan as it is sent to a thread or process, where an object is not the same object any more. */
export interface SentScan {
  /** Stands for the list of matrices; what was made of one is kept for the next scan. */
  readonly key: number;
  readonly rules: MotifScanRules;
  readonly residues: Sequences["residues"];
  readonly offsets: Sequences["offsets"];
}

const keys = new WeakMap<object, number>();
let lastKey = 0;

/** A number that stands for a list of matrices; lists are alike only where they are the same object. */
export function keyOf(matrices: object): number {
  const key = keys.get(matrices) ?? ++lastKey;
  keys.set(matrices, key);
  return key;
}

/** Lists of matrices whose preparation is kept; thresholds take 10 ms for a matrix. */
const preparedKept = 8;

/** Keeps what was made of the last lists of matrices, on the other side of `keyOf`. */
export function keepPrepared<P>(): (key: number, rules: MotifScanRules, make: (rules: MotifScanRules) => P) => P {
  const kept = new Map<number, { readonly rules: string; readonly made: P }>();
  return (key, rules, make) => {
    const known = kept.get(key);
    kept.delete(key);
    // one list may be scanned for by several rules
    const same = rulesKey(rules);
    const entry = known?.rules === same ? known : { rules: same, made: make(rules) };
    kept.set(key, entry);
    for (const oldest of kept.keys()) if (kept.size > preparedKept) kept.delete(oldest);
    return entry.made;
  };
}
