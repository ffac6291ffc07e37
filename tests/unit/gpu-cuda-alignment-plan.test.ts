import { seededRandom } from "bioxen";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  groupStarts,
  groupTargets,
  lengthAt,
  longestFirst,
  type PairList,
  packedRows,
  pairFields,
  planAlone,
  planBatches,
  planPairs,
  planStrips,
} from "../../dist/accelerators/gpu-cuda/sequence-alignment-plan.js";

function offsetsOf(lengths: readonly number[]): Uint32Array {
  const offsets = new Uint32Array(lengths.length + 1);
  lengths.forEach((length, at) => {
    offsets[at + 1] = (offsets[at] ?? 0) + length;
  });
  return offsets;
}

const falling = (lengths: readonly number[]): Uint32Array => Uint32Array.from(lengths).sort().reverse();

/** Like Swiss-Prot's: mean 360, median 294, the longest of 35,000. */
function proteinLengths(count: number): Uint32Array {
  const random = seededRandom(3);
  const lengths = Array.from({ length: count }, () => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.min(35_000, Math.round(294 * Math.exp(0.636 * normal)));
  });
  return falling([...lengths, 35_000, 18_000, 9000]);
}

describe("the plan of an alignment on a CUDA GPU", () => {
  test("targets go the longest first, equally long ones in their own order", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { minLength: 1, maxLength: 200 }), (lengths) => {
        const sorted = lengths.map((_, at) => at).sort((x, y) => (lengths[y] ?? 0) - (lengths[x] ?? 0) || x - y);
        expect([...longestFirst(offsetsOf(lengths))]).toEqual(sorted);
      }),
    );
  });

  test("a group has blocks for its longest target and the three columns that the last lane is behind", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(90), { minLength: 1, maxLength: 80 }), fc.nat(80), (some, part) => {
        const lengths = falling(some);
        const first = Math.min(part, lengths.length);
        const starts = groupStarts(lengths, first);
        expect(starts.length - 1).toBe(Math.ceil((lengths.length - first) / groupTargets));
        for (let group = 0; group + 1 < starts.length; group++) {
          const longest = lengths[first + group * groupTargets] ?? 0;
          const columns = 4 * (lengthAt(starts, group) - 2);
          expect(columns).toBeGreaterThanOrEqual(longest === 0 ? 0 : longest + 3);
          expect(columns).toBeLessThan(longest + 7);
        }
      }),
    );
  });

  test("strips cover a query without a gap, and the last is as low as holds its end", () => {
    fc.assert(
      fc.property(fc.nat(2000), fc.constantFrom(...packedRows), (length, most) => {
        const strips = planStrips(length, most);
        let row = 0;
        for (const strip of strips) {
          expect(strip.firstRow).toBe(row);
          row += 4 * strip.rows;
        }
        expect(row).toBeGreaterThanOrEqual(length);
        expect(row - length).toBeLessThan(length === 0 ? 33 : 32);
        for (const { rows } of strips.slice(0, -1)) expect(rows).toBe(most);
      }),
    );
  });

  test("batches hold all groups in order, and no more blocks than there is room for", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { maxLength: 60 }), fc.integer({ min: 1, max: 200 }), (blocks, most) => {
        const starts = offsetsOf(blocks);
        let next = 0;
        for (const { first, groups, blocks: held } of planBatches(starts, most)) {
          expect(first).toBe(next);
          expect(groups).toBeGreaterThan(0);
          expect(held).toBe((starts[first + groups] ?? 0) - (starts[first] ?? 0));
          if (groups > 1) expect(held).toBeLessThanOrEqual(most);
          next = first + groups;
        }
        expect(next).toBe(blocks.length);
      }),
    );
  });

  test("of a database that fills the GPU few targets are aligned alone, and of a small one all", () => {
    const large = proteinLengths(500_000);
    const alone = planAlone(large, 132);
    expect(alone % groupTargets).toBe(0);
    expect(large.subarray(0, alone)).toContain(35_000);
    let residues = 0;
    for (const length of large.subarray(0, alone)) residues += length;
    expect(residues / large.reduce((sum, length) => sum + length, 0)).toBeLessThan(0.05);
    const small = proteinLengths(200);
    expect(planAlone(small, 132)).toBe(small.length);
    expect(planAlone(new Uint32Array(40), 132)).toBe(40);
    // the fewer multiprocessors, the sooner they are full
    expect(planAlone(proteinLengths(20_000), 4)).toBeLessThan(1000);
  });

  test("each pair is in one launch, with columns of its own where strips need them, long targets in stretches", () => {
    const sizes = fc.array(fc.tuple(fc.nat(6000), fc.nat(300)), { minLength: 1, maxLength: 60 });
    const gaps = fc.constantFrom(0, 0.5, 11, Number.POSITIVE_INFINITY);
    let cut = 0;
    fc.assert(
      fc.property(
        sizes,
        fc.integer({ min: 1, max: 2000 }),
        fc.constantFrom(1, 1e5, 1e9),
        gaps,
        fc.boolean(),
        (...all) => {
          const [lengths, columns, pairCells, gapsOfResidue, exchanged] = all;
          const [left, right] = [0, 1].map((side) => offsetsOf(lengths.map((pair) => pair[side] ?? 0)));
          const [queries, targets] = exchanged ? [right, left] : [left, right];
          if (queries === undefined || targets === undefined) throw new Error("two sides");
          const each = Int32Array.from(lengths, (_, at) => at);
          const list: PairList = { queries: each, targets: each, scores: each.map((at) => 2 * at) };
          const found: [from: number, to: number][][] = lengths.map(() => []);
          for (const launch of planPairs(list, queries, targets, { columns, pairCells, gapsOfResidue })) {
            let free = 0;
            for (let at = 0; at < launch.pairs.length; at += pairFields) {
              const [query = 0, first = 0, length = 0, score = 0, state = 0] = launch.pairs.subarray(
                at,
                at + pairFields,
              );
              expect(score).toBe(2 * query);
              const from = first - (targets[query] ?? 0);
              found[query]?.push([from, from + length]);
              const rows = lengthAt(queries, query);
              expect(launch.passes * launch.warps * 32 * launch.rows).toBeGreaterThanOrEqual(rows);
              if (rows <= 32 * launch.rows) continue;
              expect(state).toBe(free);
              free += length;
            }
            expect(launch.columns).toBeGreaterThanOrEqual(free);
            if (launch.pairs.length > pairFields) expect(launch.columns).toBeLessThanOrEqual(columns);
            expect(launch.warps).toBeLessThanOrEqual(8);
            expect(launch.passesOfLaunch).toBeGreaterThan(0);
          }
          found.forEach((stretches, pair) => {
            const rows = lengthAt(queries, pair);
            const length = lengthAt(targets, pair);
            if (rows === 0 || length === 0) {
              expect(stretches).toEqual([]);
              return;
            }
            // any columns as many as an alignment spans lie together in one stretch
            const span = Math.min(length, rows + rows * gapsOfResidue);
            stretches.sort(([x], [y]) => x - y);
            expect(stretches[0]?.[0]).toBe(0);
            expect(stretches.at(-1)?.[1]).toBe(length);
            for (let at = 1; at < stretches.length; at++) {
              expect((stretches[at - 1]?.[1] ?? 0) - (stretches[at]?.[0] ?? 0)).toBeGreaterThanOrEqual(
                Math.floor(span),
              );
              cut++;
            }
          });
        },
      ),
    );
    expect(cut).toBeGreaterThan(100);
  });
});
