import type { Readable } from "node:stream";
import { BioXenError } from "../contract/index.ts";
import type { SchedulerReport } from "../hypervisor/index.ts";
import { progress } from "./progress.ts";
import type { Vms } from "./vm-store.ts";

/** What a run of the scheduler over many rounds came to. */
export interface VmsRun {
  readonly rounds: number;
  readonly turns: number;
  readonly contextSwitches: number;
  readonly clock: number;
  readonly cellSeconds: Readonly<Record<string, number>>;
  readonly fairness: number;
  readonly failed: Readonly<Record<string, string>>;
  readonly devices: readonly { readonly id: string; readonly name: string }[];
  readonly joules: number | null;
  readonly seconds: number;
  readonly simulating: number;
  readonly cpuSeconds: number;
  /** Ended before its time, by the user. */
  readonly stopped: boolean;
}

/** Wall time after which a long run is kept, so that a machine that fails costs no more than that. */
const keepEvery = 20_000;

/**
 * Gives running VMs turns until each had `minutes` of cell time on average, round by round, and keeps them now and then
 * and at the end; the user may end it early, and then what was reached is kept.
 * @param shown A live table; null for a bar where there is a terminal.
 */
export async function runVms(
  vms: Vms,
  { minutes, rounds }: { readonly minutes?: number; readonly rounds?: number },
  shown: (() => string) | null,
): Promise<VmsRun> {
  const { hypervisor } = vms;
  const running = (): readonly string[] =>
    hypervisor
      .listVms()
      .filter(({ state }) => state === "running")
      .map(({ id }) => id);
  if (running().length === 0)
    throw new BioXenError("VM_STATE_ERROR", "no VM runs here: bioxen vm start ID lets one run");
  const stop = new AbortController();
  const signal = AbortSignal.any([vms.signal, stop.signal]);
  using screen = shown === null ? null : liveScreen(shown, process.stdin, () => stop.abort(new Error("ended by q")));
  using bar = progress();
  let sum: VmsRun | null = null;
  let keptAt = performance.now();
  const cellSeconds = (): number => Object.values(sum?.cellSeconds ?? {}).reduce((all, one) => all + one, 0);
  const touched = new Set<string>();
  try {
    for (let round = 0; minutes !== undefined || round < (rounds ?? 1); round++) {
      const alive = running();
      const goal = (minutes ?? 0) * 60 * alive.length;
      if (alive.length === 0 || (minutes !== undefined && cellSeconds() >= goal - 0.5)) break;
      const left = minutes === undefined ? {} : { seconds: Math.ceil((goal - cellSeconds()) / alive.length) };
      for (const id of alive) touched.add(id);
      // a live table and Ctrl-C want a round at a time; the last one gives no more than is left
      sum = added(sum, await hypervisor.runScheduler({ ...oneRound(left), signal }));
      screen?.draw();
      if (shown === null) bar.update(minutes === undefined ? round / (rounds ?? 1) : cellSeconds() / goal, "VMs");
      if (performance.now() - keptAt > keepEvery) {
        await Promise.all([...touched].map((id) => vms.keep(id)));
        keptAt = performance.now();
      }
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    for (const id of touched) await vms.keep(id);
  }
  return { ...(sum ?? nothing), stopped: signal.aborted };
}

const quantum = 60;

function oneRound({ seconds }: { readonly seconds?: number }): { rounds?: number; seconds?: number } {
  return seconds === undefined || seconds > quantum ? { rounds: 1 } : { seconds };
}

const nothing: VmsRun = {
  ...{ rounds: 0, turns: 0, contextSwitches: 0, clock: 0, cellSeconds: {}, fairness: 1, failed: {}, devices: [] },
  ...{ joules: null, seconds: 0, simulating: 0, cpuSeconds: 0, stopped: false },
};

function added(before: VmsRun | null, report: SchedulerReport): VmsRun {
  const { rounds, turns, contextSwitches, seconds, simulating, cpuSeconds } = before ?? nothing;
  const cellSeconds = { ...before?.cellSeconds };
  for (const [id, more] of Object.entries(report.cellSeconds)) cellSeconds[id] = (cellSeconds[id] ?? 0) + more;
  const devices = [...(before?.devices ?? []), ...report.devices];
  return {
    rounds: rounds + report.rounds,
    turns: turns + report.turns,
    contextSwitches: contextSwitches + report.contextSwitches,
    clock: report.clock,
    cellSeconds,
    fairness: report.fairness,
    failed: { ...before?.failed, ...report.failed },
    devices: devices.filter(({ id }, at) => devices.findIndex((one) => one.id === id) === at),
    joules:
      before === null
        ? report.joules
        : before.joules === null || report.joules === null
          ? null
          : before.joules + report.joules,
    seconds: seconds + report.seconds,
    simulating: simulating + report.simulating,
    cpuSeconds: cpuSeconds + report.cpuSeconds,
    stopped: false,
  };
}

interface LiveScreen extends Disposable {
  readonly draw: () => void;
}

/** A table that is drawn over itself on a terminal; elsewhere nothing is drawn, and the last state is printed by the caller. */
function liveScreen(text: () => string, input: Readable & Partial<NodeJS.ReadStream>, onQuit: () => void): LiveScreen {
  const { stdout } = process;
  if (!stdout.isTTY) return { draw: () => {}, [Symbol.dispose]: () => {} };
  let lines = 0;
  const onKey = (key: Buffer): void => {
    // raw input takes Ctrl-C from the terminal: it is the same as q
    if (key.includes("q") || key.includes(3)) onQuit();
  };
  const raw = input.isTTY === true;
  if (raw) {
    input.setRawMode?.(true);
    input.on("data", onKey);
    input.resume();
  }
  const clear = (): void => {
    if (lines > 0) stdout.write(`\u001b[${lines}A\u001b[0J`);
    lines = 0;
  };
  return {
    draw: () => {
      clear();
      const shown = text();
      lines = shown.split("\n").length - 1;
      stdout.write(shown);
    },
    [Symbol.dispose]: () => {
      clear();
      if (!raw) return;
      input.off("data", onKey);
      input.setRawMode?.(false);
      input.pause();
    },
  };
}
