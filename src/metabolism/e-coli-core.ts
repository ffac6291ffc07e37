import { type Gene, type MetabolicModel, type Metabolite, parseGeneRule, type Reaction } from "../formats/index.ts";

let parsed: MetabolicModel | null = null;

/**
 * The core metabolism of Escherichia coli K-12 MG1655: 72 metabolites, 95 reactions, 137 genes, growth on glucose
 * (10 mmol/gDW/h) with oxygen. One object, made on the first call. Maximal growth is 0.8739 1/h, and 0.2117 1/h where
 * `EX_o2_e` may not go below 0.
 *
 * Source: J. D. Orth, R. M. T. Fleming, B. O. Palsson, "Reconstruction and use of microbial metabolic networks: the
 * core Escherichia coli metabolic model as an educational guide", EcoSal Plus 2010, doi:10.1128/ecosalplus.10.2.1; ids,
 * formulas and charges as in BiGG's `e_coli_core`.
 */
export function eColiCore(): MetabolicModel {
  parsed ??= {
    id: "e_coli_core",
    name: "Escherichia coli core metabolism",
    compartments: new Map([
      ["c", "cytosol"],
      ["e", "extracellular"],
    ]),
    metabolites: metabolites.trim().split("\n").map(metaboliteOf),
    reactions: reactions.trim().split("\n").map(reactionOf),
    genes: genes.trim().split(/\s+/).map(geneOf),
    objectives: [{ id: "obj", sense: "maximum", coefficients: new Map([["Biomass_Ecoli_core", 1]]) }],
    activeObjective: 0,
    notes: {},
    annotation: {
      "bigg.model": "e_coli_core",
      doi: "10.1128/ecosalplus.10.2.1",
      taxonomy: "511145",
    },
  };
  return parsed;
}

/** `id; name; formula; charge`. The compartment is the id's last letter. */
function metaboliteOf(line: string): Metabolite {
  const [id = "", name = "", formula = "", charge] = line.split("; ");
  return { id, name, compartment: id.slice(-1), formula, charge: Number(charge), notes: {}, annotation: {} };
}

/** `id; equation; bounds; gene rule; name`. Without bounds, 1000 either way where the arrow goes: the model's "none". */
function reactionOf(line: string): Reaction {
  const [id = "", equation = "", bounds = "", rule = "", name = ""] = line.split("; ");
  const isReversible = equation.includes("<=>");
  const [consumed = "", produced = ""] = equation.split(/<?=>/);
  const [lower = isReversible ? -1000 : 0, upper = 1000] = bounds === "" ? [] : bounds.split(" ").map(Number);
  return {
    id,
    name,
    stoichiometry: new Map([...termsOf(consumed, -1), ...termsOf(produced, 1)]),
    lower,
    upper,
    genes: parseGeneRule(rule),
    subsystem: "",
    notes: {},
    annotation: {},
  };
}

/** `2 h_c + atp_c`. */
function termsOf(side: string, sign: 1 | -1): [string, number][] {
  if (side.trim() === "") return [];
  return side.split(" + ").map((term) => {
    const [first = "", second] = term.trim().split(" ");
    return second === undefined ? [first, sign] : [second, sign * Number(first)];
  });
}

/** `locus:name`. */
function geneOf(field: string): Gene {
  const [id = "", name = ""] = field.split(":");
  return { id, name, notes: {}, annotation: {} };
}

