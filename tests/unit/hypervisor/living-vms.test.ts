import { type BioAcceleratorManager, BioXenHypervisor, type CellState, cellSummary, type Resources } from "bioxen";
import { cpuSimd } from "bioxen/accelerators";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { managerOf } from "../../support/manager.ts";

let manager: BioAcceleratorManager;
beforeAll(async () => {
  manager = await managerOf([cpuSimd]);
});
afterAll(() => manager[Symbol.asyncDispose]());

const chassis = { id: "wide", ribosomes: 100, polymerases: 60, memoryKb: 500, maxVms: 4, overhead: 0 };

/** Mean residues that VMs with these resources begin in so long. */
async function residues(resources: Partial<Resources>, seconds = 300): Promise<number> {
  await using hypervisor = new BioXenHypervisor({ dispatcher: manager, chassis, maxVms: 8 });
  for (let at = 0; at < 8; at++)
    await hypervisor.startVm((await hypervisor.createVm(`v${at}`, "minimal_cell", resources)).id);
  await hypervisor.runScheduler({ seconds });
  const all = hypervisor.listVms().map(({ id }) => hypervisor.cellOf(id));
  for (const cell of all) expect(cellSummary(cell).drift).toBe(0);
  return all.reduce((sum, { state }) => sum + state.tally.residuesStarted, 0) / all.length;
}

describe("a turn advances the VM's cell with what the VM holds", () => {
  test("a VM with fewer ribosomes, RNA polymerases or less ATP makes less", async () => {
    const whole = await residues({ ribosomes: 10, polymerases: 5, atp: 12.5 });
    expect(whole).toBeGreaterThan(40_000);
    const [half, tenth] = [await residues({ ribosomes: 5 }), await residues({ ribosomes: 1 })];
    expect(half / whole).toBeLessThan(0.8);
    expect(tenth / half).toBeLessThan(0.6);
    // messages of the start go on being read
    expect((await residues({ polymerases: 1 }, 600)) / (await residues({}, 600))).toBeLessThan(0.9);
    expect((await residues({ atp: 1 })) / whole).toBeLessThan(0.8);
  });

  test("more than its cell wants changes nothing", async () => {
    await using hypervisor = new BioXenHypervisor({ dispatcher: manager, chassis });
    await hypervisor.createVm("vm", { biologicalType: "minimal_cell", maxRibosomes: 40 }, { ribosomes: 40 });
    expect(hypervisor.getVmResourceUsage("vm").limits.ribosomes).toBe(1);
  });
});

test.each(["minimal_cell", "syn3a", "ecoli"] as const)(
  "%s goes on bit for bit from a checkpoint, in a batch or alone",
  async (type) => {
    await using hypervisor = new BioXenHypervisor({ dispatcher: manager });
    for (const id of ["a", "b", "c"]) await hypervisor.startVm((await hypervisor.createVm(id, type)).id);
    await hypervisor.runScheduler({ seconds: 5 });
    const bytes = await hypervisor.checkpointVm("b");
    await hypervisor.runScheduler({ seconds: 5 });
    const then = structuredClone(hypervisor.cellOf("b").state);
    const { resources } = hypervisor.getVmStatus("b");
    await using other = new BioXenHypervisor({ dispatcher: manager });
    const status = await other.restoreVm(bytes, "again");
    expect(status).toMatchObject({ id: "again", state: "running", cellSeconds: 5, resources });
    await other.runScheduler({ seconds: 5 });
    expect(other.cellOf("again").state).toEqual(then);
    // whoever is created after it has another number
    await other.createVm("next", type);
    expect(other.cellOf("next").state.trajectory).toBeGreaterThan(then.trajectory);
  },
);

test.each(["minimal_cell", "ecoli"] as const)(
  "%s lives the same life whoever else is in its dispatch",
  async (type) => {
    const lives = async (paused: string | null): Promise<readonly CellState[]> => {
      await using hypervisor = new BioXenHypervisor({ dispatcher: manager });
      for (const id of ["a", "b", "c"]) await hypervisor.startVm((await hypervisor.createVm(id, type)).id);
      if (paused !== null) await hypervisor.pauseVm(paused);
      const { dispatches } = await hypervisor.runScheduler({ seconds: 8 });
      // one a step, though a number among them is empty
      expect(dispatches).toBe(8);
      return ["a", "c"].map((id) => hypervisor.cellOf(id).state);
    };
    const together = await lives(null);
    expect(together.every(({ reactions }) => reactions > 0)).toBe(true);
    expect(await lives("b")).toEqual(together);
  },
);

