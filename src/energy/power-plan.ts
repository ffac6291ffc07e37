import { BioXenError } from "../contract/index.ts";
import type { PowerSetting, PowerSettingKind } from "./power-settings.ts";

/** What is to be changed; what is left out stays as it is. */
export interface PowerRequest {
  readonly governor?: string;
  /** Hz. */
  readonly minFrequency?: number;
  readonly maxFrequency?: number;
  /** Watts. */
  readonly gpuPowerLimit?: number;
  /** PCI address of the one GPU that is meant; all by default. */
  readonly gpu?: string;
}

/** One value to be written. */
export interface PowerChange {
  readonly setting: string;
  readonly from: string;
  readonly to: string;
  readonly unit: PowerSetting["unit"];
}

/**
 * What would be written, in this order; settings that have their value already are left out.
 * @throws BioXenError `INPUT_INVALID` for values that a setting cannot have or an empty request, `UNSUPPORTED` where the
 * machine has no such setting
 */
export function planPower(settings: readonly PowerSetting[], request: PowerRequest): readonly PowerChange[] {
  const { governor, minFrequency, maxFrequency, gpuPowerLimit, gpu } = request;
  if (minFrequency !== undefined && maxFrequency !== undefined && minFrequency > maxFrequency)
    throw new BioXenError("INPUT_INVALID", "the lowest frequency asked for is above the highest");
  const kilohertz = (hertz: number | undefined): string | undefined =>
    hertz === undefined ? undefined : String(Math.round(hertz / 1000));
  const wanted: readonly (readonly [PowerSettingKind, string | undefined])[] = [
    ["governor", governor],
    ["min-frequency", kilohertz(minFrequency)],
    ["max-frequency", kilohertz(maxFrequency)],
    ["power-limit", gpuPowerLimit === undefined ? undefined : String(Math.round(gpuPowerLimit * 1000))],
  ];
  if (wanted.every(([, value]) => value === undefined))
    throw new BioXenError("INPUT_INVALID", "nothing to set: give a governor, a frequency or a power limit");
  return wanted.flatMap(([kind, value]) => (value === undefined ? [] : changesOf(settings, kind, value, gpu)));
}

function changesOf(
  settings: readonly PowerSetting[],
  kind: PowerSettingKind,
  value: string,
  gpu: string | undefined,
): readonly PowerChange[] {
  const found = settings.filter(
    (setting) => setting.kind === kind && (kind !== "power-limit" || gpu === undefined || isAt(setting, gpu)),
  );
  if (found.length === 0) throw new BioXenError("UNSUPPORTED", whyNone(kind, gpu), { context: { setting: kind } });
  return found.flatMap((setting) => {
    check(setting, value);
    const from = setting.read();
    if (from === null)
      throw new BioXenError("UNSUPPORTED", `${setting.id} cannot be read, so it could not be put back`);
    return from === value ? [] : [{ setting: setting.id, from, to: value, unit: setting.unit }];
  });
}

/** `0000:17:00.0` and `00000000:17:00.0` are one address. */
function isAt({ id }: PowerSetting, gpu: string): boolean {
  const [address = ""] = id.split("/");
  return address.replace(/^0+/, "").toLowerCase() === gpu.replace(/^0+/, "").toLowerCase();
}

function check({ id, names, range, unit }: PowerSetting, value: string): void {
  if (names !== null && !names.includes(value))
    throw new BioXenError("INPUT_INVALID", `${id} cannot be ${value}; there are ${names.join(", ")}`, {
      context: { setting: id },
    });
  if (unit === null) return;
  const number = Number(value);
  const outside = range !== null && (number < range[0] || number > range[1]);
  if (!(number > 0) || outside)
    throw new BioXenError(
      "INPUT_INVALID",
      `${id} cannot be ${value} ${unit}${range === null ? "" : `: it goes from ${range[0]} to ${range[1]}`}`,
      { context: { setting: id } },
    );
}

function whyNone(kind: PowerSettingKind, gpu: string | undefined): string {
  if (kind === "power-limit")
    return `no GPU${gpu === undefined ? "" : ` at ${gpu}`} with a power limit is known to NVML here`;
  return "the kernel has no cpufreq here: a virtual machine, a container, or no driver for this CPU";
}
