import {
  completeParameters,
  lowerBounds,
  makespanOf,
  type Noise,
  peakWatts,
  powerTrace,
  type SchedulingPolicy,
  type SchedulingProblem,
  type Simulation,
  schedulingPolicies,
  schedulingPolicyNamed,
  schedulingProblem,
  simulate,
  traceJoules,
  transferSeconds,
} from "bioxen";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { randomGraph, randomPlatform } from "../support/task-graphs.ts";

const seed = fc.nat({ max: 1e6 });

function plan(policy: SchedulingPolicy, problem: SchedulingProblem, given: Record<string, number> = {}) {
  return policy.plan(problem, completeParameters(policy, given), 7);
}

/** What must hold of any schedule, with noise or without. */
function expectSound(simulation: Simulation): void {
  const { problem, plan, start, end, arrival, makespan, energy, horizon } = simulation;
  for (const [edge, parent] of problem.from.entries()) {
    const child = problem.to[edge] ?? 0;
    expect(start[child]).toBeGreaterThanOrEqual(arrival[edge] ?? Number.NaN);
    expect(arrival[edge]).toBeGreaterThanOrEqual(end[parent] ?? Number.NaN);
  }
  let placed = 0;
  for (const [device, sequence] of plan.sequence.entries()) {
    let last = problem.power[device]?.wakeSeconds ?? 0;
    for (const task of sequence) {
      expect(plan.device[task]).toBe(device);
      expect(start[task]).toBeGreaterThanOrEqual(last);
      expect(end[task]).toBeGreaterThanOrEqual(start[task] ?? Number.NaN);
      expect(problem.seconds[task * problem.devices + device]).toBeLessThan(Number.POSITIVE_INFINITY);
      last = end[task] ?? Number.NaN;
      placed++;
    }
  }
  expect(placed).toBe(problem.tasks);
  expect(Math.max(...end)).toBe(makespan);
  const trace = powerTrace(simulation);
  const sum = traceJoules(trace);
  expect(Math.abs(sum - energy.total)).toBeLessThanOrEqual(1e-9 * Math.max(1, energy.total));
  expect(energy.total).toBe(energy.busy + energy.idle + energy.transfer + energy.wake);
  for (const part of [energy.busy, energy.idle, energy.transfer, energy.wake]) expect(part).toBeGreaterThanOrEqual(0);
  expect(horizon).toBeGreaterThanOrEqual(makespan);
}

describe("any policy on any graph and platform", () => {
  for (const policy of schedulingPolicies)
    test(`${policy.id}: precedence, capacity, no overlap, bounds, energy is the integral of power`, () => {
      const most = policy.id === "optimal" ? 6 : 30;
      fc.assert(
        fc.property(seed, fc.integer({ min: 1, max: most }), fc.integer({ min: 1, max: 4 }), (from, tasks, devices) => {
          const problem = schedulingProblem(randomGraph(from, tasks), randomPlatform(from, devices));
          const planned = plan(policy, problem);
          const exact = simulate(problem, planned);
          expectSound(exact);
          // the simulator confirms the plan, to the last bit
          expect(exact.start).toEqual(planned.start);
          expect(exact.end).toEqual(planned.end);
          const { criticalPath, capacity } = lowerBounds(problem);
          const slack = 1 + 1e-12;
          expect(exact.makespan * slack).toBeGreaterThanOrEqual(criticalPath);
          expect(exact.makespan * slack).toBeGreaterThanOrEqual(capacity);
          const noise: Noise = { tasks: 0.3, transfers: 0.2 };
          const noisy = simulate(problem, planned, { noise, seed: from });
          expectSound(noisy);
          expect(simulate(problem, plan(policy, problem), { noise, seed: from })).toEqual(noisy);
        }),
        { numRuns: policy.id === "optimal" ? 40 : 60 },
      );
    });
});

