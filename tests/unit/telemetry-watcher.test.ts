import {
  BioXenError,
  type Dispatched,
  type Dispatcher,
  type TelemetryAlert,
  type TelemetrySample,
  TelemetryWatcher,
} from "bioxen";
import { builtin } from "bioxen/accelerators";
import { expect, test } from "vitest";
import { managerOf } from "../support/manager.ts";
import { noise } from "../support/telemetry-cases.ts";

await using manager = await managerOf(builtin.filter(({ id }) => id === "cpu-simd"));

const samples = (source: string, metric: string, values: ArrayLike<number>): TelemetrySample[] =>
  Array.from(values, (value, time) => ({ source, metric, value, time }));

/** A queue that grows at once, and ATP that stays. */
function vm(): TelemetrySample[][] {
  const queue = noise(400, 1, 4, 1);
  for (let at = 300; at < 400; at++) queue[at] = 30;
  const atp = noise(400, 2, 3, 0.2);
  return Array.from({ length: 400 }, (_, time) => [
    { source: "vm-1", metric: "queue-length", value: queue[time] ?? 0, time },
    { source: "vm-1", metric: "atp-mM", value: atp[time] ?? 0, time },
  ]);
}

test("alerts name source, metric, time, value and cause, however often one looks", async () => {
  const told: TelemetryAlert[][] = [];
  for (const every of [1, 7, 400]) {
    const watcher = new TelemetryWatcher(manager);
    const alerts: TelemetryAlert[] = [];
    for (const [at, batch] of vm().entries()) {
      for (const sample of batch) watcher.record(sample);
      if ((at + 1) % every === 0) alerts.push(...(await watcher.check()));
    }
    alerts.push(...(await watcher.check()));
    told.push(alerts);
  }
  const [first] = told[0] ?? [];
  expect(first).toMatchObject({ source: "vm-1", metric: "queue-length", time: 300, value: 30, cause: "spike" });
  expect(told[1]).toEqual(told[0]);
  expect(told[2]).toEqual(told[0]);
});

test("batches that come by themselves yield their alerts", async () => {
  async function* batches(): AsyncGenerator<TelemetrySample[]> {
    yield* vm();
  }
  const metrics = new Set<string>();
  for await (const { metric } of new TelemetryWatcher(manager).alerts(batches())) metrics.add(metric);
  expect([...metrics]).toEqual(["queue-length"]);
});

test("measurements of a check that failed are scored by the next one", async () => {
  let broken = false;
  const dispatcher: Dispatcher = {
    explain: manager.explain.bind(manager),
    run: (workload, input, options) => {
      if (broken) throw new BioXenError("DEVICE_LOST", "gone");
      return manager.run(workload, input, options);
    },
  };
  const watcher = new TelemetryWatcher(dispatcher);
  const [calm, wild] = [noise(300, 3), noise(20, 4)];
  wild[10] = 90;
  for (const sample of samples("gpu", "watts", calm)) watcher.record(sample);
  expect(await watcher.check()).toEqual([]);
  broken = true;
  for (const sample of samples("gpu", "watts", wild)) watcher.record(sample);
  await expect(watcher.check()).rejects.toMatchObject({ code: "DEVICE_LOST" });
  broken = false;
  expect(await watcher.check()).toMatchObject([{ source: "gpu", value: 90, time: 10 }]);
  watcher.forget("gpu");
  watcher.record({ source: "gpu", metric: "watts", value: 90, time: 0 });
  expect(await watcher.check()).toEqual([]);
});

test("a device that takes longer than it used to is noticed", async () => {
  const watcher = new TelemetryWatcher(manager);
  const template = await manager.run((await import("bioxen")).matrixMultiply, {
    m: 1,
    k: 1,
    n: 1,
    a: Float32Array.of(1),
    b: Float32Array.of(1),
  });
  const ran = (seconds: number): Dispatched<unknown> => ({
    ...template,
    predicted: { ...template.predicted, seconds: 0.01 },
    measured: { ...template.measured, seconds },
  });
  noise(300, 5, 0.011, 0.002).forEach((seconds, time) => {
    watcher.recordRun(ran(time === 290 ? 0.05 : seconds), time);
  });
  const [alert] = await watcher.check();
  expect(alert).toMatchObject({ source: template.device.id, metric: "slowness", time: 290 });
  expect(alert?.value).toBeCloseTo(5, 10);
});

test("a learning length that is none is refused", async () => {
  const watcher = new TelemetryWatcher(manager, { learning: 3 });
  watcher.record({ source: "a", metric: "b", value: 1, time: 0 });
  await expect(watcher.check()).rejects.toMatchObject({ code: "INPUT_INVALID" });
});
