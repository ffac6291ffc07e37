import { biggJson, type MetabolicModel, parseBiggModel } from "bioxen";
import { describe, expect, test } from "vitest";
import { formatFailure } from "../support/format-failure.ts";

function read(metabolite: string, rest = ""): MetabolicModel {
  return parseBiggModel(`{"metabolites":[\n{"id":"a"${metabolite}}\n],"reactions":[],"genes":[]${rest}}`, "m.json");
}

describe("notes and annotations are read when asked for, and are what they are read at once", () => {
  test.each([
    ['{"sbo":"SBO:1","kegg":["C1","C2"]}', { sbo: "SBO:1", kegg: ["C1", "C2"] }],
    ['{ "b" : "x" , "a":[ ] }', { b: "x", a: [] }],
    ['{"b":"x","a":[\n"y"\t,"z"\r\n]}', { b: "x", a: ["y", "z"] }],
    ['{"":"empty","é":"ü"}', { "": "empty", é: "ü" }],
    ['{"a":"\\u00e9 \\"q\\""}', { a: 'é "q"' }],
    ['{"a":{"b":["c"]},"n":1}', { a: { b: ["c"] }, n: 1 }],
    [
      '{"a":[["is","x"],["isVersionOf","y"]]}',
      {
        a: [
          ["is", "x"],
          ["isVersionOf", "y"],
        ],
      },
    ],
    ['{"a":"@left out:0"}', { a: "@left out:0" }],
    ['{"a":"\\"notes\\":{}"}', { a: '"notes":{}' }],
  ])("%s", (text, value) => {
    const model = read(`,"annotation":${text},"notes":{"k":"v"}`, `,"notes":${text}`);
    const [metabolite] = model.metabolites;
    expect(metabolite?.annotation).toEqual(value);
    expect(metabolite?.notes).toEqual({ k: "v" });
    expect(model.notes).toEqual(value);
    // the same object each time, and in every copy
    expect(metabolite?.annotation).toBe(metabolite?.annotation);
    expect({ ...metabolite }.annotation).toEqual(value);
    expect(structuredClone(model).metabolites[0]?.annotation).toEqual(value);
    expect(parseBiggModel(biggJson(model))).toEqual(model);
    expect(JSON.parse(biggJson(model)).metabolites[0].annotation).toEqual(value);
  });

  test("a key __proto__ is one like others", () => {
    const annotation = read(',"annotation":{"__proto__":"x","a":"y"}').metabolites[0]?.annotation ?? {};
    expect(Object.keys(annotation)).toEqual(["__proto__", "a"]);
  });

  test("where they stand in what has no place of its own, too", () => {
    const extra = { curation: { notes: { by: "x" }, annotation: { a: ["b"] } } };
    expect(read(',"curation":{"notes":{"by":"x"},"annotation":{"a":["b"]}}').metabolites[0]?.extra).toEqual(extra);
  });

  test("an empty one stays as the file has it", () => {
    expect(JSON.parse(biggJson(read(',"notes":{},"annotation":{"a":"b"}'))).metabolites[0]).toEqual({
      ...{ id: "a", name: "", compartment: null, notes: {}, annotation: { a: "b" } },
    });
  });
});

test.each([
  ['"annotation":{"a":"1","a":"2"}', /^:2: .*no second key "a"/],
  ['"annotation":{"b":"1","a":"2","b":"3"}', /^:2: .*no second key "b"/],
  ['"notes":{"a":"1"},"notes":{"a":"1"}', /^:2: .*no second key "notes"/],
  ['"annotation":{"a":"1",}', /^:2: /],
  ['"annotation":{"a":"tab\there"}', /^:2: /],
  ['"annotation":{"a":["1" "2"]}', /^:2: /],
  ['"annotation":{"a":"1"', /^:3: /],
  ['"name":"x"notes":{"a":"1"}', /^:2: /],
  ['"charge":"x","annotation":{"a":"1"}', /^:2: .*"x" as a charge/],
])("a file that is broken beside them or within is refused with its line: %s", async (text, where) => {
  expect(await formatFailure(() => read(`,${text}`))).toMatch(where);
});
