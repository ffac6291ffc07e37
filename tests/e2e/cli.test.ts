import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { writeOnnxModel } from "bioxen";
import { beforeAll, describe, expect, test } from "vitest";
import { bioxen, json } from "../support/command.ts";
import { temporaryFiles } from "../support/temporary-files.ts";

const { folder, file } = temporaryFiles();
const at = (name: string): string => join(folder, name);

const globins = ">a first protein\nMVLSPADKTNVKAAW\n>b\nMVHLTPEEKSAVTALW\n>c\nGGGGG\n";
const jaspar = ">M1 tata\nA [ 0 90 5 90 ]\nC [ 5 0 5 5 ]\nG [ 5 5 0 5 ]\nT [ 90 5 90 0 ]\n";
let proteins = "";
let dna = "";
beforeAll(() => {
  proteins = file("proteins.fa", globins);
  dna = file("dna.fa", ">chr\nGGTATAGGNNTATACC\n>two\nTATA\n");
});

describe("help and usage", () => {
  test.each(["demo", "probe", "calibrate", "explain", "align", "motifs", "matmul", "onnx", "bench", "profile"])(
    "%s has help with an example and --json",
    async (command) => {
      const { code, stdout } = await bioxen([command, "--help"]);
      expect(code).toBe(0);
      expect(stdout).toContain(`$ bioxen ${command}`);
      expect(stdout).toContain("--json");
    },
  );

  test.each([
    [["nonsense"], /unknown command/],
    [["align"], /give --query and --target, or --pairs/],
    [["align", "--query", "x", "--target", "y", "--gap-open", "-1"], /at least 0/],
    [["align", "--query", "x", "--target", "y", "--mode", "sideways"], /Allowed choices are local/],
    [["align", "--query", "x", "--target", "y", "--match", "1"], /come together/],
    [["align", "--query", "x", "--target", "y", "--match", "1", "--mismatch", "4"], /a score, not a cost/],
    [["motifs", "--sequence", "x"], /required option '--matrices/],
    [["motifs", "--matrices", "x", "--sequence", "y", "--p-value", "1.5"], /between 0 and 1/],
    [["matmul", "--size", "0"], /at least 1/],
    [["matmul", "--threads", "two"], /a number is expected/],
    [["bench", "--frobnicate"], /unknown option/],
  ])("%j is a usage error: exit 2, nothing on stdout", async (args, message) => {
    const { code, stdout, stderr } = await bioxen(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
  });

  test("the version is the package's", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    expect((await bioxen(["--version"])).stdout.trim()).toBe(version);
  });
});

describe("probe", () => {
  test("names devices, and accelerators without one with the reason", async () => {
    const { devices, absent } = await json(["probe"]);
    expect(devices).toEqual(expect.arrayContaining([expect.objectContaining({ id: "cpu-simd:0", kind: "cpu" })]));
    for (const one of absent as { accelerator: string; status: string; reason: string }[]) {
      expect(["absent", "broken"]).toContain(one.status);
      expect(one.reason).not.toBe("");
    }
  });
});

describe("align", () => {
  test("answers with one object of the documented fields", async () => {
    const scores = at("scores.txt");
    const answer = await json(["align", "--query", proteins, "--target", proteins, "--top", "2", "--scores", scores]);
    expect(answer).toMatchObject({
      workload: "sequence-alignment",
      device: { id: expect.any(String), name: expect.any(String), kind: "cpu", features: expect.any(Array) },
      work: { units: 36 * 36, unit: "cell" },
      predicted: { seconds: expect.any(Number) },
      measured: { seconds: expect.any(Number), cpuSeconds: expect.any(Number), joules: null, energySource: null },
      prepareSeconds: expect.any(Number),
      throughput: { value: expect.any(Number), unit: "GCUPS" },
      rejected: expect.any(Array),
      output: { queries: 3, targets: 3 },
    });
    const { hits } = answer["output"] as { hits: { query: string; target: string; score: number }[] };
    expect(hits.slice(0, 2).map(({ query, target }) => query + target)).toEqual(["aa", "ab"]);
    const lines = readFileSync(scores, "utf8").trim().split("\n").map(Number);
    expect(lines).toHaveLength(9);
    expect(lines[0]).toBe(hits[0]?.score);
    // GGGGG against itself: five times 6
    expect(lines[8]).toBe(30);
  });

  test("gives the same scores on every device, thread count and packing", async () => {
    const zipped = file("proteins.fa.gz", gzipSync(globins));
    const scoresOf = async (...more: string[]): Promise<string> => {
      await json(["align", "--query", proteins, "--target", zipped, "--scores", at("s.txt"), ...more]);
      return readFileSync(at("s.txt"), "utf8");
    };
    const expected = await scoresOf("--device", "reference");
    expect(await scoresOf("--device", "cpu-simd")).toBe(expected);
    expect(await scoresOf("--device", "cpu-simd:0", "--threads", "1")).toBe(expected);
  });

  test("scores DNA pairs, N matching nothing", async () => {
    const pairs = file("pairs.seq", ">ACGTACGT\n<ACGTACGT\n>ACGNNCGT\n<ACGNNCGT\n");
    const { output } = await json([
      "align",
      "--pairs",
      pairs,
      "--match",
      "1",
      "--mismatch",
      "-4",
      "--gap-open",
      "8",
      "--gap-extend",
      "2",
    ]);
    expect((output as { hits: { score: number }[] }).hits.map(({ score }) => score)).toEqual([8, 3]);
  });

  test("verifies on another device when asked", async () => {
    const { verifiedBy } = await json([
      "align",
      "--query",
      proteins,
      "--target",
      proteins,
      "--verify",
      "1",
      "--device",
      "cpu-simd",
    ]);
    expect(verifiedBy).toBe("reference:0");
  });

  test("only explains when asked", async () => {
    const answer = await json(["align", "--query", proteins, "--target", proteins, "--explain"]);
    expect(answer).toMatchObject({
      candidates: expect.any(Array),
      reason: expect.any(String),
      rejected: expect.any(Array),
    });
    expect(answer).not.toHaveProperty("output");
  });

  test("keeps tables within 80 columns and without colour in a pipe", async () => {
    const long = file("long.fa", `>${"x".repeat(120)}\nMVLSPADKTNVKAAW\n`);
    const { stdout } = await bioxen(["align", "--query", long, "--target", long]);
    const rows = stdout.split("\n").filter((line) => /[│┌├└]/.test(line));
    expect(rows.length).toBeGreaterThan(3);
    for (const row of rows) expect(row.length).toBeLessThanOrEqual(80);
    expect(stdout).not.toContain("\u001b[");
  });
});

describe("bad input ends with exit 1, one line on stderr and nothing on stdout", () => {
  const cases: readonly (readonly [string, () => string[], RegExp])[] = [
    ["a missing file", () => ["align", "--query", at("none.fa"), "--target", proteins], /none\.fa.*FORMAT_INVALID/],
    [
      "an empty file",
      () => ["align", "--query", file("empty.fa", ""), "--target", proteins],
      /empty\.fa.*FORMAT_INVALID/,
    ],
    [
      "a digit in a sequence",
      () => ["align", "--query", file("digit.fa", ">q\nMVL\nM9L\n"), "--target", proteins],
      /digit\.fa:3: found "9"/,
    ],
    [
      "a truncated gzip",
      () => ["align", "--query", file("cut.gz", gzipSync(globins).subarray(0, 30)), "--target", proteins],
      /cut\.gz.*FORMAT_INVALID/,
    ],
    [
      "a protein where DNA is expected",
      () => ["align", "--query", proteins, "--target", dna, "--match", "1", "--mismatch", "-1"],
      /sequence a, position \d+: "[A-Z]"/,
    ],
    [
      "an ambiguous residue under the strict policy",
      () => ["align", "--query", file("x.fa", ">q\nMVXL\n"), "--target", proteins, "--ambiguous", "error"],
      /sequence q, position 2: "X"/,
    ],
    [
      "an unknown matrix",
      () => ["align", "--query", proteins, "--target", proteins, "--matrix", "BLOSUM63"],
      /no matrix BLOSUM63/,
    ],
    [
      "an unknown device",
      () => ["align", "--query", proteins, "--target", proteins, "--device", "gpu-cuda"],
      /no device gpu-cuda/,
    ],
    ["a workload that does not exist", () => ["explain", "alignn"], /near it: align/],
    ["a matrix beyond memory", () => ["matmul", "--size", "1000000"], /does not fit in memory.*OUT_OF_MEMORY/],
    [
      "scores beyond 16 bits",
      () => ["align", "--query", dna, "--target", dna, "--match", "40000", "--mismatch", "-1"],
      /score 40000 is no whole number from -32767/,
    ],
    [
      "a deadline that passes",
      () => ["matmul", "--size", "900", "--device", "reference", "--deadline", "0.1"],
      /DEADLINE_EXCEEDED/,
    ],
    [
      "matrices of another kind",
      () => ["motifs", "--matrices", proteins, "--sequence", dna],
      /proteins\.fa:?\d*.*FORMAT_INVALID/,
    ],
    ["no model", () => ["onnx", file("no.onnx", "no model at all")], /no\.onnx.*FORMAT_INVALID/],
    [
      "an array that is none",
      () => ["matmul", "--a", file("no.npy", "x"), "--b", at("no.npy")],
      /no\.npy: found something else/,
    ],
    [
      "an output folder that is missing",
      () => ["align", "--query", proteins, "--target", proteins, "--scores", at("nowhere/s.txt")],
      /nowhere/,
    ],
  ];
  test.each(cases)("%s", async (_name, args, message) => {
    const { code, stdout, stderr } = await bioxen(args());
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect({ code, stdout, lines: stderr.trim().split("\n").length }).toEqual({ code: 1, stdout: "", lines: 1 });
  });

  test("as JSON where JSON was asked for", async () => {
    const { code, stderr } = await bioxen(["align", "--query", at("none.fa"), "--target", proteins, "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: "FORMAT_INVALID", id: "BX102", retry: "never" } });
  });
});

describe("motifs, matmul, onnx, explain, calibrate and bench", () => {
  test("motifs lists hits per matrix and writes them as intervals", async () => {
    const hits = at("hits.tsv");
    const { output } = await json([
      "motifs",
      "--matrices",
      file("m.jaspar", jaspar),
      "--sequence",
      dna,
      "--p-value",
      "0.005",
      "--hits",
      hits,
    ]);
    // TATA at 2 and 10 of chr and 0 of two, each a palindrome and so a hit on both strands
    expect(output).toMatchObject({ totalHits: 6, matrices: [{ id: "M1", name: "tata", hits: 6 }] });
    expect(
      readFileSync(hits, "utf8")
        .split("\n")
        .slice(1, 3)
        .map((line) => line.split("\t").slice(0, 4)),
    ).toEqual([
      ["chr", "2", "6", "+"],
      ["chr", "2", "6", "-"],
    ]);
  });

  test("matmul multiplies files", async () => {
    await json(["matmul", "--size", "3", "--out", at("c.npy")]);
    const { output } = await json(["matmul", "--a", at("c.npy"), "--b", at("c.npy"), "--out", at("d.npy")]);
    expect(output).toMatchObject({ rows: 3, columns: 3 });
    const header = readFileSync(at("d.npy")).toString("latin1");
    expect(header).toContain("'shape': (3, 3)");
    const sameSeed = await json(["matmul", "--size", "3"]);
    const again = await json(["matmul", "--size", "3"]);
    expect(sameSeed["output"]).toEqual(again["output"]);
  });

  test("onnx runs a user's model", async (context) => {
    const { devices } = await json(["probe"]);
    if (!(devices as { id: string }[]).some(({ id }) => id.startsWith("npu-onnx")))
      return context.skip("no ONNX Runtime here");
    const model = writeOnnxModel({
      name: "double",
      nodes: [{ op: "Add", inputs: ["x", "x"], outputs: ["y"] }],
      inputs: [{ name: "x", type: "float32", dims: ["n"] }],
      outputs: [{ name: "y", type: "float32", dims: ["n"] }],
    });
    const path = file("double.onnx", model);
    const feeds = file("feeds.json", JSON.stringify({ x: { type: "float32", dims: [3], data: [1, 2, 3] } }));
    const { output } = await json(["onnx", path, "--feeds", feeds, "--outputs", at("y.json")]);
    expect(output).toMatchObject({ outputs: { y: { type: "float32", dims: [3], data: [2, 4, 6] } }, randomInputs: [] });
    expect(JSON.parse(readFileSync(at("y.json"), "utf8"))).toMatchObject({ y: { data: [2, 4, 6] } });
    expect(await json(["onnx", path, "--batch", "5"])).toMatchObject({ output: { randomInputs: ["x"] } });
  });

  test("explain prefers the faster device for a big product", async () => {
    const { candidates } = await json(["explain", "matmul", "--size", "1e8"]);
    const ids = (candidates as { device: { id: string } }[]).map(({ device }) => device.id);
    expect(ids.indexOf("cpu-simd:0")).toBeLessThan(ids.indexOf("reference:0"));
  });

  test("calibrate keeps what it measured where XDG says, and predictions are then calibrated", async () => {
    const env = { XDG_CACHE_HOME: at("cache") };
    expect((await bioxen(["calibrate", "--budget", "6", "--json"], { env })).code).toBe(0);
    expect(readdirSync(join(at("cache"), "bioxen"))).toContain("calibration.json");
    const { stdout } = await bioxen(["explain", "matmul", "--size", "1e6", "--json"], { env });
    const { candidates } = JSON.parse(stdout) as { candidates: { predicted: { basis: string } }[] };
    expect(candidates[0]?.predicted.basis).toBe("calibrated");
  });

  test("bench checks outputs against the oracle", async () => {
    const { results } = await json(["bench", "--workload", "matmul", "--device", "cpu-simd", "--seconds", "0.05"]);
    expect(
      (results as { agrees: boolean | null }[]).filter(({ agrees }) => agrees === true).length,
    ).toBeGreaterThanOrEqual(2);
  });

  test("demo shows every workload", async () => {
    const { runs } = await json(["demo"]);
    expect((runs as { workload: string }[]).map(({ workload }) => workload)).toEqual(
      expect.arrayContaining(["sequence-alignment", "motif-scan", "matrix-multiply"]),
    );
    expect(JSON.stringify(runs)).toContain("HBB_HUMAN");
  });
});
