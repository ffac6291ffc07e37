import { gzipSync } from "node:zlib";
import {
  BioXenError,
  initialDraws,
  interpreted,
  type NetworkReaction,
  parseReactionNetwork,
  readReactionNetwork,
  type SbmlNetwork,
  type SbmlNetworkOptions,
} from "bioxen";
import { describe, expect, test } from "vitest";
import { formatFailure } from "../support/format-failure.ts";
import {
  compartment,
  content,
  type Formula,
  listOf,
  math,
  mathOf,
  parameter,
  reaction,
  sbmlCore,
  species,
} from "../support/sbml-core-text.ts";
import { temporaryFiles } from "../support/temporary-files.ts";

const { file } = temporaryFiles();
const stochastic: SbmlNetworkOptions = { use: "stochastic" };
const continuous: SbmlNetworkOptions = { use: "continuous" };
const amounts = 'hasOnlySubstanceUnits="true" boundaryCondition="false" constant="false"';

function read(inside: string, options = continuous, sbml?: string, model?: string): SbmlNetwork {
  return parseReactionNetwork(sbmlCore(inside, sbml, model), options, "m.xml");
}

function initialOf({ network, symbols }: SbmlNetwork, id: string): number {
  return network.initial[symbols.get(id)?.value ?? -1] ?? Number.NaN;
}

/** A reaction's rate at the start, as a continuous run has it. */
function rateOf({ network }: SbmlNetwork, { rate, reactants }: NetworkReaction): number {
  if (rate.kind === "expression") return interpreted(rate.rate)(network.initial, 0, () => 0.5);
  let product = network.initial[rate.constant] ?? Number.NaN;
  for (const [value, order] of reactants) product *= (network.initial[value] ?? Number.NaN) ** order;
  return product;
}

/** The value of a formula at the start, by an initial assignment. */
function computed(formula: Formula | { readonly content: string }, rest = ""): number {
  const text = typeof formula === "object" && "content" in formula ? math(formula.content) : mathOf(formula);
  const model = read(
    `${rest}${listOf("Parameters", parameter("p", 7), '<parameter id="q" constant="true"/>')}${listOf("InitialAssignments", `<initialAssignment symbol="q">${text}</initialAssignment>`)}`,
  );
  return initialOf(model, "q");
}

function refused(inside: string, options = continuous, sbml?: string): Promise<string> {
  return formatFailure(() => read(inside, options, sbml));
}

function unsupported(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    if (error instanceof BioXenError && error.code === "UNSUPPORTED") return error.context["feature"];
    throw error;
  }
  throw new Error("no error was thrown");
}

