import type { BioXenError } from "../contract/index.ts";
import { byteOf, byteOrderMark, carriageReturn, lineFeed, space, tab } from "./ascii.ts";
import { describeByte, formatError, quote } from "./format-error.ts";
import { copyResidues, type SequenceBuilder } from "./sequence-builder.ts";

/** What a caller will take: `either` is told apart by the first character. */
export type SequenceFormat = "fasta" | "fastq" | "either";

/**
 * What the next byte belongs to. `start`: nothing of note read yet; `record-start`: FASTQ between two records;
 * `line-start`: the start of a line that may hold residues; `header`: before the name; `skip`: a line's rest that is
 * read over; the others are what they say.
 */
type State = "start" | "record-start" | "line-start" | "residues" | "header" | "name" | "skip" | "quality";

const greater = byteOf(">");
const semicolon = byteOf(";");
const at = byteOf("@");
const plus = byteOf("+");

/** Longest name that is kept, in bytes: a file without line ends must not grow memory without end. */
const longestName = 64 * 1024;
/** Phred qualities are written as "!" to "~" (Cock et al., NAR 38:1767, 2010, doi 10.1093/nar/gkp1137). */
const leastQuality = byteOf("!");
const mostQuality = byteOf("~");

/** FASTA and FASTQ, fed chunk by chunk into a builder: bytes are looked at once, and no line becomes a string. */
export class SequenceParser {
  readonly #builder: SequenceBuilder;
  readonly #file: string;
  readonly #format: SequenceFormat;
  #state: State = "start";
  #afterSkip: State = "line-start";
  #fastq = false;
  #line = 1;
  /** Bytes before this chunk, and the byte of the file where this line started: an error names the column. */
  #before = 0;
  #lineStart = 0;
  /** The last byte was a carriage return: a line feed now belongs to it. */
  #afterReturn = false;
  #name = "";
  #nameBytes: Uint8Array[] = [];
  #headerLine = 0;
  /** A record is under way. */
  #open = false;
  #residueLines = 0;
  #qualities = 0;

  constructor(builder: SequenceBuilder, file: string, format: SequenceFormat = "either") {
    this.#builder = builder;
    this.#file = file;
    this.#format = format;
  }

  /** Reads on. The chunk may be reused afterwards. */
  push(bytes: Uint8Array): void {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    let here = 0;
    while (here < chunk.length) here = this.#step(chunk, here);
    this.#before += chunk.length;
  }

