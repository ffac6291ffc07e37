import { gzipSync } from "node:zlib";
import {
  BioXenError,
  biggJson,
  type GeneRule,
  genesOf,
  isFunctional,
  type MetabolicModel,
  parseBiggModel,
  parseGeneRule,
  parseMetabolicModel,
  printGeneRule,
} from "bioxen";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sbmlOf } from "../support/sbml-of.ts";

const anyId = fc.string({ minLength: 1, maxLength: 12 });
/** What an SBML id can spell: printing characters, one by one. */
const printingId = fc.string({ unit: fc.constantFrom(..."abzAZ019_-.:()[]/μ"), minLength: 1, maxLength: 8 });

function ruleOver(gene: fc.Arbitrary<string>): fc.Arbitrary<GeneRule> {
  const leaf = gene.map((id): GeneRule => ({ gene: id }));
  return fc.letrec<{ rule: GeneRule }>((tie) => ({
    rule: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      leaf,
      fc.array(tie("rule"), { minLength: 2, maxLength: 4 }).map((and): GeneRule => ({ and })),
      fc.array(tie("rule"), { minLength: 2, maxLength: 4 }).map((or): GeneRule => ({ or })),
    ),
  })).rule;
}

/** Obviously right, and recursive. */
function holds(rule: GeneRule, lost: (gene: string) => boolean): boolean {
  if ("gene" in rule) return !lost(rule.gene);
  return "and" in rule ? rule.and.every((part) => holds(part, lost)) : rule.or.some((part) => holds(part, lost));
}

