import { type Biology, BioXenError, LuaProcesses, type PlainValue, type ProcessLimits } from "bioxen";
import fc from "fast-check";
import { afterAll, beforeEach, describe, expect, test } from "vitest";

const limits: ProcessLimits = { instructions: 1e8, memory: 2 ** 24, deadline: 60 };
const processes = new LuaProcesses();
afterAll(() => processes[Symbol.asyncDispose]());

// so that the worker stays while states come and go
processes.state("another");
let vm = 0;
let state = processes.state("vm-0");
beforeEach(async () => {
  await state.close();
  state = processes.state(`vm-${++vm}`);
});

const none: Biology = {};
const value = async (code: string, biology: Biology = none): Promise<PlainValue> =>
  (await state.run(code, biology, limits)).value;
const echo: Biology = { echo: async ([first = null]) => first };

describe("a run", () => {
  test.each([
    ["an expression", "1 + 1", 2],
    ["a return", "return 'a' .. 1", "a1"],
    ["statements", "local x = 3 return x * x", 9],
    ["nothing", "local x = 3", null],
    ["a list", "return {1, 2.5, 'x', true}", [1, 2.5, "x", true]],
    ["a table", "return {a = {b = 1}}", { a: { b: 1 } }],
    ["integers beyond 2^53", "return math.maxinteger", 2n ** 63n - 1n],
    ["bytes that are no text", "return '\\xff\\0'", Uint8Array.of(255, 0)],
    ["a byte order mark", "return '\\u{feff}x'", "\ufeffx"],
    ["the first of several", "return 1, 2", 1],
  ])("answers %s", async (_name, code, expected) => {
    expect(await value(code)).toEqual(expected);
  });

  test("has globals that live on, lines that it printed, and what it used", async () => {
    await value("count = 1");
    const answer = await state.run("count = count + 1 print('now', count, nil) return count", none, limits);
    expect(answer).toMatchObject({ value: 2, printed: "now\t2\tnil\n", printedAll: true, hostCalls: 0, notices: [] });
    expect(answer.memory).toBeGreaterThan(10_000);
    const long = await state.run("for i = 1, 100000 do end", none, limits);
    // one instruction a turn and few around it, counted in steps of 200
    expect(Math.abs(long.instructions - 100_000)).toBeLessThan(400);
  });

  test("prints 64 KiB at most and says so", async () => {
    const { printed, printedAll } = await state.run("for i = 1, 1e4 do print('0123456789') end", none, limits);
    expect(printed.length).toBe(2 ** 16);
    expect(printedAll).toBe(false);
  });

  test("calls a bare name, a name with a table, and a method of a table", async () => {
    const biology: Biology = { run_metabolic_network: async ([table = "nothing"]) => ({ given: table }) };
    expect(await value("run_metabolic_network", biology)).toEqual({ given: "nothing" });
    expect(await value("run_metabolic_network{glucose=10}", biology)).toEqual({ given: { glucose: 10 } });
    expect(await value("local f = run_metabolic_network return f('x').given", biology)).toBe("x");
  });

  test("says what is wrong in code that does not parse or fails", async () => {
    await expect(value("x = = 1")).rejects.toMatchObject({
      code: "PROCESS_FAILED",
      message: /^line 1: unexpected symbol/,
    });
    await expect(value("local a\n\nerror('why')")).rejects.toMatchObject({ message: "line 3: why" });
    await expect(value("return print")).rejects.toMatchObject({ message: /a function is no plain data/ });
    await expect(value("x".repeat(300_000))).rejects.toMatchObject({ code: "INPUT_INVALID" });
    for (const bad of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      await expect(state.run("1", none, { ...limits, instructions: bad })).rejects.toMatchObject({
        code: "INPUT_INVALID",
      });
  });

  test("ends at each of its limits, and the state goes on", async () => {
    const run = (code: string, of: Partial<ProcessLimits>) => state.run(code, none, { ...limits, ...of });
    await value("kept = 1");
    await expect(run("while true do end", { instructions: 1e5 })).rejects.toMatchObject({ code: "PROCESS_LIMIT" });
    await expect(run("local t = {} while true do t[#t + 1] = #t end", { memory: 2e6 })).rejects.toMatchObject({
      code: "PROCESS_LIMIT",
      message: /2000000 bytes/,
    });
    await expect(run("while true do end", { instructions: 1e15, deadline: 0.1 })).rejects.toMatchObject({
      code: "DEADLINE_EXCEEDED",
    });
    expect(await value("return kept")).toBe(1);
  });

  test("is ended by its signal, also while it waits for biology, whose own signal fires then", async () => {
    let ended: unknown = null;
    const stop = new AbortController();
    const biology: Biology = {
      wait: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          setTimeout(() => stop.abort(new Error("enough")));
          signal.addEventListener("abort", () => {
            ended = signal.reason;
            reject(new Error("stopped"));
          });
        }),
    };
    const waiting = state.run("wait()", biology, limits, stop.signal);
    await expect(waiting).rejects.toMatchObject({ code: "ABORTED" });
    expect(ended).toMatchObject({ message: "enough" });
    await expect(state.run("wait()", biology, { ...limits, deadline: 0.1 })).rejects.toMatchObject({
      code: "DEADLINE_EXCEEDED",
    });
    await expect(state.run("1", none, limits, AbortSignal.abort())).rejects.toMatchObject({ code: "ABORTED" });
  });

  test("several at once share globals, and each has a budget and printing of its own", async () => {
    const order: string[] = [];
    const biology: Biology = {
      step: async ([name = null]) => {
        order.push(String(name));
        await new Promise((resolve) => setTimeout(resolve, 5));
        return null;
      },
    };
    await value("sum = 0");
    const one = (name: string) =>
      state.run(`for i = 1, 3 do step('${name}') sum = sum + 1 print('${name}') end`, biology, limits);
    const endless = state.run("while true do end", none, { ...limits, instructions: 1e6 });
    const [a, b] = await Promise.all([
      one("a"),
      one("b"),
      expect(endless).rejects.toMatchObject({ code: "PROCESS_LIMIT" }),
    ]);
    expect([a.printed, b.printed]).toEqual(["a\na\na\n", "b\nb\nb\n"]);
    expect([a.hostCalls, b.hostCalls]).toEqual([3, 3]);
    expect(order.join("")).not.toBe("aaabbb");
    expect(await value("return sum")).toBe(6);
  });
});

