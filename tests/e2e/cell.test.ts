import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeBiggModel } from "bioxen";
import { describe, expect, test } from "vitest";
import { bioxen, json } from "../support/command.ts";
import { smallFluxModel } from "../support/small-flux-model.ts";

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

  test("more cells or minutes than the machine can hold are refused before the first is born", async () => {
    for (const flags of [
      ["--runs", "1e9", "--minutes", "1"],
      ["--minutes", "1e12"],
    ]) {
      const { code, stderr } = await bioxen(["cell", ...flags, "--json"]);
      expect(code).toBe(1);
      expect(JSON.parse(stderr)).toMatchObject({
        error: { code: "OUT_OF_MEMORY", message: expect.stringContaining("GB of") },
      });
    }
  });

  test("takes a flux model as metabolism, goes on from a checkpoint bit for bit, and tells of a knock-out", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bioxen-cell-"));
    const model = join(folder, "small.json");
    await writeBiggModel(model, smallFluxModel());
    const args = ["cell", "--minutes", "10", "--metabolism", model, "--device", "cpu-simd"];
    const checkpoint = join(folder, "cells.checkpoint");
    const kept = [...args, "--checkpoint", checkpoint];
    // stopped in the middle, if the machine lets it get there
    await bioxen(kept, {
      during: (kill) => {
        const timer = setInterval(() => {
          if (!existsSync(checkpoint)) return;
          clearInterval(timer);
          kill("SIGKILL");
        }, 10);
        setTimeout(() => clearInterval(timer), 60_000).unref();
      },
    });
    const [continued, whole, mutant] = [
      await json(kept),
      await json(args),
      await json([...args, "--knock-out", "MINI_0010"]),
    ];
    expect({ ...continued, measured: null }).toEqual({ ...whole, measured: null });
    expect(whole).toMatchObject({ drift: 0, stalled: 0, metabolism: { model: "small", every: 5, solves: 120 } });
    expect(mutant["stalled"]).toBeGreaterThan(0.5);
    expect(JSON.stringify(mutant["metabolism"])).toContain('"what":"ATP"');
    const refused = await bioxen(["cell", "--organism", "syn3a", "--minutes", "1", "--flux-every", "2"]);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("need a flux model")]);
    const text = await bioxen(["cell", "--minutes", "1", "--metabolism", model, "--flux-medium", "sugar=2"]);
    expect(text.stdout).toContain("supplied by small");
  }, 240_000);

  test("grows E. coli and yeast by proteome sector, in a medium by name or quality, past a division", async () => {
    const args = ["cell", "--organism", "ecoli", "--medium", "rich", "--minutes", "26"];
    const [rich, poor, yeast] = await Promise.all([
      json(args),
      json(["cell", "--organism", "ecoli", "--growth-medium", "1.24", "--minutes", "26"]),
      json(["cell", "--organism", "yeast", "--minutes", "5"]),
    ]);
    expect(rich).toMatchObject({ organism: "ecoli", genes: 6, drift: 0, divisions: 1 });
    expect(yeast).toMatchObject({ organism: "yeast", genes: 6, drift: 0, divisions: 0 });
    for (const key of ["events", "proteomeFold", "mrnaPerGene", "meanMrnaHalfLifeSeconds", "volumeFold", "measured"])
      expect(rich, key).toHaveProperty(key);
    expect((rich["ledgers"] as { drift: number }[]).every(({ drift }) => drift === 0)).toBe(true);
    expect(rich["proteomeFold"]).toBeGreaterThan(2);
    expect(poor["proteomeFold"]).toBeLessThan(1.3);
    const [run] = rich["runs"] as { sectors: { sectors: { id: string }[]; culture: { ribosomes: number } } }[];
    expect(run?.sectors.sectors.map(({ id }) => id)).toEqual(["R", "P", "M", "Q", "rRNA", "tRNA"]);
    const { code, stdout } = await bioxen(["cell", "--organism", "ecoli", "--minutes", "1", "--no-division"]);
    expect([code, stdout.includes("6 sectors"), stdout.includes("ribosomal proteins")]).toEqual([0, true, true]);
    expect((await bioxen([...args.slice(0, 3), "--medium", "mud"])).stderr).toContain('no medium "mud"');
    expect((await bioxen(["cell", "--medium", "rich"])).stderr).toContain("no choice of media");
  }, 240_000);
});
