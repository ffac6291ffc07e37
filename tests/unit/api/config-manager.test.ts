import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigManager, type VmConfig } from "bioxen";
import { describe, expect, test } from "vitest";
import { temporaryFiles } from "../../support/temporary-files.ts";

const { folder } = temporaryFiles();

describe("ConfigManager", () => {
  test("has the defaults of each type, a copy each", () => {
    expect(ConfigManager.loadDefaults("syn3a")).toEqual({
      maxAtp: 70,
      maxRibosomes: 15,
      genomeOptimization: true,
      minimalMode: true,
    });
    expect(ConfigManager.loadDefaults("ecoli")).toEqual({
      maxAtp: 90,
      maxRibosomes: 30,
      operonManagement: true,
      plasmidSupport: true,
    });
    expect(ConfigManager.loadDefaults("minimal_cell")).toMatchObject({ maxAtp: 50, maxRibosomes: 10 });
    expect(ConfigManager.loadDefaults("syn3a")).not.toBe(ConfigManager.loadDefaults("syn3a"));
    expect(() => ConfigManager.loadDefaults("zebra")).toThrow(expect.objectContaining({ id: "BX008" }));
  });

  test("every type's defaults are valid for it", () => {
    for (const type of ["syn3a", "ecoli", "minimal_cell"])
      expect(ConfigManager.validateConfig(ConfigManager.loadDefaults(type), type)).toEqual(
        ConfigManager.loadDefaults(type),
      );
  });

  test.each<[unknown, string]>([
    [{ maxAtp: 0 }, "maxAtp"],
    [{ maxAtp: 101 }, "maxAtp"],
    [{ maxRibosomes: 1.5 }, "maxRibosomes"],
    [{ resources: { ribosomes: "many" } }, "resources.ribosomes"],
    [{ scheduler: "lottery" }, "scheduler"],
    [{ nonsense: 1 }, "nonsense"],
    [{ plasmids: [{ id: "../x", copies: 1 }] }, "plasmids.0.id"],
    [{ xcpng: { url: "ftp://host", username: "a", password: "b", template: "c" } }, "xcpng.url"],
    [null, "expected object"],
    ["text", "expected object"],
    [[], "expected object"],
  ])("refuses %j", (config, told) => {
    expect(() => ConfigManager.validateConfig(config)).toThrow(
      expect.objectContaining({ code: "INVALID_CONFIGURATION", id: "BX005" }),
    );
    expect(() => ConfigManager.validateConfig(config)).toThrow(told);
  });

  test("merges field by field, changing neither, and takes no prototype from a file", () => {
    const base: VmConfig = { maxAtp: 70, resources: { ribosomes: 3, priority: 2 }, knockOut: ["a", "b"] };
    const merged = ConfigManager.mergeConfigs(
      base,
      { resources: { priority: 5 }, knockOut: ["c"], maxAtp: undefined },
      { seed: 9 },
    );
    expect(merged).toEqual({ maxAtp: 70, resources: { ribosomes: 3, priority: 5 }, knockOut: ["c"], seed: 9 });
    expect(base.resources).toEqual({ ribosomes: 3, priority: 2 });
    const hostile = JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}');
    ConfigManager.mergeConfigs({}, hostile);
    expect("polluted" in {}).toBe(false);
    expect(() => ConfigManager.validateConfig(ConfigManager.mergeConfigs({}, hostile))).toThrow(
      expect.objectContaining({ id: "BX005" }),
    );
  });

  test.each(["config.json", "config.yaml", "config.yml"])("writes and reads %s", async (name) => {
    const file = join(folder, name);
    const config: VmConfig = {
      ...ConfigManager.loadDefaults("ecoli"),
      ...{
        biologicalType: "ecoli",
        medium: "rich",
        resources: { priority: 4 },
        plasmids: [{ id: "pUC19", copies: 20 }],
      },
    };
    await ConfigManager.saveFile(file, config);
    expect(await ConfigManager.loadFile(file)).toEqual(config);
    expect((await readFile(file, "utf8")).startsWith("{")).toBe(name === "config.json");
  });

  test.each([
    ["config.json", '{"maxAtp": '],
    ["config.yaml", "maxAtp: [1"],
    ["config.yaml", "maxAtp: plenty"],
    ["config.json", '{"maxAtp": 400}'],
  ])("says of a wrong %s which file it is and why: %j", async (name, content) => {
    const file = join(folder, name);
    await writeFile(file, content);
    const error = await ConfigManager.loadFile(file).catch((one: unknown) => one);
    expect(error).toMatchObject({ code: "INVALID_CONFIGURATION", context: { file } });
    await expect(ConfigManager.loadFile(join(folder, "missing.json"))).rejects.toMatchObject({ id: "BX005" });
  });
});
