import { BioXenError, BioXenHypervisor, type HypervisorOptions, jainFairness, planRound } from "bioxen";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type StillDispatcher, stillDispatcher } from "../../support/still-dispatcher.ts";

async function running(
  priorities: readonly number[],
  options: Partial<HypervisorOptions> = {},
): Promise<{ readonly hypervisor: BioXenHypervisor; readonly still: StillDispatcher }> {
  const still = stillDispatcher();
  const hypervisor = new BioXenHypervisor({ dispatcher: still, maxVms: Math.max(4, priorities.length), ...options });
  for (const [at, priority] of priorities.entries()) {
    await hypervisor.createVm(`vm${at}`, "minimal_cell", { priority });
    await hypervisor.startVm(`vm${at}`);
  }
  return { hypervisor, still };
}

describe("Jain's index", () => {
  test("is 1 for equals, 1/n for one of n, and 1 for nothing", () => {
    expect(jainFairness([3, 3, 3])).toBe(1);
    expect(jainFairness([7, 0, 0, 0])).toBe(0.25);
    expect(jainFairness([])).toBe(1);
    expect(jainFairness([0, 0])).toBe(1);
    expect(jainFairness([1, 2])).toBeCloseTo(0.9, 12);
  });
});

describe("round-robin", () => {
  test("gives each VM a quantum a round, in turn, and counts switches and waits in chassis time", async () => {
    const { hypervisor } = await running([3, 1, 5], { switchSeconds: 2 });
    const report = await hypervisor.runScheduler({ rounds: 2 });
    expect(report.cellSeconds).toEqual({ vm0: 120, vm1: 120, vm2: 120 });
    // the first turn follows nobody
    expect(report).toMatchObject({ turns: 6, contextSwitches: 5, clock: 6 * 60 + 5 * 2, fairness: 1 });
    // two turns of others and three switches lie between the ends and starts of each one's turns
    expect(report.waitSeconds).toEqual({ vm0: 0 + 126, vm1: 62 + 126, vm2: 124 + 126 });
  });

  test("a VM that follows itself needs no switch", async () => {
    const { hypervisor } = await running([3]);
    expect(await hypervisor.runScheduler({ rounds: 5 })).toMatchObject({ contextSwitches: 0, clock: 300 });
  });

  test("ends at the very second that is asked for", async () => {
    const { hypervisor } = await running([3, 3], { quantum: 50 });
    const { cellSeconds, rounds } = await hypervisor.runScheduler({ seconds: 130 });
    expect(cellSeconds).toEqual({ vm0: 130, vm1: 130 });
    expect(rounds).toBe(3);
  });

  test("leaves out who is paused, and owes it nothing", async () => {
    const { hypervisor } = await running([3, 3, 3]);
    await hypervisor.pauseVm("vm1");
    const { cellSeconds, fairness } = await hypervisor.runScheduler({ seconds: 60 });
    expect(cellSeconds).toEqual({ vm0: 60, vm2: 60 });
    expect(fairness).toBe(1);
  });
});

describe("fair share", () => {
  test("gives cell time in proportion to priority, within 5 %, whatever the priorities", async () => {
    const priorities = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(priorities, fc.integer({ min: 5, max: 90 }), async (all, quantum) => {
        const weights = all.reduce((sum, one) => sum + one, 0);
        const credits = new Map(all.map((_, at) => [at, { credit: 0, passedOver: 0, had: 0 }]));
        let longest = 0;
        for (let round = 0; round < 200; round++) {
          const contenders = all.map((priority, at) => ({
            ...{ id: String(at), priority, left: null },
            ...{ credit: credits.get(at)?.credit ?? 0, passedOver: credits.get(at)?.passedOver ?? 0 },
          }));
          const planned = planRound("fair-share", contenders, { quantum, ageing: 3 });
          for (const [at, one] of credits) {
            const had = planned.turns.find(({ id }) => id === String(at))?.seconds ?? 0;
            one.had += had;
            one.credit = planned.credits.get(String(at)) ?? Number.NaN;
            one.passedOver = had > 0 ? 0 : one.passedOver + 1;
            longest = Math.max(longest, one.passedOver);
          }
        }
        // ageing: nobody is passed over for more rounds than that, but while it is owed less than a second
        expect(longest).toBeLessThanOrEqual(4);
        const total = [...credits.values()].reduce((sum, { had }) => sum + had, 0);
        for (const [at, { had }] of credits)
          expect(Math.abs(((had / total) * weights) / (all[at] ?? 0) - 1)).toBeLessThan(0.05);
      }),
      { numRuns: 100 },
    );
  });

  test("VMs of equal priority have the same", async () => {
    const { hypervisor } = await running([2, 2, 2, 2], { scheduler: "fair-share" });
    const { fairness, cellSeconds } = await hypervisor.runScheduler({ rounds: 10 });
    expect(fairness).toBeGreaterThanOrEqual(0.99);
    expect(new Set(Object.values(cellSeconds)).size).toBe(1);
  });

  test("parts the time that is asked for by priority, to the second", async () => {
    const { hypervisor } = await running([5, 3, 2], { scheduler: "fair-share" });
    const { cellSeconds, fairness } = await hypervisor.runScheduler({ seconds: 200 });
    expect(cellSeconds).toEqual({ vm0: 300, vm1: 180, vm2: 120 });
    expect(fairness).toBeCloseTo(1, 9);
  });
});

