import { readFileSync } from "node:fs";
import {
  biggJson,
  genesOf,
  isFunctional,
  type MetabolicModel,
  parseBiggModel,
  parseGeneRule,
  parseMetabolicModel,
  printGeneRule,
  readMetabolicModel,
  seededRandom,
} from "bioxen";
import { describe, expect, test } from "vitest";
import { eColiCore } from "../../dist/src/metabolism/e-coli-core.js";
import { formatFailure } from "../support/format-failure.ts";
import { cpuMilliseconds, slowness } from "../support/machine-pace.ts";
import { sbmlOf } from "../support/sbml-of.ts";
import { sharedData } from "../support/shared-data.ts";

const folder = sharedData("metabolic");
const path = (name: string): string => `${folder}/${name}`;
const skipped = "(skipped where the shared data is missing)";

/** Every rule in one spelling: the writer prints brackets in its own way. */
function respelled(json: { reactions: { gene_reaction_rule: string }[] }): unknown {
  for (const reaction of json.reactions)
    reaction.gene_reaction_rule = printGeneRule(parseGeneRule(reaction.gene_reaction_rule));
  return json;
}

type Notes = Readonly<Record<string, unknown>>;
/** A model as SBML can hold it: ids of one collection are an array, however many. */
function withArrays(model: MetabolicModel): MetabolicModel {
  const array = (notes: Notes): Notes =>
    Object.fromEntries(Object.entries(notes).map(([key, value]) => [key, key === "sbo" ? value : [value].flat()]));
  const arrays = <T extends { readonly notes: Notes; readonly annotation: Notes }>(element: T): T => ({
    ...element,
    notes: array(element.notes),
    annotation: array(element.annotation),
  });
  return {
    ...model,
    metabolites: model.metabolites.map(arrays),
    reactions: model.reactions.map(arrays),
    genes: model.genes.map(arrays),
  };
}

