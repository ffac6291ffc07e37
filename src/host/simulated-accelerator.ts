import type { Accelerator, AnyKernel, AnyWorkload, Cost, DeviceInfo, DeviceKind, Work } from "../contract/index.ts";
import type { DeviceProfile } from "../profile/device-profile.ts";
import { profileCost } from "../profile/profile-cost.ts";
import { readProfile } from "../profile/read-profiles.ts";
import { openOracle } from "./open-oracle.ts";

export interface SimulatedOptions {
  readonly id: string;
  readonly kind: DeviceKind;
  /** Workloads whose cost follows from one of the profiles; each has an oracle. */
  readonly workloads: readonly AnyWorkload[];
  /** Ids of the profiles, one simulated device each; a profile's place here is its device's index. */
  readonly profiles: readonly string[];
  /** A worker module whose default export is `serveOracles(workloads)`. */
  readonly worker: URL;
  /** What the profiles say nothing of, by workload: those inputs are refused. */
  readonly limits?: ReadonlyMap<AnyWorkload, AnyKernel["supports"]>;
  /** Looks for the hardware and says why none of it can be used. */
  readonly whyAbsent: () => string;
}

const marker = "profile:";

/**
 * An accelerator whose hardware BioXen cannot drive: its probe answers `absent` with the reason, and offers devices
 * whose costs come from cited profiles and whose answers come from the workloads' oracles. A run takes as long as the
 * oracle does, and says so; what the hardware would have taken is its predicted cost.
 */
export function simulatedAccelerator(options: SimulatedOptions): Accelerator {
  const { id, kind, workloads, profiles, worker, limits, whyAbsent } = options;
  const read = new Map<string, DeviceProfile>();
  const profileNamed = (name: string): DeviceProfile => {
    const profile = read.get(name) ?? readProfile(name);
    read.set(name, profile);
    return profile;
  };
  const cost = (workload: AnyWorkload, work: Work, { features }: DeviceInfo): Cost | null => {
    const name = features.find((feature) => feature.startsWith(marker))?.slice(marker.length);
    return name === undefined ? null : profileCost(profileNamed(name), workload, work);
  };
  const kernelFor = (workload: AnyWorkload): AnyKernel => ({
    workload,
    supports: (input, device) =>
      cost(workload, workload.size(input), device) === null
        ? { ok: false, reason: `nothing is known of ${workload.id} on ${device.name}` }
        : (limits?.get(workload)?.(input, device) ?? { ok: true }),
    prior: (work, device) => cost(workload, work, device) ?? notKnown,
  });
  return {
    id,
    kernels: workloads.map(kernelFor),
    probe: async () => ({
      status: "absent",
      reason: whyAbsent(),
      simulated: profiles.map((name, index): DeviceInfo => {
        const { name: title, quantities } = profileNamed(name);
        return {
          id: `${id}:${index}`,
          kind,
          name: `${title}, simulated from ${name}`,
          memory: quantities.memory.value,
          features: [`${marker}${name}`, "answers:oracle"],
          simulated: true,
        };
      }),
    }),
    open: async (info) => openOracle(info, worker),
  };
}

/** Of a run that `supports` refuses. */
const notKnown: Cost = { seconds: Number.POSITIVE_INFINITY, joules: null, energySource: null, basis: "profile" };
