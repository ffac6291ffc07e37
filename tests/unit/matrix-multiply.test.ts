import { matrixMultiply } from "bioxen";
import { expect, test } from "vitest";

const product = (a: number[], b: number[]) => ({
  m: 1,
  k: a.length,
  n: 1,
  a: Float32Array.from(a),
  b: Float32Array.from(b),
});
const differs = (input: ReturnType<typeof product>, answer: number): boolean =>
  matrixMultiply.differ(Float32Array.of(answer), matrixMultiply.reference?.(input) ?? new Float32Array(), input) !==
  null;

test("an answer is right within the error bound of single precision, whatever the order of summation", () => {
  const input = product([1, 2 ** -24, 2 ** -24], [1, 1, 1]);
  expect(differs(input, 1)).toBe(false);
  expect(differs(input, 1.00001)).toBe(true);
});

test("sums that underflow may lose a least number a term", () => {
  expect(differs(product([1e-44, 1e-44], [0.5, 0.4]), 8.4e-45)).toBe(false);
});

test("partial sums may overflow in one order and not in another", () => {
  expect(differs(product([3e38, 3e38, -3e38, -3e38], [1, 1, 1, 1]), Number.POSITIVE_INFINITY)).toBe(false);
});

test("what is not a number is so on both sides", () => {
  expect(differs(product([1, 1], [1, 1]), Number.NaN)).toBe(true);
  expect(differs(product([Number.NaN, 1], [1, 1]), Number.NaN)).toBe(false);
});