describe.skipIf(folder === null)(`models as published ${skipped}`, () => {
  test.each([
    ["e_coli_core.json", "e_coli_core", 72, 95, 137, { Biomass_Ecoli_core: 1 }],
    ["iMB155.json", "MMSYN", 305, 339, 155, { EX_biomass_e: 1 }],
    ["iML1515.json", "iML1515", 1877, 2712, 1516, { BIOMASS_Ec_iML1515_core_75p37M: 1 }],
    ["JSON_with_inf_bounds.json", "fbc_ex1_1", 4, 8, 0, { v1: 1, v2: 1, v3: 1, v4: 1 }],
    ["e_coli_core.xml", "e_coli_core", 72, 95, 137, { BIOMASS_Ecoli_core_w_GAM: 1 }],
    ["textbook.xml.gz", "e_coli_core", 72, 95, 137, { Biomass_Ecoli_core: 1 }],
    ["fbc_ex1.xml", "fbc_ex1_1", 4, 8, 0, { v1: 1, v2: 1, v3: 1, v4: 1 }],
    ["fbc_ex2.xml", "fbc_ex2_1", 2, 6, 0, { v1: 1, v2: 1, v3: 1, v4: 1 }],
    ["mini_fbc2.xml", "mini_textbook", 23, 18, 29, { ATPM: 1, PFK: 1 }],
  ])("%s", async (name, id, metabolites, reactions, genes, objective) => {
    const model = await readMetabolicModel(path(name));
    expect(model.id).toBe(id);
    expect([model.metabolites.length, model.reactions.length, model.genes.length]).toEqual([
      metabolites,
      reactions,
      genes,
    ]);
    expect(model.objectives.map(({ sense }) => sense)).toEqual(["maximum"]);
    expect(model.objectives[model.activeObjective]?.coefficients).toEqual(new Map(Object.entries(objective)));
    expect(parseMetabolicModel(readFileSync(path(name)), name)).toEqual(model);
    expect(parseBiggModel(biggJson(model))).toEqual(model);
  });

  test.each(["e_coli_core.json", "iMB155.json", "iML1515.json"])("%s is written as it was, keys in order", (name) => {
    const source = readFileSync(path(name), "utf8");
    const written = biggJson(parseBiggModel(source, name));
    expect(JSON.stringify(respelled(JSON.parse(written)))).toBe(JSON.stringify(respelled(JSON.parse(source))));
  });

  test("JSON_with_inf_bounds.json and fbc_ex1.xml are one model", async () => {
    const [json, xml] = await Promise.all([
      readMetabolicModel(path("JSON_with_inf_bounds.json")),
      readMetabolicModel(path("fbc_ex1.xml")),
    ]);
    const network = ({ reactions }: MetabolicModel): unknown =>
      reactions.map(({ id, name, stoichiometry, lower, upper, genes }) => ({
        id,
        name,
        stoichiometry,
        lower,
        upper,
        genes,
      }));
    expect(network(json)).toEqual(network(xml));
    expect(json.reactions.find(({ id }) => id === "EX_X")).toMatchObject({ lower: -Infinity, upper: Infinity });
  });

  test("textbook.xml.gz and e_coli_core.json are one network", async () => {
    const [json, xml] = await Promise.all([
      readMetabolicModel(path("e_coli_core.json")),
      readMetabolicModel(path("textbook.xml.gz")),
    ]);
    const network = ({ reactions }: MetabolicModel): unknown =>
      reactions
        .map(({ id, stoichiometry, lower, upper, genes }) => ({
          id,
          stoichiometry,
          lower,
          upper,
          genes: genesOf(genes).sort(),
        }))
        .sort((a, b) => (a.id < b.id ? -1 : 1));
    expect(network(xml)).toEqual(network(json));
  });

  test("iMB155_NoH2O.xml maximises a reaction that it does not have", async () => {
    expect(await formatFailure(() => readMetabolicModel(path("iMB155_NoH2O.xml")))).toBe(
      ':3778: found the unknown reaction "EX_biomass_c" in objective "obj", <fbc:fluxObjective fbc:reaction="R_EX_biomass_c">, expected one of the model\'s reactions',
    );
  });

  test("mini_fbc2.xml has no bound that is no number; one of its reactions has nobody in it", async () => {
    const { reactions } = await readMetabolicModel(path("mini_fbc2.xml"));
    expect(reactions.some(({ lower, upper }) => Number.isNaN(lower) || Number.isNaN(upper))).toBe(false);
    expect(reactions.filter(({ stoichiometry }) => stoichiometry.size === 0).map(({ id }) => id)).toEqual(["D_LACt2"]);
  });

  test("iML1515 comes back from SBML", () => {
    const model = parseBiggModel(readFileSync(path("iML1515.json")));
    const { extra: _, ...rest } = model;
    const read = parseMetabolicModel(Buffer.from(sbmlOf(model)));
    expect(withArrays(read)).toEqual(withArrays(rest));
    expect(parseBiggModel(biggJson(read))).toEqual(read);
  });

  test("iML1515 takes under 100 ms of CPU time as JSON, warm, and under 2 s as 8 MB of SBML", async () => {
    const least = async (tries: number, work: () => unknown): Promise<number> => {
      const taken: number[] = [];
      for (let run = 0; run < tries; run++) taken.push(await cpuMilliseconds(work));
      return Math.min(...taken);
    };
    const json = readFileSync(path("iML1515.json"));
    expect(await least(4, () => parseBiggModel(json))).toBeLessThan(100 * slowness());
    const sbml = Buffer.from(sbmlOf(parseBiggModel(json)));
    expect(sbml.length).toBeGreaterThan(8e6);
    expect(await least(2, () => parseMetabolicModel(sbml))).toBeLessThan(2000 * slowness());
  });

  describe("eColiCore", () => {
    const published = (): MetabolicModel => parseBiggModel(readFileSync(path("e_coli_core.json")));

    test("has the published stoichiometry, bounds, formulas, charges and objective", () => {
      const network = ({ reactions, metabolites, genes, objectives, activeObjective }: MetabolicModel): unknown => ({
        reactions: reactions.map(({ id, stoichiometry, lower, upper }) => ({ id, stoichiometry, lower, upper })),
        metabolites: metabolites.map(({ id, name, compartment, formula, charge }) => ({
          id,
          name,
          compartment,
          formula,
          charge,
        })),
        genes: genes.map(({ id }) => id),
        objective: objectives[activeObjective],
      });
      expect(network(eColiCore())).toEqual(network(published()));
      expect(eColiCore().compartments).toEqual(published().compartments);
    });

    test("has gene rules that mean the same under any knock-out", () => {
      const random = seededRandom(7);
      const rules = published().reactions.map(({ genes }) => genes);
      eColiCore().reactions.forEach(({ id, genes }, i) => {
        const rule = rules[i] ?? null;
        expect([id, genesOf(genes).sort()]).toEqual([id, genesOf(rule).sort()]);
        for (let trial = 0; trial < 200; trial++) {
          const lost = new Set(genesOf(rule).filter(() => random() < 0.3));
          expect(isFunctional(genes, (gene) => lost.has(gene))).toBe(isFunctional(rule, (gene) => lost.has(gene)));
        }
      });
    });
  });
});

test("eColiCore balances every element and charge, but for exchanges and biomass", () => {
  const model = eColiCore();
  expect([model.metabolites.length, model.reactions.length, model.genes.length]).toEqual([72, 95, 137]);
  expect(parseBiggModel(biggJson(model))).toEqual(model);
  expect(eColiCore()).toBe(model);
  const metabolites = new Map(model.metabolites.map((metabolite) => [metabolite.id, metabolite]));
  const unbalanced = model.reactions.filter(({ stoichiometry }) => {
    const sums = new Map<string, number>();
    for (const [id, coefficient] of stoichiometry) {
      const { formula, charge } = metabolites.get(id) ?? { formula: null, charge: null };
      if (formula === null || charge === null) throw new Error(`${id} has no formula or charge`);
      sums.set("charge", (sums.get("charge") ?? 0) + coefficient * charge);
      for (const [, element = "", count] of formula.matchAll(/([A-Z][a-z]?)(\d*)/g))
        sums.set(element, (sums.get(element) ?? 0) + coefficient * Number(count || 1));
    }
    return [...sums.values()].some((sum) => Math.abs(sum) > 1e-9);
  });
  expect(unbalanced.map(({ id }) => id).filter((id) => !id.startsWith("EX_"))).toEqual(["Biomass_Ecoli_core"]);
});
