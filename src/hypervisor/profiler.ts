import { jainFairness } from "./fairness.ts";
import { type HealthParts, healthParts, healthScore } from "./health-score.ts";
import { Ring } from "./ring.ts";
import type { TurnMetrics } from "./vm-metrics.ts";

/** What the hypervisor tells the profiler of a VM after a turn. */
export interface TurnRecord extends TurnMetrics {
  readonly vm: string;
  /** Chassis time at the end of the turn. */
  readonly clock: number;
  readonly cellSeconds: number;
  readonly waitSeconds: number;
  readonly cpuSeconds: number;
  readonly switched: boolean;
  readonly memory: number;
  readonly violations: number;
  readonly sound: boolean;
  readonly priority: number;
}

/** What the hypervisor tells the profiler of a round. */
export interface RoundRecord {
  readonly clock: number;
  readonly turns: number;
  /** Wall time of the round, and of it that in which cells were simulated. */
  readonly seconds: number;
  readonly simulating: number;
  readonly cellSeconds: number;
  /** Seconds of cell time that each VM would have had by its priority and policy. */
  readonly entitled: ReadonlyMap<string, number>;
}

/** A VM's metrics: the last turn's, and sums since it was created. */
export interface VmMetrics extends TurnMetrics {
  readonly vm: string;
  readonly cellSeconds: number;
  readonly waitSeconds: number;
  readonly cpuSeconds: number;
  readonly contextSwitches: number;
  readonly turns: number;
  /** Bytes of its cell in this process. */
  readonly memory: number;
  readonly violations: number;
  /** 0 to 100, see `docs/hypervisor.md`. */
  readonly health: number;
  readonly healthParts: HealthParts;
}

export interface SystemMetrics {
  readonly vms: number;
  readonly rounds: number;
  readonly turns: number;
  readonly contextSwitches: number;
  readonly cellSeconds: number;
  readonly cpuSeconds: number;
  readonly violations: number;
  /** Mean of the VMs' health; null where none has had a turn. */
  readonly health: number | null;
  /** Jain's index of cell time over priority-given entitlement. */
  readonly fairness: number;
  /** Means over VMs, of their last turns. */
  readonly ribosomeUtilisation: number;
  readonly atpLevel: number;
  readonly memory: number;
  /** Wall time of rounds that was not simulation, over that which was. */
  readonly overhead: number;
}

/** What holds a VM back most. */
export interface Bottleneck {
  readonly vm: string;
  readonly what: "ribosomes" | "polymerases" | "energy" | "shortage" | "service" | "error";
  /** 0 to 1: how much of it. */
  readonly severity: number;
  readonly advice: string;
}

interface Kept {
  last: TurnRecord;
  cellSeconds: number;
  waitSeconds: number;
  cpuSeconds: number;
  contextSwitches: number;
  turns: number;
  violations: number;
  entitled: number;
  readonly history: Ring;
}

const historyColumns = ["clock", "ribosomeUtilisation", "atpLevel", "cellSeconds", "waitSeconds", "health"] as const;

/** One moment of a VM's history. */
export type HistoryPoint = Readonly<Record<(typeof historyColumns)[number], number>>;

export interface ProfilerOptions {
  /** Moments kept of each VM, and rounds kept; 128 by default. */
  readonly history?: number;
}

/** Measures VMs and their hypervisor, turn by turn, in memory that is bounded by the number of VMs. */
export class PerformanceProfiler {
  readonly #vms = new Map<string, Kept>();
  readonly #history: number;
  readonly #rounds: Ring;
  #seconds = 0;
  #simulating = 0;

  constructor({ history = 128 }: ProfilerOptions = {}) {
    this.#history = history;
    this.#rounds = new Ring(4, history);
  }