describe("one dispatch a step", () => {
  test("takes all VMs of a genome that are due, whatever their ages, and with gaps in their numbers", async () => {
    const { hypervisor, still } = await running([3, 3, 3, 3, 3]);
    await hypervisor.pauseVm("vm2");
    await hypervisor.destroyVm("vm3");
    await hypervisor.runScheduler({ rounds: 1 });
    await hypervisor.resumeVm("vm2");
    expect(still.asked).toHaveLength(60);
    still.asked.length = 0;
    await hypervisor.runScheduler({ rounds: 1 });
    expect(still.asked).toHaveLength(60);
    expect(new Set(still.asked.map(({ count }) => count))).toEqual(new Set([5]));
    expect(hypervisor.listVms().map(({ cellSeconds }) => cellSeconds)).toEqual([120, 120, 60, 120]);
  });

  test("VMs of another genome, or with a seed of their own, have another", async () => {
    const { hypervisor, still } = await running([3, 3]);
    await hypervisor.startVm(
      (await hypervisor.createVm("mutant", { biologicalType: "minimal_cell", knockOut: ["MINI_0001"] })).id,
    );
    await hypervisor.startVm((await hypervisor.createVm("seeded", { biologicalType: "minimal_cell", seed: 7 })).id);
    const { dispatches } = await hypervisor.runScheduler({ rounds: 1 });
    expect(dispatches).toBe(3 * 60);
    expect(still.asked).toHaveLength(3 * 60);
  });
});

describe("what goes wrong in a turn", () => {
  test("a cell that cannot go on puts its VM into error, and none of the others", async () => {
    const { hypervisor, still } = await running([3, 3, 3]);
    still.failing.add(hypervisor.cellOf("vm1").state.trajectory);
    const report = await hypervisor.runScheduler({ rounds: 1 });
    expect(Object.keys(report.failed)).toEqual(["vm1"]);
    expect(hypervisor.listVms().map(({ state }) => state)).toEqual(["running", "error", "running"]);
    expect(report.cellSeconds).toEqual({ vm0: 60, vm1: 0, vm2: 60 });
    expect(hypervisor.getVmResourceUsage("vm1").allocated).toMatchObject({ ribosomes: 0, atp: 0, polymerases: 0 });
    expect(hypervisor.profiler.vmMetrics("vm1")?.health).toBe(0);
    expect(hypervisor.profiler.bottlenecks()[0]).toMatchObject({ vm: "vm1", what: "error", severity: 1 });
    still.failing.clear();
    await hypervisor.stopVm("vm1");
    await hypervisor.startVm("vm1");
    await hypervisor.runScheduler({ rounds: 1 });
    expect(hypervisor.getVmStatus("vm1")).toMatchObject({ state: "running", error: null, cellSeconds: 60 });
  });

  test("a device that is lost is left for another, and every cell has its whole turn", async () => {
    const { hypervisor, still } = await running([3, 3]);
    still.throwOnce = new BioXenError("DEVICE_LOST", "gone");
    const { cellSeconds } = await hypervisor.runScheduler({ rounds: 1 });
    expect(cellSeconds).toEqual({ vm0: 60, vm1: 60 });
  });

  test("what no device can do ends the run; cells stand at a coupling and may go on", async () => {
    const { hypervisor, still } = await running([3, 3]);
    still.throwOnce = new BioXenError("INPUT_INVALID", "a bug");
    await expect(hypervisor.runScheduler({ rounds: 1 })).rejects.toMatchObject({ code: "INPUT_INVALID" });
    expect((await hypervisor.runScheduler({ rounds: 1 })).cellSeconds).toEqual({ vm0: 60, vm1: 60 });
  });

  test("a run that is aborted says so, and another may follow", async () => {
    const { hypervisor } = await running([3]);
    await expect(hypervisor.runScheduler({ rounds: 9, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "ABORTED",
    });
    expect((await hypervisor.runScheduler()).cellSeconds).toEqual({ vm0: 60 });
  });

  test("one run at a time; a VM that is destroyed in its turn is gone at once", async () => {
    const { hypervisor } = await running([3, 3]);
    const first = hypervisor.runScheduler({ rounds: 3 });
    await expect(hypervisor.runScheduler()).rejects.toMatchObject({ code: "HYPERVISOR_OVERLOAD", id: "BX004" });
    await hypervisor.destroyVm("vm0");
    expect(hypervisor.listVms()).toHaveLength(1);
    expect((await first).cellSeconds["vm1"]).toBe(180);
    expect(hypervisor.getSystemResources().allocated.ribosomes).toBe(10);
  });

  test.each([{ rounds: -1 }, { rounds: 1.5 }, { seconds: 0.5 }, { seconds: Number.NaN }])(
    "refuses %j",
    async (asked) => {
      const { hypervisor } = await running([3]);
      await expect(hypervisor.runScheduler(asked)).rejects.toMatchObject({ code: "API_VALIDATION_ERROR" });
    },
  );
});

test("the profiler's history is bounded", async () => {
  const { hypervisor } = await running([3, 3], { history: 5, quantum: 1 });
  await hypervisor.runScheduler({ rounds: 40 });
  expect(hypervisor.profiler.history("vm0")).toHaveLength(5);
  expect(hypervisor.profiler.history("vm0").at(-1)?.cellSeconds).toBe(1);
  expect(hypervisor.profiler.systemMetrics()).toMatchObject({
    vms: 2,
    rounds: 40,
    turns: 80,
    fairness: 1,
    health: 100,
  });
});
