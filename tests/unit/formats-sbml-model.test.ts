import { gzipSync } from "node:zlib";
import { type MetabolicModel, parseMetabolicModel, readMetabolicModel } from "bioxen";
import { describe, expect, test } from "vitest";
import { formatFailure } from "../support/format-failure.ts";
import { temporaryFiles } from "../support/temporary-files.ts";

const { file } = temporaryFiles();

const namespaces =
  'xmlns="http://www.sbml.org/sbml/level3/version1/core" xmlns:fbc="http://www.sbml.org/sbml/level3/version1/fbc/version2"';
/** A small model in fbc version 2, so that a test changes one line and knows its number. */
const lines = [
  '<?xml version="1.0" encoding="UTF-8"?>',
  `<sbml ${namespaces} level="3" version="1" fbc:required="false">`,
  '<model id="toy" fbc:strict="true">',
  '<listOfCompartments><compartment id="c" name="cytosol" constant="true"/></listOfCompartments>',
  '<listOfSpecies><species id="M_a__45__L_c" name="A" compartment="c" fbc:charge="-2" fbc:chemicalFormula="C6"/>',
  '<species id="M_b_c" compartment="c" boundaryCondition="false"/>',
  "</listOfSpecies>",
  '<listOfParameters><parameter id="low" value="-INF"/><parameter id="zero" value="0"/>',
  '<parameter id="high" value="1e3"/>',
  "</listOfParameters><listOfReactions>",
  '<reaction id="R_EX_a" reversible="true" fbc:lowerFluxBound="low" fbc:upperFluxBound="high">',
  '<listOfReactants><speciesReference species="M_a__45__L_c" stoichiometry="1"/></listOfReactants>',
  "</reaction>",
  '<reaction id="R_R1" name="one" fbc:lowerFluxBound="zero" fbc:upperFluxBound="high">',
  '<listOfReactants><speciesReference species="M_a__45__L_c" stoichiometry="1.5"/>',
  '<speciesReference species="M_b_c" stoichiometry="1"/></listOfReactants>',
  '<listOfProducts><speciesReference species="M_b_c" stoichiometry="3"/></listOfProducts>',
  '<fbc:geneProductAssociation><fbc:or><fbc:geneProductRef fbc:geneProduct="G_g1"/><fbc:and>',
  '<fbc:geneProductRef fbc:geneProduct="G_g2__46__1"/>',
  '<fbc:geneProductRef fbc:geneProduct="G_g1"/></fbc:and></fbc:or></fbc:geneProductAssociation>',
  "</reaction></listOfReactions>",
  '<fbc:listOfObjectives fbc:activeObjective="second">',
  '<fbc:objective fbc:id="first" fbc:type="minimize"><fbc:listOfFluxObjectives/></fbc:objective>',
  '<fbc:objective fbc:id="second" fbc:type="maximize"><fbc:listOfFluxObjectives>',
  '<fbc:fluxObjective fbc:reaction="R_R1" fbc:coefficient="2"/>',
  "</fbc:listOfFluxObjectives></fbc:objective></fbc:listOfObjectives><fbc:listOfGeneProducts>",
  '<fbc:geneProduct fbc:id="G_g1" fbc:label="G_g1" fbc:name="geneA"/>',
  '<fbc:geneProduct fbc:id="G_g2__46__1" fbc:label="other"/>',
  "</fbc:listOfGeneProducts></model></sbml>",
];
const edited = (line: number, from: string, to: string): string => {
  if (!lines[line - 1]?.includes(from)) throw new Error(`line ${line} has no ${from}`);
  return lines.map((text, i) => (i === line - 1 ? text.replace(from, to) : text)).join("\n");
};
const parse = (text: string): MetabolicModel => parseMetabolicModel(Buffer.from(text), "toy.xml");
const bare = { notes: {}, annotation: {} };

