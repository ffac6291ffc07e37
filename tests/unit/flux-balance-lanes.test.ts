import { expect, test } from "vitest";
// not part of the package's face: what it decides cannot be seen in answers
import { lanesUntil, overdue } from "../../dist/accelerators/cpu-simd/flux-balance-lanes.js";

/** Keeps this thread busy: what is asked is CPU time. */
function work(seconds: number): void {
  const { user, system } = process.cpuUsage();
  for (;;) {
    const now = process.cpuUsage({ user, system });
    if (now.user + now.system >= seconds * 1e6) return;
  }
}

test("a batch whose items take longer than expected asks for more threads, once something comes of it", () => {
  let [drawn, done, told] = [0, 0, 0];
  const batch = { count: 20, drawn: () => drawn, done: () => done };
  const slow = overdue(batch, 0.25, () => ++told > 1);
  slow.ask();
  drawn = 1;
  slow.ask();
  expect(told).toBe(0);
  work(0.05);
  [drawn, done] = [2, 1];
  slow.ask();
  // 18 more of 0.05 s; nobody was there to come in
  expect(told).toBe(1);
  slow.ask();
  slow.ask();
  expect(told).toBe(2);
});

test("one that is nearly over asks for none", () => {
  let told = 0;
  let drawn = 1;
  const slow = overdue({ count: 20, drawn: () => drawn, done: () => 18 }, 0.25, () => ++told > 0);
  slow.ask();
  work(0.05);
  drawn = 19;
  slow.ask();
  drawn = 20;
  work(0.05);
  slow.ask();
  expect(told).toBe(0);
});

test("a run waits for no lane that has nothing left to do, and fails with the first that fails", async () => {
  let done = false;
  const run = lanesUntil(() => done);
  run.join(new Promise(() => {}));
  let end = (): void => {};
  run.join(
    new Promise<void>((resolve) => {
      end = resolve;
    }),
  );
  done = true;
  end();
  await run.done;
  const failing = lanesUntil(() => false);
  failing.join(new Promise(() => {}));
  failing.join(Promise.reject(new Error("lost")));
  await expect(failing.done).rejects.toThrow("lost");
});
