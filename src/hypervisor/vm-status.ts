import { volumeOf } from "../cell/index.ts";
import type { BiologicalType } from "./biological-types.ts";
import type { VmMetrics } from "./profiler.ts";
import type { Resources, Shared } from "./resources.ts";
import type { VirtualMachine } from "./vm.ts";
import type { VmState } from "./vm-life.ts";

/** Where a VM stands. */
export interface VmStatus {
  readonly id: string;
  readonly biologicalType: BiologicalType;
  readonly vmType: "basic";
  readonly state: VmState;
  /** Why it is in error; else null. */
  readonly error: string | null;
  readonly chassis: string;
  /** What it holds while it is created, running or paused, and asks for when it is started. */
  readonly resources: Resources;
  /** Seconds that its cell has lived. */
  readonly cellSeconds: number;
  /** Volume over that at birth, and divisions of its line. */
  readonly volumeFold: number;
  readonly divisions: number;
  readonly processes: number;
  readonly turns: number;
  /** Packages that were installed in it, oldest first. */
  readonly packages: readonly { readonly name: string; readonly version: string; readonly sha256: string }[];
  /** Operons that are shut: of E. coli. */
  readonly repressedOperons: readonly string[];
}

export function vmStatus(vm: VirtualMachine, chassis: string): VmStatus {
  const { cell, spec, counters } = vm;
  return {
    ...{ id: vm.id, biologicalType: spec.biologicalType, vmType: "basic", state: vm.state, error: vm.error, chassis },
    ...{ resources: vm.resources, cellSeconds: cell.state.time },
    volumeFold: volumeOf(cell.model, cell.state.values) / cell.model.constants.volume,
    ...{ divisions: cell.state.divisions, processes: vm.processesUnderWay, turns: counters.turns },
    packages: (spec.packages ?? []).map(({ name, version, sha256 }) => ({ name, version, sha256 })),
    repressedOperons: vm.repressed,
  };
}

/** What a VM holds and what it makes of it. */
export interface VmResourceUsage {
  readonly allocated: Resources;
  /** What would let its cell use all of its own ribosomes, RNA polymerases and ATP. */
  readonly wants: { readonly ribosomes: number; readonly polymerases: number; readonly atp: number };
  /** Shares of its own means that its cell may use for that. */
  readonly limits: { readonly ribosomes: number; readonly polymerases: number; readonly atp: number };
  /** Of what it holds, what was at work in its last turn, in the same units; null before it. */
  readonly used: { readonly ribosomes: number; readonly polymerases: number; readonly memoryKb: number } | null;
  /** Shares of what it may use that were at work in its last turn; null before it. */
  readonly ribosomeUtilisation: number | null;
  readonly polymeraseUtilisation: number | null;
  /** Share of its adenylates that is ATP. */
  readonly atpLevel: number | null;
  readonly cellSeconds: number;
  readonly cpuSeconds: number;
  readonly waitSeconds: number;
  readonly contextSwitches: number;
  readonly turns: number;
  readonly processes: number;
  readonly violations: number;
}

export function vmResourceUsage(
  vm: VirtualMachine,
  held: Shared,
  suppliedCells: number,
  metrics: VmMetrics | null,
): VmResourceUsage {
  const { counters, cell, resources } = vm;
  const { ribosomes, polymerases, atp } = cell.limits;
  return {
    allocated: { ...held, priority: resources.priority },
    // no part of a millionth less than it takes
    wants: { ...vm.facts.wants, atp: Math.ceil(1e8 / suppliedCells) / 1e6 },
    limits: { ribosomes, polymerases, atp },
    used:
      metrics === null
        ? null
        : {
            // slots beyond what its cell wants are never at work
            ribosomes: metrics.ribosomeUtilisation * Math.min(held.ribosomes, vm.facts.wants.ribosomes),
            polymerases: metrics.polymeraseUtilisation * Math.min(held.polymerases, vm.facts.wants.polymerases),
            memoryKb: cell.model.genome.length / 1000,
          },
    ribosomeUtilisation: metrics?.ribosomeUtilisation ?? null,
    polymeraseUtilisation: metrics?.polymeraseUtilisation ?? null,
    atpLevel: metrics?.atpLevel ?? null,
    ...{ cellSeconds: counters.cellSeconds, cpuSeconds: counters.cpuSeconds, waitSeconds: counters.waitSeconds },
    ...{ contextSwitches: counters.contextSwitches, turns: counters.turns },
    ...{ processes: counters.processes, violations: counters.violations },
  };
}
