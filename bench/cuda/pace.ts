import { openCudaDevice } from "../../accelerators/gpu-cuda/cuda-device.ts";
import { nvidiaLibraries } from "../../accelerators/gpu-cuda/libraries.ts";
import type { DeviceInfo, RunContext } from "../../src/contract/index.ts";
import { median } from "./median.ts";

const context: RunContext = { signal: new AbortController().signal, threads: null };

/** Copies against the bus' own rate, and the time from a launch to its result. */
export async function measurePace(info: DeviceInfo): Promise<Record<string, unknown>> {
  await using device = openCudaDevice(info, Number(info.id.split(":")[1]), nvidiaLibraries);
  const copies = [];
  for (const bytes of [2 ** 20, 2 ** 25, 2 ** 30]) {
    const times = await device.run("time-copies", { bytes }, context);
    const rate = (seconds: number): number => bytes / seconds / 1e9;
    copies.push({
      bytes,
      send: rate(times.sendSeconds),
      receive: rate(times.receiveSeconds),
      pinnedSend: rate(times.pinnedSendSeconds),
      pinnedReceive: rate(times.pinnedReceiveSeconds),
      sendShare: times.pinnedSendSeconds / times.sendSeconds,
      receiveShare: times.pinnedReceiveSeconds / times.receiveSeconds,
    });
  }
  const tiny = await device.run("time-tiny-jobs", { count: 2000 }, context);
  return { copies, tinyJobMicroseconds: 1e6 * median([...tiny]) };
}
