import {
  attainable,
  compareProfiles,
  compareWorkloads,
  crossings,
  type DeviceProfile,
  type KernelMeasurement,
  measuredProfile,
  onFront,
  readProfile,
  rooflineOf,
} from "bioxen";
import { describe, expect, test } from "vitest";
import { comparisonReport } from "../../dist/src/cli/comparison-report.js";

/** A measured time with as many joules as watts give, none for no watts. */
function timed(device: string, units: number, seconds: number, watts: number | null = null): KernelMeasurement {
  return {
    workload: "matrix-multiply",
    version: 1,
    device,
    deviceName: device,
    units,
    unit: "flop",
    repeats: 30,
    warmUps: 3,
    seconds: { median: seconds, low: 0.9 * seconds, high: 1.1 * seconds },
    firstCall: { seconds: 1, fresh: true },
    transfer: { bytes: units / 10, prepareSeconds: 0 },
    peakMemory: { bytes: 1e6, note: "" },
    error: { largest: 0, relative: 0, numbers: 1, units, agrees: true },
    joules:
      watts === null
        ? { value: null, source: null, note: "none" }
        : { value: watts * seconds, source: "counter", note: "" },
  };
}

/** `a + units / rate` at a thousand, a million and a billion. */
function kernel(device: string, a: number, rate: number, watts: number | null = null): KernelMeasurement[] {
  return [1e3, 1e6, 1e9].map((units) => timed(device, units, a + units / rate, watts));
}

const quick = kernel("quick:0", 1e-6, 1e9, 10);
const strong = kernel("strong:0", 1e-3, 1e10, 100);
const host = measuredProfile([...quick, ...strong], { id: "host-a", copyBandwidth: 1e10 });

describe("the front of time and energy", () => {
  test("leaves out what another is better than in one and no worse than in the other", () => {
    const points = [
      { seconds: 1, joules: 10 },
      { seconds: 2, joules: 5 },
      { seconds: 2, joules: 6 },
      { seconds: 3, joules: 5 },
      { seconds: 4, joules: 1 },
      { seconds: 1, joules: 10 },
    ];
    expect(onFront(points)).toEqual([true, true, false, false, true, true]);
    expect(onFront([])).toEqual([]);
  });
});

describe("crossings", () => {
  test("of two lines are where they meet, once", () => {
    const found = crossings(
      (u) => 1e-6 + u / 1e9,
      (u) => 1e-3 + u / 1e10,
      1,
      1e15,
    );
    expect(found).toHaveLength(1);
    // 1e-6 + u / 1e9 = 1e-3 + u / 1e10
    expect((found[0]?.units ?? 0) / (0.999e-3 / 0.9e-9)).toBeCloseTo(1, 5);
    expect(found[0]?.firstBelow).toBe(true);
  });

  test("of curves that meet twice are both, and none where one is not known or always ahead", () => {
    const bump = (u: number): number => (u > 100 && u < 10_000 ? 3 : 1);
    expect(crossings(bump, () => 2, 1, 1e6).map(({ firstBelow }) => firstBelow)).toEqual([true, false]);
    expect(crossings(bump, (u) => (u < 1e5 ? null : 2), 1, 1e6)).toEqual([]);
    expect(
      crossings(
        () => 1,
        () => 2,
        1,
        1e6,
      ),
    ).toEqual([]);
    expect(
      crossings(
        () => 1,
        () => 1,
        1,
        1e6,
      ),
    ).toEqual([]);
  });
});

describe("workloads side by side", () => {
  test("one measured profile compares its own devices: time, rate, J/op, EDP, front, crossover", () => {
    const [one] = compareWorkloads([host]);
    expect(one).toMatchObject({ workload: "matrix-multiply", unit: "flop", size: 1e9 });
    expect(one?.rows.map(({ kernel: of, onFront: front }) => [of, front])).toEqual([
      ["strong:0", true],
      ["quick:0", true],
    ]);
    const [first] = one?.rows ?? [];
    expect(first).toMatchObject({
      evidence: "measured",
      low: 0.9 * 0.101,
      joulesSource: "counter",
      extrapolated: false,
    });
    expect(first?.seconds).toBeCloseTo(0.101, 12);
    expect(first?.joulesPerUnit).toBeCloseTo(10.1 / 1e9, 18);
    expect(first?.edp).toBeCloseTo(10.1 * 0.101, 9);
    expect(one?.crossovers).toHaveLength(1);
    const [crossover] = one?.crossovers ?? [];
    expect(crossover).toMatchObject({ below: "host-a quick:0", above: "host-a strong:0", extrapolated: false });
    // between two measured sizes times are read off a straight line of logarithms
    expect(crossover?.units).toBeGreaterThan(1e6);
    expect(crossover?.units).toBeLessThan(3e6);
  });

  test("what is beyond the measured sizes follows the line, and says so", () => {
    const [one] = compareWorkloads([host], { size: 1e12 });
    for (const row of one?.rows ?? []) expect(row).toMatchObject({ extrapolated: true, low: null });
    expect(one?.rows.find(({ kernel: of }) => of === "quick:0")?.seconds).toBeCloseTo(1000, 0);
  });

  test("a published profile is cited, and a roofline a bound that crosses nothing", () => {
    const [one] = compareWorkloads([host, readProfile("nvidia-h200-sxm")], { size: 66.9e12 });
    const bound = one?.rows.find(({ profile }) => profile === "nvidia-h200-sxm");
    expect(bound).toMatchObject({ evidence: "cited", bound: true, joules: null, onFront: null, edp: null });
    expect(bound?.seconds).toBeCloseTo(1, 9);
    expect(one?.crossovers.every(({ above, below }) => !`${above}${below}`.includes("nvidia"))).toBe(true);
  });

  test("two profiles of one id are told apart", () => {
    const [one] = compareWorkloads([host, host]);
    expect(new Set(one?.rows.map(({ profile }) => profile))).toEqual(new Set(["host-a", "host-a (2)"]));
  });

  test("a workload that is not in common is refused by name, with what is known", () => {
    const fpga = readProfile("fpga-smith-waterman-kintex-ultrascale");
    expect(() => compareWorkloads([host, fpga], { workload: "sequence-alignment" })).toThrow(
      /sequence-alignment is not in common: nothing is known of it in host-a; known are matrix-multiply, sequence-alignment/,
    );
    expect(() => compareWorkloads([fpga], { workload: "sequence-alignment" })).toThrow(/a single time/);
    expect(compareWorkloads([host, fpga])).toEqual([]);
  });
});

