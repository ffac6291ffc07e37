import type { Measured } from "../contract/index.ts";

/** Seconds in the unit that reads best, three digits. */
export function seconds(value: number): string {
  if (!Number.isFinite(value)) return "unknown";
  if (value >= 100) return `${value.toFixed(0)} s`;
  if (value >= 1) return `${value.toPrecision(3)} s`;
  if (value >= 1e-3) return `${(value * 1e3).toPrecision(3)} ms`;
  return `${(value * 1e6).toPrecision(3)} us`;
}

/** Three digits, with thousands separators above a thousand. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return "unknown";
  return value >= 1000 ? Math.round(value).toLocaleString("en-US") : String(Number(value.toPrecision(3)));
}

export function bytes(value: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const at = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, value)) / 10)));
  return `${figure(value / 1024 ** at)} ${units[at]}`;
}

/** With whether a counter saw them or a model reckons them; why there are none where there are none. */
export function metered({ joules, energySource, energyNote }: Measured): string {
  if (joules === null) return energyNote.startsWith("too short") ? "too short to meter" : "not metered";
  return `${figure(joules)} J by ${energySource}`;
}

export const notKnown = "not known";

/** With an SI prefix, three digits: `66.9 TFLOP/s`. */
export function scaled(value: number, unit: string): string {
  if (unit === "1" || unit === "year") return String(value);
  const prefixes = ["f", "p", "n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
  const step = value === 0 ? 0 : Math.floor(Math.log10(Number(value.toPrecision(3))) / 3);
  const at = Math.min(prefixes.length - 1, Math.max(0, step + 5));
  return `${Number((value / 1000 ** (at - 5)).toPrecision(3))} ${prefixes[at]}${unit}`;
}
