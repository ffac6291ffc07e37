import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import { bioxen } from "../support/command.ts";
import { temporaryFiles } from "../support/temporary-files.ts";

const { folder } = temporaryFiles();
const root = join(folder, "root");
const policy = join(root, "sys/devices/system/cpu/cpufreq/policy0");
const env = { BIOXEN_HOST_ROOT: root, XDG_STATE_HOME: join(folder, "state") };
const state = join(folder, "state/bioxen/power.json");
const governor = (): string => readFileSync(join(policy, "scaling_governor"), "utf8").trim();

beforeEach(() => {
  const files = {
    scaling_governor: "schedutil",
    scaling_available_governors: "performance powersave schedutil",
    scaling_min_freq: "800000",
    scaling_max_freq: "3600000",
    cpuinfo_min_freq: "800000",
    cpuinfo_max_freq: "3600000",
  };
  mkdirSync(policy, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(policy, name), text);
});

/** Waits until a file says something; the test's own time limit ends a wait in vain. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(20);
}

const set = ["power", "set", "--governor", "powersave"];

describe("power", () => {
  test("shows settings with what they may be", async () => {
    const { stdout } = await bioxen(["power", "show"], { env });
    expect(stdout).toMatch(/policy0\/governor.*schedutil.*performance, powersave/);
    expect(stdout).toMatch(/policy0\/max-frequency.*3\.6 GHz.*800 MHz to 3\.6 GHz/);
  });

  test("set is a dry run unless told to apply", async () => {
    for (const flags of [[], ["--dry-run"]]) {
      const { code, stdout } = await bioxen([...set, "--max-frequency", "2e9", ...flags], { env });
      expect(code).toBe(0);
      expect(stdout).toMatch(
        /would write\npolicy0\/governor: schedutil -> powersave\npolicy0\/max-frequency: 3\.6 GHz -> 2 GHz\n/,
      );
      expect(governor()).toBe("schedutil");
      expect(existsSync(state)).toBe(false);
    }
    const { stdout } = await bioxen([...set, "--json"], { env });
    expect(JSON.parse(stdout)).toEqual({
      dryRun: true,
      changes: [{ setting: "policy0/governor", from: "schedutil", to: "powersave", unit: null }],
    });
  });

  test("--apply lasts for a command, whose end and exit code count", async () => {
    const see = ["--", "cat", join(policy, "scaling_governor")];
    const { code, stdout } = await bioxen([...set, "--apply", ...see], { env });
    expect(code).toBe(0);
    expect(stdout).toContain("powersave");
    expect(stdout).toContain("policy0/governor is schedutil again");
    expect(governor()).toBe("schedutil");
    const failed = await bioxen([...set, "--apply", "--", "false"], { env });
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain("false ended with 1");
    expect(governor()).toBe("schedutil");
    const none = await bioxen([...set, "--apply", "--", "no-such-program-here"], { env });
    expect(none.stderr).toContain("no-such-program-here cannot be started");
    expect(governor()).toBe("schedutil");
  });

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("%s puts back", async (signal) => {
    const { code, stdout } = await bioxen([...set, "--apply"], {
      env,
      during: (kill) => void until(() => governor() === "powersave").then(() => kill(signal)),
    });
    expect(code).toBe(0);
    expect(stdout).toContain("policy0/governor is schedutil again");
    expect(governor()).toBe("schedutil");
    expect(existsSync(state)).toBe(false);
  });

  test("after a kill that nothing can catch, restore puts back", async () => {
    const killed = await bioxen([...set, "--apply"], {
      env,
      during: (kill) =>
        void until(() => existsSync(state) && /"set":"powersave"/.test(readFileSync(state, "utf8"))).then(() =>
          kill("SIGKILL"),
        ),
    });
    expect(killed.code).toBeNull();
    expect(governor()).toBe("powersave");
    expect((await bioxen(["power", "show"], { env })).stdout).toMatch(
      /left settings behind at .*: bioxen power restore/,
    );
    const { stdout } = await bioxen(["power", "restore", "--json"], { env });
    expect(JSON.parse(stdout)).toMatchObject({
      restored: [{ setting: "policy0/governor", to: "schedutil" }],
      left: [],
    });
    expect(governor()).toBe("schedutil");
    expect((await bioxen(["power", "restore"], { env })).stdout).toBe("nothing to put back\n");
  });

  test("what cannot be is refused and changes nothing", async () => {
    const turbo = await bioxen(["power", "set", "--governor", "turbo", "--apply"], { env });
    expect(turbo).toMatchObject({ code: 1, stderr: expect.stringContaining("cannot be turbo") });
    expect((await bioxen([...set, "--apply", "--dry-run"], { env })).code).toBe(2);
    const gpu = await bioxen(["power", "set", "--gpu-power-limit", "300", "--apply"], { env });
    expect(gpu).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/UNSUPPORTED|INPUT_INVALID|PERMISSION_DENIED/),
    });
    expect(dirname(state)).toContain("state");
    expect(governor()).toBe("schedutil");
  });
});
