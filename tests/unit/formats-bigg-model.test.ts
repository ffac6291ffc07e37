import { readFileSync } from "node:fs";
import {
  biggJson,
  type MetabolicModel,
  parseBiggModel,
  printGeneRule,
  readMetabolicModel,
  writeBiggModel,
} from "bioxen";
import { describe, expect, test } from "vitest";
import { formatFailure } from "../support/format-failure.ts";
import { temporaryFiles } from "../support/temporary-files.ts";

const { folder } = temporaryFiles();

/** A small model, a field a line, so that a test changes one line and knows its number. */
const lines = [
  '{"id": "toy", "compartments": {"c": "cytosol"}, "version": "1",',
  '"metabolites": [',
  '{"id": "a_c", "name": "A", "compartment": "c", "charge": -1, "formula": "C6"},',
  '{"id": "b_c", "name": "B", "compartment": "c"}',
  '], "genes": [{"id": "g1", "name": ""}, {"id": "g2", "name": ""}],',
  '"reactions": [{"id": "EX_a", "name": "", "metabolites": {"a_c": -1},',
  '"lower_bound": -10.0,',
  '"upper_bound": 1000.0, "gene_reaction_rule": ""},',
  '{"id": "R1", "name": "", "lower_bound": 0, "upper_bound": 1000,',
  '"metabolites": {"a_c": -1,',
  '"b_c": 2},',
  '"gene_reaction_rule": "g1 and g2",',
  '"objective_coefficient": 1}]}',
];
const edited = (line: number, from: string, to: string): string => {
  if (!lines[line - 1]?.includes(from)) throw new Error(`line ${line} has no ${from}`);
  return lines.map((text, i) => (i === line - 1 ? text.replace(from, to) : text)).join("\n");
};
const toy = (): MetabolicModel => parseBiggModel(lines.join("\n"), "toy.json");

test("a model, field by field", () => {
  expect(toy()).toEqual({
    id: "toy",
    name: "",
    compartments: new Map([["c", "cytosol"]]),
    metabolites: [
      { id: "a_c", name: "A", compartment: "c", formula: "C6", charge: -1, notes: {}, annotation: {} },
      { id: "b_c", name: "B", compartment: "c", formula: null, charge: null, notes: {}, annotation: {} },
    ],
    reactions: [
      {
        ...{ id: "EX_a", name: "", stoichiometry: new Map([["a_c", -1]]), lower: -10, upper: 1000, genes: null },
        ...{ subsystem: "", notes: {}, annotation: {} },
      },
      {
        ...{
          id: "R1",
          name: "",
          stoichiometry: new Map([
            ["a_c", -1],
            ["b_c", 2],
          ]),
          lower: 0,
          upper: 1000,
        },
        ...{ genes: { and: [{ gene: "g1" }, { gene: "g2" }] }, subsystem: "", notes: {}, annotation: {} },
      },
    ],
    genes: ["g1", "g2"].map((id) => ({ id, name: "", notes: {}, annotation: {} })),
    objectives: [{ id: "obj", sense: "maximum", coefficients: new Map([["R1", 1]]) }],
    activeObjective: 0,
    notes: {},
    annotation: {},
  });
});

describe("bounds", () => {
  test.each([
    ['"inf"', Infinity],
    ['"-inf"', -Infinity],
    ["-Infinity", -Infinity],
    ["-inf", -Infinity],
    ["-1e999", -Infinity],
    ['"-Infinity"', -Infinity],
    ["-1E2", -100],
    ["-0.5e-1", -0.05],
  ])("%s", (text, value) => {
    const model = () => parseBiggModel(edited(7, "-10.0", text)).reactions[0]?.lower;
    if (value === Infinity) expect(model).toThrow("lower bound Infinity");
    else expect(model()).toBe(value);
  });

  test("infinite ones are written as COBRApy does", () => {
    const model = parseBiggModel(edited(7, "-10.0", "-Infinity").replace("1000.0", "Infinity"));
    expect(biggJson(model)).toContain('"lower_bound":"-inf","upper_bound":"inf"');
    expect(parseBiggModel(biggJson(model))).toEqual(model);
  });
});

