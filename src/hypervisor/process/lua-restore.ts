import { BioXenError } from "../../contract/index.ts";
import { chunkOf, type Dump } from "./lua-dump.ts";
import { dumpOf, type SavedValue, type Snapshot } from "./lua-snapshot.ts";
import type { LuaState } from "./lua-state.ts";

/**
 * Fills a fresh state with what a snapshot holds. Functions are made again from their source: it is compiled, and the
 * function at the place is given its variables; no code of it runs.
 * @throws BioXenError `CHECKPOINT_DAMAGED` for bytes that are no snapshot; the state is then of no use.
 */
export function restoreSnapshot(state: LuaState, bytes: Uint8Array): void {
  try {
    const snapshot = parsed(bytes);
    state.bind(snapshot.biology);
    state.asHost(() => new Restoring(state, snapshot).restore());
  } catch (error) {
    if (error instanceof BioXenError && error.code === "CHECKPOINT_DAMAGED") throw error;
    throw damaged(error instanceof Error ? error.message : String(error), error);
  }
}

function parsed(bytes: Uint8Array): Snapshot {
  const read = JSON.parse(
    new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes),
  ) as Partial<Snapshot>;
  if (read?.format !== "bioxen-lua") throw damaged("it is no checkpoint of a Lua state");
  if (read.version !== 1) throw damaged(`it has version ${read.version}, and this is 1`);
  const { biology, random, sources, tables, functions, variables } = read;
  for (const list of [biology, random, sources, tables, functions, variables])
    if (!Array.isArray(list)) throw damaged("a list is missing");
  if (typeof read.changed !== "object" || read.changed === null) throw damaged("the globals are missing");
  return read as Snapshot;
}

function damaged(what: string, cause?: unknown): BioXenError {
  return new BioXenError("CHECKPOINT_DAMAGED", `the checkpoint of a Lua state cannot be restored: ${what}`, { cause });
}

class Restoring {
  readonly #state: LuaState;
  readonly #saved: Snapshot;
  /** Stack indices of lists of the tables and functions made. */
  #tables = 0;
  #functions = 0;

  constructor(state: LuaState, saved: Snapshot) {
    this.#state = state;
    this.#saved = saved;
  }

  restore(): void {
    const { api, L, stack, baseline, randomState } = this.#state;
    const { tables, random, changed } = this.#saved;
    api._lua_settop(L, 0);
    api._lua_checkstack(L, 32);
    api._lua_createtable(L, tables.length, 0);
    this.#tables = api._lua_gettop(L);
    for (const [number, { entries }] of tables.entries()) {
      const listed = entries.filter((key, at) => at % 2 === 0 && typeof key === "number" && key > 0).length;
      api._lua_createtable(L, listed, entries.length / 2 - listed);
      api._lua_rawseti(L, this.#tables, BigInt(number + 1));
    }
    this.#makeFunctions();
    for (const [number, { entries }] of tables.entries()) {
      api._lua_rawgeti(L, this.#tables, BigInt(number + 1));
      this.#fill(entries);
      stack.pop(L);
    }
    for (const [number, { metatable }] of tables.entries())
      if (metatable !== undefined) this.#setMetatable(number, metatable);
    for (const [name, entries] of Object.entries(changed)) {
      if (!baseline.tables.has(name) || !baseline.push(name)) throw damaged(`no state has a table ${name}`);
      this.#fill(entries);
      stack.pop(L);
    }
    this.#state.call(
      randomState,
      random.map((word) => BigInt(word)),
      0,
    );
    api._lua_settop(L, 0);
  }

  #makeFunctions(): void {
    const { api, L, stack } = this.#state;
    const { sources, functions, variables } = this.#saved;
    const dumps = sources.map((source): Dump => {
      this.#push(source);
      const failed = stack.load(L, stack.bytes(L, -1).slice());
      if (failed !== null) throw damaged(failed);
      const dump = dumpOf(this.#state);
      stack.pop(L, 2);
      return dump;
    });
    api._lua_createtable(L, functions.length, 0);
    this.#functions = api._lua_gettop(L);
    const firsts = new Map<number, readonly [of: number, upvalue: number]>();
    for (const [number, { source, place, variables: shared }] of functions.entries()) {
      const dump = dumps[source];
      const chunk = dump === undefined ? null : chunkOf(dump, place);
      if (chunk === null || !stack.loadCompiled(L, chunk)) throw damaged(`function ${number} is not in its source`);
      if (api._lua_getupvalue(L, -1, shared.length + 1) !== 0) throw damaged(`function ${number} lacks a variable`);
      const own = api._lua_gettop(L);
      for (const [upvalue, variable] of shared.entries()) {
        const first = firsts.get(variable);
        if (first === undefined) {
          firsts.set(variable, [number, upvalue + 1]);
          continue;
        }
        api._lua_rawgeti(L, this.#functions, BigInt(first[0] + 1));
        if (first[0] === number) {
          // within one function each upvalue is a variable of its own
          throw damaged(`function ${number} has one variable twice`);
        }
        api._lua_upvaluejoin(L, own, upvalue + 1, api._lua_gettop(L), first[1]);
        stack.pop(L);
      }
      api._lua_rawseti(L, this.#functions, BigInt(number + 1));
    }
    for (const [variable, [number, upvalue]] of firsts) {
      api._lua_rawgeti(L, this.#functions, BigInt(number + 1));
      this.#push(variables[variable] ?? null);
      if (api._lua_setupvalue(L, -2, upvalue) === 0) throw damaged(`function ${number} has no variable ${upvalue}`);
      stack.pop(L);
    }
  }

  /** Sets keys and values, in turn, of the table on top of the stack. */
  #fill(entries: readonly SavedValue[]): void {
    const { api, L } = this.#state;
    for (let at = 0; at < entries.length; at += 2) {
      const key = entries[at] ?? null;
      if (key === null || key === "fNaN") throw damaged("a table has a key that none can have");
      this.#push(key);
      this.#push(entries[at + 1] ?? null);
      api._lua_rawset(L, -3);
    }
  }

  #setMetatable(number: number, metatable: SavedValue): void {
    const { api, L, stack } = this.#state;
    api._lua_rawgeti(L, this.#tables, BigInt(number + 1));
    this.#push(metatable);
    stack.pushText(L, "__gc");
    if (api._lua_rawget(L, -2) !== 0) throw damaged("a metatable has __gc");
    stack.pop(L);
    api._lua_setmetatable(L, -2);
    stack.pop(L);
  }

  #push(value: SavedValue): void {
    const { api, L, stack, baseline } = this.#state;
    if (value === null || typeof value === "boolean" || typeof value === "number") {
      stack.push(L, value);
      return;
    }
    if (typeof value === "string") {
      const text = value.slice(1);
      if (value[0] === "s") stack.pushText(L, text);
      else if (value[0] === "b") stack.pushText(L, Buffer.from(text, "base64"));
      else if (value[0] === "i") api._lua_pushinteger(L, BigInt.asIntN(64, BigInt(text)));
      else if (value[0] === "f") api._lua_pushnumber(L, Number(text));
      else throw damaged(`a value of kind ${JSON.stringify(value[0])}`);
      return;
    }
    const [kind, which] = value;
    if (kind === "own") {
      if (!baseline.push(which)) throw damaged(`no state has ${which}`);
      return;
    }
    const list = kind === "table" ? this.#saved.tables : this.#saved.functions;
    if (!Number.isInteger(which) || which < 0 || which >= list.length) throw damaged(`there is no ${kind} ${which}`);
    api._lua_rawgeti(L, kind === "table" ? this.#tables : this.#functions, BigInt(which + 1));
  }
}