describe("gene rules", () => {
  test("are read as they were printed, whatever the ids", () => {
    fc.assert(
      fc.property(ruleOver(anyId), (rule) => {
        expect(parseGeneRule(printGeneRule(rule))).toEqual(rule);
      }),
      { numRuns: 500 },
    );
  });

  test("hold as logic has them", () => {
    const gene = fc.constantFrom(..."abcdef");
    fc.assert(
      fc.property(ruleOver(gene), fc.uniqueArray(gene), (rule, lost) => {
        const isLost = (id: string): boolean => lost.includes(id);
        expect(isFunctional(rule, isLost)).toBe(holds(rule, isLost));
        expect(isFunctional(parseGeneRule(printGeneRule(rule)), isLost)).toBe(holds(rule, isLost));
        expect([...genesOf(rule)].every((id) => "abcdef".includes(id))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("any text is a rule, nothing, or an error with a position in it", () => {
    const letters = fc.string({ unit: fc.constantFrom(...'ab &|()"\\', "and", "or", " and ", " or "), maxLength: 20 });
    fc.assert(
      fc.property(fc.oneof(letters, fc.string()), (text) => {
        try {
          const rule = parseGeneRule(text);
          expect(parseGeneRule(printGeneRule(rule))).toEqual(rule);
        } catch (error) {
          if (!(error instanceof BioXenError) || error.code !== "FORMAT_INVALID") throw error;
          expect(error.context["position"]).toBeGreaterThanOrEqual(0);
          expect(error.context["position"]).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

/** Readers make 0 of -0. */
const finite = fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => value + 0);
const nonZero = finite.filter((value) => value !== 0);
const bounds = fc
  .tuple(fc.oneof(finite, fc.constant(-Infinity)), fc.oneof(finite, fc.constant(Infinity)))
  .map(([a, b]) => ({ lower: Math.min(a, b), upper: Math.max(a, b) }));

interface Options {
  readonly id: fc.Arbitrary<string>;
  readonly notes: fc.Arbitrary<Readonly<Record<string, unknown>>>;
  readonly name: fc.Arbitrary<string>;
  readonly objectives: { readonly minLength: number };
}

/** Models of every shape that keep what the type promises. */
function modelOf({ id, notes, name, objectives }: Options): fc.Arbitrary<MetabolicModel> {
  const ids = (maxLength: number, minLength = 0): fc.Arbitrary<string[]> =>
    fc.uniqueArray(id, { minLength, maxLength });
  return fc
    .record({ metabolites: ids(5), genes: ids(4), reactions: ids(5), objectives: ids(3, objectives.minLength) })
    .chain((named) => {
      const weights = (from: readonly string[]): fc.Arbitrary<ReadonlyMap<string, number>> =>
        fc
          .uniqueArray(fc.tuple(fc.nat(), nonZero), { selector: ([i]) => i % Math.max(from.length, 1), maxLength: 5 })
          .map(
            (pairs) => new Map(from.length === 0 ? [] : pairs.map(([i, w]) => [from[i % from.length] as string, w])),
          );
      const genes = named.genes;
      const rule = genes.length === 0 ? fc.constant(null) : fc.option(ruleOver(fc.constantFrom(...genes)));
      const each = <T>(list: readonly string[], make: (id: string) => fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
        fc.tuple(...list.map(make));
      return fc.record({
        id: name,
        name,
        compartments: fc.constantFrom(new Map([["c", "cytosol"]]), new Map<string, string>()),
        metabolites: each(named.metabolites, (metabolite) =>
          fc.record({
            ...{ id: fc.constant(metabolite), name, notes, annotation: fc.constant({}) },
            ...{ compartment: fc.option(fc.constant("c")), formula: fc.option(fc.constant("C6H12O6")) },
            charge: fc.option(fc.integer({ min: -9, max: 9 })),
          }),
        ),
        reactions: each(named.reactions, (reaction) =>
          fc
            .record({
              ...{ id: fc.constant(reaction), name, notes, annotation: fc.constant({}), subsystem: name },
              ...{ stoichiometry: weights(named.metabolites), genes: rule, bounds },
            })
            .map(({ bounds: { lower, upper }, ...rest }) => ({ ...rest, lower, upper })),
        ),
        genes: each(named.genes, (gene) =>
          fc.record({ id: fc.constant(gene), name, notes, annotation: fc.constant({}) }),
        ),
        objectives: each(named.objectives, (objective) =>
          fc.record({
            id: fc.constant(objective),
            sense: fc.constantFrom("maximum" as const, "minimum" as const),
            coefficients: weights(named.reactions),
          }),
        ),
        activeObjective: fc.integer({ min: objectives.minLength - 1, max: named.objectives.length - 1 }),
        ...{ notes, annotation: notes },
      });
    });
}

const json = fc.dictionary(fc.string({ maxLength: 5 }), fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown>, {
  maxKeys: 3,
  noNullPrototype: true,
});
/** -0 is 0 in JSON. */
const withoutMinusZero = (notes: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  JSON.parse(JSON.stringify(notes)) as Readonly<Record<string, unknown>>;
const biggModels = modelOf({
  id: anyId,
  name: fc.string(),
  notes: json.map(withoutMinusZero),
  objectives: { minLength: 0 },
});
const sbmlModels = modelOf({
  // these are what the encoding itself leaves open
  id: printingId.filter((id) => !/__\d|^[MRG]_/.test(id)),
  name: fc.string({ unit: fc.constantFrom(..."ab &<>\"';:é") }),
  notes: fc.constant({}),
  objectives: { minLength: 1 },
});

describe("models", () => {
  test("come back from BiGG JSON as they were", () => {
    fc.assert(
      fc.property(biggModels, (model) => {
        expect(parseBiggModel(biggJson(model))).toEqual(model);
      }),
      { numRuns: 300 },
    );
  });

  test("come back from SBML, and from SBML by BiGG JSON", () => {
    fc.assert(
      fc.property(sbmlModels, fc.boolean(), (model, isZipped) => {
        const text = sbmlOf(model);
        const read = parseMetabolicModel(isZipped ? gzipSync(text) : Buffer.from(text));
        expect(read).toEqual(model);
        expect(parseMetabolicModel(Buffer.from(biggJson(read)))).toEqual(model);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a broken file is a model or a typed error, soon", () => {
  const [sample] = fc.sample(
    sbmlModels.filter(
      ({ reactions, metabolites, genes }) => reactions.length > 2 && metabolites.length > 2 && genes.length > 1,
    ),
    { numRuns: 1, seed: 5 },
  );
  if (sample === undefined) throw new Error("no model drawn");
  const sources = {
    JSON: Buffer.from(biggJson(sample)),
    SBML: Buffer.from(sbmlOf(sample)),
    gzip: gzipSync(sbmlOf(sample)),
  };
  const survives = (bytes: Uint8Array): void => {
    const before = process.cpuUsage();
    try {
      parseMetabolicModel(bytes, "fuzzed");
    } catch (error) {
      if (!(error instanceof BioXenError) || error.code !== "FORMAT_INVALID") throw error;
      expect(error.message.startsWith("fuzzed")).toBe(true);
    }
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1e6).toBeLessThan(1);
  };

  test.each(Object.entries(sources))("%s cut anywhere", (_, bytes) => {
    for (let length = 0; length < bytes.length; length += Math.ceil(bytes.length / 1000))
      survives(bytes.subarray(0, length));
  });

  test.each(Object.entries(sources))("%s with bytes changed, doubled and lost", (_, bytes) => {
    const place = fc.nat({ max: bytes.length - 1 });
    const byte = fc.oneof(fc.constantFrom(...Buffer.from("{}[]<>\"'&;:,/=-_0eN \n\\")), fc.nat({ max: 255 }));
    const edit = fc.record({
      kind: fc.constantFrom("set", "insert", "cut", "copy"),
      place,
      byte,
      length: fc.nat({ max: 60 }),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        let changed = Buffer.from(bytes);
        for (const { kind, place: at, byte: value, length } of edits) {
          const [before, after] = [changed.subarray(0, at), changed.subarray(at)];
          if (kind === "set") changed[Math.min(at, changed.length - 1)] = value;
          else if (kind === "insert") changed = Buffer.concat([before, Buffer.from([value]), after]);
          else if (kind === "cut") changed = Buffer.concat([before, after.subarray(length)]);
          else changed = Buffer.concat([before, after.subarray(0, length), after]);
        }
        survives(changed);
      }),
      { numRuns: 2000 },
    );
  });
});