test("bounds and stoichiometries by initial assignments and rules, as they are at the start", async () => {
  const computed = (id: string, content: string, element = "initialAssignment", key = "symbol"): string =>
    `<${element} ${key}="${id}"><math xmlns="http://www.w3.org/1998/Math/MathML">${content}</math></${element}>`;
  const twice = "<lambda><bvar><ci>x</ci></bvar><apply><times/><cn>2</cn><ci>x</ci></apply></lambda>";
  const inside = (high: string): string =>
    edited(15, 'stoichiometry="1.5"', 'id="n" stoichiometry="1.5"')
      .replace('species="M_b_c" stoichiometry="3"', 'species="M_b_c" id="m"')
      .replace(
        '<listOfCompartments><compartment id="c"',
        `<listOfFunctionDefinitions><functionDefinition id="twice"><math xmlns="http://www.w3.org/1998/Math/MathML">${twice}</math></functionDefinition></listOfFunctionDefinitions>` +
          '<listOfCompartments><compartment id="c" size="4"',
      )
      .replace(
        "</listOfParameters>",
        `</listOfParameters><listOfInitialAssignments>${computed("high", high)}${computed("n", "<ci>c</ci>")}</listOfInitialAssignments>` +
          `<listOfRules>${computed("m", "<apply><plus/><ci>n</ci><cn>1</cn></apply>", "assignmentRule", "variable")}</listOfRules>`,
      );
  const [exchange, one] = parse(inside("<apply><ci>twice</ci><ci>n</ci></apply>")).reactions;
  expect([exchange?.upper, one?.upper]).toEqual([8, 8]);
  expect([...(one?.stoichiometry ?? [])]).toEqual([
    ["a-L_c", -4],
    ["b_c", 4],
  ]);
  expect(await formatFailure(() => parse(inside("<ci>high</ci>")))).toMatch(/^:10: found "high", which needs itself/);
  expect(await formatFailure(() => parse(inside("<ci>M_b_c</ci>")))).toMatch(/^:10: found the unknown id "M_b_c"/);
  expect(await formatFailure(() => parse(inside("<notanumber/>")))).toMatch(
    /^:9: found NaN, by an assignment, in <parameter id="high">/,
  );
});

test("fbc version 2, field by field", () => {
  expect(parse(lines.join("\n"))).toEqual({
    id: "toy",
    name: "",
    compartments: new Map([["c", "cytosol"]]),
    metabolites: [
      { id: "a-L_c", name: "A", compartment: "c", formula: "C6", charge: -2, ...bare },
      { id: "b_c", name: "", compartment: "c", formula: null, charge: null, ...bare },
    ],
    reactions: [
      {
        ...{ id: "EX_a", name: "", stoichiometry: new Map([["a-L_c", -1]]), lower: -Infinity, upper: 1000 },
        ...{ genes: null, subsystem: "", ...bare },
      },
      {
        ...{ id: "R1", name: "one", lower: 0, upper: 1000, subsystem: "", ...bare },
        stoichiometry: new Map([
          ["a-L_c", -1.5],
          ["b_c", 2],
        ]),
        genes: { or: [{ gene: "g1" }, { and: [{ gene: "g2.1" }, { gene: "g1" }] }] },
      },
    ],
    genes: [
      { id: "g1", name: "geneA", ...bare },
      { id: "g2.1", name: "other", ...bare },
    ],
    objectives: [
      { id: "first", sense: "minimum", coefficients: new Map() },
      { id: "second", sense: "maximum", coefficients: new Map([["R1", 2]]) },
    ],
    activeObjective: 1,
    ...bare,
  });
});

