import { type Biology, LuaProcesses, type PlainValue, type ProcessLimits, type ProcessState } from "bioxen";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";

const limits: ProcessLimits = { instructions: 1e8, memory: 2 ** 24, deadline: 60 };
const processes = new LuaProcesses();
afterAll(() => processes[Symbol.asyncDispose]());
const biology: Biology = { transcribe_gene: async ([gene = null]) => gene };

// so that the worker stays while states come and go
processes.state("another");
let vm = 0;
async function fresh<T>(work: (state: ProcessState) => Promise<T>): Promise<T> {
  const state = processes.state(`checkpoint-${vm++}`);
  try {
    return await work(state);
  } finally {
    await state.close();
  }
}

/** What a state answers after `code`, and what one restored from its checkpoint answers, to the same question. */
async function bothAfter(code: string, question: string): Promise<readonly [PlainValue, PlainValue]> {
  return fresh(async (first) => {
    await first.run(code, biology, limits);
    const bytes = await first.checkpoint();
    return fresh(async (second) => {
      await second.restore(bytes);
      const ask = async (of: ProcessState): Promise<PlainValue> => (await of.run(question, biology, limits)).value;
      return [await ask(first), await ask(second)];
    });
  });
}

describe("a restored state goes on as the one that was kept", () => {
  test.each([
    ["numbers", "a, b, c, d = 1, 1.0, -0.0, 1 / 0", "return {math.type(a), math.type(b), 1 / c, d, a // 2}"],
    ["64-bit integers", "a, b = math.maxinteger, math.mininteger", "return {a, b, a + 1 == b}"],
    ["no number", "a = 0 / 0", "return a ~= a"],
    ["strings and bytes", "a = 'x\\0y' b = '\\xff\\xfe' c = '\\u{feff}é'", "return {#a, b:byte(1, -1), #c, a}"],
    [
      "keys of every kind",
      "t = {[1.5] = 'f', [true] = 'b', [-1] = 'i', ['\\xff'] = 's'}",
      "return {t[1.5], t[true], t[-1], t['\\xff']}",
    ],
    ["cycles", "t = {} t.t = t t[t] = 'self'", "return {t.t == t, t[t], t.t.t == t}"],
    ["shared tables", "a = {1} b = {a, a}", "b[1][1] = 2 return {b[1] == b[2], a[1], b[1] == a}"],
    ["the globals themselves", "me = _G t = {_G}", "return {me == _G, t[1] == _G, me.t == t}"],
    [
      "metatables",
      "t = setmetatable({}, {__index = function(_, k) return k .. '!' end, __call = function(_, x) return x + 1 end})",
      "return {t.a, t(1)}",
    ],
    [
      "classes",
      "A = {} A.__index = A function A.new(n) return setmetatable({n = n}, A) end function A:up() self.n = self.n + 1 return self.n end one = A.new(4)",
      "return {one:up(), one:up(), getmetatable(one) == A, A.new(1):up()}",
    ],
    ["functions", "function f(n) return n < 2 and 1 or n * f(n - 1) end", "return f(10)"],
    [
      "variables that functions share",
      "do local n = 0 function up() n = n + 1 return n end function down() n = n - 1 return n end end up() up()",
      "return {up(), down(), down()}",
    ],
    [
      "variables of each closure",
      "function counter() local n = 0 return function() n = n + 1 return n end end a, b = counter(), counter() a() a()",
      "return {a(), b(), counter()()}",
    ],
    [
      "constants and varargs",
      "do local k <const> = 7 function f(...) return k + select('#', ...) end end",
      "return f(1, 2)",
    ],
    [
      "functions in functions",
      "function outer(a) return function(b) return function(c) return a .. b .. c end end end g = outer('x')('y')",
      "return {g('z'), outer(1)(2)(3)}",
    ],
    [
      "two functions on one line",
      "f, g = function(x) return x end, function(x) return x end",
      "return {f(1), g(2), f == g}",
    ],
    ["functions as keys", "function f() end t = {[f] = 'here'}", "return t[f]"],
    [
      "functions of load, with an environment",
      "box = {x = 5} f = load('x = x + 1 return x', 'n', 't', box) f()",
      "return {f(), box.x, x == nil}",
    ],
    [
      "another _ENV",
      "do local _ENV = {y = 2} function get() return y end box = _ENV end box = nil",
      "return {get == nil, y == nil}",
    ],
    [
      "a library function by another name",
      "s = math.sin t = {string.format}",
      "return {s(1), t[1]('%d', 3), s == math.sin}",
    ],
    [
      "library tables that were changed",
      "math.twice = function(x) return 2 * x end string.rep = nil",
      "return {math.twice(4), string.rep == nil, math.pi > 3}",
    ],
    [
      "biology by another name, and overwritten",
      "mine = transcribe_gene transcribe_gene = nil",
      "return {mine('dnaA'), transcribe_gene == nil}",
    ],
    [
      "random numbers",
      "math.randomseed(7) for i = 1, 10 do math.random() end",
      "local t = {} for i = 1, 50 do t[i] = math.random(1, 1000000) end return t",
    ],
    [
      "deep tables",
      "t = {} local u = t for i = 1, 20000 do u.next = {} u = u.next end u.last = 1",
      "local n, u = 0, t while u.next do n, u = n + 1, u.next end return {n, u.last}",
    ],
    [
      "goto, loops and long strings",
      "function f(n) local s = [==[a]]b]==] for i = 1, n do if i == 2 then goto on end s = s .. i ::on:: end return s end",
      "return f(4)",
    ],
    ["tables with holes", "t = {1, 2, nil, 4} t[3] = nil", "return {t[1], t[4], t[3] == nil}"],
    ["what was deleted", "print = nil", "return print == nil"],
  ])("%s", async (_name, code, question) => {
    const [before, after] = await bothAfter(code, question);
    expect(before).not.toBeNull();
    expect(after).toEqual(before);
  });

  test("a restored state is kept, and restored, again", async () => {
    const code = "do local n = 0 function up() n = n + 1 return n end end up()";
    let bytes = await fresh(async (one) => {
      await one.run(code, biology, limits);
      return one.checkpoint();
    });
    for (let round = 2; round < 6; round++)
      bytes = await fresh(async (one) => {
        await one.restore(bytes);
        expect((await one.run("up()", biology, limits)).value).toBe(round);
        return one.checkpoint();
      });
  });

  test("any plain data", async () => {
    const data = fc.letrec<{ value: PlainValue }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.boolean(),
        fc.double({ noNaN: true }),
        fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
        fc.string(),
        fc.array(tie("value"), { minLength: 1, maxLength: 4 }),
        fc.dictionary(fc.stringMatching(/^[a-z_]{1,8}$/), tie("value"), { minKeys: 1, maxKeys: 4 }),
      ),
    })).value;
    await fresh(async (first) =>
      fresh(async (second) => {
        await fc.assert(
          fc.asyncProperty(data, async (given) => {
            await first.run("held = give()", { give: async () => given }, limits);
            await second.restore(await first.checkpoint());
            expect((await second.run("return held", {}, limits)).value).toEqual(given);
          }),
          { numRuns: 40 },
        );
      }),
    );
  });
});