  recordTurn(record: TurnRecord): void {
    const kept = this.#vms.get(record.vm) ?? {
      ...{ last: record, cellSeconds: 0, waitSeconds: 0, cpuSeconds: 0, contextSwitches: 0, turns: 0, violations: 0 },
      ...{ entitled: 0, history: new Ring(historyColumns.length, this.#history) },
    };
    this.#vms.set(record.vm, kept);
    kept.last = record;
    kept.cellSeconds += record.cellSeconds;
    kept.waitSeconds += record.waitSeconds;
    kept.cpuSeconds += record.cpuSeconds;
    kept.contextSwitches += record.switched ? 1 : 0;
    kept.turns++;
    kept.violations = record.violations;
    const { clock, ribosomeUtilisation, atpLevel, cellSeconds, waitSeconds } = record;
    const health = healthScore(partsOf(kept));
    kept.history.push([clock, ribosomeUtilisation, atpLevel, cellSeconds, waitSeconds, health]);
  }

  recordRound({ clock, turns, seconds, simulating, cellSeconds, entitled }: RoundRecord): void {
    this.#seconds += seconds;
    this.#simulating += simulating;
    for (const [vm, due] of entitled) {
      const kept = this.#vms.get(vm);
      if (kept !== undefined) kept.entitled += due;
    }
    this.#rounds.push([clock, turns, cellSeconds, simulating === 0 ? 0 : seconds / simulating - 1]);
  }

  /** Forgets a VM that is gone. */
  forget(vm: string): void {
    this.#vms.delete(vm);
  }

  /** Metrics of a VM; null where it has had no turn. */
  vmMetrics(vm: string): VmMetrics | null {
    const kept = this.#vms.get(vm);
    if (kept === undefined) return null;
    const { last } = kept;
    const { ribosomeUtilisation, polymeraseUtilisation, atpLevel, energyCharge, stalled, unmetMaintenance } = last;
    const parts = partsOf(kept);
    return {
      ...{ vm, ribosomeUtilisation, polymeraseUtilisation, atpLevel, energyCharge, stalled, unmetMaintenance },
      ...{ cellSeconds: kept.cellSeconds, waitSeconds: kept.waitSeconds, cpuSeconds: kept.cpuSeconds },
      ...{ contextSwitches: kept.contextSwitches, turns: kept.turns, memory: last.memory },
      ...{ violations: kept.violations, health: healthScore(parts), healthParts: parts },
    };
  }

  /** The last moments of a VM, oldest first. */
  history(vm: string): readonly HistoryPoint[] {
    return (this.#vms.get(vm)?.history.rows() ?? []).map(
      (row) => Object.fromEntries(historyColumns.map((name, at) => [name, row[at] ?? 0])) as unknown as HistoryPoint,
    );
  }

  systemMetrics(): SystemMetrics {
    const all = [...this.#vms.values()];
    const sum = (of: (kept: Kept) => number): number => all.reduce((total, kept) => total + of(kept), 0);
    const mean = (of: (kept: Kept) => number): number => (all.length === 0 ? 0 : sum(of) / all.length);
    return {
      ...{ vms: all.length, rounds: this.#rounds.written, turns: sum(({ turns }) => turns) },
      contextSwitches: sum(({ contextSwitches }) => contextSwitches),
      cellSeconds: sum(({ cellSeconds }) => cellSeconds),
      cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds),
      violations: sum(({ violations }) => violations),
      health: all.length === 0 ? null : mean((kept) => healthScore(partsOf(kept))),
      fairness: this.fairness(),
      ribosomeUtilisation: mean(({ last }) => last.ribosomeUtilisation),
      atpLevel: mean(({ last }) => last.atpLevel),
      memory: sum(({ last }) => last.memory),
      overhead: this.#simulating === 0 ? 0 : this.#seconds / this.#simulating - 1,
    };
  }

  /** Jain's index of what VMs had over what they were entitled to: 1 where priorities were kept exactly. */
  fairness(): number {
    const entitled = [...this.#vms.values()].filter((kept) => kept.entitled > 0);
    return jainFairness(entitled.map((kept) => kept.cellSeconds / kept.entitled));
  }

  /** What holds VMs back, worst first. */
  bottlenecks(): readonly Bottleneck[] {
    return [...this.#vms].flatMap(([vm, kept]) => bottlenecksOf(vm, kept)).sort((a, b) => b.severity - a.severity);
  }
}

/** Cell time over entitlement; a VM that was never entitled to any lacks none. */
function serviceOf({ cellSeconds, entitled }: Kept): number {
  return entitled === 0 ? 1 : cellSeconds / entitled;
}

function partsOf(kept: Kept): HealthParts {
  return healthParts(kept.last, serviceOf(kept), kept.last.sound);
}

/** From here on a machine is taken to be what is short. */
const saturated = 0.9;

function bottlenecksOf(vm: string, kept: Kept): readonly Bottleneck[] {
  const { ribosomeUtilisation, polymeraseUtilisation, energyCharge, stalled, sound } = kept.last;
  const found: Bottleneck[] = [];
  const add = (what: Bottleneck["what"], severity: number, advice: string): void => {
    if (severity > 0) found.push({ vm, what, severity, advice });
  };
  const over = (used: number): number => (used >= saturated ? used : 0);
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  add("error", sound ? 0 : 1, "its cell cannot go on, or an account does not close: look at its status");
  add("ribosomes", over(ribosomeUtilisation), `${percent(ribosomeUtilisation)} at work: give it more ribosomes`);
  add("polymerases", over(polymeraseUtilisation), `${percent(polymeraseUtilisation)} at work: give it more of them`);
  const lack = 1 - healthParts(kept.last, 1, true).energy;
  add("energy", lack, `an energy charge of ${energyCharge.toFixed(2)}: give it more ATP`);
  add("shortage", stalled, `${percent(stalled)} of ribosome time waited for molecules: more ATP, or a better medium`);
  add("service", Math.max(0, 1 - serviceOf(kept)), "it had less cell time than its priority entitles it to");
  return found;
}