const metabolites = `
13dpg_c; 3-Phospho-D-glyceroyl phosphate; C3H4O10P2; -4
2pg_c; D-Glycerate 2-phosphate; C3H4O7P; -3
3pg_c; 3-Phospho-D-glycerate; C3H4O7P; -3
6pgc_c; 6-Phospho-D-gluconate; C6H10O10P; -3
6pgl_c; 6-phospho-D-glucono-1,5-lactone; C6H9O9P; -2
ac_c; Acetate; C2H3O2; -1
ac_e; Acetate; C2H3O2; -1
acald_c; Acetaldehyde; C2H4O; 0
acald_e; Acetaldehyde; C2H4O; 0
accoa_c; Acetyl-CoA; C23H34N7O17P3S; -4
acon_C_c; cis-Aconitate; C6H3O6; -3
actp_c; Acetyl phosphate; C2H3O5P; -2
adp_c; ADP; C10H12N5O10P2; -3
akg_c; 2-Oxoglutarate; C5H4O5; -2
akg_e; 2-Oxoglutarate; C5H4O5; -2
amp_c; AMP; C10H12N5O7P; -2
atp_c; ATP; C10H12N5O13P3; -4
cit_c; Citrate; C6H5O7; -3
co2_c; CO2; CO2; 0
co2_e; CO2; CO2; 0
coa_c; Coenzyme A; C21H32N7O16P3S; -4
dhap_c; Dihydroxyacetone phosphate; C3H5O6P; -2
e4p_c; D-Erythrose 4-phosphate; C4H7O7P; -2
etoh_c; Ethanol; C2H6O; 0
etoh_e; Ethanol; C2H6O; 0
f6p_c; D-Fructose 6-phosphate; C6H11O9P; -2
fdp_c; D-Fructose 1,6-bisphosphate; C6H10O12P2; -4
for_c; Formate; CH1O2; -1
for_e; Formate; CH1O2; -1
fru_e; D-Fructose; C6H12O6; 0
fum_c; Fumarate; C4H2O4; -2
fum_e; Fumarate; C4H2O4; -2
g3p_c; Glyceraldehyde 3-phosphate; C3H5O6P; -2
g6p_c; D-Glucose 6-phosphate; C6H11O9P; -2
glc__D_e; D-Glucose; C6H12O6; 0
gln__L_c; L-Glutamine; C5H10N2O3; 0
gln__L_e; L-Glutamine; C5H10N2O3; 0
glu__L_c; L-Glutamate; C5H8NO4; -1
glu__L_e; L-Glutamate; C5H8NO4; -1
glx_c; Glyoxylate; C2H1O3; -1
h2o_c; H2O; H2O; 0
h2o_e; H2O; H2O; 0
h_c; H+; H; 1
h_e; H+; H; 1
icit_c; Isocitrate; C6H5O7; -3
lac__D_c; D-Lactate; C3H5O3; -1
lac__D_e; D-Lactate; C3H5O3; -1
mal__L_c; L-Malate; C4H4O5; -2
mal__L_e; L-Malate; C4H4O5; -2
nad_c; Nicotinamide adenine dinucleotide; C21H26N7O14P2; -1
nadh_c; Nicotinamide adenine dinucleotide - reduced; C21H27N7O14P2; -2
nadp_c; Nicotinamide adenine dinucleotide phosphate; C21H25N7O17P3; -3
nadph_c; Nicotinamide adenine dinucleotide phosphate - reduced; C21H26N7O17P3; -4
nh4_c; Ammonium; H4N; 1
nh4_e; Ammonium; H4N; 1
o2_c; O2; O2; 0
o2_e; O2; O2; 0
oaa_c; Oxaloacetate; C4H2O5; -2
pep_c; Phosphoenolpyruvate; C3H2O6P; -3
pi_c; Phosphate; HO4P; -2
pi_e; Phosphate; HO4P; -2
pyr_c; Pyruvate; C3H3O3; -1
pyr_e; Pyruvate; C3H3O3; -1
q8_c; Ubiquinone-8; C49H74O4; 0
q8h2_c; Ubiquinol-8; C49H76O4; 0
r5p_c; alpha-D-Ribose 5-phosphate; C5H9O8P; -2
ru5p__D_c; D-Ribulose 5-phosphate; C5H9O8P; -2
s7p_c; Sedoheptulose 7-phosphate; C7H13O10P; -2
succ_c; Succinate; C4H4O4; -2
succ_e; Succinate; C4H4O4; -2
succoa_c; Succinyl-CoA; C25H35N7O19P3S; -5
xu5p__D_c; D-Xylulose 5-phosphate; C5H9O8P; -2
`;

