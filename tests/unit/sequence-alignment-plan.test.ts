import { seededRandom } from "bioxen";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planRanges } from "../../dist/accelerators/cpu-simd/sequence-alignment-plan.js";
import { instantiate } from "../../dist/accelerators/cpu-simd/wasm.js";

/** What the assembly tells of itself. */
const { exports, memory, reserve } = instantiate<{
  readonly sortByKeys: (items: number, keys: number, count: number, room: number) => void;
  readonly sortInStrips: (
    items: number,
    keys: number,
    count: number,
    queryOffsets: number,
    targetOffsets: number,
    room: number,
  ) => void;
  readonly neededReach: (shorter: number, score: number, most: number) => number;
  readonly cellsWithin: (shorter: number, longer: number, reach: number) => number;
  readonly forget: () => void;
  readonly guessed: () => number;
  readonly learn: () => void;
  readonly note: (shorter: number, longer: number, needed: number) => void;
}>("sequence-alignment-pairs");
reserve(2 ** 20);
const { cellsWithin, neededReach } = exports;

/** Room for `count` numbers each, from behind the assembly's own on. */
const block = (at: number): number => 2 ** 16 + at * 2 ** 15;
function words(at: number, count: number): Uint32Array {
  return new Uint32Array(memory.buffer, block(at), count);
}

function offsetsOf(lengths: readonly number[]): Uint32Array {
  const offsets = new Uint32Array(lengths.length + 1);
  lengths.forEach((length, at) => {
    offsets[at + 1] = (offsets[at] ?? 0) + length;
  });
  return offsets;
}

describe("the order of pairs", () => {
  it("is by key, the greatest first and equal ones as they came, of one digit or of three", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(5, 300, 2 ** 32 - 1),
        fc.array(fc.nat(2 ** 32 - 1), { maxLength: 60 }),
        (span, some) => {
          const keys = some.map((one) => one % (span + 1));
          const items = words(0, keys.length);
          items.set(keys.map((_, at) => 100 + at));
          words(1, keys.length).set(keys);
          exports.sortByKeys(block(0), block(1), keys.length, block(2));
          const expected = keys.map((_, at) => at).sort((x, y) => (keys[y] ?? 0) - (keys[x] ?? 0) || x - y);
          expect([...items]).toEqual(expected.map((at) => 100 + at));
        },
      ),
    );
  });

  it("has every pair of a range once, and vectors of 16 with few cells beside their pairs' own", () => {
    const random = seededRandom(7);
    const [queries, targets] = [0, 0].map(() =>
      Array.from({ length: 4000 }, () => 20 + Math.floor(200 * random())),
    ) as [number[], number[]];
    words(2, 4001).set(offsetsOf(queries));
    words(3, 4001).set(offsetsOf(targets));
    exports.sortInStrips(block(0), block(1), 4000, block(2), block(3), block(4));
    const order = words(0, 4000);
    expect([...order].sort((x, y) => x - y)).toEqual(Array.from({ length: 4000 }, (_, at) => at));
    let own = 0;
    let taken = 0;
    for (let from = 0; from < order.length; from += 16) {
      const vector = [...order.subarray(from, from + 16)];
      for (const pair of vector) own += (queries[pair] ?? 0) * (targets[pair] ?? 0);
      taken +=
        16 *
        Math.max(...vector.map((pair) => queries[pair] ?? 0)) *
        Math.max(...vector.map((pair) => targets[pair] ?? 0));
    }
    expect(own / taken).toBeGreaterThan(0.85);
  });
});

describe("ranges of pairs", () => {
  it("follow one another, and none but the first few have more than a fair share of the cells", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(fc.tuple(fc.nat(3000), fc.nat(3000)), { minLength: 1, maxLength: 2000, size: "max" }),
          // so many in a range that they are counted in strides
          fc.array(fc.tuple(fc.nat(150), fc.nat(150)), { minLength: 1000, maxLength: 4000, size: "max" }),
        ),
        fc.integer({ min: 1, max: 8 }),
        (pairs, threads) => {
          const queries = offsetsOf(pairs.map(([query]) => query));
          const targets = offsetsOf(pairs.map(([, target]) => target));
          const cellsOf = (at: number): number => (pairs[at]?.[0] ?? 0) * (pairs[at]?.[1] ?? 0);
          const cells = pairs.reduce((sum, _, at) => sum + cellsOf(at), 0);
          const ranges = planRanges(queries, targets, cells, threads);
          expect(ranges[0]).toBe(0);
          expect(ranges.at(-1)).toBe(pairs.length);
          let left = cells;
          for (let range = 0; range + 1 < ranges.length; range++) {
            const [first = 0, end = 0] = [ranges[range], ranges[range + 1]];
            expect(end).toBeGreaterThan(first);
            let own = 0;
            for (let pair = first; pair < end; pair++) own += cellsOf(pair);
            const wanted = Math.max(1e6, cells / (48 * threads), left / (2 * threads));
            // the last pair of a range is the one that fills it
            expect(own - cellsOf(end - 1)).toBeLessThanOrEqual(wanted);
            left -= own;
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe("how far a pair reaches from the diagonals between its corners", () => {
  it("is far enough for any diagonal that is long enough for a better score", () => {
    fc.assert(
      fc.property(fc.nat(60), fc.nat(60), fc.nat(300), fc.integer({ min: 1, max: 5 }), (m, n, score, most) => {
        const [shorter, longer] = [Math.min(m, n), Math.max(m, n)];
        const reach = neededReach(shorter, score, most);
        for (let diagonal = -(m - 1); diagonal <= n - 1; diagonal++) {
          const length = Math.min(m, n, m + diagonal, n - diagonal);
          const beside = Math.max(0, Math.min(0, n - m) - diagonal, diagonal - Math.max(0, n - m));
          if (most * length > score) expect(beside).toBeLessThanOrEqual(reach);
        }
        const within = [...Array(m * n).keys()].filter((cell) => {
          const diagonal = (cell % n) - Math.floor(cell / n);
          return diagonal >= Math.min(0, n - m) - reach && diagonal <= Math.max(0, n - m) + reach;
        });
        expect(cellsWithin(shorter, longer, reach)).toBe(within.length);
      }),
    );
    expect(neededReach(100, 0, 0)).toBe(0);
  });

  it("is guessed to be little for alike pairs, without bounds for strangers, and learnt anew when pairs change", () => {
    exports.forget();
    const note = (count: number, needed: (at: number) => number): void => {
      for (let at = 0; at < count; at++) exports.note(100, 120, needed(at));
      exports.learn();
    };
    note(64, (at) => at % 10);
    expect(exports.guessed()).toBeLessThan(10);
    note(10, () => 90);
    expect(exports.guessed()).toBeLessThan(10); // too few to change one's mind
    note(64, () => 90);
    expect(exports.guessed()).toBeGreaterThanOrEqual(90);
    note(64, (at) => (at % 16 === 0 ? 90 : 3));
    expect(exports.guessed()).toBe(3);
  });
});
