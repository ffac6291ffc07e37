import { readFileSync } from "node:fs";
import {
  BioXenError,
  CarbonIntensity,
  checkedPlatform,
  makespanOf,
  type Platform,
  parseTaskGraph,
  platformJsonSchema,
  powerTrace,
  readPlatform,
  scheduleGraph,
  schedulingProblem,
  shippedPlatformIds,
  simulate,
  type TaskGraph,
  topologicalOrder,
  traceJoules,
} from "bioxen";
import { describe, expect, test } from "vitest";

const chain = (...runtimes: number[]): TaskGraph => ({
  name: "chain",
  tasks: runtimes.map((runtime, at) => ({ id: `t${at}`, runtime })),
  edges: runtimes.slice(1).map((_, at) => ({ from: at, to: at + 1, bytes: 100, seconds: 0 })),
});

const apart = (...runtimes: number[]): TaskGraph => ({ ...chain(...runtimes), name: "apart", edges: [] });

function platformOf(devices: Platform["devices"], more: Partial<Platform> = {}): Platform {
  return { format: 1, id: "made", name: "made", devices, links: { default: { bandwidth: 10, watts: 2 } }, ...more };
}

const plain = (id: string, speed = 1) => ({ id, speed, watts: { busy: 10, idle: 1 } });

