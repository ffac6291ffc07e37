// A worker module whose tasks end badly: what `openPool` is to survive. JavaScript, for Node 20 starts no .ts worker.
import { BioXenError } from "bioxen";

const tasks = {
  double: (x) => 2 * x,
  exits: () => process.exit(3),
  throws: () => {
    throw new TypeError("x is undefined");
  },
  "throws-in-a-timer": () => {
    setTimeout(() => {
      throw new Error("nobody awaits me");
    }, 1);
    return new Promise(() => {});
  },
  "runs-out": () => {
    throw new BioXenError("OUT_OF_MEMORY", "4 GiB asked for");
  },
  "says-allocation-failed": () => new ArrayBuffer(Number.MAX_SAFE_INTEGER),
  loops: () => {
    for (;;);
  },
};

const { serve } = await import("../../dist/src/host/worker-pool.js");
export default serve(tasks);
