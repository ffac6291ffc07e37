import { BioXenError } from "../contract/index.ts";
import { atomicWriteFile, type Written } from "../formats/index.ts";
import { pictureFile, type Svg } from "../plots/index.ts";
import type { Study, StudyFlags } from "./study.ts";

/** One answer in the forms that a user may ask for. */
export interface StudyAnswer {
  /** Fields of the JSON object, a large list apart. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** A list under its own key, written one row at a time. */
  readonly rows?: { readonly key: string; readonly json: Iterable<unknown> };
  readonly tsv: () => Iterable<readonly (string | number)[]>;
  readonly print: () => string;
  readonly picture?: () => Promise<Svg>;
}

/** Writes an answer to stdout and, where asked for, to a file and as a picture. */
export async function give(study: Study, flags: StudyFlags, answer: StudyAnswer): Promise<void> {
  const { model } = study;
  const head = {
    model: {
      id: model.id,
      metabolites: model.metabolites.length,
      reactions: model.reactions.length,
      genes: model.genes.length,
    },
    ...answer.fields,
    measured: study.measured(),
    devices: study.devices().map(({ device: { id, name, kind }, runs }) => ({ id, name, kind, runs })),
  };
  const asJson = (): Iterable<string> => jsonPieces(head, answer.rows);
  const asTsv = (): Iterable<string> => tsvPieces(answer.tsv());
  if (flags.out !== undefined)
    await atomicWriteFile(flags.out, flags.tsv === true || /\.tsv$/i.test(flags.out) ? asTsv() : asJson());
  if (flags.plot !== undefined && answer.picture !== undefined)
    await plot(flags.plot, model.id, await answer.picture());
  await toStdout(flags.json === true ? asJson() : flags.tsv === true ? asTsv() : [answer.print()]);
}

async function plot(path: string, title: string, picture: Svg): Promise<void> {
  const text = pictureFile(path, title, picture);
  if (text === null) throw new BioXenError("INPUT_INVALID", `${path}: a plot is an .svg or .html file`);
  await atomicWriteFile(path, text);
}

async function toStdout(pieces: Written): Promise<void> {
  for (const piece of pieces as Iterable<string>)
    if (!process.stdout.write(piece)) await new Promise((resolve) => process.stdout.once("drain", resolve));
}

/** Pieces of about this many characters: few system calls, little memory. */
const pieceLength = 1 << 16;

function* joined(texts: Iterable<string>): Iterable<string> {
  let piece = "";
  for (const text of texts) {
    piece += text;
    if (piece.length < pieceLength) continue;
    yield piece;
    piece = "";
  }
  yield piece;
}

function jsonPieces(head: object, rows: StudyAnswer["rows"]): Iterable<string> {
  if (rows === undefined) return [`${JSON.stringify(head)}\n`];
  return joined(
    (function* () {
      yield `${JSON.stringify(head).slice(0, -1)},${JSON.stringify(rows.key)}:[`;
      let first = true;
      for (const row of rows.json) {
        yield `${first ? "" : ","}${JSON.stringify(row)}`;
        first = false;
      }
      yield "]}\n";
    })(),
  );
}

function tsvPieces(rows: Iterable<readonly (string | number)[]>): Iterable<string> {
  return joined(
    (function* () {
      for (const row of rows) yield `${row.join("\t")}\n`;
    })(),
  );
}

/** A flux as a table shows it. */
export function flux(value: number | null): string {
  if (value === null || Number.isNaN(value)) return "-";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return Math.abs(value) < 1e-9 ? "0" : String(Number(value.toPrecision(6)));
}

/** A number as JSON can hold it: what is not finite becomes a word, what is not known null. */
export function jsonNumber(value: number): number | string | null {
  if (Number.isNaN(value)) return null;
  return Number.isFinite(value) ? value : value > 0 ? "Infinity" : "-Infinity";
}

/** The line under every answer: how long, where. */
export function printMeasured(study: Study, solves: number): string {
  const { seconds, cpuSeconds } = study.measured();
  const where = study
    .devices()
    .map(({ device }) => device.id)
    .join(", ");
  const each = solves === 1 ? "1 linear problem" : `${solves} linear problems`;
  return `${each} on ${where === "" ? "no device" : where} in ${seconds.toFixed(3)} s (${cpuSeconds.toFixed(3)} s of CPU)\n`;
}
