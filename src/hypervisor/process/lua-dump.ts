/** Where a function stands in its source: the numbers of the functions that enclose it, outermost first. */
export type FunctionPath = readonly number[];

/** `lundump.h`, Lua 5.4: signature, version, format, data, three sizes, two samples, then the number of upvalues. */
const headBytes = 4 + 1 + 1 + 6 + 3 + 8 + 8;
const constant = { integer: 0x03, float: 0x13, shortText: 0x04, longText: 0x14 } as const;

/** A function as `lua_dump` writes it, with what has to be known to part it from its source. */
export interface DumpedFunction {
  /** Everything but the name of its source. */
  readonly body: Uint8Array;
  readonly upvalues: number;
  readonly inner: readonly DumpedFunction[];
}

export interface Dump {
  readonly head: Uint8Array;
  /** Of the outermost function, as the dump has it. */
  readonly source: Uint8Array;
  readonly sourceText: Uint8Array | null;
  readonly outermost: DumpedFunction;
}

/**
 * Reads what Lua 5.4's own `lua_dump` wrote of a function, unstripped: `ldump.c` says how. It is read only to find
 * functions within the one that encloses them; what is loaded again was compiled by this very process.
 */
export function readDump(bytes: Uint8Array): Dump {
  let at = headBytes + 1;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = (): number => {
    for (let value = 0; ; ) {
      const byte = view.getUint8(at++);
      value = value * 128 + (byte & 0x7f);
      if ((byte & 0x80) !== 0) return value;
    }
  };
  const skip = (width: number): void => {
    const count = size();
    at += width * count;
  };
  const skipText = (): void => {
    const length = size();
    at += Math.max(0, length - 1);
  };
  const many = (each: () => void): number => {
    const count = size();
    for (let left = count; left > 0; left--) each();
    return count;
  };
  const readFunction = (): DumpedFunction => {
    const from = at;
    size();
    size();
    at += 3;
    skip(4);
    many(() => {
      const kind = view.getUint8(at++);
      if (kind === constant.integer || kind === constant.float) at += 8;
      else if (kind === constant.shortText || kind === constant.longText) skipText();
    });
    const upvalues = many(() => {
      at += 3;
    });
    const inner: DumpedFunction[] = [];
    many(() => {
      skipText();
      inner.push(readFunction());
    });
    skip(1);
    many(() => {
      size();
      size();
    });
    many(() => {
      skipText();
      size();
      size();
    });
    many(skipText);
    return { body: bytes.subarray(from, at), upvalues, inner };
  };
  const sourceFrom = at;
  const length = size();
  const sourceText = length === 0 ? null : bytes.subarray(at, at + length - 1);
  at += Math.max(0, length - 1);
  const source = bytes.subarray(sourceFrom, at);
  return { head: bytes.subarray(0, headBytes), source, sourceText, outermost: readFunction() };
}

/** The place of the first function, in their order, whose body is the same; null where there is none. */
export function placeOf(body: Uint8Array, within: DumpedFunction): FunctionPath | null {
  if (Buffer.compare(body, within.body) === 0) return [];
  for (const [number, one] of within.inner.entries()) {
    const place = placeOf(body, one);
    if (place !== null) return [number, ...place];
  }
  return null;
}

/** The function at a place as a chunk of its own; null where there is none. */
export function chunkOf({ head, source, outermost }: Dump, place: FunctionPath): Uint8Array | null {
  let found: DumpedFunction | undefined = outermost;
  for (const number of place) found = found?.inner[number];
  return found === undefined ? null : Buffer.concat([head, Uint8Array.of(found.upvalues), source, found.body]);
}
