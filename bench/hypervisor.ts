// What virtual machines cost beside the simulation of their cells, and an ensemble of them. What the VMs come to is
// asserted: their cells are, bit for bit, those that the cell engine makes alone.
//   node dist/bench/hypervisor.js [--vms 1000] [--seconds 600] [--json]
import { deepStrictEqual } from "node:assert";
import { parseArgs } from "node:util";
import { builtin } from "../accelerators/index.ts";
import {
  advanceMany,
  BioAcceleratorManager,
  type BiologicalType,
  BioXenHypervisor,
  cellSummary,
  type HypervisorOptions,
  newbornCell,
} from "../src/index.ts";
import { cpuSeconds } from "./beside-library.ts";

const { values: given } = parseArgs({
  options: {
    vms: { type: "string", default: "1000" },
    seconds: { type: "string", default: "600" },
    json: { type: "boolean", default: false },
  },
});
const ensemble = { vms: Number(given.vms), seconds: Number(given.seconds) };
const manager = await BioAcceleratorManager.open({ accelerators: builtin, calibration: false });
// one device for both sides of every comparison
const dispatch = { device: "cpu-simd:0" };
const hypervisorOf = (options: Partial<HypervisorOptions> = {}): BioXenHypervisor =>
  new BioXenHypervisor({ dispatcher: manager, dispatch, ...options });
