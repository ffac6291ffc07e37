import { BioXenError, type ErrorCode, type Probe } from "bioxen";
import { type FakeAccelerator, fakeAccelerator, fakeKernel } from "bioxen/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { managerOf } from "../../support/manager.ts";
import { numbers, sum } from "../../support/sum-workload.ts";

const input = numbers(10);
const right = sum.reference?.(input);
const oracle = () =>
  fakeAccelerator({ id: "oracle", devices: [{ features: ["oracle"] }], kernels: [fakeKernel(sum, { seconds: 9 })] });
const failing = (error: () => unknown): FakeAccelerator =>
  fakeAccelerator({
    id: "bad",
    kernels: [
      fakeKernel(sum, {
        run: () => {
          const thrown = error();
          if (thrown !== null) throw thrown;
          return right ?? 0;
        },
      }),
    ],
  });
const liar = (id: string, answer: () => number, seconds: number) =>
  fakeAccelerator({ id, kernels: [fakeKernel(sum, { seconds, run: answer })] });
const always = { verify: { sampleRate: 1 } };

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

test.each<ErrorCode>(["UNSUPPORTED", "OUT_OF_MEMORY", "DEVICE_LOST", "KERNEL_FAILED"])(
  "goes elsewhere after %s, and says so",
  async (code) => {
    await using manager = await managerOf([failing(() => new BioXenError(code, "no luck")), oracle()]);
    const ran = await manager.run(sum, input);
    expect(ran).toMatchObject({
      output: right,
      device: { id: "oracle:0" },
      rejected: [{ device: "bad:0", reason: `${code}: no luck` }],
    });
  },
);

test.each<ErrorCode>(["INPUT_INVALID", "ABORTED", "DEVICE_BUSY"])("lets %s escape", async (code) => {
  await using manager = await managerOf([failing(() => new BioXenError(code, "as it is")), oracle()]);
  await expect(manager.run(sum, input)).rejects.toMatchObject({ code, message: "as it is" });
});

test("takes what else a kernel throws for a failure of that kernel, and does not fall back unasked", async () => {
  const bug = new TypeError("x is undefined");
  await using manager = await managerOf([failing(() => bug), oracle()]);
  expect(await manager.run(sum, input)).toMatchObject({
    output: right,
    rejected: [{ device: "bad:0", reason: "KERNEL_FAILED: sum on bad:0: x is undefined" }],
  });
  await using strict = await managerOf([failing(() => bug), oracle()]);
  await expect(strict.run(sum, input, { fallback: false })).rejects.toMatchObject({
    code: "KERNEL_FAILED",
    cause: bug,
  });
  await using pinned = await managerOf([failing(() => bug), oracle()]);
  await expect(pinned.run(sum, input, { device: "bad" })).rejects.toMatchObject({ code: "KERNEL_FAILED" });
});

test("pauses a failing device for twice as long each time, and forgives it after a success", async () => {
  let broken = true;
  const bad = failing(() => (broken ? new BioXenError("KERNEL_FAILED", "oops") : null));
  await using manager = await managerOf([bad, oracle()]);
  const runs = (): number => bad.journal.filter(({ call }) => call === "run").length;
  let tried = 0;
  for (const pause of [1, 2, 4, 8, 16]) {
    await manager.run(sum, input);
    expect(runs()).toBe(++tried);
    vi.advanceTimersByTime(pause * 1000 - 50);
    const { rejected } = await manager.run(sum, input);
    expect(rejected[0]?.reason).toMatch(/^quarantined for 0\.\d s more after KERNEL_FAILED: oops/);
    expect(runs()).toBe(tried);
    vi.advanceTimersByTime(60);
  }
  broken = false;
  expect((await manager.run(sum, input)).device.id).toBe("bad:0");
  broken = true;
  await manager.run(sum, input);
  vi.advanceTimersByTime(1010);
  broken = false;
  expect((await manager.run(sum, input)).device.id).toBe("bad:0");
});

