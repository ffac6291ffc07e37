import type { AnyKernel, Cost, DeviceInfo, Work } from "../contract/index.ts";
import { generatedInputs } from "./generated-inputs.ts";
import type { Cases, Runner, Subject } from "./subject.ts";
import { textOf } from "./subject.ts";

/** What a kernel says before it runs: whether it can, and at what cost. */
export function checkPromises({ test }: Runner, subject: Subject, kernel: AnyKernel, cases: Cases | undefined): void {
  const { devices, settings } = subject;
  const { workload } = kernel;

  test(`${workload.id}: supports throws nothing and gives a reason`, async (context) => {
    const found = await devices();
    if (typeof found === "string") return context.skip(found);
    for (const info of found)
      for (const { name, input } of [...(cases?.inputs ?? []), ...generatedInputs(workload, settings)]) {
        const support = supportOf(kernel, input, info, name);
        if (!support.ok && support.reason === "") throw new Error(`${name}: refused without a reason`);
      }
  });

  test(`${workload.id}: the prior cost is finite and positive, its joules tagged or null`, async (context) => {
    const found = await devices();
    if (typeof found === "string") return context.skip(found);
    for (const info of found)
      for (const work of works()) {
        const wrong = wrongWith(kernel.prior(work, info));
        if (wrong !== null) throw new Error(`${JSON.stringify(work)} on ${info.id}: ${wrong}`);
      }
  });
}

function supportOf(
  kernel: AnyKernel,
  input: unknown,
  info: DeviceInfo,
  name: string,
): ReturnType<AnyKernel["supports"]> {
  try {
    return kernel.supports(input, info);
  } catch (error) {
    throw new Error(`${name}: supports threw ${textOf(error)}`, { cause: error });
  }
}

/** From one unit to more than any device does in a day. */
function* works(): Generator<Work> {
  for (let exponent = 0; exponent <= 50; exponent += 5) {
    const units = 2 ** exponent;
    const bytes = Math.ceil(Math.sqrt(units));
    yield { units, bytesIn: bytes, bytesOut: bytes };
    yield { units, bytesIn: units, bytesOut: 0 };
  }
}

function wrongWith({ seconds, joules, energySource, basis }: Cost): string | null {
  if (!(Number.isFinite(seconds) && seconds > 0)) return `${seconds} s`;
  if (joules === null) return energySource === null ? null : `no joules, and yet from a ${energySource}`;
  if (!(Number.isFinite(joules) && joules >= 0)) return `${joules} J`;
  if (energySource === null) return `${joules} J from nowhere`;
  return basis === "measured" ? "a prior is not measured in this run" : null;
}
