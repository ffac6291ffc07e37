import { BioXenError, type Joules, type Seconds } from "../contract/index.ts";
import { type BytesOf, type Contender, contendersOf, type SizedCost } from "./contenders.ts";
import { crossings } from "./crossings.ts";
import type { DeviceProfile, QuantityBasis } from "./device-profile.ts";
import { onFront } from "./pareto.ts";

/** One contender's cost at the size of the comparison. */
export interface ContenderRow extends SizedCost {
  readonly profile: string;
  readonly kernel: string;
  readonly evidence: QuantityBasis;
  readonly bound: boolean;
  /** Units a second. */
  readonly rate: number;
  readonly joulesPerUnit: number | null;
  /** Energy times delay, J s. */
  readonly edp: number | null;
  /** On the front of time and energy; null where joules are not known. */
  readonly onFront: boolean | null;
}

export interface CrossoverSize {
  readonly workload: string;
  readonly unit: string;
  readonly units: number;
  /** The faster one below, and the one above, as `profile kernel`. */
  readonly below: string;
  readonly above: string;
  /** One of the two is extrapolated there. */
  readonly extrapolated: boolean;
}

export interface WorkloadComparison {
  readonly workload: string;
  readonly unit: string;
  /** In the workload's units: where the rows hold. */
  readonly size: number;
  /** Fastest first. */
  readonly rows: readonly ContenderRow[];
  readonly crossovers: readonly CrossoverSize[];
  /** For plots: seconds over sizes. */
  readonly curves: readonly Curve[];
}

export interface Curve {
  readonly name: string;
  readonly evidence: QuantityBasis;
  readonly points: readonly { readonly units: number; readonly seconds: Seconds; readonly joules: Joules | null }[];
}

export interface CompareWorkloadsOptions {
  /** Only this one. */
  readonly workload?: string;
  /** In the workload's units; the largest that all the measured contenders reach by default. */
  readonly size?: number;
  readonly bytesOf?: BytesOf;
}

/** Sizes between which lines cross: from one unit to more than any machine does in a day. */
const [leastUnits, mostUnits] = [1, 2 ** 50];
/** Where nothing was measured and no size is given. */
const usualUnits = 2 ** 30;

/**
 * The workloads that can be compared: those with a time in at least two profiles, or on two devices of one.
 * @throws BioXenError `INPUT_INVALID` where one is asked for that these profiles do not share
 */
export function compareWorkloads(
  profiles: readonly DeviceProfile[],
  { workload: asked, size, bytesOf = () => null }: CompareWorkloadsOptions = {},
): readonly WorkloadComparison[] {
  const labels = labelsOf(profiles);
  const all = profiles.flatMap((profile, at) => contendersOf(profile, labels[at] ?? profile.id, bytesOf));
  const known = [...new Set(all.map(({ workload }) => workload))].sort();
  const wanted = asked === undefined ? known : [asked];
  return wanted.flatMap((workload) => {
    const contenders = all.filter((one) => one.workload === workload);
    const named = new Set(contenders.map(({ profile }) => profile));
    const missing = labels.filter((label) => !named.has(label));
    if (asked !== undefined && (missing.length > 0 || contenders.length < 2))
      throw new BioXenError(
        "INPUT_INVALID",
        missing.length > 0
          ? `${workload} is not in common: nothing is known of it in ${missing.join(", ")}; known are ${known.join(", ") || "no workloads"}`
          : `${workload} has a single time in ${labels.join(", ")}: there is nothing to compare it with`,
        { context: { workload } },
      );
    const shared = named.size > 1 || (profiles.length === 1 && contenders.length > 1);
    return shared ? [comparisonOf(workload, contenders, size)] : [];
  });
}

function comparisonOf(
  workload: string,
  contenders: readonly Contender[],
  asked: number | undefined,
): WorkloadComparison {
  const size = asked ?? commonSize(contenders);
  const rows = contenders
    .flatMap((contender) => {
      const cost = contender.cost(size);
      return cost === null ? [] : [{ contender, cost }];
    })
    .sort((a, b) => a.cost.seconds - b.cost.seconds);
  const metered = rows.flatMap(({ cost: { seconds, joules } }) => (joules === null ? [] : [{ seconds, joules }]));
  const front = onFront(metered);
  let at = 0;
  return {
    workload,
    unit: contenders[0]?.unit ?? "",
    size,
    rows: rows.map(({ contender: { profile, kernel, evidence, bound }, cost }) => ({
      profile,
      kernel,
      evidence,
      bound,
      ...cost,
      rate: size / cost.seconds,
      joulesPerUnit: cost.joules === null ? null : cost.joules / size,
      edp: cost.joules === null ? null : cost.joules * cost.seconds,
      onFront: cost.joules === null ? null : (front[at++] ?? null),
    })),
    crossovers: contenders.flatMap((one, first) =>
      contenders.slice(first + 1).flatMap((other) => crossoversOf(one, other)),
    ),
    curves: contenders.map(curveOf),
  };
}

/** The largest size that every measured contender was measured up to; else a usual one. */
function commonSize(contenders: readonly Contender[]): number {
  const largest = contenders.flatMap(({ sizes }) => sizes.at(-1) ?? []);
  return largest.length === 0 ? usualUnits : Math.min(...largest);
}

function crossoversOf(one: Contender, other: Contender): readonly CrossoverSize[] {
  const seconds = (of: Contender) => (units: number) => of.cost(units)?.seconds ?? null;
  // a bound is no time that anything takes: it crosses nothing
  if (one.bound || other.bound) return [];
  return crossings(seconds(one), seconds(other), leastUnits, mostUnits).map(({ units, firstBelow }) => ({
    workload: one.workload,
    unit: one.unit,
    units,
    below: nameOf(firstBelow ? one : other),
    above: nameOf(firstBelow ? other : one),
    extrapolated: [one, other].some((of) => of.cost(units)?.extrapolated ?? true),
  }));
}

function curveOf(contender: Contender): Curve {
  const sizes =
    contender.sizes.length > 0 ? contender.sizes : [12, 16, 20, 24, 28, 32, 36].map((exponent) => 2 ** exponent);
  return {
    name: nameOf(contender),
    evidence: contender.evidence,
    points: sizes.flatMap((units) => {
      const cost = contender.cost(units);
      return cost === null ? [] : [{ units, seconds: cost.seconds, joules: cost.joules }];
    }),
  };
}

/** A contender by profile and kernel. */
function nameOf({ profile, kernel }: Pick<Contender, "profile" | "kernel">): string {
  return `${profile} ${kernel}`;
}

/** The profiles' ids, told apart where two are alike. */
export function labelsOf(profiles: readonly DeviceProfile[]): readonly string[] {
  const ids = profiles.map(({ id }) => id);
  return ids.map((id, at) => {
    const before = ids.slice(0, at).filter((other) => other === id).length;
    return before === 0 ? id : `${id} (${before + 1})`;
  });
}
