// Flat code computes what its expressions do, whatever parts they share and however deep they are.
import { type Expression, seededRandom } from "bioxen";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FlatCode } from "../../dist/accelerators/gpu-cuda/network-code.js";
import { graphOf, operations } from "../../dist/accelerators/gpu-cuda/network-graph.js";
import { evaluate, noRandom } from "../../dist/src/network/evaluate.js";
import { binaryOperations, unaryOperations } from "../../dist/src/network/operations.js";

const values = 4;
const time = 0.75;

const expressions: fc.Arbitrary<Expression> = fc.letrec<{ any: Expression }>((tie) => {
  const any = tie("any");
  return {
    any: fc.oneof(
      { maxDepth: 6, withCrossShrink: true },
      fc.record({ kind: fc.constant("value" as const), index: fc.nat(values - 1) }),
      fc.record({ kind: fc.constant("number" as const), value: fc.constantFrom(0, -0, 1, 0.5, -3, 7) }),
      fc.constant({ kind: "time" as const }),
      fc.record({
        kind: fc.constant("unary" as const),
        of: fc.constantFrom("negate" as const, "absolute" as const, "exponential" as const, "not" as const),
        argument: any,
      }),
      fc.record({
        kind: fc.constant("binary" as const),
        of: fc.constantFrom("subtract" as const, "divide" as const, "quotient" as const, "implies" as const),
        left: any,
        right: any,
      }),
      fc.record({
        kind: fc.constant("many" as const),
        of: fc.constantFrom("add" as const, "multiply" as const, "minimum" as const, "and" as const, "or" as const),
        arguments: fc.array(any, { maxLength: 4 }),
      }),
      fc.record({
        kind: fc.constant("compare" as const),
        of: fc.constantFrom("less" as const, "greaterOrEqual" as const),
        arguments: fc.array(any, { maxLength: 3 }),
      }),
      fc.record({
        kind: fc.constant("piecewise" as const),
        pieces: fc.array(fc.record({ value: any, when: any }), { maxLength: 3 }),
        otherwise: fc.option(any),
      }),
    ),
  };
}).any;

/** What the kernel does with flat code; see `Interpreted::run`. */
function run(code: readonly number[], rows: Float64Array, numbers: readonly number[], out: Float64Array): void {
  let result = Number.NaN;
  const read = (operand: number): number => {
    if (operand < 0) return result;
    return (operand < 2 ** 30 ? rows[operand] : numbers[operand - 2 ** 30]) ?? Number.NaN;
  };
  const other: Readonly<Record<string, (a: number, b: number) => number>> = {
    add: (a, b) => a + b,
    multiply: (a, b) => a * b,
    minimum: (a, b) => Math.min(a, b),
    and: (a, b) => Number(a !== 0 && b !== 0),
    or: (a, b) => Number(a !== 0 || b !== 0),
    truth: (a) => Number(a !== 0),
    less: (a, b) => Number(a < b),
    greaterOrEqual: (a, b) => Number(a >= b),
    ...unaryOperations,
    ...binaryOperations,
  };
  for (let at = 0; at < code.length; at += 4) {
    const [word = 0, left = 0, right = 0, last = 0] = code.slice(at, at + 4);
    const of = operations[word] ?? "";
    const a = read(left);
    if (of === "addTo") {
      out[right] = (out[right] ?? 0) + read(last) * a;
      continue;
    }
    if (of === "select") result = result !== 0 ? a : read(right);
    else if (of === "move") result = a;
    else if (of === "time") result = time;
    else result = other[of]?.(a, read(right)) ?? Number.POSITIVE_INFINITY;
    if (last >= 0) rows[last] = result;
  }
}

test("flat code gives what the interpreter of expressions gives, bit by bit", () => {
  let shared = 0;
  fc.assert(
    fc.property(fc.array(expressions, { minLength: 1, maxLength: 4 }), fc.nat(), (all, seed) => {
      const random = seededRandom(seed);
      const x = Float64Array.from({ length: values }, () => Math.round(8 * random() - 4) / 2);
      // some of them twice, and as parts of another: what is computed once is read in many places
      const roots: Expression[] = [
        ...all,
        ...all.slice(0, 2),
        { kind: "many", of: "add", arguments: [...all, ...all] },
      ];
      const numbers: number[] = [];
      const code = new FlatCode(values, numbers);
      // rows are used again by what comes after
      for (let round = 0; round < 2; round++) {
        code.add(
          graphOf(roots, (value) => value),
          roots.map((_, at) => ({ outputs: [[at, 2] as const] })),
        );
        const rows = new Float64Array(code.rows).fill(Number.NaN);
        rows.set(x);
        const out = new Float64Array(roots.length);
        run(code.take(), rows, numbers, out);
        for (const [at, root] of roots.entries()) {
          // added to 0, as outputs are
          const expected = 0 + 2 * evaluate(root, x, time, noRandom);
          expect(out[at]).toBe(expected);
        }
        expect(rows.subarray(0, values)).toEqual(x);
      }
      if (code.rows > values) shared++;
    }),
    { numRuns: 2000 },
  );
  expect(shared).toBeGreaterThan(500);
});

test("an expression that is kept in a row is, be it computed, shared or only read", () => {
  fc.assert(
    fc.property(fc.array(expressions, { minLength: 1, maxLength: 3 }), (all) => {
      const numbers: number[] = [];
      const code = new FlatCode(values + 2 * all.length, numbers);
      const roots = [...all, ...all];
      code.add(
        graphOf(roots, (value) => value),
        roots.map((_, at) => ({ row: values + at })),
      );
      const rows = new Float64Array(code.rows).fill(Number.NaN);
      const x = Float64Array.of(1, -2, 0.5, 3);
      rows.set(x);
      run(code.take(), rows, numbers, new Float64Array(0));
      for (const [at, root] of roots.entries()) expect(rows[values + at]).toBe(evaluate(root, x, time, noRandom));
    }),
    { numRuns: 1000 },
  );
});