test("fbc version 1: bounds are a list, rules stand in notes", () => {
  const model = parse(`<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core"
 xmlns:fbc="http://www.sbml.org/sbml/level3/version1/fbc/version1" level="3" version="1"><model id="v1">
<listOfSpecies><species id="M_a" compartment="c"/><species id="M_a_b" compartment="e" boundaryCondition="true"/></listOfSpecies>
<listOfReactions><reaction id="R_1" reversible="false"><notes><html xmlns="http://www.w3.org/1999/xhtml"><p>GENE_ASSOCIATION: (x1 and x2) or x-3</p><p>SUBSYSTEM: Glycolysis</p></html></notes>
<listOfReactants><speciesReference species="M_a_b" stoichiometry="1"/></listOfReactants>
<listOfProducts><speciesReference species="M_a" stoichiometry="1"/></listOfProducts></reaction>
<reaction id="R_2"/><reaction id="R_3" reversible="false"/></listOfReactions>
<fbc:listOfFluxBounds><fbc:fluxBound fbc:reaction="R_1" fbc:operation="greaterEqual" fbc:value="-5"/>
<fbc:fluxBound fbc:reaction="R_1" fbc:operation="lessEqual" fbc:value="INF"/><fbc:fluxBound fbc:reaction="R_2" fbc:operation="equal" fbc:value="2"/></fbc:listOfFluxBounds>
</model></sbml>`);
  expect(model.reactions.map(({ id, lower, upper }) => [id, lower, upper])).toEqual([
    ["1", -5, Infinity],
    ["2", 2, 2],
    ["3", 0, Infinity],
  ]);
  const [first] = model.reactions;
  expect(first?.genes).toEqual({ or: [{ and: [{ gene: "x1" }, { gene: "x2" }] }, { gene: "x-3" }] });
  expect(first?.subsystem).toBe("Glycolysis");
  expect(first?.stoichiometry).toEqual(new Map([["a", 1]]));
  expect(first?.notes).toEqual({ GENE_ASSOCIATION: "(x1 and x2) or x-3", SUBSYSTEM: "Glycolysis" });
  expect(model.genes.map(({ id }) => id)).toEqual(["x1", "x2", "x-3"]);
  expect(model.metabolites.map(({ id }) => id)).toEqual(["a"]);
  expect(model.extra).toEqual({ boundary_species: ["a_b"] });
});

test("COBRA's level 2: kinetic laws and notes, in Latin-1", () => {
  const text = `<?xml version="1.0" encoding="ISO-8859-1"?>
<sbml xmlns="http://www.sbml.org/sbml/level2" level="2" version="1" xmlns:html="http://www.w3.org/1999/xhtml"><model id="old" name="caf\u00e9">
<listOfSpecies><species id="M_a_c" name="a" compartment="c" charge="-1"><notes><html:p>FORMULA: C2H4</html:p><html:p>CHARGE: 7</html:p></notes></species>
<species id="M_n_c"><notes><html:p>CHARGE: -3</html:p></notes></species></listOfSpecies>
<listOfReactions><reaction id="R_X"><notes><html:p>GENE_ASSOCIATION: </html:p></notes>
<listOfReactants><speciesReference species="M_a_c"/></listOfReactants>
<kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML"><ci>FLUX_VALUE</ci></math><listOfParameters>
<parameter id="LOWER_BOUND" value="-999999.0"/><parameter id="UPPER_BOUND" value="20"/><parameter id="OBJECTIVE_COEFFICIENT" value="1"/></listOfParameters></kineticLaw>
</reaction></listOfReactions></model></sbml>`;
  const model = parseMetabolicModel(Buffer.from(text, "latin1"));
  expect(model.name).toBe("café");
  expect(model.metabolites.map(({ formula, charge }) => [formula, charge])).toEqual([
    ["C2H4", -1],
    [null, -3],
  ]);
  expect(model.reactions[0]).toMatchObject({ id: "X", lower: -999999, upper: 20, genes: null });
  expect(model.reactions[0]?.stoichiometry).toEqual(new Map([["a_c", -1]]));
  expect(model.objectives).toEqual([{ id: "obj", sense: "maximum", coefficients: new Map([["X", 1]]) }]);
  expect(model.activeObjective).toBe(0);
});