describe("mathematics", () => {
  test.each<[Formula, number]>([
    [["plus"], 0],
    [["times"], 1],
    [["plus", 1, "p", 2], 10],
    [["minus", 3], -3],
    [["minus", 3, "p"], -4],
    [["divide", "p", 2], 3.5],
    [["power", 2, 10], 1024],
    [["root", 9], 3],
    [["ln", 1], 0],
    [["log", 100], 2],
    [["abs", -4], 4],
    [["floor", -1.5], -2],
    [["ceiling", -1.5], -1],
    [["factorial", 5], 120],
    [["min", 3, 1, 2], 1],
    [["max", 3, 1, 2], 3],
    [["quotient", 7, 2], 3],
    [["rem", 7, 2], 1],
    [["lt", 1, 2, 3], 1],
    [["lt", 1, 3, 2], 0],
    [["neq", 1, 1], 0],
    [["and", ["geq", 2, 2], ["eq", 1, 1]], 1],
    [["xor", 1, 1, 1], 1],
    [["implies", 1, 0], 0],
    [["not", 0], 1],
    [["@avogadro"], 6.02214179e23],
    [["@time"], 0],
    [["arccosh", 1], 0],
    [["sec", 0], 1],
  ])("%j is %d", (formula, value) => {
    expect(computed(formula)).toBeCloseTo(value, 12);
  });

  test("numbers in all of their forms, constants, piecewise, degrees and bases", () => {
    const number = (type: string, inner: string): { content: string } => ({
      content: `<cn type="${type}">${inner}</cn>`,
    });
    expect(computed(number("integer", " 42 "))).toBe(42);
    expect(computed(number("e-notation", "1 <sep/> -3"))).toBe(0.001);
    expect(computed(number("e-notation", "0.0000001 <sep/> 3"))).toBe(1e-4);
    expect(computed(number("e-notation", "100000000000000000000000 <sep/> -23"))).toBe(1);
    expect(computed(number("e-notation", "1e2 <sep/> 3"))).toBe(1e5);
    expect(computed({ content: '<cn type="integer" base="16"> -1f </cn>' })).toBe(-31);
    expect(computed(number("rational", "1<sep/>4"))).toBe(0.25);
    expect(computed({ content: "<pi/>" })).toBe(Math.PI);
    expect(computed({ content: "<infinity/>" })).toBe(Infinity);
    expect(computed({ content: "<notanumber/>" })).toBeNaN();
    const piece = `<piece>${content(1)}${content(["gt", "p", 8])}</piece>`;
    expect(computed({ content: `<piecewise>${piece}<otherwise>${content(5)}</otherwise></piecewise>` })).toBe(5);
    expect(computed({ content: `<piecewise>${piece}</piecewise>` })).toBeNaN();
    expect(computed({ content: `<apply><root/><degree>${content(3)}</degree>${content(27)}</apply>` })).toBeCloseTo(3);
    expect(computed({ content: `<apply><log/><logbase>${content(2)}</logbase>${content(8)}</apply>` })).toBeCloseTo(3);
    expect(computed({ content: `<semantics>${content(3)}<annotation>x</annotation></semantics>` })).toBe(3);
  });

  const define = (id: string, parameters: readonly string[], body: string): string =>
    `<functionDefinition id="${id}">${math(`<lambda>${parameters.map((one) => `<bvar><ci>${one}</ci></bvar>`).join("")}${body}</lambda>`)}</functionDefinition>`;

  test("functions are put in, parameters before ids of the model", () => {
    const definitions = listOf(
      "FunctionDefinitions",
      define("twice", ["p"], content(["times", 2, "p"])),
      define("both", ["x", "y"], content(["plus", ["!twice", "x"], "y"])),
    );
    expect(computed(["!both", 10, "p"], definitions)).toBe(27);
  });

  test.each([
    ["a function that calls itself", define("f", ["x"], content(["!f", "x"])), /calls itself/],
    ["an id of the model in a function", define("f", ["x"], content("p")), /unknown id "p"/],
    ["no body", define("f", ["x"], ""), /no body/],
    ["a parameter that comes twice", define("f", ["x", "x"], content("x")), /comes twice/],
  ])("refuses %s", async (_, definition, message) => {
    expect(await formatFailure(() => computed(["!f", 1], listOf("FunctionDefinitions", definition)))).toMatch(message);
  });

  test("a definition that doubles forty times is refused, and so is one that only works that much", async () => {
    for (const body of [content(["plus", ["!f0", "x"], ["!f0", "x"]]), content(["!f0", ["!f0", "x"]])]) {
      const chain = Array.from({ length: 40 }, (_, at) => define(`f${at + 1}`, ["x"], body.replaceAll("f0", `f${at}`)));
      const definitions = listOf("FunctionDefinitions", define("f0", ["x"], content(1)), ...chain);
      expect(await formatFailure(() => computed(["!f40", 1], definitions))).toMatch(
        /beyond 200000 parts|more than 1000000 parts/,
      );
    }
  });

  test.each<[Formula | { content: string }, RegExp]>([
    ["nobody", /unknown id "nobody" in mathematics/],
    [["frob", 1], /the operator <frob>/],
    [["divide", 1], /<divide> of 1 arguments, expected 2/],
    [["neq", 1, 2, 3], /<neq> of 3 arguments/],
    [["!g", 1], /a call of "g"/],
    [["@nothing"], /<csymbol> "nothing"/],
    [["@distrib/normal", 1], /1 parameters of normal, expected 2 or 4/],
    [{ content: "" }, /nothing in <math>/],
    [{ content: `${content(1)}${content(2)}` }, /several things/],
    [{ content: "<cn>1.2.3</cn>" }, /expected a number/],
    [{ content: '<cn type="complex-cartesian">1<sep/>2</cn>' }, /complex-cartesian/],
    [{ content: '<cn type="integer" base="8">19</cn>' }, /"19"/],
    [{ content: '<cn type="real" base="16">1f</cn>' }, /"1f"/],
    [{ content: "<matrix/>" }, /<matrix> in mathematics/],
    [{ content: '<ci xmlns="urn:x">p</ci>' }, /in mathematics/],
  ])("refuses %j with the line", async (formula, message) => {
    const failure = await formatFailure(() => computed(formula));
    expect(failure).toMatch(message);
    expect(failure).toMatch(/^:\d+:/);
  });
});

