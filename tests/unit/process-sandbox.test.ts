import { type Biology, BioXenError, LuaProcesses, type ProcessLimits } from "bioxen";
import { afterAll, describe, expect, test } from "vitest";
import { luaAttacks, stuckCollector } from "../support/lua-attacks.ts";

const patient: ProcessLimits = { instructions: 1e9, memory: 2 ** 25, deadline: 60 };
const deadline = 0.15;
const processes = new LuaProcesses();
afterAll(() => processes[Symbol.asyncDispose]());

/** How much later than due this thread's own timer came: what a busy machine adds to any time. */
async function timed<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly seconds: number }> {
  let [due, late] = [performance.now() + 20, 0];
  const timer = setInterval(() => {
    late += Math.max(0, performance.now() - due);
    due = performance.now() + 20;
  }, 20);
  const began = performance.now();
  try {
    const value = await work();
    return { value, seconds: (performance.now() - began - late) / 1000 };
  } finally {
    clearInterval(timer);
  }
}

describe("what a script cannot do", () => {
  test("there are enough attacks", () => {
    expect(luaAttacks.length).toBeGreaterThanOrEqual(100);
    expect(new Set(luaAttacks.map(([name]) => name)).size).toBe(luaAttacks.length);
  });

  test.each(luaAttacks)("%s: reaches nothing, and ends in time", async (name, code) => {
    const called: unknown[] = [];
    const biology: Biology = {
      transcribe_gene: async (args) => {
        called.push(args);
        return { gene: "g" };
      },
    };
    const [attacker, neighbour] = [processes.state("attacker"), processes.state("neighbour")];
    await neighbour.run("kept = 7", {}, patient);
    await attacker.run("ready = true", biology, patient);
    const { value, seconds } = await timed(() =>
      attacker.run(code, biology, { instructions: 1e12, memory: 2 ** 25, deadline }).then(
        (answer) => answer.value,
        (error: unknown) => error,
      ),
    );
    expect(value, name).not.toBe("reached");
    if (value instanceof Error) {
      expect(value).toBeInstanceOf(BioXenError);
      expect(["PROCESS_FAILED", "PROCESS_LIMIT", "DEADLINE_EXCEEDED"], value.message).toContain(
        (value as BioXenError).code,
      );
    }
    expect(seconds, name).toBeLessThan(deadline + 1);
    // nothing of it is left: not in the host, not in the neighbour, and its own state is whole
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(called.every((args) => Array.isArray(args))).toBe(true);
    expect((await neighbour.run("kept", {}, patient)).value).toBe(7);
    expect((await attacker.run("return ready", biology, patient)).value).toBe(true);
    await attacker.close();
  });
});

describe("between VMs", () => {
  test("globals, library tables and metatables of one are not those of another", async () => {
    const [a, b] = [processes.state("a"), processes.state("b")];
    await a.run("secret = 1 string.rep = nil math.pi = 3 setmetatable(_G, {__index = {leaked = true}})", {}, patient);
    const { value } = await b.run("return {secret == nil, string.rep ~= nil, math.pi > 3, leaked == nil}", {}, patient);
    expect(value).toEqual([true, true, true, true]);
  });

  test("one that never ends does not keep its neighbours waiting", async () => {
    const [a, b] = [processes.state("a"), processes.state("b")];
    const stop = new AbortController();
    const busy = a.run("while true do end", {}, { ...patient, instructions: 1e15 }, stop.signal);
    const failed = expect(busy).rejects.toMatchObject({ code: "ABORTED" });
    for (let at = 0; at < 20; at++) expect((await b.run(`return ${at}`, {}, patient)).value).toBe(at);
    stop.abort();
    await failed;
  });
});

test("a worker that does not answer is ended, and its states are those of their checkpoints", async () => {
  await using own = new LuaProcesses();
  const [stuck, saved, unsaved] = [own.state("stuck"), own.state("saved"), own.state("unsaved")];
  await stuck.run("x = 1", {}, patient);
  await stuck.checkpoint();
  await stuck.run("x = 2", {}, patient);
  await saved.run("y = {1, 2}", {}, patient);
  await saved.checkpoint();
  await unsaved.run("z = 1", {}, patient);
  const neighbour = saved.run("while true do end", {}, { ...patient, instructions: 1e15 });
  const both = [
    expect(stuck.run(stuckCollector, {}, { ...patient, memory: 2 ** 26, deadline: 2 })).rejects.toMatchObject({
      code: "PROCESS_LOST",
      retry: "later",
    }),
    expect(neighbour).rejects.toMatchObject({ code: "PROCESS_LOST" }),
  ];
  await Promise.all(both);
  const again = await stuck.run("x", {}, patient);
  expect(again.value).toBe(1);
  expect(again.notices).toEqual([expect.stringMatching(/VM stuck was lost, it is that of its last checkpoint/)]);
  expect((await saved.run("y", {}, patient)).value).toEqual([1, 2]);
  const anew = await unsaved.run("z", {}, patient);
  expect(anew.value).toBeNull();
  expect(anew.notices).toEqual([expect.stringMatching(/VM unsaved was lost, it begins anew/)]);
  expect((await stuck.run("x", {}, patient)).notices).toEqual([]);
});

test("260 VMs live in two workers, each with a state of its own", async () => {
  await using many = new LuaProcesses();
  const states = Array.from({ length: 260 }, (_, at) => many.state(`vm-${at}`));
  await Promise.all(states.map((state, at) => state.run(`own = ${at}`, {}, patient)));
  expect(many.workers).toBe(2);
  const answers = await Promise.all(states.map((state) => state.run("own", {}, patient)));
  expect(answers.map(({ value }) => value)).toEqual(states.map((_, at) => at));
  expect(Math.max(...answers.map(({ memory }) => memory))).toBeLessThan(2 ** 17);
  await Promise.all(states.slice(0, 250).map((state) => state.close()));
  expect(many.workers).toBe(1);
});
