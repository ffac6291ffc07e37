import { mkdir, open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Database, Statement } from "libsql";
import { BioXenError, type Bytes, type Seconds } from "../contract/index.ts";
import { type CheckpointRow, faultOf, sealed } from "./checkpoint-row.ts";
import { sqliteCode, storeError } from "./store-error.ts";

export interface CheckpointStoreOptions {
  /** How many of a VM's checkpoints are kept, the newest among them; 3 by default. */
  readonly generations?: number;
  /** How long to wait for other processes that use the store; 10 s by default. */
  readonly patience?: Seconds;
}

/** What the store has of a VM. */
export interface StoredCheckpoint {
  readonly vmId: string;
  /** Counts up with every checkpoint of the VM. */
  readonly generation: number;
  readonly savedAt: Date;
  readonly bytes: Bytes;
}

/** A checkpoint as it was put. */
export interface Checkpoint extends StoredCheckpoint {
  readonly payload: Uint8Array;
  /** Newer generations that are damaged, each with why: this is then an older one. */
  readonly notices: readonly string[];
}

/** `PRAGMA application_id`: "BXCP". */
const application = 0x42584350;
const schemaVersion = 1;
/** Between two tries for the lock, in milliseconds. */
const between = 10;
/** SQLite holds no more in a value. */
const mostBytes = 10 ** 9;

/**
 * Checkpoints of VMs in an SQLite file, some generations of each. A checkpoint is acknowledged once it is durable
 * (write-ahead log, synced at each commit) and checked when it is read: by its own SHA-256, and against an entry that
 * says which generation is the newest. Several processes may use one file.
 *
 * Every method throws BioXenError `STORE_FAILED` (disk full, read-only, held by others, closed) or `CHECKPOINT_DAMAGED`,
 * with the file's name, and `INPUT_INVALID` for an id that is none.
 */
export class CheckpointStore implements AsyncDisposable {
  readonly file: string;
  readonly #database: Database;
  readonly #generations: number;
  readonly #patience: Seconds;
  readonly #statements = new Map<string, Statement<unknown[]>>();
  #open = true;

  /** Opens the store of a file, which is made where it is not there yet, with its folder. */
  static async open(path: string, options: CheckpointStoreOptions = {}): Promise<CheckpointStore> {
    const { generations = 3, patience = 10 } = options;
    if (!Number.isInteger(generations) || generations < 1)
      throw new BioXenError("INPUT_INVALID", `${generations} is no number of generations to keep`);
    if (!(patience >= 0)) throw new BioXenError("INPUT_INVALID", `${patience} s is no time to wait`);
    const file = resolve(path);
    try {
      await mkdir(dirname(file), { recursive: true });
      const { default: Library } = await import("libsql");
      const store = new CheckpointStore(file, new Library(file), generations, patience);
      try {
        await store.#prepare();
      } catch (error) {
        await store.close();
        throw error;
      }
      return store;
    } catch (error) {
      throw storeError(file, "open it", asSqlite(error));
    }
  }

  private constructor(file: string, database: Database, generations: number, patience: Seconds) {
    this.file = file;
    this.#database = database;
    this.#generations = generations;
    this.#patience = patience;
  }

