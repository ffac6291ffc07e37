import { BioXenError, type GeneRule, genesOf, isFunctional, parseGeneRule, printGeneRule } from "bioxen";
import { describe, expect, test } from "vitest";
import { cpuMilliseconds, slowness } from "../support/machine-pace.ts";

function failure(text: string): BioXenError {
  try {
    parseGeneRule(text);
  } catch (error) {
    if (error instanceof BioXenError) return error;
    throw error;
  }
  throw new Error("no error was thrown");
}

describe("parseGeneRule", () => {
  test("and binds tighter than or", () => {
    const rule = { or: [{ gene: "a" }, { and: [{ gene: "b" }, { gene: "c" }] }, { gene: "d" }] };
    expect(parseGeneRule("a or b and c or d")).toEqual(rule);
    expect(parseGeneRule("(a or b) and c")).toEqual({ and: [{ or: [{ gene: "a" }, { gene: "b" }] }, { gene: "c" }] });
  });

  test("every spelling of the operators, with and without space", () => {
    const rule = { or: [{ and: [{ gene: "a" }, { gene: "b" }] }, { gene: "c" }] };
    for (const text of ["a and b or c", "a AND b Or c", "a & b | c", "a&&b||c", "(a&b)|c", "\t(a and b)or(c)\n"])
      expect(parseGeneRule(text)).toEqual(rule);
  });

  test.each([
    "b0001",
    "MMSYN1_0227",
    "HGNC:1234",
    "10090_AT1",
    "YAL038W-A",
    "ENSG0001.2",
    "or1",
    "band",
    "x'",
    "é/ü#+,;",
  ])("%s is one gene", (gene) => {
    expect(parseGeneRule(` ${gene} `)).toEqual({ gene });
    expect(printGeneRule({ gene })).toBe(gene);
  });

  test("quotes hold what no bare id can", () => {
    for (const gene of ["and", "OR", "a b", "a(1)", "x&y", '"', '"x"', "\\", "\n"]) {
      const rule: GeneRule = { or: [{ gene }, { gene: "b" }] };
      expect(parseGeneRule(printGeneRule(rule))).toEqual(rule);
    }
    expect(printGeneRule({ gene: "a b" })).toBe('"a b"');
  });

  test("no letters are no rule", () => {
    for (const text of ["", " ", "\n\t"]) expect(parseGeneRule(text)).toBeNull();
    expect(printGeneRule(null)).toBe("");
  });

  test.each([
    ["a b", 2, '"b"'],
    ["a and", 5, "the end"],
    ["a and or b", 6, '"or"'],
    ["(a", 2, "the end"],
    ["a)", 1, "')'"],
    ["()", 1, '")"'],
    ["(a or) b", 5, '")"'],
    ["and", 0, '"and"'],
    ["a & | b", 4, '"|"'],
    ['"a', 0, '\\"a'],
    ['""', 0, '\\"\\"'],
    ['"\\x"', 0, "gene id"],
  ])("%s is refused at %i", (text, position, found) => {
    const error = failure(text);
    expect(error.code).toBe("FORMAT_INVALID");
    expect(error.context).toEqual({ position });
    expect(error.message).toContain(`character ${position + 1}: found `);
    expect(error.message).toContain(found);
  });

  test("nesting of any depth, and in time that grows with the length only", async () => {
    const nested = (depth: number): string => `${"(a and (b or ".repeat(depth)}c${"))".repeat(depth)}`;
    const milliseconds = (depth: number): Promise<number> =>
      cpuMilliseconds(() => {
        const rule = parseGeneRule(nested(depth));
        expect(printGeneRule(rule).length).toBe(nested(depth).length - 2);
        expect(genesOf(rule)).toEqual(["a", "b", "c"]);
        expect(isFunctional(rule, (gene) => gene === "b")).toBe(true);
        expect(isFunctional(rule, (gene) => gene !== "a")).toBe(false);
      });
    await milliseconds(10_000);
    // were it quadratic, ten times the depth would cost a hundred times as much
    expect(await milliseconds(200_000)).toBeLessThan(40 * ((await milliseconds(20_000)) + 10));
    expect(parseGeneRule(`${"(".repeat(500_000)}a${")".repeat(500_000)}`)).toEqual({ gene: "a" });
  });

  test("10,000 genes in a row", async () => {
    const genes = Array.from({ length: 10_000 }, (_, i) => `g${i}`);
    const milliseconds = await cpuMilliseconds(() => {
      const rule = parseGeneRule(genes.join(" or "));
      expect(genesOf(rule)).toEqual(genes);
      expect(printGeneRule(rule)).toBe(genes.join(" or "));
      expect(isFunctional(rule, (gene) => gene !== "g9999")).toBe(true);
      expect(isFunctional(rule, () => true)).toBe(false);
    });
    expect(milliseconds).toBeLessThan(1000 * slowness());
  });

  test("hostile quotes cost no more than their length", async () => {
    expect(await cpuMilliseconds(() => failure('"\\" '.repeat(200_000)))).toBeLessThan(1000 * slowness());
    expect(await cpuMilliseconds(() => failure(`"${"\\n".repeat(2_000_000)}`))).toBeLessThan(2000 * slowness());
  });
});

describe("isFunctional", () => {
  test("isozymes stand in for each other, subunits do not", () => {
    const rule = parseGeneRule("(b0978 and b0979) or (b0733 and b0734)");
    const without = (...genes: string[]): boolean => isFunctional(rule, (gene) => genes.includes(gene));
    expect(without()).toBe(true);
    expect(without("b0978")).toBe(true);
    expect(without("b0978", "b0734")).toBe(false);
    expect(without("b0978", "b0979")).toBe(true);
  });

  test("a reaction without a rule always works; groups of none as logic has them", () => {
    expect(isFunctional(null, () => true)).toBe(true);
    expect(isFunctional({ and: [] }, () => true)).toBe(true);
    expect(isFunctional({ or: [] }, () => false)).toBe(false);
    expect(() => printGeneRule({ or: [] })).toThrow(BioXenError);
    expect(() => printGeneRule({ gene: "" })).toThrow(BioXenError);
  });
});
