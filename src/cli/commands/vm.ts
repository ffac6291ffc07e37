import { readFile } from "node:fs/promises";
import { Command, Option } from "commander";
import {
  bioVmOf,
  ConfigManager,
  getSupportedBiologicalTypes,
  getSupportedVmTypes,
  type HypervisorSettings,
  packageLibrary,
  type VmConfig,
} from "../../api/index.ts";
import { BioXenError } from "../../contract/index.ts";
import { atomicWriteFile } from "../../formats/index.ts";
import { type ChassisData, chassisList, type Resources, type SchedulerPolicy } from "../../hypervisor/index.ts";
import { integer, positive, positiveInteger } from "../options.ts";
import { createVm, type ExecLimits, execute, type Move, moveVm } from "../vm-actions.ts";
import { runVms } from "../vm-run.ts";
import { type VmFlags, withVms } from "../vm-store.ts";
import { processText, statusText, systemText, topTable, vmTable } from "../vm-view.ts";

export function command(): Command {
  const vm = new Command("vm").description("cells as virtual machines, kept from one command to the next").addHelpText(
    "after",
    `
Examples:
  $ bioxen vm create cell-1 --type syn3a
  $ bioxen vm start cell-1
  $ bioxen vm run --minutes 10                 give running VMs turns, 10 minutes of cell time each
  $ bioxen vm top --minutes 60                 the same, as a live table
  $ bioxen vm exec cell-1 'transcribe_gene("JCVISYN3A_0001", 10)'
  $ bioxen vm exec cell-1 run_metabolic_network
  $ bioxen vm checkpoint cell-1 --out cell-1.vm
  $ bioxen vm restore cell-1 --generation 2`,
  );
  for (const one of [
    ...[create(), list(), moving("start"), moving("pause"), moving("resume"), moving("stop"), destroy(), status()],
    ...[allocate(), exec(), run(), top(), checkpoint(), restore(), install(), packages(), chassis()],
  ])
    vm.addCommand(one);
  return vm;
}

/** A subcommand that opens the store, and closes it whatever happens. */
function sub(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option("--store <file>", "where VMs are kept (default: $BIOXEN_VMS, else in your data folder)")
    .option("--log <file>", "append what is done, as JSON lines")
    .option("--json", "answer as one JSON object");
}

function say(flags: VmFlags, json: object, text: () => string): void {
  process.stdout.write(flags.json === true ? `${JSON.stringify(json)}\n` : text());
}

const unreadable =
  (file: string) =>
  (cause: unknown): never => {
    throw new BioXenError("INPUT_INVALID", `${file} cannot be read`, { cause });
  };

interface ResourceFlags extends VmFlags {
  readonly ribosomes?: number;
  readonly atp?: number;
  readonly polymerases?: number;
  readonly memory?: number;
  readonly priority?: number;
}

function withResources(command: Command): Command {
  return command
    .option("--ribosomes <n>", "slots of ribosomes", positiveInteger)
    .option("--atp <percent>", "of what the chassis makes", positive)
    .option("--polymerases <n>", "RNA polymerases", positiveInteger)
    .option("--memory <KB>", "room for the genome", positive)
    .option("--priority <1-5>", "weight under fair share", integer);
}

function resourcesOf({ ribosomes, atp, polymerases, memory, priority }: ResourceFlags): Partial<Resources> {
  return {
    ...(ribosomes === undefined ? {} : { ribosomes }),
    ...(atp === undefined ? {} : { atp }),
    ...(polymerases === undefined ? {} : { polymerases }),
    ...(memory === undefined ? {} : { memoryKb: memory }),
    ...(priority === undefined ? {} : { priority }),
  };
}

interface CreateFlags extends ResourceFlags {
  readonly type?: string;
  readonly vmType: string;
  readonly config?: string;
  readonly knockOut?: readonly string[];
  readonly medium?: string;
  readonly seed?: number;
}

