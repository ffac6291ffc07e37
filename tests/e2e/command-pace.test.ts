import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Sequences, seededRandom, sequenceAlignment } from "bioxen";
import { describe, expect, test } from "vitest";
import { bioxen, json } from "../support/command.ts";
import { leastShare } from "../support/machine-pace.ts";
import { sharedData } from "../support/shared-data.ts";
import { temporaryFiles } from "../support/temporary-files.ts";

const { folder, file } = temporaryFiles();
const at = (name: string): string => join(folder, name);

describe("probe", () => {
  test("answers within a second, warm, or as soon as 25 starts of Node.js on a slower machine", async () => {
    await bioxen(["probe"]);
    expect(await leastShare({ milliseconds: 1000, starts: 25 }, () => bioxen(["probe"]))).toBeLessThan(1);
  });
});

describe("interruption", () => {
  test("Ctrl-C ends a long search at once and leaves no file", async () => {
    const big = file("big.fa", fasta(sequenceAlignment.generate(4e8, seededRandom(1)).targets));
    const startedAt = performance.now();
    const { code, stdout } = await bioxen(["align", "--query", big, "--target", big, "--scores", at("never.txt")], {
      during: (kill) => setTimeout(() => kill("SIGINT"), 1500),
    });
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    expect(performance.now() - startedAt).toBeLessThan(6000);
    expect(existsSync(at("never.txt"))).toBe(false);
    expect(readdirSync(folder).filter((name) => name.includes(".tmp"))).toEqual([]);
  });
});

const queries = sharedData("align/P07327.fasta");
const database = sharedData("align/proteins_20k.fasta.gz");
describe("beside the shared data", () => {
  test("a cold search of 20,000 proteins takes at most 1.5 s, or as long as 30 starts of Node.js", async (context) => {
    if (queries === null || database === null) return context.skip("the shared data folder is missing");
    const search = ["align", "--query", queries, "--target", database, "--threads", "1"];
    expect(await leastShare({ milliseconds: 1500, starts: 30 }, () => json(search))).toBeLessThan(1);
  });
});

function fasta({ names, residues, offsets }: Sequences): string {
  const text = new TextDecoder().decode(residues.slice());
  return names.map((name, index) => `>${name}\n${text.slice(offsets[index], offsets[index + 1])}\n`).join("");
}
