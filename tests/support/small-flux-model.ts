import type { GeneRule, MetabolicModel, Reaction } from "bioxen";

type Sides = Readonly<Record<string, number>>;

const aminoAcids = [
  ...["ala__L", "arg__L", "asn__L", "asp__L", "cys__L", "gln__L", "glu__L", "gly", "his__L", "ile__L", "leu__L"],
  ...["lys__L", "met__L", "phe__L", "pro__L", "ser__L", "thr__L", "trp__L", "tyr__L", "val__L"],
];
const bases = ["a", "c", "g", "u"];
const notes = {};

function reaction(id: string, sides: Sides, lower: number, upper: number, genes: GeneRule | null = null): Reaction {
  return {
    ...{ id, name: "", subsystem: "", notes, annotation: notes },
    stoichiometry: new Map(Object.entries(sides)),
    ...{ lower, upper, genes },
  };
}

/**
 * A flux model with the ids of BiGG that makes everything a cell asks for of one sugar, two ATP to each by glycolysis (gene
 * `glycolysis`), with uptake of lysine (gene `lysP`) and a lipid (gene `lipid`); `without` leaves metabolites out.
 */
export function smallFluxModel({
  uptake = 1000,
  genes = { glycolysis: "MINI_0010", lysP: "lysP", lipid: "lipid" },
  without = [],
}: {
  readonly uptake?: number;
  readonly genes?: { readonly glycolysis: string; readonly lysP: string; readonly lipid: string };
  readonly without?: readonly string[];
} = {}): MetabolicModel {
  const spend = { atp_c: -1, h2o_c: -1, adp_c: 1, pi_c: 1, h_c: 1 };
  const made = (id: string): Reaction => reaction(`make_${id}`, { sugar_c: -1, [id]: 1 }, 0, 1000);
  const reactions = [
    reaction("EX_sugar_e", { sugar_e: -1 }, -uptake, 1000),
    reaction("EX_lys__L_e", { lys__L_e: -1 }, -1000, 1000),
    reaction("SUGARt", { sugar_e: -1, sugar_c: 1 }, 0, 1000),
    reaction("GLYCOLYSIS", { sugar_c: -1, atp_c: 2, h2o_c: 2, adp_c: -2, pi_c: -2, h_c: -2 }, 0, 1000, {
      gene: genes.glycolysis,
    }),
    reaction("EX_h2o_e", { h2o_c: -1 }, -1000, 1000),
    reaction("LYSt", { lys__L_e: -1, lys__L_c: 1, ...spend }, 0, 1000, { gene: genes.lysP }),
    reaction("LIPID", { sugar_c: -2, lipid_c: 1 }, 0, 1000, { gene: genes.lipid }),
    // a forced flux, as of maintenance, and a biomass that counts energy and residues too
    reaction("ATPM", spend, 1, 1000),
    reaction("BIOMASS", { lipid_c: -1, ala__L_c: -1, atp_c: -30, h2o_c: -30, adp_c: 30, pi_c: 30, h_c: 30 }, 0, 1000),
    ...aminoAcids.filter((id) => id !== "lys__L").map((id) => made(`${id}_c`)),
    ...bases.map((base) => made(`${base}mp_c`)),
    ...["datp_c", "dctp_c", "dgtp_c", "dttp_c"].map(made),
    reaction("ADK1", { amp_c: -1, atp_c: -1, adp_c: 2 }, -1000, 1000),
    ...bases
      .slice(1)
      .map((base) =>
        reaction(`KIN_${base}`, { [`${base}mp_c`]: -1, atp_c: -2, [`${base}tp_c`]: 1, adp_c: 2 }, 0, 1000),
      ),
  ];
  const gone = new Set(without);
  const kept = reactions.filter(({ stoichiometry }) => ![...stoichiometry.keys()].some((id) => gone.has(id)));
  const ids = new Set(kept.flatMap(({ stoichiometry }) => [...stoichiometry.keys()]));
  return {
    ...{ id: "small", name: "", notes, annotation: notes },
    compartments: new Map([
      ["c", "cytosol"],
      ["e", "extracellular"],
    ]),
    metabolites: [...ids].map((id) => ({
      ...{ id, name: "", compartment: id.endsWith("_e") ? "e" : "c", formula: null, charge: null },
      ...{ notes, annotation: notes },
    })),
    reactions: kept,
    genes: Object.values(genes).map((id) => ({ id, name: "", notes, annotation: notes })),
    objectives: [{ id: "obj", sense: "maximum", coefficients: new Map([["BIOMASS", 1]]) }],
    activeObjective: 0,
  };
}
