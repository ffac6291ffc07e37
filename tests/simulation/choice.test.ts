import { writeFileSync } from "node:fs";
import { BioAcceleratorManager } from "bioxen";
import { fakeAccelerator, fakeKernel } from "bioxen/testing";
import { expect, test } from "vitest";
import { type Circumstances, fareOnMany, job, type Summary, VirtualClock } from "../support/random-host.ts";

/** `npm run test:long` runs all the hosts and keeps what came out. */
const long = process.env["BIOXEN_LONG"] === "1";
/**
 * The hosts that the rules were made on, and others that nobody looked at while making them (the last ones not before
 * the rule by which devices with bad samples are tried again). The quick run takes the
 * first 150: over tenfold blocks of as many its means scatter from 1.03 to 1.10 (of 60 hosts, from 1.02 to 1.15).
 */
const samples: readonly (readonly [hosts: number, firstSeed: number])[] = long
  ? [
      [1000, 1],
      [500, 100_001],
      [500, 700_001],
    ]
  : [[80, 1]];
/** What is allowed, as a geometric mean over the hosts. */
const allowed = 1.1;

const cases = samples.flatMap(([hosts, firstSeed]) =>
  (["none", "any", "best"] as const).flatMap((slows) =>
    [false, true].map((poisoned) => ({ hosts, firstSeed, runs: 500, learning: 50, slows, poisoned })),
  ),
);
const results: (Circumstances & Summary)[] = [];

test.each(cases)(
  "$hosts hosts from seed $firstSeed on, $slows slowing down, first runs poisoned: $poisoned",
  {
    timeout: 600_000,
  },
  async ({ hosts, firstSeed, ...of }) => {
    const summary = await fareOnMany(hosts, of, firstSeed);
    results.push({ ...of, ...summary });
    if (long && results.length === cases.length)
      writeFileSync(
        new URL("../../bench/results/choice.json", import.meta.url),
        `${JSON.stringify(results, null, 2)}
`,
      );
    expect(summary.geomean).toBeLessThanOrEqual(allowed);
    expect(summary.geomean).toBeGreaterThanOrEqual(1);
    expect(summary.triesPerHost).toBeGreaterThan(1);
    // devices that were clearly best for a tenth of the jobs and got none: where a try costs more than there is to gain
    expect(summary.idleShare).toBeLessThan(long ? 0.005 : 0.008);
  },
);

test("the same history gives the same choices", async () => {
  const of: Circumstances = { runs: 200, learning: 20, slows: "best", poisoned: true };
  expect(await fareOnMany(5, of)).toEqual(await fareOnMany(5, of));
});

/** One device that is right about itself, and one twice as fast as it whose runs of these numbers take 300 times as long. */
async function withPoisoned(clock: VirtualClock, spikes: ReadonlySet<number>, believesIt: number) {
  const fake = (id: string, seconds: number, prior: number, spiked: ReadonlySet<number>) => {
    let run = 0;
    return fakeAccelerator({
      id,
      kernels: [
        fakeKernel(job, {
          seconds: ({ units }) => prior * units,
          run: ({ units }) => {
            clock.advance(seconds * units * (spiked.has(run++) ? 300 : 1));
            return units;
          },
        }),
      ],
    });
  };
  return BioAcceleratorManager.open({
    accelerators: [fake("steady", 2e-6, 2e-6, new Set()), fake("quick", 1e-6, believesIt, spikes)],
    calibration: false,
  });
}

test.each([
  ["the very first run", new Set([0]), 1e-6],
  ["the first two runs", new Set([0, 1]), 1e-6],
  ["the second and the fourth", new Set([1, 3]), 1e-6],
  ["the first run of a device thought slow", new Set([0]), 1e-5],
])("a spike in %s keeps no device idle for good", async (_, spikes, prior) => {
  using clock = new VirtualClock();
  await using manager = await withPoisoned(clock, spikes, prior);
  const chosen: string[] = [];
  for (let run = 0; run < 400; run++) chosen.push((await manager.run(job, { units: 1000 })).device.id);
  expect(chosen.slice(-50).filter((id) => id === "quick:0").length).toBeGreaterThan(45);
});

test("a device all of whose first runs, at three sizes, were spikes is tried again and found the fastest", async () => {
  using clock = new VirtualClock();
  await using manager = await withPoisoned(clock, new Set([0, 1, 2]), 1e-6);
  const sizes = [2 ** 10, 2 ** 14, 2 ** 18];
  // pinned, as a user may have tried it: nothing good is known of it then
  for (const units of sizes) await manager.run(job, { units }, { device: "quick" });
  const chosen: string[] = [];
  for (let run = 0; run < 1000; run++) chosen.push((await manager.run(job, { units: sizes[run % 3] ?? 0 })).device.id);
  expect(chosen.slice(-60).filter((id) => id === "quick:0").length).toBeGreaterThan(54);
});

test("a spike in the only run at a size is forgotten when the size comes again", async () => {
  using clock = new VirtualClock();
  await using manager = await withPoisoned(clock, new Set([40]), 1e-6);
  for (let run = 0; run < 40; run++) await manager.run(job, { units: 1000 });
  const chosen: string[] = [];
  for (let run = 0; run < 300; run++) chosen.push((await manager.run(job, { units: 2 ** 16 })).device.id);
  expect(chosen.slice(-50).filter((id) => id === "quick:0").length).toBeGreaterThan(45);
});

test("explain tells beforehand which run is a try, and why", async () => {
  using clock = new VirtualClock();
  await using manager = await withPoisoned(clock, new Set(), 1e-5);
  let tries = 0;
  for (let run = 0; run < 300; run++) {
    const { candidates, reason } = manager.explain(job, { units: 1000 });
    const ran = await manager.run(job, { units: 1000 });
    expect(ran.device).toEqual(candidates[0]?.device);
    expect(ran.reason).toBe(reason);
    if (reason.startsWith("a try: its speed is a guess, and it may be ")) tries++;
  }
  expect(tries).toBe(1);
});

test("never tries on the first run, with a deadline it may miss, when pinned, or for energy", async () => {
  using clock = new VirtualClock();
  await using manager = await withPoisoned(clock, new Set(), 1e-5);
  expect((await manager.run(job, { units: 1000 })).reason).not.toContain("a try");
  for (let run = 0; run < 100; run++) {
    const { reason } = await manager.run(
      job,
      { units: 1000 },
      [{ deadline: 0.01 }, { device: "steady" }, { objective: "energy" as const }][run % 3],
    );
    expect(reason).not.toContain("a try");
  }
});
