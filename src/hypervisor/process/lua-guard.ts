import { BioXenError, type Bytes, type Seconds } from "../../contract/index.ts";
import { countMask, type LuaApi } from "./lua-api.ts";
import type { LuaStack } from "./lua-stack.ts";
import { hookEvery, longestString } from "./prelude.ts";
import type { ProcessLimits } from "./process.ts";

/** A run as it is under way. */
export interface Running {
  readonly limits: ProcessLimits;
  readonly ends: number;
  sliceEnds: number;
  instructions: number;
  hostCalls: number;
  printed: string;
  printedAll: boolean;
  /** What ends it, once something does. */
  end: BioXenError | null;
  /** Wakes it while it waits for the host. */
  wake: (() => void) | null;
  /** Errors of biology, as Lua was told of them. */
  readonly told: Map<string, BioXenError>;
}

/** A run gives way to others of its worker after so many milliseconds. */
export const slice = 10;
const mostPrinted = 2 ** 16;
/** An allocation from which on the clock is looked at, and which is charged for: a copy is one instruction to the hook. */
const largeCopy = 2 ** 14;
/** `LUA_TSTRING`, as the allocator is told of a new object's kind. */
const newString = 4;
export const now = (): number => performance.now();

/** What watches a Lua state at work: its allocator, its hook, and the two functions that the prelude calls. */
export class LuaGuard {
  readonly #api: LuaApi;
  readonly #stack: LuaStack;
  /** The run whose code is at work now. */
  current: Running | null = null;
  /** Coroutines whose hook is called at every instruction. */
  readonly #held = new Set<number>();
  #used = 0;
  /** Allocations of the host itself are not refused. */
  #free = true;
  /** Numbers of functions that Lua calls. */
  readonly allocator: number;
  readonly charge: number;
  readonly print: number;
  readonly #hook: number;

  constructor(api: LuaApi, stack: LuaStack) {
    this.#api = api;
    this.#stack = stack;
    const of = (_data = 0, at = 0, before = 0, after = 0): number => this.#allocate(at, before, after);
    this.allocator = api.addFunction(of, "iiiii");
    this.#hook = api.addFunction((L = 0) => {
      this.#count(L, hookEvery);
      return undefined;
    }, "vii");
    this.charge = api.addFunction((L = 0) => this.#charge(L), "ii");
    this.print = api.addFunction((L = 0) => this.#print(L), "ii");
  }

  /** What the state holds. */
  get used(): Bytes {
    return this.#used;
  }

  /** Has the hook called in a coroutine, and in those that it makes. */
  watch(L: number): void {
    this.#api._lua_sethook(L, this.#hook, countMask, hookEvery);
  }

  /** Works on the state without limits on memory. */
  asHost<T>(work: () => T): T {
    const before = this.#free;
    this.#free = true;
    try {
      return work();
    } finally {
      this.#free = before;
    }
  }

  /** From now on, memory is limited but for what is done `asHost`. */
  limit(): void {
    this.#free = false;
  }

  /** Called every so many instructions of any coroutine: counts them, and lets go where it is time to. */
  #count(L: number, instructions: number): void {
    const api = this.#api;
    const run = this.current;
    if (run === null) return;
    // a coroutine that outlived a run which was ended in it
    if (run.end === null && this.#held.delete(L)) api._lua_sethook(L, this.#hook, countMask, hookEvery);
    const at = this.#spend(run, instructions);
    const yieldable = api._lua_isyieldable(L) !== 0;
    if (run.end === null) {
      if (at > run.sliceEnds && yieldable) api._lua_yieldk(L, 0, 0, 0);
      return;
    }
    // from now on it does not get one instruction further; a yield is what no pcall sees
    this.#hold(L);
    if (yieldable) api._lua_yieldk(L, 0, 0, 0);
    else this.#raise(L, run.end.message);
  }

  #charge(L: number): number {
    const run = this.current;
    if (run === null) return 0;
    this.#spend(run, Math.max(0, this.#api._lua_tonumberx(L, 1, 0)));
    if (run.end === null) return 0;
    this.#hold(L);
    return this.#raise(L, run.end.message);
  }

  #hold(L: number): void {
    this.#held.add(L);
    this.#api._lua_sethook(L, this.#hook, countMask, 1);
  }

  #spend(run: Running, instructions: number): number {
    const { limits } = run;
    const at = now();
    run.instructions += instructions;
    if (run.instructions > limits.instructions)
      stop(run, new BioXenError("PROCESS_LIMIT", `more than the ${limits.instructions} instructions allowed`));
    else if (at > run.ends) stop(run, late(run));
    return at;
  }

  #raise(L: number, message: string): number {
    this.asHost(() => this.#stack.pushText(L, message));
    return this.#api._lua_error(L);
  }

  #print(L: number): number {
    const run = this.current;
    if (run === null) return 0;
    const left = mostPrinted - run.printed.length;
    const line = `${this.#stack.message(L, 1)}\n`;
    run.printed += line.slice(0, Math.max(0, left));
    if (line.length > left) run.printedAll = false;
    return 0;
  }

  /** Lua's allocator: all of a state's memory goes through it. */
  #allocate(at: number, before: number, after: number): number {
    const api = this.#api;
    if (after === 0) {
      if (at !== 0) {
        this.#used -= before;
        api._free(at);
      }
      return 0;
    }
    const more = at === 0 ? after : after - before;
    if (!this.#free && more > 0) {
      const run = this.current;
      if (at === 0 && before === newString && after > longestString) return 0;
      if (run !== null && this.#used + more > run.limits.memory) return 0;
      if (run !== null && after > largeCopy) {
        this.#spend(run, after / 64);
        if (run.end !== null) return 0;
      }
    }
    const moved = api._realloc(at, after);
    if (moved !== 0) this.#used += more;
    return moved;
  }
}

/** Ends a run, for the first reason there is. */
export function stop(run: Running, error: BioXenError): void {
  run.end ??= error;
  run.wake?.();
}

export function late({ limits }: Running): BioXenError {
  const seconds: Seconds = limits.deadline;
  return new BioXenError("DEADLINE_EXCEEDED", `not done within ${seconds} s`);
}
