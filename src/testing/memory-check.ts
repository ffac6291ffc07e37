import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { AnyKernel, Seconds } from "../contract/index.ts";
import { largestInputWithin, smallestInput } from "./generated-inputs.ts";
import { contextOf, onEveryDevice, type Runner, type Subject } from "./subject.ts";

interface Memory {
  /** The JavaScript heap of this thread with its buffers. */
  readonly heap: number;
  /** All of the process, workers and native code too. */
  readonly process: number;
}

/**
 * Watches memory over many runs. What a kernel keeps of each is found where it is larger than the slack over the number
 * of runs: by default 4 kB in this thread, 67 kB elsewhere in the process. The input is the largest that so many runs
 * have time for.
 */
export function checkMemory({ test }: Runner, subject: Subject, kernel: AnyKernel): void {
  const { runs, seconds, longest, heapSlack, processSlack } = subject.settings.memory;
  test(`${kernel.workload.id}: ${runs} runs do not grow the memory`, (context) =>
    onEveryDevice(subject, context, async (device, info) => {
      const sized =
        (await largestInputWithin(seconds / (1.5 * runs), device, kernel, info)) ??
        (await smallestInput(device, kernel, info));
      if (sized === null) return "the kernel supports no generated input";
      const repeat = async (times: number, most: Seconds): Promise<number> => {
        const until = performance.now() + most * 1000;
        let run = 0;
        for (; run < times && performance.now() < until; run++) await device.run(kernel, sized.input, contextOf());
        return run;
      };
      await repeat(Math.ceil(runs / 2), longest / 3);
      const before = await used();
      const done = await repeat(runs, (2 * longest) / 3);
      const after = await used();
      const heap = after.heap - before.heap;
      const whole = after.process - before.process;
      if (heap > heapSlack) throw new Error(`the heap grew by ${mebibytes(heap)} over ${done} runs`);
      if (whole > processSlack) throw new Error(`the process grew by ${mebibytes(whole)} over ${done} runs`);
      return done < runs ? `there was time for only ${done} of ${runs} runs, which did not grow the memory` : null;
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
