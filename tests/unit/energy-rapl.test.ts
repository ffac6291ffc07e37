import { countedDomains, openRapl, type RaplMeter, raplDomains } from "bioxen";
import { describe, expect, test } from "vitest";
import { type FakeFile, fakeSystem } from "../support/fake-system.ts";
import { setCounter, zone } from "../support/powercap.ts";

const names = (tree: Record<string, FakeFile>, scope?: "cpu" | "platform"): string[] =>
  countedDomains(raplDomains(fakeSystem(tree)), scope).map(({ name }) => name);

/** A meter over a tree, with a clock that the test moves. */
function opened(tree: Record<string, FakeFile>): { meter: RaplMeter; clock: { seconds: number } } {
  const clock = { seconds: 100 };
  const rapl = openRapl({ files: fakeSystem(tree), now: () => clock.seconds });
  if (rapl.status !== "readable") throw new Error(rapl.reason);
  return { meter: rapl.meter, clock };
}

/** What a meter counts while something happens. */
async function joulesOf(meter: RaplMeter, happens: () => void): Promise<number> {
  const before = await meter.read();
  happens();
  return (await meter.read()) - before;
}

describe("which domains are added", () => {
  const client = {
    ...zone("intel-rapl:0", "package-0", 0),
    ...zone("intel-rapl:0:0", "core", 0),
    ...zone("intel-rapl:0:1", "uncore", 0),
    ...zone("intel-rapl:1", "psys", 0),
  };
  test.each([
    ["a laptop: the package, neither its parts nor the platform around it", client, ["package-0"]],
    [
      "a server of two sockets: packages and the memory at each",
      {
        ...zone("intel-rapl:0", "package-0", 0),
        ...zone("intel-rapl:0:0", "dram", 0),
        ...zone("intel-rapl:1", "package-1", 0),
        ...zone("intel-rapl:1:0", "dram", 0),
      },
      ["package-0", "package-1", "package-0/dram", "package-1/dram"],
    ],
    [
      "a package that is there by registers and by memory: once",
      { ...client, ...zone("intel-rapl-mmio:0", "package-0", 0), ...zone("intel-rapl-mmio:0:0", "dram", 0) },
      ["package-0", "package-0/dram"],
    ],
    [
      "AMD: the package, not its cores",
      { ...zone("intel-rapl:0", "package-0", 0), ...zone("intel-rapl:0:0", "core", 0) },
      ["package-0"],
    ],
    [
      "dies of one socket: all of them",
      { ...zone("intel-rapl:0", "package-0-die-0", 0), ...zone("intel-rapl:1", "package-0-die-1", 0) },
      ["package-0-die-0", "package-0-die-1"],
    ],
    [
      "no package: its parts",
      { ...zone("intel-rapl:0", "core", 0), ...zone("intel-rapl:1", "uncore", 0) },
      ["core", "uncore"],
    ],
    ["the platform alone", zone("intel-rapl:0", "psys", 0), ["psys"]],
  ])("%s", (_, tree, expected) => {
    expect(names(tree).sort()).toEqual([...expected].sort());
  });

  test("the platform's scope takes psys alone, and packages where there is none", () => {
    expect(names(client, "platform")).toEqual(["psys"]);
    expect(names(zone("intel-rapl:0", "package-0", 0), "platform")).toEqual(["package-0"]);
  });

  test("what is not RAPL is left alone", () => {
    expect(names({ ...zone("dtpm:0", "package-9", 0), ...zone("intel-rapl:0", "package-0", 0) })).toEqual([
      "package-0",
    ]);
  });
});

describe("joules", () => {
  test("are the sum of package and memory, in joules, and every domain's by itself", async () => {
    const tree = {
      ...zone("intel-rapl:0", "package-0", 1_000_000),
      ...zone("intel-rapl:0:0", "core", 500_000),
      ...zone("intel-rapl:0:1", "dram", 7),
    };
    const { meter } = opened(tree);
    const before = meter.breakdown();
    const joules = await joulesOf(meter, () => {
      setCounter(tree, "intel-rapl:0", 31_000_000);
      setCounter(tree, "intel-rapl:0:0", 20_500_000);
      setCounter(tree, "intel-rapl:0:1", 2_500_007);
    });
    expect(joules).toBeCloseTo(32.5, 9);
    const after = meter.breakdown();
    expect((after["package-0/core"] ?? 0) - (before["package-0/core"] ?? 0)).toBeCloseTo(20, 9);
    expect(meter.counts).toBe("RAPL package-0 + package-0/dram; idle power included");
    expect(meter.source).toBe("counter");
  });

  test("go on where the counter starts again, as often as it does", async () => {
    const range = 65_532_610_987;
    const tree = zone("intel-rapl:0", "package-0", range - 2_000_000, range);
    const { meter, clock } = opened(tree);
    expect(await joulesOf(meter, () => setCounter(tree, "intel-rapl:0", 3_000_000))).toBeCloseTo(5, 9);
    const rounds = 3;
    const joules = await joulesOf(meter, () => {
      for (let round = 0; round < rounds; round++)
        for (const value of [range / 2, range - 1e6, 3_000_000]) {
          clock.seconds += 20;
          setCounter(tree, "intel-rapl:0", Math.round(value));
          meter.breakdown();
        }
    });
    expect(joules).toBeCloseTo((rounds * range) / 1e6, 3);
  });

  test("are none where the counter may have gone round unseen, and come back after it", async () => {
    const range = 65_532_610_987;
    const tree = zone("intel-rapl:0", "package-0", 0, range);
    const { meter, clock } = opened(tree);
    // at 1000 W it goes round in 65.5 s
    clock.seconds += 60;
    expect(await joulesOf(meter, () => setCounter(tree, "intel-rapl:0", 4e6))).toBeCloseTo(4, 9);
    const lost = await joulesOf(meter, () => {
      clock.seconds += 66;
      setCounter(tree, "intel-rapl:0", 5e6);
    });
    expect(lost).toBeLessThan(0);
    expect(await joulesOf(meter, () => setCounter(tree, "intel-rapl:0", 6e6))).toBeCloseTo(1, 3);
  });

  test("are none where a counter steps back and nobody says how far it goes, or cannot be read any more", async () => {
    const tree: Record<string, FakeFile> = zone("intel-rapl:0", "package-0", 9e6);
    delete tree["/sys/class/powercap/intel-rapl:0/max_energy_range_uj"];
    const { meter } = opened(tree);
    expect(await joulesOf(meter, () => setCounter(tree, "intel-rapl:0", 1e6))).toBeLessThan(0);
    expect(await joulesOf(meter, () => setCounter(tree, "intel-rapl:0", { refused: "EIO" }))).toBeNaN();
  });
});

describe("where nothing can be read", () => {
  test("a refusal says who may read and how to allow it; an absence says what is missing", () => {
    const refused = openRapl({ files: fakeSystem(zone("intel-rapl:0", "package-0", { refused: "EACCES" })) });
    expect(refused).toEqual({
      status: "unreadable",
      reason:
        "reading energy_uj gave EACCES; sudo chmod a+r /sys/class/powercap/intel-rapl*/energy_uj (until the next boot)",
    });
    expect(openRapl({ files: fakeSystem({}) })).toMatchObject({
      status: "absent",
      reason: expect.stringMatching(/container/),
    });
  });

  test("domains that are readable count although others are refused", () => {
    const tree = { ...zone("intel-rapl:0", "package-0", 5), ...zone("intel-rapl:1", "psys", { refused: "EACCES" }) };
    expect(opened(tree).meter.domains).toEqual(["package-0"]);
  });
});
