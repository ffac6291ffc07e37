import {
  type DeviceProfile,
  type Quantity,
  type QuantityBasis,
  type QuantityName,
  quantityUnits,
  type Rate,
} from "./device-profile.ts";

export interface ComparedRow {
  readonly name: string;
  readonly unit: string;
  /** One for each profile, null where it is not known. */
  readonly values: readonly (number | null)[];
  /** Where each value comes from: the weakest of what it was computed from. */
  readonly bases: readonly (QuantityBasis | null)[];
  /** Value over that of the first profile, null where either is not known. */
  readonly ratios: readonly (number | null)[];
}

export interface Comparison {
  readonly profiles: readonly string[];
  /** Rows that no profile knows anything about are left out. */
  readonly rows: readonly ComparedRow[];
  /** From which size or intensity on another device is the better one. */
  readonly crossovers: readonly string[];
}

/** Peaks and rates side by side, what follows from them per joule, and where one overtakes another. */
export function compareProfiles(profiles: readonly DeviceProfile[]): Comparison {
  const quantity = (name: QuantityName): ((profile: DeviceProfile) => Quantity) => {
    return ({ quantities }) => quantities[name];
  };
  const peaks = (["fp64", "fp32", "fp16"] as const).map((precision) => ({
    precision,
    peak: quantity(`peak-${precision}`),
  }));
  const workloads = [...new Set(profiles.flatMap(({ rates }) => rates.map(({ workload }) => workload)))].sort();
  const rows = [
    ...(Object.keys(quantityUnits) as QuantityName[]).map((name) =>
      rowOf(
        name,
        quantityUnits[name],
        profiles.map(quantity(name)).map((one) => [one]),
      ),
    ),
    ...peaks.map(({ precision, peak }) =>
      rowOf(`peak-${precision} / tdp`, "FLOP/J", profiles.map(pair(peak, quantity("tdp")))),
    ),
    ...peaks.map(({ precision, peak }) =>
      rowOf(`ridge-${precision}`, "FLOP/B", profiles.map(pair(peak, quantity("memory-bandwidth")))),
    ),
    ...workloads.flatMap((workload) => {
      const best = profiles.map((profile) => fastest(profile, workload));
      const unit = best.find((rate) => rate !== null)?.rate.unit ?? "";
      return [
        rowOf(
          workload,
          unit,
          best.map((rate) => (rate === null ? [] : [rate.rate])),
        ),
        rowOf(
          `${workload} / watts`,
          unit.replace(/s$/, "J"),
          best.map((rate) => (rate === null ? [] : [rate.rate, rate.watts])),
        ),
      ];
    }),
  ].filter(({ values }) => values.some((value) => value !== null));
  const [first, ...others] = profiles;
  return {
    profiles: profiles.map(({ id }) => id),
    rows,
    crossovers:
      first === undefined
        ? []
        : others.flatMap((other) => [
            ...rooflineCrossover(first, other),
            ...workloads.flatMap((workload) => sizeCrossover(first, other, workload)),
          ]),
  };
}

/** Of one quantity its value, of two their quotient, of none nothing. */
function rowOf(name: string, unit: string, cells: readonly (readonly Quantity[])[]): ComparedRow {
  const values = cells.map(([above, below]) => {
    if (above === undefined) return null;
    return below === undefined ? above.value : divided(above.value, below.value);
  });
  const bases = cells.map((cell, at) => (values[at] === null ? null : weakest(cell)));
  return { name, unit, values, bases, ratios: values.map((value) => divided(value, values[0] ?? null)) };
}

/** What is computed from a number that was not measured is not measured. */
function weakest(cell: readonly Quantity[]): QuantityBasis {
  const found = new Set(cell.map(({ basis }) => basis));
  return (["simulated", "cited", "derived"] as const).find((basis) => found.has(basis)) ?? "measured";
}

function pair(
  above: (profile: DeviceProfile) => Quantity,
  below: (profile: DeviceProfile) => Quantity,
): (profile: DeviceProfile) => readonly Quantity[] {
  return (profile) => [above(profile), below(profile)];
}

function divided(above: number | null, below: number | null): number | null {
  return above === null || below === null || below === 0 ? null : above / below;
}

function fastest({ rates }: DeviceProfile, workload: string): Rate | null {
  const known = rates.filter((rate) => rate.workload === workload && rate.rate.value !== null);
  return known.sort((one, other) => (other.rate.value ?? 0) - (one.rate.value ?? 0))[0] ?? null;
}

interface Roof {
  readonly id: string;
  readonly peak: number;
  readonly bandwidth: number;
}

/** Where one device has the higher peak and the other the higher bandwidth, single precision. */
function rooflineCrossover(one: DeviceProfile, other: DeviceProfile): string[] {
  const near = roofOf(one);
  const far = roofOf(other);
  if (near === null || far === null) return [];
  const [streaming, computing] = near.bandwidth > far.bandwidth ? [near, far] : [far, near];
  // the device with more bandwidth also computes at least as fast, or both stream alike: nothing to cross
  if (computing.peak <= streaming.peak || computing.bandwidth === streaming.bandwidth) return [];
  // where the one with less bandwidth streams as much as the other computes at its peak
  const intensity = streaming.peak / computing.bandwidth;
  return [
    `fp32: up to ${figure(intensity)} FLOP per byte ${streaming.id} is the faster at best, above it ${computing.id}`,
  ];
}

function roofOf({ id, quantities }: DeviceProfile): Roof | null {
  const peak = quantities["peak-fp32"].value;
  const bandwidth = quantities["memory-bandwidth"].value;
  return peak === null || bandwidth === null ? null : { id, peak, bandwidth };
}

interface Track {
  readonly id: string;
  readonly unit: string;
  readonly rate: number;
  readonly overhead: number;
}

/** Where a device of less overhead meets one of a higher rate; none where either term is not known. */
function sizeCrossover(one: DeviceProfile, other: DeviceProfile, workload: string): string[] {
  const near = trackOf(one, workload);
  const far = trackOf(other, workload);
  if (near === null || far === null) return [];
  const [quick, strong] = near.overhead < far.overhead ? [near, far] : [far, near];
  const saved = 1 / quick.rate - 1 / strong.rate;
  if (!(saved > 0)) return [];
  const units = (strong.overhead - quick.overhead) / saved;
  return [`${workload}: up to ${figure(units)} ${quick.unit}s ${quick.id} is the faster, above them ${strong.id}`];
}

function trackOf(profile: DeviceProfile, workload: string): Track | null {
  const best = fastest(profile, workload);
  if (best === null || best.rate.value === null || best.overhead.value === null) return null;
  return {
    id: profile.id,
    unit: best.rate.unit.replace(/\/s$/, ""),
    rate: best.rate.value,
    overhead: best.overhead.value,
  };
}

function figure(value: number): string {
  return value >= 1e6 ? value.toExponential(2) : String(Number(value.toPrecision(3)));
}
