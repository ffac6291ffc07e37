import { BioXenError } from "../../contract/index.ts";
import { globalsInRegistry, type LuaApi, luaType, registry, typeNames } from "./lua-api.ts";
import type { PlainValue } from "./plain-value.ts";

const encoder = new TextEncoder();
/** A byte order mark is a part of a string like any other. */
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

/** A value that leaves Lua may be so deep, have so many parts, and so many bytes of text. */
const deepest = 64;
const mostParts = 200_000;
const mostText = 2 ** 24;

/** What a reading has come to so far. */
interface Seen {
  parts: number;
  text: number;
  readonly look: () => void;
}

/** Bytes as text where they are UTF-8, else as they are. */
export function textOrBytes(bytes: Uint8Array): string | Uint8Array {
  try {
    return strict.decode(bytes);
  } catch {
    return bytes.slice();
  }
}

/**
 * The stack of a Lua state: puts plain data on it and reads it back. Reading is raw, so that no code of the state runs.
 */
export class LuaStack {
  readonly api: LuaApi;
  readonly #lengthAt: number;
  #heap: Uint8Array;
  #view: DataView;

  constructor(api: LuaApi) {
    this.api = api;
    this.#heap = api.HEAPU8;
    this.#view = new DataView(this.#heap.buffer);
    this.#lengthAt = api._malloc(8);
  }

  /** The memory as it is now: it moves when it grows. */
  get heap(): Uint8Array {
    const { HEAPU8 } = this.api;
    if (this.#heap.buffer !== HEAPU8.buffer) {
      this.#heap = HEAPU8;
      this.#view = new DataView(HEAPU8.buffer);
    }
    return this.#heap;
  }

  /** The 32-bit number that stands at an address. */
  integerAt(at: number): number {
    return this.heap.length === 0 ? 0 : this.#view.getInt32(at, true);
  }

  /** Calls with the address of a copy that ends with a zero byte. */
  withBytes<T>(content: string | Uint8Array, use: (at: number, bytes: number) => T): T {
    const bytes = typeof content === "string" ? encoder.encode(content) : content;
    const at = this.api._malloc(bytes.length + 1);
    if (at === 0) throw new BioXenError("OUT_OF_MEMORY", `no room for ${bytes.length} bytes`);
    const { heap } = this;
    heap.set(bytes, at);
    heap[at + bytes.length] = 0;
    try {
      return use(at, bytes.length);
    } finally {
      this.api._free(at);
    }
  }

  pop(L: number, count = 1): void {
    this.api._lua_settop(L, -1 - count);
  }

  pushText(L: number, content: string | Uint8Array): void {
    this.withBytes(content, (at, bytes) => this.api._lua_pushlstring(L, at, bytes));
  }

  pushGlobals(L: number): void {
    this.api._lua_rawgeti(L, registry, globalsInRegistry);
  }

  setGlobal(L: number, name: string): void {
    this.withBytes(name, (at) => this.api._lua_setglobal(L, at));
  }

  /** Bytes of the string at an index, which has to be one; they lie in the state's memory. */
  bytes(L: number, index: number): Uint8Array {
    const at = this.api._lua_tolstring(L, index, this.#lengthAt);
    return this.heap.subarray(at, at + this.integerAt(this.#lengthAt));
  }

  type(L: number, index: number): number {
    return this.api._lua_type(L, index);
  }

  /** An error value in words. */
  message(L: number, index: number): string {
    const type = this.type(L, index);
    if (type === luaType.string) return lenient.decode(this.bytes(L, index));
    if (type === luaType.number) return String(this.number(L, index));
    return `an error value that is no text (a ${typeNames[type] ?? "thing"})`;
  }

  /**
   * Compiles source text; never bytecode. Its name is the text itself, so that each function made by it knows its source.
   * @returns null, or what is wrong with it
   */
  load(L: number, source: string | Uint8Array, name: string | Uint8Array = source): string | null {
    const { api } = this;
    const result = this.withBytes(source, (at, bytes) =>
      this.withBytes(name, (nameAt) =>
        this.withBytes("t", (mode) => api._luaL_loadbufferx(L, at, bytes, nameAt, mode)),
      ),
    );
    if (result === 0) return null;
    const message = this.message(L, -1);
    this.pop(L);
    return message;
  }

  /** Loads what this process compiled itself; never bytes that came from elsewhere. */
  loadCompiled(L: number, chunk: Uint8Array): boolean {
    const { api } = this;
    const load = (at: number, bytes: number): number =>
      this.withBytes("b", (mode) => api._luaL_loadbufferx(L, at, bytes, mode, mode));
    return this.withBytes(chunk, load) === 0;
  }

  number(L: number, index: number): number | bigint {
    const { api } = this;
    if (api._lua_isinteger(L, index) === 0) return api._lua_tonumberx(L, index, 0);
    const whole = api._lua_tointegerx(L, index, 0);
    const number = Number(whole);
    return Number.isSafeInteger(number) ? number : whole;
  }

  /** @throws BioXenError `INPUT_INVALID` for what is no plain data, or too deep. */
  push(L: number, value: unknown, depth = 0): void {
    const { api } = this;
    if (depth > deepest) throw new BioXenError("INPUT_INVALID", `a value is deeper than ${deepest} tables, or cyclic`);
    if (api._lua_checkstack(L, 8) === 0) throw new BioXenError("PROCESS_LIMIT", "the Lua stack is full");
    if (typeof value === "object") this.#pushObject(L, value, depth);
    else this.#pushScalar(L, value);
  }

  #pushScalar(L: number, value: unknown): void {
    const { api } = this;
    if (value === undefined) api._lua_pushnil(L);
    else if (typeof value === "boolean") api._lua_pushboolean(L, value ? 1 : 0);
    else if (typeof value === "string") this.pushText(L, value);
    else if (typeof value === "bigint" && BigInt.asIntN(64, value) === value) api._lua_pushinteger(L, value);
    else if (typeof value !== "number") throw new BioXenError("INPUT_INVALID", `a ${typeof value} is no plain data`);
    else if (Number.isSafeInteger(value) && !Object.is(value, -0)) api._lua_pushinteger(L, BigInt(value));
    else api._lua_pushnumber(L, value);
  }

  #pushObject(L: number, value: object | null, depth: number): void {
    const { api } = this;
    if (value === null) api._lua_pushnil(L);
    else if (value instanceof Uint8Array) this.pushText(L, value);
    else if (Array.isArray(value)) this.#pushList(L, value, depth);
    else if (ArrayBuffer.isView(value) && !(value instanceof DataView))
      this.#pushList(L, value as unknown as ArrayLike<unknown>, depth);
    else {
      const prototype: unknown = Object.getPrototypeOf(value);
      if (prototype !== null && prototype !== Object.prototype)
        throw new BioXenError("INPUT_INVALID", "an object of a class is no plain data");
      api._lua_createtable(L, 0, 0);
      for (const [key, one] of Object.entries(value)) {
        this.pushText(L, key);
        this.push(L, one, depth + 1);
        api._lua_rawset(L, -3);
      }
    }
  }

  #pushList(L: number, list: ArrayLike<unknown>, depth: number): void {
    const { api } = this;
    api._lua_createtable(L, list.length, 0);
    for (let at = 0; at < list.length; at++) {
      this.push(L, list[at], depth + 1);
      api._lua_rawseti(L, -2, BigInt(at + 1));
    }
  }

