import { expect, test } from "vitest";
import { ended } from "../support/ends-by-itself.ts";

test("a program makes VMs of each type from the package's root alone, and ends by itself", async () => {
  const { code, printed } = await ended(`
    import { createBioVm, createBiologicalVm, closeDefaultManager } from "bioxen";
    const kept = [await createBiologicalVm("basic", { biologicalType: "minimal_cell" })];
    for (const type of ["syn3a", "ecoli"]) kept.push(await createBioVm("vm-" + type, type));
    for (const vm of kept) {
      await vm.start();
      const { cellSeconds, devices } = await vm.hypervisor.runScheduler({ seconds: 2 });
      console.log(vm.getBiologicalType(), cellSeconds[vm.id], devices.length > 0, vm.getStatus().state);
      await vm.destroy();
    }
    await closeDefaultManager();
  `);
  expect(printed.trim().split("\n")).toEqual([
    "minimal_cell 2 true running",
    "syn3a 2 true running",
    "ecoli 2 true running",
  ]);
  expect(code).toBe(0);
});

test("a library that cannot be loaded is told as IMPORT_MODULE_ERROR, by what needs it", async () => {
  const { code, printed } = await ended(`
    import { register } from "node:module";
    const hook = "export async function resolve(name, context, next) {" +
      "if (name === 'yaml' || name === 'pino' || name.endsWith('lua-processes.js')) throw new Error(name + ' is gone');" +
      "return next(name, context); }";
    const { BioXenHypervisor, ConfigManager, openLog, defaultManager } = await import("bioxen");
    register("data:text/javascript," + encodeURIComponent(hook));
    const tell = ({ code, id }) => console.log(code, id);
    await ConfigManager.saveFile("/nowhere/config.yaml", {}).catch(tell);
    await openLog().catch(tell);
  `);
  expect(printed.trim().split("\n")).toEqual(["IMPORT_MODULE_ERROR BX007", "IMPORT_MODULE_ERROR BX007"]);
  expect(code).toBe(0);
});

test("a log has a line of JSON for every move, with the VM and the process", async () => {
  const { printed } = await ended(`
    import { BioXenHypervisor, defaultManager, openLog, closeDefaultManager } from "bioxen";
    import { readFileSync, rmSync } from "node:fs";
    import { tmpdir } from "node:os";
    import { join } from "node:path";
    const file = join(tmpdir(), "bioxen-log-" + process.pid);
    const log = await openLog({ level: "info", file });
    const hypervisor = new BioXenHypervisor({ dispatcher: await defaultManager(), log });
    await hypervisor.createVm("vm-7", "minimal_cell");
    await hypervisor.startVm("vm-7");
    await hypervisor.executeProcess("vm-7", { call: "status" });
    await hypervisor.destroyVm("vm-7");
    await closeDefaultManager();
    console.log(readFileSync(file, "utf8"));
    rmSync(file);
  `);
  const lines = printed
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map(({ msg }) => msg)).toEqual(["created", "started", "process started", "process ended", "destroyed"]);
  expect(lines.every(({ vm }) => vm === "vm-7")).toBe(true);
  expect(lines.filter(({ process }) => process === "vm-7/1")).toHaveLength(2);
});
