import { rmSync } from "node:fs";
import { BioXenError } from "../contract/index.ts";
import type { PowerChange } from "./power-plan.ts";
import type { PowerSetting } from "./power-settings.ts";
import {
  bootOf,
  type ChangedSetting,
  type HeldPower,
  isHeld,
  ownMark,
  readPowerState,
  writePowerState,
} from "./power-state-file.ts";

/** What became of settings that were to be put back. */
export interface Restored {
  /** As they were before. */
  readonly restored: readonly PowerChange[];
  /** Somebody else has changed these since, and they were left alone. */
  readonly left: readonly string[];
  /** The machine was started anew since: nothing was left to put back. */
  readonly rebooted: boolean;
}

/** Settings that are in force until this is disposed. */
export interface PowerHold extends Disposable {
  readonly changes: readonly PowerChange[];
  /** Puts everything back, once; synchronous, so that it can be done as a process ends. */
  readonly restore: () => Restored;
}

/**
 * Makes changes and promises to take them back: what was there is on the disk before the first of them is made, so that
 * `restorePower` can do it where this process cannot any more. Where one is refused those before it are taken back.
 * @throws BioXenError `DEVICE_BUSY` while another process holds settings, `PERMISSION_DENIED` and others as settings refuse
 */
export function holdPower(settings: readonly PowerSetting[], changes: readonly PowerChange[], path: string): PowerHold {
  const before = readPowerState(path);
  if (before !== null) {
    if (isHeld(before) && before.boot === bootOf())
      throw new BioXenError("DEVICE_BUSY", `process ${before.pid} holds power settings since ${before.date}`, {
        context: { pid: before.pid },
      });
    restorePower(settings, path);
  }
  let state: HeldPower = {
    format: 1,
    ...ownMark(),
    date: new Date().toISOString(),
    changed: changes.map(({ setting, from }) => ({ setting, original: from, set: null })),
  };
  writePowerState(path, state);
  try {
    writeAll(settings, changes);
  } catch (error) {
    restorePower(settings, path);
    throw error;
  }
  // the driver may have rounded: what is found now is how to know later whether somebody else changed it
  state = { ...state, changed: state.changed.map((one) => ({ ...one, set: named(settings, one)?.read() ?? null })) };
  writePowerState(path, state);
  let done: Restored | null = null;
  const restore = (): Restored => {
    done ??= restorePower(settings, path);
    return done;
  };
  return { changes, restore, [Symbol.dispose]: () => void restore() };
}

/**
 * Puts back what the file says was changed, whoever did it, and deletes the file when all is as it was.
 * @throws BioXenError `PERMISSION_DENIED` and others as settings refuse; the file stays
 */
export function restorePower(settings: readonly PowerSetting[], path: string): Restored {
  const state = readPowerState(path);
  if (state === null) return { restored: [], left: [], rebooted: false };
  if (state.boot !== bootOf()) {
    rmSync(path, { force: true });
    return { restored: [], left: [], rebooted: true };
  }
  const left: string[] = [];
  const missing: string[] = [];
  const changes = state.changed.flatMap((one): PowerChange[] => {
    const setting = named(settings, one);
    const now = setting?.read() ?? null;
    if (setting === undefined || now === null) missing.push(`${one.setting} was ${one.original}`);
    if (setting === undefined || now === null || now === one.original) return [];
    if (one.set !== null && now !== one.set) {
      left.push(one.setting);
      return [];
    }
    return [{ setting: one.setting, from: now, to: one.original, unit: setting.unit }];
  });
  writeAll(settings, changes);
  if (missing.length > 0)
    throw new BioXenError(
      "UNSUPPORTED",
      `settings that are not there any more could not be put back: ${missing.join(", ")}`,
    );
  rmSync(path, { force: true });
  return { restored: changes, left, rebooted: false };
}

function named(
  settings: readonly PowerSetting[],
  { setting }: Pick<ChangedSetting, "setting">,
): PowerSetting | undefined {
  return settings.find(({ id }) => id === setting);
}

/** What is refused is tried again after the others: a lower limit may stand in the way of an upper one, or the other way round. */
function writeAll(settings: readonly PowerSetting[], changes: readonly PowerChange[]): void {
  const write = ({ setting, to }: PowerChange): unknown => {
    try {
      named(settings, { setting })?.write(to);
      return null;
    } catch (error) {
      return error;
    }
  };
  const again = changes.filter((change) => write(change) !== null);
  const errors = again.map(write).filter((error) => error !== null);
  if (errors.length > 0) throw errors[0];
}
