import {
  abortablePlan,
  completeParameters,
  parseTaskGraph,
  readPlatform,
  scheduleGraph,
  scheduleGraphAbortable,
  schedulingPolicies,
  schedulingPolicyNamed,
  schedulingProblem,
  seededRandom,
} from "bioxen";
import fc from "fast-check";
import { expect, test } from "vitest";
import { PowerProfile } from "../../dist/src/scheduling/policies/power-profile.js";
import { randomGraph, randomPlatform } from "../support/task-graphs.ts";

/** Sixteen tasks with few edges: proof takes minutes. */
const hard = { ...randomGraph(5, 16), edges: [] };

test("a search that is called off ends within a slice, and gives others their turn before", async () => {
  const stop = new AbortController();
  let turns = 0;
  const ticking = setInterval(() => {
    if (++turns === 3) stop.abort();
  }, 1);
  const search = scheduleGraphAbortable(hard, randomPlatform(5, 4), "optimal", {
    parameters: { nodes: 1e12 },
    signal: stop.signal,
  });
  await expect(search).rejects.toMatchObject({ code: "ABORTED", retry: "never" });
  clearInterval(ticking);
  expect(turns).toBeGreaterThanOrEqual(3);
});

test("a signal that fired before lets nothing begin", async () => {
  const graph = randomGraph(5, 6);
  const signal = AbortSignal.abort();
  await expect(scheduleGraphAbortable(graph, randomPlatform(5, 2), "optimal", { signal })).rejects.toMatchObject({
    code: "ABORTED",
  });
});

test("in slices every policy plans what it plans at once", async () => {
  for (const seed of [1, 2]) {
    const problem = schedulingProblem(randomGraph(seed, 7), randomPlatform(seed, 3));
    for (const policy of schedulingPolicies) {
      const parameters = completeParameters(policy, {});
      expect(await abortablePlan(policy, problem, parameters, 7), policy.id).toEqual(
        policy.plan(problem, parameters, 7),
      );
    }
  }
});

test("a search that gives up says so, in slices or not, and keeps the best that it found", async () => {
  const problem = schedulingProblem(hard, randomPlatform(5, 4));
  const policy = schedulingPolicyNamed("optimal");
  const parameters = completeParameters(policy, { nodes: 3000 });
  const atOnce = policy.plan(problem, parameters, 0);
  expect(atOnce.note).toBe("not proved: 3000 partial schedules looked at");
  expect(await abortablePlan(policy, problem, parameters, 0)).toEqual(atOnce);
});

test("power in blocks is the power of a plain list of steps", () => {
  const interval = fc.tuple(fc.nat({ max: 3000 }), fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 9 }));
  fc.assert(
    fc.property(fc.array(interval, { minLength: 150, maxLength: 400 }), fc.nat({ max: 1e6 }), (intervals, seed) => {
      const profile = new PowerProfile();
      // by the second: whole numbers are exact
      const plain = new Array<number>(4000).fill(0);
      const draw = seededRandom(seed);
      for (const [from, length, watts] of intervals) {
        profile.add(from, from + length, watts);
        for (let at = from; at < from + length; at++) plain[at] = (plain[at] ?? 0) + watts;
        const [begin, more] = [Math.floor(draw() * 3500), 1 + Math.floor(draw() * 400)];
        const cap = 1 + Math.floor(draw() * 60);
        const over = (at: number): boolean => (plain[at] ?? 0) + 3 > cap;
        let expected: number | null = null;
        for (let at = begin; at < begin + more && expected === null; at++) if (over(at)) expected = at;
        while (expected !== null && expected < plain.length && over(expected)) expected++;
        if (expected === plain.length) expected = Number.POSITIVE_INFINITY;
        expect(profile.obstacle(begin, begin + more, 3, cap)).toBe(expected);
      }
    }),
    { numRuns: 8 },
  );
});

test("work that is put off as a whole waits for the cleanest hours, to the gram that each delay would cause", () => {
  const graph = parseTaskGraph('{ "format": "bioxen-dag", "tasks": [{ "id": "a", "runtime": 40 }] }');
  const platform = {
    ...readPlatform("example"),
    carbon: { step: 10, values: [500, 400, 300, 10, 10], source: "test" },
  };
  const { simulation } = scheduleGraph(graph, platform, "carbon-shift", { parameters: { deadline: 60 } });
  // 10 s on the GPU from second 30 on
  expect(simulation.start[0]).toBe(30);
});