describe("values at the start", () => {
  const home = listOf("Compartments", compartment("c", 4));

  test("amounts and concentrations, whichever the file gives", () => {
    const model = read(
      home +
        listOf(
          "Species",
          species("a", 'initialAmount="8"'),
          species("b", 'initialConcentration="3"'),
          species("x", ""),
        ) +
        listOf("Parameters", '<parameter id="ca" constant="false"/>', '<parameter id="cb" constant="false"/>') +
        listOf(
          "Rules",
          `<assignmentRule variable="ca">${mathOf("a")}</assignmentRule>`,
          `<assignmentRule variable="cb">${mathOf("b")}</assignmentRule>`,
        ),
    );
    expect(["a", "b", "ca", "cb", "x"].map((id) => initialOf(model, id))).toEqual([8, 12, 2, 3, Number.NaN]);
    expect(model.symbols.get("a")).toMatchObject({ kind: "species", compartment: 0, substanceOnly: false });
  });

  test("assignments in an order of need, whatever the order of the file", () => {
    const model = read(
      home +
        listOf("Parameters", ...["p", "q", "r"].map((id) => `<parameter id="${id}" constant="false"/>`)) +
        listOf("InitialAssignments", `<initialAssignment symbol="p">${mathOf(["plus", "q", 1])}</initialAssignment>`) +
        listOf(
          "Rules",
          `<assignmentRule variable="q">${mathOf(["times", 2, "r"])}</assignmentRule>`,
          `<assignmentRule variable="r">${mathOf(["plus", "c", 1])}</assignmentRule>`,
        ),
    );
    expect(["p", "q", "r"].map((id) => initialOf(model, id))).toEqual([11, 10, 5]);
    expect(model.network.assignments.map(({ value }) => model.network.names[value])).toEqual(["r", "q"]);
  });

  test("a circle of assignments is refused with its members", async () => {
    const rules = listOf(
      "Rules",
      `<assignmentRule variable="p">${mathOf("q")}</assignmentRule>`,
      `<assignmentRule variable="q">${mathOf(["plus", "p", 1])}</assignmentRule>`,
    );
    const parameters = listOf("Parameters", ...["p", "q"].map((id) => `<parameter id="${id}" constant="false"/>`));
    expect(await refused(parameters + rules)).toMatch(/need each other: "p", "q"/);
  });

  test("a chain of 20,000 assignments is no call that deep", () => {
    const count = 20_000;
    const model = read(
      listOf(
        "Parameters",
        ...Array.from({ length: count }, (_, at) => `<parameter id="p${at}" value="1" constant="false"/>`),
      ) +
        listOf(
          "Rules",
          ...Array.from(
            { length: count - 1 },
            (_, at) => `<assignmentRule variable="p${at}">${mathOf(["plus", `p${at + 1}`, 1])}</assignmentRule>`,
          ),
        ),
    );
    expect(initialOf(model, "p0")).toBe(count);
  });

  test("what is drawn differs between trajectories, and what needs it follows", () => {
    const model = read(
      listOf("Parameters", '<parameter id="p" constant="true"/>', '<parameter id="q" constant="true"/>') +
        listOf(
          "InitialAssignments",
          `<initialAssignment symbol="q">${mathOf(["times", 2, "p"])}</initialAssignment>`,
          `<initialAssignment symbol="p">${mathOf(["@distrib/uniform", 3, 4])}</initialAssignment>`,
        ),
    );
    const drawn = initialDraws(model.network, 3, 1, 0);
    const [p0 = 0, q0 = 0, p1 = 0, q1 = 0] = drawn?.amounts ?? [];
    expect([...(drawn?.values ?? [])]).toEqual([0, 1, 0, 1, 0, 1]);
    expect([q0 / p0, q1 / p1]).toEqual([2, 2]);
    expect(p0).toBeGreaterThan(3);
    expect(p0).not.toBe(p1);
    // trajectory 2 alone is trajectory 2 of many
    expect(initialDraws(model.network, 1, 1, 2)?.amounts[0]).toBe(drawn?.amounts[4]);
  });
});

