// Readers just good enough for the files that the benchmark and the tests of motif-scan use.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { MotifMatrix, Sequences } from "../src/index.ts";

/** E. coli 536 (NC_008253, 4,938,920 bp), where Debian's package bowtie-examples puts it. */
export const ecoli = "/usr/share/doc/bowtie/examples/genomes/NC_008253.fna.gz";

/** Matrices of a file in JASPAR's count format. */
export function readMatrices(path: string): MotifMatrix[] {
  return readFileSync(path, "latin1")
    .split(">")
    .slice(1)
    .map((entry) => {
      const [header = "", ...rows] = entry.split("\n");
      const [id = "", name = ""] = header.trim().split(/\s+/);
      const counts = rows.flatMap((row) => row.match(/\d+(\.\d+)?/g)?.map(Number) ?? []);
      return { id, name, counts: Float64Array.from(counts) };
    });
}

/** The sequences of a gzipped FASTA file. */
export function readSequences(path: string): Sequences {
  const entries = gunzipSync(readFileSync(path)).toString("latin1").split(">").slice(1);
  const names: string[] = [];
  const parts: string[] = [];
  const offsets = [0];
  for (const entry of entries) {
    const end = entry.indexOf("\n");
    const letters = entry.slice(end).replace(/\s/g, "");
    names.push(entry.slice(0, end).trim());
    parts.push(letters);
    offsets.push((offsets.at(-1) ?? 0) + letters.length);
  }
  return { names, residues: new Uint8Array(Buffer.from(parts.join(""), "latin1")), offsets: Uint32Array.from(offsets) };
}