const reactions = `
ACALD; acald_c + coa_c + nad_c <=> accoa_c + h_c + nadh_c; ; b0351 or b1241; acetaldehyde dehydrogenase (acetylating)
ACALDt; acald_e <=> acald_c; ; s0001; acetaldehyde reversible - transport
ACKr; ac_c + atp_c <=> actp_c + adp_c; ; b2296 or b3115 or b1849; acetate kinase
ACONTa; cit_c <=> acon_C_c + h2o_c; ; b0118 or b1276; aconitase (half-reaction A, Citrate hydro-lyase)
ACONTb; acon_C_c + h2o_c <=> icit_c; ; b0118 or b1276; aconitase (half-reaction B, Isocitrate hydro-lyase)
ACt2r; ac_e + h_e <=> ac_c + h_c; ; ; acetate reversible transport via proton - symport
ADK1; amp_c + atp_c <=> 2 adp_c; ; b0474; adenylate kinase
AKGDH; akg_c + coa_c + nad_c => co2_c + nadh_c + succoa_c; ; b0726 and b0116 and b0727; 2-Oxoglutarate dehydrogenase
AKGt2r; akg_e + h_e <=> akg_c + h_c; ; b2587; 2 oxoglutarate reversible transport via - symport
ALCD2x; etoh_c + nad_c <=> acald_c + h_c + nadh_c; ; b1478 or b0356 or b1241; alcohol dehydrogenase (ethanol)
ATPM; atp_c + h2o_c => adp_c + h_c + pi_c; 8.39 1000; ; ATP maintenance requirement
ATPS4r; adp_c + 4 h_e + pi_c <=> atp_c + h2o_c + 3 h_c; ; (b3738 and b3736 and b3737 and b3735 and b3733 and b3731 and b3732 and b3734) or (b3734 and b3732 and b3731 and b3733 and b3735 and b3737 and b3736 and b3738 and b3739); ATP synthase (four protons for one ATP)
Biomass_Ecoli_core; 1.496 3pg_c + 3.7478 accoa_c + 59.81 atp_c + 0.361 e4p_c + 0.0709 f6p_c + 0.129 g3p_c + 0.205 g6p_c + 0.2557 gln__L_c + 4.9414 glu__L_c + 59.81 h2o_c + 3.547 nad_c + 13.0279 nadph_c + 1.7867 oaa_c + 0.5191 pep_c + 2.8328 pyr_c + 0.8977 r5p_c => 59.81 adp_c + 4.1182 akg_c + 3.7478 coa_c + 59.81 h_c + 3.547 nadh_c + 13.0279 nadp_c + 59.81 pi_c; ; ; Biomass Objective Function with GAM
CO2t; co2_e <=> co2_c; ; s0001; CO2 transporter via - diffusion
CS; accoa_c + h2o_c + oaa_c => cit_c + coa_c + h_c; ; b0720; citrate synthase
CYTBD; 2 h_c + 0.5 o2_c + q8h2_c => h2o_c + 2 h_e + q8_c; ; (b0978 and b0979) or (b0733 and b0734); cytochrome oxidase bd (ubiquinol-8: 2 protons)
D_LACt2; h_e + lac__D_e <=> h_c + lac__D_c; ; b2975 or b3603; D lactate transport via proton - symport
ENO; 2pg_c <=> h2o_c + pep_c; ; b2779; enolase
ETOHt2r; etoh_e + h_e <=> etoh_c + h_c; ; ; ETOHt2r
EX_ac_e; ac_e =>; ; ; Acetate exchange
EX_acald_e; acald_e =>; ; ; Acetaldehyde exchange
EX_akg_e; akg_e =>; ; ; 2-Oxoglutarate exchange
EX_co2_e; co2_e <=>; ; ; CO2 exchange
EX_etoh_e; etoh_e =>; ; ; Ethanol exchange
EX_for_e; for_e =>; ; ; Formate exchange
EX_fru_e; fru_e =>; ; ; D-Fructose exchange
EX_fum_e; fum_e =>; ; ; Fumarate exchange
EX_glc__D_e; glc__D_e =>; -10 1000; ; D-Glucose exchange
EX_gln__L_e; gln__L_e =>; ; ; L-Glutamine exchange
EX_glu__L_e; glu__L_e =>; ; ; L-Glutamate exchange
EX_h_e; h_e <=>; ; ; H+ exchange
EX_h2o_e; h2o_e <=>; ; ; H2O exchange
EX_lac__D_e; lac__D_e =>; ; ; D-lactate exchange
EX_mal__L_e; mal__L_e =>; ; ; L-Malate exchange
EX_nh4_e; nh4_e <=>; ; ; Ammonia exchange
EX_o2_e; o2_e <=>; ; ; O2 exchange
EX_pi_e; pi_e <=>; ; ; Phosphate exchange
EX_pyr_e; pyr_e =>; ; ; Pyruvate exchange
EX_succ_e; succ_e =>; ; ; Succinate exchange
FBA; fdp_c <=> dhap_c + g3p_c; ; b1773 or b2097 or b2925; fructose-bisphosphate aldolase
FBP; fdp_c + h2o_c => f6p_c + pi_c; ; b3925 or b4232; fructose-bisphosphatase
FORt2; for_e + h_e => for_c + h_c; ; b0904 or b2492; formate transport in via proton symport
FORti; for_c => for_e; ; b0904 or b2492; formate transport via diffusion
FRD7; fum_c + q8h2_c => q8_c + succ_c; ; b4153 and b4151 and b4152 and b4154; fumarate reductase
FRUpts2; fru_e + pep_c => f6p_c + pyr_c; ; b2415 and b1818 and b1817 and b1819 and b2416; Fructose transport via PEPPyr PTS-f6p - generating
FUM; fum_c + h2o_c <=> mal__L_c; ; b4122 or b1612 or b1611; fumarase
FUMt2_2; fum_e + 2 h_e => fum_c + 2 h_c; ; b3528; Fumarate transport via proton symport-2 - H
G6PDH2r; g6p_c + nadp_c <=> 6pgl_c + h_c + nadph_c; ; b1852; glucose 6-phosphate dehydrogenase
GAPD; g3p_c + nad_c + pi_c <=> 13dpg_c + h_c + nadh_c; ; b1779; glyceraldehyde-3-phosphate dehydrogenase
GLCpts; glc__D_e + pep_c => g6p_c + pyr_c; ; (b2415 and b1818 and b1817 and b1819 and b2416) or (b2415 and b2417 and b1101 and b2416) or (b2415 and b2417 and b1621 and b2416); D-glucose transport via PEP:Pyr PTS
GLNS; atp_c + glu__L_c + nh4_c => adp_c + gln__L_c + h_c + pi_c; ; b3870 or b1297; glutamine synthetase
GLNabc; atp_c + gln__L_e + h2o_c => adp_c + gln__L_c + h_c + pi_c; ; b0810 and b0811 and b0809; GLNabc
GLUDy; glu__L_c + h2o_c + nadp_c <=> akg_c + h_c + nadph_c + nh4_c; ; b1761; glutamate dehydrogenase (NADP)
GLUN; gln__L_c + h2o_c => glu__L_c + nh4_c; ; b0485 or b1812 or b1524; glutaminase
GLUSy; akg_c + gln__L_c + h_c + nadph_c => 2 glu__L_c + nadp_c; ; b3212 and b3213; glutamate synthase (NADPH)
GLUt2r; glu__L_e + h_e <=> glu__L_c + h_c; ; b4077; L glutamate transport via proton - symport-reversible
GND; 6pgc_c + nadp_c => co2_c + nadph_c + ru5p__D_c; ; b2029; phosphogluconate dehydrogenase
H2Ot; h2o_e <=> h2o_c; ; b0875 or s0001; H2O transport via - diffusion
ICDHyr; icit_c + nadp_c <=> akg_c + co2_c + nadph_c; ; b1136; isocitrate dehydrogenase (NADP)
ICL; icit_c => glx_c + succ_c; ; b4015; Isocitrate lyase
LDH_D; lac__D_c + nad_c <=> h_c + nadh_c + pyr_c; ; b2133 or b1380; D-lactate dehydrogenase
MALS; accoa_c + glx_c + h2o_c => coa_c + h_c + mal__L_c; ; b4014 or b2976; malate synthase
MALt2_2; 2 h_e + mal__L_e => 2 h_c + mal__L_c; ; b3528; Malate transport via proton symport-2 - H
MDH; mal__L_c + nad_c <=> h_c + nadh_c + oaa_c; ; b3236; malate dehydrogenase
ME1; mal__L_c + nad_c => co2_c + nadh_c + pyr_c; ; b1479; malic enzyme (NAD)
ME2; mal__L_c + nadp_c => co2_c + nadph_c + pyr_c; ; b2463; malic enzyme (NADP)
NADH16; 4 h_c + nadh_c + q8_c => 3 h_e + nad_c + q8h2_c; ; b2287 and b2285 and b2283 and b2281 and b2279 and b2277 and b2276 and b2278 and b2280 and b2282 and b2284 and b2286 and b2288; NADH dehydrogenase (ubiquinone-8 & 3 protons)
NADTRHD; nad_c + nadph_c => nadh_c + nadp_c; ; b3962 or (b1602 and b1603); NAD transhydrogenase
NH4t; nh4_e <=> nh4_c; ; s0001 or b0451; ammonia reversible - transport
O2t; o2_e <=> o2_c; ; s0001; o2 - transport-diffusion
PDH; coa_c + nad_c + pyr_c => accoa_c + co2_c + nadh_c; ; b0115 and b0114 and b0116; pyruvate dehydrogenase
PFK; atp_c + f6p_c => adp_c + fdp_c + h_c; ; b3916 or b1723; phosphofructokinase
PFL; coa_c + pyr_c => accoa_c + for_c; ; (b0902 and b3114) or (b0903 and b0902 and b2579) or (b0902 and b0903) or (b3951 and b3952); pyruvate formate lyase
PGI; g6p_c <=> f6p_c; ; b4025; glucose-6-phosphate isomerase
PGK; 3pg_c + atp_c <=> 13dpg_c + adp_c; ; b2926; phosphoglycerate kinase
PGL; 6pgl_c + h2o_c => 6pgc_c + h_c; ; b0767; 6-phosphogluconolactonase
PGM; 2pg_c <=> 3pg_c; ; b4395 or b3612 or b0755; phosphoglycerate mutase
PIt2r; h_e + pi_e <=> h_c + pi_c; ; b2987 or b3493; phosphate reversible transport via - symport
PPC; co2_c + h2o_c + pep_c => h_c + oaa_c + pi_c; ; b3956; phosphoenolpyruvate carboxylase
PPCK; atp_c + oaa_c => adp_c + co2_c + pep_c; ; b3403; phosphoenolpyruvate carboxykinase
PPS; atp_c + h2o_c + pyr_c => amp_c + 2 h_c + pep_c + pi_c; ; b1702; phosphoenolpyruvate synthase
PTAr; accoa_c + pi_c <=> actp_c + coa_c; ; b2297 or b2458; phosphotransacetylase
PYK; adp_c + h_c + pep_c => atp_c + pyr_c; ; b1854 or b1676; pyruvate kinase
PYRt2; h_e + pyr_e <=> h_c + pyr_c; ; ; pyruvate transport in via proton - symport
RPE; ru5p__D_c <=> xu5p__D_c; ; b3386 or b4301; ribulose 5-phosphate 3-epimerase
RPI; r5p_c <=> ru5p__D_c; ; b2914 or b4090; ribose-5-phosphate isomerase
SUCCt2_2; 2 h_e + succ_e => 2 h_c + succ_c; ; b3528; succinate transport via proton symport-2 - H
SUCCt3; h_e + succ_c => h_c + succ_e; ; ; succinate transport out via proton antiport
SUCDi; q8_c + succ_c => fum_c + q8h2_c; ; b0723 and b0721 and b0722 and b0724; succinate dehydrogenase (irreversible)
SUCOAS; atp_c + coa_c + succ_c <=> adp_c + pi_c + succoa_c; ; b0728 and b0729; succinyl-CoA synthetase (ADP-forming)
TALA; g3p_c + s7p_c <=> e4p_c + f6p_c; ; b2464 or b0008; transaldolase
THD2; 2 h_e + nadh_c + nadp_c => 2 h_c + nad_c + nadph_c; ; b1602 and b1603; NAD - P-transhydrogenase
TKT1; r5p_c + xu5p__D_c <=> g3p_c + s7p_c; ; b2935 or b2465; transketolase
TKT2; e4p_c + xu5p__D_c <=> f6p_c + g3p_c; ; b2935 or b2465; transketolase
TPI; dhap_c <=> g3p_c; ; b3919; triose-phosphate isomerase
`;

