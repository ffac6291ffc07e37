import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { atomicWriteFile, BioXenError } from "bioxen";
import { expect, test } from "vitest";
import { temporaryFiles } from "../support/temporary-files.ts";

const { folder } = temporaryFiles();
const failure = async (path: string): Promise<string> => {
  const error: unknown = await atomicWriteFile(path, "x").catch((reason: unknown) => reason);
  if (!(error instanceof BioXenError)) throw new Error("no BioXenError", { cause: error });
  expect(error.code).toBe("INPUT_INVALID");
  expect(error.context).toEqual({ file: path });
  return error.message;
};

test("writes a new file, replaces an old one and leaves nothing else behind", async () => {
  const own = join(folder, "own");
  mkdirSync(own);
  const path = join(own, "scores ä.txt");
  await atomicWriteFile(path, "1\n2\n");
  expect(readFileSync(path, "utf8")).toBe("1\n2\n");
  chmodSync(path, 0o640);
  await atomicWriteFile(path, "3\n");
  expect(readFileSync(path, "utf8")).toBe("3\n");
  expect(statSync(path).mode & 0o777).toBe(0o640);
  expect(readdirSync(own)).toEqual(["scores ä.txt"]);
});

test("writes pieces one after the other, and none where one of them fails", async () => {
  const path = join(folder, "pieces.txt");
  await atomicWriteFile(path, ["1\n", "ä\n", "3\n"]);
  expect(readFileSync(path, "utf8")).toBe("1\nä\n3\n");
  function* broken(): Iterable<string> {
    yield "half";
    throw new Error("no more");
  }
  await expect(atomicWriteFile(path, broken())).rejects.toThrow();
  expect(readFileSync(path, "utf8")).toBe("1\nä\n3\n");
  expect(readdirSync(folder).filter((name) => name.includes("pieces"))).toEqual(["pieces.txt"]);
});

test("writes through a symbolic link", async () => {
  const link = join(folder, "link");
  writeFileSync(join(folder, "real"), "old");
  symlinkSync("real", link);
  await atomicWriteFile(link, "new");
  expect(readlinkSync(link)).toBe("real");
  expect(readFileSync(join(folder, "real"), "utf8")).toBe("new");
});

test("a device is written to, not replaced", async () => {
  await atomicWriteFile("/dev/null", "x");
  expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
});

test("standard output is written to, be it a pipe or a file that others write to as well", () => {
  const script = `import { atomicWriteFile } from "bioxen"; await atomicWriteFile("/dev/stdout", "scores\\n")`;
  const node = `"${process.execPath}" --input-type=module --eval '${script}'`;
  const run = (command: string): string => execFileSync("sh", ["-c", command], { encoding: "utf8" });
  expect(run(`{ echo before; ${node}; echo after; } | cat`)).toBe("before\nscores\nafter\n");
  const path = join(folder, "redirected");
  expect(run(`{ echo before; ${node}; echo after; } > "${path}"; cat "${path}"`)).toBe("before\nscores\nafter\n");
});

test("says why it cannot", async () => {
  expect(await failure(join(folder, "nowhere", "file"))).toContain("its folder does not exist");
  expect(await failure(folder)).toContain("is a directory");
  writeFileSync(join(folder, "plain"), "");
  expect(await failure(join(folder, "plain", "file"))).toContain("a part of its path is no folder");
  expect(await failure(join(folder, "x".repeat(300)))).toContain("longer than the system allows");
});

test("a folder that may not be written to", async ({ skip }) => {
  if (process.getuid?.() === 0) skip("root may write anywhere");
  const locked = join(folder, "locked");
  mkdirSync(locked, 0o555);
  expect(await failure(join(locked, "file"))).toContain("may not write there");
});

test("a failure leaves the old file as it was, and no other", async () => {
  const own = join(folder, "kept");
  mkdirSync(own);
  writeFileSync(join(own, "file"), "old");
  // a lone text that is no string fails in mid-write, after the temporary file was made
  const broken = Symbol("no text") as unknown as string;
  await expect(atomicWriteFile(join(own, "file"), broken)).rejects.toThrow(BioXenError);
  expect(readFileSync(join(own, "file"), "utf8")).toBe("old");
  expect(readdirSync(own)).toEqual(["file"]);
});
