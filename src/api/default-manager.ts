import { BioXenError } from "../contract/index.ts";
import { BioAcceleratorManager } from "../manager/index.ts";

let opened: Promise<BioAcceleratorManager> | null = null;

/**
 * A manager over the accelerators that come with the package, one a process, opened by the first call.
 * @throws BioXenError `IMPORT_MODULE_ERROR` where they cannot be loaded.
 */
export async function defaultManager(): Promise<BioAcceleratorManager> {
  opened ??= open();
  return opened;
}

/** Closes the default manager, if it was ever opened; a later call opens a new one. */
export async function closeDefaultManager(): Promise<void> {
  const before = opened;
  opened = null;
  await (await before)?.[Symbol.asyncDispose]();
}

async function open(): Promise<BioAcceleratorManager> {
  try {
    const { builtin } = await import("../../accelerators/index.ts");
    return await BioAcceleratorManager.open({ accelerators: builtin });
  } catch (cause) {
    // what failed once may work the next time
    opened = null;
    if (cause instanceof BioXenError) throw cause;
    throw new BioXenError("IMPORT_MODULE_ERROR", "the built-in accelerators cannot be loaded", { cause });
  }
}
