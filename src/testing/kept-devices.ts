import type { Accelerator, Device, DeviceInfo, RunContext, Seconds } from "../contract/index.ts";

interface Kept {
  readonly device: Device;
  readonly closing: NodeJS.Timeout;
}

/**
 * Devices that stay open from one check to the next. Many checks take a millisecond where opening takes a tenth of a
 * second, and a device has to answer rightly however much it did before. One that no check asks for in time is closed,
 * so that the runner's process can end; so is one on which a check failed, for it may be in any state.
 */
export class KeptDevices {
  readonly #accelerator: Accelerator;
  readonly #seconds: Seconds;
  readonly #kept = new Map<DeviceInfo, Kept>();

  constructor(accelerator: Accelerator, seconds: Seconds) {
    this.#accelerator = accelerator;
    this.#seconds = seconds;
  }

  /** Does a check on a device that nothing else uses meanwhile. */
  async use<T>(info: DeviceInfo, context: RunContext, check: (device: Device) => Promise<T>): Promise<T> {
    const kept = this.#kept.get(info);
    this.#kept.delete(info);
    clearTimeout(kept?.closing);
    const device = kept?.device ?? (await this.#accelerator.open(info, context));
    try {
      const result = await check(device);
      this.#keep(info, device);
      return result;
    } catch (error) {
      await device[Symbol.asyncDispose]();
      throw error;
    }
  }

  #keep(info: DeviceInfo, device: Device): void {
    const closing = setTimeout(() => {
      this.#kept.delete(info);
      // a rejection is nobody's to catch: the runner reports it and fails
      void device[Symbol.asyncDispose]();
    }, this.#seconds * 1000);
    this.#kept.set(info, { device, closing });
  }
}
