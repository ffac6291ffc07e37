import { BioXenHypervisor } from "bioxen";
import { expect, test } from "vitest";
import { stillDispatcher } from "../../support/still-dispatcher.ts";

test("the log says of which VMs that they were destroyed, and of which that they were only let go of", async () => {
  const said: string[] = [];
  const tell = (fields: object, message: string): void => {
    said.push(`${message} ${(fields as { vm?: string }).vm ?? ""}`);
  };
  const log = { info: tell, warn: tell, error: tell, debug: tell };
  {
    await using hypervisor = new BioXenHypervisor({ dispatcher: stillDispatcher(), log });
    await hypervisor.createVm("gone", "minimal_cell");
    await hypervisor.createVm("kept", "minimal_cell");
    await hypervisor.createVm("moved", "minimal_cell");
    await hypervisor.destroyVm("gone");
    await hypervisor.releaseVm("moved");
    await expect(hypervisor.releaseVm("moved")).rejects.toMatchObject({ code: "VM_NOT_FOUND" });
    expect(hypervisor.listVms().map(({ id }) => id)).toEqual(["kept"]);
  }
  expect(said.filter((line) => !line.startsWith("created"))).toEqual([
    "destroyed gone",
    "let go of moved",
    "let go of kept",
  ]);
});
