import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { killWriters } from "../support/store-kills.ts";

/** Kept in the repository as what the last run gave. */
const summary = new URL("../../bench/results/store-kills.json", import.meta.url);

test("1,000 kill -9 in the middle of checkpoints leave the old state or the new one", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bioxen-kills-"));
  try {
    const { kills, acknowledged, ahead, broken } = await killWriters(join(folder, "store.db"), 1000, 4);
    expect(broken).toEqual([]);
    expect(kills).toBe(1000);
    const text = {
      date: new Date().toISOString().slice(0, 10),
      node: process.version,
      kills,
      acknowledged,
      ahead,
      broken: 0,
    };
    writeFileSync(summary, `${JSON.stringify(text, null, 2)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 3_600_000);
