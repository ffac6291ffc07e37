import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { openCheckpoint } from "../../dist/src/cli/checkpoint.js";
import { bioxen, json } from "../support/command.ts";

const folder = mkdtempSync(join(tmpdir(), "bioxen-cell-life-"));
const file = (name: string): string => join(folder, name);

const text = (path: string): string | null => (existsSync(path) ? readFileSync(path, "latin1") : null);

/** Calls back once a file is there that was not before, or has changed, and has a text in it. */
function whenWritten(path: string, then: () => void, having = ""): void {
  const before = text(path);
  const timer = setInterval(() => {
    const now = text(path);
    if (now === null || now === before || !now.includes(having)) return;
    clearInterval(timer);
    then();
  }, 20).unref();
}

describe("a long run", () => {
  const checkpoint = file("cells.checkpoint");
  const args = ["cell", "--organism", "syn3a", "--minutes", "80", "--device", "cpu-simd"];
  const kept = [...args, "--checkpoint", checkpoint];

  test("that was killed, then interrupted, continues bit for bit; another command's checkpoint is refused", async () => {
    const killed = await bioxen(kept, { during: (kill) => whenWritten(checkpoint, () => kill("SIGKILL")) });
    expect(killed.code).toBeNull();
    const interrupted = await bioxen(kept, { during: (kill) => whenWritten(checkpoint, () => kill("SIGINT")) });
    expect(interrupted.code).toBe(130);
    const other = await bioxen([...kept, "--seed", "2"]);
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining("belongs to another run")]);
    const [continued, whole] = [await json(kept), await json(args)];
    expect({ ...continued, measured: null }).toEqual({ ...whole, measured: null });
    expect(existsSync(checkpoint)).toBe(false);
  }, 180_000);

  test("of E. coli that divides continues bit for bit; with another answer to division it is another run", async () => {
    const path = file("ecoli.checkpoint");
    const ecoli = ["cell", "--organism", "ecoli", "--medium", "rich", "--minutes", "60", "--runs", "2"];
    const run = [...ecoli, "--at", "30.5:medium=glucose", "--device", "cpu-simd"];
    const daughter = '"divisions":1';
    // killed with a daughter on the disk; where it ended before it could be, once more
    for (let attempt = 0; text(path)?.includes(daughter) !== true; attempt++) {
      expect(attempt).toBeLessThan(10);
      await bioxen([...run, "--checkpoint", path], {
        during: (kill) => whenWritten(path, () => kill("SIGKILL"), daughter),
      });
    }
    const whole = await bioxen([...run, "--no-division", "--checkpoint", path]);
    expect([whole.code, whole.stderr]).toEqual([1, expect.stringContaining("belongs to another run")]);
    const [continued, again] = [await json([...run, "--checkpoint", path]), await json(run)];
    expect({ ...continued, measured: null }).toEqual({ ...again, measured: null });
    expect(continued).toMatchObject({ drift: 0 });
    expect(continued["divisions"]).toBeGreaterThanOrEqual(1);
    expect(JSON.stringify(continued["runs"])).toContain("growth-medium=");
  }, 240_000);

  test("a checkpoint's every byte is watched", async () => {
    const path = file("small.checkpoint");
    const state = { values: Float64Array.of(1, -0, Number.MIN_VALUE, 1 / 3), name: "x" };
    await (await openCheckpoint<typeof state>(path, "me")).write(state);
    expect((await openCheckpoint<typeof state>(path, "me")).before).toEqual(state);
    await expect(openCheckpoint(path, "you")).rejects.toThrow(expect.objectContaining({ code: "INPUT_INVALID" }));
    const bytes = readFileSync(path);
    const damaged = file("damaged.checkpoint");
    for (let at = 0; at < bytes.length; at++) {
      const wrong = Buffer.from(bytes);
      wrong[at] = (wrong[at] ?? 0) ^ (1 << (at % 8));
      writeFileSync(damaged, wrong);
      await expect(openCheckpoint(damaged, "me"), `byte ${at}`).rejects.toThrow(
        expect.objectContaining({ code: "FORMAT_INVALID" }),
      );
    }
    writeFileSync(damaged, bytes.subarray(0, -1));
    await expect(openCheckpoint(damaged, "me")).rejects.toThrow(/damaged/);
  });
});