test("probes a device that was lost before it opens it anew", async () => {
  let answer: Probe["status"] | "throws" | "hangs" | "other" = "present";
  let lost = true;
  const bad = fakeAccelerator({
    id: "bad",
    kernels: [
      fakeKernel(sum, {
        run: () => {
          if (lost) throw new BioXenError("DEVICE_LOST", "unplugged");
          return right ?? 0;
        },
      }),
    ],
    probe: async (_, devices) => {
      if (answer === "throws") throw new TypeError("bus error");
      if (answer === "hangs") return new Promise<Probe>(() => {});
      if (answer === "absent") return { status: "absent", reason: "nothing on the bus" };
      if (answer === "broken") return { status: "broken", error: new BioXenError("DEVICE_LOST", "driver gone") };
      const [first] = devices;
      return { status: "present", devices: [answer === "other" ? { ...first, id: "bad:1" } : first] };
    },
  });
  await using manager = await managerOf([bad, oracle()]);
  await manager.run(sum, input);
  lost = false;
  for (const [status, reason] of [
    ["absent", "nothing on the bus"],
    ["broken", "driver gone"],
    ["throws", "the probe of bad threw: bus error"],
    ["other", "its accelerator finds other devices only"],
    ["hangs", "the probe of bad did not end within 10 s"],
  ] as const) {
    answer = status;
    vi.advanceTimersByTime(300_000);
    const running = manager.run(sum, input);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await running).toMatchObject({
      output: right,
      device: { id: "oracle:0" },
      rejected: [{ device: "bad:0", reason: `DEVICE_LOST: bad:0 is gone: ${reason}` }],
    });
  }
  answer = "present";
  vi.advanceTimersByTime(300_000);
  expect((await manager.run(sum, input)).device.id).toBe("bad:0");
  expect(bad.journal.filter(({ call }) => call === "open")).toHaveLength(2);
});

test("takes a device that cannot be opened for lost", async () => {
  const bad = fakeAccelerator({
    id: "bad",
    kernels: [fakeKernel(sum)],
    opening: () => Promise.reject(new Error("no permission")),
    disposing: () => Promise.reject(new Error("never opened")),
  });
  await using manager = await managerOf([bad, oracle()]);
  expect((await manager.run(sum, input)).rejected).toEqual([
    { device: "bad:0", reason: "DEVICE_LOST: bad:0 cannot be opened: no permission" },
  ]);
});

test("does not wait for ever for a lost device to close", async () => {
  vi.useRealTimers();
  const bad = fakeAccelerator({
    id: "bad",
    kernels: [
      fakeKernel(sum, {
        run: () => {
          throw new BioXenError("DEVICE_LOST", "unplugged");
        },
      }),
    ],
    disposing: () => new Promise(() => {}),
  });
  await using manager = await managerOf([bad, oracle()]);
  expect(await manager.run(sum, input)).toMatchObject({
    output: right,
    rejected: [{ reason: "DEVICE_LOST: unplugged" }],
  });
});

test("opens with accelerators whose probes throw or hang, and says which", async () => {
  const throwing = fakeAccelerator({ id: "throwing", kernels: [], probe: () => Promise.reject(new Error("boom")) });
  const hanging = fakeAccelerator({ id: "hanging", kernels: [], probe: () => new Promise(() => {}) });
  const opening = managerOf([throwing, hanging, oracle()]);
  await vi.advanceTimersByTimeAsync(10_000);
  await using manager = await opening;
  expect(
    manager.inventory.map(({ probe }) => (probe.status === "broken" ? probe.error.message : probe.status)),
  ).toEqual(["the probe of throwing threw: boom", "the probe of hanging did not end within 10 s", "present"]);
  expect((await manager.run(sum, input)).output).toBe(right);
  const control = new AbortController();
  const given = managerOf([hanging], { signal: control.signal });
  control.abort();
  await expect(given).rejects.toMatchObject({ code: "ABORTED" });
});

