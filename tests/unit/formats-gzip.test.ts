import { gzipSync } from "node:zlib";
import { readMotifs, readPairs, readSequences, seededRandom, streamSequences } from "bioxen";
import { describe, expect, test } from "vitest";
import { formatFailure } from "../support/format-failure.ts";
import { temporaryFiles } from "../support/temporary-files.ts";

const { file } = temporaryFiles();
/** Enough random letters that truncation falls amid the data. */
const random = seededRandom(1);
const letters = Array.from({ length: 50_000 }, () => "ACGT"[Math.floor(4 * random())]).join("");
const text = `>a\n${letters}\n`;
const fails = (name: string, content: Uint8Array): Promise<string> =>
  formatFailure(() => readSequences(file(name, content)));

/** A gzip file of a header and `mebibytes` MiB of the letter A, made without ever holding them. */
function bomb(mebibytes: number): Buffer {
  // members of 64 MiB each, concatenated: as valid as one, and quick to make
  const member = gzipSync(Buffer.alloc(64 * 2 ** 20, "A"));
  return Buffer.concat([gzipSync(">a\n"), ...Array.from({ length: mebibytes / 64 }, () => member)]);
}

describe("gzip", () => {
  test("is told by content, one member or many", async () => {
    expect((await readSequences(file("plain-name", gzipSync(text)))).residues.length).toBe(50_000);
    const blocks = Buffer.concat([gzipSync(text), gzipSync(""), gzipSync(">b\nAC"), gzipSync("GT\n"), gzipSync("")]);
    const { names, residues } = await readSequences(file("members.gz", blocks));
    expect(names).toEqual(["a", "b"]);
    expect(residues.length).toBe(50_004);
  });

  test.each([5, 100, 5_000, -1, -5, -9])("truncated at %i is an error", async (at) => {
    expect(await fails("cut.gz", gzipSync(text).subarray(0, at))).toBe(
      ": found the end of the file amid gzip data (truncated), expected the rest of the gzip data",
    );
  });

  test("a wrong checksum is an error", async () => {
    const content = gzipSync(text);
    content[content.length - 6] = (content[content.length - 6] ?? 0) ^ 1;
    expect(await fails("crc.gz", content)).toContain(": found corrupt gzip data (incorrect data check)");
  });

  test.each([
    ["garbage", "garbage"],
    ["zeros, which node:zlib would take for the end", "\0\0\0more"],
  ])("%s after the data is an error", async (_, after) => {
    expect(await fails("after.gz", Buffer.concat([gzipSync(text), Buffer.from(after)]))).toMatch(/gzip data/);
  });

  test("nothing inside is an empty file", async () => {
    expect(await fails("empty.gz", gzipSync(""))).toContain(":1: found an empty file");
  });

  test("a bomb of 1 GiB stops soon, with little memory", async () => {
    const content = bomb(1024);
    expect(content.length).toBeLessThan(2 ** 20 + 2 ** 17);
    const path = file("bomb.gz", content);
    for (const read of [readSequences, readPairs, readMotifs, drain]) {
      const { user, system } = process.cpuUsage();
      const message = await formatFailure(() => read(path));
      const cpu = process.cpuUsage();
      expect(message).toContain(read === readPairs || read === readMotifs ? ": found " : "gzip data that inflates");
      expect((cpu.user + cpu.system - user - system) / 1e6).toBeLessThan(5);
      // the highest mark of this process, in KiB: node, vitest and the 64 MiB allowed, but not 1 GiB
      expect(process.resourceUsage().maxRSS).toBeLessThan(700 * 1024);
    }
  });

  test("the bound is an option", async () => {
    const path = file("small-bomb.gz", gzipSync(`>a\n${"A".repeat(4 * 2 ** 20)}`));
    expect((await readSequences(path)).residues.length).toBe(4 * 2 ** 20);
    expect(await formatFailure(() => readSequences(path, { inflateAllowance: 2 ** 20 }))).toContain("inflates");
    const raised = await readSequences(path, { inflateAllowance: 2 ** 20, maxInflateRatio: 2000 });
    expect(raised.residues.length).toBe(4 * 2 ** 20);
  });
});

async function drain(path: string): Promise<void> {
  for await (const _ of streamSequences(path));
}
