import { setImmediate } from "node:timers/promises";
import { BioXenError } from "bioxen";
import { gcSkew, sign } from "./workload.js";

export { gcSkew };

/** Weight of each letter: a table is read faster than two comparisons are made. */
const weights = Int8Array.from({ length: 256 }, (_, letter) => sign(letter));
/** Bases between two looks at the signal: about a millisecond. */
const stretch = 2 ** 20;

/** @param {AbortSignal} signal */
function refuseAborted(signal) {
  if (signal.aborted) throw new BioXenError("ABORTED", "gc-skew was aborted", { cause: signal.reason });
}

/**
 * @param {import("./workload.js").GcSkewInput} input
 * @param {AbortSignal} signal
 */
async function skews({ residues, window }, signal) {
  const out = new Float64Array(Math.ceil(residues.length / window));
  let sum = 0;
  let count = 0;
  let left = window;
  let at = 0;
  for (let start = 0; start < residues.length; start += stretch) {
    // the event loop must turn, or no abort could ever reach this thread
    if (start > 0) await setImmediate();
    refuseAborted(signal);
    const end = Math.min(residues.length, start + stretch);
    for (let base = start; base < end; base++) {
      const weight = weights[residues[base] ?? 0] ?? 0;
      sum += weight;
      count += weight * weight;
      if (--left > 0 && base + 1 < residues.length) continue;
      out[at++] = count === 0 ? 0 : sum / count;
      sum = 0;
      count = 0;
      left = window;
    }
  }
  return out;
}

/** @type {import("bioxen").DeviceInfo} */
const device = {
  id: "lookup-table:0",
  kind: "cpu",
  name: "a table of letters, on the calling thread",
  memory: null,
  features: [],
  simulated: false,
};

/** @type {import("bioxen").Kernel<import("./workload.js").GcSkewInput, Float64Array>} */
const kernel = {
  workload: gcSkew,
  supports: () => ({ ok: true }),
  // a guess, until the manager has measured: 20 us a call, 1 ns a base
  prior: ({ units }) => ({ seconds: 2e-5 + units * 1e-9, joules: null, energySource: null, basis: "guess" }),
};

/** @type {import("bioxen").Accelerator} */
const lookupTable = {
  id: "lookup-table",
  kernels: [kernel],
  probe: async () => ({ status: "present", devices: [device] }),
  open: async (info) => {
    let open = true;
    return {
      info,
      meter: null,
      prepare: null,
      run: async ({ workload }, input, { signal }) => {
        if (workload !== gcSkew) throw new BioXenError("UNSUPPORTED", `lookup-table has no kernel for ${workload.id}`);
        if (!open) throw new BioXenError("DEVICE_LOST", `${info.id} is closed`);
        refuseAborted(signal);
        return skews(input, signal);
      },
      [Symbol.asyncDispose]: async () => {
        open = false;
      },
    };
  },
};

export default lookupTable;
