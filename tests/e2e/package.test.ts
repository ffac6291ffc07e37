import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

const root = new URL("../..", import.meta.url).pathname;
const project = mkdtempSync(join(tmpdir(), "bioxen-consumer-"));
afterAll(() => rmSync(project, { recursive: true, force: true }));

const program = `
  import { BioAcceleratorManager, closeDefaultManager, createBioVm, matrixMultiply } from "bioxen";
  import { builtin } from "bioxen/accelerators";
  import { testAccelerator } from "bioxen/testing";
  const manager = await BioAcceleratorManager.open({ accelerators: builtin, calibration: false });
  const input = { m: 1, k: 2, n: 1, a: new Float32Array([1, 2]), b: new Float32Array([3, 4]) };
  const { output } = await manager.run(matrixMultiply, input);
  console.log(output[0], typeof testAccelerator, manager.inventory.map((one) => one.accelerator + " " + one.probe.status).join(", "));
  await manager[Symbol.asyncDispose]();
  const vm = await createBioVm("cell-1", "minimal_cell");
  await vm.start();
  await vm.hypervisor.runScheduler({ seconds: 2 });
  const { value } = await vm.executeBiologicalProcess("return advance(3).time");
  console.log(vm.id, vm.getStatus().state, value);
  await vm.destroy();
  await closeDefaultManager();
`;

describe("what npm pack makes", () => {
  test("installs into an empty project from the registry alone, and imports", { timeout: 180_000 }, (context) => {
    const reachable = spawnSync("npm", ["ping"], { encoding: "utf8", timeout: 20_000 });
    if (reachable.status !== 0) return context.skip("no npm registry within reach");

    execFileSync("npm", ["pack", "--ignore-scripts", "--pack-destination", project], { cwd: root, stdio: "pipe" });
    const [tarball] = readdirSync(project).filter((name) => name.endsWith(".tgz"));
    writeFileSync(join(project, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
    execFileSync("npm", ["install", "--no-audit", "--no-fund", `./${tarball}`], { cwd: project, stdio: "pipe" });

    writeFileSync(join(project, "use.mjs"), program);
    const printed = execFileSync("node", ["use.mjs"], { cwd: project, encoding: "utf8" });
    expect(printed).toContain("11 function");
    expect(printed).toContain("cpu-simd present");
    expect(printed).toContain("cell-1 running 5");

    const probe = JSON.parse(
      execFileSync("npx", ["--no-install", "bioxen", "probe", "--json"], { cwd: project, encoding: "utf8" }),
    );
    expect(probe.devices.map((device: { id: string }) => device.id)).toContain("cpu-simd:0");
  });
});
