import { formatError, quote } from "./format-error.ts";
import { parseJaspar } from "./jaspar.ts";
import { parseMeme } from "./meme.ts";
import type { MotifRecord } from "./motif-record.ts";
import { readLines } from "./text-lines.ts";

const expected = "motifs: JASPAR ('>' and an id, then rows of counts) or MEME ('MEME version ..')";

/**
 * Reads the motifs of a JASPAR or MEME file, plain or gzip, told apart by content. JASPAR: rows `A [ 1 2 .. ]` in any
 * order of letters, or the older four rows of bare counts, with or without a header. MEME: the minimal text format,
 * or the suite's full text report; counts are probabilities times `nsites`.
 * @throws BioXenError `FORMAT_INVALID` that names file, line, what was found and what was expected.
 */
export async function readMotifs(path: string): Promise<MotifRecord[]> {
  const lines = await readLines(path, expected);
  const first = lines.findIndex((line) => line !== "");
  const start = lines[first] ?? "";
  // the suite's full reports have a banner before the version
  if (/^(MEME version\b|\*{20})/i.test(start) && lines.some((line) => /^MEME version\s+\d/i.test(line)))
    return parseMeme(lines, path);
  if (/^(>|[ACGT]\s*[[|:]|[ACGT]\s+\d|[-+.\d])/i.test(start)) return parseJaspar(lines, path);
  throw formatError({ file: path, line: first + 1 }, quote(start), expected);
}