  /** The end of the input: the last record is complete, or an error says what it lacks. */
  finish(): void {
    if (!this.#fastq && !this.#open)
      throw this.#error(
        this.#before === 0 ? "an empty file" : "nothing but white space or comments",
        this.#startExpected(),
      );
    if (this.#state === "header" || this.#state === "name") this.#endName();
    if (!this.#fastq) this.#endFasta();
    else if (this.#state === "quality") {
      if (!this.#endQuality())
        throw this.#error(`the end of the file after ${this.#qualities} qualities`, this.#qualityExpected());
    } else if (this.#state !== "record-start")
      throw this.#error(
        `the end of the file in record ${quote(this.#name)}`,
        "residues, a line of '+' and as many qualities as residues",
      );
  }

  #step(chunk: Buffer, here: number): number {
    const byte = chunk[here] as number;
    if (byte === lineFeed || byte === carriageReturn) {
      if (!(byte === lineFeed && this.#afterReturn)) this.#endLine();
      this.#afterReturn = byte === carriageReturn;
      this.#lineStart = this.#before + here + 1;
      return here + 1;
    }
    this.#afterReturn = false;
    switch (this.#state) {
      case "start":
        return this.#start(chunk, here, byte);
      case "record-start":
        if (byte === at) this.#beginRecord();
        else if (byte !== space && byte !== tab) throw this.#error(rest(chunk, here), "'@' and the name of a record");
        return here + 1;
      case "line-start":
        return this.#lineStarts(chunk, here, byte);
      case "residues":
        return this.#residues(chunk, here);
      case "header":
        if (byte === space || byte === tab) return here + 1;
        this.#state = "name";
        return here;
      case "name":
        return this.#readName(chunk, here);
      case "skip":
        return this.#skip(chunk, here);
      case "quality":
        return this.#quality(chunk, here);
    }
  }

  #endLine(): void {
    switch (this.#state) {
      case "residues":
        this.#residueLines++;
        this.#state = "line-start";
        break;
      case "header":
      case "name":
        this.#endName();
        this.#state = "line-start";
        break;
      case "skip":
        this.#state = this.#afterSkip;
        break;
      case "quality":
        // wrapped residues may have wrapped qualities; elsewhere a short line is an error right here
        if (!this.#endQuality() && this.#residueLines < 2)
          throw this.#error(`${this.#qualities} qualities`, this.#qualityExpected());
        break;
    }
    this.#line++;
  }

  #start(chunk: Buffer, here: number, byte: number): number {
    if (byte === space || byte === tab) return here + 1;
    if (this.#before + here === 0 && byteOrderMark(chunk) > 0) return byteOrderMark(chunk);
    if (this.#format !== "fastq" && byte === greater) {
      this.#beginRecord();
      return here + 1;
    }
    if (this.#format !== "fastq" && byte === semicolon) {
      this.#state = "skip";
      this.#afterSkip = "start";
      return here + 1;
    }
    if (this.#format !== "fasta" && byte === at) {
      this.#fastq = true;
      this.#beginRecord();
      return here + 1;
    }
    throw this.#error(rest(chunk, here), this.#startExpected());
  }

  #startExpected(): string {
    return {
      fasta: "FASTA: '>' and the name of a record",
      fastq: "FASTQ: '@' and the name of a record",
      either: "FASTA or FASTQ: '>' or '@' and the name of a record",
    }[this.#format];
  }

  #beginRecord(): void {
    this.#open = true;
    this.#headerLine = this.#line;
    this.#residueLines = 0;
    this.#qualities = 0;
    this.#name = "";
    this.#state = "header";
  }

  #lineStarts(chunk: Buffer, here: number, byte: number): number {
    if (this.#fastq && byte === plus) {
      this.#needResidues();
      this.#state = "skip";
      this.#afterSkip = "quality";
      return here + 1;
    }
    if (this.#fastq && byte === at)
      throw this.#error(rest(chunk, here), `residues or the line of '+' of record ${quote(this.#name)}`);
    if (!this.#fastq && byte === greater) {
      this.#endFasta();
      this.#beginRecord();
      return here + 1;
    }
    if (!this.#fastq && byte === semicolon) {
      this.#state = "skip";
      this.#afterSkip = "line-start";
      return here + 1;
    }
    this.#state = "residues";
    return here;
  }

  #residues(chunk: Buffer, from: number): number {
    const stop = from + this.#builder.room(chunk.length - from);
    const here = copyResidues(chunk, from, stop, this.#builder);
    if (here === chunk.length) return here;
    const byte = chunk[here] as number;
    if (byte === lineFeed || byte === carriageReturn) return here;
    if (byte === space || byte === tab) return here + 1;
    // full, unless there are finished records to cut off first
    if (here === stop && this.#builder.room(1) > 0) return here;
    if (here === stop)
      throw this.#error(
        `more than ${this.#builder.length} residues by record ${quote(this.#name)}`,
        "no more than that at a time (`maxResidues`, and 2^32 - 1 in any case); streamSequences reads in batches",
      );
    const column = this.#before + here - this.#lineStart + 1;
    const found = `${describeByte(byte)} in column ${column} of record ${quote(this.#name)}`;
    if (byte === byteOf("-") || byte === byteOf("."))
      throw this.#error(found, "residues only; aligned sequences with gaps: remove the gaps");
    throw this.#error(found, "residues (letters or '*')");
  }

  #readName(chunk: Buffer, from: number): number {
    let here = from;
    while (here < chunk.length && (chunk[here] as number) > space) here++;
    this.#nameBytes.push(here < chunk.length ? chunk.subarray(from, here) : Uint8Array.from(chunk.subarray(from)));
    if (this.#nameBytes.reduce((sum, part) => sum + part.length, 0) > longestName)
      throw this.#error(`a name of more than ${longestName} bytes`, "a shorter one, or a line end");
    if (here < chunk.length) {
      this.#endName();
      this.#state = "skip";
      this.#afterSkip = "line-start";
      const byte = chunk[here];
      // the line end is the next step's, which counts it
      if (byte === lineFeed || byte === carriageReturn) return here;
    }
    return here;
  }

  #endName(): void {
    const [first, ...more] = this.#nameBytes;
    if (first !== undefined) {
      const bytes = more.length === 0 ? first : Buffer.concat(this.#nameBytes);
      this.#name = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
      this.#nameBytes = [];
    }
    this.#builder.recordName = this.#name;
  }

  #skip(chunk: Buffer, from: number): number {
    let here = from;
    for (; here < chunk.length; here++) {
      const byte = chunk[here] as number;
      if (byte === lineFeed || byte === carriageReturn) break;
      if (byte === 0) throw this.#error("byte 0x00 (binary data?)", "text");
    }
    return here;
  }

  #quality(chunk: Buffer, from: number): number {
    let here = from;
    for (; here < chunk.length; here++) {
      const byte = chunk[here] as number;
      if (byte < leastQuality || byte > mostQuality) break;
    }
    this.#qualities += here - from;
    if (this.#qualities > this.#builder.recordLength)
      throw this.#error(`more than ${this.#builder.recordLength} qualities`, this.#qualityExpected());
    const byte = chunk[here];
    if (byte === undefined || byte === lineFeed || byte === carriageReturn) return here;
    if (byte === space || byte === tab) return here + 1;
    throw this.#error(`${describeByte(byte)} among the qualities of record ${quote(this.#name)}`, "'!' to '~'");
  }

  /** Ends a FASTQ record where all its qualities were read. */
  #endQuality(): boolean {
    if (this.#qualities < this.#builder.recordLength) return false;
    this.#builder.endRecord(this.#name);
    this.#open = false;
    this.#state = "record-start";
    return true;
  }

  #qualityExpected(): string {
    return `${this.#builder.recordLength}, one for each residue of record ${quote(this.#name)}`;
  }

  #endFasta(): void {
    if (!this.#open) return;
    this.#needResidues();
    this.#builder.endRecord(this.#name);
  }

  #needResidues(): void {
    if (this.#builder.recordLength > 0) return;
    const place = { file: this.#file, line: this.#headerLine };
    throw formatError(place, `record ${quote(this.#name)} with no residues`, "at least one residue after the header");
  }

  #error(found: string, expected: string): BioXenError {
    return formatError({ file: this.#file, line: this.#line }, found, expected);
  }
}

/** The start of a line that is not what it should be. */
function rest(chunk: Buffer, here: number): string {
  const byte = chunk[here] as number;
  if (byte < space || byte > mostQuality) return `${describeByte(byte)} (binary data?)`;
  let end = here;
  while (end < chunk.length && (chunk[end] as number) >= space && (chunk[end] as number) <= mostQuality) end++;
  return quote(chunk.toString("latin1", here, Math.min(end, here + longestName)));
}