describe("reactions", () => {
  const two = (law: Formula, options: SbmlNetworkOptions, rest?: string): SbmlNetwork =>
    read(
      listOf("Compartments", compartment("c", 2)) +
        listOf("Species", species("x", 'initialAmount="6"', amounts), species("y", 'initialAmount="4"', amounts)) +
        listOf("Parameters", parameter("k", 3), parameter("j", 5)) +
        listOf("Reactions", reaction("r", ["2x", "y"], law, rest)),
      options,
    );
  const orders = ({ network }: SbmlNetwork): unknown =>
    network.reactions.map(({ rate, reactants }) =>
      rate.kind === "expression" ? null : [network.initial[rate.constant], ...reactants.flat()],
    );

  test.each<[string, Formula, unknown, unknown]>([
    ["first order", ["times", "k", "x"], [3, 1, 1], [3, 1, 1]],
    ["with a volume", ["times", "c", "k", ["divide", "x", "c"]], [3, 1, 1], [3, 1, 1]],
    ["two species", ["times", "k", "x", "y"], [3, 1, 1, 2, 1], [3, 1, 1, 2, 1]],
    ["a falling factorial", ["times", "k", "x", ["minus", "x", 1]], [6, 1, 2], null],
    ["its half", ["divide", ["times", "k", "x", ["minus", "x", 1]], 2], [3, 1, 2], null],
    ["a square", ["times", "k", "x", "x"], null, [6, 1, 2]],
    ["a power", ["times", "k", ["power", "x", 2]], null, [6, 1, 2]],
    ["no reactant", "k", [3], [3]],
    ["saturation", ["divide", ["times", "k", "x"], ["plus", "j", "x"]], null, null],
    ["a lowered species alone", ["times", "k", ["minus", "x", 1]], null, null],
  ])("mass action is what equals the law as it is written: %s", (_, law, inStochastic, inContinuous) => {
    expect(orders(two(law, stochastic))).toEqual([inStochastic]);
    expect(orders(two(law, continuous))).toEqual([inContinuous]);
  });

  test("a reversible difference becomes two reactions for stochastic use, and not by accident", () => {
    const net: Formula = ["times", "c", ["minus", ["times", "k", "x"], ["times", "j", "y"]]];
    const split = two(net, stochastic, 'reversible="true"');
    expect(split.network.reactions.map(({ changes }) => changes)).toEqual([
      [
        [1, -2],
        [2, 1],
      ],
      [
        [1, 2],
        [2, -1],
      ],
    ]);
    expect(orders(split)).toEqual([
      [6, 1, 1],
      [10, 2, 1],
    ]);
    expect(split.reactionIds).toEqual(["r", "r"]);
    expect(two(net, continuous, 'reversible="true"').network.reactions).toHaveLength(1);
    expect(two(net, stochastic).network.reactions).toHaveLength(1);
    const falling: Formula = ["times", "k", "x", ["minus", "x", 1], ["divide", 1, ["plus", 1, "x"]]];
    expect(two(falling, stochastic, 'reversible="true"').network.reactions).toHaveLength(1);
  });

  test("local parameters come before all other ids, conversion factors scale changes", () => {
    const model = read(
      listOf("Compartments", compartment("c", 2)) +
        listOf(
          "Species",
          species("x", 'initialAmount="6"', 'conversionFactor="f"'),
          species("y", 'initialAmount="4"'),
        ) +
        listOf("Parameters", parameter("f", 10), parameter("g", 100)) +
        listOf(
          "Reactions",
          reaction("r", ["x", "y"], ["times", "x", "y"]).replace(
            "</kineticLaw>",
            '<listOfLocalParameters><localParameter id="x" value="7"/></listOfLocalParameters></kineticLaw>',
          ),
        ),
      continuous,
      undefined,
      'id="m" conversionFactor="g"',
    );
    const [only] = model.network.reactions;
    expect(only?.changes).toEqual([
      [1, -10],
      [2, 100],
    ]);
    expect(rateOf(model, only as NetworkReaction)).toBe(14);
  });

  test("a stoichiometry that changes makes a flow, and is refused in stochastic runs", () => {
    const inside =
      listOf("Compartments", compartment("c")) +
      listOf("Species", species("x", 'initialAmount="1"')) +
      listOf("Rules", `<assignmentRule variable="n">${mathOf(["plus", 1, ["@time"]])}</assignmentRule>`) +
      listOf(
        "Reactions",
        `<reaction id="r"><listOfProducts><speciesReference id="n" species="x" constant="false"/></listOfProducts><kineticLaw>${mathOf(3)}</kineticLaw></reaction>`,
      );
    const { network } = read(inside);
    expect(network.reactions).toEqual([]);
    const values = Float64Array.from(network.initial);
    values[2] = 5;
    expect(network.rateRules.map(({ value, of }) => [value, interpreted(of)(values, 0, () => 0)])).toEqual([[1, 15]]);
    expect(unsupported(() => read(inside, stochastic))).toMatch(/stoichiometry/);
  });

  test("level 2 means a stoichiometry of 1 where it says nothing, level 3 wants to know", async () => {
    const inside =
      listOf("Compartments", '<compartment id="c" size="1"/>') +
      listOf("Species", '<species id="x" compartment="c" initialAmount="1"/>') +
      listOf("Reactions", reaction("r", ["x", ""], 1).replace(' stoichiometry="1" constant="true"', ""));
    expect(read(inside, continuous, 'level="2" version="1"').network.reactions[0]?.changes).toEqual([[1, -1]]);
    expect(await refused(inside)).toMatch(/no stoichiometry of "x"/);
  });

  test("rateOf is the whole rate: reactions, dilution, rules, nothing for constants", () => {
    const model = read(
      listOf("Compartments", compartment("c", 2, 'constant="false"')) +
        listOf("Species", species("x", 'initialAmount="6"')) +
        listOf(
          "Parameters",
          parameter("k", 3),
          ...["rx", "rc", "rk"].map((id) => `<parameter id="${id}" constant="false"/>`),
        ) +
        listOf(
          "Rules",
          `<rateRule variable="c">${mathOf(0.5)}</rateRule>`,
          ...[
            ["rx", "x"],
            ["rc", "c"],
            ["rk", "k"],
          ].map(([id = "", of = ""]) => `<assignmentRule variable="${id}">${mathOf(["@rateOf", of])}</assignmentRule>`),
        ) +
        listOf("Reactions", reaction("r", ["x", ""], 8)),
    );
    // d(A/V)/dt = (A' - A/V V') / V
    expect(["rx", "rc", "rk"].map((id) => initialOf(model, id))).toEqual([(-8 - 3 * 0.5) / 2, 0.5, 0]);
  });

  test("reactions are values where mathematics or the caller asks", async () => {
    const model = (law: Formula): SbmlNetwork =>
      read(
        listOf("Compartments", compartment("c")) +
          listOf("Species", species("x", 'initialAmount="6"')) +
          listOf("Reactions", reaction("r", ["x", ""], ["times", 2, "x"]), reaction("s", ["x", ""], law)),
        { use: "continuous", rates: ["s"] },
      );
    expect(initialOf(model(["plus", "r", 1]), "s")).toBe(13);
    expect(await formatFailure(() => model("s"))).toMatch(/need each other/);
  });
});