test("annotations, notes and groups", () => {
  const rdf = (...uris: string[]): string =>
    `<annotation><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description><q:is xmlns:q="http://biomodels.net/biology-qualifiers/"><r:Bag>${uris.map((uri) => `<r:li r:resource="${uri}"/>`).join("")}</r:Bag></q:is></r:Description></r:RDF></annotation>`;
  const uris = [
    "http://identifiers.org/kegg.compound/C00031",
    "https://identifiers.org/kegg.compound/C00267",
    "https://identifiers.org/CHEBI:17234",
    "urn:miriam:obo.chebi:CHEBI%3A4167",
    "http://example.org/x",
    "http://identifiers.org/__proto__/x",
  ];
  const model = parse(
    edited(14, ">", ` sboTerm="SBO:0000176"><notes><p>EC: 1.1.1.1</p><p>EC: 2</p><p>no key</p></notes>${rdf(...uris)}`)
      .replace(
        "</model>",
        '<g:listOfGroups xmlns:g="http://www.sbml.org/sbml/level3/version1/groups/version1"><g:group g:name="Glycolysis"><g:listOfMembers><g:member g:idRef="R_R1"/></g:listOfMembers></g:group><g:group g:name="Other"><g:listOfMembers><g:member g:idRef="R_R1"/></g:listOfMembers></g:group></g:listOfGroups></model>',
      )
      .replace(
        '<model id="toy" fbc:strict="true">',
        `$&<notes><p>author: me &amp; you</p></notes>${rdf(...uris.slice(0, 1))}`,
      ),
  );
  expect(model.notes).toEqual({ author: "me & you" });
  expect(model.annotation).toEqual({ "kegg.compound": "C00031" });
  const reaction = model.reactions[1];
  expect(reaction?.subsystem).toBe("Glycolysis");
  expect(reaction?.notes).toEqual({ EC: ["1.1.1.1", "2"] });
  expect(Object.entries(reaction?.annotation ?? {})).toEqual([
    ["sbo", "SBO:0000176"],
    ["kegg.compound", ["C00031", "C00267"]],
    ["chebi", "CHEBI:17234"],
    ["obo.chebi", "CHEBI:4167"],
    ["resource", "http://example.org/x"],
    ["__proto__", "x"],
  ]);
});

test("what is not said", () => {
  expect(parse(edited(22, ' fbc:activeObjective="second"', "")).activeObjective).toBe(-1);
  expect(parse(edited(11, ' fbc:lowerFluxBound="low"', "")).reactions[0]?.lower).toBe(-Infinity);
  // both of one species, and as much of it made as used
  expect(parse(edited(17, '"3"', '"1"')).reactions[1]?.stoichiometry).toEqual(new Map([["a-L_c", -1.5]]));
});