function create(): Command {
  return withResources(
    sub("create", "create a VM with a newborn cell")
      .argument("<id>")
      .addOption(new Option("--type <type>", "what its cell is").choices(getSupportedBiologicalTypes()))
      .addOption(new Option("--vm-type <type>", "what it runs on").choices(getSupportedVmTypes()).default("basic"))
      .option("--config <file>", "settings, JSON or YAML")
      .option("--knock-out <gene,..>", "genes to take out", (text) => text.split(","))
      .option("--medium <id>", "of ecoli: a medium by name")
      .option("--seed <n>", "of its random numbers", positiveInteger),
  ).action((id: string, flags: CreateFlags) =>
    withVms(flags, "rests", async (vms) => {
      const { knockOut, medium, seed } = flags;
      const file = flags.config === undefined ? {} : await ConfigManager.loadFile(flags.config);
      const config: VmConfig = ConfigManager.mergeConfigs(file, {
        ...{ knockOut, medium, seed, resources: resourcesOf(flags) },
      });
      const type = flags.type ?? config.biologicalType ?? "minimal_cell";
      await createVm(vms, id, type, flags.vmType, config);
      const made = vms.hypervisor.getVmStatus(id);
      say(flags, made, () => vmTable([made]));
    }),
  );
}

function list(): Command {
  return sub("list", "all VMs").action((flags: VmFlags) =>
    withVms(flags, "rests", async ({ hypervisor }) => {
      const vms = hypervisor.listVms();
      const system = hypervisor.getSystemResources();
      say(flags, { vms, system, chassis: hypervisor.getChassisInfo().id }, () => vmTable(vms) + systemText(system));
    }),
  );
}

function moving(move: Move): Command {
  return sub(move, `${move} a VM`)
    .argument("<id>")
    .action((id: string, flags: VmFlags) =>
      withVms(flags, "rests", async (vms) => {
        const moved = await moveVm(vms, id, move);
        say(flags, moved, () => vmTable([moved]));
      }),
    );
}

function destroy(): Command {
  return sub("destroy", "end a VM: its cell and its checkpoints are gone")
    .argument("<id>")
    .action((id: string, flags: VmFlags) =>
      withVms(flags, "rests", async (vms) => {
        await vms.destroy(id);
        say(flags, { id, destroyed: true }, () => `${id} is gone\n`);
      }),
    );
}

function status(): Command {
  return sub("status", "all of one VM, or of all of them together")
    .argument("[id]")
    .action((id: string | undefined, flags: VmFlags) =>
      withVms(flags, "rests", async ({ hypervisor }) => {
        if (id === undefined) {
          const system = hypervisor.getSystemResources();
          const chassis = hypervisor.getChassisInfo();
          say(flags, { system, chassis }, () => `${chassis.name}: ${chassis.note}\n${systemText(system)}`);
          return;
        }
        const status = hypervisor.getVmStatus(id);
        const usage = hypervisor.getVmResourceUsage(id);
        const { cell } = bioVmOf(hypervisor, id).getBiologicalMetrics();
        say(flags, { ...status, usage, cell }, () => statusText(status, usage));
      }),
    );
}

function allocate(): Command {
  return withResources(sub("allocate", "change what a VM holds").argument("<id>")).action(
    (id: string, flags: ResourceFlags) =>
      withVms(flags, "rests", async (vms) => {
        const usage = vms.hypervisor.allocateVmResources(id, resourcesOf(flags));
        await vms.keep(id);
        say(flags, usage, () => statusText(vms.hypervisor.getVmStatus(id), usage));
      }),
  );
}

interface ExecFlags extends VmFlags, ExecLimits {
  readonly file?: string;
}

