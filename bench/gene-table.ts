// Derives the table of gene facts that src/cell/syn3a-genes.ts holds from the public record CP016816.2:
//   node dist/bench/gene-table.js CP016816.2.gb copies.tsv > genes.tsv
// copies.tsv has a locus tag and proteins a cell in each line: absolute abundance at the first time point in the
// supplementary data of Breuer et al. 2019 (doi:10.7554/eLife.36842), whose proteins are those of JCVI-syn2.0, brought
// onto the loci of JCVI-syn3A, cut to whole numbers and at least 10 as Thornburg et al. 2022 did; 148 DnaA.
import { readFileSync } from "node:fs";
import { factsOf, genomeOf, parseGenbank, writeGeneTable } from "../src/index.ts";

const [genbank, copies] = process.argv.slice(2);
if (genbank === undefined) throw new Error("usage: gene-table RECORD.gb [COPIES.tsv]");
const [record] = parseGenbank(readFileSync(genbank), genbank);
if (record === undefined) throw new Error(`${genbank} holds no record`);
const rows = copies === undefined ? [] : readFileSync(copies, "utf8").trim().split("\n");
const counts = new Map(
  rows.map((row): [string, number] => {
    const [id = "", count = ""] = row.split("\t");
    return [id, Number(count)];
  }),
);
process.stdout.write(writeGeneTable(factsOf(genomeOf(record, { strict: true }), counts)));