describe("refused, with line and element", () => {
  test.each([
    [6, 'a second metabolite "a-L_c", <species id="M_a__45__L_c">', edited(6, "M_b_c", "M_a__45__L_c")],
    [28, 'a second gene "g1"', edited(28, 'fbc:id="G_g2__46__1"', 'fbc:id="g1"').replaceAll('"G_g2__46__1"', '"G_g1"')],
    [14, 'a second reaction "EX_a", <reaction id="R_EX_a">', edited(14, "R_R1", "R_EX_a")],
    [
      16,
      'the unknown metabolite "c_c" in reaction "R1", <speciesReference species="M_c_c">',
      edited(16, "M_b_c", "M_c_c"),
    ],
    [19, 'the unknown gene "G_g3" in <reaction id="R_R1">', edited(19, "G_g2__46__1", "G_g3")],
    [14, 'the unknown parameter "huge" as \'fbc:upperFluxBound\' of <reaction id="R_R1">', edited(14, "high", "huge")],
    [9, 'NaN in <parameter id="high">, \'fbc:upperFluxBound\' of <reaction id="R_EX_a">', edited(9, "1e3", "NaN")],
    [9, 'a second <parameter id="zero">', edited(9, "high", "zero")],
    [9, 'no value in <parameter id="high">', edited(9, ' value="1e3"', "")],
    [9, '"1,000" as \'value\' of <parameter id="high">', edited(9, "1e3", "1,000")],
    [14, 'the lower bound 0 above the upper bound -1 of reaction "R1", <reaction id="R_R1">', edited(9, "1e3", "-1")],
    [14, 'the lower bound Infinity of reaction "R1"', edited(8, 'value="0"', 'value="INF"')],
    [16, 'the coefficient -Infinity of "b_c" in reaction "R1"', edited(16, '"1"', '"INF"')],
    [16, "without 'stoichiometry'", edited(16, ' stoichiometry="1"', "")],
    [
      25,
      'the unknown reaction "R2" in objective "second", <fbc:fluxObjective fbc:reaction="R_R2">',
      edited(25, "R_R1", "R_R2"),
    ],
    [25, 'the coefficient NaN of "R1" in objective "second"', edited(25, '"2"', '"NaN"')],
    [25, "without a coefficient", edited(25, ' fbc:coefficient="2"', "")],
    [24, 'type "max" of <fbc:objective fbc:id="second">', edited(24, "maximize", "max")],
    [
      24,
      'a second objective "first"',
      edited(24, '"second"', '"first"').replace('activeObjective="second"', 'activeObjective="first"'),
    ],
    [3, 'the unknown active objective "third"', edited(22, "second", "third")],
    [11, "<reaction> without 'id'", edited(11, 'id="R_EX_a"', "")],
    [
      18,
      "several rules in the gene association",
      edited(20, "</fbc:and></fbc:or>", '</fbc:and></fbc:or><fbc:geneProductRef fbc:geneProduct="G_g1"/>'),
    ],
    [20, "an empty <fbc:or>", edited(20, "</fbc:and>", "</fbc:and><fbc:or/>")],
    [21, "unexpected close tag", edited(21, "</reaction>", "</reactions>")],
    [4, "undefined entity", edited(4, "cytosol", "&xxe;")],
    [29, "", lines.join("\n").slice(0, -4)],
  ])("line %i: %s", async (line, message, text) => {
    const failure = await formatFailure(() => parse(text));
    expect(failure).toContain(message);
    expect(failure.startsWith(`:${line}: found `)).toBe(true);
  });

  test("a malformed rule in notes", async () => {
    const text = edited(14, ">", "><notes><p>GENE_ASSOCIATION: (a or</p></notes>")
      .replace(/<fbc:geneProductAssociation>.*<\/fbc:geneProductAssociation>/s, "")
      .replace(/<fbc:listOfGeneProducts>.*<\/fbc:listOfGeneProducts>/s, "");
    expect(await formatFailure(() => parse(text))).toMatch(/^:14: found the end of the rule at character 6 .*R_R1/);
  });

  test("a document type, whatever it declares", async () => {
    const laughs = `<!DOCTYPE sbml [<!ENTITY a "ha"><!ENTITY b "${"&a;".repeat(10)}">]>`;
    for (const declared of [laughs, '<!DOCTYPE sbml SYSTEM "file:///etc/passwd">', "<!DOCTYPE html>"])
      expect(await formatFailure(() => parse(edited(1, "?>", `?>${declared}`)))).toMatch(/^:1: found a document type/);
  });

  test("nesting beyond any model's", async () => {
    for (const deep of ["<notes>".repeat(300), `<listOfX><annotation>${"<x>".repeat(1e5)}`])
      expect(await formatFailure(() => parse(edited(3, ">", `>${deep}`)))).toMatch(
        /^:3: found <\w+> at depth 257, expected at most 256/,
      );
    const ors = edited(18, "<fbc:or>", "<fbc:or>".repeat(1e4));
    expect(await formatFailure(() => parse(ors))).toContain("at depth 257");
  });

  test("what is no model at all", async () => {
    for (const [text, message] of [
      ["", ":1: found an empty file, expected a metabolic model"],
      [" \n", ":1: found nothing but white space"],
      ["hello", ':1: found "h", expected a metabolic model'],
      ["[]", ':1: found "["'],
      ["\n\n<html/>", ':3: found the root element "html", expected <sbml>'],
      ['<sbml level="3"/>', ':1: found the root element "sbml"'],
      [`<sbml ${namespaces} level="1"/>`, ":1: found SBML level 1, expected level 2 or 3"],
      [`<sbml ${namespaces} level="3"/>`, ":1: found the end of the file, expected a <model>"],
      [`<sbml ${namespaces} level="3"><model/><model/></sbml>`, ":1: found a second <model>"],
      ['<?xml version="1.0" encoding="UTF-16"?><sbml/>', ':1: found the encoding "UTF-16"'],
      ["<", ":1: found "],
    ] as const)
      expect(await formatFailure(() => parse(text))).toContain(message);
    const submodels =
      '<c:listOfSubmodels xmlns:c="http://www.sbml.org/sbml/level3/version1/comp/version1"/></model></sbml>';
    expect(await formatFailure(() => parse(edited(29, "</model></sbml>", submodels)))).toContain(
      ":29: found submodels",
    );
    const fbc3 = lines.join("\n").replace("fbc/version2", "fbc/version3");
    expect(await formatFailure(() => parse(fbc3))).toContain(":2: found fbc version 3, expected fbc version 1 or 2");
  });

  test("bytes that are no UTF-8, with their line, in whatever chunk", async () => {
    const broken = Buffer.from(edited(28, "other", "caf\u00e9"), "latin1");
    expect(await formatFailure(() => parseMetabolicModel(broken))).toMatch(/^:28: found bytes that are no UTF-8/);
    const far = Buffer.concat([Buffer.from(edited(3, ">", `>${"\n".repeat(600_000)}`)), Buffer.from([0xff])]);
    expect(await formatFailure(() => readMetabolicModel(file("far.xml", far)))).toMatch(/^:600029: found bytes/);
  });
});