describe("biology", () => {
  test("any plain value comes back as it went", async () => {
    const plain = fc.letrec<{ value: PlainValue }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.boolean(),
        fc.double({ noNaN: true }),
        fc.maxSafeInteger(),
        fc.string({ unit: "grapheme" }),
        fc.array(tie("value"), { minLength: 1, maxLength: 5 }),
        fc.dictionary(fc.stringMatching(/^[a-z_]{1,12}$/), tie("value"), { minKeys: 1, maxKeys: 5 }),
      ),
    })).value;
    await fc.assert(
      fc.asyncProperty(plain, async (given) => {
        const biology: Biology = { give: async () => given, ...echo };
        expect(await value("return echo(give())", biology)).toEqual(given);
      }),
      { numRuns: 60 },
    );
  });

  test("its errors are caught by pcall, and keep their code where they are not", async () => {
    const cause = new BioXenError("RESOURCE_EXHAUSTION", "the cell has no ATP", { context: { left: 0 } });
    const biology: Biology = {
      pay: async () => {
        throw cause;
      },
    };
    expect(await value("local ok, why = pcall(pay) return {ok, why}", biology)).toEqual([
      false,
      "pay: the cell has no ATP",
    ]);
    const failed = state.run("pay()", biology, limits);
    await expect(failed).rejects.toMatchObject({
      code: "RESOURCE_EXHAUSTION",
      id: "BX009",
      context: { left: 0 },
      cause,
    });
    await expect(value("pcall(pay) error('mine')", biology)).rejects.toMatchObject({ code: "PROCESS_FAILED" });
  });

  test("is refused where a run has none of that name, and for what is no plain data", async () => {
    await value("echo(1)", echo);
    await expect(value("echo(1)")).rejects.toMatchObject({ message: /echo is not available/ });
    const biology = { odd: async () => (() => 1) as unknown as PlainValue, date: async () => new Date() as never };
    await expect(value("odd()", biology)).rejects.toBeInstanceOf(BioXenError);
    await expect(value("date()", biology)).rejects.toMatchObject({ code: "INPUT_INVALID" });
    await expect(value("1", { "not a name": async () => null })).rejects.toMatchObject({ code: "INPUT_INVALID" });
    expect(await value("return constructor == nil and toString == nil", echo)).toBe(true);
  });

  test("is called from coroutines, pcall and metamethods as from anywhere", async () => {
    const code = `
      local t = setmetatable({}, {__index = function(_, key) return echo(key) end})
      local each = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(echo(i)) end end)
      local ok, inside = pcall(function() return coroutine.wrap(function() return echo("deep") end)() end)
      return {t.key, each(), each(), each(), ok, inside}`;
    expect(await value(code, echo)).toEqual(["key", 1, 2, 3, true, "deep"]);
  });
});

describe("random numbers", () => {
  test("begin with the VM's id, are uniform, and are kept", async () => {
    const draw = "local t = {} for i = 1, 5 do t[i] = math.random(1, 1000) end return t";
    const other = processes.state("other");
    const first = await value(draw);
    expect((await other.run(draw, none, limits)).value).not.toEqual(first);
    await other.close();
    const mean = await value("local s = 0 for i = 1, 20000 do s = s + math.random() end return s / 20000");
    expect(Math.abs(Number(mean) - 0.5)).toBeLessThan(0.01);
    expect(
      await value("math.randomseed(5) local a = math.random(0) math.randomseed(5) return a == math.random(0)"),
    ).toBe(true);
    await expect(value("math.random(2, 1)")).rejects.toMatchObject({ message: /interval is empty/ });
  });
});
