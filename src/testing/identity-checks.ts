import { isDeepStrictEqual } from "node:util";
import { BioXenError, type DeviceInfo, devicesOf, type Probe } from "../contract/index.ts";
import { contextOf, type Runner, type Subject, textOf, whyNotPresent, within } from "./subject.ts";

/** Who the accelerator says it is, and whether it stands by it. */
export function checkIdentity({ test }: Runner, { accelerator, settings }: Subject): void {
  const { probeWithin, stopWithin } = settings;
  const probed = async (): Promise<Probe> => {
    try {
      return await within(accelerator.probe(contextOf()), probeWithin, "the probe");
    } catch (error) {
      throw new Error(`the probe must answer absent or broken, and threw ${textOf(error)}`, { cause: error });
    }
  };

  test("the probe ends, throws nothing and agrees with itself", async () => {
    const first = await probed();
    const second = await probed();
    if (first.status !== second.status) throw new Error(`it said ${first.status}, then ${second.status}`);
    if (first.status === "absent" && first.reason === "") throw new Error("absent without a reason");
    if (first.status === "broken" && !(first.error instanceof BioXenError))
      throw new Error("broken with an error that is no BioXenError");
    if (!isDeepStrictEqual(devicesOf(first), devicesOf(second)))
      throw new Error(`it offered ${JSON.stringify(devicesOf(first))}, then ${JSON.stringify(devicesOf(second))}`);
    if (first.status === "absent" && devicesOf(first).some(({ simulated }) => !simulated))
      throw new Error("it is absent, and yet offers a device that is not simulated");
  });

  test("the probe ends when it is aborted", async () => {
    const before = accelerator.probe(contextOf(AbortSignal.abort()));
    await within(
      before.catch(() => {}),
      stopWithin,
      "a probe whose signal had fired",
    );
    const control = new AbortController();
    const during = accelerator.probe(contextOf(control.signal));
    control.abort();
    await within(
      during.catch(() => {}),
      stopWithin,
      "a probe that was aborted",
    );
  });

  test("ids are well formed and unique", async (context) => {
    if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(accelerator.id))
      throw new Error(`${JSON.stringify(accelerator.id)} is no kebab-case id`);
    const workloads = accelerator.kernels.map(({ workload }) => workload);
    if (new Set(workloads).size < workloads.length) throw new Error("a workload has two kernels: only one would run");
    const probe = await probed();
    const devices = devicesOf(probe);
    if (probe.status !== "present" && devices.length === 0) return context.skip(whyNotPresent(probe));
    for (const info of devices) checkInfo(info, accelerator.id);
    const ids = devices.map(({ id }) => id);
    if (new Set(ids).size < ids.length) throw new Error(`two devices share an id: ${ids.join(", ")}`);
    for (const info of devices) {
      await using device = await accelerator.open(info, contextOf());
      if (device.info.id !== info.id) throw new Error(`opening ${info.id} gave ${device.info.id}`);
    }
  });
}

function checkInfo({ id, name, memory }: DeviceInfo, accelerator: string): void {
  const [prefix, index, ...rest] = id.split(":");
  if (prefix !== accelerator || rest.length > 0 || !/^\d+$/.test(index ?? ""))
    throw new Error(`${id} is not of the form ${accelerator}:<index>`);
  if (name === "") throw new Error(`${id} does not say what truly runs`);
  if (memory !== null && !(memory > 0)) throw new Error(`${id} has ${memory} bytes of memory: null where not known`);
}