  /**
   * Reads plain data. A table whose keys are 1 to n is a list; keys of other tables become text. `look` is called now and
   * then, and ends a long reading by throwing.
   * @throws BioXenError `PROCESS_FAILED` for what is no plain data; `PROCESS_LIMIT` for what is too deep or too large.
   */
  read(L: number, index: number, look: () => void): PlainValue {
    return this.#read(L, index, 0, { parts: 0, text: 0, look });
  }

  #read(L: number, index: number, depth: number, seen: Seen): PlainValue {
    if (++seen.parts > mostParts) throw tooLarge(`of more than ${mostParts} parts`);
    if (seen.parts % 1000 === 0) seen.look();
    const type = this.type(L, index);
    switch (type) {
      case -1:
      case luaType.nil:
        return null;
      case luaType.boolean:
        return this.api._lua_toboolean(L, index) !== 0;
      case luaType.number:
        return this.number(L, index);
      case luaType.string: {
        const bytes = this.bytes(L, index);
        seen.text += bytes.length;
        if (seen.text > mostText) throw tooLarge(`of more than ${mostText} bytes of text`);
        return textOrBytes(bytes);
      }
      case luaType.table:
        return this.#readTable(L, index, depth, seen);
      default:
        throw new BioXenError(
          "PROCESS_FAILED",
          `a ${typeNames[type] ?? "thing"} is no plain data, so it cannot leave Lua`,
        );
    }
  }

  #readTable(L: number, index: number, depth: number, seen: Seen): PlainValue {
    const { api } = this;
    if (depth >= deepest) throw tooLarge(`deeper than ${deepest} tables, or cyclic`);
    if (api._lua_checkstack(L, 8) === 0) throw tooLarge("deeper than the Lua stack");
    const table = api._lua_absindex(L, index);
    const entries: (readonly [key: string | number | bigint | boolean, value: PlainValue])[] = [];
    api._lua_pushnil(L);
    while (api._lua_next(L, table) !== 0) {
      entries.push([this.#key(L, seen), this.#read(L, -1, depth + 1, seen)]);
      this.pop(L);
    }
    const count = entries.length;
    // in whatever order they come
    if (count > 0 && entries.every(([key]) => Number.isInteger(key) && Number(key) >= 1 && Number(key) <= count)) {
      const list = new Array<PlainValue>(count);
      for (const [key, value] of entries) list[Number(key) - 1] = value;
      return list;
    }
    // without a prototype, so that no key has a meaning of its own
    const read: Record<string, PlainValue> = Object.create(null);
    for (const [key, value] of entries) read[String(key)] = value;
    return read;
  }

  #key(L: number, seen: { text: number }): string | number | bigint | boolean {
    const type = this.type(L, -2);
    if (type === luaType.number) return this.number(L, -2);
    if (type === luaType.boolean) return this.api._lua_toboolean(L, -2) !== 0;
    if (type !== luaType.string)
      throw new BioXenError("PROCESS_FAILED", `a ${typeNames[type] ?? "thing"} as a key is no plain data`);
    const bytes = this.bytes(L, -2);
    seen.text += bytes.length;
    return lenient.decode(bytes);
  }
}

function tooLarge(what: string): BioXenError {
  return new BioXenError("PROCESS_LIMIT", `a value ${what} cannot leave Lua`);
}
