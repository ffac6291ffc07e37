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

export function joules(value: number | null): string {
  return value === null ? "not metered" : `${figure(value)} J`;
}
