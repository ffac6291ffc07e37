import { readFile } from "node:fs/promises";
import type { BioXenError } from "../contract/index.ts";
import { atomicWriteFile } from "./atomic-write.ts";
import { formatError } from "./format-error.ts";

/** An array of single-precision numbers, row-major. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const magic = "\x93NUMPY";

/**
 * Reads a NumPy .npy file (format 1 to 3, little-endian f4 or f8, C order, at most two dimensions); f8 is rounded to f4.
 * @throws BioXenError `FORMAT_INVALID` with the file and what was expected.
 */
export async function readNpy(path: string): Promise<NpyArray> {
  const refuse = (found: string, expected: string): BioXenError =>
    formatError({ file: path, line: null }, found, expected);
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw refuse(`an error (${(cause as NodeJS.ErrnoException).code ?? "unknown"})`, "a file that can be read");
  }
  if (bytes.length < 10 || bytes.toString("latin1", 0, 6) !== magic)
    throw refuse("something else", "a NumPy .npy file");
  if ((bytes[6] ?? 0) > 3) throw refuse(`format ${bytes[6]}`, "NumPy format 1 to 3");
  const wide = (bytes[6] ?? 1) > 1;
  const start = wide ? 12 : 10;
  if (bytes.length < start) throw refuse("a truncated header", "a NumPy .npy file");
  const end = start + (wide ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8));
  if (bytes.length < end) throw refuse("a truncated header", "a NumPy .npy file");
  const header = bytes.toString("latin1", start, end);
  const type = /["']descr["']:\s*["']([^"']*)["']/.exec(header)?.[1];
  const shape = [...(/["']shape["']:\s*\(([\d,\s]*)\)/.exec(header)?.[1] ?? "").matchAll(/\d+/g)].map(([digits]) =>
    Number(digits),
  );
  if (type !== "<f4" && type !== "<f8") throw refuse(`element type ${type ?? "none"}`, "<f4 or <f8");
  if (/["']fortran_order["']:\s*True/.test(header) && shape.length > 1) throw refuse("Fortran order", "C order");
  if (shape.length < 1 || shape.length > 2) throw refuse(`${shape.length} dimensions`, "1 or 2");
  const count = shape.reduce((x, y) => x * y, 1);
  const width = type === "<f4" ? 4 : 8;
  if (bytes.length !== end + count * width) throw refuse(`${bytes.length - end} bytes of data`, `${count * width}`);
  const body = bytes.buffer.slice(bytes.byteOffset + end, bytes.byteOffset + bytes.length);
  return { shape, data: type === "<f4" ? new Float32Array(body) : Float32Array.from(new Float64Array(body)) };
}

/** Writes .npy format 1.0, f4, C order. @throws BioXenError `INPUT_INVALID` where the file cannot be written. */
export async function writeNpy(path: string, { shape, data }: NpyArray): Promise<void> {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(", ")}${shape.length === 1 ? "," : ""}), }`;
  // the format wants the data to start at a multiple of 64
  const header = `${text.padEnd(Math.ceil((10 + text.length + 1) / 64) * 64 - 11)}\n`;
  const prefix = Buffer.alloc(10);
  prefix.write(`${magic}\x01\x00`, "latin1");
  prefix.writeUInt16LE(header.length, 8);
  const body = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  await atomicWriteFile(path, Buffer.concat([prefix, Buffer.from(header, "latin1"), body]));
}
