export { type Calibration, loadCalibration } from "./calibration.ts";
export { type ComparedRow, type Comparison, compareProfiles } from "./compare-profiles.ts";
export {
  type DeviceProfile,
  deviceProfileJsonSchema,
  type Quantity,
  type QuantityBasis,
  type QuantityName,
  type Rate,
} from "./device-profile.ts";
export { hostProfile } from "./host-profile.ts";
export { type ProfiledPower, powerOf } from "./power-of.ts";
export { profileCost } from "./profile-cost.ts";
export { checkedProfile, readProfile, shippedProfileIds } from "./read-profiles.ts";
