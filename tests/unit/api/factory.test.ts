import {
  BiologicalVM,
  BioResourceManager,
  BioXenError,
  BioXenHypervisor,
  bioVmOf,
  createBiologicalVm,
  createBioVm,
  EcoliVM,
  getSupportedBiologicalTypes,
  getSupportedVmTypes,
  Syn3aVM,
  type VmConfig,
  validateBiologicalType,
  validateVmType,
} from "bioxen";
import { describe, expect, test } from "vitest";
import { type StillDispatcher, stillDispatcher } from "../../support/still-dispatcher.ts";

const here = (): { readonly dispatcher: StillDispatcher } => ({ dispatcher: stillDispatcher() });
const xcpng = { url: "https://host.example", username: "root", password: "secret", template: "debian-12" };

/** What work is refused with. */
async function refusal(
  work: () => unknown,
): Promise<{ readonly code: string; readonly id: string; readonly message: string }> {
  try {
    await work();
  } catch (error) {
    if (error instanceof BioXenError) return { code: error.code, id: error.id, message: error.message };
    throw error;
  }
  throw new Error("it was not refused");
}

describe("the factory", () => {
  test("knows its types", () => {
    expect(getSupportedBiologicalTypes()).toEqual(["syn3a", "ecoli", "minimal_cell"]);
    expect(getSupportedVmTypes()).toEqual(["basic", "xcpng"]);
    expect(validateBiologicalType("ecoli")).toBe("ecoli");
    expect(validateVmType("basic")).toBe("basic");
    for (const wrong of ["zebra", "", "Ecoli", "constructor"]) {
      expect(() => validateBiologicalType(wrong)).toThrow(expect.objectContaining({ code: "API_VALIDATION_ERROR" }));
      expect(() => validateVmType(wrong)).toThrow(expect.objectContaining({ id: "BX008" }));
    }
  });

  test("makes VMs of each type, with its class, settings and life", async () => {
    const vm = await createBioVm("cell-1", "syn3a", "basic", here());
    expect(vm).toBeInstanceOf(Syn3aVM);
    expect(vm.config).toMatchObject({ maxAtp: 70, maxRibosomes: 15, genomeOptimization: true, minimalMode: true });
    expect([vm.id, vm.getVmType(), vm.getBiologicalType(), vm.getStatus().state]).toEqual([
      "cell-1",
      "basic",
      "syn3a",
      "created",
    ]);
    expect((await vm.start()).state).toBe("running");
    expect((await vm.pause()).state).toBe("paused");
    expect(await refusal(() => vm.pause())).toMatchObject({ code: "VM_STATE_ERROR", id: "BX006" });
    expect((await vm.resume()).state).toBe("running");
    expect((await vm.stop()).state).toBe("stopped");
    expect((await vm.start()).state).toBe("running");
    await vm.hypervisor.runScheduler({ rounds: 1 });
    expect(vm.getBiologicalMetrics()).toMatchObject({ cell: { seconds: 60, drift: 0 }, performance: { turns: 1 } });
    await vm.destroy();
    expect(await refusal(() => vm.getStatus())).toMatchObject({ code: "VM_NOT_FOUND", id: "BX010" });
    expect(await refusal(() => vm.destroy())).toMatchObject({ code: "VM_NOT_FOUND" });
    expect(await createBioVm("cell-2", "ecoli", "basic", here())).toBeInstanceOf(EcoliVM);
    expect(await createBioVm("cell-3", "minimal_cell", "basic", here())).toBeInstanceOf(BiologicalVM);
  });

  test("names VMs itself, syn3a by default", async () => {
    const [one, two] = [await createBiologicalVm("basic", here()), await createBiologicalVm("basic", here())];
    expect(one.getBiologicalType()).toBe("syn3a");
    expect(one.id).not.toBe(two.id);
    const ecoli = await createBiologicalVm("basic", { ...here(), biologicalType: "ecoli" });
    expect(ecoli.getBiologicalType()).toBe("ecoli");
  });

  test("`await using` destroys a VM, and one that is gone already is no trouble", async () => {
    const hypervisor = new BioXenHypervisor(here());
    {
      await using vm = await createBioVm("a", "minimal_cell", "basic", { hypervisor });
      await vm.start();
      await using gone = await createBioVm("b", "minimal_cell", "basic", { hypervisor });
      await gone.destroy();
      expect(hypervisor.listVms().map(({ id }) => id)).toEqual(["a"]);
    }
    expect(hypervisor.listVms()).toEqual([]);
    expect(hypervisor.getSystemResources().allocated).toEqual({ ribosomes: 0, atp: 0, polymerases: 0, memoryKb: 0 });
  });

  test("finds the VMs that a hypervisor has", async () => {
    const hypervisor = new BioXenHypervisor(here());
    await hypervisor.createVm("a", "ecoli");
    expect(bioVmOf(hypervisor, "a")).toBeInstanceOf(EcoliVM);
    expect(await refusal(() => bioVmOf(hypervisor, "b"))).toMatchObject({ code: "VM_NOT_FOUND" });
  });

  test.each<[string, () => unknown, string, string]>([
    ["a type that is none", () => createBioVm("a", "zebra" as "syn3a", "basic", here()), "BX008", "zebra"],
    ["a VM type that is none", () => createBioVm("a", "syn3a", "docker" as "basic", here()), "BX008", "docker"],
    ["an id that is a path", () => createBioVm("../../etc/passwd", "minimal_cell", "basic", here()), "BX008", "id"],
    ["an empty id", () => createBioVm("", "minimal_cell", "basic", here()), "BX008", "id"],
    ["settings that are none", () => createBioVm("a", "syn3a", "basic", { ...here(), maxAtp: 170 }), "BX005", "maxAtp"],
    [
      "unknown settings",
      () => createBioVm("a", "syn3a", "basic", { ...here(), colour: 1 } as VmConfig),
      "BX005",
      "colour",
    ],
    [
      "another type's settings",
      () => createBioVm("a", "syn3a", "basic", { ...here(), plasmidSupport: true }),
      "BX005",
      "plasmidSupport",
    ],
    ["a medium that is none", () => createBioVm("a", "ecoli", "basic", { ...here(), medium: "beer" }), "BX005", "beer"],
    [
      "a gene that is none",
      () => createBioVm("a", "syn3a", "basic", { ...here(), knockOut: ["lacZ"] }),
      "BX005",
      "lacZ",
    ],
    [
      "a genome file that is not there",
      () => createBioVm("a", "syn3a", "basic", { ...here(), genomeFile: "/nowhere.gb" }),
      "BX005",
      "genomeFile",
    ],
    [
      "a chassis that is none",
      () => createBioVm("a", "syn3a", "basic", { ...here(), chassis: "heaven" }),
      "BX003",
      "heaven",
    ],
    [
      "resources beyond its limits",
      () => createBioVm("a", "syn3a", "basic", { ...here(), resources: { ribosomes: 16 } }),
      "BX002",
      "15",
    ],
    [
      "a priority of 6",
      () => createBioVm("a", "syn3a", "basic", { ...here(), resources: { priority: 6 } }),
      "BX002",
      "priority",
    ],
    ["xcpng without settings", () => createBioVm("a", "syn3a", "xcpng", here()), "BX005", "xcpng"],
    [
      "xcpng with a wrong URL",
      () => createBioVm("a", "syn3a", "xcpng", { ...here(), xcpng: { ...xcpng, url: "host" } }),
      "BX005",
      "xcpng.url",
    ],
    [
      "xcpng without a template",
      () => createBioVm("a", "syn3a", "xcpng", { ...here(), xcpng: { ...xcpng, template: "" } }),
      "BX005",
      "xcpng.template",
    ],
    [
      "xcpng, which is not there yet",
      () => createBioVm("a", "syn3a", "xcpng", { ...here(), xcpng }),
      "BX001",
      "not available yet",
    ],
  ])("refuses %s", async (_, work, id, told) => {
    const refused = await refusal(work);
    expect(refused.id).toBe(id);
    expect(refused.message).toContain(told);
    expect(refused.message).not.toContain("secret");
  });

  test("a hypervisor refuses ids that are taken, and resources that others hold", async () => {
    const hypervisor = new BioXenHypervisor(here());
    await createBioVm("a", "ecoli", "basic", { hypervisor, resources: { atp: 80 } });
    expect(await refusal(() => createBioVm("a", "ecoli", "basic", { hypervisor }))).toMatchObject({
      code: "VM_CREATION_FAILED",
      id: "BX001",
    });
    expect(await refusal(() => createBioVm("b", "ecoli", "basic", { hypervisor }))).toMatchObject({
      code: "RESOURCE_EXHAUSTION",
      id: "BX009",
    });
    expect(hypervisor.listVms()).toHaveLength(1);
    expect(hypervisor.getSystemResources().free.atp).toBe(20);
  });
});

