import { BioXenError } from "../../contract/index.ts";
import { luaType, typeNames } from "./lua-api.ts";
import { type Scalar, scalarAt } from "./lua-baseline.ts";
import { type Dump, type FunctionPath, placeOf, readDump } from "./lua-dump.ts";
import { textOrBytes } from "./lua-stack.ts";
import type { LuaState } from "./lua-state.ts";

/** A table or function by number, or one that every state has, by name. */
type Reference = readonly ["table", number] | readonly ["function", number] | readonly ["own", string];
/** null is nil, which only a variable may hold. */
export type SavedValue = Scalar | Reference | null;

/** A Lua state's data as JSON; other versions are refused. */
export interface Snapshot {
  readonly format: "bioxen-lua";
  readonly version: 1;
  /** Biology that was bound by then. */
  readonly biology: readonly string[];
  /** Of the random numbers, four 64-bit integers in decimal. */
  readonly random: readonly string[];
  /** Source texts that functions are from, as scalars. */
  readonly sources: readonly string[];
  readonly tables: readonly { readonly entries: readonly SavedValue[]; readonly metatable?: SavedValue }[];
  readonly functions: readonly {
    readonly source: number;
    readonly place: FunctionPath;
    /** By upvalue: the variable that it is, which functions may share. */
    readonly variables: readonly number[];
  }[];
  readonly variables: readonly SavedValue[];
  /** What differs of the tables that every state has, `_G` among them: keys and values in turn, null where one is gone. */
  readonly changed: Readonly<Record<string, readonly SavedValue[]>>;
}

/** How many things that cannot be kept a message names. */
const mostNamed = 20;

/**
 * A state's data as bytes: every value that its globals reach, tables with their identity and metatables, functions as
 * the place in their source where they were made, with the variables that they share.
 * @throws BioXenError `CHECKPOINT_REFUSED` that names every coroutine, userdata and host function on the way.
 */
export function takeSnapshot(state: LuaState): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(state.asHost(() => new Taking(state).take())));
}

/** Bytes of the function on top of the stack as Lua dumps it. */
export function dumpOf({ api, L, stack }: LuaState): Dump {
  const parts: Uint8Array[] = [];
  const writer = api.addFunction((_L = 0, at = 0, bytes = 0) => {
    parts.push(stack.heap.slice(at, at + bytes));
    return 0;
  }, "iiiii");
  api._lua_dump(L, writer, 0, 0);
  api.removeFunction(writer);
  return readDump(Buffer.concat(parts));
}

class Taking {
  readonly #state: LuaState;
  readonly #refused: string[] = [];
  readonly #numbers = { table: new Map<number, number>(), function: new Map<number, number>() };
  readonly #due: { readonly kind: "table" | "function"; readonly number: number; readonly name: string }[] = [];
  readonly #tables: { entries: SavedValue[]; metatable?: SavedValue }[] = [];
  readonly #functions: { source: number; place: FunctionPath; variables: readonly number[] }[] = [];
  readonly #variables: SavedValue[] = [];
  readonly #variableNumbers = new Map<number, number>();
  readonly #sources = new Map<string, { readonly number: number; readonly dump: Dump | null }>();
  /** Stack index of a table of what was found, by number: even ones are tables, odd ones functions. */
  #found = 0;

  constructor(state: LuaState) {
    this.#state = state;
  }

  take(): Snapshot {
    const { api, L, stack, baseline, bound, randomState } = this.#state;
    api._lua_settop(L, 0);
    this.#state.call(randomState, [], 4);
    const random = [1, 2, 3, 4].map((at) => String(api._lua_tointegerx(L, at, 0)));
    api._lua_settop(L, 0);
    api._lua_createtable(L, 0, 0);
    this.#found = api._lua_gettop(L);
    const changed: Record<string, SavedValue[]> = {};
    for (const [name, before] of baseline.tables) {
      const prefix = name === "_G" ? "" : `${name}.`;
      baseline.push(name);
      const different = this.#differences(before, prefix);
      if (different.length > 0) changed[name] = different;
      stack.pop(L);
    }
    for (let next = this.#due.shift(); next !== undefined; next = this.#due.shift()) {
      api._lua_rawgeti(L, this.#found, BigInt(2 * next.number + (next.kind === "table" ? 0 : 1)));
      if (next.kind === "table") this.#takeTable(next.number, next.name);
      else this.#takeFunction(next.number, next.name);
      stack.pop(L);
    }
    api._lua_settop(L, 0);
    this.#refuse();
    return {
      ...{ format: "bioxen-lua", version: 1, biology: bound, random, sources: [...this.#sources.keys()] },
      ...{ tables: this.#tables, functions: this.#functions, variables: this.#variables, changed },
    };
  }

  #refuse(): void {
    const refused = this.#refused;
    if (refused.length === 0) return;
    const more = refused.length > mostNamed ? ` and ${refused.length - mostNamed} more` : "";
    throw new BioXenError(
      "CHECKPOINT_REFUSED",
      `a checkpoint cannot keep ${refused.slice(0, mostNamed).join(", ")}${more}`,
      { context: { refused: refused.slice(0, mostNamed).join("; ") } },
    );
  }

  /** Of the table on top of the stack, what is not as it was before user code ran. */
  #differences(before: ReadonlyMap<Scalar, Scalar | null>, prefix: string): SavedValue[] {
    const { api, L, stack, baseline } = this.#state;
    const different: SavedValue[] = [];
    const left = new Set(before.keys());
    const table = api._lua_gettop(L);
    api._lua_pushnil(L);
    while (api._lua_next(L, table) !== 0) {
      const scalar = scalarAt(stack, L, -2);
      if (scalar === null || baseline.fingerprint(-1) !== before.get(scalar)) this.#takeEntry(prefix, different);
      if (scalar !== null) left.delete(scalar);
      stack.pop(L);
    }
    for (const key of left) different.push(key, null);
    return different;
  }

  /** Takes the key and the value on top of the stack. */
  #takeEntry(prefix: string, into: SavedValue[]): void {
    const { L, stack } = this.#state;
    const scalar = scalarAt(stack, L, -2);
    const name = `${prefix}${scalar === null ? "[a key]" : keyName(scalar, prefix)}`;
    const key = scalar ?? this.#take(-2, `${name} itself`);
    const value = this.#take(-1, name);
    if (key !== null && value !== null) into.push(key, value);
  }

  #takeTable(number: number, name: string): void {
    const { api, L, stack } = this.#state;
    const saved = this.#tables[number];
    if (saved === undefined) return;
    const table = api._lua_gettop(L);
    if (api._lua_getmetatable(L, table) !== 0) {
      saved.metatable = this.#take(-1, `the metatable of ${name}`);
      stack.pop(L);
    }
    api._lua_pushnil(L);
    while (api._lua_next(L, table) !== 0) {
      this.#takeEntry(`${name}.`, saved.entries);
      stack.pop(L);
    }
  }

