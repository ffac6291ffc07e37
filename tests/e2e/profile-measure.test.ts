import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { bioxen } from "../support/command.ts";
import { temporaryFiles } from "../support/temporary-files.ts";

const { folder, file } = temporaryFiles();
const env = { XDG_DATA_HOME: folder, XDG_CACHE_HOME: folder };
const out = `${folder}/mine.json`;

/** Every line of a table fits 80 columns. */
function mustFit(stdout: string): void {
  const lines = stdout.split("\n").filter((line) => /^[┌│├└]/.test(line));
  expect(lines.length).toBeGreaterThan(3);
  for (const line of lines) expect([...line].length).toBeLessThanOrEqual(80);
}

interface Measured {
  readonly id: string;
  readonly path: string;
  readonly failed: readonly object[];
  readonly measurements: readonly {
    readonly device: string;
    readonly units: number;
    readonly repeats: number;
    readonly seconds: { readonly median: number; readonly low: number; readonly high: number };
    readonly firstCall: { readonly seconds: number; readonly fresh: boolean };
    readonly peakMemory: { readonly bytes: number };
    readonly error: { readonly agrees: boolean; readonly relative: number };
    readonly joules: { readonly value: number | null; readonly source: string | null };
  }[];
}

const measure = ["profile", "measure", "--workload", "matmul", "--device", "cpu-simd,reference"];

describe("profile measure", () => {
  let measured: Measured;

  beforeAll(async () => {
    const args = [...measure, "--sizes", "4000,60000,500000", "--power-model", "10,30", "--out", out, "--json"];
    const { code, stdout, stderr } = await bioxen(args, { env });
    expect(stderr).not.toMatch(/bioxen: .*\[/);
    expect(code).toBe(0);
    measured = JSON.parse(stdout) as Measured;
  }, 300_000);

  test("gives for each device and size an interval, a first call, memory, the error and joules by their source", () => {
    expect(measured.path).toBe(out);
    expect(measured.failed).toEqual([]);
    expect(measured.measurements).toHaveLength(6);
    for (const { seconds, firstCall, peakMemory, error, joules, repeats } of measured.measurements) {
      expect(repeats).toBe(30);
      expect(seconds.low).toBeLessThanOrEqual(seconds.median);
      expect(seconds.median).toBeLessThanOrEqual(seconds.high);
      expect(peakMemory.bytes).toBeGreaterThan(2e7);
      expect(error).toMatchObject({ agrees: true });
      expect(error.relative).toBeLessThan(1e-5);
      expect(joules.value === null ? null : "model").toBe(joules.source);
      expect(firstCall.seconds).toBeGreaterThan(0);
    }
    // a process of its own starts threads and compiles in its first call alone
    const [first] = measured.measurements;
    expect(first?.firstCall.fresh).toBe(true);
    expect(first?.firstCall.seconds).toBeGreaterThan(5 * (first?.seconds.median ?? 1));
  });

  test("writes a profile that list, show and compare take, its devices side by side", async () => {
    const listed = await bioxen(["profile", "list", out, "--json"], { env });
    const { profiles } = JSON.parse(listed.stdout) as { profiles: { id: string; measured: number }[] };
    expect(profiles.find(({ id }) => id === measured.id)?.measured).toBeGreaterThan(3);
    const shown = await bioxen(["profile", "show", out], { env });
    mustFit(shown.stdout);
    expect(shown.stdout).toMatch(/by +│|model/);
    const html = `${folder}/report.html`;
    const { stdout, code } = await bioxen(["profile", "compare", out, "nvidia-h200-sxm", "--html", html], { env });
    expect(code).toBe(0);
    mustFit(stdout);
    expect(stdout).toMatch(/\[cited\]/);
    expect(stdout).toContain("EDP");
    const page = readFileSync(html, "utf8");
    expect(page.match(/<svg/g)?.length).toBeGreaterThanOrEqual(2);
    const compared = await bioxen(["profile", "compare", out, "--json"], { env });
    const { workloads, roofline } = JSON.parse(compared.stdout) as {
      workloads: { workload: string; rows: { kernel: string; evidence: string }[] }[];
      roofline: { points: object[] };
    };
    expect(workloads[0]?.rows.map(({ kernel }) => kernel).sort()).toEqual(["cpu-simd:0", "reference:0"]);
    expect(roofline.points).toHaveLength(6);
  });
});

test.each([
  [["profile", "compare", "no-such-profile", "nvidia-l4"], /no profile no-such-profile/],
  [["profile", "compare", file("corrupt.json", "{"), "nvidia-l4"], /corrupt\.json: found no JSON document/],
  [["profile", "compare", file("half.json", '{"format":1}'), "nvidia-l4"], /half\.json: .*FORMAT_INVALID/],
  [
    ["profile", "compare", "fpga-smith-waterman-kintex-ultrascale", "nvidia-l4", "--workload", "sequence-alignment"],
    /not in common: nothing is known of it in nvidia-l4/,
  ],
  [
    ["profile", "compare", "fpga-smith-waterman-kintex-ultrascale", "nvidia-l4"],
    /have no workload and no quantity in common/,
  ],
  [["profile", "compare", "nvidia-l4", "nvidia-t4", "--html", "report.pdf"], /expected a name that ends in \.html/],
  [[...measure, "--repeats", "5"], /at least 30 are needed/],
  [["profile", "measure", "--device", "fpga"], /it is simulated, so there is nothing to measure/],
  [["profile", "measure", "--device", "warp-drive"], /no device warp-drive here/],
  [["profile", "measure", "--workload", "alchemy"], /alchemy/],
])("%j says what is wrong", async (args, message) => {
  const { code, stdout, stderr } = await bioxen(args, { env });
  expect(stderr).toMatch(message);
  expect(code).toBe(1);
  expect(stdout).toBe("");
});
