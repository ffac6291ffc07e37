import { spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import { CheckpointStore, holdStore, packBundle } from "bioxen";
import { describe, expect, test } from "vitest";
import { menu } from "../../dist/src/cli/menu.js";
import { bioxen, json } from "../support/command.ts";

const newStore = (): string => join(mkdtempSync(join(tmpdir(), "bioxen-vms-")), "vms.db");

interface Failure {
  readonly error: { readonly code: string; readonly id: string; readonly message: string };
}

/** The error that a command ended with. */
async function failure(args: readonly string[]): Promise<Failure["error"]> {
  const { code, stderr } = await bioxen([...args, "--json"]);
  expect(code).toBe(1);
  return (JSON.parse(stderr.slice(stderr.indexOf("{"))) as Failure).error;
}

/** Runs VMs for very long, and sends a signal once it has told of its first turns. */
async function endedOnceItRuns(file: string, signal: NodeJS.Signals): Promise<{ code: number | null; stderr: string }> {
  const main = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));
  const minutes = ["--minutes", "100000", ...onCpu, "--store", file];
  const child = spawn(process.execPath, [main, "vm", "run", ...minutes], { stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    if (stderr === "") child.kill(signal);
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, stderr };
}

/** Looking for other devices takes longer than most of these commands. */
const onCpu = ["--device", "cpu-simd"];

