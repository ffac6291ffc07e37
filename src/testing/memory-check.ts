import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { AnyKernel } from "../contract/index.ts";
import { largestInputWithin } from "./generated-inputs.ts";
import { contextOf, onEveryDevice, type Runner, type Subject } from "./subject.ts";

interface Memory {
  /** The JavaScript heap of this thread with its buffers. */
  readonly heap: number;
  /** All of the process, workers and native code too. */
  readonly process: number;
}

/**
 * Watches memory over many runs. A kernel that keeps a copy of its input or output is found where those are larger
 * than the slack over the number of runs; the input is the largest that so many runs have time for.
 */
export function checkMemory({ test }: Runner, subject: Subject, kernel: AnyKernel): void {
  const { runs, seconds, heapSlack, processSlack } = subject.settings.memory;
  test(`${kernel.workload.id}: ${runs} runs do not grow the memory`, (context) =>
    onEveryDevice(subject, context, async (device, info) => {
      const sized = await largestInputWithin(seconds / (1.5 * runs), device, kernel, info);
      if (sized === null) return `a run of the smallest input takes longer than ${seconds} s / ${runs}`;
      const repeat = async (times: number): Promise<void> => {
        for (let run = 0; run < times; run++) await device.run(kernel, sized.input, contextOf());
      };
      await repeat(Math.ceil(runs / 2));
      const before = await used();
      await repeat(runs);
      const after = await used();
      const heap = after.heap - before.heap;
      const whole = after.process - before.process;
      if (heap > heapSlack) throw new Error(`the heap grew by ${mebibytes(heap)} over ${runs} runs`);
      if (whole > processSlack) throw new Error(`the process grew by ${mebibytes(whole)} over ${runs} runs`);
      return null;
    }));
}

let collect: (() => void) | null = null;

async function used(): Promise<Memory> {
  if (collect === null) {
    // the collector by its own door, whether or not the process was started with --expose-gc
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  // the second round frees the buffers of what the first one found dead
  for (let round = 0; round < 2; round++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, process: rss };
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
