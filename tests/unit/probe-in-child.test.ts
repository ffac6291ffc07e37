import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ChildAnswer, probeInChild } from "../../dist/src/host/probe-in-child.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bioxen-probe-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let scripts = 0;

function probe(script: string, deadline = 20, signal = new AbortController().signal): Promise<ChildAnswer<number>> {
  const path = join(folder, `${scripts++}.mjs`);
  writeFileSync(path, script);
  return probeInChild(
    {
      subject: "a device",
      module: pathToFileURL(path),
      args: ["7"],
      environment: { PROBED: "yes" },
      deadline,
      parse: (answer) => (typeof answer === "number" ? answer : null),
    },
    { signal, threads: null },
  );
}

async function problem(...args: Parameters<typeof probe>) {
  const answer = await probe(...args);
  if (answer.status !== "broken") throw new Error(`a broken probe was expected, found ${JSON.stringify(answer)}`);
  return answer.error;
}

describe("a probe in a child process", () => {
  test("answers, with what it was given and whatever it prints", async () => {
    const script = `console.log("driver 1.2\\n{]"); console.error("warning"); process.send(Number(process.argv[2]) + (process.env.PROBED === "yes"))`;
    expect(await probe(script)).toEqual({ status: "answered", answer: 8 });
  });

  test("answers though it then hangs or crashes on the way out", async () => {
    expect(await probe("process.send(1); setInterval(() => {}, 1000)")).toMatchObject({ answer: 1 });
    expect(await probe("process.send(2, () => process.abort())")).toMatchObject({ answer: 2 });
    expect(await probe("process.send(3); process.exit(1)")).toMatchObject({ answer: 3 });
  });

  test.each([
    ["process.kill(process.pid, 'SIGSEGV'); setInterval(() => {}, 1000)", "SIGSEGV"],
    ["process.abort()", "SIGABRT"],
    ["process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000)", "SIGKILL"],
  ])("names the signal of %s", async (script, signal) => {
    const error = await problem(script);
    expect(error).toMatchObject({ code: "DEVICE_LOST", context: { signal } });
    expect(error.message).toContain(`died of ${signal}`);
  });

  test("names the exit code and the last line on stderr", async () => {
    const error = await problem("console.error('one\\nlibcuda.so.1: no such file'); process.exitCode = 3");
    expect(error).toMatchObject({ code: "DEVICE_LOST", context: { exitCode: 3 } });
    expect(error.message).toMatch(/exit code 3.*last said: libcuda\.so\.1: no such file/);
  });

  test("an exit without an answer, and an exception, are failures too", async () => {
    expect((await problem("console.log('garbage')")).message).toContain("exit code 0 and no answer");
    expect(await problem("throw new Error('no driver')")).toMatchObject({ context: { exitCode: 1 } });
    expect(await problem("import './missing.mjs'")).toMatchObject({ context: { exitCode: 1 } });
  });

  test("garbage for an answer is shown", async () => {
    const error = await problem("process.send({ garbage: [1, 'x'] })");
    expect(error.code).toBe("KERNEL_FAILED");
    expect(error.message).toContain('{"garbage":[1,"x"]}');
  });

  test.each(["for (;;);", "await new Promise(() => setInterval(() => {}, 1000))"])(
    "kills %s at the deadline",
    async (script) => {
      const before = performance.now();
      const error = await problem(`console.error("opening"); ${script}`, 1);
      expect(error.code).toBe("DEADLINE_EXCEEDED");
      expect(error.message).toContain("no answer in 1 s");
      expect(error.message).toContain("opening");
      expect(performance.now() - before).toBeLessThan(8000);
    },
  );

  test("an abort kills it and rejects", async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 100);
    await expect(probe("for (;;);", 20, abort.signal)).rejects.toMatchObject({ code: "ABORTED" });
    await expect(probe("for (;;);", 20, abort.signal)).rejects.toMatchObject({ code: "ABORTED" });
  });
});
