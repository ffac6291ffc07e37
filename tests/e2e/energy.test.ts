import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { bioxen } from "../support/command.ts";
import { zone } from "../support/powercap.ts";
import { temporaryFiles } from "../support/temporary-files.ts";

const { folder } = temporaryFiles();

/** A folder that stands for `/` of a host with these files. */
function hostRoot(name: string, tree: Readonly<Record<string, unknown>>): string {
  const root = join(folder, name);
  for (const [path, text] of Object.entries(tree)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), String(text));
  }
  return root;
}

const matmul = ["matmul", "--size", "320", "--device", "reference", "--json"];
interface Answer {
  readonly measured: { joules: number | null; energySource: string | null; energyNote: string; seconds: number };
}

describe("joules of a run", () => {
  test("are the counter's where it can be read: one that stands still gives 0 by counter", async () => {
    const root = hostRoot("rapl", { ...zone("intel-rapl:0", "package-0", 5e6), ...zone("intel-rapl:0:0", "core", 1) });
    const { stdout } = await bioxen(matmul, { env: { BIOXEN_HOST_ROOT: root } });
    const { measured } = JSON.parse(stdout) as Answer;
    expect(measured).toMatchObject({
      joules: 0,
      energySource: "counter",
      energyNote: expect.stringMatching(/^RAPL package-0; idle power included/),
    });
    const probed = await bioxen(["probe", "--json"], { env: { BIOXEN_HOST_ROOT: root } });
    expect(JSON.parse(probed.stdout)).toMatchObject({
      host: { power: { rapl: { status: "readable", domains: ["package-0", "core"] } } },
      energy: { source: "counter", note: "RAPL package-0; idle power included" },
    });
  });

  test("of a run that is too short are said to be too short to meter", async () => {
    const root = hostRoot("short", zone("intel-rapl:0", "package-0", 5e6));
    const { stdout } = await bioxen(["matmul", "--size", "8", "--device", "reference"], {
      env: { BIOXEN_HOST_ROOT: root },
    });
    // a busy machine may take longer over it than the counter needs
    expect(stdout).toMatch(/energy (too short to meter|0 J by counter)/);
  });

  test("are a model's where that is asked for and nothing can be read", async () => {
    const root = hostRoot("none", { "/proc/stat": "" });
    const { stdout } = await bioxen([...matmul, "--power-model", "10,90"], { env: { BIOXEN_HOST_ROOT: root } });
    const { measured } = JSON.parse(stdout) as Answer;
    expect(measured.energySource).toBe("model");
    expect((measured.joules ?? 0) / measured.seconds).toBeGreaterThanOrEqual(9.9);
    expect((measured.joules ?? 0) / measured.seconds).toBeLessThan(91);
    const without = await bioxen(matmul, { env: { BIOXEN_HOST_ROOT: root } });
    expect((JSON.parse(without.stdout) as Answer).measured).toMatchObject({ joules: null, energySource: null });
  });

  test.each([
    [["--power-model", "90,10"], /idle watts, then more when busy/],
    [["--power-model", "google-tpu-v4"], /gives no idle-power/],
    [["--power-model", "no-such-profile"], /no profile no-such-profile/],
    [["--idle-power", "half"], /expected total or marginal/],
  ])("%j is refused before anything runs", async (flags, message) => {
    const { code, stderr, stdout } = await bioxen([...matmul, ...flags]);
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(message);
  });
});
