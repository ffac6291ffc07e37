import type { AnyKernel, Device, DeviceInfo } from "../contract/index.ts";
import { generatedInputs } from "./generated-inputs.ts";
import { firstChange, snapshot } from "./snapshot.ts";
import {
  type Cases,
  contextOf,
  expected,
  mustAgree,
  onKeptDevices,
  type Runner,
  type SkipContext,
  type Subject,
} from "./subject.ts";

type Check = (device: Device, input: unknown, name: string) => Promise<void>;

/** What a kernel computes: the right thing, each time, however it is called, and nothing else. */
export function checkAnswers({ test }: Runner, subject: Subject, kernel: AnyKernel, cases: Cases): void {
  const { workload } = kernel;
  const judge = workload.reference === null ? "itself, for want of an oracle" : "the oracle";

  const compare: Check = async (device, input, name) => {
    const wanted = await expected(device, kernel, input);
    mustAgree(kernel, await device.run(kernel, input, contextOf()), wanted, input, name);
    subject.compared++;
  };
  for (const one of cases.inputs)
    test(`${workload.id}: ${one.name}: agrees with ${judge}`, (context) =>
      onInputs(subject, context, kernel, [one], compare));

  test(`${workload.id}: generated inputs agree with ${judge}`, (context) =>
    onInputs(subject, context, kernel, generatedInputs(workload, subject.settings), compare));

  const all = (): Iterable<{ name: string; input: unknown }> => [
    ...cases.inputs,
    ...generatedInputs(workload, { ...subject.settings, seeds: subject.settings.seeds.slice(0, 1) }),
  ];

  test(`${workload.id}: two runs give ${cases.identical ? "the very same" : "an equal"} answer`, (context) =>
    onInputs(subject, context, kernel, all(), async (device, input, name) => {
      const first: unknown = await device.run(kernel, input, contextOf());
      const kept = snapshot(first);
      const second: unknown = await device.run(kernel, input, contextOf());
      const overwritten = firstChange(first, kept, "the output");
      if (overwritten !== null)
        throw new Error(`${name}: a later run wrote into an answer given before: ${overwritten}`);
      if (!cases.identical) mustAgree(kernel, second, first, input, name);
      else {
        const change = firstChange(second, kept, "the output");
        if (change !== null) throw new Error(`${name}: ${change} from one run to the next`);
      }
    }));

  test(`${workload.id}: inputs stay as they were`, (context) =>
    onInputs(subject, context, kernel, all(), async (device, input, name) => {
      const before = snapshot(input);
      await device.prepare?.(kernel, input, contextOf());
      await device.run(kernel, input, contextOf());
      const change = firstChange(input, before, "the input");
      if (change !== null) throw new Error(`${name}: ${change}`);
    }));

  test(`${workload.id}: prepare may be called never, once or twice`, (context) =>
    onInputs(subject, context, kernel, all(), async (device, input, name) => {
      const wanted = await expected(device, kernel, input);
      mustAgree(kernel, await device.run(kernel, input, contextOf()), wanted, input, `${name}, not prepared`);
      if (device.prepare === null) return;
      await device.prepare(kernel, input, contextOf());
      await device.prepare(kernel, input, contextOf());
      mustAgree(kernel, await device.run(kernel, input, contextOf()), wanted, input, `${name}, prepared twice`);
    }));

  test(`${workload.id}: one thread gives the same answer`, (context) =>
    onInputs(subject, context, kernel, all(), async (device, input, name) => {
      const wanted = await expected(device, kernel, input);
      mustAgree(kernel, await device.run(kernel, input, contextOf(undefined, 1)), wanted, input, name);
    }));
}

/** Does a check with every input that the device supports; skipped, with the reasons, where none is. */
async function onInputs(
  subject: Subject,
  context: SkipContext,
  kernel: AnyKernel,
  inputs: Iterable<{ readonly name: string; readonly input: unknown }>,
  check: Check,
): Promise<void> {
  const all = [...inputs];
  await onKeptDevices(subject, context, async (device: Device, info: DeviceInfo) => {
    const refused = new Set<string>();
    let checked = 0;
    for (const { name, input } of all) {
      const support = kernel.supports(input, info);
      if (support.ok) {
        await check(device, input, `${name} on ${info.id}`);
        checked++;
      } else refused.add(support.reason);
    }
    return checked > 0 ? null : [...refused].join(", ");
  });
}
