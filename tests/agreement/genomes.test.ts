import { readFileSync } from "node:fs";
import { genomeOf, parseGenbank } from "bioxen";
import { describe, expect, test } from "vitest";
import { sharedData } from "../support/shared-data.ts";

const path = sharedData("genomes/syn3A.gb");

describe.skipIf(path === null)("JCVI-syn3A, CP016816.2 (skipped where the shared data is missing)", () => {
  const read = () => {
    const [record] = parseGenbank(readFileSync(path ?? ""), path ?? "");
    if (record === undefined) throw new Error("no record");
    return record;
  };

  test("496 genes, 458 CDS, and every protein as the file's own /translation has it", () => {
    const record = read();
    expect(record).toMatchObject({ id: "CP016816.2", circular: true });
    expect(record.sequence.length).toBe(543_379);
    expect(record.features.filter(({ type }) => type === "gene").length).toBe(496);
    expect(record.features.filter(({ type }) => type === "CDS").length).toBe(458);
    const { genes } = genomeOf(record);
    expect(genes.length).toBe(496);
    const proteins = genes.filter(({ declaredProtein }) => declaredProtein !== null);
    expect(proteins.length).toBe(455);
    expect(proteins.filter(({ protein, declaredProtein }) => protein !== declaredProtein)).toEqual([]);
    expect(proteins.flatMap(({ faults }) => faults)).toEqual([]);
  });

  test("read with table 11, where UGA is a stop, 343 proteins are cut short", () => {
    const { genes } = genomeOf(read(), { table: 11 });
    const cut = genes.filter(({ faults }) => faults.some((fault) => fault.startsWith("internal stop")));
    expect(cut.length).toBe(343);
    for (const { protein, declaredProtein } of cut)
      expect(declaredProtein?.startsWith(protein ?? "?"), "a shorter reading of the same").toBe(true);
  });
});
