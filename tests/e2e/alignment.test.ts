import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type SearchHit, seededRandom } from "bioxen";
import { afterAll, describe, expect, test } from "vitest";
import { bioxen, json } from "../support/command.ts";
import { sharedData } from "../support/shared-data.ts";

const folder = mkdtempSync(join(tmpdir(), "bioxen-align-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, text: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const pairs = file("pairs.seq", ">ACGTACGTAC\n<ACGTATTCGTAC\n>GATTACA\n<GATTTACA\n");
const columns = file("pairs.tsv", "ACGTACGTAC\tACGTATTCGTAC\nGATTACA\tGATTTACA\n");
const scoring = ["--match", "2", "--mismatch", "-3", "--gap-open", "5", "--gap-extend", "2"];
const globins = ">a\nMVLSPADKTNVKAAW\n>b\nMVHLTPEEKSAVTALW\n>c\nGGGGG\n";
const proteins = file("proteins.fa", globins);

interface Alignment {
  readonly score: number;
  readonly cigar: string;
}

describe("align --pairs", () => {
  test.each([pairs, columns])("tells score, CIGAR and coordinates in input order: %s", async (path) => {
    const { output, measured, workload } = await json([
      "align",
      "--pairs",
      path,
      "--mode",
      "global",
      ...scoring,
      "--cigar",
    ]);
    expect(workload).toBe("alignment-traceback");
    expect(measured).toMatchObject({ seconds: expect.any(Number), cpuSeconds: expect.any(Number) });
    expect((output as { alignments: unknown[] }).alignments).toMatchObject([
      {
        score: 13,
        cigar: "5=2D5=",
        queryStart: 0,
        queryEnd: 10,
        targetStart: 0,
        targetEnd: 12,
        columns: 12,
        identities: 10,
      },
      { score: 9, cigar: "2=1D5=", queryStart: 0, queryEnd: 7, targetStart: 0, targetEnd: 8 },
    ]);
  });

  test("gives scores alone, ends, starts, and M for = and X, as asked", async () => {
    const alignments = async (...more: string[]): Promise<Alignment[]> =>
      ((await json(["align", "--pairs", pairs, ...scoring, ...more]))["output"] as { alignments: Alignment[] })
        .alignments;
    expect(await alignments()).toEqual([{ score: 13 }, { score: 10 }]);
    expect(await alignments("--ends")).toEqual([
      { score: 13, queryEnd: 10, targetEnd: 12 },
      { score: 10, queryEnd: 7, targetEnd: 8 },
    ]);
    expect((await alignments("--starts"))[0]).toMatchObject({ queryStart: 0, targetStart: 0 });
    expect((await alignments("--cigar", "--cigar-style", "plain"))[0]?.cigar).toBe("5M2D5M");
  });

  test("writes SAM, PAF and BLAST's columns, whole", async () => {
    const out = join(folder, "pairs.out");
    const lines = async (format: string, ...more: string[]): Promise<string[]> => {
      await bioxen(["align", "--pairs", pairs, ...scoring, "--format", format, "--out", out, ...more]);
      return readFileSync(out, "utf8").trimEnd().split("\n");
    };
    expect(await lines("paf")).toEqual([
      "pair-0\t10\t0\t10\t+\tpair-0\t12\t0\t12\t10\t12\t255\tAS:i:13\tNM:i:2\tcg:Z:5=2D5=",
      "pair-1\t7\t2\t7\t+\tpair-1\t8\t3\t8\t5\t5\t255\tAS:i:10\tNM:i:0\tcg:Z:5=",
    ]);
    const sam = await lines("sam");
    expect(sam.slice(0, 3)).toEqual(["@HD\tVN:1.6\tSO:unknown", "@SQ\tSN:pair-0\tLN:12", "@SQ\tSN:pair-1\tLN:8"]);
    expect(sam.at(-1)).toBe("pair-1\t0\tpair-1\t4\t255\t2S5=\t*\t0\t0\tGATTACA\t*\tAS:i:10\tNM:i:0");
    expect((await lines("sam", "--cigar-style", "plain")).at(-1)).toContain("\t2S5M\t");
    expect((await lines("paf", "--cigar-style", "plain"))[0]).toContain("cg:Z:5M2D5M");
    // BLAST counts from 1
    expect((await lines("tsv"))[0]?.split("\t")).toEqual([
      "pair-0",
      "pair-0",
      "83.333",
      "12",
      "0",
      "1",
      "1",
      "10",
      "1",
      "12",
      "NA",
      "NA",
    ]);
  });

  const long = sharedData("align/ecoli10k_94.seq");
  test.skipIf(long === null)(
    `aligns 10 kb from end to end${long === null ? " (skipped: no shared data)" : ""}`,
    async () => {
      const { output } = await json([
        "align",
        "--pairs",
        long ?? "",
        "--mode",
        "global",
        "--match",
        "0",
        "--mismatch",
        "-4",
        "--gap-open",
        "8",
        "--gap-extend",
        "2",
        "--cigar",
      ]); // prettier-ignore
      const { alignments } = output as { alignments: Alignment[] };
      expect(alignments[0]?.score).toBe(-2818);
    },
  );
});

describe("align a database", () => {
  test("places the best and says what chance would do", async () => {
    const more = ["--gap-open", "12", "--top", "2", "--cigar"];
    const { output } = await json(["align", "--query", proteins, "--target", proteins, ...more]);
    const { hits } = output as { hits: Record<string, unknown>[] };
    expect(hits[0]).toMatchObject({ query: "a", target: "a", cigar: "15=", identity: 1, queryStart: 0, queryEnd: 15 });
    expect(hits[0]?.["bitScore"]).toBeCloseTo((0.267 * Number(hits[0]?.["score"]) - Math.log(0.041)) / Math.LN2, 6);
    expect(hits[0]?.["eValue"]).toBeGreaterThan(0);
  });

  test("has one line of SAM a read that is not of a second best target", async () => {
    const reads = file("reads.fa", ">r\nACGTACGT\n>r\nGGGTACCC\n");
    const genome = file("genome.fa", ">one\nTTACGTACGTTT\n>two\nACGTAAGGGTACCC\n");
    const { stdout } = await bioxen(["align", "--query", reads, "--target", genome, ...scoring, "--format", "sam"]);
    const records = stdout
      .trimEnd()
      .split("\n")
      .filter((line) => !line.startsWith("@"));
    expect(records.map((line) => line.split("\t").slice(0, 3))).toEqual([
      ["r", "0", "one"],
      ["r", "256", "two"],
      ["r", "0", "two"],
      ["r", "256", "one"],
    ]);
    // a stop is nothing that SEQ may hold
    const stop = file("stop.fa", ">p\nMVLSPADK*\n");
    const protein = await bioxen(["align", "--query", stop, "--target", proteins, "--top", "1", "--format", "sam"]);
    expect(protein.stdout.trimEnd().split("\n").at(-1)?.split("\t").slice(5, 11)).toEqual([
      "8=1S",
      "*",
      "0",
      "0",
      "*",
      "*",
    ]);
  });

  test("says why there are no E-values", async () => {
    const why = async (...more: string[]): Promise<unknown> =>
      ((await json(["align", "--query", proteins, "--target", proteins, ...more]))["output"] as { noEValues?: string })
        .noEValues;
    expect(await why("--gap-open", "12")).toBeUndefined();
    expect(await why("--gap-open", "30")).toMatch(/BLOSUM62 with gap costs of 30\/1; there are .*12\/1/);
    expect(await why("--matrix", "BLOSUM80")).toMatch(/for BLOSUM80$/);
    expect(await why("--gap-open2", "20", "--gap-extend2", "1")).toMatch(/two pieces/);
    expect(await why("--mode", "global")).toMatch(/global/);
  });

  test("in batches is the same as at once", async () => {
    const hitsOf = async (...more: string[]): Promise<unknown> =>
      (
        (
          await json(["align", "--query", proteins, "--target", file("z.fa.gz", gzipSync(globins)), "--cigar", ...more])
        )["output"] as { hits: unknown }
      ).hits;
    expect(await hitsOf("--batch", "16")).toEqual(await hitsOf());
  });

  test("all against all has each pair, but none with itself", async () => {
    const { output } = await json(["align", "--query", proteins, "--all-against-all", "--starts"]);
    const { hits } = output as { hits: { query: string; target: string; score: number }[] };
    expect(hits.map(({ query, target }) => query + target).sort()).toEqual(["ab", "ac", "ba", "bc", "ca", "cb"]);
    const scoreOf = (a: string, b: string): number | undefined =>
      hits.find(({ query, target }) => query === a && target === b)?.score;
    expect(scoreOf("a", "b")).toBe(scoreOf("b", "a"));
  });

  test("reads a matrix in NCBI's format, row for the query", async () => {
    const matrix = file(
      "oneway.mat",
      "# one way\n   A  C  G  T  N\nA  1  9 -1 -1 -1\nC -1  1 -1 -1 -1\nG -1 -1  1 -1 -1\nT -1 -1 -1  1 -1\nN -1 -1 -1 -1 -1\n",
    );
    const q = file("q.fa", ">a\nA\n>c\nC\n");
    const { output } = await json(["align", "--query", q, "--target", q, "--matrix", matrix, "--top", "1"]);
    expect((output as { hits: unknown[] }).hits).toMatchObject([
      { query: "a", target: "c", score: 9 },
      { query: "c", target: "c", score: 1 },
    ]);
  });

  test("takes no more memory for a larger file", () => {
    const random = seededRandom(3);
    const record = (at: number): string =>
      `>t${at}\n${Array.from({ length: 400 }, () => "ACDEFGHIKLMNPQRSTVWY"[Math.floor(random() * 20)]).join("")}\n`;
    const some = Array.from({ length: 250 }, (_, at) => record(at)).join("");
    const script = file(
      "search.mjs",
      `
      import { BioAcceleratorManager, blosum62, parseFasta, searchSequences, streamSequences } from "bioxen";
      import { cpuSimd } from "bioxen/accelerators";
      const manager = await BioAcceleratorManager.open({ accelerators: [cpuSimd] });
      const scheme = { mode: "local", matrix: blosum62, gapOpen: 11, gapExtend: 1, ambiguous: "score" };
      const queries = parseFasta(new TextEncoder().encode(">q\\nMKVLAAGIVGLCAKAYW\\n"));
      const found = await searchSequences(manager, queries, streamSequences(process.argv[2], { residuesPerBatch: 2 ** 20 }), scheme, { top: 5, want: "cigar" });
      await manager[Symbol.asyncDispose]();
      console.log(JSON.stringify({ targets: found.targets, hits: found.hits.length, peak: process.resourceUsage().maxRSS * 1024 }));`,
    );
    const peakOf = (copies: number): number => {
      const database = file("large.fa", some.repeat(copies));
      // beside the package, or it would not be found by its name
      const { stdout, stderr } = spawnSync(
        process.execPath,
        [
          "--input-type=module",
          "-e",
          readFileSync(script, "utf8").replace("process.argv[2]", JSON.stringify(database)),
        ],
        { encoding: "utf8" },
      );
      const { targets, hits, peak } = JSON.parse(stdout || JSON.stringify({ stderr })) as {
        targets: number;
        hits: number;
        peak: number;
      };
      expect([targets, hits]).toEqual([250 * copies, 5]);
      return peak;
    };
    const [small, large] = [peakOf(400), peakOf(1200)];
    // 80 MB more of residues, which are held twice; 64 MiB are let be before garbage is looked for
    expect(large - small).toBeLessThan(60e6);
  }, 60_000);
});

test("takes no more memory for a longer record", () => {
  const script = `
    import { BioAcceleratorManager, matchMismatch, parseFasta, piecesFor, searchSequences, streamSequences } from "bioxen";
    import { cpuSimd } from "bioxen/accelerators";
    const manager = await BioAcceleratorManager.open({ accelerators: [cpuSimd], calibration: false });
    const scheme = { mode: "local", matrix: matchMismatch(2, -3), gapOpen: 7, gapExtend: 2, ambiguous: "score" };
    const queries = parseFasta(new TextEncoder().encode(">q\\nTTTTGATTACATTTT\\n"));
    const batches = streamSequences(FILE, { residuesPerBatch: 2 ** 21, pieces: piecesFor(queries, scheme) });
    const { targets, hits } = await searchSequences(manager, queries, batches, scheme, { top: 5, want: "cigar" });
    await manager[Symbol.asyncDispose]();
    console.log(JSON.stringify({ targets, hit: hits[0], peak: process.resourceUsage().maxRSS * 1024 }));`;
  const peakOf = (lines: number): number => {
    const chromosome = file("chromosome.fa", `>c\n${`${"ACGGC".repeat(20)}\n`.repeat(lines)}TTTTGATTACATTTT\n`);
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ["--input-type=module", "-e", script.replace("FILE", JSON.stringify(chromosome))],
      { encoding: "utf8" },
    );
    const { targets, hit, peak } = JSON.parse(stdout || JSON.stringify({ stderr })) as {
      targets: number;
      hit: SearchHit;
      peak: number;
    };
    expect(targets).toBe(1);
    const end = 100 * lines + 15;
    expect(hit).toMatchObject({ name: "c", length: end, score: 30, place: { targetStart: end - 15, targetEnd: end } });
    return peak;
  };
  const [short, long] = [peakOf(500_000), peakOf(1_300_000)];
  // 80 MB more of residues, which would be held three times; 64 MiB are let be before garbage is looked for, and peaks scatter
  expect(long - short).toBeLessThan(150e6);
}, 60_000);

describe("align refuses", () => {
  test.each([
    [["--pairs", "x", "--query", "y"], /give --query and --target/],
    [["--pairs", "x", "--gap-open2", "4"], /come together/],
    [["--pairs", "x", "--free-ends", "queryEnd"], /--mode semi-global/],
    [["--pairs", "x", "--mode", "semi-global", "--free-ends", "left"], /queryStart, queryEnd/],
    [["--pairs", "x", "--out", "y"], /--format/],
    [["--pairs", "x", "--format", "sam", "--json"], /give --out/],
  ])("%j: exit 2, nothing on stdout", async (args, message) => {
    const { code, stdout, stderr } = await bioxen(["align", ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
  });

  test("an empty database, a residue that is none, and leaves no file", async () => {
    const out = join(folder, "never.sam");
    for (const [text, message] of [
      ["", /empty file/],
      [">t\nAC1\n", /column 3|'1'|digit/],
    ] as const) {
      const { code, stderr } = await bioxen([
        "align",
        "--query",
        proteins,
        "--target",
        file("bad.fa", text),
        "--format",
        "sam",
        "--out",
        out,
      ]);
      expect(code).toBe(1);
      expect(stderr).toMatch(message);
    }
    expect(existsSync(out)).toBe(false);
  });
});
