import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  advanceMany,
  applyPackage,
  type BiologicalPackage,
  compileCell,
  type Dispatcher,
  genomeOf,
  LuaProcesses,
  ledgersOf,
  minimalCell,
  minimalGenomeRecord,
  newbornCell,
  PackageLibrary,
  type PackageTarget,
  packBundle,
  stochasticSimulation,
  withPackages,
} from "bioxen";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { sharedData } from "../support/shared-data.ts";

const root = mkdtempSync(join(tmpdir(), "bioxen-packages-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let turn = 0;
let registry = "";
let installed = "";
let library: PackageLibrary;

const [first] = genomeOf(minimalGenomeRecord()).genes.filter(({ name }) => name === "ndk");
const fasta = `>GFP_1 a reporter\n${first?.bases ?? ""}\n>GFP_2\n${first?.bases ?? ""}\n`;
const lua = "function twice(gene) return transcribe_gene(gene, 2).produced.transcripts end calls = 0";
const parameters = { constants: { ribosomeSpeed: 14 }, expression: { GFP_1: { transcription: 0.05 } } };

/** A bundle in the registry, its hash. */
async function bundle(at: string, version = "1.0.0", name = at.split("/")[0] ?? at): Promise<string> {
  const folder = join(registry, at);
  mkdirSync(join(folder, "lua"), { recursive: true });
  writeFileSync(join(folder, "genes.fasta"), fasta);
  writeFileSync(join(folder, "parameters.json"), JSON.stringify(parameters));
  writeFileSync(join(folder, "lua", "twice.lua"), `${lua} version = "${version}"`);
  return packBundle(folder, {
    ...{ name, version, description: "a reporter gene", genes: ["genes.fasta"], parameters: "parameters.json" },
    functions: ["lua/twice.lua"],
  });
}

beforeEach(() => {
  registry = join(root, `registry-${++turn}`);
  installed = join(root, `installed-${turn}`);
  mkdirSync(registry);
  library = new PackageLibrary({ registry, installed });
});

const nothingIsInstalled = async (): Promise<void> => {
  expect(await library.list()).toEqual([]);
  const bundles = join(installed, "bundles");
  expect(existsSync(bundles) ? readdirSync(bundles) : []).toEqual([]);
};

describe("installing", () => {
  test("by name, by name and version, and by path", async () => {
    const hash = await bundle("reporter");
    const of = await library.install("reporter");
    expect(of).toMatchObject({ name: "reporter", version: "1.0.0", sha256: hash, parameters });
    expect(of.genes.map(({ id, kind }) => [id, kind])).toEqual([
      ["GFP_1", "protein"],
      ["GFP_2", "protein"],
    ]);
    expect(await library.list()).toMatchObject([{ name: "reporter", version: "1.0.0", sha256: hash }]);
    expect(await library.read("reporter")).toEqual(of);
    await bundle("circuit/1.9");
    await bundle("circuit/1.10", "1.10");
    await bundle("circuit/1.9", "1.9");
    expect((await library.install("circuit")).version).toBe("1.10");
    expect((await library.install("circuit@1.9")).version).toBe("1.9");
    expect((await library.install("circuit", { version: "1.10" })).version).toBe("1.10");
    expect((await library.install(join(registry, "circuit", "1.9"))).version).toBe("1.9");
    expect((await library.list()).map(({ name }) => name)).toEqual(["circuit", "reporter"]);
    // one folder a bundle that is meant, none of those that were replaced
    expect(readdirSync(join(installed, "bundles"))).toHaveLength(2);
  });

  test("twice is once, and removing leaves nothing", async () => {
    await bundle("reporter");
    await library.install("reporter");
    await library.install("reporter");
    expect(await library.list()).toHaveLength(1);
    expect(await library.remove("reporter")).toBe(true);
    expect(await library.remove("reporter")).toBe(false);
    await nothingIsInstalled();
    await expect(library.read("reporter")).rejects.toMatchObject({ code: "INPUT_INVALID", message: /not installed/ });
  });

  test("only the bundle that is pinned", async () => {
    const hash = await bundle("reporter");
    await library.install("reporter", { sha256: hash });
    await expect(library.install("reporter", { sha256: "0".repeat(64) })).rejects.toMatchObject({
      code: "PACKAGE_REFUSED",
    });
    expect((await library.list())[0]?.sha256).toBe(hash);
  });

  test("a name that the registry lacks, with what it has", async () => {
    await bundle("reporter");
    await bundle("circuit/1.9", "1.9");
    await expect(library.install("nothing")).rejects.toMatchObject({
      code: "INPUT_INVALID",
      message: /it has circuit, reporter$/,
    });
    await expect(library.install("circuit@3")).rejects.toMatchObject({ message: /of it there is 1\.9/ });
    await expect(library.install(join(root, "nowhere"))).rejects.toMatchObject({ code: "INPUT_INVALID" });
    await expect(new PackageLibrary({ registry: null, installed }).install("x")).rejects.toMatchObject({
      code: "INPUT_INVALID",
    });
  });

  test("a failed update leaves the old version as it was", async () => {
    const old = await bundle("reporter/1.0", "1.0");
    await library.install("reporter");
    await bundle("reporter/2.0", "2.0");
    appendFileSync(join(registry, "reporter", "2.0", "lua", "twice.lua"), " ");
    await expect(library.install("reporter")).rejects.toMatchObject({ code: "PACKAGE_REFUSED" });
    expect(await library.read("reporter")).toMatchObject({ version: "1.0", sha256: old });
    expect(readdirSync(join(installed, "bundles"))).toEqual([old]);
  });

  test("where the disk refuses, nothing is installed and the error says so", async () => {
    await bundle("reporter");
    mkdirSync(installed, { recursive: true });
    writeFileSync(join(installed, "bundles"), "in the way");
    await expect(library.install("reporter")).rejects.toMatchObject({ code: "STORE_FAILED" });
    expect(await library.list()).toEqual([]);
  });

  test("what a killed install left behind neither counts nor hinders", async () => {
    const hash = await bundle("reporter");
    const half = join(installed, "bundles", hash);
    mkdirSync(half, { recursive: true });
    writeFileSync(join(half, "genes.fasta"), fasta.slice(0, 50));
    mkdirSync(join(installed, "bundles", `.${hash}.abc.tmp`));
    expect(await library.list()).toEqual([]);
    await library.install("reporter");
    expect((await library.read("reporter")).sha256).toBe(hash);
  });
});

describe("refused", () => {
  const folder = (...parts: string[]): string => join(registry, "reporter", ...parts);
  const manifest = (change: (of: Record<string, unknown> & { files: Record<string, string> }) => void): void => {
    const read = JSON.parse(readFileSync(folder("bioxen-package.json"), "utf8"));
    change(read);
    writeFileSync(folder("bioxen-package.json"), JSON.stringify(read));
  };
  const linkInstead = (path: string): void => {
    const away = join(root, `away-${turn}`);
    renameSync(path, away);
    symlinkSync(away, path);
  };

  test.each<[string, () => void]>([
    ["a file that was changed", () => appendFileSync(folder("genes.fasta"), "A")],
    ["a file that is missing", () => unlinkSync(folder("parameters.json"))],
    ["a file that nobody pinned", () => writeFileSync(folder("more.lua"), "x = 1")],
    ["a link in place of a file", () => linkInstead(folder("genes.fasta"))],
    ["a link beside the files", () => symlinkSync("/etc/passwd", folder("passwd"))],
    ["a link in place of a folder", () => linkInstead(folder("lua"))],
    ["a link in place of the bundle", () => linkInstead(folder())],
    ["a link in place of the manifest", () => linkInstead(folder("bioxen-package.json"))],
    [
      "an entry above the bundle",
      () =>
        manifest((of) => {
          of.files["../secret.fasta"] = "0".repeat(64);
        }),
    ],
    [
      "an absolute entry",
      () =>
        manifest((of) => {
          of.files["/etc/passwd"] = "0".repeat(64);
        }),
    ],
    [
      "an entry with a backslash",
      () =>
        manifest((of) => {
          of.files["..\\x"] = "0".repeat(64);
        }),
    ],
    [
      "a hidden entry",
      () =>
        manifest((of) => {
          of.files[".env"] = "0".repeat(64);
        }),
    ],
    [
      "an entry called __proto__",
      () =>
        writeFileSync(
          folder("bioxen-package.json"),
          readFileSync(folder("bioxen-package.json"), "utf8").replace('"files": {', '"files": {"__proto__": "x",'),
        ),
    ],
    [
      "a gene file that is not pinned",
      () =>
        manifest((of) => {
          of["genes"] = ["other.fasta"];
        }),
    ],
    [
      "a name that is a path",
      () =>
        manifest((of) => {
          of["name"] = "../evil";
        }),
    ],
    [
      "another name than the registry's",
      () =>
        manifest((of) => {
          of["name"] = "other";
        }),
    ],
    [
      "a version that is a path",
      () =>
        manifest((of) => {
          of["version"] = "../../1";
        }),
    ],
    [
      "a later format",
      () =>
        manifest((of) => {
          of["formatVersion"] = 2;
        }),
    ],
    [
      "a field that nobody knows",
      () =>
        manifest((of) => {
          of["scripts"] = { install: "rm -rf /" };
        }),
    ],
    [
      "a hash that is none",
      () =>
        manifest((of) => {
          of.files["genes.fasta"] = "abc";
        }),
    ],
    ["no JSON", () => writeFileSync(folder("bioxen-package.json"), "{")],
  ])("%s", async (_what, tamper) => {
    await bundle("reporter");
    tamper();
    await expect(library.install("reporter")).rejects.toMatchObject({ code: "PACKAGE_REFUSED" });
    await nothingIsInstalled();
  });

  test.each<[string, string, string, string | RegExp]>([
    ["a gene that is no reading frame", "genes.fasta", ">bad\nATGAAACCCTT\n", "FORMAT_INVALID"],
    ["genes that are no text of a sequence", "genes.fasta", ">bad\n12345\n", "FORMAT_INVALID"],
    ["two genes of one name", "genes.fasta", fasta + fasta, "PACKAGE_REFUSED"],
    ["parameters that are no JSON", "parameters.json", "x", "PACKAGE_REFUSED"],
    ["parameters that are no numbers", "parameters.json", '{"constants":{"atp":"much"}}', "PACKAGE_REFUSED"],
    ["parameters that nobody knows", "parameters.json", '{"commands":[]}', "PACKAGE_REFUSED"],
    ["bytecode", "lua/twice.lua", "\u001bLua", "PACKAGE_REFUSED"],
  ])("%s, though pinned", async (_what, file, content, code) => {
    await bundle("reporter");
    writeFileSync(folder(...file.split("/")), content);
    await packBundle(folder(), {
      name: "reporter",
      version: "1.0.0",
      genes: ["genes.fasta"],
      parameters: "parameters.json",
      functions: ["lua/twice.lua"],
    });
    await expect(library.install("reporter")).rejects.toMatchObject({ code });
    await nothingIsInstalled();
  });

  test.each(["", "..", "../x", "a/../../b", "A", "a b", "__proto__", "a..b", "a@1@2", "x".repeat(65), "a\0"])(
    "%j as a name",
    async (name) => {
      await expect(library.install(name)).rejects.toMatchObject({ code: "INPUT_INVALID" });
      await expect(library.remove(name)).rejects.toMatchObject({ code: "INPUT_INVALID" });
      await expect(library.read(name)).rejects.toMatchObject({ code: "INPUT_INVALID" });
    },
  );

  test("an installed package that was changed since", async () => {
    const hash = await bundle("reporter");
    await library.install("reporter");
    const own = join(installed, "bundles", hash);
    appendFileSync(join(own, "lua", "twice.lua"), " os = 1");
    await expect(library.read("reporter")).rejects.toMatchObject({ code: "PACKAGE_REFUSED", message: /was changed/ });
    await library.install("reporter");
    expect((await library.read("reporter")).sha256).toBe(hash);
    // another bundle in its place, whole in itself
    await bundle("other");
    rmSync(own, { recursive: true });
    cpSync(join(registry, "other"), own, { recursive: true });
    await expect(library.read("reporter")).rejects.toMatchObject({ code: "PACKAGE_REFUSED" });
    writeFileSync(join(installed, "packages", "reporter.json"), "{");
    await expect(library.list()).rejects.toMatchObject({ code: "PACKAGE_REFUSED", message: /damaged/ });
  });
});

describe("applied", () => {
  const oracle = {
    run: async (_workload: unknown, input: Parameters<NonNullable<typeof stochasticSimulation.reference>>[0]) => ({
      output: stochasticSimulation.reference?.(input),
    }),
  } as unknown as Dispatcher;

  test("its genes are expressed by a cell that is born with them, and its ledgers close", async () => {
    await bundle("reporter");
    const of = await library.install("reporter");
    const { facts, perturbations } = withPackages(minimalCell.facts(), {}, [of]);
    const model = compileCell(minimalCell, perturbations, facts);
    expect(facts.genes).toHaveLength(minimalCell.facts().genes.length + 2);
    expect(model.constants.ribosomeSpeed).toBe(14);
    const gene = model.genes.findIndex(({ id }) => id === "GFP_1");
    expect(model.rates[gene]).toMatchObject({ transcription: 0.05, copies: 0 });
    const cell = { model, state: newbornCell(model, 3) };
    expect(await advanceMany([cell], 300, oracle)).toEqual([{ status: "advanced" }]);
    expect(cell.state.values[model.at.proteins + gene]).toBeGreaterThan(0);
    expect(Math.max(...ledgersOf(model, cell.state).map(({ drift }) => Math.abs(drift)))).toBe(0);
    expect(() => withPackages(facts, {}, [of])).toThrow(/has a gene "GFP_1" already/);
  });

  test("to a VM: genes, parameters, then functions, which stay in its process state", async () => {
    await bundle("reporter");
    const of: BiologicalPackage = await library.install("reporter");
    await using processes = new LuaProcesses();
    const state = processes.state("vm");
    const limits = { instructions: 1e6, memory: 2 ** 24, deadline: 30 };
    const done: string[] = [];
    const target: PackageTarget = {
      addGenes: async (genes) => void done.push(`${genes.length} genes`),
      setParameters: async ({ constants }) => void done.push(Object.keys(constants).join()),
      loadFunctions: async (source, file) => {
        done.push(file);
        await state.run(source, {}, limits);
      },
    };
    await applyPackage(of, target);
    expect(done).toEqual(["2 genes", "ribosomeSpeed", "lua/twice.lua"]);
    const biology = { transcribe_gene: async () => ({ produced: { transcripts: 2 } }) };
    expect((await state.run('twice("GFP_1")', biology, limits)).value).toBe(2);
  });

  const genbank = sharedData("genomes/syn3A.gb");
  test.skipIf(genbank === null)(
    "genes of a GenBank file are read (shared data not beside the checkout: skipped)",
    async () => {
      const folder = join(registry, "syn3a-genes");
      mkdirSync(folder);
      cpSync(genbank ?? "", join(folder, "genes.gb"));
      await packBundle(folder, { name: "syn3a-genes", version: "1", genes: ["genes.gb"] });
      // JCVI-syn3A is read by another code table, which its file says
      expect((await library.install("syn3a-genes")).genes.length).toBeGreaterThan(450);
    },
  );
});
