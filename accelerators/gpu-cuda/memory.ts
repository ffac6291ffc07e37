import type { DeviceInfo, Support } from "../../src/contract/index.ts";

/** Share of a GPU's memory that one run may count on: the context, other programs and residents need some too. */
const usable = 0.9;

/** Whether a run that needs so many bytes of device memory at once can be tried. */
export function fitsMemory(bytes: number, { memory }: DeviceInfo): Support {
  const most = usable * (memory ?? Number.POSITIVE_INFINITY);
  return bytes <= most
    ? { ok: true }
    : { ok: false, reason: `it needs ${bytes} bytes of device memory, and ${Math.floor(most)} can be counted on` };
}
