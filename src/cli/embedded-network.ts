/**
 * A protein that is made, decays and dimerises: birth, death and a reversible second-order reaction, in molecules and
 * seconds. The steady state without dimers is birth over death, 100 proteins.
 */
export const birthDeathDimerisation: string = `<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2">
  <model id="birth_death_dimerisation" substanceUnits="item" extentUnits="item" timeUnits="second">
    <listOfCompartments>
      <compartment id="cell" spatialDimensions="3" size="1" constant="true"/>
    </listOfCompartments>
    <listOfSpecies>
${["protein", "dimer"].map((id) => `      <species id="${id}" compartment="cell" initialAmount="0" hasOnlySubstanceUnits="true" boundaryCondition="false" constant="false"/>`).join("\n")}
    </listOfSpecies>
    <listOfParameters>
${parameters({ birth: 10, death: 0.1, binding: 0.002, parting: 0.1 })}
    </listOfParameters>
    <listOfReactions>
${reaction("production", [], ["protein"], "<ci>birth</ci>")}
${reaction("decay", ["protein"], [], "<apply><times/><ci>death</ci><ci>protein</ci></apply>")}
${reaction(
  "dimerisation",
  ["protein", "protein"],
  ["dimer"],
  "<apply><times/><ci>binding</ci><ci>protein</ci><apply><minus/><ci>protein</ci><cn>1</cn></apply></apply>",
)}
${reaction("dissociation", ["dimer"], ["protein", "protein"], "<apply><times/><ci>parting</ci><ci>dimer</ci></apply>")}
    </listOfReactions>
  </model>
</sbml>
`;

function parameters(values: Readonly<Record<string, number>>): string {
  return Object.entries(values)
    .map(([id, value]) => `      <parameter id="${id}" value="${value}" constant="true"/>`)
    .join("\n");
}

function reaction(id: string, from: readonly string[], to: readonly string[], law: string): string {
  const side = (name: string, species: readonly string[]): string =>
    species.length === 0
      ? ""
      : `<${name}>${species.map((one) => `<speciesReference species="${one}" stoichiometry="1" constant="true"/>`).join("")}</${name}>`;
  return `      <reaction id="${id}" reversible="false">${side("listOfReactants", from)}${side("listOfProducts", to)}<kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML">${law}</math></kineticLaw></reaction>`;
}
