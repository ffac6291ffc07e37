/**
 * Copies plain data deeply, typed arrays and shared memory included (`structuredClone` would go on sharing those);
 * functions and instances of classes are kept as they are.
 */
export function snapshot(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return Uint8Array.from(bytesOf(value));
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return Uint8Array.from(new Uint8Array(value));
  if (Array.isArray(value)) return value.map(snapshot);
  if (isPlain(value)) return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, snapshot(of)]));
  return value;
}

/** The path of the first place where a value is no longer what its snapshot says, or null. */
export function firstChange(value: unknown, before: unknown, path: string): string | null {
  if (ArrayBuffer.isView(value)) return changedBytes(bytesOf(value), before, path);
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer)
    return changedBytes(new Uint8Array(value), before, path);
  if (Array.isArray(value) && Array.isArray(before)) {
    if (value.length !== before.length) return `${path} has ${value.length} entries, had ${before.length}`;
    return firstOf(value.keys(), (at) => firstChange(value[at], before[at], `${path}[${at}]`));
  }
  if (isPlain(value) && isPlain(before)) {
    const keys = new Set([...Object.keys(value), ...Object.keys(before)]);
    return firstOf(keys, (key) => firstChange(value[key], before[key], `${path}.${key}`));
  }
  return Object.is(value, before) ? null : `${path} changed`;
}

function changedBytes(now: Uint8Array, before: unknown, path: string): string | null {
  if (!(before instanceof Uint8Array)) return `${path} changed`;
  // a buffer that was transferred to a worker is empty here
  if (now.length !== before.length) return `${path} has ${now.length} bytes, had ${before.length}`;
  const at = now.findIndex((byte, index) => byte !== before[index]);
  return at < 0 ? null : `${path} changed at byte ${at}`;
}

function firstOf<T>(all: Iterable<T>, change: (one: T) => string | null): string | null {
  for (const one of all) {
    const found = change(one);
    if (found !== null) return found;
  }
  return null;
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
