import { BioXenError, type Dispatcher, type DispatchOptions } from "../contract/index.ts";
import { advanceTurns, type Due } from "./advance-turns.ts";
import { jainFairness } from "./fairness.ts";
import type { Log } from "./log.ts";
import { type Contender, type PolicyOptions, planRound, type SchedulerPolicy, shareOut } from "./plan-round.ts";
import type { PerformanceProfiler } from "./profiler.ts";
import type { VirtualMachine } from "./vm.ts";
import { drifts, memoryOf, metricsSince, sumsOf } from "./vm-metrics.ts";
import { type DispatchAccount, emptyAccount, watched } from "./watched-dispatcher.ts";

/** Milliseconds of rounds after which this thread is let go for a moment. */
const longestHold = 50;

export interface SchedulerOptions extends PolicyOptions {
  readonly policy: SchedulerPolicy;
  /** Chassis time that turning from one VM to another takes. */
  readonly switchSeconds: number;
  readonly dispatch: DispatchOptions;
}

/** How long the scheduler is to run: `rounds` (1 by default), or until VMs have had so many `seconds` of cell time on average. */
export interface RunSchedulerOptions {
  readonly rounds?: number;
  /** Cell time, on average over the VMs that run: under fair share they part `seconds` times their number by priority. */
  readonly seconds?: number;
  readonly signal?: AbortSignal;
}

/** What a run of the scheduler came to. */
export interface SchedulerReport {
  readonly rounds: number;
  readonly turns: number;
  readonly contextSwitches: number;
  /** Chassis time now: turns one after another, and switches between them. */
  readonly clock: number;
  /** Cell time by VM. */
  readonly cellSeconds: Readonly<Record<string, number>>;
  /** Chassis time that each VM waited for its turn. */
  readonly waitSeconds: Readonly<Record<string, number>>;
  /** Jain's index of cell time over what priority entitles to; 1 for nobody. */
  readonly fairness: number;
  /** VMs whose cells could not go on, with why; they are in error now. */
  readonly failed: Readonly<Record<string, string>>;
  readonly dispatches: number;
  readonly devices: readonly { readonly id: string; readonly name: string }[];
  readonly deviceSeconds: number;
  /** Null where any of it was not metered. */
  readonly joules: number | null;
  /** Wall time of all, and of it that in which cells were simulated. */
  readonly seconds: number;
  readonly simulating: number;
  readonly cpuSeconds: number;
  /** What the hypervisor added to the simulation, in wall time: 0.05 is 5 %. */
  readonly overhead: number;
}

interface Sums {
  rounds: number;
  turns: number;
  switches: number;
  simulating: number;
  cpu: number;
  readonly account: DispatchAccount;
  readonly cellSeconds: Map<string, number>;
  readonly waitSeconds: Map<string, number>;
  readonly failed: Map<string, string>;
}

