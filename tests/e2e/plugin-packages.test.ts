import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { bioxen } from "../support/command.ts";

const root = mkdtempSync(join(tmpdir(), "bioxen-plugin-packages-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const bioxenItself = fileURLToPath(new URL("../../", import.meta.url));

/** A working folder as `npm install bioxen bioxen-plugin-x` leaves it, with files of its own. */
function workingFolder(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(root, "work-"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(bioxenItself, join(folder, "node_modules", "bioxen"), "junction");
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** An accelerator that multiplies by the oracle, unless it is told to do otherwise. */
function plugin(id: string, otherwise: { probe?: string; supports?: string } = {}): string {
  const info = `{ id: "${id}:0", kind: "asic", name: "the ${id}", memory: null, features: [], simulated: false }`;
  return `import { matrixMultiply } from "bioxen";
    const info = ${info};
    const prior = () => ({ seconds: 1e-12, joules: null, energySource: null, basis: "guess" });
    const supports = ${otherwise.supports ?? "() => ({ ok: true })"};
    export default {
      id: "${id}",
      kernels: [{ workload: matrixMultiply, supports, prior }],
      probe: async () => (${otherwise.probe ?? '{ status: "present", devices: [info] }'}),
      open: async () => ({
        info,
        meter: null,
        prepare: null,
        run: async (kernel, input) => kernel.workload.reference(input),
        [Symbol.asyncDispose]: async () => {},
      }),
    };`;
}

const packageJson = JSON.stringify({ name: "bioxen-plugin-x", version: "1.0.0", type: "module", exports: "./main.js" });
const asPackage = (code: string): Record<string, string> => ({
  "node_modules/bioxen-plugin-x/package.json": packageJson,
  "node_modules/bioxen-plugin-x/main.js": code,
});
const config = (text: string): Record<string, string> => ({ "bioxen.config.json": text });

interface Ran {
  readonly device: { readonly id: string };
  readonly rejected: readonly { readonly device: string; readonly reason: string }[];
}

async function multiply(cwd: string, args: readonly string[]): Promise<Ran> {
  const { code, stdout, stderr } = await bioxen(["matmul", "--size", "8", "--json", ...args], { cwd });
  if (code !== 0) throw new Error(`exit ${code}: ${stderr}`);
  return JSON.parse(stdout) as Ran;
}

describe("a plugin", () => {
  test("given by its package's name is found from the working folder, and runs", async () => {
    const cwd = workingFolder(asPackage(plugin("x")));
    const { device } = await multiply(cwd, ["--accelerator", "bioxen-plugin-x", "--device", "x"]);
    expect(device).toMatchObject({ id: "x:0", name: "the x" });
  });

  test("is found by name or path in bioxen.config.json of the working folder, and only there", async () => {
    const cwd = workingFolder({
      ...asPackage(plugin("x")),
      "tools/y.mjs": plugin("y"),
      ...config(JSON.stringify({ accelerators: ["bioxen-plugin-x", "./tools/y.mjs"] })),
    });
    for (const id of ["x", "y"])
      expect((await multiply(cwd, ["--device", id])).device, id).toMatchObject({ id: `${id}:0` });
    const { code, stderr } = await bioxen(["matmul", "--size", "8", "--json", "--device", "x"], { cwd: root });
    expect(code).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: "NO_DEVICE" } });
  });

  test("that the command line and the configuration both name is loaded once", async () => {
    const cwd = workingFolder({ ...asPackage(plugin("x")), ...config('{ "accelerators": ["bioxen-plugin-x"] }') });
    expect((await multiply(cwd, ["--accelerator", "bioxen-plugin-x", "--device", "x"])).device.id).toBe("x:0");
  });
});

describe("a plugin that cannot be had ends the command with PLUGIN_INVALID:", () => {
  const byName = ["--accelerator", "bioxen-plugin-x"];
  test.each<[string, Record<string, string>, readonly string[], RegExp]>([
    ["a package that is not installed", {}, byName, /plugin bioxen-plugin-x is not found from /],
    [
      "a package whose entry is missing",
      { "node_modules/bioxen-plugin-x/package.json": packageJson },
      byName,
      /bioxen-plugin-x (is not found|does not load)/,
    ],
    [
      "a package that does not load",
      asPackage('import "bioxen-plugin-x-native";'),
      byName,
      /plugin bioxen-plugin-x does not load: Cannot find package 'bioxen-plugin-x-native'/,
    ],
    ["a package that exports a number", asPackage("export default 7;"), byName, /has no default export/],
    [
      "a package of another shape",
      asPackage('export default { id: "X!", kernels: [], probe() {}, open() {} };'),
      byName,
      /does not fit the contract: id: a kebab-case id/,
    ],
    ["a configuration that is not JSON", config("accelerators: x"), [], /bioxen\.config\.json cannot be read: /],
    [
      "a configuration of another shape",
      config('{ "accelerators": { "x": true } }'),
      [],
      /bioxen\.config\.json is no configuration: accelerators: /,
    ],
    [
      "a configuration with a key that means nothing",
      config('{ "plugins": [] }'),
      [],
      /is no configuration: Unrecognized key: "plugins"/,
    ],
    ["a configured file that is missing", config('{ "accelerators": ["./gone.mjs"] }'), [], /gone\.mjs is not found/],
    [
      "a configured file that does not load",
      { ...config('{ "accelerators": ["./broken.mjs"] }'), "broken.mjs": "export default {" },
      [],
      /plugin \.\/broken\.mjs does not load: /,
    ],
  ])("%s", async (_, files, args, message) => {
    const { code, stdout, stderr } = await bioxen(["probe", "--json", ...args], { cwd: workingFolder(files) });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect((JSON.parse(stderr) as { error: unknown }).error).toMatchObject({
      code: "PLUGIN_INVALID",
      id: "BX113",
      message: expect.stringMatching(message),
    });
  });
});

describe("a plugin that misbehaves takes nobody with it:", () => {
  test.each<[string, string, RegExp]>([
    ["that its device is another's", "({ status: 'present', devices: [{ ...info, id: 'cpu-simd:0' }] })", /cpu-simd:0/],
    ["present without a device", "({ status: 'present', devices: [] })", /present, and no device/],
    ["nothing", "undefined", /neither present, absent nor broken/],
    ["by throwing", "(() => { throw new Error('no bus'); })()", /no bus/],
  ])("its probe answers %s", async (_, probe, message) => {
    const cwd = workingFolder(asPackage(plugin("x", { probe })));
    const { code, stdout, stderr } = await bioxen(["probe", "--json", "--accelerator", "bioxen-plugin-x"], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { devices, absent } = JSON.parse(stdout) as { devices: { id: string }[]; absent: object[] };
    expect(devices.map(({ id }) => id)).toContain("cpu-simd:0");
    const reason: unknown = expect.stringMatching(message);
    expect(absent).toContainEqual({ accelerator: "x", status: "broken", reason });
  });

  test("its supports throws", async () => {
    const cwd = workingFolder(asPackage(plugin("x", { supports: "() => { throw new TypeError('no idea'); }" })));
    const { device, rejected } = await multiply(cwd, ["--accelerator", "bioxen-plugin-x"]);
    expect(device.id).not.toBe("x:0");
    expect(rejected).toContainEqual({ device: "x:0", reason: expect.stringContaining("no idea") });
  });
});