function exec(): Command {
  return sub("exec", "run process code (Lua) in a VM; a bare name is a call")
    .argument("<id>")
    .argument("[code]")
    .option("--file <lua>", "code from a file")
    .option("--instructions <n>", "Lua instructions at most", positiveInteger)
    .option("--memory <MiB>", "of its Lua state", positive)
    .option("--deadline <seconds>", "give up after this time", positive)
    .option("--device <id>", "run on this accelerator or device only")
    .option("--threads <n>", "threads a CPU device may use", positiveInteger)
    .action(async (id: string, given: string | undefined, flags: ExecFlags) => {
      if ((given === undefined) === (flags.file === undefined))
        throw new BioXenError("INPUT_INVALID", "exec takes code, or --file with code, and not both");
      const code = given ?? (await readFile(flags.file ?? "", "utf8").catch(unreadable(flags.file ?? "")));
      await withVms(flags, "runs", async (vms) => {
        const report = await execute(vms, id, code, flags);
        say(flags, report, () => processText(report));
      });
    });
}

interface RunFlags extends VmFlags {
  readonly minutes?: number;
  readonly rounds?: number;
}

function running(name: string, description: string): Command {
  return sub(name, description)
    .option("--minutes <m>", "cell time for each running VM, on average", positive)
    .option("--rounds <n>", "rounds of turns (default: 1)", positiveInteger)
    .option("--device <id>", "run on this accelerator or device only")
    .option("--threads <n>", "threads a CPU device may use", positiveInteger);
}

function run(): Command {
  return running("run", "give running VMs their turns").action((flags: RunFlags) =>
    withVms(flags, "runs", async (vms) => {
      const report = await runVms(vms, flags, null);
      const system = vms.hypervisor.profiler.systemMetrics();
      say(flags, { ...report, metrics: system }, () =>
        topTable(vms.hypervisor.listVms(), (id) => vms.hypervisor.profiler.vmMetrics(id)),
      );
    }),
  );
}

function top(): Command {
  return running("top", "the same, as a live table; q or Ctrl-C ends it").action((flags: RunFlags) =>
    withVms(flags, "runs", async (vms) => {
      const { hypervisor } = vms;
      const shown = (): string =>
        topTable(hypervisor.listVms(), (id) => hypervisor.profiler.vmMetrics(id)) +
        systemText(hypervisor.getSystemResources());
      const report = await runVms(vms, flags, flags.json === true ? null : shown);
      const metrics = hypervisor.listVms().map(({ id }) => hypervisor.profiler.vmMetrics(id));
      say(flags, { ...report, vms: metrics, bottlenecks: hypervisor.profiler.bottlenecks() }, shown);
    }),
  );
}

interface CheckpointFlags extends VmFlags {
  readonly out?: string;
}

function checkpoint(): Command {
  return sub("checkpoint", "keep a VM as it is now, as a generation that restore can go back to")
    .argument("<id>")
    .option("--out <file>", "also as a file")
    .action((id: string, flags: CheckpointFlags) =>
      withVms(flags, "rests", async (vms) => {
        const bytes = await vms.hypervisor.checkpointVm(id);
        const generation = await vms.keep(id);
        if (flags.out !== undefined) await atomicWriteFile(flags.out, bytes);
        const kept = { id, generation, bytes: bytes.length, file: flags.out ?? null };
        say(flags, kept, () => `${id}: generation ${generation}, ${bytes.length} bytes\n`);
      }),
    );
}

interface RestoreFlags extends VmFlags {
  readonly generation?: number;
  readonly from?: string;
}

function restore(): Command {
  return sub("restore", "make a VM what it was at a checkpoint")
    .argument("<id>")
    .option("--generation <n>", "which one (default: the one before the last)", positiveInteger)
    .option("--from <file>", "from a file of checkpoint --out, under the given id")
    .action((id: string, flags: RestoreFlags) =>
      withVms(flags, "rests", async (vms) => {
        const { generation, from } = flags;
        const file = from === undefined ? null : await readFile(from).catch(unreadable(from));
        const restored = await vms.restore(
          id,
          file === null ? { ...(generation === undefined ? {} : { generation }) } : { bytes: file },
        );
        say(flags, restored, () => vmTable([restored]));
      }),
    );
}

