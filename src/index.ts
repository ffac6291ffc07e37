export * from "./api/index.ts";
export * from "./cell/index.ts";
export * from "./contract/index.ts";
export * from "./energy/index.ts";
export * from "./experiments/index.ts";
export * from "./formats/index.ts";
export * from "./host/index.ts";
export * from "./hypervisor/index.ts";
export * from "./manager/index.ts";
export * from "./metabolism/index.ts";
export {
  type Assignment,
  compiled,
  type Distribution,
  dependenciesOf,
  derivative,
  drawFrom,
  type Evaluator,
  type EventAssignment,
  type Expression,
  initialDraws,
  interpreted,
  type NetworkEvent,
  type NetworkReaction,
  philox,
  type RateLaw,
  type RateRule,
  type ReactionNetwork,
} from "./network/index.ts";
export * from "./packages/index.ts";
export * from "./plots/index.ts";
export * from "./profile/index.ts";
export * from "./scheduling/index.ts";
export * from "./sequences/index.ts";
export * from "./store/index.ts";
export * from "./telemetry/index.ts";
export * from "./workloads/index.ts";
