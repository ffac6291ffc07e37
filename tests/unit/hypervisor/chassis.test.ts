import { BioXenHypervisor, type ChassisData, chassisOf } from "bioxen";
import { describe, expect, test } from "vitest";
import { stillDispatcher } from "../../support/still-dispatcher.ts";

const on = (chassis: string | ChassisData, maxVms?: number): BioXenHypervisor =>
  new BioXenHypervisor({ dispatcher: stillDispatcher(), chassis, ...(maxVms === undefined ? {} : { maxVms }) });

describe("chassis", () => {
  test("ecoli has 80 ribosomes, 68 of them after the hypervisor's 15 %, and takes four VMs", () => {
    const info = on("ecoli").getChassisInfo();
    expect(info).toMatchObject({
      id: "ecoli",
      ribosomes: 80,
      availableRibosomes: 68,
      overhead: 0.15,
      maxVms: 4,
      cells: 1,
    });
    expect(on("ecoli").getSystemResources().total).toMatchObject({ ribosomes: 68, atp: 100 });
  });

  test("yeast has 200,000 ribosomes, a nucleus, mitochondria and an ER, and runs two VMs", async () => {
    const hypervisor = on("yeast");
    const { ribosomes, compartments, maxVms } = hypervisor.getChassisInfo();
    expect({ ribosomes, maxVms, ids: compartments.map(({ id }) => id) }).toEqual({
      ...{ ribosomes: 200_000, maxVms: 2, ids: ["nucleus", "mitochondria", "er"] },
    });
    for (const id of ["a", "b"]) await hypervisor.startVm((await hypervisor.createVm(id, "ecoli")).id);
    await expect(hypervisor.createVm("c", "syn3a")).rejects.toMatchObject({ code: "HYPERVISOR_OVERLOAD", id: "BX004" });
    const report = await hypervisor.runScheduler({ rounds: 1 });
    // a switch takes a second of its own, and one for messages to leave the nucleus
    expect(report).toMatchObject({ clock: 2 * 60 + 2, contextSwitches: 1 });
    expect(hypervisor.getVmResourceUsage("a").limits).toEqual({ ribosomes: 1, polymerases: 1, atp: 1 });
  });

  test("without its mitochondria, yeast supplies one VM, not two", async () => {
    const yeast = chassisOf("yeast");
    const anaerobic = { ...yeast, compartments: yeast.compartments.filter(({ id }) => id !== "mitochondria") };
    const hypervisor = on(anaerobic);
    await hypervisor.createVm("a", "syn3a");
    expect(hypervisor.getVmResourceUsage("a").limits.atp).toBe(0.5);
  });

  test("orthogonal has 500 ribosomes for one VM", async () => {
    const hypervisor = on("orthogonal");
    expect(hypervisor.getChassisInfo()).toMatchObject({ ribosomes: 500, maxVms: 1 });
    await hypervisor.createVm("a", "syn3a");
    await expect(hypervisor.createVm("b", "syn3a")).rejects.toMatchObject({ code: "HYPERVISOR_OVERLOAD" });
  });

  test("one of the user's own is data", async () => {
    const hypervisor = on({
      id: "mine",
      ribosomes: 40,
      maxVms: 2,
      overhead: 0.25,
      compartments: [{ id: "raft", ribosomes: 5 }],
    });
    expect(hypervisor.getChassisInfo()).toMatchObject({ name: "mine", availableRibosomes: 30, maxVms: 2 });
    await hypervisor.createVm("a", "syn3a");
    expect(hypervisor.getVmStatus("a").resources.ribosomes).toBe(15);
  });

  test.each([
    ["heaven", "no chassis"],
    [{ id: "mine", ribosomes: 0 }, "ribosomes"],
    [{ id: "mine", ribosomes: 10, overhead: 1 }, "overhead"],
    [{ id: "../mine", ribosomes: 10 }, "id"],
    [{ id: "mine", ribosomes: 10, sunlight: true } as ChassisData, "sunlight"],
    [{ id: "mine", ribosomes: 10, compartments: [{ id: "er", ribosomes: 11 }] }, "11 ribosomes in compartments"],
    [42 as unknown as ChassisData, "chassis"],
  ])("refuses %j", (chassis, told) => {
    expect(() => on(chassis)).toThrow(expect.objectContaining({ code: "CHASSIS_INITIALIZATION_ERROR", id: "BX003" }));
    expect(() => on(chassis)).toThrow(told);
  });

  test("for more VMs than one takes, cells of it are pooled, and every VM has all that it wants", async () => {
    const hypervisor = on("ecoli", 1000);
    expect(hypervisor.getChassisInfo()).toMatchObject({ cells: 250, maxVms: 1000 });
    for (let at = 0; at < 1000; at++) await hypervisor.createVm(`vm-${at}`, "minimal_cell");
    expect(hypervisor.getVmResourceUsage("vm-999").limits).toEqual({ ribosomes: 1, polymerases: 1, atp: 1 });
    const { total, free, allocated } = hypervisor.getSystemResources();
    expect(free.atp + allocated.atp).toBeCloseTo(total.atp, 9);
    await expect(hypervisor.createVm("one-more", "minimal_cell")).rejects.toMatchObject({
      code: "HYPERVISOR_OVERLOAD",
    });
  });
});