describe("bioxen vm", { timeout: 180_000 }, () => {
  test("a VM lives from one command to the next, its cell, its process state and its resources too", async () => {
    const store = ["--store", newStore()];
    expect(await json(["vm", "create", "one", "--type", "minimal_cell", "--priority", "5", ...store])).toMatchObject({
      ...{ id: "one", state: "created", cellSeconds: 0, biologicalType: "minimal_cell" },
      resources: { priority: 5 },
    });
    await json(["vm", "start", "one", ...store]);
    const ran = await json(["vm", "run", "--minutes", "2", ...onCpu, ...store]);
    expect(ran).toMatchObject({ turns: 2, cellSeconds: { one: 120 }, failed: {}, stopped: false });
    const first = await json(["vm", "exec", "one", "kept = {7, 'x'}; return advance(30)", ...onCpu, ...store]);
    expect(first).toMatchObject({ vmId: "one", consumed: { cellSeconds: 30 } });
    expect((await json(["vm", "exec", "one", "return kept[1] + #kept[2]", ...store]))["value"]).toBe(8);
    await json(["vm", "allocate", "one", "--ribosomes", "4", ...store]);
    expect(await json(["vm", "status", "one", ...store])).toMatchObject({
      ...{ state: "running", cellSeconds: 150, processes: 0 },
      usage: { allocated: { ribosomes: 4, priority: 5 }, processes: 2 },
    });
    expect((await json(["vm", "pause", "one", ...store]))["state"]).toBe("paused");
    expect((await json(["vm", "resume", "one", ...store]))["state"]).toBe("running");
    expect((await json(["vm", "stop", "one", ...store]))["state"]).toBe("stopped");
    await json(["vm", "destroy", "one", ...store]);
    expect(await json(["vm", "list", ...store])).toMatchObject({
      vms: [],
      system: { vms: 0, free: { ribosomes: 68 } },
    });
  });

  test("a run is the same in two commands as in one, also from a checkpoint's file", async () => {
    const store = ["--store", newStore()];
    const other = ["--store", newStore()];
    for (const where of [store, other]) {
      await json(["vm", "create", "one", "--type", "syn3a", "--seed", "9", ...where]);
      await json(["vm", "start", "one", ...where]);
    }
    const file = join(mkdtempSync(join(tmpdir(), "bioxen-vm-")), "one.vm");
    await json(["vm", "run", "--minutes", "1", ...onCpu, ...store]);
    await json(["vm", "checkpoint", "one", "--out", file, ...store]);
    await json(["vm", "run", "--minutes", "1", ...onCpu, ...store]);
    await json(["vm", "run", "--minutes", "2", ...onCpu, ...other]);
    const cell = async (id: string, where: readonly string[]): Promise<unknown> =>
      (await json(["vm", "status", id, ...where]))["cell"];
    const whole = await cell("one", other);
    expect(await cell("one", store)).toEqual(whole);
    // back to its first minute, under another name in another store, and on
    await json(["vm", "stop", "one", ...other]);
    await json(["vm", "restore", "copy", "--from", file, ...other]);
    await json(["vm", "run", "--minutes", "1", ...onCpu, ...other]);
    expect(await cell("copy", other)).toEqual(whole);
  });

  test("a VM goes back to an earlier generation, and can come back from there", async () => {
    const store = ["--store", newStore()];
    await json(["vm", "create", "one", "--type", "minimal_cell", ...store]);
    await json(["vm", "start", "one", ...store]);
    await json(["vm", "run", "--rounds", "1", ...onCpu, ...store]);
    expect(await json(["vm", "restore", "one", ...store])).toMatchObject({ state: "running", cellSeconds: 0 });
    // generation 4 is what it was when it was sent back
    expect(await json(["vm", "restore", "one", "--generation", "4", ...store])).toMatchObject({ cellSeconds: 60 });
    expect((await failure(["vm", "restore", "one", "--generation", "99", ...store])).code).toBe("VM_NOT_FOUND");
    expect((await failure(["vm", "restore", "none", ...store])).code).toBe("VM_NOT_FOUND");
  });

  test("what cannot be is refused with the hypervisor's codes, and changes nothing", async () => {
    const store = ["--store", newStore()];
    await json(["vm", "create", "one", "--type", "minimal_cell", ...store]);
    expect(await failure(["vm", "pause", "one", ...store])).toMatchObject({ code: "VM_STATE_ERROR", id: "BX006" });
    expect(await failure(["vm", "run", ...onCpu, ...store])).toMatchObject({ code: "VM_STATE_ERROR" });
    expect(await failure(["vm", "start", "two", ...store])).toMatchObject({ code: "VM_NOT_FOUND", id: "BX010" });
    expect(await failure(["vm", "create", "one", ...store])).toMatchObject({ id: "BX001" });
    expect(await failure(["vm", "create", "../up", ...store])).toMatchObject({ id: "BX008" });
    expect(await failure(["vm", "chassis", "yeast", ...store])).toMatchObject({ id: "BX006" });
    expect(await failure(["vm", "create", "x", "--vm-type", "xcpng", ...store])).toMatchObject({ id: "BX005" });
    const { vms } = (await json(["vm", "list", ...store])) as { vms: readonly { id: string; state: string }[] };
    expect(vms.map(({ id, state }) => [id, state])).toEqual([["one", "created"]]);
  });

  test("a process that fails keeps what it did before", async () => {
    const store = ["--store", newStore()];
    await json(["vm", "create", "one", "--type", "minimal_cell", ...store]);
    await json(["vm", "start", "one", ...store]);
    expect(await failure(["vm", "exec", "one", "kept = 3; error('no')", ...onCpu, ...store])).toMatchObject({
      code: "PROCESS_FAILED",
    });
    expect((await json(["vm", "exec", "one", "return kept", ...onCpu, ...store]))["value"]).toBe(3);
    expect(
      await failure(["vm", "exec", "one", "while true do end", "--deadline", "1", ...onCpu, ...store]),
    ).toMatchObject({
      code: expect.stringMatching(/^(DEADLINE_EXCEEDED|PROCESS_LIMIT)$/),
    });
  });

  test("a package that is installed is there in the next command", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bioxen-package-"));
    const file = newStore();
    writeFileSync(join(folder, "twice.lua"), "function twice(n) return 2 * n end");
    await packBundle(folder, { name: "twice", version: "1.0", functions: ["twice.lua"] });
    const installed = ["--installed", join(folder, "..", `${basename(folder)}-installed`), "--store", file];
    await json(["vm", "create", "one", "--type", "minimal_cell", "--store", file]);
    await json(["vm", "start", "one", "--store", file]);
    expect(await json(["vm", "install", "one", folder, ...installed])).toMatchObject({ packages: [{ name: "twice" }] });
    expect((await json(["vm", "exec", "one", "return twice(21)", ...onCpu, "--store", file]))["value"]).toBe(42);
    appendFileSync(join(folder, "twice.lua"), " -- changed");
    await json(["vm", "create", "two", "--type", "minimal_cell", "--store", file]);
    await json(["vm", "start", "two", "--store", file]);
    expect((await failure(["vm", "install", "two", folder, ...installed])).code).toBe("PACKAGE_REFUSED");
    const kept = installed.slice(0, 2);
    expect(await json(["vm", "packages", ...kept])).toMatchObject({ packages: [{ name: "twice", version: "1.0" }] });
    expect(await json(["vm", "packages", "--remove", "twice", ...kept])).toEqual({ packages: [] });
    expect((await failure(["vm", "packages", "--remove", "twice", ...kept])).code).toBe("INPUT_INVALID");
  });

  test("one process at a time has the VMs of a store; it lets go however it ends", async () => {
    const file = newStore();
    await json(["vm", "create", "one", "--type", "minimal_cell", "--store", file]);
    {
      await using _ = await holdStore(file, 1);
      const { code, message } = await failure(["vm", "list", "--store", file]);
      expect(code).toBe("STORE_FAILED");
      expect(message).toContain("other processes held it");
    }
    await json(["vm", "start", "one", "--store", file]);
    // killed in the midst of its turns: what it had kept is there, and the hold is gone
    await endedOnceItRuns(file, "SIGKILL");
    const { vms } = (await json(["vm", "list", "--store", file])) as { vms: readonly { state: string }[] };
    expect(vms).toMatchObject([{ id: "one", state: "running" }]);
  });

  test("Ctrl-C ends a long run and keeps what was reached", async () => {
    const file = newStore();
    await json(["vm", "create", "one", "--type", "minimal_cell", "--store", file]);
    await json(["vm", "start", "one", "--store", file]);
    const { code, stderr } = await endedOnceItRuns(file, "SIGINT");
    expect([code, stderr]).toEqual([130, expect.stringContaining("ABORTED")]);
    const { vms } = (await json(["vm", "list", "--store", file])) as { vms: readonly { cellSeconds: number }[] };
    expect(vms[0]?.cellSeconds).toBeGreaterThan(0);
  });
});