describe("events", () => {
  const event = (inside: string, rest = 'useValuesFromTriggerTime="false"'): string =>
    `<event id="e" ${rest}>${inside}</event>`;
  const assign = (id: string, formula: Formula): string =>
    `<eventAssignment variable="${id}">${mathOf(formula)}</eventAssignment>`;
  const home =
    listOf("Compartments", compartment("c", 2, 'constant="false"')) +
    listOf("Species", species("x", 'initialAmount="6"')) +
    listOf("Parameters", parameter("p", 1, 'constant="false"'), parameter("k", 1));

  test("have all of their parts, and set concentrations times the size that there will be", () => {
    const model = read(
      home +
        listOf(
          "Events",
          event(
            `<trigger initialValue="false" persistent="false">${mathOf(["gt", ["@time"], 1])}</trigger>` +
              `<priority>${mathOf(3)}</priority><delay>${mathOf("p")}</delay>` +
              listOf("EventAssignments", assign("x", 5), assign("c", 4), assign("p", ["@distrib/exponential", 2])),
          ),
        ),
    );
    const [only] = model.network.events;
    expect(only).toMatchObject({ initiallyTrue: false, persistent: false, valuesFromTrigger: false });
    const value = (at: number): unknown => {
      const assignment = only?.assignments[at];
      const of = assignment && interpreted(assignment.of)(model.network.initial, 0, () => 0.5);
      return [assignment?.value, of, assignment?.times];
    };
    expect([value(0), value(1)]).toEqual([
      [1, 5, 0],
      [0, 4, undefined],
    ]);
    expect(model.eventIds).toEqual(["e"]);
    expect(only?.assignments[2]?.of.kind).toBe("draw");
  });

  test("level 3 version 2 may leave mathematics out", () => {
    const none = '<eventAssignment variable="p"/>';
    const quiet = event(`<trigger/>${listOf("EventAssignments", assign("p", 2))}`);
    expect(read(home + listOf("Events", quiet)).network.events).toEqual([]);
    const half = event(`<trigger>${mathOf(["gt", ["@time"], 1])}</trigger>${listOf("EventAssignments", none)}`);
    expect(read(home + listOf("Events", half)).network.events[0]?.assignments).toEqual([]);
  });

  test.each([
    ["a constant", assign("k", 2), /which is constant/],
    ["an unknown id", assign("nobody", 2), /the variable "nobody"/],
    ["one id twice", assign("p", 2) + assign("p", 3), /a second assignment of "p"/],
  ])("refuses to assign %s", async (_, assignments, message) => {
    const trigger = `<trigger>${mathOf(["gt", ["@time"], 1])}</trigger>`;
    expect(await refused(home + listOf("Events", event(trigger + listOf("EventAssignments", assignments))))).toMatch(
      message,
    );
  });
});

