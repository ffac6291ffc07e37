import { readdirSync, readFileSync } from "node:fs";
import {
  BioXenError,
  type Calibration,
  checkedProfile,
  compareProfiles,
  type DeviceProfile,
  deviceProfileJsonSchema,
  hostProfile,
  matrixMultiply,
  profileCost,
  readProfile,
  sequenceAlignment,
  shippedProfileIds,
} from "bioxen";
import { describe, expect, test } from "vitest";
import { temporaryFiles } from "../support/temporary-files.ts";

const { file } = temporaryFiles();
const folder = new URL("../../profiles/", import.meta.url);
const textOf = (id: string): string => readFileSync(new URL(`${id}.json`, folder), "utf8");

/** What goes wrong as a program sees it. */
function refusal(read: () => unknown): { code: string; message: string; context: object } {
  try {
    read();
  } catch (error) {
    if (error instanceof BioXenError) return { code: error.code, message: error.message, context: error.context };
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("the profiles that come with the package", () => {
  test("are every file of the folder but the schema and the dispatch defaults", () => {
    const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
    expect(shippedProfileIds()).toHaveLength(files.length - 2);
    expect(shippedProfileIds()).toContain("google-tpu-v4");
  });

  test.each(shippedProfileIds())("%s is well formed, named after its file, and every number has its source", (id) => {
    const profile = readProfile(id);
    expect(profile.id).toBe(id);
    const all = [profile.year, ...Object.values(profile.quantities)].concat(
      profile.rates.flatMap(({ rate, overhead, bandwidth, watts }) => [rate, overhead, bandwidth, watts]),
    );
    for (const { value, range, source, basis } of all)
      if (value !== null || range !== undefined) {
        expect(source).toMatch(/\S{3,}/);
        expect(["cited", "derived", "measured"]).toContain(basis);
      } else expect(basis).toBeUndefined();
    expect(JSON.parse(textOf(id))).toHaveProperty("$schema", "./schema.json");
  });

  test("the schema for editors is the one that is checked by", () => {
    expect(JSON.parse(textOf("schema"))).toEqual(deviceProfileJsonSchema());
  });
});

describe("reading a profile", () => {
  const changed = (change: (profile: Record<string, Record<string, unknown>>) => void): (() => DeviceProfile) => {
    const content = JSON.parse(textOf("google-tpu-v4")) as Record<string, Record<string, unknown>>;
    change(content);
    return () => checkedProfile(content, "mine.json");
  };

  test("takes a file of one's own by its path", () => {
    const path = file("mine.json", textOf("google-tpu-v4").replace('"google-tpu-v4"', '"mine"'));
    expect(readProfile(path)).toMatchObject({ id: "mine", quantities: { "peak-fp16": { value: 275e12 } } });
  });

  test.each([
    ["a number without a source", { value: 1, unit: "W", source: null, basis: "cited" }, "quantities.tdp.source"],
    ["a number without a basis", { value: 1, unit: "W", source: "a page" }, "quantities.tdp.basis"],
    ["another unit", { value: 1, unit: "kW", source: "a page", basis: "cited" }, "quantities.tdp.unit"],
    ["a negative number", { value: -1, unit: "W", source: "a page", basis: "cited" }, "quantities.tdp.value"],
    ["a text", { value: ">2", unit: "W", source: "a page", basis: "cited" }, "quantities.tdp.value"],
    ["a misspelt field", { value: null, unit: "W", source: null, origin: "a page" }, "quantities.tdp"],
  ])("refuses %s, naming file and path", (_, quantity, path) => {
    const { code, message, context } = refusal(
      changed((profile) => {
        (profile["quantities"] ?? {})["tdp"] = quantity;
      }),
    );
    expect(code).toBe("FORMAT_INVALID");
    expect(message).toContain(`mine.json: ${path}: `);
    expect(context).toEqual({ file: "mine.json", path });
  });

  test("refuses quantities nobody knows, missing ones, no JSON and no file", () => {
    const unknown = changed((profile) => {
      (profile["quantities"] ?? {})["peak-fp31"] = null;
    });
    expect(refusal(unknown).message).toContain("peak-fp31");
    const missing = changed((profile) => {
      delete profile["quantities"]?.["tdp"];
    });
    expect(refusal(missing).message).toContain("quantities.tdp: ");
    expect(refusal(() => readProfile(file("broken.json", "{")))).toMatchObject({ code: "FORMAT_INVALID" });
    expect(refusal(() => readProfile("/nowhere/at-all.json"))).toMatchObject({ code: "FORMAT_INVALID" });
    expect(refusal(() => readProfile("google-tpu"))).toMatchObject({ code: "INPUT_INVALID" });
  });
});

describe("the cost that follows from a profile", () => {
  const work = { units: 42.47e9, bytesIn: 1e6, bytesOut: 1e3 };

  test("is units over the workload's own rate, at the power it drew", () => {
    const kintex = readProfile("fpga-smith-waterman-kintex-ultrascale");
    const cost = profileCost(kintex, sequenceAlignment, work);
    expect(cost).toMatchObject({ energySource: "model", basis: "profile" });
    expect(cost?.seconds).toBeCloseTo(1, 9);
    expect(cost?.joules).toBeCloseTo(25, 2);
    expect(profileCost(kintex, matrixMultiply, work)).toBeNull();
  });

  test("is the roofline of single precision without one, and a TDP gives no joules", () => {
    const gpu = readProfile("nvidia-h200-sxm");
    const flop = { units: 66.9e12, bytesIn: 0, bytesOut: 0 };
    expect(profileCost(gpu, matrixMultiply, flop)?.seconds).toBeCloseTo(1, 9);
    const bytes = { units: 1, bytesIn: 4.8e12, bytesOut: 4.8e12 };
    expect(profileCost(gpu, matrixMultiply, bytes)).toMatchObject({ seconds: 2, joules: null, energySource: null });
    expect(profileCost(gpu, sequenceAlignment, work)).toBeNull();
    expect(profileCost(readProfile("nvidia-h100-pcie"), matrixMultiply, flop)).toBeNull();
  });
});

describe("this host's calibration as a profile", () => {
  const line = (units: number): { units: number; bytes: number; seconds: number; joules: number | null } => {
    const seconds = 1e-4 + units / 5e9;
    return { units, bytes: Math.sqrt(units), seconds, joules: 30 * seconds };
  };
  const calibration: Calibration = {
    format: 2,
    package: "9.9.9",
    host: "here",
    date: "2026-01-02T03:04:05.000Z",
    runs: {
      "cpu-simd:0/sequence-alignment@1/all": [1e4, 1e5, 1e6, 1e7].map(line),
      "cpu-simd:0/sequence-alignment@1/1": [1e4, 1e5, 1e6, 1e7].map(line),
      // bytes in step with units: either term explains the time
      "reference:0/sequence-alignment@1/all": [1e4, 1e6, 1e8].map((units) => ({
        ...line(units),
        bytes: units,
        joules: null,
      })),
      "cpu-simd:0/matrix-multiply@1/all": [line(10), line(20)],
      "cpu-simd:0/of-a-plugin@1/all": [1, 10, 100].map(line),
    },
    prepares: {},
  };
  const profile = hostProfile(
    calibration,
    (id) => ({ "sequence-alignment": "cell", "matrix-multiply": "flop" })[id] ?? null,
  );

  test("fits one rate a kernel, and none to two sizes or to an unknown workload", () => {
    expect(profile.rates.map(({ workload, kernel }) => `${workload} ${kernel}`)).toEqual([
      "sequence-alignment cpu-simd:0",
      "sequence-alignment cpu-simd:0, 1 thread",
      "sequence-alignment reference:0",
    ]);
    for (const { rate, overhead } of profile.rates) {
      expect(rate).toMatchObject({ unit: "cell/s", basis: "measured" });
      expect(rate.source).toBe("measured on this host, 2026-01-02T03:04:05.000Z, bioxen 9.9.9");
      expect((rate.value ?? 0) / 5e9).toBeCloseTo(1, 3);
      expect((overhead.value ?? 0) / 1e-4).toBeCloseTo(1, 2);
    }
    expect(profile.rates.map(({ watts }) => (watts.value === null ? null : Math.round(watts.value)))).toEqual([
      30,
      30,
      null,
    ]);
  });

  test("is a profile like any other: written, read back, priced", () => {
    const read = readProfile(file("host.json", JSON.stringify(profile)));
    expect(read).toEqual(profile);
    const cost = profileCost(read, sequenceAlignment, { units: 5e9, bytesIn: 0, bytesOut: 0 });
    expect(cost?.seconds).toBeCloseTo(1.0001, 3);
  });

  test("is compared by rates, and says from which size on another one is faster", () => {
    const slow = { ...profile, id: "quick-start", rates: [withRate(1e9, 0)] };
    const fast = { ...profile, id: "strong", rates: [withRate(2e9, 1e-3)] };
    const { rows, crossovers } = compareProfiles([slow, fast]);
    expect(rows.find(({ name }) => name === "sequence-alignment")).toMatchObject({
      values: [1e9, 2e9],
      ratios: [1, 2],
    });
    // u / 1e9 = 1e-3 + u / 2e9
    expect(crossovers).toEqual([
      "sequence-alignment: up to 2.00e+6 cells quick-start is the faster, above them strong",
    ]);
    expect(compareProfiles([fast, slow]).crossovers).toEqual(crossovers);
  });

  function withRate(rate: number, overhead: number): DeviceProfile["rates"][number] {
    const [first] = profile.rates;
    if (first === undefined) throw new Error("no rate");
    return {
      ...first,
      rate: { ...first.rate, value: rate },
      overhead: { ...first.overhead, value: overhead },
    };
  }
});

describe("comparing published profiles", () => {
  test("divides by the first, per joule of TDP, and leaves unknown what is", () => {
    const { rows, crossovers } = compareProfiles(["nvidia-h200-sxm", "nvidia-rtx4090", "nvidia-v100"].map(readProfile));
    const row = (name: string): unknown => rows.find((one) => one.name === name);
    expect(row("peak-fp32")).toMatchObject({
      values: [66.9e12, 82.58e12, null],
      ratios: [1, 82.58e12 / 66.9e12, null],
    });
    expect(row("peak-fp32 / tdp")).toMatchObject({ unit: "FLOP/J", values: [66.9e12 / 700, 82.58e12 / 450, null] });
    expect(row("idle-power")).toBeUndefined();
    // 66.9e12 / 1.008e12: there the one streams what the other computes
    expect(crossovers).toEqual([expect.stringMatching(/66\.4 FLOP per byte nvidia-h200-sxm.*above it nvidia-rtx4090/)]);
  });
});