const median = (all: readonly number[]): number =>
  [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN;
const rounded = (value: number): number => Number(value.toPrecision(3));

function assert(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** Milliseconds of wall time. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function creation(
  type: BiologicalType,
): Promise<{ readonly type: string; readonly medianMs: number; readonly mostMs: number }> {
  await using hypervisor = hypervisorOf({ maxVms: 64 });
  // the first compiles the genome
  await hypervisor.createVm("first", type);
  const all: number[] = [];
  for (let at = 0; at < 50; at++) all.push(await timed(() => hypervisor.createVm(`vm-${at}`, type)));
  assert(hypervisor.listVms().length === 51, "VMs are missing");
  return { type, medianMs: rounded(median(all)), mostMs: rounded(Math.max(...all)) };
}

async function lifeCycle(): Promise<{ readonly calls: number; readonly medianMs: number; readonly p99Ms: number }> {
  await using hypervisor = hypervisorOf();
  await hypervisor.createVm("vm", "syn3a");
  const all: number[] = [await timed(() => hypervisor.startVm("vm"))];
  for (let at = 0; at < 500; at++) {
    all.push(await timed(() => hypervisor.pauseVm("vm")), await timed(() => hypervisor.resumeVm("vm")));
    all.push(await timed(() => hypervisor.stopVm("vm")), await timed(() => hypervisor.startVm("vm")));
  }
  assert(hypervisor.getVmStatus("vm").state === "running", "the VM does not run");
  all.sort((a, b) => a - b);
  return {
    calls: all.length,
    medianMs: rounded(median(all)),
    p99Ms: rounded(all[Math.floor(0.99 * all.length)] ?? Number.NaN),
  };
}

/** Four VMs of a type beside the same four cells without a hypervisor, taking turns as to which is first. */
async function overhead(type: BiologicalType, seconds: number, rounds: number): Promise<object> {
  const ratios: number[] = [];
  const own: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await using hypervisor = hypervisorOf();
    for (let at = 0; at < 4; at++) {
      await hypervisor.createVm(`vm-${at}`, type, { ribosomes: 10 });
      await hypervisor.startVm(`vm-${at}`);
    }
    const cells = [0, 1, 2, 3].map((at) => {
      const { model, limits } = hypervisor.cellOf(`vm-${at}`);
      return { model, state: newbornCell(model, 1, at), ...(limits === undefined ? {} : { limits }) };
    });
    const alone = async (): Promise<number> => {
      const before = cpuSeconds();
      for (let at = 0; at < seconds; at += 60) await advanceMany(cells, 60, manager, { dispatch, division: true });
      return cpuSeconds() - before;
    };
    const asVms = async (): Promise<number> => {
      const before = cpuSeconds();
      own.push((await hypervisor.runScheduler({ seconds })).overhead);
      return cpuSeconds() - before;
    };
    const first = round % 2 === 0 ? [await alone(), await asVms()] : [await asVms(), await alone()].reverse();
    ratios.push((first[1] ?? 0) / (first[0] ?? 1));
    for (const [at, { state }] of cells.entries()) deepStrictEqual(hypervisor.cellOf(`vm-${at}`).state, state);
    assert(
      cells.every(({ state }) => state.reactions > 0),
      "nothing happened",
    );
  }
  return { type, seconds, rounds, cpuRatio: rounded(median(ratios)), ownShareOfWallTime: rounded(median(own)) };
}

async function fairness(): Promise<object> {
  const jain: number[] = [];
  {
    await using hypervisor = hypervisorOf();
    for (let at = 0; at < 4; at++) await hypervisor.startVm((await hypervisor.createVm(`vm-${at}`, "minimal_cell")).id);
    jain.push((await hypervisor.runScheduler({ seconds: 600 })).fairness);
  }
  await using hypervisor = hypervisorOf({ scheduler: "fair-share" });
  const priorities = [1, 2, 3, 5];
  for (const priority of priorities)
    await hypervisor.startVm((await hypervisor.createVm(`p${priority}`, "minimal_cell", { priority })).id);
  const { cellSeconds, fairness: byPriority } = await hypervisor.runScheduler({ rounds: 40 });
  const all = Object.values(cellSeconds).reduce((sum, one) => sum + one, 0);
  const errors = priorities.map((priority) =>
    Math.abs(((cellSeconds[`p${priority}`] ?? 0) / all) * (11 / priority) - 1),
  );
  assert((jain[0] ?? 0) >= 0.99, `Jain's index is ${jain[0]}`);
  assert(Math.max(...errors) <= 0.05, `a share is ${Math.max(...errors)} off`);
  return {
    equalPriority: jain[0],
    byPriority: rounded(byPriority),
    cellSeconds,
    mostOff: rounded(Math.max(...errors)),
  };
}

async function checkpoints(): Promise<object> {
  await using hypervisor = hypervisorOf();
  await hypervisor.startVm((await hypervisor.createVm("vm", "syn3a")).id);
  await hypervisor.runScheduler({ seconds: 60 });
  const all: number[] = [];
  let bytes = new Uint8Array();
  for (let at = 0; at < 20; at++)
    all.push(await timed(async () => (bytes = Uint8Array.from(await hypervisor.checkpointVm("vm")))));
  const ready = await hypervisor.checkpointVm("vm");
  await hypervisor.runScheduler({ seconds: 60 });
  const gone = structuredClone(hypervisor.cellOf("vm").state);
  await hypervisor.destroyVm("vm");
  const restoring = await timed(() => hypervisor.restoreVm(ready));
  await hypervisor.runScheduler({ seconds: 60 });
  deepStrictEqual(hypervisor.cellOf("vm").state, gone);
  return {
    medianMs: rounded(median(all)),
    mostMs: rounded(Math.max(...all)),
    restoreMs: rounded(restoring),
    bytes: bytes.length,
  };
}

async function many(): Promise<object> {
  await using hypervisor = hypervisorOf({ maxVms: ensemble.vms });
  const cpu = cpuSeconds();
  const creating = await timed(async () => {
    for (let at = 0; at < ensemble.vms; at++)
      await hypervisor.startVm((await hypervisor.createVm(`vm-${at}`, "minimal_cell")).id);
  });
  const created = cpuSeconds();
  const report = await hypervisor.runScheduler({ seconds: ensemble.seconds });
  const cpuUsed = cpuSeconds() - created;
  const folds = hypervisor.listVms().map(({ id, cellSeconds }) => {
    assert(cellSeconds === ensemble.seconds, `${id} lived ${cellSeconds} s`);
    return cellSummary(hypervisor.cellOf(id));
  });
  assert(
    folds.every(({ drift }) => drift === 0),
    "an account does not close",
  );
  assert(report.dispatches === ensemble.seconds, `${report.dispatches} dispatches are not one a second of cell time`);
  return {
    ...ensemble,
    createCpuSeconds: rounded(created - cpu),
    createWallSeconds: rounded(creating / 1000),
    cpuSeconds: rounded(cpuUsed),
    wallSeconds: rounded(report.seconds),
    // of both cores together: what two of them would take, were they free
    cpuSecondsByTwo: rounded((cpuUsed + created - cpu) / 2),
    dispatches: report.dispatches,
    overhead: rounded(report.overhead),
    fairness: report.fairness,
    proteomeFold: rounded(folds.reduce((sum, { proteomeFold }) => sum + proteomeFold, 0) / folds.length),
    megabytes: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

const result = {
  node: process.version,
  creation: [await creation("minimal_cell"), await creation("syn3a"), await creation("ecoli")],
  lifeCycle: await lifeCycle(),
  overhead: [await overhead("minimal_cell", 600, 7), await overhead("syn3a", 120, 5)],
  fairness: await fairness(),
  checkpoint: await checkpoints(),
  ensemble: await many(),
};
await manager[Symbol.asyncDispose]();
process.stdout.write(`${given.json ? JSON.stringify(result) : JSON.stringify(result, null, 2)}\n`);