describe("BioResourceManager", () => {
  test("allocates within what the type may hold, and says what there is", async () => {
    const vm = await createBioVm("a", "syn3a", "basic", here());
    const resources = new BioResourceManager(vm);
    expect(resources.allocateAtp(60).allocated.atp).toBe(60);
    expect(resources.allocateRibosomes(3).allocated.ribosomes).toBe(3);
    expect(resources.getResourceUsage().limits.ribosomes).toBeCloseTo(0.2, 12);
    expect(resources.getAvailableResources()).toMatchObject({ ribosomes: 65, atp: 40 });
    expect(resources.getResourceSummary()).toMatchObject({
      vmId: "a",
      limits: { atp: 70, ribosomes: 15 },
      violations: 0,
    });
    for (const wrong of [71, 0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(await refusal(() => resources.allocateAtp(wrong))).toMatchObject({ id: "BX002" });
    for (const wrong of [16, 0, 2.5, -1, Number.NaN])
      expect(await refusal(() => resources.allocateRibosomes(wrong))).toMatchObject({ id: "BX002" });
    expect(resources.getResourceSummary()).toMatchObject({ allocated: { atp: 60, ribosomes: 3 }, violations: 10 });
  });

  test("gives a minimal type what it needs, and E. coli all that it may hold", async () => {
    const syn3a = new BioResourceManager(
      await createBioVm("a", "syn3a", "basic", { ...here(), resources: { ribosomes: 2, atp: 5 } }),
    );
    expect(syn3a.optimizeResourcesForBiologicalType()).toMatchObject({
      allocated: { ribosomes: 15, atp: 25 },
      limits: { ribosomes: 1, polymerases: 1, atp: 1 },
    });
    const ecoli = new BioResourceManager(await createBioVm("a", "ecoli", "basic", here()));
    expect(ecoli.optimizeResourcesForBiologicalType().allocated).toMatchObject({ ribosomes: 30, atp: 90 });
  });

  test("takes no more than others leave", async () => {
    const hypervisor = new BioXenHypervisor(here());
    await createBioVm("a", "ecoli", "basic", { hypervisor, resources: { ribosomes: 30, atp: 70 } });
    const vm = await createBioVm("b", "ecoli", "basic", { hypervisor, resources: { ribosomes: 10, atp: 10 } });
    await createBioVm("c", "ecoli", "basic", { hypervisor, resources: { ribosomes: 20, atp: 10 } });
    expect(new BioResourceManager(vm).optimizeResourcesForBiologicalType().allocated).toMatchObject({
      ribosomes: 18,
      atp: 20,
    });
    expect(hypervisor.getSystemResources().free).toMatchObject({ ribosomes: 0, atp: 0 });
  });
});

describe("what only some types have", () => {
  test("JCVI-syn3A's essential genes", async () => {
    const vm = await createBioVm("a", "syn3a", "basic", here());
    const genes = vm.getEssentialGenes();
    expect(genes.find(({ name }) => name === "dnaA")?.why).toBe("copies DNA");
    expect(genes.filter(({ why }) => why === "part of the RNA polymerase").length).toBeGreaterThanOrEqual(3);
    expect(genes.filter(({ why }) => why === "charges tRNA").length).toBeGreaterThanOrEqual(18);
    expect(genes.length).toBeLessThan(496);
  });

  test("E. coli's operons change what its sectors transcribe, and nothing else has any", async () => {
    const vm = await createBioVm("a", "ecoli", "basic", here());
    const rrn = ["rrnA", "rrnB", "rrnC", "rrnD", "rrnE", "rrnG", "rrnH"];
    const { model } = vm.hypervisor.cellOf("a");
    const sector = model.sectors?.of.rRNA ?? -1;
    const all = vm.manageOperons(rrn, "repress");
    expect(all.filter(({ active }) => !active).map(({ id }) => id)).toEqual(rrn);
    expect(vm.hypervisor.cellOf("a").limits?.promoters?.get(sector)).toBe(0);
    vm.manageOperons(["rrnB"], "activate");
    expect(vm.hypervisor.cellOf("a").limits?.promoters?.get(sector)).toBeCloseTo(1 / 7, 12);
    expect(await refusal(() => vm.manageOperons(["xyz"], "repress"))).toMatchObject({ id: "BX008" });
    expect(await refusal(() => vm.manageOperons(["lac"], "dance" as "repress"))).toMatchObject({ id: "BX008" });
    const bytes = await vm.checkpoint();
    await vm.hypervisor.destroyVm("a");
    expect((await vm.hypervisor.restoreVm(bytes)).repressedOperons).toHaveLength(6);
    const without = await createBioVm("b", "ecoli", "basic", { ...here(), operonManagement: false });
    expect(await refusal(() => without.manageOperons(["lac"], "repress"))).toMatchObject({ id: "BX005" });
  });

  test("E. coli's plasmids are counted", async () => {
    const plasmids = [
      { id: "pUC19", copies: 20 },
      { id: "F", copies: 1 },
    ];
    const vm = await createBioVm("a", "ecoli", "basic", { ...here(), plasmids });
    expect(vm.getPlasmidCount()).toBe(21);
    expect((await createBioVm("b", "ecoli", "basic", here())).getPlasmidCount()).toBe(0);
  });
});
