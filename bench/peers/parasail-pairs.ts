import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Sequences } from "../../src/contract/index.ts";
import { blosum62 } from "../../src/workloads/index.ts";

/** parasail's scores of pairs, or of one query against all targets, with its CPU time. */
export type PairPeer = (
  name: string,
  scoring: string,
  queries: Sequences,
  targets: Sequences,
  gapOpen: number,
  gapExtend: number,
) => { readonly seconds: number; readonly version: string; readonly scores: Int32Array };

/** parasail as a program in a folder, or the reason why there is none. */
export function parasailPairs(folder: string): PairPeer | string {
  const program = join(folder, "parasail-pairs");
  // the peer's sources are not compiled to dist: they stand in the checkout
  const source = fileURLToPath(new URL("../../../bench/peers/parasail-pairs.c", import.meta.url));
  try {
    execFileSync("gcc", ["-O3", "-march=native", source, "-lparasail", "-o", program], { stdio: "pipe" });
  } catch (error) {
    return `parasail is not measured: gcc with libparasail-dev is needed (${String(error).split("\n")[0]})`;
  }
  const path = (name: string): string => join(folder, name);
  return (name, scoring, queries, targets, gapOpen, gapExtend) => {
    // parasail reads a letter that BLOSUM62 lacks as `*`, BioXen as X
    const letters = ({ residues }: Sequences): Uint8Array =>
      scoring === "blosum62"
        ? residues.map((letter) => (blosum62.alphabet.includes(String.fromCharCode(letter & 0xdf)) ? letter : 88))
        : residues;
    writeFileSync(path("queries"), letters(queries));
    writeFileSync(path("query-offsets"), queries.offsets);
    writeFileSync(path("targets"), letters(targets));
    writeFileSync(path("target-offsets"), targets.offsets);
    const files = ["queries", "query-offsets", "targets", "target-offsets"].map(path);
    const said = execFileSync(program, [name, scoring, ...files, `${gapOpen}`, `${gapExtend}`, path("scores")], {
      encoding: "utf8",
    });
    const { seconds, version } = JSON.parse(said) as { seconds: number; version: string };
    return { seconds, version, scores: new Int32Array(new Uint8Array(readFileSync(path("scores"))).buffer) };
  };
}