describe("refused, with line and element", () => {
  test.each([
    [4, 'a second metabolite "a_c"', edited(4, "b_c", "a_c")],
    [5, 'a second gene "g1"', edited(5, "g2", "g1")],
    [9, 'a second reaction "EX_a"', edited(9, "R1", "EX_a")],
    [11, 'the unknown metabolite "c_c" in reaction "R1"', edited(11, "b_c", "c_c")],
    [12, 'the unknown gene "g3" in reaction "R1"', edited(12, "g2", "g3")],
    [7, 'the lower bound 2000 above the upper bound 1000 of reaction "EX_a"', edited(7, "-10.0", "2000")],
    [7, 'the lower bound NaN of reaction "EX_a"', edited(7, "-10.0", "NaN")],
    [7, 'the lower bound NaN of reaction "EX_a"', edited(7, "-10.0", '"nan"')],
    [8, 'the upper bound -Infinity of reaction "EX_a"', edited(8, "1000.0", '"-inf"')],
    [7, '"low" as the lower_bound of reaction "EX_a"', edited(7, "-10.0", '"low"')],
    [6, 'nothing as the lower_bound of reaction "EX_a"', edited(7, '"lower_bound": -10.0,', "")],
    [11, 'the coefficient Infinity of "b_c" in reaction "R1"', edited(11, "2", "1e400")],
    [11, 'null as the coefficient of "b_c" in reaction "R1"', edited(11, "2", "null")],
    [12, 'the end of the rule at character 7 of the gene rule of reaction "R1"', edited(12, "g1 and g2", "g1 and")],
    [13, "NaN as objective_coefficient", edited(13, "1}", "NaN}")],
    [13, "an array as objective_coefficient, expected a finite number", edited(13, "1}", "[1]}")],
    [4, "5 as an id", edited(4, '"b_c"', "5")],
    [4, "a metabolite without an id", edited(4, "b_c", "")],
    [3, "true as a charge", edited(3, "-1", "true")],
    [3, "an array as 'name'", edited(3, '"A"', "[]")],
    [10, 'no second key "a_c"', edited(10, '"a_c"', '"a_c": 1, "a_c"')],
    // an escaped colon, or one within a text, does not hide the second key from the quick reading
    [10, 'no second key "a_c"', edited(10, '"a_c"', '"a_c": 1, "a_c"').replace('"A"', '"A\\u003aB"')],
    [10, 'no second key "a_c"', edited(10, '"a_c"', '"a_c": 1, "a_c"').replace('"A"', '"A:\\u003A:"')],
    [13, "the end of the file", lines.join("\n").slice(0, -3)],
    [4, "b_c", edited(4, '"b_c"', "b_c")],
  ])("%#, line %i: %s", async (line, message, text) => {
    const failure = await formatFailure(() => parseBiggModel(text, "toy.json"));
    expect(failure).toContain(message);
    expect(failure.startsWith(`:${line}: found `)).toBe(true);
  });

  test("what is no model", async () => {
    for (const [text, message] of [
      ["", "the end of the file, expected a value"],
      ["[]", "an array, expected a model in BiGG JSON"],
      ['{"nodes": []}', "nothing as 'metabolites'"],
      ['{"metabolites": [], "reactions": {}}', "an object as 'reactions'"],
      ['{"metabolites": [3], "reactions": []}', "3 in 'metabolites'"],
      ['{"metabolites": [], "reactions": [], "compartments": 1}', "1 as compartments"],
      ['{"metabolites": [], "reactions": []} x', "expected the end of the file"],
      ['{"metabolites": [], "reactions": [],}', "a key in double quotes"],
      ['{"metabolites": [], "reactions": [], "id": "a\nb"}', "the rest of a text"],
      ['{"metabolites": [], "reactions": [], "id": "\\q"}', "escapes"],
      ['{"metabolites": [], "reactions": [], "notes": 01}', "a value"],
      ['{"metabolites": [], "reactions": [], "notes": TRUE}', "a value"],
      [`{"metabolites": [], "reactions": [], "notes": ${"[".repeat(1e6)}`, "nested at most 100 deep"],
    ] as const)
      expect(await formatFailure(() => parseBiggModel(text))).toContain(message);
    const latin1 = Buffer.from('{"metabolites": [],\n"id": "caf\u00e9"}', "latin1");
    expect(await formatFailure(() => parseBiggModel(latin1))).toMatch(/^:2: found bytes that are no UTF-8/);
  });
});

test("nothing that may be optimised is a model too", () => {
  const model = parseBiggModel('{"metabolites": [], "reactions": []}');
  expect(model.objectives).toEqual([]);
  expect(model.activeObjective).toBe(-1);
  expect(parseBiggModel(biggJson(model))).toEqual(model);
});

