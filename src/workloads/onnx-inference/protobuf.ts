import { BioXenError } from "../../contract/index.ts";

// Wire types of the protobuf encoding (https://protobuf.dev/programming-guides/encoding).
const varintType = 0;
const fixed64Type = 1;
const bytesType = 2;
const fixed32Type = 5;

const utf8 = new TextEncoder();

/** One encoded field of a message; a message is fields one after the other. */
export type Field = readonly Uint8Array[];

/** A non-negative integer; negative ones take ten bytes and an int64, see `int64Field`. */
function varint(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

const tag = (field: number, wireType: number): Uint8Array => varint(field * 8 + wireType);

export function intField(field: number, value: number | bigint): Field {
  return [tag(field, varintType), varint(value)];
}

export function floatField(field: number, value: number): Field {
  return [tag(field, fixed32Type), new Uint8Array(Float32Array.of(value).buffer)];
}

export function bytesField(field: number, value: Uint8Array): Field {
  return [tag(field, bytesType), varint(value.length), value];
}

export function textField(field: number, value: string): Field {
  return bytesField(field, utf8.encode(value));
}

export function messageField(field: number, parts: readonly Field[]): Field {
  const inner = parts.flat();
  return [tag(field, bytesType), varint(inner.reduce((sum, { length }) => sum + length, 0)), ...inner];
}

/** Joins encoded fields into the bytes of a message. */
export function encode(parts: readonly Field[]): Uint8Array<ArrayBuffer> {
  const pieces = parts.flat();
  const message = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    message.set(piece, at);
    at += piece.length;
  }
  return message;
}

/** A field as read: an integer, or bytes (also the four or eight of a fixed number). */
export interface ReadField {
  readonly field: number;
  readonly value: bigint | Uint8Array;
}

/**
 * Reads the fields of a message, without copying.
 * @throws BioXenError `FORMAT_INVALID` where the bytes are no protobuf message.
 */
export function* readFields(message: Uint8Array, what: string): Generator<ReadField> {
  let at = 0;
  const fail = (expected: string): BioXenError =>
    new BioXenError("FORMAT_INVALID", `${what}: ${expected} expected at byte ${at}`, { context: { byte: at } });
  const integer = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) throw fail("more bytes of a number are");
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    throw fail("the end of a number is");
  };
  const bytes = (length: number): Uint8Array => {
    if (!(at + length <= message.length)) throw fail(`${length} bytes, ${message.length - at} left, are`);
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const key = Number(integer());
    const field = Math.floor(key / 8);
    if (field === 0) throw fail("a field number is");
    const wireType = key % 8;
    if (wireType === varintType) yield { field, value: integer() };
    else if (wireType === bytesType) yield { field, value: bytes(Number(integer())) };
    else if (wireType === fixed64Type) yield { field, value: bytes(8) };
    else if (wireType === fixed32Type) yield { field, value: bytes(4) };
    else throw fail("a protobuf field is");
  }
}
