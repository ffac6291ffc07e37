import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BioXenError, CheckpointStore, seededRandom } from "bioxen";
import Library from "libsql";
import { afterAll, describe, expect, test } from "vitest";
import { faultOf, sealed } from "../../dist/src/store/checkpoint-row.js";
import { killWriters } from "../support/store-kills.ts";

const folder = mkdtempSync(join(tmpdir(), "bioxen-store-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const file = (): string => join(folder, `${files++}`, "store.db");
const random = seededRandom(5);
const payload = (bytes: number): Uint8Array => Uint8Array.from({ length: bytes }, () => Math.floor(256 * random()));

describe("a store", () => {
  test("gives back what was put, of each VM, across openings", async () => {
    const path = file();
    const [first, second] = [payload(1000), payload(0)];
    {
      await using store = await CheckpointStore.open(path);
      expect(await store.get("a")).toBeNull();
      expect(await store.put("a", first)).toMatchObject({ vmId: "a", generation: 1, bytes: 1000 });
      await store.put("b.1", second);
    }
    await using store = await CheckpointStore.open(path);
    expect(await store.get("a")).toMatchObject({ generation: 1, payload: first, notices: [] });
    expect((await store.get("b.1"))?.payload).toEqual(second);
    expect((await store.list()).map(({ vmId }) => vmId)).toEqual(["a", "b.1"]);
    expect(await store.remove("a")).toBe(true);
    expect(await store.remove("a")).toBe(false);
    expect(await store.get("a")).toBeNull();
    expect((await store.put("a", first)).generation).toBe(1);
  });

  test("keeps so many generations, newest first", async () => {
    await using store = await CheckpointStore.open(file(), { generations: 2 });
    for (let number = 1; number <= 5; number++) await store.put("a", Uint8Array.of(number));
    await store.put("b", Uint8Array.of(9));
    expect((await store.generations("a")).map(({ generation }) => generation)).toEqual([5, 4]);
    expect((await store.get("a"))?.payload).toEqual(Uint8Array.of(5));
    for (const bad of [0, 1.5, -1])
      await expect(CheckpointStore.open(file(), { generations: bad })).rejects.toMatchObject({ code: "INPUT_INVALID" });
  });

  test.each([
    "",
    "../x",
    "a/b",
    "a\\b",
    ".hidden",
    "__proto__",
    "a..b",
    "a b",
    "é",
    "x".repeat(129),
    "a\0b",
    "'; --",
    5,
  ])("refuses %j as an id", async (id) => {
    await using store = await CheckpointStore.open(file());
    const bad = id as string;
    for (const work of [store.put(bad, payload(1)), store.get(bad), store.remove(bad), store.generations(bad)])
      await expect(work).rejects.toMatchObject({ code: "INPUT_INVALID" });
  });

  test("several connections take turns, and nobody's checkpoint is lost", async () => {
    const path = file();
    const stores = await Promise.all(Array.from({ length: 4 }, () => CheckpointStore.open(path, { generations: 100 })));
    await Promise.all(
      stores.map(async (store, at) => {
        for (let number = 0; number < 10; number++) await store.put("shared", Uint8Array.of(at, number));
      }),
    );
    const [first] = stores;
    expect((await first?.generations("shared"))?.map(({ generation }) => generation)).toEqual(
      Array.from({ length: 40 }, (_, at) => 40 - at),
    );
    await Promise.all(stores.map((store) => store.close()));
    await expect(first?.get("shared")).rejects.toMatchObject({ code: "STORE_FAILED", message: /was closed/ });
  });

  test("one that others hold for too long says so, and may be tried later", async () => {
    const path = file();
    await using store = await CheckpointStore.open(path, { patience: 0.1 });
    const other = new Library(path);
    other.exec("BEGIN IMMEDIATE");
    const held = store.put("a", payload(10));
    await expect(held).rejects.toMatchObject({ code: "STORE_FAILED", retry: "later", context: { file: path } });
    other.exec("ROLLBACK");
    other.close();
    expect((await store.put("a", payload(10))).generation).toBe(1);
  });
});

describe("damage", () => {
  test("every flipped byte of a checkpoint of 64 KiB is seen, and every other of its row", () => {
    const row = sealed({ vm: "a", generation: 3, savedAt: 1_700_000_000_000, payload: payload(2 ** 16) });
    expect(faultOf(row)).toBeNull();
    let seen = 0;
    for (let at = 0; at < row.payload.length; at++) {
      row.payload[at] = (row.payload[at] ?? 0) ^ (1 << (at % 8));
      if (faultOf(row) !== null) seen++;
      row.payload[at] = (row.payload[at] ?? 0) ^ (1 << (at % 8));
    }
    expect(seen).toBe(2 ** 16);
    for (let at = 0; at < 32; at++) {
      const sha256 = Uint8Array.from(row.sha256);
      sha256[at] = (sha256[at] ?? 0) ^ 1;
      expect(faultOf({ ...row, sha256 })).not.toBeNull();
    }
    for (const other of [{ vm: "b" }, { generation: 2 }, { savedAt: 1 }, { version: 2 }, { version: 0 }, { bytes: 5 }])
      expect(faultOf({ ...row, ...other })).not.toBeNull();
    expect(faultOf({ ...row, payload: row.payload.subarray(1) })).not.toBeNull();
    expect(faultOf(row)).toBeNull();
  }, 120_000);

  test("a row that was changed in the database is passed over with a notice, and refused where it is the last", async () => {
    const path = file();
    const [old, young] = [payload(500), payload(500)];
    await using store = await CheckpointStore.open(path);
    await store.put("a", old);
    await store.put("a", young);
    const other = new Library(path);
    const changed = Buffer.from(young);
    changed[77] = (changed[77] ?? 0) ^ 4;
    other.prepare("UPDATE checkpoints SET payload = ? WHERE generation = 2").run([changed]);
    const found = await store.get("a");
    expect(found).toMatchObject({ generation: 1, payload: old });
    expect(found?.notices).toEqual(["generation 2 of a is damaged (its checksum differs)"]);
    // another generation's payload, another VM's row, and none at all
    other.exec(
      "UPDATE checkpoints SET payload = (SELECT payload FROM checkpoints WHERE generation = 1) WHERE generation = 2",
    );
    expect((await store.get("a"))?.notices).toHaveLength(1);
    other.exec("DELETE FROM checkpoints WHERE generation = 2");
    expect((await store.get("a"))?.notices).toEqual(["generation 2 of a is damaged (it is missing)"]);
    expect((await store.put("a", young)).generation).toBe(3);
    other.exec("UPDATE checkpoints SET vm = 'b' WHERE generation = 1; UPDATE checkpoints SET sha256 = zeroblob(32)");
    await expect(store.get("a")).rejects.toMatchObject({
      code: "CHECKPOINT_DAMAGED",
      context: { file: path, vm: "a" },
    });
    await expect(store.get("b")).rejects.toMatchObject({ code: "CHECKPOINT_DAMAGED" });
    other.close();
  });

  test("of 400 flipped bytes of the file, each is answered by a whole checkpoint or a typed error that names it", async () => {
    const path = file();
    const [old, young] = [payload(3000), payload(40_000)];
    {
      await using store = await CheckpointStore.open(path);
      await store.put("a", old);
      await store.put("a", young);
      await store.put("b", payload(100));
    }
    new Library(path).exec("PRAGMA wal_checkpoint(TRUNCATE)");
    const whole = readFileSync(path);
    const outcomes = { young: 0, old: 0, refused: 0 };
    for (let flip = 0; flip < 400; flip++) {
      const bytes = Buffer.from(whole);
      // as many among the headers of pages as among what they hold
      const at =
        flip % 2 === 0 ? Math.floor(random() * bytes.length) : 4096 * (flip % (bytes.length / 4096)) + (flip % 130);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (flip % 8));
      const damaged = join(folder, "flipped.db");
      for (const tail of ["", "-wal", "-shm"]) rmSync(`${damaged}${tail}`, { force: true });
      writeFileSync(damaged, bytes);
      try {
        await using store = await CheckpointStore.open(damaged);
        const found = await store.get("a");
        if (found === null) throw new Error(`byte ${at}: the VM is not there, and nobody says why`);
        const isYoung = Buffer.compare(found.payload, young) === 0;
        if (!isYoung) {
          expect(Buffer.compare(found.payload, old), `byte ${at}`).toBe(0);
          expect(found.notices.length, `byte ${at}`).toBeGreaterThan(0);
        }
        outcomes[isYoung ? "young" : "old"]++;
      } catch (error) {
        expect(error, `byte ${at}: ${error}`).toBeInstanceOf(BioXenError);
        expect((error as BioXenError).message).toContain(damaged);
        outcomes.refused++;
      }
    }
    expect(outcomes.old).toBeGreaterThan(50);
    expect(outcomes.refused).toBeGreaterThan(5);
    expect(outcomes.young).toBeGreaterThan(5);
  });

  test.each([
    ["text", "this is no database ".repeat(100), "CHECKPOINT_DAMAGED"],
    ["a folder", null, "STORE_FAILED"],
  ])("%s in place of a store is refused by name", async (_what, content, code) => {
    const path = file();
    mkdirSync(join(path, ".."), { recursive: true });
    if (content === null) mkdirSync(path);
    else writeFileSync(path, content);
    await expect(CheckpointStore.open(path)).rejects.toMatchObject({ code, context: { file: path } });
  });

  test("another program's database, and a later version's store, are left alone", async () => {
    const path = file();
    mkdirSync(join(path, ".."), { recursive: true });
    const other = new Library(path);
    other.exec("CREATE TABLE songs (title TEXT)");
    other.close();
    await expect(CheckpointStore.open(path)).rejects.toMatchObject({
      code: "INPUT_INVALID",
      message: /another program/,
    });
    const later = file();
    await (await CheckpointStore.open(later)).close();
    const own = new Library(later);
    own.exec("PRAGMA user_version = 2");
    own.close();
    await expect(CheckpointStore.open(later)).rejects.toMatchObject({ code: "STORE_FAILED", message: /later version/ });
  });
});

describe("a disk", () => {
  /** Runs a line of code in a process of its own, after a line of shell. */
  const child = (shell: string, path: string, code: string, uid?: number): string => {
    const script = `import { CheckpointStore } from ${JSON.stringify(new URL("../../dist/src/store/index.js", import.meta.url).href)};
      try { const store = await CheckpointStore.open(${JSON.stringify(path)}); ${code} console.log("done"); }
      catch (error) { console.log(error.code, error.context?.file === ${JSON.stringify(path)}, error.message); }`;
    const of = ["-c", `${shell} exec "$0" --input-type=module -e "$1"`, process.execPath, script];
    const { stdout, stderr } = spawnSync("sh", of, {
      encoding: "utf8",
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    return `${stdout}${stderr}`;
  };

  test("that is full ends in a typed error, and what was acknowledged is there", async () => {
    const path = file();
    {
      await using store = await CheckpointStore.open(path);
      await store.put("a", Uint8Array.of(1));
    }
    // no file may grow beyond so many blocks of 512 bytes
    const said = child("ulimit -f 400; trap '' XFSZ;", path, `await store.put("a", new Uint8Array(1e6));`);
    expect(said).toMatch(/^STORE_FAILED true .*(full|could not be written)/);
    await using store = await CheckpointStore.open(path);
    expect((await store.get("a"))?.payload).toEqual(Uint8Array.of(1));
    await store.put("a", payload(1e6));
  });

  test("that is read-only ends in a typed error", async () => {
    const path = file();
    await (await CheckpointStore.open(path)).close();
    const locked = join(folder, "locked");
    mkdirSync(locked);
    const copy = join(locked, "store.db");
    copyFileSync(path, copy);
    chmodSync(copy, 0o444);
    chmodSync(locked, 0o555);
    chmodSync(folder, 0o755);
    // root may write anywhere
    const uid = process.getuid?.() === 0 ? 65534 : undefined;
    try {
      expect(child("", copy, `await store.put("a", new Uint8Array(10));`, uid)).toMatch(
        /^STORE_FAILED true .*(read-only|opened)/,
      );
      const missing = join(locked, "none", "store.db");
      expect(child("", missing, "", uid)).toMatch(/^STORE_FAILED true/);
    } finally {
      chmodSync(locked, 0o755);
    }
  });
});

test("40 kill -9 in the middle of checkpoints leave the old state or the new one", async () => {
  const { kills, acknowledged, broken } = await killWriters(file(), 40, 4);
  expect(broken).toEqual([]);
  expect(kills).toBe(40);
  expect(acknowledged).toBeGreaterThanOrEqual(40);
}, 240_000);
