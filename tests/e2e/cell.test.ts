import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bioxen, json } from "../support/command.ts";

describe("bioxen cell", () => {
  test("runs with no file; the same seed gives the same cell, another another", async () => {
    const args = ["cell", "--minutes", "5"];
    const [first, again, other] = await Promise.all([json(args), json(args), json([...args, "--seed", "2"])]);
    expect(first).toMatchObject({ organism: "minimal_cell", genes: 55, drift: 0 });
    for (const key of ["events", "proteomeFold", "mrnaPerGene", "meanMrnaHalfLifeSeconds", "volumeFold", "measured"])
      expect(first, key).toHaveProperty(key);
    expect((first["ledgers"] as { drift: number }[]).every(({ drift }) => drift === 0)).toBe(true);
    expect(again["ledgers"]).toEqual(first["ledgers"]);
    expect(other["ledgers"]).not.toEqual(first["ledgers"]);
  });

  test("draws, and prints a table of several cells", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bioxen-cell-"));
    const plot = join(folder, "cell.svg");
    const { code, stdout } = await bioxen(["cell", "--minutes", "2", "--runs", "3", "--plot", plot]);
    expect(code).toBe(0);
    expect(stdout).toContain("minimal cell: 55 genes");
    expect(readFileSync(plot, "utf8")).toContain("<svg");
  });

  test("says what is wrong with a genome file, and where", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "bioxen-cell-")), "bad.gb");
    writeFileSync(file, "LOCUS       X  9 bp    DNA     linear   SYN 01-JAN-2000\nORIGIN\n        1 acgtacgta\n");
    const { code, stderr } = await bioxen(["cell", file]);
    expect(code).toBe(1);
    expect(stderr).toContain("bad.gb:4");
    expect((await bioxen(["cell", "--knock-out", "nobody", "--minutes", "1"])).stderr).toContain('no gene "nobody"');
  });
});
