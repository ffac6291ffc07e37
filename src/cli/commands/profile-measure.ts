import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Command, Option } from "commander";
import { type AnyWorkload, BioXenError, type DeviceInfo, seededRandom } from "../../contract/index.ts";
import { boardMemory, boardMeter, idleWatts, openRapl } from "../../energy/index.ts";
import { atomicWriteFile } from "../../formats/index.ts";
import {
  type DeviceTransfer,
  type KernelMeasurement,
  measuredProfile,
  measureKernel,
  measureTransfer,
  ownProfilesFolder,
  type TransferCalls,
} from "../../profile/index.ts";
import { matrixMultiply } from "../../workloads/index.ts";
import { out as pc } from "../colours.ts";
import { energyNotes, measurementTable } from "../measurement-table.ts";
import { hostFiles } from "../meters.ts";
import { integer, positive, positiveInteger } from "../options.ts";
import { progress } from "../progress.ts";
import { bytes, seconds } from "../quantities.ts";
import { openSession, openSessionOf, type Session } from "../session.ts";

interface Flags {
  readonly workload?: readonly string[];
  readonly device?: readonly string[];
  readonly sizes?: readonly number[];
  readonly repeats: number;
  readonly warmUps: number;
  readonly seed: number;
  readonly budget: number;
  readonly threads?: number;
  readonly id?: string;
  readonly out?: string;
  readonly json?: boolean;
}

interface Failed {
  readonly workload: string;
  readonly device: string;
  readonly reason: string;
}

/** What a process of its own answers about one kernel. */
interface KernelAnswer {
  readonly measurements: readonly KernelMeasurement[];
}

const names = (value: string, before: readonly string[] = []): readonly string[] => [...before, ...value.split(",")];

function withMeasureOptions(command: Command): Command {
  return command
    .option("--sizes <list>", "sizes in the workload's own units, with commas (default: 2^12, 2^16 .. 2^32)", sizes)
    .option("--repeats <n>", "runs that count, 30 or more", positiveInteger, 30)
    .option("--warm-ups <n>", "runs before them that do not", positiveInteger, 3)
    .option("--seed <n>", "of the inputs and of the bootstrap", integer, 1)
    .option("--budget <seconds>", "for all runs at one size; larger sizes are left out", positive, 5)
    .option("--threads <n>", "threads a CPU device may use", positiveInteger)
    .option("--json", "answer as one JSON object");
}

export function measureCommand(): Command {
  return withMeasureOptions(
    new Command("measure")
      .description("time, meter and check every workload on every device here, and keep it as a profile")
      .option("--workload <ids>", "only these workloads; may be repeated", names)
      .option("--device <ids>", "only these devices or accelerators; may be repeated", names)
      .option("--id <id>", "the profile's id (default: host- and this host's name)")
      .option("--out <file>", "write here instead of the folder of own profiles"),
  )
    .addHelpText(
      "after",
      "\nExamples:\n  $ bioxen profile measure --workload matmul --device cpu-simd,reference\n" +
        "  $ bioxen profile measure --sizes 1e6,1e8 --repeats 50 --out mine.json --json\n\n" +
        "Each workload runs on each device in a process of its own, so that its first call and peak memory are its own.\n" +
        "Joules are shared out over all repeats, and tagged counter or model (--power-model).",
    )
    .action(measure);
}

/** What the process for one kernel runs; not for people. */
export function measureOneCommand(): Command {
  return withMeasureOptions(new Command("measure-one"))
    .argument("<workload>")
    .argument("<device>")
    .addOption(new Option("--id <id>").hideHelp())
    .action(measureOne);
}

async function measureOne(workloadId: string, deviceId: string, flags: Flags): Promise<void> {
  const [accelerator] = deviceId.split(":");
  await using session = await openSessionOf(({ id }) => id === accelerator);
  const { manager, meters, signal } = session;
  const workload = manager.workloads.find(({ id }) => id === workloadId);
  const device = manager.availableAccelerators.find(({ id }) => id === deviceId);
  if (workload === undefined || device === undefined)
    throw new BioXenError("NO_DEVICE", `${deviceId} is not there any more, or has no kernel for ${workloadId}`);
  const meter = meters.meterOf(device) ?? (await boardMeter(device));
  const { sizes, repeats, warmUps, seed, budget, threads } = flags;
  const measurements = await measureKernel(manager, workload, device, meter, {
    repeats,
    warmUps,
    seed,
    budget,
    signal,
    boardMemory: await boardMemory(device),
    ...(sizes === undefined ? {} : { sizes }),
    ...(threads === undefined ? {} : { threads }),
  });
  process.stdout.write(`${JSON.stringify({ measurements })}\n`);
}

