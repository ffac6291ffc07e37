import { type AnyKernel, BioXenError, type Device, type DeviceInfo, type Seconds } from "../contract/index.ts";
import { growing, type Sized } from "./generated-inputs.ts";
import {
  type Cases,
  contextOf,
  expected,
  mustAgree,
  mustBeTyped,
  mustStillWork,
  onEveryDevice,
  type Runner,
  rejectionOf,
  type Subject,
  textOf,
  within,
} from "./subject.ts";

/** A run as long as this can be aborted in its middle. */
const longEnough: Seconds = 0.1;

/** Of a longer run no more than this is waited for. */
const latestAbort: Seconds = 0.5;

/** A run may hold the calling thread this long at most, for nothing else happens in the process meanwhile. */
const longestBlock: Seconds = 0.5;

/** How a device is stopped, shared and closed. */
export function checkControl({ test }: Runner, subject: Subject, kernel: AnyKernel, cases: Cases): void {
  const { workload } = kernel;
  const { stopWithin } = subject.settings;
  const supported = (info: DeviceInfo): readonly unknown[] =>
    cases.inputs.map(({ input }) => input).filter((input) => kernel.supports(input, info).ok);
  const onFirstInput = (
    name: string,
    check: (device: Device, input: unknown, info: DeviceInfo) => Promise<string | null>,
  ): void =>
    test(`${workload.id}: ${name}`, (context) =>
      onEveryDevice(subject, context, async (device, info) => {
        const [input] = supported(info);
        return input === undefined ? "none of the cases is supported" : check(device, input, info);
      }));

  onFirstInput("a run whose signal had fired rejects with ABORTED", async (device, input) => {
    const run = device.run(kernel, input, contextOf(AbortSignal.abort()));
    mustBeTyped(await within(rejectionOf(run), stopWithin, "the run"), "ABORTED", "the run");
    await mustStillWork(device, kernel, input, "an aborted run");
    return null;
  });

  onFirstInput("a run aborted in its middle rejects with ABORTED", async (device, input, info) => {
    for await (const long of growing(device, kernel, info)) {
      if (long.seconds < longEnough) continue;
      const seconds = await abortInTheMiddle(device, kernel, long, stopWithin);
      if (seconds === null) {
        await mustStillWork(device, kernel, input, "a run aborted in its middle");
        return null;
      }
      if (seconds > longestBlock)
        throw new Error(`it blocked this thread for ${seconds} s: no deadline could be noticed`);
    }
    return "no generated input keeps it busy for long enough to be aborted";
  });

  onFirstInput("two runs started at once both end right, or one is told DEVICE_BUSY", async (device, input, info) => {
    const pair = [input, supported(info).at(-1)];
    const wanted = await Promise.all(pair.map((one) => expected(device, kernel, one)));
    const both = await Promise.allSettled(pair.map((one) => device.run(kernel, one, contextOf())));
    both.forEach((result, at) => {
      if (result.status === "fulfilled") mustAgree(kernel, result.value, wanted[at], pair[at], `run ${at + 1} of 2`);
      else if (!(result.reason instanceof BioXenError && result.reason.code === "DEVICE_BUSY"))
        throw new Error(`run ${at + 1} of 2 failed: ${textOf(result.reason)}`);
    });
    if (both.every(({ status }) => status === "rejected")) throw new Error("both were told DEVICE_BUSY");
    return null;
  });

  // these two dispose devices of their own: the one they are given is disposed for them, and once
  onFirstInput("a run after dispose rejects with a typed error", async (_, input, info) => {
    const device = await subject.accelerator.open(info, contextOf());
    await device.run(kernel, input, contextOf());
    await device[Symbol.asyncDispose]();
    const run = rejectionOf(device.run(kernel, input, contextOf()));
    mustBeTyped(await within(run, stopWithin, "a run after dispose"), null, "a run after dispose");
    return null;
  });

  onFirstInput("dispose may be called twice, used or not", async (_, input, info) => {
    for (const used of [false, true]) {
      const device = await subject.accelerator.open(info, contextOf());
      if (used) await device.run(kernel, input, contextOf());
      await device[Symbol.asyncDispose]();
      const error = await rejectionOf(Promise.resolve(device[Symbol.asyncDispose]()));
      if (error !== null) throw new Error(`the second dispose threw ${textOf(error)}`, { cause: error });
    }
    return null;
  });
}

/** null where the abort was noticed, else the seconds of a run that ended before its abort could be. */
async function abortInTheMiddle(
  device: Device,
  kernel: AnyKernel,
  { input, seconds: usual }: Sized,
  stopWithin: Seconds,
): Promise<Seconds | null> {
  const control = new AbortController();
  const delay = Math.min(usual / 4, latestAbort);
  const startedAt = performance.now();
  const timer = setTimeout(() => control.abort(), delay * 1000);
  const run = rejectionOf(device.run(kernel, input, contextOf(control.signal)));
  const error = await within(run, usual + stopWithin, "a run that was aborted");
  const seconds = (performance.now() - startedAt) / 1000;
  clearTimeout(timer);
  if (!control.signal.aborted) {
    if (error !== null) throw new Error(`a run that had succeeded before failed: ${textOf(error)}`, { cause: error });
    return seconds;
  }
  mustBeTyped(error, "ABORTED", "the run");
  if (seconds > delay + stopWithin) throw new Error(`it went on for ${seconds - delay} s after the abort`);
  return null;
}

/** What it does with a kernel that is not its own. */
export function checkForeignKernel({ test }: Runner, subject: Subject): void {
  test("a kernel of another accelerator is refused with a typed error", (context) =>
    onEveryDevice(subject, context, async (device) => {
      const [kernel] = subject.accelerator.kernels;
      if (kernel === undefined) return "it has no kernels";
      const foreign: AnyKernel = { ...kernel, workload: { ...kernel.workload, id: "conformance-kit-unknown" } };
      mustBeTyped(await rejectionOf(device.run(foreign, {}, contextOf())), "UNSUPPORTED", "the run");
      return null;
    }));
}
