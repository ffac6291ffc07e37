import {
  compiled,
  type Distribution,
  dependenciesOf,
  derivative,
  drawFrom,
  type Expression,
  interpreted,
  philox,
  seededRandom,
  stochasticSimulation,
} from "bioxen";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { networkOf, number, over, plus, time, times, value } from "../support/networks.ts";
import { ensemble } from "../support/stochastic-simulation-cases.ts";

const unary = [
  "negate",
  "absolute",
  "exponential",
  "logarithm",
  "sine",
  "tangent",
  "arcTangent",
  "secant",
  "hyperbolicTangent",
  "factorial",
  "not",
  "floor",
] as const;
const binary = ["subtract", "divide", "power", "quotient", "remainder", "implies"] as const;
const many = ["add", "multiply", "minimum", "maximum", "and", "or", "exclusiveOr"] as const;
const compare = ["equal", "notEqual", "less", "lessOrEqual", "greater", "greaterOrEqual"] as const;

const { tree } = fc.letrec<{ tree: Expression }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.record({ kind: fc.constant("number" as const), value: fc.double() }),
    fc.constant(time),
    fc.record({ kind: fc.constant("value" as const), index: fc.nat(2) }),
    fc.record({ kind: fc.constant("unary" as const), of: fc.constantFrom(...unary), argument: tie("tree") }),
    fc.record({
      kind: fc.constant("binary" as const),
      of: fc.constantFrom(...binary),
      left: tie("tree"),
      right: tie("tree"),
    }),
    fc.record({
      kind: fc.constant("many" as const),
      of: fc.constantFrom(...many),
      arguments: fc.array(tie("tree"), { maxLength: 3 }),
    }),
    fc.record({
      kind: fc.constant("compare" as const),
      of: fc.constantFrom(...compare),
      arguments: fc.array(tie("tree"), { maxLength: 3 }),
    }),
    fc.record({
      kind: fc.constant("piecewise" as const),
      pieces: fc.array(fc.record({ value: tie("tree"), when: tie("tree") }), { maxLength: 2 }),
      otherwise: fc.option(tie("tree")),
    }),
  ),
}));

describe("expressions", () => {
  test("generated code computes what the interpreter does, bit by bit", () => {
    fc.assert(
      fc.property(tree, fc.float64Array({ minLength: 3, maxLength: 3 }), fc.double(), (expression, values, at) => {
        const random = () => 0.5;
        expect(compiled(expression)(values, at, random)).toBe(interpreted(expression)(values, at, random));
      }),
      { numRuns: 1000 },
    );
  });

  test("nothing of a file reaches generated code", () => {
    const hostile = "0];globalThis.broken=true;x[0";
    const word = hostile as never;
    for (const expression of [
      { kind: "value", index: word },
      { kind: "number", value: word },
      { kind: "unary", of: word, argument: number(1) },
      { kind: "unary", of: "constructor" as never, argument: number(1) },
      { kind: "many", of: "__proto__" as never, arguments: [] },
      { kind: "draw", of: word, arguments: [] },
      { kind: word, arguments: [] },
    ] as Expression[]) {
      expect(() => compiled(expression)).toThrow(expect.objectContaining({ code: "INPUT_INVALID" }));
      const network = networkOf([1], [[[], [[0, 1]], expression]]);
      const checked = stochasticSimulation.input["~standard"].validate(ensemble(network));
      expect(checked).toHaveProperty("issues");
    }
    expect(globalThis).not.toHaveProperty("broken");
  });

  test.each([
    ["a quotient", over(times(value(0), value(1)), plus(number(2), value(0)))],
    ["a power", { kind: "binary", of: "power", left: value(0), right: value(1) } as Expression],
    [
      "trigonometry",
      times(
        { kind: "unary", of: "sine", argument: times(value(0), value(1)) },
        { kind: "unary", of: "arcTangent", argument: value(0) },
      ),
    ],
    ["a minimum", { kind: "many", of: "minimum", arguments: [times(value(0), value(0)), value(1)] } as Expression],
    [
      "hyperbolic functions",
      { kind: "unary", of: "hyperbolicSecant", argument: over(value(0), value(1)) } as Expression,
    ],
  ])("the derivative of %s is that of finite differences", (_, of) => {
    const evaluate = interpreted(of);
    for (const by of [0, 1]) {
      const slope = interpreted(derivative(of, by))(Float64Array.of(0.7, 1.9), 0, () => Number.NaN);
      const moved = (step: number): number => {
        const values = Float64Array.of(0.7, 1.9);
        values[by] = (values[by] ?? 0) + step;
        return evaluate(values, 0, () => Number.NaN);
      };
      expect(slope).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 7);
    }
  });
});

test("a reaction is depended on through mass action, expressions and assignments", () => {
  const network = networkOf(
    [1, 1, 1],
    [
      [[[0, 1]], [[0, -1]], 1],
      [[], [[1, 1]], value(2)],
      [[], [[1, -1]], value(1)],
    ],
    { assignments: [{ value: 2, of: times(value(0), number(2)) }] },
  );
  expect(dependenciesOf(network)).toEqual({ assignments: [[0], [], []], rates: [[0, 1], [2], [2]] });
});

/** Mean and variance of each, by its definition. */
const moments: readonly (readonly [Distribution, readonly number[], mean: number, variance: number])[] = [
  ["uniform", [2, 6], 4, 16 / 12],
  ["normal", [3, 2], 3, 4],
  ["logNormal", [0.5, 0.4], Math.exp(0.58), (Math.exp(0.16) - 1) * Math.exp(1.16)],
  ["exponential", [4], 0.25, 1 / 16],
  ["gamma", [3, 2], 6, 12],
  ["gamma", [0.5, 2], 1, 2],
  ["poisson", [3], 3, 3],
  ["poisson", [80], 80, 80],
  ["chiSquare", [5], 5, 10],
  ["laplace", [1, 2], 1, 8],
  ["rayleigh", [2], 2 * Math.sqrt(Math.PI / 2), ((4 - Math.PI) / 2) * 4],
  ["binomial", [10, 0.3], 3, 2.1],
  ["binomial", [5000, 0.7], 3500, 1050],
  ["bernoulli", [0.2], 0.2, 0.16],
  ["normal", [0, 1, 0, Number.POSITIVE_INFINITY], Math.sqrt(2 / Math.PI), 1 - 2 / Math.PI],
];

test.each(moments)("draws from %s %j have its mean and variance", (of, given, mean, variance) => {
  const uniform = seededRandom(5);
  const random = (): number => (uniform() * 2 ** 32 + 0.5) / 2 ** 32;
  const count = 40_000;
  let sum = 0;
  let squares = 0;
  for (let at = 0; at < count; at++) {
    const one = drawFrom(of, given, random);
    sum += one;
    squares += (one - mean) ** 2;
  }
  expect(Math.abs(sum / count - mean)).toBeLessThan(5 * Math.sqrt(variance / count));
  // a variance of so many draws is within a tenth, whatever the kurtosis of those above
  expect(squares / count / variance).toBeGreaterThan(0.9);
  expect(squares / count / variance).toBeLessThan(1.1);
});

test("Philox gives the known answer", () => {
  // kat_vectors of Random123 1.14: philox4x32 10
  const words = new Uint32Array(4);
  philox(new Uint32Array(4), new Uint32Array(2), words);
  expect([...words]).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
});
