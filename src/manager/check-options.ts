import { BioXenError, type DispatchOptions } from "../contract/index.ts";

const objectives: ReadonlySet<unknown> = new Set(["time", "energy", "edp", undefined]);

/** @throws BioXenError `INPUT_INVALID` that names the option: callers from JavaScript have no compiler to tell them. */
export function checkOptions(options: DispatchOptions): void {
  const { objective, device, threads, deadline, verify } = options;
  if (!objectives.has(objective)) refuse("objective", objective, "time, energy or edp");
  if (device !== undefined && typeof device !== "string") refuse("device", device, "an id");
  if (threads !== undefined && !(Number.isInteger(threads) && threads > 0))
    refuse("threads", threads, "a whole number above 0");
  if (deadline !== undefined && !(typeof deadline === "number" && deadline > 0))
    refuse("deadline", deadline, "seconds above 0");
  const rate: unknown = verify?.sampleRate;
  if (verify !== undefined && !(typeof rate === "number" && rate >= 0 && rate <= 1))
    refuse("verify.sampleRate", rate, "a share from 0 to 1");
}

function refuse(option: string, found: unknown, expected: string): never {
  throw new BioXenError("INPUT_INVALID", `option ${option}: found ${String(found)}, expected ${expected}`);
}
