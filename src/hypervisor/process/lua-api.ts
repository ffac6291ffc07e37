import { LuaFactory } from "wasmoon";

/**
 * The C API of Lua 5.4 as wasmoon's WebAssembly module exports it. wasmoon's own bridge between the two languages stays
 * unused: through it, a script reaches host objects and their constructors.
 */
export interface LuaApi {
  readonly HEAPU8: Uint8Array;
  readonly addFunction: (of: (...args: number[]) => number | undefined, signature: string) => number;
  readonly removeFunction: (at: number) => void;
  readonly _malloc: (bytes: number) => number;
  readonly _realloc: (at: number, bytes: number) => number;
  readonly _free: (at: number) => void;
  readonly _lua_newstate: (allocate: number, data: number) => number;
  readonly _lua_close: (L: number) => void;
  readonly _lua_newthread: (L: number) => number;
  readonly _lua_resume: (L: number, from: number, args: number, results: number) => number;
  readonly _lua_yieldk: (L: number, results: number, context: number, then: number) => number;
  readonly _lua_isyieldable: (L: number) => number;
  readonly _lua_sethook: (L: number, hook: number, mask: number, count: number) => void;
  readonly _lua_error: (L: number) => number;
  readonly _lua_pcallk: (L: number, args: number, results: number, handler: number, c: number, k: number) => number;
  readonly _luaL_loadbufferx: (L: number, at: number, bytes: number, name: number, mode: number) => number;
  readonly _lua_dump: (L: number, writer: number, data: number, strip: number) => number;
  readonly _luaL_ref: (L: number, table: number) => number;
  readonly _luaL_unref: (L: number, table: number, reference: number) => void;
  readonly _lua_gettop: (L: number) => number;
  readonly _lua_settop: (L: number, index: number) => void;
  readonly _lua_absindex: (L: number, index: number) => number;
  readonly _lua_pushvalue: (L: number, index: number) => void;
  readonly _lua_rotate: (L: number, index: number, by: number) => void;
  readonly _lua_checkstack: (L: number, count: number) => number;
  readonly _lua_type: (L: number, index: number) => number;
  readonly _lua_isinteger: (L: number, index: number) => number;
  readonly _lua_iscfunction: (L: number, index: number) => number;
  readonly _lua_toboolean: (L: number, index: number) => number;
  readonly _lua_tointegerx: (L: number, index: number, valid: number) => bigint;
  readonly _lua_tonumberx: (L: number, index: number, valid: number) => number;
  readonly _lua_tolstring: (L: number, index: number, length: number) => number;
  readonly _lua_topointer: (L: number, index: number) => number;
  readonly _lua_pushnil: (L: number) => void;
  readonly _lua_pushboolean: (L: number, value: number) => void;
  readonly _lua_pushinteger: (L: number, value: bigint) => void;
  readonly _lua_pushnumber: (L: number, value: number) => void;
  readonly _lua_pushlstring: (L: number, at: number, bytes: number) => number;
  readonly _lua_pushcclosure: (L: number, of: number, upvalues: number) => void;
  readonly _lua_createtable: (L: number, list: number, other: number) => void;
  readonly _lua_rawget: (L: number, index: number) => number;
  readonly _lua_rawgeti: (L: number, index: number, key: bigint) => number;
  readonly _lua_rawset: (L: number, index: number) => void;
  readonly _lua_rawseti: (L: number, index: number, key: bigint) => void;
  readonly _lua_next: (L: number, index: number) => number;
  readonly _lua_getmetatable: (L: number, index: number) => number;
  readonly _lua_setmetatable: (L: number, index: number) => number;
  readonly _lua_setglobal: (L: number, name: number) => void;
  readonly _lua_getupvalue: (L: number, index: number, which: number) => number;
  readonly _lua_setupvalue: (L: number, index: number, which: number) => number;
  readonly _lua_upvalueid: (L: number, index: number, which: number) => number;
  readonly _lua_upvaluejoin: (L: number, index: number, which: number, from: number, fromWhich: number) => void;
  readonly _luaopen_base: (L: number) => number;
  readonly _luaopen_coroutine: (L: number) => number;
  readonly _luaopen_table: (L: number) => number;
  readonly _luaopen_string: (L: number) => number;
  readonly _luaopen_math: (L: number) => number;
  readonly _luaopen_utf8: (L: number) => number;
}

/** `lua.h`: types, results, and where the registry is. */
export const luaType = { nil: 0, boolean: 1, number: 3, string: 4, table: 5, function: 6, thread: 8 } as const;
export const luaResult = { ok: 0, yielded: 1, failedInMemory: 4 } as const;
export const registry = -1_001_000;
/** `LUA_RIDX_GLOBALS` */
export const globalsInRegistry = 2n;
/** `LUA_MASKCOUNT`: a hook called every so many instructions. */
export const countMask = 8;

/** What a type is called, for messages. */
export const typeNames: readonly string[] = [
  ...["nil", "boolean", "light userdata", "number", "string", "table", "function", "userdata", "coroutine"],
];

/** A fresh instance with a memory of its own; the engine compiles the module once a process. */
export async function openLuaApi(): Promise<LuaApi> {
  const { module } = await new LuaFactory().getLuaModule();
  return module as unknown as LuaApi;
}