test("finds a liar out by the oracle, returns the right answer and forgives only a checked one", async () => {
  let lies = true;
  const bad = liar("bad", () => (lies ? 41 : (right ?? 0)), 1e-3);
  await using manager = await managerOf([bad, oracle()]);
  for (const pause of [1, 2]) {
    const ran = await manager.run(sum, input, always);
    expect(ran).toMatchObject({
      output: right,
      device: { id: "oracle:0" },
      verifiedBy: "oracle:0",
      reason: "the device chosen first was found wrong",
    });
    expect(ran.rejected).toEqual([{ device: "bad:0", reason: `RESULT_MISMATCH: wrong answer: 41, expected ${right}` }]);
    vi.advanceTimersByTime(pause * 1000 - 50);
    expect((await manager.run(sum, input)).device.id).toBe("oracle:0");
    vi.advanceTimersByTime(60);
  }
  lies = false;
  // a run that nobody checks clears no liar: it is checked as soon as anything is to be
  expect(await manager.run(sum, input)).toMatchObject({ device: { id: "bad:0" }, verifiedBy: null });
  expect(await manager.run(sum, input, { verify: { sampleRate: 1e-9 } })).toMatchObject({ verifiedBy: "oracle:0" });
  expect(await manager.run(sum, input, { verify: { sampleRate: 1e-9 } })).toMatchObject({ verifiedBy: null });
});

test("finds a liar out by a second device, with the oracle as judge", async () => {
  const honest = liar("honest", () => right ?? 0, 1);
  await using first = await managerOf([liar("bad", () => 41, 1e-3), honest, oracle()]);
  expect(await first.run(sum, input, always)).toMatchObject({
    output: right,
    device: { id: "honest:0" },
    verifiedBy: "oracle:0",
    rejected: [{ device: "bad:0" }],
  });
  await using second = await managerOf([liar("honest", () => right ?? 0, 1e-3), liar("bad", () => 41, 1), oracle()]);
  expect(await second.run(sum, input, always)).toMatchObject({
    output: right,
    device: { id: "honest:0" },
    verifiedBy: "oracle:0",
    rejected: [{ device: "bad:0" }],
  });
  await using both = await managerOf([liar("bad", () => 41, 1e-3), liar("worse", () => 40, 1), oracle()]);
  expect(await both.run(sum, input, always)).toMatchObject({
    output: right,
    device: { id: "oracle:0" },
    rejected: [{ device: "bad:0" }, { device: "worse:0" }],
  });
});

test("says who agreed", async () => {
  await using manager = await managerOf([liar("a", () => right ?? 0, 1e-3), liar("b", () => right ?? 0, 1)]);
  expect(await manager.run(sum, input, always)).toMatchObject({
    device: { id: "a:0" },
    verifiedBy: "b:0",
    rejected: [],
  });
  expect(await manager.run(sum, input, { verify: { sampleRate: 0 } })).toMatchObject({ verifiedBy: null });
});

test("gives no answer where two devices disagree and no oracle can decide", async () => {
  const pair = () => [liar("a", () => 1, 1e-3), liar("b", () => 2, 1)] as const;
  await using manager = await managerOf(pair());
  await expect(manager.run(sum, input, always)).rejects.toMatchObject({
    code: "RESULT_MISMATCH",
    message: "a:0 and b:0 disagree: 1, expected 2; no oracle could decide",
  });
  const full = fakeAccelerator({
    id: "oracle",
    devices: [{ features: ["oracle"] }],
    kernels: [
      fakeKernel(sum, {
        seconds: 9,
        run: () => {
          throw new BioXenError("OUT_OF_MEMORY", "too large");
        },
      }),
    ],
  });
  await using judgeless = await managerOf([...pair(), full]);
  await expect(judgeless.run(sum, input, always)).rejects.toMatchObject({ code: "RESULT_MISMATCH" });
});

test("says so where the other device could not verify", async () => {
  const other = failing(() => new BioXenError("OUT_OF_MEMORY", "too large"));
  await using manager = await managerOf([liar("a", () => right ?? 0, 1e-4), other]);
  expect(await manager.run(sum, input, always)).toMatchObject({
    output: right,
    verifiedBy: null,
    rejected: [{ device: "bad:0", reason: "could not verify: OUT_OF_MEMORY: too large" }],
  });
});
