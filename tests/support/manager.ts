import { type Accelerator, BioAcceleratorManager, type OpenOptions } from "bioxen";

/** A manager that neither reads nor writes this host's calibration. */
export function managerOf(
  accelerators: readonly Accelerator[],
  options: Omit<OpenOptions, "accelerators"> = {},
): Promise<BioAcceleratorManager> {
  return BioAcceleratorManager.open({ accelerators, calibration: false, ...options });
}