/** Gives VMs their turns. Chassis time is virtual: turns follow one another in it, though their cells are simulated at once. */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #dispatcher: Dispatcher;
  readonly #profiler: PerformanceProfiler;
  readonly #log: Log;
  readonly #fail: (vm: VirtualMachine, error: BioXenError) => void;
  /** Chassis time. */
  clock = 0;
  /** Whose turn was last; a VM that follows itself needs no switch. */
  last: string | null = null;
  #busy = false;

  /** @param fail Puts a VM whose cell cannot go on into error. */
  constructor(
    options: SchedulerOptions,
    {
      dispatcher,
      profiler,
      log,
      fail,
    }: {
      readonly dispatcher: Dispatcher;
      readonly profiler: PerformanceProfiler;
      readonly log: Log;
      readonly fail: (vm: VirtualMachine, error: BioXenError) => void;
    },
  ) {
    this.#options = options;
    this.#dispatcher = dispatcher;
    this.#profiler = profiler;
    this.#log = log;
    this.#fail = fail;
  }

  get options(): SchedulerOptions {
    return this.#options;
  }

  /** Runs turns of the VMs that are running; `vms` is asked anew for each round. */
  async run(vms: () => readonly VirtualMachine[], asked: RunSchedulerOptions): Promise<SchedulerReport> {
    const { rounds, seconds, signal } = asked;
    if (rounds !== undefined && !(Number.isInteger(rounds) && rounds >= 0))
      throw new BioXenError("API_VALIDATION_ERROR", `${rounds} is no number of rounds`);
    if (seconds !== undefined && !(Number.isInteger(seconds) && seconds >= 0))
      throw new BioXenError("API_VALIDATION_ERROR", `${seconds} s is no whole number of seconds`);
    if (this.#busy) throw new BioXenError("HYPERVISOR_OVERLOAD", "the scheduler is running already");
    this.#busy = true;
    const began = performance.now();
    const sums: Sums = {
      ...{ rounds: 0, turns: 0, switches: 0, simulating: 0, cpu: 0, account: emptyAccount() },
      ...{ cellSeconds: new Map(), waitSeconds: new Map(), failed: new Map() },
    };
    const left = seconds === undefined ? null : this.#budgets(vms(), seconds);
    const entitled = new Map<string, number>();
    let yieldedAt = began;
    try {
      for (let round = 0; left !== null || round < (rounds ?? 1); round++) {
        const ready = vms().filter((vm) => vm.state === "running" && (left === null || (left.get(vm.id) ?? 0) > 0));
        if (ready.length === 0) break;
        await this.#round(ready, left, entitled, sums, signal);
        // short rounds wait for nothing: Ctrl-C and timers have their turn all the same
        if (performance.now() - yieldedAt > longestHold) {
          await new Promise(setImmediate);
          yieldedAt = performance.now();
        }
      }
    } finally {
      this.#busy = false;
    }
    return this.#report(sums, entitled, (performance.now() - began) / 1000);
  }

  #budgets(vms: readonly VirtualMachine[], seconds: number): Map<string, number> {
    const running = vms.filter(({ state }) => state === "running");
    const parts = shareOut(
      seconds * running.length,
      running.map((vm) => this.#weight(vm)),
    );
    return new Map(running.map(({ id }, at) => [id, parts[at] ?? 0]));
  }

  #weight({ resources }: VirtualMachine): number {
    return this.#options.policy === "fair-share" ? resources.priority : 1;
  }

  async #round(
    ready: readonly VirtualMachine[],
    left: Map<string, number> | null,
    entitled: Map<string, number>,
    sums: Sums,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const began = performance.now();
    const simulatedBefore = sums.simulating;
    const { policy, dispatch } = this.#options;
    const contenders = ready.map((vm): Contender => {
      const { credit, passedOver } = vm.counters;
      return { id: vm.id, priority: vm.resources.priority, credit, passedOver, left: left?.get(vm.id) ?? null };
    });
    const { turns, credits } = planRound(policy, contenders, this.#options);
    const byId = new Map(ready.map((vm) => [vm.id, vm]));
    const due = turns.flatMap(({ id, seconds }): Due[] => {
      const vm = byId.get(id);
      return vm === undefined ? [] : [{ vm, seconds }];
    });
    const before = new Map(due.map(({ vm }) => [vm, sumsOf(vm.cell.state)]));
    const timesBefore = new Map(due.map(({ vm }) => [vm, vm.cell.state.time]));
    let failures: ReadonlyMap<VirtualMachine, BioXenError> = new Map();
    const cpuBefore = sums.cpu;
    let aborted: unknown = null;
    await exclusively(
      due.map(({ vm }) => vm),
      async () => {
        const [wall, cpu] = [performance.now(), process.cpuUsage()];
        try {
          // while this waited, a process may have moved a cell on: what counts is what happens from here
          for (const { vm } of due) {
            before.set(vm, sumsOf(vm.cell.state));
            timesBefore.set(vm, vm.cell.state.time);
          }
          const options = { ...dispatch, ...(signal === undefined ? {} : { signal }) };
          failures = await advanceTurns(due, watched(this.#dispatcher, sums.account), options);
        } catch (error) {
          aborted = error;
        }
        const used = process.cpuUsage(cpu);
        sums.simulating += (performance.now() - wall) / 1000;
        sums.cpu += (used.user + used.system) / 1e6;
      },
    );
    const moved = (vm: VirtualMachine): number => vm.cell.state.time - (timesBefore.get(vm) ?? 0);
    const all = due.reduce((sum, { vm }) => sum + moved(vm), 0);
    for (const { vm } of due) {
      const had = moved(vm);
      const failure = failures.get(vm);
      const turn = this.#account(vm, had, all === 0 ? 0 : ((sums.cpu - cpuBefore) * had) / all, sums);
      if (failure !== undefined) {
        sums.failed.set(vm.id, failure.message);
        this.#fail(vm, failure);
      }
      if (left !== null) left.set(vm.id, failure === undefined ? (left.get(vm.id) ?? 0) - had : 0);
      this.#profiler.recordTurn({
        ...{ vm: vm.id, clock: this.clock, cellSeconds: had, ...turn },
        ...metricsSince(vm, before.get(vm) ?? sumsOf(vm.cell.state)),
        ...{ memory: memoryOf(vm), violations: vm.counters.violations },
        ...{ sound: vm.state !== "error" && !drifts(vm), priority: vm.resources.priority },
      });
    }
    const granted = new Map(turns.map(({ id, seconds }) => [id, seconds]));
    for (const vm of ready) {
      const { counters } = vm;
      const had = granted.has(vm.id) ? moved(vm) : 0;
      // what was planned and did not come about is owed still
      counters.credit = (credits.get(vm.id) ?? 0) + (policy === "fair-share" ? (granted.get(vm.id) ?? 0) - had : 0);
      counters.passedOver = had > 0 ? 0 : counters.passedOver + 1;
    }
    const parts = ready.map((vm) => this.#weight(vm));
    const weights = parts.reduce((sum, one) => sum + one, 0);
    const shares = new Map(ready.map((vm, at) => [vm.id, (all * (parts[at] ?? 0)) / weights]));
    for (const [id, share] of shares) entitled.set(id, (entitled.get(id) ?? 0) + share);
    sums.rounds++;
    sums.turns += due.length;
    this.#profiler.recordRound({
      ...{ clock: this.clock, turns: due.length, seconds: (performance.now() - began) / 1000 },
      ...{ simulating: sums.simulating - simulatedBefore, cellSeconds: all, entitled: shares },
    });
    this.#log.debug({ round: sums.rounds, turns: due.length, clock: this.clock, cellSeconds: all }, "round");
    if (aborted !== null) throw aborted;
  }

  /** Puts a turn into chassis time: the switch, the wait before it, and the turn itself. */
  #account(
    vm: VirtualMachine,
    had: number,
    cpuSeconds: number,
    sums: Sums,
  ): { readonly waitSeconds: number; readonly cpuSeconds: number; readonly switched: boolean } {
    const { counters } = vm;
    const switched = this.last !== null && this.last !== vm.id;
    if (switched) this.clock += this.#options.switchSeconds;
    const waitSeconds = Math.max(0, this.clock - (vm.readySince ?? this.clock));
    this.clock += had;
    this.last = vm.id;
    vm.readySince = vm.state === "running" ? this.clock : null;
    counters.cellSeconds += had;
    counters.turns++;
    counters.contextSwitches += switched ? 1 : 0;
    counters.waitSeconds += waitSeconds;
    counters.cpuSeconds += cpuSeconds;
    sums.switches += switched ? 1 : 0;
    sums.cellSeconds.set(vm.id, (sums.cellSeconds.get(vm.id) ?? 0) + had);
    sums.waitSeconds.set(vm.id, (sums.waitSeconds.get(vm.id) ?? 0) + waitSeconds);
    return { waitSeconds, cpuSeconds, switched };
  }

  #report(sums: Sums, entitled: ReadonlyMap<string, number>, seconds: number): SchedulerReport {
    const { account, simulating } = sums;
    const shares = [...entitled].flatMap(([id, due]) => (due > 0 ? [(sums.cellSeconds.get(id) ?? 0) / due] : []));
    return {
      ...{ rounds: sums.rounds, turns: sums.turns, contextSwitches: sums.switches, clock: this.clock },
      cellSeconds: Object.fromEntries(sums.cellSeconds),
      waitSeconds: Object.fromEntries(sums.waitSeconds),
      fairness: jainFairness(shares),
      failed: Object.fromEntries(sums.failed),
      dispatches: account.dispatches,
      devices: [...account.devices].map(([id, name]) => ({ id, name })),
      ...{ deviceSeconds: account.deviceSeconds, joules: account.dispatches === 0 ? null : account.joules },
      ...{ seconds, simulating, cpuSeconds: sums.cpu, overhead: simulating === 0 ? 0 : seconds / simulating - 1 },
    };
  }
}

/** Work while nobody else moves any of these VMs' cells. */
async function exclusively(vms: readonly VirtualMachine[], work: () => Promise<void>): Promise<void> {
  let release = (): void => {};
  const done = new Promise<void>((resolve) => {
    release = resolve;
  });
  const held = vms.map(
    (vm) =>
      new Promise<void>((resolve) => {
        void vm.exclusive(() => {
          resolve();
          return done;
        });
      }),
  );
  try {
    await Promise.all(held);
    await work();
  } finally {
    release();
  }
}