describe("the roofline", () => {
  test("is the bandwidth times the intensity up to the ridge, the peak beyond", () => {
    const roof = { peak: 1e12, bandwidth: 1e11 };
    expect(attainable(roof, 5)).toBe(5e11);
    expect(attainable(roof, 10)).toBe(1e12);
    expect(attainable(roof, 1000)).toBe(1e12);
  });

  test("of a data sheet is cited, that of a measured host its best kernel's, with its points", () => {
    const { roofs, points } = rooflineOf([readProfile("nvidia-h200-sxm"), host]);
    expect(roofs).toEqual([
      expect.objectContaining({ profile: "nvidia-h200-sxm", evidence: "cited", peak: 66.9e12, bandwidth: 4.8e12 }),
      expect.objectContaining({ profile: "host-a", evidence: "measured", of: "the best kernel measured" }),
    ]);
    expect(roofs[1]?.peak).toBeCloseTo(1e9 / 0.101, 0);
    expect(roofs[1]?.ridge).toBeCloseTo(1e9 / 0.101 / 1e10, 9);
    expect(points).toHaveLength(6);
    expect(points[0]).toMatchObject({ kernel: "quick:0", units: 1e3, intensity: 10 });
  });

  test("where one number was measured and the other cited is cited", () => {
    const mixed: DeviceProfile = {
      ...host,
      quantities: {
        ...host.quantities,
        "peak-fp32": { value: 1e12, unit: "FLOP/s", source: "a page", basis: "cited" },
      },
    };
    expect(rooflineOf([mixed]).roofs[0]?.evidence).toBe("cited");
  });
});

test("each number of the table says where it comes from, quotients by their weaker half", () => {
  const { rows } = compareProfiles([host, readProfile("nvidia-h200-sxm")]);
  const bases = (name: string) => rows.find((row) => row.name === name)?.bases;
  expect(bases("memory")).toEqual(["measured", "cited"]);
  expect(bases("peak-fp32 / tdp")).toEqual([null, "cited"]);
  expect(bases("matrix-multiply / watts")).toEqual(["measured", null]);
});

test("the report is one page that needs nothing else, in which all that was not measured is marked", async () => {
  const profiles = [host, readProfile("nvidia-h200-sxm"), readProfile("fpga-smith-waterman-kintex-ultrascale")];
  const html = await comparisonReport({
    ...compareProfiles(profiles),
    workloads: compareWorkloads(profiles),
    roofline: rooflineOf(profiles),
  });
  // names of XML's vocabularies are no addresses that anything is loaded from
  const loads = html.replace(/xmlns(:xlink)?="[^"]*"/g, "");
  expect(loads).not.toMatch(/https?:|<script|<link|<img|<iframe|@import|url\((?!#)/i);
  expect(html.match(/<svg/g)?.length).toBeGreaterThanOrEqual(3);
  expect(html).toContain("host-a strong:0");
  // in tables
  expect(html).toMatch(/<td class="marked">66\.9 TFLOP\/s <span class="mark">\[cited\]<\/span><\/td>/);
  expect(html).toMatch(/<td class="marked">nvidia-h200-sxm <span class="mark">\[cited\] \[at best\]<\/span><\/td>/);
  expect(html).not.toMatch(/<td class="marked">host-a /);
  // and in plots
  expect(html).toMatch(/<text[^>]*>nvidia-h200-sxm roofline, single precision \[cited\]<\/text>/);
  expect(html).toMatch(/stroke-dasharray/);
  expect(html).not.toMatch(/<text[^>]*>host-a strong:0 \[/);
});