  /** Keeps a checkpoint as the newest generation of a VM; it is durable once this is answered. */
  async put(vmId: string, payload: Uint8Array): Promise<StoredCheckpoint> {
    checkId(vmId);
    if (payload.length > mostBytes)
      throw new BioXenError("INPUT_INVALID", `a checkpoint of ${payload.length} bytes: ${mostBytes} are the most`);
    return this.#transaction("IMMEDIATE", `keep a checkpoint of ${vmId}`, () => {
      const newest = Math.max(0, this.#headOf(vmId) ?? 0, this.#numbers(vmId)[0] ?? 0);
      const row = sealed({ vm: vmId, generation: newest + 1, savedAt: Date.now(), payload });
      const { vm, generation, version, savedAt, bytes, sha256 } = row;
      this.#statement(
        "INSERT INTO checkpoints (vm, generation, version, saved_at, bytes, sha256, payload) VALUES (?, ?, ?, ?, ?, ?, ?)",
      ).run([vm, generation, version, savedAt, bytes, sha256, Buffer.from(payload)]);
      this.#statement(
        "INSERT INTO heads (vm, generation) VALUES (?, ?) ON CONFLICT (vm) DO UPDATE SET generation = excluded.generation",
      ).run([vm, generation]);
      this.#statement("DELETE FROM checkpoints WHERE vm = ? AND generation <= ?").run([
        vm,
        generation - this.#generations,
      ]);
      return { vmId, generation, savedAt: new Date(savedAt), bytes };
    });
  }

  /**
   * The newest checkpoint of a VM that is whole, with a notice for each newer one that is not; null where there never
   * was one. @throws BioXenError `CHECKPOINT_DAMAGED` where no generation is whole
   */
  async get(vmId: string): Promise<Checkpoint | null> {
    checkId(vmId);
    return this.#transaction("DEFERRED", `read the checkpoint of ${vmId}`, () => {
      const head = this.#headOf(vmId);
      const numbers = this.#numbers(vmId);
      if (head === null && numbers.length === 0) return null;
      const notices: string[] = [];
      const wanted = head === null || numbers.includes(head) ? numbers : [head, ...numbers];
      for (const generation of wanted.sort((a, b) => b - a)) {
        const read = this.#read(vmId, generation);
        if (typeof read !== "string") {
          const { savedAt, bytes, payload } = read;
          return { vmId, generation, savedAt: new Date(savedAt), bytes, payload: new Uint8Array(payload), notices };
        }
        notices.push(`generation ${generation} of ${vmId} is damaged (${read})`);
      }
      throw new BioXenError(
        "CHECKPOINT_DAMAGED",
        `${this.file}: no checkpoint of ${vmId} is whole: ${notices.join("; ")}`,
        {
          context: { file: this.file, vm: vmId },
        },
      );
    });
  }

  /** One generation of a VM. @throws BioXenError `CHECKPOINT_DAMAGED` where it is not whole, or not there */
  async getGeneration(vmId: string, generation: number): Promise<Uint8Array> {
    checkId(vmId);
    return this.#transaction("DEFERRED", `read generation ${generation} of ${vmId}`, () => {
      const read = this.#read(vmId, generation);
      if (typeof read !== "string") return new Uint8Array(read.payload);
      throw new BioXenError("CHECKPOINT_DAMAGED", `${this.file}: generation ${generation} of ${vmId}: ${read}`, {
        context: { file: this.file, vm: vmId },
      });
    });
  }

  /** The text that was kept beside the VMs; null where there is none. */
  async settings(): Promise<string | null> {
    return this.#transaction("DEFERRED", "read its settings", () => {
      const row = this.#statement("SELECT text FROM settings WHERE id = 1").get([]);
      return (row as { text: string } | undefined)?.text ?? null;
    });
  }

  /** Keeps a text beside the VMs: what they run on. */
  async keepSettings(text: string): Promise<void> {
    await this.#transaction("IMMEDIATE", "keep its settings", () =>
      this.#statement(
        "INSERT INTO settings (id, text) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET text = excluded.text",
      ).run([text]),
    );
  }

  /** What is there of each VM: its newest generation. */
  async list(): Promise<readonly StoredCheckpoint[]> {
    return this.#transaction("DEFERRED", "list its checkpoints", () =>
      this.#statement(
        `SELECT vm, generation, saved_at AS savedAt, bytes FROM checkpoints AS one
         WHERE generation = (SELECT max(generation) FROM checkpoints WHERE vm = one.vm) ORDER BY vm`,
      )
        .all([])
        .map((row) => stored(row as Stored)),
    );
  }

  /** The generations of a VM that are kept, newest first; whether they are whole is not looked at. */
  async generations(vmId: string): Promise<readonly StoredCheckpoint[]> {
    checkId(vmId);
    return this.#transaction("DEFERRED", `list the checkpoints of ${vmId}`, () =>
      this.#statement(
        "SELECT vm, generation, saved_at AS savedAt, bytes FROM checkpoints WHERE vm = ? ORDER BY generation DESC",
      )
        .all([vmId])
        .map((row) => stored(row as Stored)),
    );
  }

  /** Forgets a VM; false where there was nothing to forget. */
  async remove(vmId: string): Promise<boolean> {
    checkId(vmId);
    return this.#transaction("IMMEDIATE", `remove the checkpoints of ${vmId}`, () => {
      const rows = this.#statement("DELETE FROM checkpoints WHERE vm = ?").run([vmId]).changes;
      return rows + this.#statement("DELETE FROM heads WHERE vm = ?").run([vmId]).changes > 0;
    });
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    this.#statements.clear();
    this.#database.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #prepare(): Promise<void> {
    const database = this.#database;
    // waiting is done here, so that the program goes on meanwhile
    database.exec("PRAGMA busy_timeout = 0");
    const { owner, form, tables } = await this.#transaction("DEFERRED", "open it", () => ({
      owner: this.#number("SELECT application_id AS number FROM pragma_application_id"),
      form: this.#number("SELECT user_version AS number FROM pragma_user_version"),
      tables: this.#number("SELECT count(*) AS number FROM sqlite_schema"),
    }));
    if (owner !== application && (owner !== 0 || tables > 0))
      throw new BioXenError("INPUT_INVALID", `${this.file} is a database of another program`, {
        context: { file: this.file },
      });
    if (form > schemaVersion)
      throw new BioXenError("STORE_FAILED", `${this.file} was written by a later version of BioXen`, {
        context: { file: this.file },
      });
    await this.#patiently(() => database.exec("PRAGMA journal_mode = WAL"));
    // each commit is on the disk before it is answered
    database.exec("PRAGMA synchronous = FULL");
    database.exec("PRAGMA cell_size_check = ON");
    if (owner === application) return;
    await this.#transaction("IMMEDIATE", "make it", () => {
      database.exec(`
        CREATE TABLE IF NOT EXISTS checkpoints (
          vm TEXT NOT NULL, generation INTEGER NOT NULL, version INTEGER NOT NULL, saved_at INTEGER NOT NULL,
          bytes INTEGER NOT NULL, sha256 BLOB NOT NULL, payload BLOB NOT NULL, PRIMARY KEY (vm, generation));
        CREATE TABLE IF NOT EXISTS heads (vm TEXT PRIMARY KEY, generation INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS settings (id INTEGER PRIMARY KEY CHECK (id = 1), text TEXT NOT NULL);
        PRAGMA application_id = ${application};
        PRAGMA user_version = ${schemaVersion};`);
    });
    await syncFolder(dirname(this.file));
  }

  #number(sql: string): number {
    return (this.#database.prepare(sql).get([]) as { number: number }).number;
  }

  /** Generations of a VM that have a row, newest first. */
  #numbers(vmId: string): number[] {
    const rows = this.#statement("SELECT generation FROM checkpoints WHERE vm = ? ORDER BY generation DESC").all([
      vmId,
    ]);
    return rows.map((row) => (row as { generation: number }).generation);
  }

  #headOf(vmId: string): number | null {
    const row = this.#statement("SELECT generation FROM heads WHERE vm = ?").get([vmId]);
    return (row as { generation: number } | undefined)?.generation ?? null;
  }

  /** A row that is whole, or what is wrong with it. */
  #read(vmId: string, generation: number): CheckpointRow | string {
    try {
      const row = this.#statement(
        `SELECT vm, generation, version, saved_at AS savedAt, bytes, sha256, payload FROM checkpoints
         WHERE vm = ? AND generation = ?`,
      ).get([vmId, generation]) as CheckpointRow | undefined;
      if (row === undefined) return "it is missing";
      if (!(row.payload instanceof Uint8Array) || !(row.sha256 instanceof Uint8Array)) return "it is no row of bytes";
      return faultOf(row) ?? row;
    } catch (error) {
      // of a broken page, other rows may be whole
      if (sqliteCode(error) === "SQLITE_CORRUPT") return "its part of the file is damaged";
      throw error;
    }
  }

  #statement(sql: string): Statement<unknown[]> {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const made = this.#database.prepare(sql);
    this.#statements.set(sql, made);
    return made;
  }

  /** Runs work, which does not wait for anything, as one transaction: all of it is done, or nothing. */
  async #transaction<T>(kind: "IMMEDIATE" | "DEFERRED", doing: string, work: () => T): Promise<T> {
    if (!this.#open)
      throw new BioXenError("STORE_FAILED", `${this.file}: cannot ${doing}: the store was closed`, {
        context: { file: this.file },
      });
    try {
      return await this.#patiently(() => {
        this.#database.exec(`BEGIN ${kind}`);
        try {
          const done = work();
          this.#database.exec("COMMIT");
          return done;
        } catch (error) {
          if (this.#database.inTransaction) this.#database.exec("ROLLBACK");
          throw error;
        }
      });
    } catch (error) {
      throw storeError(this.file, doing, error);
    }
  }

  /** Tries again, for as long as is allowed, while other processes hold the file. */
  async #patiently<T>(work: () => T): Promise<T> {
    const until = performance.now() + 1000 * this.#patience;
    for (;;) {
      try {
        return work();
      } catch (error) {
        const held = ["SQLITE_BUSY", "SQLITE_LOCKED"].includes(sqliteCode(error) ?? "");
        if (!held || performance.now() >= until) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, between));
    }
  }
}

