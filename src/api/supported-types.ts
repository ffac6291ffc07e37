import { BioXenError } from "../contract/index.ts";
import { type BiologicalType, biologicalTypes } from "../hypervisor/index.ts";

/** What a VM runs on: in this process, or one day on an XCP-ng host. */
export type VmType = "basic" | "xcpng";

const vmTypes: readonly VmType[] = ["basic", "xcpng"];

/** What a VM can be. */
export function getSupportedBiologicalTypes(): BiologicalType[] {
  return biologicalTypes.map(({ id }) => id);
}

/** What a VM can run on; `xcpng` is validated and not available yet. */
export function getSupportedVmTypes(): VmType[] {
  return [...vmTypes];
}

/**
 * A biological type, if it is one.
 * @throws BioXenError `API_VALIDATION_ERROR` naming those there are.
 */
export function validateBiologicalType(type: string): BiologicalType {
  return oneOf(type, getSupportedBiologicalTypes(), "biological type");
}

/**
 * A VM type, if it is one.
 * @throws BioXenError `API_VALIDATION_ERROR` naming those there are.
 */
export function validateVmType(type: string): VmType {
  return oneOf(type, vmTypes, "VM type");
}

function oneOf<T extends string>(value: string, all: readonly T[], what: string): T {
  const found = all.find((one) => one === value);
  if (found !== undefined) return found;
  throw new BioXenError("API_VALIDATION_ERROR", `${JSON.stringify(value)} is no ${what}: there are ${all.join(", ")}`);
}
