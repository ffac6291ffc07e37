import { Command } from "commander";
import { BioXenError } from "../../contract/index.ts";
import { atomicWriteFile } from "../../formats/index.ts";
import {
  type DeviceProfile,
  hostProfile,
  loadCalibration,
  ownProfileIds,
  profileCost,
  type Quantity,
  type QuantityBasis,
  readProfile,
  shippedProfileIds,
} from "../../profile/index.ts";
import { workloads } from "../../workloads/index.ts";
import { out as pc } from "../colours.ts";
import { energyNotes, measurementTable } from "../measurement-table.ts";
import { notKnown, scaled } from "../quantities.ts";
import { table } from "../table.ts";
import { compareCommand } from "./profile-compare.ts";
import { measureCommand, measureOneCommand } from "./profile-measure.ts";

interface Flags {
  readonly json?: boolean;
}

interface ExportFlags extends Flags {
  readonly host?: boolean;
  readonly out?: string;
}

export function command(): Command {
  const profile = new Command("profile")
    .description("device profiles: what a device is believed or measured to do, with the source of every number")
    .addHelpText(
      "after",
      "\nExamples:\n  $ bioxen profile list\n  $ bioxen profile show google-tpu-v4 --json\n" +
        "  $ bioxen profile measure --workload matmul\n" +
        "  $ bioxen profile export --host --out this-host.json\n" +
        "  $ bioxen profile compare nvidia-h200-sxm nvidia-l4 ./this-host.json\n\n" +
        "Each of them takes --json. A profile is named by its id, or by the path of a file of yours.",
    );
  profile.addCommand(measureCommand());
  profile.addCommand(measureOneCommand(), { hidden: true });
  const json = (command: Command): Command => command.option("--json", "answer as one JSON object");
  profile.addCommand(
    json(
      new Command("list").description("the profiles that come with bioxen, your own measured ones, and files of yours"),
    )
      .argument("[files...]", "paths of profiles to list as well")
      .action(list),
  );
  profile.addCommand(
    json(new Command("show").description("one profile, number by number"))
      .argument("<profile>", "an id, or the path of a file")
      .action(show),
  );
  profile.addCommand(
    json(new Command("export").description("write a profile as JSON, or this host's calibration as one"))
      .argument("[profile]", "an id, or the path of a file")
      .option("--host", "this host's rates, fitted to its calibration")
      .option("--out <file>", "write here instead of stdout")
      .action(exported),
  );
  profile.addCommand(compareCommand());
  return profile;
}

function list(files: readonly string[], { json = false }: Flags): void {
  const own = ownProfileIds();
  const shipped = shippedProfileIds().filter((id) => !own.includes(id));
  const profiles = [...shipped, ...own, ...files].map(readProfile).map(summaryOf);
  if (json) {
    process.stdout.write(`${JSON.stringify({ profiles })}\n`);
    return;
  }
  process.stdout.write(
    table(
      [
        { title: "Profile", share: 22 },
        { title: "Kind", share: 9 },
        { title: "Device", share: 20 },
        { title: "Numbers", share: 13 },
        { title: "Can simulate", share: 14 },
      ],
      profiles.map(({ id, kind, name, cited, derived, measured, simulated, simulates }) => [
        pc.green(id),
        kind,
        name,
        Object.entries({ cited, derived, measured, simulated })
          .flatMap(([basis, count]) => (count === 0 ? [] : [`${count} ${basis}`]))
          .join(", ") || "none known",
        simulates.join(", ") || "-",
      ]),
    ),
  );
}

interface Summary extends Record<QuantityBasis, number> {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly vendor: string;
  readonly year: number | null;
  readonly notKnown: number;
  /** Workloads whose cost follows from the profile. */
  readonly simulates: readonly string[];
}

function summaryOf(profile: DeviceProfile): Summary {
  const { id, name, kind, vendor, year, quantities, rates } = profile;
  const all = [...Object.values(quantities), ...rates.flatMap(({ rate, watts }) => [rate, watts])];
  const known = all.filter(({ value, range }) => value !== null || range !== undefined);
  const count = (basis: QuantityBasis): number => known.filter((one) => one.basis === basis).length;
  const some = { units: 1, bytesIn: 1, bytesOut: 1 };
  return {
    id,
    name,
    kind,
    vendor,
    year: year.value,
    cited: count("cited"),
    derived: count("derived"),
    measured: count("measured"),
    simulated: count("simulated"),
    notKnown: all.length - known.length,
    simulates: workloads.filter((workload) => profileCost(profile, workload, some) !== null).map((one) => one.id),
  };
}

function show(name: string, { json = false }: Flags): void {
  const profile = readProfile(name);
  if (json) {
    process.stdout.write(`${JSON.stringify(profile)}\n`);
    return;
  }
  const { id, name: title, kind, vendor, year, note, quantities, rates, measurements = [] } = profile;
  const row = (label: string, one: Quantity): string[] => [
    label,
    shown(one),
    [one.basis, one.source, one.note].filter((part) => part != null).join("; "),
  ];
  process.stdout.write(
    `${pc.green(id)}: ${title}\n${kind} by ${vendor}, year ${year.value ?? "not known"}\n${note === undefined ? "" : `${note}\n`}${table(
      [
        { title: "Quantity", share: 22 },
        { title: "Value", share: 18, right: true },
        { title: "Source", share: 36 },
      ],
      [
        ...Object.entries(quantities).map(([label, one]) => row(label, one)),
        ...rates.flatMap(({ workload, kernel, rate, overhead, bandwidth, watts }) => [
          row(`${workload} by ${kernel}`, rate),
          ...[row("its overhead", overhead), row("its bandwidth", bandwidth), row("its power", watts)].filter(
            ([, value]) => value !== notKnown,
          ),
        ]),
      ],
    )}${measurements.length === 0 ? "" : measurementTable(measurements) + energyNotes(measurements)}`,
  );
}

async function exported(name: string | undefined, { host = false, out, json = false }: ExportFlags): Promise<void> {
  if (host === (name !== undefined))
    throw new BioXenError("INPUT_INVALID", "give the profile to export, or --host for this machine's own");
  const profile = name === undefined ? ownProfile() : readProfile(name);
  const text = `${JSON.stringify(profile, null, 2)}\n`;
  if (out === undefined) {
    process.stdout.write(json ? `${JSON.stringify(profile)}\n` : text);
    return;
  }
  await atomicWriteFile(out, text);
  process.stdout.write(
    json
      ? `${JSON.stringify({ id: profile.id, path: out, rates: profile.rates.length })}\n`
      : `${profile.id} with ${profile.rates.length} rates is in ${out}\n`,
  );
}

function ownProfile(): DeviceProfile {
  const loaded = loadCalibration();
  if (loaded.status === "none")
    throw new BioXenError("INPUT_INVALID", `nothing to export: ${loaded.reason}; run bioxen calibrate first`);
  const unitOf = (id: string): string | null =>
    workloads.find((workload) => workload.id === id)?.throughput.unit ?? null;
  return hostProfile(loaded.calibration, unitOf);
}

function shown({ value, range, unit }: Quantity): string {
  if (value !== null) return scaled(value, unit);
  if (range === undefined) return notKnown;
  const [low, high] = range;
  return high === null ? `at least ${scaled(low, unit)}` : `${scaled(low, unit)} to ${scaled(high, unit)}`;
}