describe("perturbations on the command line", () => {
  test("what means nothing for a cell of sectors, or for one of genes, is refused", async () => {
    writeFileSync(file("one.fa"), `>extra\nATG${"GCTAAACTG".repeat(20)}TAA\n`);
    const ecoli = ["cell", "--organism", "ecoli", "--minutes", "1"];
    const told = [
      [["--mutate", "65=T"], "no base to mutate"],
      [["--add-gene", file("one.fa")], "no genes"],
      [["--no-chromosome"], "keeps its chromosome"],
      [["--at", "1:IPTG=1"], "nothing answers to an inducer"],
      [["--at", "1:medium=mud"], 'no medium "mud"'],
    ] as const;
    for (const [flags, why] of told) {
      const { code, stderr } = await bioxen([...ecoli, ...flags]);
      expect([code, stderr], why).toEqual([1, expect.stringContaining(why)]);
    }
    const { code, stderr } = await bioxen(["cell", "--minutes", "1", "--at", "1:growth-medium=2"]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("no choice of media")]);
  }, 60_000);

  test("a mutant with a plasmid, an added gene and a change on the way; every one is among its events", async () => {
    writeFileSync(file("gene.fa"), `>extra\nATG${"GCTAAACTG".repeat(20)}TAA\n`);
    const coding = `ATG${"GCTAAACTG".repeat(30)}TAA`;
    writeFileSync(file("p.fasta"), `>p\n${"ACGT".repeat(50)}${coding}\n`);
    writeFileSync(
      file("p.gff3"),
      `##gff-version 3\np\tx\tCDS\t201\t${200 + coding.length}\t.\t+\t0\tID=c;locus_tag=gfp;product=fluorescent protein\n`,
    );
    const plot = file("bands.svg");
    const answer = await json([
      ...["cell", "--minutes", "10", "--runs", "3", "--mutate", "90=T", "--add-gene", file("gene.fa")],
      ...["--plasmid", `${file("p.gff3")}=12`, "--at", "5:without=KW", "--at", "6:atp=0.5", "--plot", plot],
    ]);
    expect(answer).toMatchObject({ genes: 57, drift: 0 });
    const [{ milestones = [], plasmids } = {}] = answer["runs"] as [
      { milestones: { time: number; detail?: string }[]; plasmids: unknown },
    ];
    const told = milestones.flatMap(({ time, detail }) => (detail === undefined ? [] : [`${time} ${detail}`]));
    expect(told[0]).toBe("0 base 90 becomes T");
    expect(told.join("; ")).toMatch(/gene extra put in behind base \d+; 0 plasmid p, 12 copies/);
    expect(told.slice(-2)).toEqual(["300 without=KW", "360 atp=0.5"]);
    expect(plasmids).toMatchObject([{ id: "p" }]);
    const svg = readFileSync(plot, "utf8");
    for (const words of ["median and 90 % of 3 cells", "ribosomes", "waiting", "ATP spent"])
      expect(svg).toContain(words);
  });

  test("a circuit runs from its file, and says what is wrong with one", async () => {
    const toggle = fileURLToPath(new URL("../../examples/toggle-switch.json", import.meta.url));
    const args = ["cell", "--organism", "syn3a", "--minutes", "30", "--device", "cpu-simd", "--regulation"];
    const answer = await json([...args, toggle]);
    const [lacI] = answer["regulators"] as [{ id: string; runs: number[][] }];
    expect(lacI.id).toBe("lacI");
    expect(lacI.runs[0]?.length).toBe(31);
    expect(lacI.runs[0]?.at(-1)).toBeGreaterThan(100);
    writeFileSync(file("bad.json"), JSON.stringify({ ...JSON.parse(readFileSync(toggle, "utf8")), genes: [] }));
    const bad = await bioxen([...args, file("bad.json")]);
    expect([bad.code, bad.stderr]).toEqual([1, expect.stringContaining('promoters.0.of: no gene "lacI"')]);
  });
});
