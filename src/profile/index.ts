export { type AnswerError, answerError } from "./answer-error.ts";
export { type Interval, medianInterval } from "./bootstrap.ts";
export { type Calibration, loadCalibration } from "./calibration.ts";
export { type ComparedRow, type Comparison, compareProfiles } from "./compare-profiles.ts";
export {
  type CompareWorkloadsOptions,
  type ContenderRow,
  type CrossoverSize,
  type Curve,
  compareWorkloads,
  type WorkloadComparison,
} from "./compare-workloads.ts";
export type { BytesOf, SizedCost } from "./contenders.ts";
export { type Crossing, crossings } from "./crossings.ts";
export {
  type DeviceProfile,
  deviceProfileJsonSchema,
  type Quantity,
  type QuantityBasis,
  type QuantityName,
  type Rate,
} from "./device-profile.ts";
export { hostProfile } from "./host-profile.ts";
export type { FirstCall, KernelMeasurement, OracleError, RunJoules, Transfer } from "./kernel-measurement.ts";
export { type MeasureOptions, measureKernel } from "./measure-kernel.ts";
export {
  type DeviceTransfer,
  measureTransfer,
  type TransferCalls,
  type TransferOptions,
} from "./measure-transfer.ts";
export { type MeasuredProfileOptions, measuredProfile } from "./measured-profile.ts";
export { onFront, type TimeEnergy } from "./pareto.ts";
export {
  type CarbonTrace,
  type Link,
  type Platform,
  type PlatformDevice,
  type PowerState,
  platformJsonSchema,
  type Wake,
} from "./platform.ts";
export { type ProfiledPower, powerOf } from "./power-of.ts";
export { profileCost } from "./profile-cost.ts";
export { checkedPlatform, parsePlatform, platformFile, readPlatform, shippedPlatformIds } from "./read-platforms.ts";
export { checkedProfile, ownProfileIds, ownProfilesFolder, readProfile, shippedProfileIds } from "./read-profiles.ts";
export { attainable, type Roof, type Roofline, type RooflinePoint, rooflineOf } from "./roofline.ts";