interface Stored {
  readonly vm: string;
  readonly generation: number;
  readonly savedAt: number;
  readonly bytes: number;
}

function stored({ vm, generation, savedAt, bytes }: Stored): StoredCheckpoint {
  return { vmId: vm, generation, savedAt: new Date(savedAt), bytes };
}

/** Ids are names in a database, and nothing else: no path is ever made of one. */
function checkId(vmId: string): void {
  if (typeof vmId !== "string" || !/^[A-Za-z0-9][\w.-]{0,127}$/.test(vmId) || vmId.includes(".."))
    throw new BioXenError(
      "INPUT_INVALID",
      `${JSON.stringify(vmId)} is no VM id: letters, digits, _ . and -, 128 at most`,
    );
}

function asSqlite(error: unknown): unknown {
  const { code, path } = error as { code?: unknown; path?: unknown };
  if (path === undefined || typeof code !== "string") return error;
  const words: Readonly<Record<string, string>> = {
    ...{ EROFS: "SQLITE_READONLY", ENOSPC: "SQLITE_FULL", EDQUOT: "SQLITE_FULL", EACCES: "SQLITE_CANTOPEN" },
    ...{ EPERM: "SQLITE_CANTOPEN", ENOTDIR: "SQLITE_CANTOPEN", ENOENT: "SQLITE_CANTOPEN" },
  };
  return Object.assign(new Error(`${code}: ${path}`, { cause: error }), { code: words[code] ?? code });
}

/** So that a new file outlives a power cut, where the file system can do that. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder).catch(() => null);
  await handle?.sync().catch(() => {});
  await handle?.close();
}