function thrown(run: () => unknown): BioXenError {
  try {
    run();
  } catch (error) {
    if (error instanceof BioXenError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("the simulator", () => {
  test("splits energy by hand: busy, idle, transfer, wake, and a context that stays open", () => {
    const platform = platformOf([
      { id: "a", speed: 1, watts: { busy: 10, idle: 1, context: 2 }, wake: { seconds: 1, joules: 5 } },
      plain("b"),
    ]);
    const graph: TaskGraph = {
      name: "by hand",
      tasks: ["x", "y", "z"].map((id, at) => ({ id, runtime: null, costs: at === 1 ? [null, 4] : [3, null] })),
      edges: [
        { from: 0, to: 1, bytes: 20, seconds: 0 },
        { from: 1, to: 2, bytes: 10, seconds: 0.5 },
      ],
    };
    const { simulation } = scheduleGraph(graph, platform, "heft");
    // a wakes in 1 s and runs 3; 2 s of transfer; b runs 4; 1.5 s of transfer; a runs 3
    expect([...simulation.start]).toEqual([1, 6, 11.5]);
    expect(simulation.makespan).toBe(14.5);
    const idle = 1 * (14.5 - 6 - 1) + 2 * 7.5 + 1 * (14.5 - 4);
    expect(simulation.energy).toEqual({ busy: 100, idle, transfer: 7, wake: 5, total: 112 + idle });
    expect(traceJoules(powerTrace(simulation))).toBeCloseTo(112 + idle, 9);
  });

  test("a context that closes is opened again, ahead of the task", () => {
    const device = {
      id: "a",
      speed: 1,
      watts: { busy: 10, idle: 1, context: 2 },
      wake: { seconds: 1, joules: 5, after: 2 },
    };
    const graph: TaskGraph = {
      name: "gap",
      tasks: [
        { id: "x", runtime: null, costs: [1, null] },
        { id: "y", runtime: null, costs: [null, 6] },
        { id: "z", runtime: null, costs: [1, null] },
      ],
      edges: [0, 1].map((from) => ({ from, to: from + 1, bytes: 0, seconds: 0 })),
    };
    const { simulation } = scheduleGraph(graph, platformOf([device, plain("b")]), "mct");
    expect([...simulation.start]).toEqual([1, 2, 8]);
    expect(simulation.energy.wake).toBe(10);
    expect(simulation.wakeUps.map(({ start, end }) => [start, end])).toEqual([
      [0, 1],
      [7, 8],
    ]);
    expect(simulation.contextSeconds[0]).toBe(2);
    expect(Math.abs(traceJoules(powerTrace(simulation)) - simulation.energy.total)).toBeLessThan(1e-9);
  });

  test("noise is the seed's and the task's alone, its mean is 1", () => {
    const graph = apart(...new Array<number>(4000).fill(1));
    const problem = schedulingProblem(graph, platformOf([plain("a"), plain("b", 2)]));
    const planned = scheduleGraph(graph, problem.platform, "heft").simulation.plan;
    const run = (seed: number) => simulate(problem, planned, { noise: { tasks: 0.5, transfers: 0 }, seed });
    const took = ({ start, end }: { start: Float64Array; end: Float64Array }, task: number): number =>
      ((end[task] ?? 0) - (start[task] ?? 0)) * (planned.device[task] === 0 ? 1 : 2);
    const [one, two] = [run(1), run(2)];
    expect(run(1)).toEqual(one);
    expect(one.makespan).not.toBe(two.makespan);
    const factors = Array.from({ length: 4000 }, (_, task) => took(one, task));
    const mean = factors.reduce((sum, value) => sum + value, 0) / 4000;
    // four standard errors: sqrt(exp(0.25) - 1) / sqrt(4000) = 0.0084
    expect(Math.abs(mean - 1)).toBeLessThan(0.034);
  });

  test("tasks without length keep their order, and a plan against the precedence is refused", () => {
    const graph = chain(5, 0, 0, 3);
    const platform = platformOf([plain("a")]);
    const { simulation, problem } = scheduleGraph(graph, platform, "heft");
    expect([...simulation.start]).toEqual([0, 5, 5, 5]);
    const backwards = { ...simulation.plan, sequence: [Uint32Array.of(3, 2, 1, 0)] };
    expect(thrown(() => simulate(problem, backwards))).toMatchObject({ code: "INPUT_INVALID" });
  });

  test("memory keeps a task off a device, frequencies stretch it", () => {
    const graph = {
      ...apart(4, 4),
      tasks: [
        { id: "big", runtime: 4, memory: 100 },
        { id: "small", runtime: 4 },
      ],
    };
    const fast = { ...plain("fast", 4), memory: 50 };
    const { simulation } = scheduleGraph(graph, platformOf([fast, plain("slow")]), "mct");
    expect([...simulation.plan.device]).toEqual([1, 0]);
    const alone = thrown(() => scheduleGraph(graph, platformOf([fast]), "mct"));
    expect(alone.message).toContain("big");
    const states = [{ id: "half", speed: 0.5, watts: 4 }];
    const paced = scheduleGraph(apart(6), platformOf([{ ...plain("a"), states }]), "pace", {
      parameters: { stretch: 2 },
    }).simulation;
    expect([paced.makespan, paced.energy.busy, paced.horizon]).toEqual([12, 48, 12]);
    const raced = scheduleGraph(apart(6), platformOf([{ ...plain("a"), states }]), "race-to-idle", {
      parameters: { stretch: 2 },
    }).simulation;
    expect([raced.makespan, raced.energy.busy, raced.energy.idle, raced.horizon]).toEqual([6, 60, 6, 12]);
  });
});

describe("policies", () => {
  test("weighing joules lowers those of the tasks and raises the machine's", () => {
    const frugal = { id: "frugal", speed: 0.25, watts: { busy: 2, idle: 1 } };
    const fast = { id: "fast", speed: 1, watts: { busy: 20, idle: 10 } };
    const run = (gamma: number) =>
      scheduleGraph(apart(8, 8, 8, 8), platformOf([fast, frugal]), "dmda", { parameters: { gamma } }).simulation;
    const [none, much] = [run(0), run(10)];
    expect(much.energy.busy).toBeLessThan(none.energy.busy);
    expect(much.energy.total).toBeGreaterThan(none.energy.total);
  });

  test("work waits for cleaner electricity where the wait is cheap, within its deadline", () => {
    const carbon = { step: 10, values: [500, 50], source: "made" };
    const platform = platformOf([{ id: "a", speed: 1, watts: { busy: 100, idle: 0.1 } }], { carbon });
    const { simulation } = scheduleGraph(apart(8), platform, "carbon-shift", { parameters: { deadline: 30 } });
    expect(simulation.start[0]).toBe(10);
    const grams = new CarbonIntensity(carbon);
    expect(grams.gramsOf(powerTrace(simulation))).toBeCloseTo((0.1 * 10 * 500 + 100 * 8 * 50) / 3.6e6, 12);
    expect(grams.grams(1, 5, 25)).toBeCloseTo((5 * 500 + 10 * 50 + 5 * 500) / 3.6e6, 12);
    const late = thrown(() => scheduleGraph(apart(8), platform, "carbon-shift", { parameters: { deadline: 5 } }));
    expect(late.code).toBe("INPUT_INVALID");
  });

  test("a cap that nothing fits under is refused, one for a device at a time is kept", () => {
    const platform = platformOf([plain("a"), plain("b")]);
    const capped = scheduleGraph(apart(5, 5), platform, "power-cap", { parameters: { watts: 11 } }).simulation;
    expect(capped.makespan).toBe(10);
    expect(scheduleGraph(apart(5, 5), platform, "power-cap", { parameters: { watts: 20 } }).simulation.makespan).toBe(
      5,
    );
    expect(thrown(() => scheduleGraph(apart(5), platform, "power-cap", { parameters: { watts: 10 } })).code).toBe(
      "INPUT_INVALID",
    );
  });

  test("the optimum is found where lists fail, and large graphs are refused", () => {
    const best = scheduleGraph(apart(3, 3, 2, 2, 2), platformOf([plain("a"), plain("b")]), "optimal").simulation;
    expect([best.makespan, best.plan.note]).toEqual([6, "optimum, proved"]);
    expect(
      thrown(() => scheduleGraph(apart(...new Array(17).fill(1)), best.problem.platform, "optimal")).message,
    ).toContain("17 tasks");
    const cut = scheduleGraph(apart(3, 3, 2, 2, 2), platformOf([plain("a"), plain("b")]), "optimal", {
      parameters: { nodes: 1 },
    }).simulation;
    expect(cut.plan.note).toContain("not proved");
  });
});

describe("what is refused before anything runs", () => {
  const platform = platformOf([plain("a"), plain("b")]);
  const own = (tasks: unknown, edges: unknown = []) => JSON.stringify({ format: "bioxen-dag", tasks, edges });
  const told: readonly (readonly [string, () => unknown, string])[] = [
    [
      "a cycle",
      () =>
        scheduleGraph(
          parseTaskGraph(
            own(
              [
                { id: "x", runtime: 1 },
                { id: "y", runtime: 1 },
                { id: "z", runtime: 1 },
              ],
              [
                { from: "x", to: "y" },
                { from: "y", to: "x" },
                { from: "y", to: "z" },
              ],
            ),
          ),
          platform,
          "heft",
        ),
      "cycle: x -> y -> x",
    ],
    [
      "a task that needs itself",
      () => scheduleGraph(parseTaskGraph(own([{ id: "x", runtime: 1 }], [{ from: "x", to: "x" }])), platform, "heft"),
      "cycle: x -> x",
    ],
    ["no runtime", () => parseTaskGraph(own([{ id: "x" }])), "without a runtime"],
    ["a negative runtime", () => parseTaskGraph(own([{ id: "x", runtime: -1 }])), "tasks.0.runtime"],
    [
      "a cost on no device",
      () => scheduleGraph(parseTaskGraph(own([{ id: "x", costs: { a: 1, b: 2, c: 3 } }])), platform, "heft"),
      "unknown device c",
    ],
    [
      "a device without a cost",
      () => scheduleGraph(parseTaskGraph(own([{ id: "x", costs: { a: 1 } }])), platform, "heft"),
      "no cost on device b",
    ],
    [
      "too short a table",
      () => scheduleGraph(parseTaskGraph(own([{ id: "x", costs: [1] }])), platform, "heft"),
      "costs for 1 devices",
    ],
    ["an edge to nothing", () => parseTaskGraph(own([{ id: "x", runtime: 1 }], [{ from: "x", to: "q" }])), '"q"'],
    ["no tasks", () => scheduleGraph(parseTaskGraph(own([])), platform, "heft"), "without tasks"],
    ["no JSON", () => parseTaskGraph("{"), "no JSON"],
    ["an unknown policy", () => scheduleGraph(apart(1), platform, "best"), "no policy best"],
    ["an empty policy", () => scheduleGraph(apart(1), platform, ""), "an empty policy"],
    [
      "an unknown parameter",
      () => scheduleGraph(apart(1), platform, "dmda", { parameters: { delta: 1 } }),
      "no parameter delta",
    ],
    [
      "a negative weight",
      () => scheduleGraph(apart(1), platform, "dmda", { parameters: { gamma: -1 } }),
      "gamma is -1",
    ],
    [
      "negative noise",
      () => scheduleGraph(apart(1), platform, "heft", { noise: { tasks: -1, transfers: 0 } }),
      "noise of tasks",
    ],
    [
      "busy watts below idle",
      () => checkedPlatform({ ...platform, devices: [{ id: "a", speed: 1, watts: { busy: 1, idle: 2 } }] }, "p.json"),
      "1 W busy are below 2 W idle",
    ],
    [
      "a state below idle",
      () =>
        checkedPlatform(
          { ...platform, devices: [{ ...plain("a"), states: [{ id: "s", speed: 1, watts: 0.5 }] }] },
          "p.json",
        ),
      "state s",
    ],
    [
      "a link to nothing",
      () =>
        checkedPlatform(
          { ...platform, links: { default: { bandwidth: 1 }, between: [{ from: "a", to: "q", bandwidth: 1 }] } },
          "p.json",
        ),
      "unknown device q",
    ],
    ["no devices", () => checkedPlatform({ ...platform, devices: [] }, "p.json"), "devices"],
    [
      "two devices of one name",
      () => checkedPlatform({ ...platform, devices: [plain("a"), plain("a")] }, "p.json"),
      "second device a",
    ],
    ["an unknown platform", () => readPlatform("nowhere"), "no platform nowhere"],
    ["a platform that is not there", () => readPlatform("./nowhere.json"), "cannot be read"],
  ];
  for (const [what, run, message] of told)
    test(what, () => {
      const error = thrown(run);
      expect(["INPUT_INVALID", "FORMAT_INVALID"]).toContain(error.code);
      expect(error.message).toContain(message);
    });
});

describe("WfFormat", () => {
  const trace = (change: (content: Record<string, never>) => void = () => {}): string => {
    const content = {
      name: "w",
      schemaVersion: "1.5",
      workflow: {
        specification: {
          tasks: [
            { id: "a", parents: [], children: ["b"], inputFiles: ["in"], outputFiles: ["f", "g"] },
            { id: "b", parents: ["a"], children: [], inputFiles: ["f", "in"], outputFiles: ["out"] },
          ],
          files: ["in", "f", "g", "out"].map((id, at) => ({ id, sizeInBytes: 10 ** (at + 1) })),
        },
        execution: { tasks: ["a", "b"].map((id, at) => ({ id, runtimeInSeconds: at + 1, memoryInBytes: 7 })) },
      },
    };
    change(content as never);
    return JSON.stringify(content);
  };

  test("an edge carries what the parent writes and the child reads, and nothing else", () => {
    expect(parseTaskGraph(trace())).toEqual({
      name: "w",
      tasks: [
        { id: "a", runtime: 1, memory: 7 },
        { id: "b", runtime: 2, memory: 7 },
      ],
      edges: [{ from: 0, to: 1, bytes: 100, seconds: 0 }],
    });
  });

  // biome-ignore lint/suspicious/noExplicitAny: a document to be spoilt
  const spoilt: readonly (readonly [string, (content: any) => void, string])[] = [
    [
      "another version",
      (content) => {
        content.schemaVersion = "1.4";
      },
      "schemaVersion",
    ],
    ["a missing file", (content) => content.workflow.specification.files.pop(), '"out"'],
    ["an unknown parent", (content) => content.workflow.specification.tasks[1].parents.push("q"), '"q"'],
    ["a missing runtime", (content) => content.workflow.execution.tasks.pop(), '"b" without a runtime'],
    [
      "no execution",
      (content) => {
        content.workflow.execution = undefined;
      },
      "without a runtime",
    ],
    [
      "a negative runtime",
      (content) => {
        content.workflow.execution.tasks[0].runtimeInSeconds = -2;
      },
      "runtimeInSeconds",
    ],
    [
      "a task with two runtimes",
      (content) => content.workflow.execution.tasks.push({ id: "a", runtimeInSeconds: 77 }),
      "two runtimes",
    ],
    [
      "a negative size",
      (content) => {
        content.workflow.specification.files[0].sizeInBytes = -2;
      },
      "sizeInBytes",
    ],
    [
      "two tasks of one name",
      (content) => {
        content.workflow.specification.tasks[1].id = "a";
      },
      "second task",
    ],
  ];
  for (const [what, change, message] of spoilt)
    test(`${what} is refused`, () => {
      const error = thrown(() => parseTaskGraph(trace(change), "w.json"));
      expect(error.code).toBe("FORMAT_INVALID");
      expect(error.message).toContain("w.json");
      expect(error.message).toContain(message);
    });
});

test("shipped platforms are read, and their schema is the one in code", () => {
  expect(shippedPlatformIds()).toContain("example");
  for (const id of shippedPlatformIds()) expect(readPlatform(id).id).toBe(id);
  const schema = readFileSync(new URL("../../profiles/platforms/schema.json", import.meta.url), "utf8");
  expect(JSON.parse(schema)).toEqual(JSON.parse(JSON.stringify(platformJsonSchema())));
});

test("the order of tasks is the lowest free index", () => {
  const graph = { ...apart(1, 1, 1, 1), edges: [{ from: 3, to: 0, bytes: 0, seconds: 0 }] };
  expect([...topologicalOrder(graph)]).toEqual([1, 2, 3, 0]);
  expect(makespanOf(scheduleGraph(graph, platformOf([plain("a")]), "heft").simulation.plan)).toBe(4);
});
