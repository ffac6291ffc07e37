import { BioXenError, type Bytes, type Seconds } from "../../contract/index.ts";
import { type LuaApi, luaResult, luaType, openLuaApi, registry } from "./lua-api.ts";
import { LuaBaseline } from "./lua-baseline.ts";
import { LuaGuard, late, now, type Running, slice, stop } from "./lua-guard.ts";
import { LuaStack } from "./lua-stack.ts";
import type { PlainValue } from "./plain-value.ts";
import { hostTag, longestSource, prelude } from "./prelude.ts";
import type { ProcessLimits } from "./process.ts";

/** What a run came to, as it leaves the worker; notices come later. */
export interface LuaAnswer {
  readonly value: PlainValue;
  readonly printed: string;
  readonly printedAll: boolean;
  readonly instructions: number;
  readonly hostCalls: number;
  readonly memory: Bytes;
}

/** Asks the host for biology. */
export type CallHost = (name: string, args: readonly PlainValue[]) => Promise<PlainValue>;

/** A Lua 5.4 state in a WebAssembly instance of its own. */
export class LuaState {
  readonly api: LuaApi;
  readonly stack: LuaStack;
  readonly L: number;
  /** References to the prelude's functions that bind biology and read or set the random numbers. */
  readonly #bind: number;
  readonly randomState: number;
  readonly #seed: number;
  readonly #bound = new Set<string>();
  readonly #guard: LuaGuard;
  readonly #runs = new Set<Running>();
  #dead: string | null = null;
  readonly #resultsAt: number;
  readonly baseline: LuaBaseline;

  static async open(seed: number): Promise<LuaState> {
    return new LuaState(await openLuaApi(), seed);
  }

