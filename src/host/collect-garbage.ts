import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: (() => void) | null = null;
let made = 0;

/** Shared memory that may be made before what nobody refers to is looked for. */
const mostUncollected = 2 ** 26;

/**
 * Tells this thread that so much shared memory was made or received. V8 does not count it, and would keep the batches of a
 * file larger than memory until some other garbage calls for a collection.
 */
export function noteSharedBytes(bytes: number): void {
  made += bytes;
  if (made < mostUncollected) return;
  made = 0;
  if (collect === null) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  collect();
}
