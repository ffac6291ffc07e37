import { readFileSync } from "node:fs";
import { z } from "zod";
import { BioXenError, type Objective, type Seconds } from "../contract/index.ts";

/** How a process type is dispatched unless the caller says otherwise. */
export interface OptimizationProfile {
  readonly objective: Objective;
  readonly deadline?: Seconds | undefined;
  readonly verify?: { readonly sampleRate: number } | undefined;
}

const profile: z.ZodType<OptimizationProfile> = z.object({
  objective: z.enum(["time", "energy", "edp"]),
  deadline: z.number().positive().optional(),
  verify: z.object({ sampleRate: z.number().min(0).max(1) }).optional(),
});
const file = z.object({ source: z.string(), profiles: z.record(z.string(), profile) });

/** The profiles that come with the package, by workload id. @throws BioXenError `FORMAT_INVALID`. */
export function shippedOptimizationProfiles(): Readonly<Record<string, OptimizationProfile>> {
  const path = new URL("../../../profiles/optimization.json", import.meta.url);
  const result = file.safeParse(JSON.parse(readFileSync(path, "utf8")));
  if (!result.success)
    throw new BioXenError("FORMAT_INVALID", `profiles/optimization.json: ${z.prettifyError(result.error)}`);
  return result.data.profiles;
}
