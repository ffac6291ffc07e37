import {
  type AnyKernel,
  type AnyWorkload,
  type Device,
  type DeviceInfo,
  type Seconds,
  seededRandom,
} from "../contract/index.ts";
import { contextOf, noteMade, type Settings } from "./subject.ts";

/** Making an input may take this long at most, or the kit would spend its time on that. */
const longestMaking: Seconds = 1;
/** No input is grown beyond one that takes so long to run. */
const longestRun: Seconds = 1;
/** Sizes go up by this factor. */
const step = 4;
const firstSize = 2 ** 8;
const lastSize = 2 ** 48;

/** The workload's own random inputs, every size with every seed. */
export function* generatedInputs(
  workload: AnyWorkload,
  { sizes, seeds }: Settings,
): Generator<{ name: string; input: unknown }> {
  for (const size of sizes)
    for (const seed of seeds) {
      const name = `size ${size}, seed ${seed}`;
      yield { name, input: noteMade(workload.generate(size, seededRandom(seed)), name) };
    }
}

export interface Sized {
  readonly input: unknown;
  /** Of a run with its resident data prepared; of the first one where that takes seconds. */
  readonly seconds: Seconds;
}

/** The largest generated input whose run takes at most so long; null where even the smallest takes longer. */
export async function largestInputWithin(
  most: Seconds,
  device: Device,
  kernel: AnyKernel,
  info: DeviceInfo,
): Promise<Sized | null> {
  let largest: Sized | null = null;
  for await (const sized of growing(device, kernel, info)) {
    if (sized.seconds > most) break;
    largest = sized;
  }
  return largest;
}

/** The first generated input; null where the kernel does not support it. */
export async function smallestInput(device: Device, kernel: AnyKernel, info: DeviceInfo): Promise<Sized | null> {
  for await (const sized of growing(device, kernel, info)) return sized;
  return null;
}

/** Generated inputs, each four times the one before, as long as making and running them takes little and the kernel supports them. */
export async function* growing(device: Device, kernel: AnyKernel, info: DeviceInfo): AsyncGenerator<Sized> {
  let making: Seconds = 0;
  for (let size = firstSize; size <= lastSize && making * step <= longestMaking; size *= step) {
    const madeAt = performance.now();
    const input: unknown = kernel.workload.generate(size, seededRandom(size));
    making = (performance.now() - madeAt) / 1000;
    if (!kernel.supports(input, info).ok) return;
    // the first run prepares what the device keeps, compiles and allocates
    const first = await timed(device, kernel, input);
    // where it took long, what it prepared was little of it
    const seconds = first > 3 * longestRun ? first : await timed(device, kernel, input);
    yield { input, seconds };
    if (seconds > longestRun) return;
  }
}

async function timed(device: Device, kernel: AnyKernel, input: unknown): Promise<Seconds> {
  const startedAt = performance.now();
  await device.run(kernel, input, contextOf());
  return (performance.now() - startedAt) / 1000;
}
