import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BioAcceleratorManager, BioXenHypervisor, cellSummary, createBioVm, packBundle } from "bioxen";
import { cpuSimd } from "bioxen/accelerators";
import { afterAll, beforeAll, expect, test } from "vitest";
import { managerOf } from "../../support/manager.ts";
import { temporaryFiles } from "../../support/temporary-files.ts";

const { folder } = temporaryFiles();
const registry = join(folder, "registry");
const packages = { registry, installed: join(folder, "installed") };
let manager: BioAcceleratorManager;
beforeAll(async () => {
  manager = await managerOf([cpuSimd]);
  const glow = join(registry, "glow");
  mkdirSync(glow, { recursive: true });
  writeFileSync(join(glow, "genes.fasta"), `>glow1\nATG${"GCTAAAGAA".repeat(20)}TAA\n`);
  writeFileSync(
    join(glow, "parameters.json"),
    JSON.stringify({ expression: { glow1: { transcription: 0.5, mrnaHalfLife: 600 } } }),
  );
  writeFileSync(join(glow, "glow.lua"), "function glow(n) return transcribe_gene('glow1', n).transcripts end");
  const of = { genes: ["genes.fasta"], parameters: "parameters.json", functions: ["glow.lua"] };
  await packBundle(glow, { name: "glow", version: "1.0", ...of });
  const broken = join(registry, "broken");
  mkdirSync(broken);
  writeFileSync(join(broken, "genes.fasta"), `>dark\nATG${"GCT".repeat(30)}TAA\n`);
  writeFileSync(join(broken, "broken.lua"), "half = 1; error('no')");
  await packBundle(broken, { name: "broken", version: "2", genes: ["genes.fasta"], functions: ["broken.lua"] });
});
afterAll(() => manager[Symbol.asyncDispose]());

test("a package joins a living cell: its genes are expressed, its functions run, and a checkpoint has it all", async () => {
  const hypervisor = new BioXenHypervisor({ dispatcher: manager });
  const vm = await createBioVm("vm", "minimal_cell", "basic", { hypervisor, packages });
  await vm.start();
  await hypervisor.runScheduler({ seconds: 60 });
  const before = vm.getBiologicalMetrics().cell;
  const { packages: installed } = await vm.installBiologicalPackage("glow");
  expect(installed).toMatchObject([{ name: "glow", version: "1.0" }]);
  expect(vm.getBiologicalMetrics().cell.proteomeFold).toBe(before.proteomeFold);
  expect((await vm.executeBiologicalProcess("return glow(2)")).value).toBe(2);
  await hypervisor.runScheduler({ seconds: 120 });
  const { model, state } = hypervisor.cellOf("vm");
  const gene = model.genes.findIndex(({ id }) => id === "glow1");
  expect(state.values[model.at.genes + gene]).toBeGreaterThanOrEqual(1);
  expect(state.values[model.at.transcripts + gene]).toBeGreaterThan(0);
  expect(state.values[model.at.proteins + gene]).toBeGreaterThan(0);
  expect(cellSummary({ model, state }).drift).toBe(0);
  await expect(vm.installBiologicalPackage("glow")).rejects.toMatchObject({ code: "PACKAGE_REFUSED" });
  const bytes = await vm.checkpoint();
  await hypervisor.runScheduler({ seconds: 5 });
  const then = structuredClone(hypervisor.cellOf("vm").state);
  await vm.destroy();
  expect((await hypervisor.restoreVm(bytes)).packages).toHaveLength(1);
  await hypervisor.runScheduler({ seconds: 5 });
  expect(hypervisor.cellOf("vm").state).toEqual(then);
  expect((await hypervisor.executeProcess("vm", "return glow(1)")).value).toBeGreaterThan(0);
  await hypervisor[Symbol.asyncDispose]();
});

test("a package whose function fails leaves nothing of it in the VM", async () => {
  const hypervisor = new BioXenHypervisor({ dispatcher: manager });
  const vm = await createBioVm("vm", "minimal_cell", "basic", { hypervisor, packages });
  await vm.start();
  await vm.executeBiologicalProcess("kept = 7");
  const cell = hypervisor.cellOf("vm");
  await expect(vm.installBiologicalPackage("broken")).rejects.toMatchObject({ code: "PROCESS_FAILED" });
  expect(vm.getStatus().packages).toEqual([]);
  expect(hypervisor.cellOf("vm")).toBe(cell);
  expect((await vm.executeBiologicalProcess("return {kept, half == nil}")).value).toEqual([7, true]);
  await expect(vm.installBiologicalPackage("../../etc")).rejects.toMatchObject({ code: "INPUT_INVALID" });
  await expect(vm.installBiologicalPackage("nowhere")).rejects.toMatchObject({ code: "INPUT_INVALID" });
  await hypervisor[Symbol.asyncDispose]();
});

test("E. coli, which is simulated by sector, takes no genes", async () => {
  const hypervisor = new BioXenHypervisor({ dispatcher: manager });
  const vm = await createBioVm("vm", "ecoli", "basic", { hypervisor, packages });
  await expect(vm.installBiologicalPackage("glow")).rejects.toMatchObject({ code: "INVALID_CONFIGURATION" });
  expect(vm.getStatus().packages).toEqual([]);
});
