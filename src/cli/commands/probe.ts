import { Command } from "commander";
import { devicesOf } from "../../contract/index.ts";
import { detectHost, type HostFacts, raplOf, type Unused, unusedHardware } from "../../host/index.ts";
import type { Inventory } from "../../manager/index.ts";
import { out as pc } from "../colours.ts";
import { hostFiles } from "../meters.ts";
import { bytes } from "../quantities.ts";
import { openSession } from "../session.ts";
import { table } from "../table.ts";

export function command(): Command {
  return new Command("probe")
    .description("say which devices this machine has, which accelerators found none and why, and what lies unused")
    .option("--json", "answer as one JSON object")
    .addHelpText(
      "after",
      "\nExamples:\n  $ bioxen probe\n  $ bioxen probe --json | jq '.devices[].id'\n  $ bioxen probe --json | jq '.unused'",
    )
    .action(probe);
}

async function probe({ json = false }: { json?: boolean }): Promise<void> {
  const [host, session] = await Promise.all([detectHost(), openSession()]);
  const facts: HostFacts = { ...host, power: { rapl: raplOf(hostFiles()) } };
  await using opened = session;
  const { inventory, availableAccelerators: devices, calibration } = opened.manager;
  const absent = inventory.flatMap(({ accelerator, probe: answer }) => {
    if (answer.status === "present") return [];
    return {
      accelerator,
      status: answer.status,
      reason: answer.status === "absent" ? answer.reason : answer.error.message,
    };
  });
  const simulated = simulatedOf(inventory);
  const { source, note } = opened.meters;
  const energy = { source, note };
  const unused = unusedHardware(facts, devices);
  const calibrated =
    calibration.status === "loaded" ? { date: calibration.calibration.date } : { reason: calibration.reason };
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ host: facts, energy, calibration: calibrated, devices, absent, simulated, unused })}\n`,
    );
    return;
  }
  process.stdout.write(
    `${describeHost(facts)}\n${wrapped([`energy of runs: ${source ?? "not metered"};`, ...note.split(" ")])}\n${"date" in calibrated ? `calibrated ${calibrated.date}` : calibrated.reason}\n` +
      table(
        [
          { title: "Accelerator", share: 16 },
          { title: "Kind", share: 12 },
          { title: "What is there", share: 48 },
        ],
        [
          ...devices.map(({ id, kind, name, features }) => [pc.green(id), kind, `${name} (${features.join(", ")})`]),
          ...absent.map(({ accelerator, status, reason }) => [
            accelerator,
            status === "broken" ? pc.red(status) : pc.dim(status),
            reason,
          ]),
          ...simulated.map(({ id, name }) => [id, pc.yellow("simulated"), `${name}; only with --allow-simulated`]),
        ],
      ) +
      describeUnused(unused),
  );
}

function simulatedOf(inventory: readonly Inventory[]): ReturnType<typeof devicesOf> {
  return inventory.flatMap(({ probe: answer }) => devicesOf(answer).filter((device) => device.simulated));
}

function describeHost(facts: HostFacts): string {
  const { cpu, threads, physicalCores, cpuLimit, features, caches, memory, numa, gpus, npus, fpgas, asics } = facts;
  const { rapl } = facts.power;
  const caching = caches
    .filter(({ type }) => type !== "instruction")
    .map(({ level, bytes: size }) => `L${level} ${bytes(size)}`);
  const found = [
    ...gpus.filter(({ computes }) => computes).map(({ name }) => name),
    ...[...npus, ...fpgas, ...asics].map(({ name }) => name),
  ];
  const lines = [
    `${cpu}, ${threads} threads${physicalCores === null ? "" : ` on ${physicalCores} cores`}, ${bytes(memory)}, node ${facts.node}`,
    ...(cpuLimit === null
      ? []
      : [`limited to ${cpuLimit} CPUs by its control group: more than ${facts.usefulThreads} threads gain nothing`]),
    [...caching, `${numa.length > 1 ? `${numa.length} NUMA nodes` : "1 NUMA node"}`].join(", "),
    wrapped(features),
    `hardware beside the CPU: ${found.join(", ") || "none seen"}; energy counters: ${rapl.status}`,
  ];
  return lines.filter((line) => line !== "").join("\n");
}

function describeUnused(unused: readonly Unused[]): string {
  if (unused.length === 0) return "";
  return `There, and unused:\n${table(
    [
      { title: "Hardware", share: 30 },
      { title: "To use it", share: 48 },
    ],
    unused.map(({ hardware, install }) => [hardware, install]),
  )}`;
}

/** Words in lines of at most 80 columns. */
function wrapped(words: readonly string[]): string {
  const lines = [""];
  for (const word of words) {
    const last = lines.at(-1) ?? "";
    if (last.length + word.length < 80) lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
    else lines.push(word);
  }
  return lines.join("\n");
}
