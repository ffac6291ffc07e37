import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { readMotifs, readPairs, readSequences, type Sequences, streamSequences } from "bioxen";
import { describe, expect, test } from "vitest";
import { cpuMilliseconds, slowness } from "../support/machine-pace.ts";
import { sharedData } from "../support/shared-data.ts";

/** The genome of Debian's package bowtie-examples: E. coli 536, NC_008253. */
const genome = "/usr/share/doc/bowtie/examples/genomes/NC_008253.fna.gz";

const sha = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** What a line-by-line reading with strings, slow and plain, gives. */
function plainly(text: string): { names: string[]; letters: string } {
  const lines = text.split("\n");
  const names = lines.filter((line) => line.startsWith(">")).map((line) => line.slice(1).split(/\s/)[0] ?? "");
  return { names, letters: lines.filter((line) => !line.startsWith(">")).join("") };
}

function agrees({ names, residues }: Sequences, path: string): void {
  const bytes = readFileSync(path);
  const expected = plainly((path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("latin1"));
  expect(names).toEqual(expected.names);
  expect(sha(residues)).toBe(sha(Buffer.from(expected.letters, "latin1")));
}

const proteins = sharedData("align/proteins_20k.fasta.gz");
describe.skipIf(proteins === null)("20,000 UniProt proteins (skipped where the shared data is missing)", () => {
  const path = proteins ?? "";
  test("9,055,569 residues, as a plain reading has them", async () => {
    const sequences = await readSequences(path);
    expect(sequences.names.length).toBe(20_000);
    expect(sequences.residues.length).toBe(9_055_569);
    expect(sequences.offsets.length).toBe(20_001);
    expect(sequences.offsets.at(-1)).toBe(9_055_569);
    agrees(sequences, path);
  });

  test("the stream gives the same", async () => {
    const hash = createHash("sha256");
    let names = 0;
    for await (const batch of streamSequences(path, { residuesPerBatch: 1_000_000 })) {
      expect(batch.residues.length).toBeLessThanOrEqual(1_000_000);
      names += batch.names.length;
      hash.update(batch.residues);
    }
    expect(names).toBe(20_000);
    expect(hash.digest("hex")).toBe(sha((await readSequences(path)).residues));
  });

  test("parses in under 200 ms of CPU time beyond inflating, warm", async () => {
    const compressed = readFileSync(path);
    const runs: number[] = [];
    for (let run = 0; run < 4; run++) {
      const inflate = await cpuMilliseconds(() => gunzipSync(compressed));
      runs.push((await cpuMilliseconds(() => readSequences(path))) - inflate);
    }
    expect(Math.min(...runs.slice(1))).toBeLessThan(200 * slowness());
  });
});

test.for<[string, number]>([
  ["P02232", 144],
  ["P07327", 375],
  ["P27895", 1000],
  ["P04775", 2005],
])("%s has %i residues", async ([accession, length], { skip }) => {
  const path = sharedData(`align/${accession}.fasta`);
  if (path === null) return skip("the shared data is missing");
  const sequences = await readSequences(path);
  expect(sequences.residues.length).toBe(length);
  expect(sequences.names[0]).toContain(`sp|${accession}|`);
  agrees(sequences, path);
});

test.skipIf(!existsSync(genome))("E. coli 536 has 4,938,920 bases (skipped without bowtie-examples)", async () => {
  const sequences = await readSequences(genome);
  expect(sequences.residues.length).toBe(4_938_920);
  agrees(sequences, genome);
});

const motifFiles: readonly (readonly [string, number, RegExp])[] = [
  ["motifs/JASPAR2018_CORE_vertebrates.txt", 579, /^>/gm],
  ["motifs/JASPAR2018_CORE_fungi.txt", 176, /^>/gm],
  ["motifs/prokaryote/SwissRegulon_e_coli.meme", 97, /^MOTIF /gm],
  ["motifs/prokaryote/dpinteract.meme", 68, /^MOTIF /gm],
];
test.for(motifFiles)("%s holds %i motifs", async ([name, count, header], { skip }) => {
  const path = sharedData(name);
  if (path === null) return skip("the shared data is missing");
  const motifs = await readMotifs(path);
  expect(motifs.length).toBe(count);
  expect(readFileSync(path, "utf8").match(header)?.length).toBe(count);
  for (const { id, counts } of motifs) {
    expect(id).not.toBe("");
    const columns = counts.length / 4;
    expect(Number.isInteger(columns) && columns > 0).toBe(true);
    for (let column = 0; column < columns; column++) {
      const sum = [0, 1, 2, 3].reduce((total, letter) => total + (counts[letter * columns + column] ?? 0), 0);
      expect(sum).toBeGreaterThan(0);
    }
  }
});

test.for<[string, number]>([
  ["lambda_reads", 8501],
  ["wfa_short", 240],
  ["wfa_long", 65],
  ["ecoli10k_94", 1],
  ["phage95k_97", 1],
])("%s.seq holds %i pairs", async ([name, count], { skip }) => {
  const path = sharedData(`align/${name}.seq`);
  if (path === null) return skip("the shared data is missing");
  const { queries, targets } = await readPairs(path);
  expect([queries.names.length, targets.names.length]).toEqual([count, count]);
  const lines = readFileSync(path, "latin1").split("\n");
  const side = (mark: string): string =>
    lines
      .filter((line) => line.startsWith(mark))
      .map((line) => line.slice(1))
      .join("");
  expect(sha(queries.residues)).toBe(sha(Buffer.from(side(">"), "latin1")));
  expect(sha(targets.residues)).toBe(sha(Buffer.from(side("<"), "latin1")));
});
