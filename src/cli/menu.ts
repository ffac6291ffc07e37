import type { Readable, Writable } from "node:stream";
import { BioResourceManager, bioVmOf, getSupportedBiologicalTypes } from "../api/index.ts";
import { BioXenError } from "../contract/index.ts";
import { chassisList, type VmState } from "../hypervisor/index.ts";
import { createVm, type Move, moveVm } from "./vm-actions.ts";
import { openVms, type Vms } from "./vm-store.ts";
import { statusText, systemText, vmTable } from "./vm-view.ts";

type Prompts = typeof import("@clack/prompts");

/** Where the menu reads keys and writes: a terminal, or what stands in for one. */
export interface MenuStreams {
  readonly input?: Readable;
  readonly output?: Writable;
}

/** Ends the menu, or one entry of it, where the user pressed Escape or Ctrl-C. */
class Left extends Error {}

interface Menu {
  readonly vms: Vms;
  readonly prompts: Prompts;
  readonly streams: MenuStreams;
  readonly write: (text: string) => void;
}

interface Entry {
  readonly value: string;
  readonly label: string;
  readonly run: (menu: Menu) => Promise<void>;
}

const entries: readonly Entry[] = [
  { value: "create", label: "Create a VM", run: createEntry },
  { value: "list", label: "List VMs", run: async ({ vms, write }) => write(vmTable(vms.hypervisor.listVms())) },
  { value: "start", label: "Start a VM", run: (menu) => startEntry(menu) },
  { value: "pause", label: "Pause a VM", run: (menu) => moveEntry(menu, "pause", ["running"]) },
  { value: "stop", label: "Stop a VM", run: (menu) => moveEntry(menu, "stop", ["running", "paused", "error"]) },
  { value: "delete", label: "Delete a VM", run: deleteEntry },
  { value: "status", label: "Status and metrics", run: statusEntry },
  { value: "resources", label: "Resource management", run: resourcesEntry },
  { value: "chassis", label: "Chassis selection", run: chassisEntry },
  { value: "exit", label: "Exit", run: async () => {} },
];

/** The interactive menu: `bioxen` alone on a terminal. What an entry cannot do is told, and the menu goes on. */
export async function menu(store: string | undefined, streams: MenuStreams = {}): Promise<void> {
  const prompts = await import("@clack/prompts");
  const output = streams.output ?? process.stdout;
  await using vms = await openVms(store === undefined ? {} : { store }, "rests");
  const all: Menu = { vms, prompts, streams, write: (text) => void output.write(text) };
  prompts.intro("BioXen: cells as virtual machines", streams);
  for (;;) {
    const chosen = await prompts.select({
      message: `${vms.hypervisor.listVms().length} VMs on ${vms.hypervisor.getChassisInfo().name}`,
      options: entries.map(({ value, label }) => ({ value, label })),
      maxItems: entries.length,
      ...streams,
    });
    if (prompts.isCancel(chosen) || chosen === "exit") break;
    try {
      await entries.find(({ value }) => value === chosen)?.run(all);
    } catch (error) {
      if (error instanceof Left) continue;
      if (!(error instanceof BioXenError)) throw error;
      prompts.log.error(`${error.message} [${error.code} ${error.id}]`, streams);
    }
  }
  prompts.outro("All VMs are kept.", streams);
}

function given<T>({ prompts }: Menu, value: T): Exclude<T, symbol> {
  if (prompts.isCancel(value)) throw new Left("left by the user");
  return value as Exclude<T, symbol>;
}

async function chosenVm(menu: Menu, states: readonly VmState[] | null): Promise<string> {
  const there = menu.vms.hypervisor.listVms().filter(({ state }) => states === null || states.includes(state));
  if (there.length === 0)
    throw new BioXenError("VM_NOT_FOUND", `there is no VM that is ${states === null ? "here" : states.join(" or ")}`);
  return given(
    menu,
    await menu.prompts.select<string>({
      message: "Which VM?",
      options: there.map(({ id, biologicalType, state }) => ({
        value: id,
        label: id,
        hint: `${biologicalType}, ${state}`,
      })),
      ...menu.streams,
    }),
  );
}