test("genes come from the rules where the file lists none at all", () => {
  const genes = (text: string): string[] => parseBiggModel(text).genes.map(({ id }) => id);
  expect(genes(edited(5, '"genes": [{"id": "g1", "name": ""}, {"id": "g2", "name": ""}]', '"genes": null'))).toEqual([
    "g1",
    "g2",
  ]);
});

test("null, foreign and oddly typed fields come back as they were", () => {
  const source = {
    metabolites: [
      {
        id: "a",
        name: null,
        compartment: null,
        charge: null,
        formula: null,
        notes: "by hand",
        annotation: [["k", "v"]],
      },
      { id: "b", name: "", compartment: "", charge: 0, formula: "", _bound: 0, notes: {}, annotation: {} },
    ],
    reactions: [
      {
        ...{ id: "r", name: "", metabolites: { a: -1 }, lower_bound: 0, upper_bound: 1, gene_reaction_rule: "" },
        ...{
          objective_coefficient: 0,
          subsystem: "",
          notes: null,
          annotation: { x: [1, { y: null }] },
          variable_kind: "continuous",
        },
      },
    ],
    genes: [{ id: "g", name: "", functional: true }],
    ...{ id: null, compartments: { "": "" }, notes: { a: 1 }, annotation: { b: ["c"] }, version: 2, fate: [null] },
  };
  expect(JSON.parse(biggJson(parseBiggModel(JSON.stringify(source))))).toEqual({ ...source, id: "" });
});

test("keys that are a prototype's are keys like any other", () => {
  const text = edited(4, "b_c", "__proto__")
    .replace('"b_c": 2', '"__proto__": 2, "constructor": 0')
    .replace('"version": "1"', '"notes": {"__proto__": {"polluted": 1}}, "__proto__": {"polluted": 2}, "toString": 1')
    .replaceAll("g2", "__proto__");
  const model = parseBiggModel(text);
  expect(model.reactions[1]?.stoichiometry).toEqual(
    new Map([
      ["a_c", -1],
      ["__proto__", 2],
    ]),
  );
  expect(Object.getPrototypeOf(model.notes)).toBe(Object.prototype);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  expect((model.notes as Record<string, unknown>)["polluted"]).toBeUndefined();
  const written = biggJson(model);
  expect(written).toContain('"notes":{"__proto__":{"polluted":1}}');
  expect(written).toContain('"__proto__":{"polluted":2}');
  expect(biggJson(parseBiggModel(written))).toBe(written);
});

describe("objectives beyond the format's one", () => {
  const one = {
    id: "grow",
    sense: "minimum" as const,
    coefficients: new Map([
      ["R1", 2],
      ["EX_a", -1],
    ]),
  };
  const other = { id: "other", sense: "maximum" as const, coefficients: new Map<string, number>() };
  test.each([
    ["minimised", [one], 0],
    ["none active", [one, other], -1],
    ["an empty one active", [one, other], 1],
    ["of another name", [{ ...one, sense: "maximum" as const }], 0],
  ])("%s", (_, objectives, activeObjective) => {
    const model = { ...toy(), objectives, activeObjective };
    expect(parseBiggModel(biggJson(model))).toEqual(model);
  });

  test("for other programs a minimum is the maximum of its negative", () => {
    const json = JSON.parse(biggJson({ ...toy(), objectives: [one], activeObjective: 0 }));
    expect(json.reactions.map((r: { objective_coefficient?: number }) => r.objective_coefficient)).toEqual([1, -2]);
  });

  test("an edit in one place only is refused", async () => {
    const text = biggJson({ ...toy(), objectives: [one], activeObjective: 0 });
    expect(
      await formatFailure(() =>
        parseBiggModel(text.replace('"objective_coefficient":-2', '"objective_coefficient":-3')),
      ),
    ).toContain("an active objective other than");
    expect(
      await formatFailure(() => parseBiggModel(text.replace('"active_objective":0', '"active_objective":7'))),
    ).toContain("7");
    expect(await formatFailure(() => parseBiggModel(text.replace('"R1":2', '"R9":2')))).toContain(
      "objective_coefficient",
    );
    expect(await formatFailure(() => parseBiggModel(text.replace('"minimum"', '"best"')))).toContain('"best"');
  });
});

test("writeBiggModel writes what readMetabolicModel reads", async () => {
  const path = `${folder}/written.json`;
  await writeBiggModel(path, toy());
  expect(await readMetabolicModel(path)).toEqual(toy());
  expect(readFileSync(path, "utf8")).toContain(
    `"gene_reaction_rule":"${printGeneRule(toy().reactions[1]?.genes ?? null)}"`,
  );
});