test("every flip of a bit of a checkpoint is seen, and every part of one refused", async () => {
  await using hypervisor = new BioXenHypervisor({ dispatcher: manager });
  await hypervisor.createVm("vm", "minimal_cell");
  const bytes = await hypervisor.checkpointVm("vm");
  await hypervisor.destroyVm("vm");
  for (let at = 0; at < bytes.length; at += 7) {
    const flipped = Uint8Array.from(bytes);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
    await expect(hypervisor.restoreVm(flipped)).rejects.toMatchObject({ code: "CHECKPOINT_DAMAGED" });
  }
  for (const length of [0, 4, 44, bytes.length - 1])
    await expect(hypervisor.restoreVm(bytes.slice(0, length))).rejects.toMatchObject({ code: "CHECKPOINT_DAMAGED" });
  expect(hypervisor.listVms()).toEqual([]);
  expect((await hypervisor.restoreVm(bytes)).state).toBe("created");
});

describe("process code", () => {
  test("runs in the VM's own state, says what it used and where, and comes back with a checkpoint", async () => {
    await using hypervisor = new BioXenHypervisor({ dispatcher: manager });
    await hypervisor.startVm((await hypervisor.createVm("vm", "minimal_cell")).id);
    const made = await hypervisor.executeProcess("vm", 'seen = 41; transcribe_gene("MINI_0001", 2); return advance(3)');
    expect(made).toMatchObject({ processId: "vm/1", vmId: "vm", devices: [{ id: "cpu-simd:0" }], dispatches: 3 });
    expect(made.consumed.cellSeconds).toBe(3);
    expect(made.consumed.nucleotides).toBeGreaterThan(0);
    expect(made.consumed.gtp).toBeGreaterThanOrEqual(2 * made.consumed.aminoAcids);
    expect(made.consumed.polymeraseSeconds).toBeGreaterThan(0);
    expect(made.produced["transcripts"]).toBeGreaterThanOrEqual(2);
    expect(cellSummary(hypervisor.cellOf("vm")).drift).toBe(0);
    const bytes = await hypervisor.checkpointVm("vm");
    await hypervisor.destroyVm("vm");
    await hypervisor.restoreVm(bytes);
    expect((await hypervisor.executeProcess("vm", "return seen + 1")).value).toBe(42);
  });

  test("several at once have accounts and limits of their own, and move one cell one after another", async () => {
    await using hypervisor = new BioXenHypervisor({ dispatcher: manager });
    await hypervisor.startVm((await hypervisor.createVm("vm", "minimal_cell")).id);
    const [one, two, endless] = await Promise.allSettled([
      hypervisor.executeProcess("vm", "return advance(2).time"),
      hypervisor.executeProcess("vm", { call: "advance", args: [5] }),
      hypervisor.executeProcess("vm", "while true do end", { instructions: 100_000 }),
    ]);
    expect(one).toMatchObject({ status: "fulfilled", value: { consumed: { cellSeconds: 2 } } });
    expect(two).toMatchObject({ status: "fulfilled", value: { consumed: { cellSeconds: 5 }, ran: "advance" } });
    expect(endless).toMatchObject({ status: "rejected", reason: { code: "PROCESS_LIMIT" } });
    expect(hypervisor.getVmStatus("vm")).toMatchObject({ cellSeconds: 7, processes: 0, state: "running" });
    expect(hypervisor.getVmResourceUsage("vm")).toMatchObject({ processes: 3, violations: 1 });
  });

  test("is refused unless the VM runs, also in the midst of it", async () => {
    await using hypervisor = new BioXenHypervisor({ dispatcher: manager });
    await hypervisor.createVm("vm", "minimal_cell");
    await expect(hypervisor.executeProcess("vm", "return 1")).rejects.toMatchObject({
      code: "VM_STATE_ERROR",
      id: "BX006",
    });
    await hypervisor.startVm("vm");
    const long = hypervisor.executeProcess("vm", "for i = 1, 100000 do advance(1) end");
    await hypervisor.pauseVm("vm");
    await expect(long).rejects.toMatchObject({ code: expect.stringMatching(/VM_STATE_ERROR|PROCESS_FAILED/) });
  });

  test("a gene that is knocked out in a living cell makes nothing more", async () => {
    await using hypervisor = new BioXenHypervisor({ dispatcher: manager });
    await hypervisor.startVm((await hypervisor.createVm("vm", "minimal_cell")).id);
    await hypervisor.executeProcess("vm", 'return knock_out("MINI_0002")');
    const { model, state } = hypervisor.cellOf("vm");
    const gene = model.genes.findIndex(({ id }) => id === "MINI_0002");
    expect(state.values[model.at.genes + gene]).toBe(0);
    expect(state.events.some(({ detail }) => detail?.includes("MINI_0002"))).toBe(true);
  });
});