async function measure(flags: Flags): Promise<void> {
  if (flags.repeats < 30) throw new BioXenError("INPUT_INVALID", `--repeats ${flags.repeats}: at least 30 are needed`);
  await using session = await openSession();
  const kernels = kernelsOf(session, flags);
  if (kernels.length === 0)
    throw new BioXenError("NO_DEVICE", "none of these devices has a kernel for these workloads");
  const measurements: KernelMeasurement[] = [];
  const failed: Failed[] = [];
  const shown = progress();
  for (const [at, { workload, device }] of kernels.entries()) {
    shown.update(at / kernels.length, `${workload.id} on ${device.id}`);
    try {
      const answer = await apart(workload.id, device.id, flags, session.signal);
      measurements.push(...answer.measurements);
      if (answer.measurements.length === 0)
        failed.push({ workload: workload.id, device: device.id, reason: "no size fits the budget" });
    } catch (error) {
      if (session.signal.aborted) throw new BioXenError("ABORTED", "measuring was interrupted", { cause: error });
      const reason = error instanceof Error ? error.message : String(error);
      failed.push({ workload: workload.id, device: device.id, reason });
    }
  }
  const transfers = await transfersOf(session, kernels, flags, failed);
  shown[Symbol.dispose]();
  if (measurements.length === 0)
    throw new BioXenError(
      "KERNEL_FAILED",
      `nothing was measured: ${failed.map(({ workload, device, reason }) => `${workload} on ${device}: ${reason}`).join("; ")}`,
    );
  const profile = measuredProfile(measurements, {
    idleWatts: await idlePower(),
    copyBandwidth: copyBandwidth(),
    transfers,
    ...(flags.id === undefined ? {} : { id: flags.id }),
  });
  const path = flags.out ?? join(ownProfilesFolder(), `${profile.id}.json`);
  if (flags.out === undefined) mkdirSync(ownProfilesFolder(), { recursive: true });
  await atomicWriteFile(path, `${JSON.stringify(profile, null, 2)}\n`);
  process.stdout.write(
    flags.json === true
      ? `${JSON.stringify({ id: profile.id, path, measurements, transfers, failed })}\n`
      : printed(measurements, transfers, failed, profile.id, path),
  );
}

function kernelsOf(
  { manager }: Session,
  { workload, device }: Flags,
): readonly { workload: AnyWorkload; device: DeviceInfo }[] {
  const isAsked = (id: string): boolean =>
    device === undefined || device.some((wanted) => id === wanted || id.startsWith(`${wanted}:`));
  const simulated = manager.inventory.flatMap(({ accelerator, probe }) =>
    probe.status === "absent" && probe.simulated !== undefined ? [accelerator] : [],
  );
  for (const wanted of device ?? []) {
    if (manager.availableAccelerators.some(({ id }) => id === wanted || id.startsWith(`${wanted}:`))) continue;
    const why = simulated.includes(wanted.split(":")[0] ?? "")
      ? "it is simulated, so there is nothing to measure: compare its cited profile"
      : "see bioxen probe";
    throw new BioXenError("NO_DEVICE", `no device ${wanted} here: ${why}`);
  }
  const wanted = workload?.map((name) => {
    const found = manager.workloads.find(({ id, aliases }) => id === name || aliases.includes(name));
    // an unknown name gets the manager's own error, with the names near it
    if (found === undefined) manager.selectAccelerator(name);
    return found;
  });
  return manager.workloads
    .filter((one) => wanted === undefined || wanted.includes(one))
    .flatMap((one) =>
      manager.availableAccelerators
        .filter(({ id, features }) => isAsked(id) && (device !== undefined || !features.includes("software")))
        .filter(({ id }) => {
          const least: unknown = one.generate(2 ** 12, seededRandom(1));
          return manager.explain(one, least, { device: id }).candidates.length > 0;
        })
        .map((info) => ({ workload: one, device: info })),
    );
}

/** Products that are all transfer: of two long vectors, and of a column and a row. */
const transferCalls: TransferCalls = {
  workload: matrixMultiply,
  toDevice: (bytes) => {
    const k = Math.max(1, Math.round(bytes / 8));
    return { m: 1, k, n: 1, a: new Float32Array(k).fill(1), b: new Float32Array(k).fill(1) };
  },
  fromDevice: (bytes) => {
    const side = Math.max(1, Math.round(Math.sqrt(bytes / 4)));
    return { m: side, k: 1, n: side, a: new Float32Array(side).fill(1), b: new Float32Array(side).fill(1) };
  },
  note: "products of two vectors, to the device, and of a column and a row, from it, each with its two operations a number; dispatch included",
};

