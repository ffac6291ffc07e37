import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { bioxen, json } from "../support/command.ts";
import { temporaryFiles } from "../support/temporary-files.ts";

const { folder, file } = temporaryFiles();

/** Every line of a table fits 80 columns. */
function mustFit(stdout: string): void {
  const lines = stdout.split("\n").filter((line) => /^[┌│├└]/.test(line));
  expect(lines.length).toBeGreaterThan(3);
  for (const line of lines) expect([...line].length).toBeLessThanOrEqual(80);
}

describe("profile", () => {
  test("list counts what is cited and says what can be simulated", async () => {
    const { profiles } = (await json(["profile", "list"])) as { profiles: { id: string }[] };
    expect(profiles.find(({ id }) => id === "fpga-smith-waterman-kintex-ultrascale")).toMatchObject({
      kind: "fpga",
      cited: 1,
      derived: 1,
      measured: 0,
      simulates: ["sequence-alignment"],
    });
    const { stdout } = await bioxen(["profile", "list"]);
    mustFit(stdout);
    expect(stdout).toContain("none known");
  });

  test("show gives every number with its source, and what is not known as such", async () => {
    expect(await json(["profile", "show", "nvidia-h200-sxm"])).toMatchObject({
      quantities: { tdp: { value: 700, source: expect.stringContaining("H200") }, "idle-power": { value: null } },
    });
    const { stdout } = await bioxen(["profile", "show", "nvidia-h200-sxm"]);
    mustFit(stdout);
    expect(stdout).toMatch(/idle-power +│ +not known/);
    expect(stdout).toMatch(/769 TFLOP\/s to/);
  });

  test("compare gives ratios to the first, unknown as null, crossovers as sentences", async () => {
    const names = ["nvidia-h200-sxm", "nvidia-rtx4090", "google-tpu-v5e"];
    const { rows, crossovers } = (await json(["profile", "compare", ...names])) as {
      rows: { name: string; ratios: (number | null)[] }[];
      crossovers: string[];
    };
    expect(rows.find(({ name }) => name === "tdp")?.ratios).toEqual([1, 450 / 700, null]);
    expect(crossovers).toHaveLength(1);
    const { stdout } = await bioxen(["profile", "compare", ...names]);
    mustFit(stdout);
    expect(stdout).toContain("not known");
  });

  test("a broken file of one's own is refused with file and path", async () => {
    const content = readFileSync(new URL("../../profiles/google-tpu-v4.json", import.meta.url), "utf8");
    const path = file("mine.json", content.replace('"unit": "W"', '"unit": "kW"'));
    const { code, stderr } = await bioxen(["profile", "show", path]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/mine\.json: quantities\.tdp\.unit: .*FORMAT_INVALID/);
  });

  test.each([[["profile"]], [["profile", "frobnicate"]], [["profile", "show"]]])(
    "%j is a usage error",
    async (args) => {
      expect(await bioxen(args)).toMatchObject({ code: 2, stdout: "" });
    },
  );
});

describe("profile export --host", () => {
  const env = { XDG_CACHE_HOME: folder };

  test("without a calibration says how to get one", async () => {
    const { code, stderr } = await bioxen(["profile", "export", "--host"], {
      env: { XDG_CACHE_HOME: `${folder}/none` },
    });
    expect(code).toBe(1);
    expect(stderr).toContain("run bioxen calibrate");
  });

  describe("after a calibration", () => {
    beforeAll(async () => {
      expect((await bioxen(["calibrate", "--budget", "10"], { env })).code).toBe(0);
    });

    test("writes a profile that can be shown and compared, its rates measured here", async () => {
      const out = `${folder}/host.json`;
      const written = await bioxen(["profile", "export", "--host", "--out", out], { env });
      expect(written.stdout).toContain(out);
      const profile = JSON.parse(readFileSync(out, "utf8")) as {
        rates: { workload: string; kernel: string; rate: { value: number; source: string } }[];
      };
      const alignment = profile.rates.find(
        ({ workload, kernel }) => workload === "sequence-alignment" && kernel === "reference:0",
      );
      expect(alignment?.rate.source).toMatch(/^measured on this host, 20\d\d-.*, bioxen \d/);
      // plain double loops do between a million and ten billion cells a second on anything that runs Node 20
      expect(alignment?.rate.value).toBeGreaterThan(1e6);
      expect(alignment?.rate.value).toBeLessThan(1e10);
      const { stdout } = await bioxen(["profile", "compare", out, "fpga-smith-waterman-kintex-ultrascale"]);
      mustFit(stdout);
      expect(stdout).toMatch(/sequence-alignment +│ .*cell\/s +│ +42\.5/);
    });
  });
});

describe("probe", () => {
  test("shows the host, absent boards, simulated devices apart from found ones, and what lies unused", async () => {
    const answer = (await json(["probe"])) as {
      host: { cpu: string; threads: number; memory: number; features: string[]; power: { rapl: { status: string } } };
      devices: { id: string; simulated: boolean }[];
      absent: { accelerator: string; status: string; reason: string }[];
      simulated: { id: string; simulated: boolean }[];
      unused: { hardware: string; install: string }[];
    };
    expect(answer.host).toMatchObject({ cpu: expect.any(String), threads: expect.any(Number) });
    expect(["readable", "unreadable", "absent"]).toContain(answer.host.power.rapl.status);
    expect(answer.absent.filter(({ status }) => status === "absent").map(({ accelerator }) => accelerator)).toEqual(
      expect.arrayContaining(["fpga", "asic"]),
    );
    expect(answer.devices.some(({ simulated }) => simulated)).toBe(false);
    expect(answer.simulated.map(({ id }) => id)).toEqual(["fpga:0", "asic:0"]);
    for (const { hardware, install } of answer.unused) expect(`${hardware}${install}`).not.toBe("");
    mustFit((await bioxen(["probe"])).stdout);
  });

  test("a simulated device runs where allowed and says whose time was measured", async () => {
    const { stdout } = await bioxen(["matmul", "--size", "32", "--device", "asic", "--allow-simulated"]);
    expect(stdout).toMatch(/simulated from google-tpu-v4/);
    expect(stdout).toMatch(/measured \(its oracle, here\).*predicted \(profile\)/);
    const refused = await bioxen(["matmul", "--size", "32", "--device", "asic"]);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain("simulated, which has to be allowed");
  });
});