describe("one door", () => {
  const text = lines.join("\n");
  test("plain or gzip, with a byte order mark or white space first", async () => {
    const model = parse(text);
    for (const bytes of [text, `\ufeff${text}`, ` \n${text}`.replace(/<\?xml.*?\?>/, "")])
      for (const stored of [Buffer.from(bytes), gzipSync(bytes)]) {
        expect(parseMetabolicModel(stored)).toEqual(model);
        expect(await readMetabolicModel(file("any", stored))).toEqual(model);
      }
  });

  test("characters that a chunk's end cuts in two", async () => {
    const padded = text.replace("cytosol", "é\u{1f9ec}".repeat(200_000));
    const model = await readMetabolicModel(file("long.xml", padded));
    expect(model.compartments.get("c")).toBe("é\u{1f9ec}".repeat(200_000));
  });

  test("gzip that is cut off, corrupt or a bomb", async () => {
    const zipped = gzipSync(text);
    for (const bytes of [zipped.subarray(0, -12), zipped.subarray(0, 30)]) {
      expect(await formatFailure(() => parseMetabolicModel(bytes))).toContain("truncated");
      expect(await formatFailure(() => readMetabolicModel(file("cut.gz", bytes)))).toContain("truncated");
    }
    const spaces = Buffer.alloc(80 * 2 ** 20, 0x20);
    const bomb = gzipSync(Buffer.concat([Buffer.from("{"), spaces]));
    expect(await formatFailure(() => parseMetabolicModel(bomb))).toContain("inflates");
    expect(await formatFailure(() => readMetabolicModel(file("bomb.gz", bomb)))).toContain("inflates");
    expect(await formatFailure(() => readMetabolicModel(file("spaces", spaces)))).toContain("nothing but white space");
    expect(await formatFailure(() => readMetabolicModel("no-such-file.xml"))).toContain("no such file");
  });
});