describe("what cannot be kept", () => {
  test("is refused by name, all of it at once", async () => {
    const code = `
      worker = {co = coroutine.create(print)}
      each = coroutine.wrap(function() end)
      words = ("a b"):gmatch("%a")
      local hidden = coroutine.create(print)
      function uses() return hidden end`;
    await fresh(async (state) => {
      await state.run(code, biology, limits);
      const refused = state.checkpoint();
      await expect(refused).rejects.toMatchObject({ code: "CHECKPOINT_REFUSED" });
      const { message } = (await refused.catch((error: unknown) => error)) as Error;
      for (const name of [
        /worker\.co \(a coroutine\)/,
        /each \(/,
        /words \(a function of the host\)/,
        /a variable of uses \(a coroutine\)/,
      ])
        expect(message).toMatch(name);
      await state.run("worker, each, words, uses = nil", biology, limits);
      await state.checkpoint();
    });
  });

  test("a state at work is neither kept nor replaced", async () => {
    await fresh(async (state) => {
      const kept = await state.checkpoint();
      let go = (): void => {};
      const open = new Promise<void>((resolve) => {
        go = resolve;
      });
      const called = new Promise<void>((resolve) => {
        const hold = async (): Promise<null> => {
          resolve();
          await open;
          return null;
        };
        void state.run("hold()", { hold }, limits).catch(() => {});
      });
      await called;
      await expect(state.checkpoint()).rejects.toMatchObject({ code: "DEVICE_BUSY", retry: "later" });
      await expect(state.restore(kept)).rejects.toMatchObject({ code: "DEVICE_BUSY" });
      go();
    });
  });
});

describe("what is no checkpoint", () => {
  test.each([
    ["nothing", ""],
    ["no JSON", "{"],
    ["another thing", '{"format":"x"}'],
    ["a later version", '{"format":"bioxen-lua","version":2}'],
    ["lists missing", '{"format":"bioxen-lua","version":1}'],
    ["a table that is not there", wrong({ changed: { _G: ["sx", ["table", 3]] } })],
    ["a function that is not there", wrong({ changed: { _G: ["sx", ["function", 0]] } })],
    ["a library that is not there", wrong({ changed: { _G: ["sx", ["own", "os.execute"]] } })],
    [
      "a place without a function",
      wrong({ sources: ["sreturn 1"], functions: [{ source: 0, place: [4], variables: [] }] }),
    ],
    ["a source that does not parse", wrong({ sources: ["sreturn ="], functions: [] })],
    ["bytecode as a source", wrong({ sources: ["s\u001bLua"], functions: [] })],
    ["a finalizer", wrong({ tables: [{ entries: [], metatable: ["table", 1] }, { entries: ["s__gc", 1] }] })],
    ["a key that none can have", wrong({ tables: [{ entries: ["fNaN", 1] }] })],
    ["a word of another kind", wrong({ changed: { _G: ["sx", "zz"] } })],
    ["random numbers of another kind", wrong({ random: ["a", "b", "c", "d"] })],
  ])("%s is refused, and the state is as before", async (_name, text) => {
    await fresh(async (state) => {
      await state.run("kept = 1", biology, limits);
      await expect(state.restore(new TextEncoder().encode(text))).rejects.toMatchObject({ code: "CHECKPOINT_DAMAGED" });
      expect((await state.run("return kept", biology, limits)).value).toBe(1);
    });
  });
});

function wrong(part: object): string {
  const whole = {
    format: "bioxen-lua",
    version: 1,
    biology: [],
    random: ["1", "2", "3", "4"],
    sources: [],
    tables: [],
  };
  return JSON.stringify({ ...whole, functions: [], variables: [], changed: {}, ...part });
}