  #takeFunction(number: number, name: string): void {
    const { api, L, stack } = this.#state;
    const saved = this.#functions[number];
    if (saved === undefined) return;
    const { outermost, sourceText } = dumpOf(this.#state);
    const source = sourceText === null ? null : this.#sourceOf(sourceText);
    const place = source?.dump == null ? null : placeOf(outermost.body, source.dump.outermost);
    if (source === null || place === null) {
      this.#refused.push(`${name} (a function without source, as coroutine.wrap makes)`);
      return;
    }
    const own = api._lua_gettop(L);
    saved.source = source.number;
    saved.place = place;
    saved.variables = Array.from({ length: outermost.upvalues }, (_, upvalue) => {
      const id = api._lua_upvalueid(L, own, upvalue + 1);
      const known = this.#variableNumbers.get(id);
      if (known !== undefined) return known;
      const variable = this.#variables.push(null) - 1;
      this.#variableNumbers.set(id, variable);
      api._lua_getupvalue(L, own, upvalue + 1);
      this.#variables[variable] = this.#take(-1, `a variable of ${name}`);
      stack.pop(L);
      return variable;
    });
  }

  /** Compiled anew, so that a function can be told by its place; the prelude's own source is nobody's. */
  #sourceOf(bytes: Uint8Array): { readonly number: number; readonly dump: Dump | null } | null {
    const { L, stack } = this.#state;
    const text = textOrBytes(bytes);
    const key = typeof text === "string" ? `s${text}` : `b${Buffer.from(text).toString("base64")}`;
    if (key.startsWith("s=")) return null;
    const known = this.#sources.get(key);
    if (known !== undefined) return known;
    const compiles = stack.load(L, bytes) === null;
    const source = { number: this.#sources.size, dump: compiles ? dumpOf(this.#state) : null };
    if (compiles) stack.pop(L);
    this.#sources.set(key, source);
    return source;
  }

  /** The value at an index; null for nil and for what was refused. */
  #take(index: number, name: string): SavedValue {
    const { api, L, stack, baseline } = this.#state;
    const type = stack.type(L, index);
    const scalar = scalarAt(stack, L, index);
    if (scalar !== null || type === luaType.nil) return scalar;
    const own = baseline.nameAt(index);
    if (own !== undefined) return ["own", own];
    if (type === luaType.table) return ["table", this.#number("table", index, name)];
    if (type === luaType.function && api._lua_iscfunction(L, index) === 0)
      return ["function", this.#number("function", index, name)];
    this.#refused.push(`${name} (a ${type === luaType.function ? "function of the host" : typeNames[type]})`);
    return null;
  }

  #number(kind: "table" | "function", index: number, name: string): number {
    const { api, L } = this.#state;
    const pointer = api._lua_topointer(L, index);
    const known = this.#numbers[kind].get(pointer);
    if (known !== undefined) return known;
    const number =
      kind === "table"
        ? this.#tables.push({ entries: [] }) - 1
        : this.#functions.push({ source: 0, place: [], variables: [] }) - 1;
    this.#numbers[kind].set(pointer, number);
    this.#due.push({ kind, number, name });
    api._lua_pushvalue(L, index);
    api._lua_rawseti(L, this.#found, BigInt(2 * number + (kind === "table" ? 0 : 1)));
    return number;
  }
}

function keyName(key: Scalar, prefix: string): string {
  const text = typeof key === "string" ? key.slice(1) : String(key);
  if (typeof key === "string" && /^[A-Za-z_]\w*$/.test(text)) return text;
  return prefix === "" ? text : `[${text}]`;
}
