import { BioXenError } from "../contract/index.ts";

/** Where the hypervisor tells what it does, with `vm` and `process` among the fields; any pino logger is one. */
export interface Log {
  readonly debug: (fields: object, message: string) => void;
  readonly info: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
}

const ignore = (): void => {};

/** Tells nobody: the default of a library. */
export const silentLog: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };

export interface LogOptions {
  readonly level?: "debug" | "info" | "warn" | "error";
  /** Appended to, created with its folders; stderr by default. */
  readonly file?: string;
}

/**
 * Opens a log of JSON lines, written by pino.
 * @throws BioXenError `IMPORT_MODULE_ERROR` where pino cannot be loaded, `INVALID_CONFIGURATION` where the file cannot be
 *   written.
 */
export async function openLog({ level = "info", file }: LogOptions = {}): Promise<Log> {
  const { pino } = await loaded();
  try {
    const to = pino.destination(file === undefined ? { dest: 2, sync: true } : { dest: file, mkdir: true, sync: true });
    const log: Log = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, to);
    return log;
  } catch (cause) {
    throw new BioXenError("INVALID_CONFIGURATION", `the log cannot be written to ${file ?? "stderr"}`, { cause });
  }
}

async function loaded(): Promise<Pick<typeof import("pino"), "pino">> {
  try {
    return await import("pino");
  } catch (cause) {
    throw new BioXenError("IMPORT_MODULE_ERROR", "pino cannot be loaded", { cause });
  }
}
