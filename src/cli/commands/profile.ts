import { Command } from "commander";
import {
  atomicWriteFile,
  BioXenError,
  compareProfiles,
  type DeviceProfile,
  hostProfile,
  loadCalibration,
  profileCost,
  type Quantity,
  type QuantityBasis,
  readProfile,
  shippedProfileIds,
  workloads,
} from "../../index.ts";
import { out as pc } from "../colours.ts";
import { table } from "../table.ts";

interface Flags {
  readonly json?: boolean;
}

interface ExportFlags extends Flags {
  readonly host?: boolean;
  readonly out?: string;
}

/** Columns of a comparison that still read in 80 columns. */
const mostCompared = 4;

export function command(): Command {
  const profile = new Command("profile")
    .description("device profiles: what a device is believed or measured to do, with the source of every number")
    .addHelpText(
      "after",
      "\nExamples:\n  $ bioxen profile list\n  $ bioxen profile show google-tpu-v4 --json\n" +
        "  $ bioxen profile export --host --out this-host.json\n" +
        "  $ bioxen profile compare nvidia-h200-sxm nvidia-l4 ./this-host.json\n\n" +
        "Each of them takes --json. A profile is named by its id, or by the path of a file of yours.",
    );
  const json = (command: Command): Command => command.option("--json", "answer as one JSON object");
  profile.addCommand(json(new Command("list").description("the profiles that come with bioxen")).action(list));
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
  profile.addCommand(
    json(new Command("compare").description("profiles side by side, as ratios to the first, and where they cross"))
      .argument("<profiles...>", `up to ${mostCompared} ids or paths`)
      .action(compare),
  );
  return profile;
}

function list({ json = false }: Flags): void {
  const profiles = shippedProfileIds().map(readProfile).map(summaryOf);
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
      profiles.map(({ id, kind, name, cited, derived, measured, simulates }) => [
        pc.green(id),
        kind,
        name,
        Object.entries({ cited, derived, measured })
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
  const { id, name: title, kind, vendor, year, note, quantities, rates } = profile;
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
    )}`,
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

function compare(names: readonly string[], { json = false }: Flags): void {
  if (names.length > mostCompared)
    throw new BioXenError("INPUT_INVALID", `${names.length} profiles do not fit a table: at most ${mostCompared}`);
  const comparison = compareProfiles(names.map(readProfile));
  if (json) {
    process.stdout.write(`${JSON.stringify(comparison)}\n`);
    return;
  }
  const { profiles, rows, crossovers } = comparison;
  process.stdout.write(
    table(
      [{ title: "", share: 24 }, ...profiles.map((id) => ({ title: id, share: 54 / profiles.length, right: true }))],
      rows.map(({ name, unit, values, ratios }) => [
        name,
        ...values.map((value, at) => {
          if (value === null) return notKnown;
          const ratio = ratios[at] ?? null;
          return `${scaled(value, unit)}${at > 0 && ratio !== null ? ` (${Number(ratio.toPrecision(3))}x)` : ""}`;
        }),
      ]),
    ) + crossovers.map((note) => `${note}\n`).join(""),
  );
}

const notKnown = "not known";

function shown({ value, range, unit }: Quantity): string {
  if (value !== null) return scaled(value, unit);
  if (range === undefined) return notKnown;
  const [low, high] = range;
  return high === null ? `at least ${scaled(low, unit)}` : `${scaled(low, unit)} to ${scaled(high, unit)}`;
}

/** With an SI prefix, three digits: `66.9 TFLOP/s`. */
function scaled(value: number, unit: string): string {
  if (unit === "1" || unit === "year") return String(value);
  const prefixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
  const step = value === 0 ? 0 : Math.floor(Math.log10(Number(value.toPrecision(3))) / 3);
  const at = Math.min(prefixes.length - 1, Math.max(0, step + 3));
  return `${Number((value / 1000 ** (at - 3)).toPrecision(3))} ${prefixes[at]}${unit}`;
}
