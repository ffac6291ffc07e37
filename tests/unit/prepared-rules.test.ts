import { motifScan, seededRandom } from "bioxen";
import { expect, test } from "vitest";
import { keepPrepared, keyOf } from "../../dist/src/workloads/motif-scan/prepared-rules.js";

const { sequences: _, ...rules } = motifScan.generate(1e4, seededRandom(1));

test("a list of matrices has one number, another list another", () => {
  expect(keyOf(rules.matrices)).toBe(keyOf(rules.matrices));
  expect(keyOf([...rules.matrices])).not.toBe(keyOf(rules.matrices));
});

test("what was made of a list is kept for the same rules, and for the last eight lists", () => {
  const made: number[] = [];
  const prepared = keepPrepared<object>();
  const of = (key: number, pValue = rules.pValue): object =>
    prepared(key, { ...rules, pValue }, () => {
      made.push(key);
      return { key };
    });
  expect(of(1)).toBe(of(1));
  expect(made).toEqual([1]);
  const other = of(1, rules.pValue / 2);
  expect(other).not.toBe(of(1));
  expect(made).toEqual([1, 1, 1]);
  for (let key = 2; key <= 8; key++) of(key);
  of(1);
  expect(made).toEqual([1, 1, 1, 2, 3, 4, 5, 6, 7, 8]);
  of(9);
  // 2 was the one not used for longest
  of(1);
  of(2);
  expect(made.slice(-2)).toEqual([9, 2]);
});
