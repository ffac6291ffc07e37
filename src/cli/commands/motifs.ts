import { Command, Option } from "commander";
import type { Sequences } from "../../contract/index.ts";
import { atomicWriteFile, readMotifs, readSequences } from "../../formats/index.ts";
import { baseCode, type MotifHits, type MotifScanInput, motifScan } from "../../workloads/index.ts";
import {
  type DispatchFlags,
  notNegativeInteger,
  positive,
  positiveInteger,
  probability,
  withDispatchOptions,
} from "../options.ts";
import { figure } from "../quantities.ts";
import { printRun } from "../report.ts";
import { answer, openSession } from "../session.ts";
import { table } from "../table.ts";

interface Flags extends DispatchFlags {
  readonly matrices: string;
  readonly sequence: string;
  readonly pValue: number;
  readonly strands: "both" | "forward";
  readonly pseudocount: number;
  readonly first?: number;
  readonly hits?: string;
  readonly top: number;
}

export function command(): Command {
  return withDispatchOptions(
    new Command("motifs")
      .description("find the sites of position weight matrices in DNA, on both strands")
      .requiredOption("--matrices <file>", "JASPAR or MEME matrices, .gz too")
      .requiredOption("--sequence <file>", "FASTA or FASTQ, .gz too")
      .option("--p-value <p>", "probability that a random word is a hit", probability, 1e-4)
      .addOption(new Option("--strands <which>", "strands to scan").choices(["both", "forward"]).default("both"))
      .option("--pseudocount <n>", "added to each column, shared by its letters", positive, 1)
      .option("--first <n>", "only the first n matrices of the file", positiveInteger)
      .option("--hits <file>", "write every hit as TSV: sequence, start, end, strand, score, matrix")
      .option("--top <n>", "matrices to list, by number of hits (JSON holds them all)", notNegativeInteger, 10),
  )
    .addHelpText(
      "after",
      `
Examples:
  $ bioxen motifs --matrices JASPAR.txt --sequence genome.fa.gz --p-value 1e-4
  $ bioxen motifs --matrices MA0265.1.meme --sequence reads.fq --hits sites.tsv --json
Positions are 0-based; the background is uniform.`,
    )
    .action(motifs);
}

async function motifs(flags: Flags): Promise<void> {
  const [all, sequences] = await Promise.all([readMotifs(flags.matrices), readSequences(flags.sequence)]);
  const matrices = all.slice(0, flags.first);
  if (
    sequences.residues.subarray(0, glimpse).filter((letter) => baseCode(letter) >= 0).length <
    glimpseOf(sequences) / 2
  )
    process.stderr.write(
      `bioxen: ${flags.sequence} does not look like DNA; windows with other letters are never hits\n`,
    );
  await using session = await openSession(motifScan, flags.device);
  const input: MotifScanInput = {
    matrices,
    sequences,
    pValue: flags.pValue,
    strands: flags.strands,
    pseudocount: flags.pseudocount,
  };
  await answer(session, motifScan, input, flags, async (ran) => {
    const { matrixStart, thresholds, score } = ran.output;
    if (flags.hits !== undefined) await atomicWriteFile(flags.hits, hitLines(input, ran.output));
    const perMatrix = matrices.map(({ id, name }, at) => ({
      id,
      name,
      hits: (matrixStart[at + 1] ?? 0) - (matrixStart[at] ?? 0),
      threshold: thresholds[at] ?? 0,
    }));
    const output = {
      totalHits: score.length,
      matrices: perMatrix,
      sequences: sequences.names.length,
      bases: sequences.residues.length,
      ...(flags.hits === undefined ? {} : { hitsFile: flags.hits }),
    };
    const most = [...perMatrix].sort((a, b) => b.hits - a.hits).slice(0, flags.top);
    const list =
      most.length === 0
        ? ""
        : table(
            [
              { title: "Matrix", share: 24 },
              { title: "Name", share: 24 },
              { title: "Hits", share: 14, right: true },
              { title: "Score from", share: 14, right: true },
            ],
            most.map(({ id, name, hits, threshold }) => [id, name, figure(hits), threshold.toFixed(3)]),
          );
    return {
      output,
      print: () =>
        `${list}${figure(score.length)} hits of ${matrices.length} matrices\n${printRun(motifScan, input, ran)}`,
    };
  });
}

/** Longest prefix that is looked at. */
const glimpse = 10_000;

function glimpseOf({ residues }: Sequences): number {
  return Math.min(glimpse, residues.length);
}

/** BED's coordinates: 0-based start, exclusive end. */
function hitLines({ matrices, sequences: { names } }: MotifScanInput, hits: MotifHits): string {
  const lines = ["#sequence\tstart\tend\tstrand\tscore\tmatrix"];
  matrices.forEach(({ id, counts }, matrix) => {
    for (let at = hits.matrixStart[matrix] ?? 0; at < (hits.matrixStart[matrix + 1] ?? 0); at++) {
      const start = hits.position[at] ?? 0;
      const strand = (hits.strand[at] ?? 1) > 0 ? "+" : "-";
      const sequence = names[hits.sequence[at] ?? 0] ?? "";
      lines.push(`${sequence}\t${start}\t${start + counts.length / 4}\t${strand}\t${hits.score[at]}\t${id}`);
    }
  });
  return `${lines.join("\n")}\n`;
}
