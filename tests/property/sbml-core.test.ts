import { BioXenError, parseReactionNetwork, type SbmlNetworkOptions } from "bioxen";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  compartment,
  type Formula,
  listOf,
  mathOf,
  parameter,
  reaction,
  sbmlCore,
  species,
} from "../support/sbml-core-text.ts";

/** A model with one of everything. */
const whole = sbmlCore(
  `<listOfFunctionDefinitions><functionDefinition id="f"><math xmlns="http://www.w3.org/1998/Math/MathML"><lambda><bvar><ci>a</ci></bvar><apply><plus/><ci>a</ci><cn type="e-notation">1<sep/>2</cn></apply></lambda></math></functionDefinition></listOfFunctionDefinitions>` +
    listOf("Compartments", compartment("c", 2, 'constant="false"')) +
    listOf("Species", species("x", 'initialAmount="6"'), species("y", 'initialConcentration="4"')) +
    listOf(
      "Parameters",
      parameter("k", 3),
      parameter("p", 1, 'constant="false"'),
      parameter("q", 1, 'constant="false"'),
    ) +
    listOf(
      "InitialAssignments",
      `<initialAssignment symbol="k">${mathOf(["!f", ["@distrib/normal", 1, 2]])}</initialAssignment>`,
    ) +
    listOf(
      "Rules",
      `<rateRule variable="p">${mathOf(["times", "k", ["@rateOf", "x"]])}</rateRule>`,
      `<assignmentRule variable="q">${mathOf(["plus", "p", ["@time"]])}</assignmentRule>`,
    ) +
    listOf(
      "Reactions",
      reaction("r", ["2x", "y"], ["times", "k", "x", "q"]),
      reaction("s", ["y", ""], ["divide", "y", ["plus", "r", 1]]),
    ) +
    listOf(
      "Events",
      `<event id="e" useValuesFromTriggerTime="true"><trigger initialValue="true" persistent="true">${mathOf(["gt", "x", 1])}</trigger><priority>${mathOf(1)}</priority><delay>${mathOf("q")}</delay>${listOf("EventAssignments", `<eventAssignment variable="c">${mathOf(2)}</eventAssignment>`)}</event>`,
    ),
);
const uses: readonly SbmlNetworkOptions[] = [{ use: "continuous", rates: ["r"] }, { use: "stochastic" }];

/** Reads, or ends in a typed error. */
function survives(bytes: Uint8Array): boolean {
  for (const use of uses)
    try {
      parseReactionNetwork(bytes, use, "fuzz");
    } catch (error) {
      if (error instanceof BioXenError && (error.code === "FORMAT_INVALID" || error.code === "UNSUPPORTED")) continue;
      throw error;
    }
  return true;
}

test("the whole model is read for both uses", () => {
  for (const use of uses) expect(parseReactionNetwork(whole, use).network.events).toHaveLength(1);
});

test("a model cut off anywhere ends in a typed error", () => {
  for (let length = 0; length < whole.length - 10; length += 7) {
    expect(survives(whole.subarray(0, length)), `${length} bytes`).toBe(true);
    expect(() => parseReactionNetwork(whole.subarray(0, length), uses[0] as SbmlNetworkOptions)).toThrow(BioXenError);
  }
});

test("changed bytes, words and elements are read or end in a typed error", () => {
  const text = whole.toString();
  const words = [...new Set(text.match(/[A-Za-z_]\w*/g) ?? [])];
  const places = [...text.matchAll(/[A-Za-z_]\w*/g)].map(({ index }) => index);
  const swap = fc.tuple(
    fc.constantFrom(...places),
    fc.constantFrom(...words, "", "1e999", "NaN", "__proto__", "constructor"),
  );
  const smash = fc.tuple(fc.nat(text.length - 1), fc.constantFrom("<", ">", "/", '"', "\0", "&", "-", "9", "é", "]]>"));
  fc.assert(
    fc.property(fc.array(fc.oneof(swap, smash), { minLength: 1, maxLength: 4 }), (changes) => {
      let changed = text;
      for (const [at, by] of changes) {
        const [word = ""] = /^\w*/.exec(changed.slice(at)) ?? [];
        changed = changed.slice(0, at) + by + changed.slice(at + Math.max(1, word.length));
      }
      return survives(Buffer.from(changed));
    }),
    { numRuns: 1500 },
  );
});

test("no identifier of a file is in the network but as a name", () => {
  const id = fc.stringMatching(/^[A-Za-z_]\w{0,12}$/);
  const reserved = fc.constantFrom(
    "constructor",
    "__proto__",
    "process",
    "eval",
    "return",
    "values",
    "time",
    "toString",
  );
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.oneof(id, reserved), { minLength: 4, maxLength: 4 }),
      ([a = "", b = "", k = "", r = ""]) => {
        const law: Formula = ["times", k, ["plus", a, b]];
        const bytes = sbmlCore(
          listOf("Compartments", compartment("c").replace('id="c"', `id="c_${a}"`)) +
            listOf("Species", ...[a, b].map((one) => `<species id="${one}" compartment="c_${a}" initialAmount="1"/>`)) +
            listOf("Parameters", parameter(k, 1)) +
            listOf("Reactions", reaction(r, [a, b], law)),
        );
        fc.pre(![a, b, k, r].includes(`c_${a}`));
        const { names, ...network } = parseReactionNetwork(bytes, { use: "continuous", rates: [r] }).network;
        expect(names).toEqual([`c_${a}`, a, b, k, r]);
        const strings: string[] = [];
        JSON.stringify(network, (_, value: unknown) => {
          if (typeof value === "string") strings.push(value);
          return value;
        });
        const vocabulary = [
          "expression",
          "mass-action",
          "many",
          "multiply",
          "add",
          "binary",
          "divide",
          "value",
          "number",
        ];
        expect(strings.filter((one) => !vocabulary.includes(one))).toEqual([]);
      },
    ),
    { numRuns: 200 },
  );
});