/** Of the devices that were measured, as far as they multiply matrices. */
async function transfersOf(
  { manager, signal }: Session,
  kernels: readonly { readonly device: DeviceInfo }[],
  { threads }: Flags,
  failed: Failed[],
): Promise<readonly DeviceTransfer[]> {
  const transfers: DeviceTransfer[] = [];
  for (const device of new Map(kernels.map((one) => [one.device.id, one.device])).values()) {
    const options = { signal, ...(threads === undefined ? {} : { threads }) };
    try {
      transfers.push(await measureTransfer(manager, device, transferCalls, options));
    } catch (error) {
      if (signal.aborted) throw new BioXenError("ABORTED", "measuring was interrupted", { cause: error });
      const reason = error instanceof Error ? error.message : String(error);
      failed.push({ workload: "transfer", device: device.id, reason });
    }
  }
  return transfers;
}

/** One kernel in a process of its own. */
function apart(workload: string, device: string, flags: Flags, signal: AbortSignal): Promise<KernelAnswer> {
  const [node, main = "", ...given] = [process.execPath, ...process.argv.slice(1)];
  const { sizes, repeats, warmUps, seed, budget, threads } = flags;
  const args = [
    ...doorOptions(given),
    "profile",
    "measure-one",
    workload,
    device,
    "--json",
    ...Object.entries({ repeats, "warm-ups": warmUps, seed, budget }).flatMap(([name, value]) => [
      `--${name}`,
      `${value}`,
    ]),
    ...(sizes === undefined ? [] : ["--sizes", sizes.join(",")]),
    ...(threads === undefined ? [] : ["--threads", `${threads}`]),
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(node, [main, ...args], { stdio: ["ignore", "pipe", "pipe"], signal, killSignal: "SIGTERM" });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code, killedBy) => {
      if (code === 0) resolve(JSON.parse(stdout) as KernelAnswer);
      else reject(new BioXenError("KERNEL_FAILED", messageOf(stderr) ?? `its process ended by ${killedBy ?? code}`));
    });
  });
}

/** The door's own options, which the process has to be given again. */
function doorOptions(args: readonly string[]): readonly string[] {
  const own = ["--accelerator", "--idle-power", "--power-model"];
  return args.flatMap((arg, at) => {
    if (own.includes(arg)) return [arg, args[at + 1] ?? ""];
    return own.some((one) => arg.startsWith(`${one}=`)) ? [arg] : [];
  });
}

/** The last line that a failed command wrote: its error, as JSON or as text. */
function messageOf(stderr: string): string | null {
  const line = stderr.trim().split("\n").at(-1) ?? "";
  try {
    const { error } = JSON.parse(line) as { error?: { message?: string } };
    return error?.message ?? line;
  } catch {
    return line === "" ? null : line;
  }
}

/** Over a quiet second, by the counters; null where there are none. */
async function idlePower(): Promise<number | null> {
  const rapl = openRapl({ files: hostFiles() });
  if (rapl.status !== "readable") return null;
  using meter = rapl.meter;
  return idleWatts(meter, () => new Promise((resolve) => setTimeout(resolve, 1000)));
}

/** The best of some copies of 64 MiB, read and written bytes together. */
function copyBandwidth(): number {
  const from = new Float64Array(2 ** 23).fill(1);
  const to = new Float64Array(from.length);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 7; round++) {
    const startedAt = performance.now();
    to.set(from);
    best = Math.min(best, (performance.now() - startedAt) / 1000);
  }
  return (2 * from.byteLength) / best;
}

function printed(
  measurements: readonly KernelMeasurement[],
  transfers: readonly DeviceTransfer[],
  failed: readonly Failed[],
  id: string,
  path: string,
): string {
  return (
    measurementTable(measurements) +
    energyNotes(measurements) +
    transfers
      .map(({ device, latency, toDevice, fromDevice }) => {
        const rate = (bandwidth: number | null): string => (bandwidth === null ? "not seen" : `${bytes(bandwidth)}/s`);
        return `transfer, ${device}: ${seconds(latency)}, then ${rate(toDevice)} to it and ${rate(fromDevice)} from it\n`;
      })
      .join("") +
    failed.map(({ workload, device, reason }) => `not measured: ${workload} on ${device}: ${reason}\n`).join("") +
    `profile ${pc.green(id)} is in ${path}\n`
  );
}

function sizes(text: string): readonly number[] {
  return text
    .split(",")
    .map(positive)
    .sort((a, b) => a - b);
}