describe("policies beside each other", () => {
  const both = (
    check: (problem: SchedulingProblem) => void,
    most = 25,
    examples: [from: number, tasks: number, devices: number][] = [],
  ): void => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 1, max: most }), fc.integer({ min: 1, max: 4 }), (from, tasks, devices) => {
        check(schedulingProblem(randomGraph(from, tasks), randomPlatform(from, devices)));
      }),
      { numRuns: 60, examples },
    );
  };
  const named = schedulingPolicyNamed;

  test("dmda without weight of energy is plain earliest finish time", () => {
    both((problem) => {
      const eft = plan(named("mct"), problem);
      expect(plan(named("dmda"), problem, { gamma: 0 })).toEqual(eft);
      expect(plan(named("dmda"), problem, { alpha: 3, gamma: 0, idle: 100 })).toEqual(eft);
    });
  });

  test("nothing is shorter than the optimum, which is what exhaustive search finds", () => {
    both((problem) => {
      const best = plan(named("optimal"), problem);
      for (const id of ["heft", "cpop", "peft", "min-min", "max-min", "random", "round-robin"])
        expect(makespanOf(plan(named(id), problem))).toBeGreaterThanOrEqual(makespanOf(best));
      expect(makespanOf(best)).toBeCloseTo(exhaustive(problem), 9);
    }, 5);
  });

  test("a power cap is kept at every moment", () => {
    both(
      (problem) => {
        const full = problem.power.reduce((sum, { busy }) => sum + Math.max(...busy), 0);
        const floor = problem.power.reduce((sum, { idle, context }) => sum + idle + context, 0);
        for (const share of [0.9, 0.5]) {
          const watts = leastCap(problem, floor, share * (full - floor) + floor);
          const capped = simulate(problem, plan(named("power-cap"), problem, { watts }));
          expect(peakWatts(powerTrace(capped))).toBeLessThanOrEqual(watts + 1e-6);
        }
      },
      25,
      [
        // a wake-up that began one rounding before the task ended that it had waited for
        [496224, 25, 3],
        // the least cap there is, less the floor, rounds below what its device adds
        [762484, 1, 2],
      ],
    );
  });

  test("deadlines are kept, and the frugal plan takes no more than HEFT's", () => {
    both((problem) => {
      const heft = simulate(problem, plan(named("heft"), problem));
      for (const stretch of [1, 1.4, 2]) {
        const deadline = stretch * heft.makespan * (1 + 1e-9);
        const frugal = simulate(problem, plan(named("deadline-energy"), problem, { stretch }));
        expect(frugal.makespan).toBeLessThanOrEqual(deadline);
        expect(frugal.energy.total).toBeLessThanOrEqual(heft.energy.total);
        const [race, slow] = ["race-to-idle", "pace"].map((id) =>
          simulate(problem, plan(named(id), problem, { stretch })),
        );
        expect(race?.makespan).toBeLessThanOrEqual(deadline);
        expect(slow?.makespan).toBeLessThanOrEqual(deadline);
        expect(race?.horizon).toBeCloseTo(slow?.horizon ?? Number.NaN, 9);
      }
    });
  });
});

/** The cap asked for, or the least at which any one device can work. */
function leastCap({ power }: SchedulingProblem, floor: number, asked: number): number {
  const one = power.map(({ busy, idle, context, wakeJoules, wakeSeconds }) => {
    const waking = wakeSeconds > 0 ? wakeJoules / wakeSeconds : 0;
    return Math.min(...busy.map((watts) => Math.max(watts, waking) - idle - context));
  });
  return Math.max(asked, floor + Math.min(...one));
}

/** The shortest makespan over all orders and all devices, without a bound. */
function exhaustive(problem: SchedulingProblem): number {
  const { tasks, devices, seconds, parentStart, parentEdges, from, power } = problem;
  const device = new Array<number>(tasks).fill(-1);
  const end = new Array<number>(tasks).fill(0);
  let best = Number.POSITIVE_INFINITY;
  const go = (left: number, free: readonly number[], last: number): void => {
    if (left === 0) best = Math.min(best, last);
    for (let task = 0; task < tasks; task++) {
      const edges = [...parentEdges.subarray(parentStart[task], parentStart[task + 1])];
      if (device[task] !== -1 || edges.some((edge) => device[from[edge] ?? 0] === -1)) continue;
      for (let where = 0; where < devices; where++) {
        const ready = edges.map((edge) => {
          const parent = from[edge] ?? 0;
          return (end[parent] ?? 0) + transferSeconds(problem, edge, device[parent] ?? 0, where);
        });
        const until = Math.max(free[where] ?? 0, ...ready) + (seconds[task * devices + where] ?? 0);
        device[task] = where;
        end[task] = until;
        go(left - 1, free.with(where, until), Math.max(last, until));
        device[task] = -1;
      }
    }
  };
  go(
    tasks,
    power.map(({ wakeSeconds }) => wakeSeconds),
    0,
  );
  return best;
}
