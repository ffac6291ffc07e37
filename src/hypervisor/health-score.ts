import type { TurnMetrics } from "./vm-metrics.ts";

/** An energy charge of growing cells: 0.8 to 0.95 (Chapman, Fall and Atkinson 1971, J. Bacteriol. 108:1072). */
const healthyCharge = 0.8;

/** What a VM's health is made of, each 0 to 1. */
export interface HealthParts {
  /** Energy charge over 0.8, at most 1. */
  readonly energy: number;
  /** Ribosome-seconds that no shortage held back. */
  readonly flow: number;
  /** Cell time it had over what it was entitled to, at most 1. */
  readonly service: number;
  /** 0 for a VM in error, or one of whose accounts does not close; else 1. */
  readonly integrity: number;
}

/** Weights of the parts; integrity multiplies them all. */
const weights = { energy: 40, flow: 35, service: 25 } as const;

/** Health of a VM, 0 to 100: integrity x (40 energy + 35 flow + 25 service). */
export function healthScore({ energy, flow, service, integrity }: HealthParts): number {
  return integrity * (weights.energy * energy + weights.flow * flow + weights.service * service);
}

export function healthParts(
  { energyCharge, stalled }: Pick<TurnMetrics, "energyCharge" | "stalled">,
  service: number,
  sound: boolean,
): HealthParts {
  return {
    energy: Math.min(1, energyCharge / healthyCharge),
    flow: 1 - stalled,
    service: Math.min(1, service),
    integrity: sound ? 1 : 0,
  };
}