describe("the menu", () => {
  const down = "\u001b[B";
  const enter = "\r";

  /** Opens the menu on streams, presses keys one after another, and returns all that it wrote. */
  async function pressed(store: string, keys: readonly string[]): Promise<string> {
    const input = new PassThrough();
    const output = new PassThrough();
    let text = "";
    output.setEncoding("utf8").on("data", (some: string) => {
      text += some;
    });
    const done = menu(store, { input, output });
    let ended = false;
    const over = done.finally(() => {
      ended = true;
    });
    for (const key of keys) {
      // each key meets a prompt that is drawn
      let before = -1;
      while (!ended && before !== text.length) {
        before = text.length;
        await new Promise((resolve) => setTimeout(resolve, 120));
      }
      if (ended) break;
      input.write(key);
    }
    await over;
    return text;
  }

  const times = (count: number): string[] => Array.from({ length: count }, () => down);

  test("has its ten entries, and creates, starts and shows a VM", async () => {
    const store = newStore();
    const text = await pressed(store, [
      // create "m1", a minimal_cell
      ...[enter, "m", "1", enter, ...times(2), enter],
      // start it
      ...[...times(2), enter, enter],
      // status and metrics of it
      ...[...times(6), enter, enter],
      // exit
      ...[...times(9), enter],
    ]);
    for (const label of [
      ...["Create a VM", "List VMs", "Start a VM", "Pause a VM", "Stop a VM", "Delete a VM", "Status and metrics"],
      ...["Resource management", "Chassis selection", "Exit"],
    ])
      expect(text).toContain(label);
    expect(text).toContain("m1, minimal_cell on ecoli");
    await using kept = await CheckpointStore.open(store);
    expect((await kept.list()).map(({ vmId }) => vmId)).toEqual(["m1"]);
    expect(await json(["vm", "list", "--store", store])).toMatchObject({ vms: [{ id: "m1", state: "running" }] });
  });

  test("says what cannot be done and goes on; Escape leaves an entry", async () => {
    const text = await pressed(newStore(), [...times(2), enter, enter, "\u001b", ...times(9), enter]);
    expect(text).toContain("VM_NOT_FOUND");
    expect(text).toContain("All VMs are kept");
  });
});
