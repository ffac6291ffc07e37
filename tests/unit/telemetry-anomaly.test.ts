import {
  scoreCause,
  streamStatus,
  type TelemetryInput,
  type TelemetryScores,
  telemetryAnomaly,
  usualAlarm,
} from "bioxen";
import { describe, expect, test } from "vitest";
import { noise, telemetry } from "../support/telemetry-cases.ts";

function score(input: TelemetryInput): TelemetryScores {
  const scored = telemetryAnomaly.reference?.(input);
  if (scored === undefined) throw new Error("the workload has no oracle");
  return scored;
}

function problems(input: unknown): string {
  const judged = telemetryAnomaly.input["~standard"].validate(input);
  if (judged instanceof Promise) throw new Error("the schema is synchronous");
  return (judged.issues ?? []).map(({ message }) => message).join("; ");
}

describe("what is found", () => {
  test("a spike, where it is, once, and then quiet", () => {
    const values = noise(1000, 1);
    values[700] = 80;
    values[703] = 20;
    const { scores, causes, statuses } = score(telemetry([values], 100));
    expect([...scores.keys()].filter((at) => (scores[at] ?? 0) >= usualAlarm)).toEqual([700]);
    expect(causes[700]).not.toBe(scoreCause.none);
    expect(scores[703]).toBe(usualAlarm / 2);
    expect([...statuses]).toEqual([streamStatus.scored]);
  });

  test("a shift smaller than the noise, soon after it begins, and no more once it lasts", () => {
    const values = noise(2400, 2, 50, 4).map((value, at) => value + (at < 1200 ? 0 : 5));
    const { scores } = score(telemetry([values], 200));
    const alarms = [...scores.keys()].filter((at) => (scores[at] ?? 0) >= usualAlarm);
    expect(alarms.some((at) => at >= 1200 && at < 1212)).toBe(true);
    expect(alarms.filter((at) => at > 1400)).toEqual([]);
  });

  test("a course that never was, within the usual range", () => {
    const wave = Float64Array.from({ length: 1500 }, (_, at) => 50 + 10 * Math.sin(at / 5));
    const { scores: ordinary } = score(telemetry([wave], 300));
    expect(Math.max(...ordinary)).toBeLessThan(usualAlarm);
    for (let at = 1200; at < 1206; at++) wave[at] = 50 + (at % 2 === 0 ? 3 : -3);
    const { scores, causes } = score(telemetry([wave], 300));
    const first = scores.findIndex((one) => one >= usualAlarm);
    expect(first).toBeGreaterThanOrEqual(1200);
    expect(first).toBeLessThan(1206);
    expect(causes[first]).not.toBe(scoreCause.none);
  });

  test("an outlier does not hide the next one of its size", () => {
    const values = noise(1500, 4);
    for (const at of [600, 900, 1200]) values[at] = 75;
    const { scores } = score(telemetry([values], 100));
    for (const at of [600, 900, 1200]) expect(scores[at]).toBeGreaterThan(usualAlarm);
  });

  test("nothing in a constant or in zeros, next to nothing in plain noise", () => {
    const streams = [new Float64Array(1500).fill(0.1), new Float64Array(1500), noise(6000, 6)];
    const { scores } = score(telemetry(streams, 150));
    expect(Math.max(...scores.subarray(0, 3000))).toBe(0);
    expect(scores.filter((one) => one >= usualAlarm).length).toBeLessThan(10);
  });

  test("the first change of a constant, and no flood of alarms where it becomes noise", () => {
    const values = [...new Float64Array(600).fill(0.1), ...noise(900, 7)];
    const { scores } = score(telemetry([values], 100));
    expect(scores[600]).toBeGreaterThan(usualAlarm);
    expect(scores.filter((one) => one >= usualAlarm).length).toBeLessThan(4);
  });
});

describe("what is missing", () => {
  test("has no score, changes nothing and is told", () => {
    const values = noise(600, 8);
    const gaps = [...values.slice(0, 300), Number.NaN, Number.POSITIVE_INFINITY, -1e200, ...values.slice(300)];
    const { scores, statuses } = score(telemetry([gaps, [Number.NaN], []], 100));
    const whole = score(telemetry([values], 100)).scores;
    expect([...scores.slice(300, 303)]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect([...scores.slice(0, 300), ...scores.slice(303, 603)]).toEqual([...whole]);
    expect([...statuses]).toEqual([streamStatus.gaps, streamStatus.blank, streamStatus.learning]);
  });

  test("a stream shorter than it learns says so and scores nothing", () => {
    const { scores, statuses } = score(telemetry([noise(100, 1)], 100));
    expect([...statuses]).toEqual([streamStatus.learning]);
    expect(scores.every((one) => one === 0)).toBe(true);
  });
});

describe("input that makes no sense is refused", () => {
  const good = telemetry([noise(50, 1), noise(50, 2)]);
  test.each<[string, object, string]>([
    ["no streams", { offsets: Uint32Array.of(0), learning: new Uint32Array(0) }, "at least one stream"],
    ["offsets that fall", { offsets: Uint32Array.of(0, 120, 100) }, "stream 1 ends before it starts"],
    ["offsets that end early", { offsets: Uint32Array.of(0, 50, 99) }, "do not span"],
    ["learning of other streams", { learning: Uint32Array.of(60) }, "1 lengths for 2 streams"],
    ["learning that is too short", { learning: Uint32Array.of(60, 19) }, "stream 1 learns from 19"],
    ["states of other streams", { states: new Float64Array(7) }, "no states of 2 streams"],
    ["an alarm of nothing", { alarm: 0 }, ">0"],
  ])("%s", (_, wrong, said) => {
    expect(problems(good)).toBe("");
    expect(problems({ ...good, ...wrong })).toContain(said);
  });
});

test("a wrong score, cause, status or state is a difference", () => {
  const input = telemetry([noise(300, 1)]);
  const expected = score(input);
  expect(telemetryAnomaly.differ(score(input), expected, input)).toBeNull();
  for (const part of ["statuses", "scores", "causes", "states"] as const) {
    const other = { ...expected, [part]: expected[part].slice() };
    other[part][0] = (other[part][0] ?? 0) + 1e-3 + (part === "scores" || part === "states" ? 0 : 1);
    expect(telemetryAnomaly.differ(other, expected, input)).not.toBeNull();
  }
});