/** s0001 stands for a reaction that needs no enzyme. */
const genes = `
b1241:adhE b0351:mhpF s0001:spontaneous b3115:tdcD b1849:purT b2296:ackA b1276:acnA b0118:acnB b0474:adk b0116:lpd
b0726:sucA b0727:sucB b2587:kgtP b0356:frmA b1478:adhP b3735:atpH b3733:atpG b3734:atpA b3732:atpD b3736:atpF
b3738:atpB b3731:atpC b3737:atpE b3739:atpI b0720:gltA b0733:cydA b0979:cbdB b0978:cbdA b0734:cydB b2975:glcA
b3603:lldP b2779:eno b1773:ydjI b2925:fbaA b2097:fbaB b4232:fbp b3925:glpX b0904:focA b2492:focB b4154:frdA
b4152:frdC b4153:frdB b4151:frdD b1819:manZ b1817:manX b2415:ptsH b1818:manY b2416:ptsI b1611:fumC b4122:fumB
b1612:fumA b3528:dctA b1852:zwf b1779:gapA b1621:malX b1101:ptsG b2417:crr b3870:glnA b1297:puuA b0809:glnQ
b0810:glnP b0811:glnH b1761:gdhA b1524:glsB b1812:pabB b0485:glsA b3213:gltD b3212:gltB b4077:gltP b2029:gnd
b0875:aqpZ b1136:icd b4015:aceA b2133:dld b1380:ldhA b4014:aceB b2976:glcB b3236:mdh b1479:maeA b2463:maeB
b2286:nuoC b2279:nuoK b2276:nuoN b2280:nuoJ b2288:nuoA b2284:nuoF b2287:nuoB b2281:nuoI b2277:nuoM b2285:nuoE
b2282:nuoH b2278:nuoL b2283:nuoG b3962:sthA b1602:pntB b1603:pntA b0451:amtB b0114:aceE b0115:aceF b3916:pfkA
b1723:pfkB b0902:pflA b0903:pflB b2579:grcA b3114:tdcE b3952:pflC b3951:pflD b4025:pgi b2926:pgk b0767:pgl
b0755:gpmA b3612:gpmM b4395:ytjC b3493:pitA b2987:pitB b3956:ppc b3403:pck b1702:ppsA b2297:pta b2458:eutD
b1676:pykF b1854:pykA b4301:sgcE b3386:rpe b2914:rpiA b4090:rpiB b0722:sdhD b0724:sdhB b0721:sdhC b0723:sdhA
b0728:sucC b0729:sucD b2464:talA b0008:talB b2935:tktA b2465:tktB b3919:tpiA
`;
