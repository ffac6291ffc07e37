import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  BioXenError,
  cpuPowerSettings,
  gpuPowerSettings,
  holdPower,
  isHeld,
  type PowerSetting,
  planPower,
  readPowerState,
  restorePower,
  type SettingFiles,
} from "bioxen";
import { afterEach, describe, expect, test } from "vitest";
import { nvmlGpus } from "../../dist/src/host/nvml.js";
import { buildStandIn, whyNoStandIn } from "../support/cuda-stand-in/stand-in.ts";
import { type FakeFile, fakeSystem } from "../support/fake-system.ts";
import { temporaryFiles } from "../support/temporary-files.ts";

const { folder } = temporaryFiles();
let file = 0;
/** A state file of its own for each test. */
const stateFile = (): string => join(folder, `power-${++file}.json`);

const at = (policy: number, name: string): string => `/sys/devices/system/cpu/cpufreq/policy${policy}/${name}`;

/** Two groups of CPUs; what is written is in the tree, or refused with a code. */
function cpus(refuse: (path: string, text: string) => string | null = () => null): {
  tree: Record<string, FakeFile>;
  settings: readonly PowerSetting[];
  written: string[];
} {
  const tree: Record<string, FakeFile> = {};
  for (const policy of [0, 10]) {
    tree[at(policy, "scaling_governor")] = "schedutil\n";
    tree[at(policy, "scaling_available_governors")] = "performance powersave schedutil\n";
    tree[at(policy, "scaling_min_freq")] = "800000\n";
    tree[at(policy, "scaling_max_freq")] = "3600000\n";
    tree[at(policy, "cpuinfo_min_freq")] = "800000\n";
    tree[at(policy, "cpuinfo_max_freq")] = "3600000\n";
  }
  const written: string[] = [];
  const files: SettingFiles = {
    ...fakeSystem(tree),
    write: (path, text) => {
      const code = refuse(path, text);
      if (code !== null) throw Object.assign(new Error(code), { code });
      written.push(`${path.replace(/.*cpufreq\//, "")}=${text}`);
      tree[path] = `${text}\n`;
    },
  };
  return { tree, settings: cpuPowerSettings(files), written };
}

