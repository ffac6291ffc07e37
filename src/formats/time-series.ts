import { type CsvError, parse } from "csv-parse/sync";
import { fileChunks } from "./file-chunks.ts";
import { formatError, quote } from "./format-error.ts";
import { decimal } from "./text-lines.ts";

/** A measured quantity over time, in the order of its file. */
export interface TimeSeries {
  /** As the file writes them. */
  readonly timestamps: readonly string[];
  /** Seconds since 1970, UTC where the file names no zone. */
  readonly times: Float64Array;
  /** NaN where the file has none: an empty field, `nan`, `null`, `na`. */
  readonly values: Float64Array;
}

/** A column named in the header, or its usual place. */
interface Column {
  readonly name: string;
  readonly at: number;
}

/** Largest file read whole. */
const mostBytes = 256 * 2 ** 20;
const expected = "a line of timestamp,value";
const missing = new Set(["", "nan", "na", "n/a", "null", "none"]);

/**
 * Reads a series from CSV, plain or gzip: `timestamp,value`, with or without a header; a header may name the two columns
 * among others. Timestamps are ISO dates, `YYYY-MM-DD hh:mm:ss`, or seconds since 1970.
 * @throws BioXenError `FORMAT_INVALID` that names file, line, what was found and what was expected.
 */
export async function readTimeSeries(file: string): Promise<TimeSeries> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of fileChunks(file)) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw formatError({ file, line: null }, `more than ${mostBytes} bytes`, "a smaller file");
    chunks.push(chunk);
  }
  return parseTimeSeries(new TextDecoder().decode(Buffer.concat(chunks)), file);
}

/** As `readTimeSeries`, of text; `file` is what errors name. */
export function parseTimeSeries(text: string, file = "(text)"): TimeSeries {
  const refuse = (line: number, found: string, wanted = expected): never => {
    throw formatError({ file, line }, found, wanted);
  };
  const rows = rowsOf(text, file);
  const [head] = rows;
  if (head === undefined) return refuse(1, "no lines");
  const header = headerOf(head.record);
  const time = header?.time ?? { name: "timestamp", at: 0 };
  const value = header?.value ?? { name: "value", at: 1 };
  const body = header === null ? rows : rows.slice(1);
  if (body.length === 0) refuse(head.line, "a header and no line after it");
  const timestamps: string[] = [];
  const times = new Float64Array(body.length);
  const values = new Float64Array(body.length);
  for (const [at, { record, line }] of body.entries()) {
    if (record.length <= Math.max(time.at, value.at))
      refuse(line, `${record.length} field${record.length === 1 ? "" : "s"}`);
    const stamp = record[time.at] ?? "";
    const seconds = secondsOf(stamp);
    if (seconds === null) return refuse(line, quote(stamp), "a date (YYYY-MM-DD hh:mm:ss) or seconds since 1970");
    const number = numberOf(record[value.at] ?? "");
    if (number === null) return refuse(line, quote(record[value.at] ?? ""), `a number as ${value.name}`);
    timestamps.push(stamp);
    times[at] = seconds;
    values[at] = number;
  }
  return { timestamps, times, values };
}

function rowsOf(text: string, file: string): readonly { record: readonly string[]; line: number }[] {
  const nul = text.indexOf("\0");
  if (nul >= 0)
    throw formatError({ file, line: text.slice(0, nul).split("\n").length }, "byte 0x00 (binary data?)", expected);
  try {
    const rows = parse(text, { bom: true, info: true, trim: true, relax_column_count: true, skip_empty_lines: true });
    // the library types rows as if they carried no place
    return (rows as unknown as { record: string[]; info: { lines: number } }[]).map(({ record, info }) => ({
      record,
      line: info.lines,
    }));
  } catch (cause) {
    const { lines, code } = cause as CsvError & { readonly lines?: number };
    throw formatError({ file, line: lines ?? null }, `CSV that ends or quotes wrongly (${code})`, expected, cause);
  }
}

/** The columns that a first line names; null where it is a line of data. */
function headerOf(record: readonly string[]): { time: Column; value: Column } | null {
  const names = record.map((name) => name.toLowerCase());
  const place = (among: readonly string[], usual: number): Column => {
    const at = names.findIndex((name) => among.includes(name));
    return { name: record[at] ?? among[0] ?? "", at: at < 0 ? usual : at };
  };
  if (secondsOf(record[0] ?? "") !== null || names.every((name) => numberOf(name) !== null)) return null;
  // a first line without any word of a header is a broken line of data
  if (!names.some((name) => /^[a-z_][a-z0-9_ %()/.-]*$/.test(name) && !missing.has(name))) return null;
  return { time: place(["timestamp", "time", "date", "datetime"], 0), value: place(["value", "y"], 1) };
}

function numberOf(field: string): number | null {
  return missing.has(field.toLowerCase()) ? Number.NaN : decimal(field);
}

function secondsOf(stamp: string): number | null {
  const number = decimal(stamp);
  if (number !== null) return number;
  const parts = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(Z|[+-]\d{2}:?\d{2})?)?$/i.exec(stamp);
  if (parts === null) return null;
  const [, day, clock = "00:00", zone = "Z"] = parts;
  const milliseconds = Date.parse(`${day}T${clock}${zone.toUpperCase()}`);
  return Number.isNaN(milliseconds) ? null : milliseconds / 1000;
}
