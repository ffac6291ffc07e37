import { luaType, registry } from "./lua-api.ts";
import type { LuaStack } from "./lua-stack.ts";
import { textOrBytes } from "./lua-stack.ts";

/** A value without parts, so that integers and floats, text and bytes stay apart: see `scalarAt`. */
export type Scalar = boolean | number | string;

/**
 * The value at an index, where it has no parts: a small integer as a number; other numbers and strings as text behind a
 * letter (`i` integer, `f` float, `s` UTF-8, `b` bytes in base64). null for nil and for all else.
 */
export function scalarAt(stack: LuaStack, L: number, index: number): Scalar | null {
  const { api } = stack;
  switch (stack.type(L, index)) {
    case luaType.boolean:
      return api._lua_toboolean(L, index) !== 0;
    case luaType.number: {
      const number = stack.number(L, index);
      if (api._lua_isinteger(L, index) !== 0) return typeof number === "bigint" ? `i${number}` : number;
      return `f${Object.is(number, -0) ? "-0" : number}`;
    }
    case luaType.string: {
      const text = textOrBytes(stack.bytes(L, index));
      return typeof text === "string" ? `s${text}` : `b${Buffer.from(text).toString("base64")}`;
    }
    default:
      return null;
  }
}

/** What there is in a state before its user's code runs: functions and tables by name, and what tables hold. */
export class LuaBaseline {
  readonly #stack: LuaStack;
  readonly #L: number;
  /** A Lua table that holds them by name, whatever becomes of the globals. */
  readonly #held: number;
  readonly #names = new Map<number, string>();
  /** By table and key: what stood there, as `fingerprint` has it. */
  readonly tables: Map<string, Map<Scalar, Scalar | null>> = new Map();

  constructor(stack: LuaStack, L: number) {
    this.#stack = stack;
    this.#L = L;
    const { api } = stack;
    api._lua_createtable(L, 0, 200);
    this.#held = api._luaL_ref(L, registry);
    stack.pushGlobals(L);
    this.#hold(-1, "_G");
    this.#scan("_G", "");
    stack.pop(L);
  }

  /** Takes the value on top of the stack in under a name of its own. */
  add(name: string): void {
    this.#hold(-1, name);
  }

  /** Takes a global in that was made since. */
  addGlobal(name: string): void {
    const { api } = this.#stack;
    this.#stack.pushGlobals(this.#L);
    this.#stack.pushText(this.#L, name);
    api._lua_rawget(this.#L, -2);
    this.#hold(-1, name);
    this.tables.get("_G")?.set(`s${name}`, this.fingerprint(-1));
    this.#stack.pop(this.#L, 2);
  }

  /** The name of the function or table at an index; undefined where it is of the user's making. */
  nameAt(index: number): string | undefined {
    return this.#names.get(this.#stack.api._lua_topointer(this.#L, index));
  }

  /** Puts what has a name on the stack; false where nothing has it. */
  push(name: string): boolean {
    const { api } = this.#stack;
    api._lua_rawgeti(this.#L, registry, BigInt(this.#held));
    this.#stack.pushText(this.#L, name);
    const type = api._lua_rawget(this.#L, -2);
    api._lua_rotate(this.#L, -2, 1);
    this.#stack.pop(this.#L);
    return type !== luaType.nil;
  }

  /** What tells whether a value is still the one that it was. */
  fingerprint(index: number): Scalar | null {
    const scalar = scalarAt(this.#stack, this.#L, index);
    return scalar ?? `p${this.#stack.api._lua_topointer(this.#L, index)}`;
  }

  #hold(index: number, name: string): void {
    const { api } = this.#stack;
    const at = api._lua_absindex(this.#L, index);
    this.#names.set(api._lua_topointer(this.#L, at), name);
    api._lua_rawgeti(this.#L, registry, BigInt(this.#held));
    this.#stack.pushText(this.#L, name);
    api._lua_pushvalue(this.#L, at);
    api._lua_rawset(this.#L, -3);
    this.#stack.pop(this.#L);
  }

  /** Walks the table on top of the stack. */
  #scan(table: string, prefix: string): void {
    const { api } = this.#stack;
    const L = this.#L;
    const holds = new Map<Scalar, Scalar | null>();
    this.tables.set(table, holds);
    const at = api._lua_absindex(L, -1);
    api._lua_pushnil(L);
    while (api._lua_next(L, at) !== 0) {
      const key = scalarAt(this.#stack, L, -2);
      const type = this.#stack.type(L, -1);
      if (key !== null) {
        holds.set(key, this.fingerprint(-1));
        const name = `${prefix}${String(key).slice(1)}`;
        if (type === luaType.function && this.nameAt(-1) === undefined) this.#hold(-1, name);
        if (type === luaType.table && this.nameAt(-1) === undefined) {
          this.#hold(-1, name);
          this.#scan(name, `${name}.`);
        }
      }
      this.#stack.pop(L);
    }
  }
}