interface InstallFlags extends VmFlags {
  readonly registry?: string;
  readonly installed?: string;
}

function install(): Command {
  return sub("install", "install a biological package into a VM: genes, parameters and Lua functions")
    .argument("<id>")
    .argument("<package>", "a name in the registry, or the path of a bundle")
    .option("--registry <folder>", "where packages are looked for by name")
    .option("--installed <folder>", "where they are kept once their files were held to their hashes")
    .action((id: string, nameOrPath: string, flags: InstallFlags) =>
      withVms(flags, "rests", async (vms) => {
        const { registry, installed } = flags;
        const vm = bioVmOf(vms.hypervisor, id, { packages: { registry, installed } });
        const status = await vm.installBiologicalPackage(nameOrPath);
        await vms.keep(id);
        say(flags, status, () => `${id} has ${status.packages.map(({ name }) => name).join(", ")}\n`);
      }),
    );
}

interface PackagesFlags {
  readonly installed?: string;
  readonly remove?: string;
  readonly json?: boolean;
}

function packages(): Command {
  return new Command("packages")
    .description("the packages that are installed, which VMs may have; VMs keep what they have of one that is removed")
    .option("--installed <folder>", "where they are kept")
    .option("--remove <name>", "take one away")
    .option("--json", "answer as one JSON object")
    .action(async (flags: PackagesFlags) => {
      const library = packageLibrary({ installed: flags.installed });
      if (flags.remove !== undefined && !(await library.remove(flags.remove)))
        throw new BioXenError("INPUT_INVALID", `there is no installed package ${JSON.stringify(flags.remove)}`);
      const there = await library.list();
      say(flags, { packages: there }, () =>
        there.length === 0
          ? "No packages are installed.\n"
          : there.map(({ name, version, sha256 }) => `${name} ${version} ${sha256}\n`).join(""),
      );
    });
}

interface ChassisFlags extends VmFlags {
  readonly maxVms?: number;
  readonly scheduler?: SchedulerPolicy;
  readonly quantum?: number;
}

function chassis(): Command {
  return sub("chassis", "show the chassis of a store, or choose it while there are no VMs")
    .argument("[id]", "ecoli, yeast, orthogonal, or a JSON file of your own")
    .option("--max-vms <n>", "VMs at most", positiveInteger)
    .addOption(new Option("--scheduler <policy>", "how turns are given").choices(["round-robin", "fair-share"]))
    .option("--quantum <seconds>", "cell time of a turn", positiveInteger)
    .action((id: string | undefined, flags: ChassisFlags) =>
      withVms(flags, "rests", async (vms) => {
        const { maxVms, scheduler, quantum } = flags;
        const changes: HypervisorSettings = {
          ...(id === undefined ? {} : { chassis: await chassisNamed(id) }),
          ...(maxVms === undefined ? {} : { maxVms }),
          ...(scheduler === undefined ? {} : { scheduler }),
          ...(quantum === undefined ? {} : { quantum }),
        };
        if (Object.keys(changes).length > 0) await vms.configure(changes);
        const info = vms.hypervisor.getChassisInfo();
        const system = vms.hypervisor.getSystemResources();
        say(flags, { chassis: info, system }, () => `${info.name} (${info.id}): ${info.note}\n${systemText(system)}`);
      }),
    );
}

/** A chassis that comes with the package, or one of a file; the hypervisor checks what it holds. */
async function chassisNamed(id: string): Promise<string | ChassisData> {
  if (chassisList.some((one) => one.id === id) || !/[./\\]/.test(id)) return id;
  try {
    return JSON.parse(await readFile(id, "utf8")) as ChassisData;
  } catch (cause) {
    throw new BioXenError("CHASSIS_INITIALIZATION_ERROR", `${id} is no JSON file that can be read`, { cause });
  }
}