  private constructor(api: LuaApi, seed: number) {
    this.api = api;
    const stack = new LuaStack(api);
    this.stack = stack;
    this.#resultsAt = api._malloc(8);
    const guard = new LuaGuard(api, stack);
    this.#guard = guard;
    const clock = Date.now;
    // a state's hash seed is made of the clock: tables should be walked in the same order whenever it was opened
    Date.now = () => 0;
    const L = api._lua_newstate(guard.allocator, 0);
    Date.now = clock;
    if (L === 0) throw new BioXenError("OUT_OF_MEMORY", "no room for another Lua state");
    this.L = L;
    api._luaopen_base(L);
    api._lua_settop(L, 0);
    for (const library of ["coroutine", "table", "string", "math", "utf8"] as const) {
      api[`_luaopen_${library}`](L);
      stack.setGlobal(L, library);
    }
    const failed = stack.load(L, prelude, "=BioXen");
    if (failed !== null) throw new Error(failed);
    api._lua_pushcclosure(L, guard.charge, 0);
    api._lua_pushcclosure(L, guard.print, 0);
    if (api._lua_pcallk(L, 2, 4, 0, 0, 0) !== luaResult.ok) throw new Error(stack.message(L, -1));
    this.baseline = new LuaBaseline(stack, L);
    this.baseline.add("the iterator of ipairs");
    stack.pop(L);
    this.#seed = api._luaL_ref(L, registry);
    this.randomState = api._luaL_ref(L, registry);
    this.#bind = api._luaL_ref(L, registry);
    guard.watch(L);
    this.call(this.#seed, [seed, 0], 0);
    guard.limit();
  }

  get memory(): Bytes {
    return this.#guard.used;
  }

  get runs(): number {
    return this.#runs.size;
  }

  /** Why no more can run in it; null while it is well. */
  get dead(): string | null {
    return this.#dead;
  }

  /** Names of the biology that was bound so far. */
  get bound(): readonly string[] {
    return [...this.#bound];
  }

  /** Makes biology callable by its name; a global of that name that user code set is left as it is from then on. */
  bind(names: readonly string[]): void {
    for (const name of names) {
      if (this.#bound.has(name)) continue;
      if (!/^[A-Za-z_]\w*$/.test(name))
        throw new BioXenError("INPUT_INVALID", `${JSON.stringify(name)} is no Lua name`);
      this.#bound.add(name);
      this.call(this.#bind, [name], 0);
      this.asHost(() => this.baseline.addGlobal(name));
    }
  }

  /** Calls one of the prelude's functions; its results stay on the stack. */
  call(reference: number, args: readonly unknown[], results: number): void {
    const { api, L, stack } = this;
    this.asHost(() => {
      api._lua_rawgeti(L, registry, BigInt(reference));
      for (const one of args) stack.push(L, one);
      if (api._lua_pcallk(L, args.length, results, 0, 0, 0) !== luaResult.ok) throw new Error(stack.message(L, -1));
    });
  }

  /** Works on the state without limits on memory. */
  asHost<T>(work: () => T): T {
    return this.#guard.asHost(work);
  }

  /** Ends every run that is under way. */
  end(error: BioXenError): void {
    for (const run of this.#runs) stop(run, error);
  }

  /** Runs code that has waited so long already; `started` is given what ends this run early. Errors are those of `ProcessState.run`. */
  async run(
    code: string,
    limits: ProcessLimits,
    waited: Seconds,
    callHost: CallHost,
    started: (end: (error: BioXenError) => void) => void,
    onSlice: () => void,
  ): Promise<LuaAnswer> {
    if (this.#dead !== null) throw new BioXenError("PROCESS_LOST", `the Lua state is gone: ${this.#dead}`);
    const { api, L } = this;
    const run: Running = {
      ...{ limits, ends: now() + 1000 * (limits.deadline - waited), sliceEnds: 0, instructions: 0, hostCalls: 0 },
      ...{ printed: "", printedAll: true, end: null, wake: null, told: new Map() },
    };
    this.#runs.add(run);
    started((error) => stop(run, error));
    let reference: number | null = null;
    try {
      const co = this.asHost(() => {
        const made = api._lua_newthread(L);
        reference = api._luaL_ref(L, registry);
        this.#compile(made, code);
        return made;
      });
      return await this.#drive(co, run, callHost, onSlice);
    } catch (error) {
      // an instance that trapped may have left anything behind
      if (!(error instanceof BioXenError)) {
        this.#dead = error instanceof Error ? error.message : String(error);
        throw new BioXenError("PROCESS_LOST", `the Lua state broke: ${this.#dead}`, { cause: error });
      }
      throw error;
    } finally {
      this.#runs.delete(run);
      const kept: number | null = reference;
      if (this.#dead === null && kept !== null)
        this.asHost(() => {
          api._lua_settop(L, 0);
          api._luaL_unref(L, registry, kept);
        });
    }
  }

  close(): void {
    if (this.#dead !== null) return;
    this.end(new BioXenError("ABORTED", "the VM's Lua state was closed"));
    this.#dead = "it was closed";
    // its memory goes with the instance: nothing has to be freed one by one
  }

  #compile(co: number, code: string): void {
    const { stack } = this;
    if (code.length > longestSource)
      throw new BioXenError(
        "INPUT_INVALID",
        `process code of ${code.length} characters: ${longestSource} are the most`,
      );
    const [, bare] = /^\s*([A-Za-z_]\w*)\s*$/.exec(code) ?? [];
    // as an expression first, so that `run_metabolic_network{glucose=10}` has a value
    if (stack.load(co, `return ${code}${bare !== undefined && this.#isFunction(bare) ? "()" : ""}`) === null) return;
    const failed = stack.load(co, code);
    if (failed !== null) throw new BioXenError("PROCESS_FAILED", readable(failed));
  }

  #isFunction(name: string): boolean {
    const { api, L, stack } = this;
    stack.pushGlobals(L);
    stack.pushText(L, name);
    const type = api._lua_rawget(L, -2);
    stack.pop(L, 2);
    return type === luaType.function;
  }

  async #drive(co: number, run: Running, callHost: CallHost, onSlice: () => void): Promise<LuaAnswer> {
    const { api, stack } = this;
    const look = (): void => {
      onSlice();
      if (now() > run.ends) stop(run, late(run));
      if (run.end !== null) throw run.end;
    };
    for (let args = 0; ; ) {
      look();
      this.#guard.current = run;
      run.sliceEnds = now() + slice;
      const result = api._lua_resume(co, 0, args, this.#resultsAt);
      this.#guard.current = null;
      onSlice();
      if (run.end !== null) throw run.end;
      const top = api._lua_gettop(co);
      const results = result === luaResult.ok || result === luaResult.yielded ? stack.integerAt(this.#resultsAt) : 0;
      const first = top - results + 1;
      if (result === luaResult.ok) return this.#answer(co, results === 0 ? 0 : first, run, look);
      if (result !== luaResult.yielded) throw this.#failure(co, result, run);
      const asked = results > 1 && stack.type(co, first) === luaType.string && stack.message(co, first) === hostTag;
      args = asked ? await this.#ask(co, first, top, run, callHost, look) : await this.#pause(co, first);
    }
  }

  /** The end of a slice, or a yield of the code itself: others go first. */
  async #pause(co: number, first: number): Promise<number> {
    this.api._lua_settop(co, first - 1);
    await new Promise<void>((resolve) => setImmediate(resolve));
    return 0;
  }

  async #ask(
    co: number,
    first: number,
    top: number,
    run: Running,
    callHost: CallHost,
    look: () => void,
  ): Promise<number> {
    const { api, stack } = this;
    run.hostCalls++;
    const name = stack.message(co, first + 1);
    const reply = (ok: boolean, value: PlainValue): number =>
      this.asHost(() => {
        stack.push(co, ok);
        stack.push(co, value);
        return 2;
      });
    const refuse = (error: unknown): number => {
      const known = error instanceof BioXenError ? error : new BioXenError("PROCESS_FAILED", String(error));
      const text = known.message.startsWith(name) ? known.message : `${name}: ${known.message}`;
      run.told.set(text, known);
      return reply(false, text);
    };
    let args: PlainValue[] = [];
    let refused: unknown = null;
    try {
      for (let at = first + 2; at <= top; at++) args.push(stack.read(co, at, look));
    } catch (error) {
      if (run.end !== null) throw run.end;
      [args, refused] = [[], error];
    }
    api._lua_settop(co, first - 1);
    if (refused !== null) return refuse(refused);
    let timer: NodeJS.Timeout | undefined;
    const ended = new Promise<never>((_, reject) => {
      run.wake = () => reject(run.end ?? late(run));
      timer = setTimeout(() => stop(run, late(run)), Math.max(0, run.ends - now()));
    });
    const top0 = api._lua_gettop(co);
    try {
      const value = await Promise.race([callHost(name, args), ended]);
      return reply(true, value);
    } catch (error) {
      if (run.end !== null) throw run.end;
      api._lua_settop(co, top0);
      return refuse(error);
    } finally {
      clearTimeout(timer);
      run.wake = null;
    }
  }

  #answer(co: number, at: number, run: Running, look: () => void): LuaAnswer {
    const value = at === 0 ? null : this.stack.read(co, at, look);
    const { printed, printedAll, instructions, hostCalls } = run;
    return { value, printed, printedAll, instructions, hostCalls, memory: this.#guard.used };
  }

  #failure(co: number, result: number, run: Running): BioXenError {
    const message = this.stack.message(co, -1);
    if (result === luaResult.failedInMemory)
      return new BioXenError("PROCESS_LIMIT", `the Lua state needs more than its ${run.limits.memory} bytes`);
    const told = [...run.told].reverse().find(([text]) => message.endsWith(text))?.[1];
    if (told === undefined) return new BioXenError("PROCESS_FAILED", readable(message));
    return new BioXenError(told.code, readable(message), { cause: told, context: told.context });
  }
}

/** Lua names a chunk by the start of its source. */
function readable(message: string): string {
  return message.replaceAll(/\[string "[^\n]*?"\]:(\d+):/g, "line $1:");
}
