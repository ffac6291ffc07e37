import { resolve } from "node:path";
import type { Seconds } from "../contract/index.ts";
import { sqliteCode, storeError } from "./store-error.ts";

/**
 * Holds a store for this process alone until it is disposed. Its checkpoints stay readable for others, but who changes VMs
 * holds it first, so that no two processes go on from the same checkpoint. The hold is a lock of the operating system on
 * a file beside the store, which is gone with its process, however that ends.
 * @param patience How long to wait for another process.
 * @throws BioXenError `STORE_FAILED` where another process holds it all the time, or the file cannot be made.
 */
export async function holdStore(path: string, patience: Seconds): Promise<AsyncDisposable> {
  const file = resolve(path);
  const { default: Library } = await import("libsql");
  const until = performance.now() + 1000 * patience;
  for (;;) {
    let lock: InstanceType<typeof Library> | null = null;
    try {
      lock = new Library(`${file}.lock`);
      lock.exec("PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
      const held = lock;
      return {
        [Symbol.asyncDispose]: async () => {
          held.exec("ROLLBACK");
          held.close();
        },
      };
    } catch (error) {
      lock?.close();
      const busy = ["SQLITE_BUSY", "SQLITE_LOCKED"].includes(sqliteCode(error) ?? "");
      if (!busy || performance.now() >= until) throw storeError(file, "hold it for this process", error);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
