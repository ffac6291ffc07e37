import { BioXenError } from "../contract/index.ts";
import type { DeviceProfile } from "./device-profile.ts";

/** What a device draws when idle and when busy, in watts, by its profile. */
export interface ProfiledPower {
  readonly idle: number;
  readonly busy: number;
  /** Which numbers of the profile these are. */
  readonly from: string;
}

/**
 * The power of a profiled device: idle power, and the most that a workload was seen to draw, or else the TDP, which is a
 * cap and said to be one.
 * @throws BioXenError `INPUT_INVALID` where the profile does not say
 */
export function powerOf({ id, quantities, rates }: DeviceProfile): ProfiledPower {
  const idle = quantities["idle-power"].value;
  const tdp = quantities.tdp.value;
  const seen = rates.flatMap(({ watts: { value } }) => (value === null ? [] : [value]));
  const busy = seen.length > 0 ? Math.max(...seen) : tdp;
  if (idle === null || busy === null)
    throw new BioXenError(
      "INPUT_INVALID",
      `profile ${id} gives no ${idle === null ? "idle-power" : "tdp or watts of a workload"}, so no joules follow from it`,
      { context: { profile: id } },
    );
  const what = seen.length > 0 ? "the most watts of its workloads" : "its tdp, a cap: joules are at most these";
  return { idle, busy: Math.max(idle, busy), from: `profile ${id}: idle-power and ${what}` };
}
