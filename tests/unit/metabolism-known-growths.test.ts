import { expect, test } from "vitest";
import { roundToKnown } from "../../src/metabolism/known-growths.ts";

test("a growth as good as a known one becomes it, any other stays", () => {
  const rounded = roundToKnown([0.8739, Number.NaN, 0, 0.2117, Number.POSITIVE_INFINITY]);
  expect([0.8739 + 9e-10, 0.8739 - 9e-10, 1e-16, -1e-12, 0.2117].map(rounded)).toEqual([0.8739, 0.8739, 0, 0, 0.2117]);
  expect([0.8739 + 2e-9, 0.8739 - 2e-9, 0.5, -3, 1e6].map(rounded)).toEqual([
    0.8739 + 2e-9,
    0.8739 - 2e-9,
    0.5,
    -3,
    1e6,
  ]);
  expect(rounded(Number.NaN)).toBeNaN();
  expect(roundToKnown([Number.NaN])(0.4)).toBe(0.4);
});

test("large growths are compared relative to their size", () => {
  const rounded = roundToKnown([5e6, -5e6]);
  expect([5e6 + 4e-3, -5e6 - 4e-3].map(rounded)).toEqual([5e6, -5e6]);
  expect([5e6 + 6e-3, -5e6 - 6e-3].map(rounded)).toEqual([5e6 + 6e-3, -5e6 - 6e-3]);
});

test("known growths too near to tell apart count as the least of them", () => {
  const rounded = roundToKnown([1.0000000015, 1, 1.00000001]);
  expect([1, 1.0000000007, 1.0000000015, 1.0000000024].map(rounded)).toEqual([1, 1, 1, 1]);
  expect(rounded(1.00000001)).toBe(1.00000001);
});
