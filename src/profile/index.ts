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
export {
  type CarbonTrace,
  type Link,
  type Platform,
  type PlatformDevice,
  type PowerState,
  platformJsonSchema,
  type Wake,
} from "./platform.ts";
export { profileCost } from "./profile-cost.ts";
export { checkedPlatform, parsePlatform, platformFile, readPlatform, shippedPlatformIds } from "./read-platforms.ts";
export { checkedProfile, readProfile, shippedProfileIds } from "./read-profiles.ts";