async function numberOf(menu: Menu, message: string, initial: number): Promise<number> {
  const text = given(
    menu,
    await menu.prompts.text({
      message,
      initialValue: String(initial),
      validate: (value) => (value?.trim() !== "" && Number.isFinite(Number(value)) ? undefined : "a number, please"),
      ...menu.streams,
    }),
  );
  return Number(text);
}

async function createEntry(menu: Menu): Promise<void> {
  const { prompts, streams, vms } = menu;
  const id = given(
    menu,
    await prompts.text({
      message: "Its name?",
      placeholder: "cell-1",
      validate: (value) => (value === undefined || value.trim() === "" ? "a name, please" : undefined),
      ...streams,
    }),
  );
  const type = given(
    menu,
    await prompts.select<string>({
      message: "What is its cell?",
      options: getSupportedBiologicalTypes().map((value) => ({ value, label: value })),
      ...streams,
    }),
  );
  await createVm(vms, id, type, "basic", {});
  menu.write(vmTable([vms.hypervisor.getVmStatus(id)]));
}

async function startEntry(menu: Menu): Promise<void> {
  const id = await chosenVm(menu, ["created", "stopped", "paused"]);
  // paused ones go on where they were
  const { state } = menu.vms.hypervisor.getVmStatus(id);
  menu.write(vmTable([await moveVm(menu.vms, id, state === "paused" ? "resume" : "start")]));
  menu.write("Its time passes in: bioxen vm top --minutes 10\n");
}

async function moveEntry(menu: Menu, move: Move, from: readonly VmState[]): Promise<void> {
  menu.write(vmTable([await moveVm(menu.vms, await chosenVm(menu, from), move)]));
}

async function deleteEntry(menu: Menu): Promise<void> {
  const { prompts, streams, vms } = menu;
  const id = await chosenVm(menu, null);
  const sure = given(
    menu,
    await prompts.confirm({ message: `Delete ${id}, its cell and its checkpoints?`, initialValue: false, ...streams }),
  );
  if (!sure) return;
  await vms.destroy(id);
  menu.write(`${id} is gone\n`);
}

async function statusEntry(menu: Menu): Promise<void> {
  const { hypervisor } = menu.vms;
  const id = await chosenVm(menu, null);
  menu.write(statusText(hypervisor.getVmStatus(id), hypervisor.getVmResourceUsage(id)));
}

async function resourcesEntry(menu: Menu): Promise<void> {
  const { prompts, streams, vms } = menu;
  const { hypervisor } = vms;
  menu.write(systemText(hypervisor.getSystemResources()));
  const id = await chosenVm(menu, null);
  const { allocated } = hypervisor.getVmResourceUsage(id);
  const what = given(
    menu,
    await prompts.select<"ribosomes" | "atp" | "priority" | "optimize">({
      message: "What?",
      options: [
        { value: "ribosomes", label: `Ribosomes (${allocated.ribosomes})` },
        { value: "atp", label: `ATP (${allocated.atp} %)` },
        { value: "priority", label: `Priority (${allocated.priority})` },
        { value: "optimize", label: "What suits its type" },
      ],
      ...streams,
    }),
  );
  if (what === "optimize") new BioResourceManager(bioVmOf(hypervisor, id)).optimizeResourcesForBiologicalType();
  else hypervisor.allocateVmResources(id, { [what]: await numberOf(menu, "How much?", allocated[what]) });
  await vms.keep(id);
  menu.write(statusText(hypervisor.getVmStatus(id), hypervisor.getVmResourceUsage(id)));
}

async function chassisEntry(menu: Menu): Promise<void> {
  const { prompts, streams, vms } = menu;
  const now = vms.hypervisor.getChassisInfo().id;
  const id = given(
    menu,
    await prompts.select<string>({
      message: "Which chassis?",
      initialValue: now,
      options: chassisList.map(({ id, name, note }) => ({ value: id, label: name, hint: note })),
      ...streams,
    }),
  );
  if (id !== now) await vms.configure({ chassis: id });
  menu.write(systemText(vms.hypervisor.getSystemResources()));
}
