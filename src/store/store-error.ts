import { BioXenError } from "../contract/index.ts";

const reasons: Readonly<Record<string, string>> = {
  SQLITE_BUSY: "other processes held it all the time",
  SQLITE_LOCKED: "other processes held it all the time",
  SQLITE_FULL: "the disk, or the user's quota, is full",
  SQLITE_READONLY: "it, or its folder, is read-only for this user",
  SQLITE_PERM: "this user may not use it",
  SQLITE_CANTOPEN: "it cannot be opened: its folder is missing, or this user may not write there",
  SQLITE_IOERR: "the disk could not be written or read",
  SQLITE_TOOBIG: "a checkpoint is larger than SQLite can hold",
};
const damage = ["SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_FORMAT"];
/** Result codes by number, which is what the library always says. */
const byNumber: Readonly<Record<number, string>> = {
  ...{ 3: "SQLITE_PERM", 5: "SQLITE_BUSY", 6: "SQLITE_LOCKED", 8: "SQLITE_READONLY", 10: "SQLITE_IOERR" },
  ...{ 11: "SQLITE_CORRUPT", 13: "SQLITE_FULL", 14: "SQLITE_CANTOPEN", 18: "SQLITE_TOOBIG", 24: "SQLITE_FORMAT" },
  ...{ 26: "SQLITE_NOTADB" },
};

/** SQLite's own word for what happened, without its finer kinds; null for another error. */
export function sqliteCode(error: unknown): string | null {
  const { code, rawCode, message } = error as { code?: unknown; rawCode?: unknown; message?: unknown };
  // of a file that cannot be opened, the number stands in the text
  const [, inText] = /local database .*: (\d+)"\)$/.exec(String(message)) ?? [];
  const number = typeof rawCode === "number" ? rawCode : Number(inText);
  // finer kinds are in the upper bits
  const [, named] = /^(SQLITE_[A-Z]+)/.exec(typeof code === "string" ? code : "") ?? [];
  return byNumber[number % 256] ?? named ?? null;
}

/** An error of the store that names its file: `CHECKPOINT_DAMAGED` for a file that is broken, else `STORE_FAILED`. */
export function storeError(file: string, doing: string, error: unknown): BioXenError {
  if (error instanceof BioXenError) return error;
  const code = sqliteCode(error) ?? "";
  const context = { file };
  if (damage.includes(code))
    return new BioXenError(
      "CHECKPOINT_DAMAGED",
      `${file}: cannot ${doing}: the file is damaged, or no checkpoint store`,
      {
        ...{ context, cause: error },
      },
    );
  const reason = reasons[code] ?? (error instanceof Error ? error.message : String(error));
  return new BioXenError("STORE_FAILED", `${file}: cannot ${doing}: ${reason}`, { context, cause: error });
}
