import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type AlignmentMode,
  type Alignments,
  type AlignmentTracebackInput,
  alignmentTraceback,
  type FreeEnds,
  freeEndsOf,
  matchMismatch,
  seededRandom,
  substitutionMatrices,
} from "bioxen";
import { cpuSimd } from "bioxen/accelerators";
import { describe, expect, it } from "vitest";
import { sequencesOf } from "../support/alignment-cases.ts";
import { openFirst, runKernel } from "../support/run-on.ts";

/** The script is run by the system's Python, where Debian puts Biopython. */
const python = "/usr/bin/python3";
const script = fileURLToPath(new URL("../support/peers/biopython-scores.py", import.meta.url));
const hasBiopython = spawnSync(python, ["-c", "import Bio.Align"]).status === 0;
const hasEmboss = spawnSync("needle", ["-version"]).status === 0;
const because = (there: boolean, what: string): string => (there ? "" : ` (skipped: ${what} is not installed)`);

interface Case {
  readonly query: string;
  readonly target: string;
  readonly mode: AlignmentMode;
  readonly free: FreeEnds;
  readonly matrix: string | null;
  readonly match: number;
  readonly mismatch: number;
  readonly open: number;
  readonly extend: number;
}

const random = seededRandom(8);
const below = (limit: number): number => Math.floor(random() * limit);

/** A sequence and a relative of it: of unrelated ones few scores say anything. */
function relatives(letters: string, most: number, least = 1): [string, string] {
  const one = Array.from({ length: least + below(most) }, () => letters[below(letters.length)] ?? "A");
  const other = one.flatMap((letter) => {
    const change = random();
    if (change < 0.08) return [letters[below(letters.length)] ?? "A"];
    if (change < 0.13) return [];
    return change < 0.18
      ? [letter, ...Array.from({ length: 1 + below(4) }, () => letters[below(letters.length)] ?? "A")]
      : [letter];
  });
  const from = below(4);
  return [one.join(""), other.slice(least > 1 ? 0 : from).join("") || "A"];
}

function randomCase(): Case {
  const dna = random() < 0.5;
  const [query, target] = relatives(dna ? "ACGT" : "ARNDCQEGHILKMFPSTWYV", 120);
  const mode = (["local", "global", "semi-global", "overlap"] as const)[below(4)] ?? "local";
  const named = {
    queryStart: random() < 0.5,
    queryEnd: random() < 0.5,
    targetStart: random() < 0.5,
    targetEnd: random() < 0.5,
  };
  const free = freeEndsOf(mode === "semi-global" ? { mode, freeEnds: named } : { mode });
  const proteins = Object.values(substitutionMatrices).filter(({ residues }) => residues === "protein");
  const extend = below(4);
  return {
    query,
    target,
    mode,
    free,
    matrix: dna ? null : (proteins[below(proteins.length)]?.name ?? "BLOSUM62"),
    match: 1 + below(5),
    mismatch: -below(6),
    open: extend + below(12),
    extend,
  };
}

function inputOf({ query, target, mode, free, matrix, match, mismatch, open, extend }: Case): AlignmentTracebackInput {
  return {
    queries: sequencesOf(query),
    targets: sequencesOf(target),
    mode,
    ...(mode === "semi-global" ? { freeEnds: free } : {}),
    matrix: (matrix === null ? undefined : substitutionMatrices[matrix]) ?? matchMismatch(match, mismatch),
    gapOpen: open,
    gapExtend: extend,
    ambiguous: "score",
    want: "cigar",
  };
}

/** Our score of each case, whose CIGAR is known to add up to it. */
async function ourScores(cases: readonly Case[]): Promise<number[]> {
  await using device = await openFirst(cpuSimd);
  const scores: number[] = [];
  for (const one of cases) {
    const input = inputOf(one);
    const output = await runKernel<AlignmentTracebackInput, Alignments>(cpuSimd, device, alignmentTraceback, input);
    expect(alignmentTraceback.differ(output, output, input)).toBeNull();
    scores.push(output.scores[0] ?? Number.NaN);
  }
  return scores;
}

describe("alignments beside other tools, 500 random pairs with random parameters", () => {
  it.skipIf(!hasBiopython)(`have Biopython's scores${because(hasBiopython, "python3-biopython")}`, async () => {
    const cases = Array.from({ length: 500 }, randomCase);
    const theirs: number[] = JSON.parse(
      execFileSync(python, [script], { input: JSON.stringify(cases), encoding: "utf8" }),
    );
    const ours = await ourScores(cases);
    const apart = cases.filter((_, at) => ours[at] !== theirs[at]);
    expect(apart.slice(0, 2)).toEqual([]);
    expect(theirs).toHaveLength(500);
  });

  it.skipIf(!hasEmboss)(`have the scores of EMBOSS' needle and water${because(hasEmboss, "emboss")}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "bioxen-emboss-"));
    try {
      let compared = 0;
      for (let set = 0; set < 50; set++) {
        const drawn = randomCase();
        const first = { ...drawn, extend: Math.max(1, drawn.extend), free: freeEndsOf({ mode: "local" }) };
        const letters = first.matrix === null ? "ACGT" : "ARNDCQEGHILKMFPSTWYV";
        // EMBOSS aligns DNA by EDNAFULL, fails on single residues, and has no gap beside a gap; free extensions lead water astray
        // (38 where Biopython, too, has 36): costs are as high as usual
        const open = 10 + below(8);
        const mode = (["local", "global", "overlap"] as const)[set % 3] ?? "local";
        const pairs = Array.from({ length: 10 }, () => relatives(letters, 120, 20));
        const query = pairs[0]?.[0] ?? "A";
        const cases = pairs.map(
          ([, target]): Case => ({
            ...first,
            mode,
            free: freeEndsOf({ mode }),
            query,
            target,
            open,
            matrix: first.matrix ?? "EDNAFULL",
          }),
        );
        writeFileSync(join(folder, "a.fa"), `>a\n${query}\n`);
        writeFileSync(join(folder, "b.fa"), cases.map(({ target }, at) => `>b${at}\n${target}\n`).join(""));
        const data = first.matrix === null ? "EDNAFULL" : `E${first.matrix}`;
        const costs = ["-gapopen", `${open}`, "-gapextend", `${first.extend}`];
        const program = mode === "local" ? "water" : "needle";
        const weights = mode === "global" ? ["-endweight", "-endopen", `${open}`, "-endextend", `${first.extend}`] : [];
        execFileSync(
          program,
          [
            "-asequence",
            join(folder, "a.fa"),
            "-bsequence",
            join(folder, "b.fa"),
            "-datafile",
            data,
            ...costs,
            ...weights,
            first.matrix === null ? "-snucleotide1" : "-sprotein1",
            "-aformat3",
            "score",
            "-outfile",
            join(folder, "out"),
            "-auto",
          ], // prettier-ignore
          { stdio: "pipe" },
        );
        const theirs = [...readFileSync(join(folder, "out"), "utf8").matchAll(/^a b(\d+) \d+ \((-?[\d.]+)\)/gm)];
        const ours = await ourScores(cases);
        for (const [, at, score] of theirs)
          expect({ ...cases[Number(at)], score: ours[Number(at)] }).toMatchObject({ score: Number(score) });
        compared += theirs.length;
        // water leaves out what scores 0
        expect(theirs.length).toBe(mode === "local" ? ours.filter((score) => score > 0).length : 10);
      }
      expect(compared).toBeGreaterThan(450);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
