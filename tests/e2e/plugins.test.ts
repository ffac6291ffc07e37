import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { bioxen } from "../support/command.ts";

const folder = mkdtempSync(join(tmpdir(), "bioxen-plugins-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  mkdirSync(join(folder, name, ".."), { recursive: true });
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
/** An accelerator without kernels, or what is left of it. */
const plugin = (id: string, probe = "async () => ({ status: 'absent', reason: 'none here' })"): string =>
  file(`${id}.mjs`, `export default { id: "${id}", kernels: [], probe: ${probe}, open: async () => {} };`);
const withConfig = (text: string): { env: NodeJS.ProcessEnv } => {
  const home = mkdtempSync(join(folder, "home-"));
  mkdirSync(join(home, "bioxen"));
  writeFileSync(join(home, "bioxen", "config.json"), text);
  return { env: { XDG_CONFIG_HOME: home } };
};

test("plugins from the command line, given twice, and from the configuration, are probed", async () => {
  const config = withConfig(JSON.stringify({ accelerators: [plugin("from-config")] }));
  const args = ["--accelerator", plugin("one"), "probe", "--json", "--accelerator", plugin("two")];
  const { code, stdout } = await bioxen(args, config);
  expect(code).toBe(0);
  const { absent } = JSON.parse(stdout) as { absent: { accelerator: string; reason: string }[] };
  for (const accelerator of ["one", "two", "from-config"])
    expect(absent).toContainEqual({ accelerator, status: "absent", reason: "none here" });
});

const example = fileURLToPath(new URL("../../examples/plugin-gc-skew/workload.js", import.meta.url));

test.each<[string, () => string, RegExp]>([
  ["is not there", () => join(folder, "nowhere.mjs"), /nowhere\.mjs is not found from /],
  ["throws as it loads", () => file("throws.mjs", "throw new Error('no licence');"), /does not load: no licence/],
  ["is no JavaScript", () => file("broken.mjs", "export default {"), /does not load: Unexpected/],
  ["exports nothing by default", () => example, /has no default export/],
  [
    "lacks a function",
    () => file("lacks.mjs", "export default { id: 'lacks', kernels: [], probe: async () => {} };"),
    /lacks\.mjs does not fit the contract: open: a function is expected/,
  ],
  [
    "has a kernel of no workload",
    () => file("bare.mjs", "export default { id: 'bare', kernels: [{}], probe() {}, open() {} };"),
    /kernels\.0\.workload: /,
  ],
  ["takes an id that is taken", () => plugin("cpu-simd"), /two accelerators have the id cpu-simd/],
])("a plugin that %s is named with what is wrong", async (_, path, message) => {
  const { code, stdout, stderr } = await bioxen(["--accelerator", path(), "probe", "--json"]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect((JSON.parse(stderr) as { error: unknown }).error).toMatchObject({
    code: "PLUGIN_INVALID",
    message: expect.stringMatching(message),
  });
});

test.each([
  ["{", /config\.json cannot be read: /],
  ['{ "accelerator": ["x"] }', /config\.json is no configuration: Unrecognized key: "accelerator"/],
  ['{ "accelerators": "x" }', /is no configuration: accelerators: /],
])("a configuration %s is refused", async (text, message) => {
  const { code, stderr } = await bioxen(["probe"], withConfig(text));
  expect(code).toBe(1);
  expect(stderr).toMatch(message);
});