describe("what is refused", () => {
  const home = listOf("Compartments", compartment("c"));

  test.each([
    ["algebraic rules", `<algebraicRule>${mathOf("c")}</algebraicRule>`, "Rules", "algebraic rules"],
    ["fast reactions", '<reaction id="r" fast="true"/>', "Reactions", "fast reactions"],
    [
      "the delay symbol",
      `<rateRule variable="p">${mathOf(["@delay", "c", 1])}</rateRule>`,
      "Rules",
      "the delay symbol",
    ],
    [
      "random rates",
      `<rateRule variable="p">${mathOf(["@distrib/poisson", 1])}</rateRule>`,
      "Rules",
      "a random number outside initial and event assignments",
    ],
  ])("%s, by the name of the feature", (_, element, list, feature) => {
    const parameters = listOf("Parameters", parameter("p", 1, 'constant="false"'));
    expect(unsupported(() => read(home + parameters + listOf(list, element)))).toBe(feature);
  });

  test("packages that change the model, not those that add to it", () => {
    const declared = (name: string, isRequired: boolean): string =>
      `level="3" version="1" xmlns:a="http://www.sbml.org/sbml/level3/version1/${name}/version1" a:required="${isRequired}"`;
    expect(unsupported(() => read(home, continuous, declared("comp", true)))).toBe('the package "comp"');
    expect(unsupported(() => read(home, continuous, declared("qual", true)))).toBe('the package "qual"');
    expect(read(home, continuous, declared("layout", false)).id).toBe("m");
    expect(read(home, continuous, declared("distrib", true)).id).toBe("m");
  });

  test.each([
    ["an id that comes twice", listOf("Parameters", parameter("c", 1)), /a second <parameter id="c"> after line/],
    ["an id that is code", listOf("Parameters", parameter("x;process.exit(1)", 1)), /the id "x;process.exit\(1\)"/],
    ["an unknown compartment", listOf("Species", '<species id="x" compartment="d"/>'), /unknown compartment "d"/],
    ["an unknown species", listOf("Reactions", reaction("r", ["z", ""], 1)), /unknown species "z"/],
    ["a rule for nothing", listOf("Rules", `<rateRule variable="z">${mathOf(1)}</rateRule>`), /variable "z"/],
    ["a rule for a constant", listOf("Rules", `<rateRule variable="c">${mathOf(1)}</rateRule>`), /which is constant/],
    ["an unknown unit", listOf("Parameters", parameter("p", 1, 'units="furlong"')), /the unit "furlong"/],
    ["a size that is no number", listOf("Compartments", '<compartment id="d" size="big"/>'), /"big" as 'size'/],
    [
      "a unit made of nothing",
      '<listOfUnitDefinitions><unitDefinition id="u"><listOfUnits><unit kind="mana"/></listOfUnits></unitDefinition></listOfUnitDefinitions>',
      /the unit "mana" in <unitDefinition id="u">/,
    ],
    [
      "a ruled species in a reaction",
      listOf("Species", species("x", 'initialAmount="1"')) +
        listOf("Rules", `<rateRule variable="x">${mathOf(1)}</rateRule>`) +
        listOf("Reactions", reaction("r", ["x", ""], 1)),
      /with a rule and in a reaction/,
    ],
  ])("%s, with the line", async (_, inside, message) => {
    const failure = await refused(home + inside);
    expect(failure).toMatch(message);
    expect(failure).toMatch(/^:\d+:/);
  });

  test("units in annotations are nobody's here", () => {
    const told = '<x:a xmlns:x="urn:x" units="furlong"/>';
    const inside = `<parameter id="p" value="2" constant="true"><annotation>${told}</annotation></parameter>`;
    expect(initialOf(read(home + listOf("Parameters", inside)), "p")).toBe(2);
  });

  test("other levels, document types and depth", async () => {
    expect(await refused("", continuous, 'level="3" version="7"')).toMatch(/SBML level 3 version 7/);
    expect(await refused("", continuous, 'level="1" version="2"')).toMatch(/SBML level 1/);
    const bomb = Buffer.from(
      `<!DOCTYPE sbml [<!ENTITY a "aaaa">]>\n${sbmlCore("")
        .toString()
        .replace(/^<\?.*\n/, "")}`,
    );
    expect(await formatFailure(() => parseReactionNetwork(bomb, continuous, "b"))).toMatch(/document type/);
    const deep = `<initialAssignment symbol="c">${math("<apply>".repeat(300))}`;
    expect(await refused(listOf("Compartments", compartment("c")) + deep)).toMatch(/nested elements/);
  });
});

test("reads files, plain and gzip", async () => {
  const text = sbmlCore(listOf("Parameters", parameter("p", 2)));
  for (const path of [file("m.xml", text), file("m.xml.gz", gzipSync(text))])
    expect(initialOf(await readReactionNetwork(path, continuous), "p")).toBe(2);
  expect(await formatFailure(() => readReactionNetwork(file("e.xml", ""), continuous))).toMatch(/empty/);
});