/** What goes wrong as a program sees it. */
function refusal(act: () => unknown): { code: string; message: string } {
  try {
    act();
  } catch (error) {
    if (error instanceof BioXenError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("a plan", () => {
  test("says what would be written where, in order, and writes nothing", () => {
    const { settings, written } = cpus();
    expect(settings.map(({ id }) => id)).toEqual([
      "policy0/governor",
      "policy0/min-frequency",
      "policy0/max-frequency",
      "policy10/governor",
      "policy10/min-frequency",
      "policy10/max-frequency",
    ]);
    expect(planPower(settings, { governor: "powersave", maxFrequency: 2e9 })).toEqual([
      { setting: "policy0/governor", from: "schedutil", to: "powersave", unit: null },
      { setting: "policy10/governor", from: "schedutil", to: "powersave", unit: null },
      { setting: "policy0/max-frequency", from: "3600000", to: "2000000", unit: "kHz" },
      { setting: "policy10/max-frequency", from: "3600000", to: "2000000", unit: "kHz" },
    ]);
    expect(planPower(settings, { governor: "schedutil" })).toEqual([]);
    expect(written).toEqual([]);
  });

  test.each([
    [{}, "INPUT_INVALID", /nothing to set/],
    [
      { governor: "turbo" },
      "INPUT_INVALID",
      /policy0\/governor cannot be turbo; there are performance, powersave, schedutil/,
    ],
    [{ maxFrequency: 9e9 }, "INPUT_INVALID", /cannot be 9000000 kHz: it goes from 800000 to 3600000/],
    [{ minFrequency: 3e9, maxFrequency: 2e9 }, "INPUT_INVALID", /lowest frequency asked for is above the highest/],
    [{ gpuPowerLimit: 300 }, "UNSUPPORTED", /no GPU with a power limit/],
  ])("of %j is refused", (request, code, message) => {
    const found = refusal(() => planPower(cpus().settings, request));
    expect(found.code).toBe(code);
    expect(found.message).toMatch(message);
  });

  test("on a machine without cpufreq says what is missing", () => {
    const none = cpuPowerSettings({ ...fakeSystem({}), write: () => {} });
    expect(refusal(() => planPower(none, { governor: "powersave" }))).toEqual({
      code: "UNSUPPORTED",
      message: "the kernel has no cpufreq here: a virtual machine, a container, or no driver for this CPU",
    });
  });
});

describe("holding settings", () => {
  const request = { governor: "powersave", maxFrequency: 2e9 };

  test("writes what was there to the disk first, then the settings, and puts them back once", () => {
    const path = stateFile();
    const seen: (number | null)[] = [];
    const { tree, settings, written } = cpus(() => {
      seen.push(readPowerState(path)?.changed.length ?? null);
      return null;
    });
    const hold = holdPower(settings, planPower(settings, request), path);
    // the record was there before each of the writes
    expect(seen).toEqual([4, 4, 4, 4]);
    expect(tree[at(10, "scaling_max_freq")]).toBe("2000000\n");
    const state = readPowerState(path);
    expect(state?.changed[0]).toEqual({ setting: "policy0/governor", original: "schedutil", set: "powersave" });
    expect(state !== null && isHeld(state)).toBe(true);
    const { restored, left } = hold.restore();
    expect(restored.map(({ setting, to }) => `${setting}=${to}`)).toContain("policy10/governor=schedutil");
    expect(left).toEqual([]);
    expect(tree[at(0, "scaling_governor")]).toBe("schedutil\n");
    expect(tree[at(0, "scaling_max_freq")]).toBe("3600000\n");
    expect(existsSync(path)).toBe(false);
    const writes = written.length;
    hold[Symbol.dispose]();
    expect(written).toHaveLength(writes);
  });

  test("takes back what was written where one is refused, with a typed error", () => {
    const path = stateFile();
    const { tree, settings } = cpus((file, text) =>
      file === at(10, "scaling_governor") && text === "powersave" ? "EACCES" : null,
    );
    const found = refusal(() => holdPower(settings, planPower(settings, request), path));
    expect(found).toMatchObject({
      code: "PERMISSION_DENIED",
      message: expect.stringMatching(/EACCES: only root may.*sudo/),
    });
    expect(tree[at(0, "scaling_governor")]).toBe("schedutil\n");
    expect(tree[at(0, "scaling_max_freq")]).toBe("3600000\n");
    expect(existsSync(path)).toBe(false);
  });

  test.each([
    ["EPERM", "PERMISSION_DENIED", /only root may/],
    ["EROFS", "PERMISSION_DENIED", /read-only/],
    ["EINVAL", "INPUT_INVALID", /gave EINVAL/],
    ["EIO", "UNSUPPORTED", /gave EIO/],
  ])("%s is %s", (code, expected, message) => {
    const { settings } = cpus(() => code);
    const found = refusal(() => holdPower(settings, planPower(settings, request), stateFile()));
    expect(found.code).toBe(expected);
    expect(found.message).toMatch(message);
  });

  test("writes in whichever order the kernel takes limits", () => {
    // a kernel that refuses a lower limit above the upper one
    const path = stateFile();
    const number = (text: FakeFile | undefined): number => Number(String(text));
    const made = cpus((file, text) => {
      const policy = /policy(\d+)/.exec(file)?.[1] ?? "";
      if (file.endsWith("scaling_min_freq") && Number(text) > number(made.tree[at(Number(policy), "scaling_max_freq")]))
        return "EINVAL";
      return null;
    });
    const low = holdPower(made.settings, planPower(made.settings, { maxFrequency: 1e9 }), path);
    const lower = planPower(made.settings, { minFrequency: 2e9, maxFrequency: 3e9 });
    low.restore();
    made.tree[at(0, "scaling_max_freq")] = "1000000\n";
    made.tree[at(10, "scaling_max_freq")] = "1000000\n";
    using _hold = holdPower(made.settings, lower, path);
    expect(made.tree[at(10, "scaling_min_freq")]).toBe("2000000\n");
    expect(made.tree[at(10, "scaling_max_freq")]).toBe("3000000\n");
  });

  test("is one process's at a time", () => {
    const path = stateFile();
    const { settings } = cpus();
    using _hold = holdPower(settings, planPower(settings, request), path);
    expect(refusal(() => holdPower(settings, planPower(settings, { governor: "performance" }), path))).toMatchObject({
      code: "DEVICE_BUSY",
      message: expect.stringContaining(`process ${process.pid} holds power settings`),
    });
  });
});

describe("after a crash", () => {
  /** Settings in force, and a record of a process that is no more. */
  function crashed(): { path: string; made: ReturnType<typeof cpus> } {
    const path = stateFile();
    const made = cpus();
    holdPower(made.settings, planPower(made.settings, { governor: "powersave", maxFrequency: 2e9 }), path);
    const state = JSON.parse(readFileSync(path, "utf8")) as object;
    writeFileSync(path, JSON.stringify({ ...state, pid: 2 ** 22 + 1 }));
    return { path, made };
  }

  test("the record puts everything back, and is gone then", () => {
    const { path, made } = crashed();
    const state = readPowerState(path);
    expect(state !== null && isHeld(state)).toBe(false);
    expect(restorePower(made.settings, path).restored).toHaveLength(4);
    expect(made.tree[at(10, "scaling_governor")]).toBe("schedutil\n");
    expect(existsSync(path)).toBe(false);
    expect(restorePower(made.settings, path)).toEqual({ restored: [], left: [], rebooted: false });
  });

  test("a process of the same number that started later holds nothing", () => {
    const { path } = crashed();
    const state = JSON.parse(readFileSync(path, "utf8")) as object;
    writeFileSync(path, JSON.stringify({ ...state, pid: process.pid, started: "1" }));
    const again = readPowerState(path);
    expect(again !== null && isHeld(again)).toBe(false);
  });

  test("the next hold puts back first, so that the first values are never lost", () => {
    const { path, made } = crashed();
    const hold = holdPower(
      made.settings,
      [{ setting: "policy0/governor", from: "schedutil", to: "performance", unit: null }],
      path,
    );
    expect(made.tree[at(10, "scaling_governor")]).toBe("schedutil\n");
    hold.restore();
    expect(made.tree[at(0, "scaling_governor")]).toBe("schedutil\n");
  });

  test("what somebody else changed since is left alone, and told", () => {
    const { path, made } = crashed();
    made.tree[at(0, "scaling_governor")] = "performance\n";
    const { restored, left } = restorePower(made.settings, path);
    expect(left).toEqual(["policy0/governor"]);
    expect(restored).toHaveLength(3);
    expect(made.tree[at(0, "scaling_governor")]).toBe("performance\n");
  });

  test("a change that was begun is taken back although nobody knows whether it was made", () => {
    const { path, made } = crashed();
    const state = JSON.parse(readFileSync(path, "utf8")) as { changed: { set: string | null }[] };
    for (const one of state.changed) one.set = null;
    writeFileSync(path, JSON.stringify(state));
    expect(restorePower(made.settings, path).restored).toHaveLength(4);
  });

  test("and a boot there is nothing to put back", () => {
    const { path, made } = crashed();
    const state = JSON.parse(readFileSync(path, "utf8")) as object;
    writeFileSync(path, JSON.stringify({ ...state, boot: "another" }));
    expect(restorePower(made.settings, path)).toEqual({ restored: [], left: [], rebooted: true });
    expect(made.tree[at(0, "scaling_governor")]).toBe("powersave\n");
    expect(existsSync(path)).toBe(false);
  });

  test("without permission the record stays, and so does one of a setting that is gone", () => {
    const { path, made } = crashed();
    const denied = made.settings.map(
      (setting): PowerSetting => ({
        ...setting,
        write: () => {
          throw new BioXenError("PERMISSION_DENIED", "no");
        },
      }),
    );
    expect(refusal(() => restorePower(denied, path)).code).toBe("PERMISSION_DENIED");
    expect(existsSync(path)).toBe(true);
    const fewer = made.settings.filter(({ id }) => id !== "policy0/governor");
    expect(refusal(() => restorePower(fewer, path))).toMatchObject({
      code: "UNSUPPORTED",
      message: expect.stringContaining("policy0/governor was schedutil"),
    });
    expect(made.tree[at(10, "scaling_governor")]).toBe("schedutil\n");
    expect(existsSync(path)).toBe(true);
  });

  test.each(["{", "{}", '{"format":1,"pid":1,"started":"","boot":"","date":"","changed":[{}]}'])(
    "a record that says %s is refused, not guessed at",
    (text) => {
      const path = stateFile();
      writeFileSync(path, text);
      expect(refusal(() => restorePower(cpus().settings, path)).code).toBe("FORMAT_INVALID");
      expect(existsSync(path)).toBe(true);
    },
  );
});

const whyNot = whyNoStandIn();

describe.skipIf(whyNot !== null)(`GPU power limits by a stand-in NVML ${whyNot ?? ""}`, async () => {
  if (whyNot !== null) return;
  const standIn = await buildStandIn([]);
  const settingsOf = (): readonly PowerSetting[] => gpuPowerSettings(nvmlGpus(standIn.libraries.nvml));

  afterEach(() => standIn.configure(""));

  test("are set for one GPU and put back", () => {
    standIn.configure("", "gpus=2");
    const settings = settingsOf();
    const changes = planPower(settings, { gpuPowerLimit: 300, gpu: "0000:18:00.0" });
    expect(changes).toEqual([{ setting: "00000000:18:00.0/power-limit", from: "700000", to: "300000", unit: "mW" }]);
    const hold = holdPower(settings, changes, stateFile());
    expect(settings.map(({ read }) => read())).toEqual(["700000", "300000"]);
    hold.restore();
    expect(settings.map(({ read }) => read())).toEqual(["700000", "700000"]);
  });

  test("need root, stay in their range, and may not be there", () => {
    standIn.configure("", "root=no");
    const settings = settingsOf();
    const changes = planPower(settings, { gpuPowerLimit: 300 });
    expect(refusal(() => holdPower(settings, changes, stateFile()))).toMatchObject({
      code: "PERMISSION_DENIED",
      message: expect.stringMatching(/Stand-in GPU 0.*only root/),
    });
    expect(refusal(() => planPower(settings, { gpuPowerLimit: 50 })).message).toMatch(/it goes from 200000 to 700000/);
    expect(refusal(() => planPower(settings, { gpuPowerLimit: 300, gpu: "0000:99:00.0" })).code).toBe("UNSUPPORTED");
    standIn.configure("", "limit=no");
    expect(settingsOf()).toEqual([]);
  });
});
