import { setTimeout as sleep } from "node:timers/promises";
import { boardPower, deviceTimes, gpuCuda } from "../../accelerators/gpu-cuda/index.ts";
import type { Accelerator, Device, DeviceInfo, RunContext } from "../../src/contract/index.ts";
import { matrixMultiply, seededRandom } from "../../src/index.ts";
import { median } from "./median.ts";

const context: RunContext = { signal: new AbortController().signal, threads: null };

/**
 * What products cost in joules by the board's counter, the power of an idle GPU and of an open context apart; and how
 * fine the counter is. Rates are those of the whole run, copies included, as the counter counts those too.
 */
export async function measureEnergy(
  info: DeviceInfo,
  accelerator: Accelerator = gpuCuda,
  side = 4096,
  seconds = 5,
): Promise<Record<string, unknown>> {
  await using device = await accelerator.open(info, context);
  const power = boardPower(device);
  const { meter } = device;
  if (power === null || meter === null) return { meter: "none: NVML has no energy counter for this device" };
  const counter = await ticksOf(device);
  // an open context raises the clocks, and the board averages its power over about a second
  await sleep(2000);
  const open: number[] = [];
  for (let sample = 0; sample < 20; sample++) {
    open.push(power.now() ?? Number.NaN);
    await sleep(50);
  }
  const contextWatts = median(open);
  const kernel = accelerator.kernels.find(({ workload }) => workload === matrixMultiply);
  if (kernel === undefined) throw new Error("no kernel for matrix-multiply");
  const input = matrixMultiply.generate(2 * side ** 3, seededRandom(1));
  await device.run(kernel, input, context);
  const before = await meter.read();
  const startedAt = performance.now();
  let runs = 0;
  let kernelSeconds = 0;
  while (performance.now() - startedAt < 1000 * seconds) {
    await device.run(kernel, input, context);
    kernelSeconds += deviceTimes(device)?.kernelSeconds ?? 0;
    runs++;
  }
  const elapsed = (performance.now() - startedAt) / 1000;
  const joules = (await meter.read()) - before;
  const flop = runs * matrixMultiply.size(input).units;
  return {
    ...counter,
    idleWatts: power.idle,
    contextWatts,
    runs,
    seconds: elapsed,
    kernelShare: kernelSeconds / elapsed,
    joules,
    joulesAboveIdle: power.idle === null ? null : joules - power.idle * elapsed,
    joulesAboveContext: joules - contextWatts * elapsed,
    gigaflopPerJoule: flop / joules / 1e9,
    gigaflopPerJouleAboveContext: flop / (joules - contextWatts * elapsed) / 1e9,
  };
}

/** How often the counter moves, and how long a reading of it takes. */
async function ticksOf({ meter }: Device): Promise<Record<string, number>> {
  if (meter === null) throw new Error("no meter");
  const times: number[] = [];
  const readings: number[] = [];
  let last = await meter.read();
  while (times.length < 20) {
    const startedAt = performance.now();
    const now = await meter.read();
    const endedAt = performance.now();
    readings.push(endedAt - startedAt);
    if (now !== last) times.push(endedAt);
    last = now;
  }
  return {
    counterTickMilliseconds: median(times.slice(1).map((time, at) => time - (times[at] ?? 0))),
    counterReadMicroseconds: 1000 * median(readings),
  };
}
