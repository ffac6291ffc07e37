import type { GeneRule, MetabolicModel } from "bioxen";

const escaped = (text: string): string => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
/** An SBML id: letters, digits and underscores; the rest by its code. */
const sbmlId = (prefix: string, id: string): string =>
  `${prefix}${id.replace(/[^A-Za-z0-9_]/gu, (letter) => `__${letter.codePointAt(0)}__`)}`;
const double = (value: number): string => (Number.isFinite(value) ? String(value) : value > 0 ? "INF" : "-INF");

function association(rule: GeneRule): string {
  if ("gene" in rule) return `<fbc:geneProductRef fbc:geneProduct="${sbmlId("G_", rule.gene)}"/>`;
  const [word, rules] = "and" in rule ? ["and", rule.and] : ["or", rule.or];
  return `<fbc:${word}>${rules.map(association).join("")}</fbc:${word}>`;
}

/** The resources of an annotation as a file of BiGG has them. */
function annotated(annotation: Readonly<Record<string, unknown>>): string {
  const resources = Object.entries(annotation)
    .filter(([collection]) => collection !== "sbo")
    .flatMap(([collection, ids]) => [ids].flat().map((id) => `https://identifiers.org/${collection}/${String(id)}`));
  if (resources.length === 0) return "";
  const items = resources.map((uri) => `<rdf:li rdf:resource="${escaped(uri)}"/>`).join("\n");
  return `<annotation><rdf:RDF><rdf:Description><bqbiol:is><rdf:Bag>\n${items}\n</rdf:Bag></bqbiol:is></rdf:Description></rdf:RDF></annotation>`;
}

function noted(notes: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(notes).flatMap(([key, values]) =>
    [values].flat().map((value) => `<html:p>${escaped(key)}: ${escaped(String(value))}</html:p>`),
  );
  return lines.length === 0 ? "" : `<notes>${lines.join("\n")}</notes>`;
}

const sbo = ({ annotation }: { annotation: Readonly<Record<string, unknown>> }): string =>
  typeof annotation["sbo"] === "string" ? ` sboTerm="${annotation["sbo"]}"` : "";

/** A model as SBML level 3 with fbc version 2, for tests of the reader; one parameter a bound. */
export function sbmlOf(model: MetabolicModel): string {
  const out = [
    `<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" xmlns:fbc="http://www.sbml.org/sbml/level3/version1/fbc/version2" xmlns:groups="http://www.sbml.org/sbml/level3/version1/groups/version1" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:bqbiol="http://biomodels.net/biology-qualifiers/" xmlns:html="http://www.w3.org/1999/xhtml" level="3" version="1" fbc:required="false">
<model id="${escaped(model.id)}" name="${escaped(model.name)}" fbc:strict="true">`,
    "<listOfCompartments>",
    ...[...model.compartments].map(([id, name]) => `<compartment id="${escaped(id)}" name="${escaped(name)}"/>`),
    "</listOfCompartments><listOfSpecies>",
    ...model.metabolites.map(
      (metabolite) =>
        `<species id="${sbmlId("M_", metabolite.id)}" name="${escaped(metabolite.name)}"${metabolite.compartment === null ? "" : ` compartment="${escaped(metabolite.compartment)}"`} boundaryCondition="false"${metabolite.charge === null ? "" : ` fbc:charge="${metabolite.charge}"`}${metabolite.formula === null ? "" : ` fbc:chemicalFormula="${escaped(metabolite.formula)}"`}${sbo(metabolite)}>${noted(metabolite.notes)}${annotated(metabolite.annotation)}</species>`,
    ),
    "</listOfSpecies><listOfParameters>",
    ...model.reactions.flatMap(({ lower, upper }, i) => [
      `<parameter id="lower_${i}" value="${double(lower)}" constant="true"/>`,
      `<parameter id="upper_${i}" value="${double(upper)}" constant="true"/>`,
    ]),
    "</listOfParameters><listOfReactions>",
  ];
  model.reactions.forEach((reaction, i) => {
    const terms = (sign: number): string =>
      [...reaction.stoichiometry]
        .filter(([, coefficient]) => coefficient * sign > 0)
        .map(([id, value]) => `<speciesReference species="${sbmlId("M_", id)}" stoichiometry="${value * sign}"/>`)
        .join("\n");
    out.push(
      `<reaction id="${sbmlId("R_", reaction.id)}" name="${escaped(reaction.name)}" reversible="${reaction.lower < 0}" fast="false" fbc:lowerFluxBound="lower_${i}" fbc:upperFluxBound="upper_${i}"${sbo(reaction)}>${noted(reaction.notes)}${annotated(reaction.annotation)}`,
      `<listOfReactants>${terms(-1)}</listOfReactants><listOfProducts>${terms(1)}</listOfProducts>`,
      reaction.genes === null
        ? ""
        : `<fbc:geneProductAssociation>${association(reaction.genes)}</fbc:geneProductAssociation>`,
      "</reaction>",
    );
  });
  const active = model.objectives[model.activeObjective];
  out.push(
    "</listOfReactions>",
    `<fbc:listOfObjectives${active === undefined ? "" : ` fbc:activeObjective="${escaped(active.id)}"`}>`,
    ...model.objectives.map(
      ({ id, sense, coefficients }) =>
        `<fbc:objective fbc:id="${escaped(id)}" fbc:type="${sense === "maximum" ? "maximize" : "minimize"}"><fbc:listOfFluxObjectives>${[...coefficients].map(([reaction, value]) => `<fbc:fluxObjective fbc:reaction="${sbmlId("R_", reaction)}" fbc:coefficient="${value}"/>`).join("")}</fbc:listOfFluxObjectives></fbc:objective>`,
    ),
    "</fbc:listOfObjectives><fbc:listOfGeneProducts>",
    ...model.genes.map(
      (gene) =>
        `<fbc:geneProduct fbc:id="${sbmlId("G_", gene.id)}" fbc:label="${escaped(gene.id)}" fbc:name="${escaped(gene.name)}"${sbo(gene)}>${noted(gene.notes)}${annotated(gene.annotation)}</fbc:geneProduct>`,
    ),
    "</fbc:listOfGeneProducts><groups:listOfGroups>",
  );
  for (const subsystem of new Set(model.reactions.map((reaction) => reaction.subsystem)))
    if (subsystem !== "")
      out.push(
        `<groups:group groups:kind="partonomy" groups:name="${escaped(subsystem)}"><groups:listOfMembers>`,
        ...model.reactions
          .filter((reaction) => reaction.subsystem === subsystem)
          .map(({ id }) => `<groups:member groups:idRef="${sbmlId("R_", id)}"/>`),
        "</groups:listOfMembers></groups:group>",
      );
  out.push("</groups:listOfGroups></model></sbml>\n");
  return out.join("\n");
}
