import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { json } from "../support/command.ts";
import { type Formula, mathOf, sbmlCore } from "../support/sbml-core-text.ts";

const time: Formula = ["@time"];
const list = (name: string, ...items: readonly string[]): string => `<listOf${name}>${items.join("")}</listOf${name}>`;
const parameter = (id: string, value: number | null, isConstant = false): string =>
  `<parameter id="${id}"${value === null ? "" : ` value="${value === Infinity ? "INF" : value}"`} constant="${isConstant}"/>`;
const compartment = (size: number, isConstant = true): string =>
  list("Compartments", `<compartment id="c" size="${size}" spatialDimensions="3" constant="${isConstant}"/>`);
const species = (id: string, amount: number, rest: Readonly<Record<string, string>> = {}): string => {
  const all = { hasOnlySubstanceUnits: "false", boundaryCondition: "false", constant: "false", ...rest };
  const attributes = Object.entries(all).map(([name, value]) => `${name}="${value}"`);
  return `<species id="${id}" compartment="c" initialAmount="${amount}" ${attributes.join(" ")}/>`;
};
const rule = (kind: "rate" | "assignment", id: string, of: Formula): string =>
  `<${kind}Rule variable="${id}">${mathOf(of)}</${kind}Rule>`;
const side = (name: string, references: readonly string[]): string =>
  references.length === 0 ? "" : list(name, ...references);
const reference = (id: string, rest = 'stoichiometry="1" constant="true"'): string =>
  `<speciesReference species="${id}" ${rest}/>`;
const reaction = (
  id: string,
  from: readonly string[],
  to: readonly string[],
  law: Formula | null,
  inside = "",
): string =>
  `<reaction id="${id}" reversible="false">${side("Reactants", from)}${side("Products", to)}<kineticLaw>${
    law === null ? "" : mathOf(law)
  }${inside}</kineticLaw></reaction>`;

interface EventRest {
  readonly delay?: Formula;
  readonly valuesFromTrigger?: boolean;
  readonly persistent?: boolean;
  readonly initialValue?: boolean;
  readonly priority?: Formula;
}
const event = (trigger: Formula, set: Readonly<Record<string, Formula>>, rest: EventRest = {}): string => {
  const { delay, valuesFromTrigger = true, persistent = true, initialValue = true, priority } = rest;
  const part = (name: string, value: Formula | undefined): string =>
    value === undefined ? "" : `<${name}>${mathOf(value)}</${name}>`;
  const assignments = Object.entries(set).map(
    ([id, of]) => `<eventAssignment variable="${id}">${mathOf(of)}</eventAssignment>`,
  );
  return `<event useValuesFromTriggerTime="${valuesFromTrigger}"><trigger initialValue="${initialValue}" persistent="${persistent}">${mathOf(
    trigger,
  )}</trigger>${part("priority", priority)}${part("delay", delay)}${list("EventAssignments", ...assignments)}</event>`;
};

interface Case {
  readonly inside: string;
  readonly model?: string;
  /** Concentrations among the variables; the others are amounts or values. */
  readonly concentration?: readonly string[];
  /** By variable, in time. */
  readonly expected: Readonly<Record<string, (t: number) => number>>;
}

/** Models with solutions that can be written down: features of SBML that the suite's cases at hand do not meet, or not together. */
const cases: Readonly<Record<string, Case>> = {
  "a growing compartment dilutes": {
    inside: compartment(2, false) + list("Species", species("S", 6)) + list("Rules", rule("rate", "c", 0.5)),
    concentration: ["S"],
    expected: { S: (t) => 6 / (2 + 0.5 * t), c: (t) => 2 + 0.5 * t },
  },
  "a law of concentrations in a growing compartment moves amounts": {
    inside:
      compartment(2, false) +
      list("Species", species("S", 6)) +
      list("Rules", rule("rate", "c", 1)) +
      list("Reactions", reaction("r", [reference("S")], [], ["times", 1.5, "S"])),
    expected: { S: (t) => 6 * (2 / (2 + t)) ** 1.5 },
  },
  "an assigned compartment, and a law by amount": {
    inside:
      compartment(1, false) +
      list("Species", species("S", 6)) +
      list("Rules", rule("assignment", "c", ["plus", time, 2])) +
      list("Reactions", reaction("r", [reference("S")], [], ["times", 0.5, "S", "c"])),
    concentration: ["S"],
    expected: { S: (t) => (6 * Math.exp(-0.5 * t)) / (2 + t) },
  },
  "a rate rule of a concentration in a growing compartment": {
    inside:
      compartment(2, false) +
      list("Species", species("S", 6)) +
      list("Rules", rule("rate", "c", 1), rule("rate", "S", 0.5)),
    expected: { S: (t) => (3 + 0.5 * t) * (2 + t) },
  },
  "a stoichiometry with a rate rule": {
    inside:
      compartment(1) +
      list("Species", species("S", 1)) +
      list("Rules", rule("rate", "n", 2)) +
      list("Reactions", reaction("r", [], [reference("S", 'id="n" stoichiometry="1" constant="false"')], 1)),
    expected: { S: (t) => 1 + t + t * t, n: (t) => 1 + 2 * t },
  },
  "a stoichiometry that an event changes": {
    inside:
      compartment(1) +
      list("Species", species("S", 1)) +
      list("Reactions", reaction("r", [], [reference("S", 'id="n" stoichiometry="1" constant="false"')], 1)) +
      list("Events", event(["geq", time, 2.25], { n: 3 })),
    expected: { S: (t) => (t < 2.25 ? 1 + t : 3.25 + 3 * (t - 2.25)) },
  },
  "a stoichiometry with an initial assignment": {
    inside:
      compartment(1) +
      list("Species", species("S", 1)) +
      list("Parameters", parameter("p", 3, true)) +
      list("InitialAssignments", `<initialAssignment symbol="n">${mathOf(["times", "p", 2])}</initialAssignment>`) +
      list("Reactions", reaction("r", [], [reference("S", 'id="n" constant="true"')], 1)),
    expected: { S: (t) => 1 + 6 * t },
  },
  "conversion factors, of the model and of a species before it": {
    inside:
      compartment(1) +
      list(
        "Species",
        species("A", 10, { hasOnlySubstanceUnits: "true" }),
        species("B", 0, { hasOnlySubstanceUnits: "true", conversionFactor: "f2" }),
      ) +
      list("Parameters", parameter("f1", 2, true), parameter("f2", 3, true)) +
      list("Reactions", reaction("r", [reference("A")], [reference("B")], 0.5)),
    model: 'conversionFactor="f1"',
    expected: { A: (t) => 10 - t, B: (t) => 1.5 * t },
  },
  "a local parameter before all others, a law without mathematics": {
    inside:
      compartment(1) +
      list("Species", species("S", 5)) +
      list("Parameters", parameter("k", 100, true)) +
      list(
        "Reactions",
        reaction("r", [], [reference("S")], "k", list("LocalParameters", '<localParameter id="k" value="2"/>')),
        reaction("q", [reference("S")], [], null),
      ),
    expected: { S: (t) => 5 + 2 * t },
  },
  "a boundary and a constant species drive a reaction that does not move them": {
    inside:
      compartment(1) +
      list(
        "Species",
        species("A", 3, { boundaryCondition: "true" }),
        species("B", 0),
        species("K", 2, { boundaryCondition: "true", constant: "true" }),
      ) +
      list("Reactions", reaction("r", [reference("A"), reference("K")], [reference("B")], ["times", 0.5, "A", "K"])),
    expected: { A: () => 3, B: (t) => 3 * t, K: () => 2 },
  },
  "rates of a parameter, a species and a compartment": {
    inside:
      compartment(2, false) +
      list("Species", species("S", 0, { hasOnlySubstanceUnits: "true" })) +
      list("Parameters", parameter("x", 0), parameter("y", null), parameter("z", null)) +
      list(
        "Rules",
        rule("rate", "x", ["times", 2, time]),
        rule("rate", "c", 2),
        rule("assignment", "y", ["@rateOf", "x"]),
        rule("assignment", "z", ["@rateOf", "S"]),
      ) +
      list("Reactions", reaction("r", [], [reference("S")], ["@rateOf", "c"])),
    expected: { y: (t) => 2 * t, z: () => 2, S: (t) => 2 * t },
  },
  "a reaction's id is its rate": {
    inside:
      compartment(1) +
      list("Species", species("S", 5)) +
      list("Parameters", parameter("y", null)) +
      list("Rules", rule("assignment", "y", ["times", "r", 3])) +
      list("Reactions", reaction("r", [reference("S")], [], ["times", 0.5, "S"])),
    expected: { y: (t) => 7.5 * Math.exp(-0.5 * t), r: (t) => 2.5 * Math.exp(-0.5 * t) },
  },
  "a delayed event keeps the values of its trigger, or takes those of its time": {
    inside:
      list("Parameters", parameter("x", 0), parameter("a", 0), parameter("b", 0)) +
      list("Rules", rule("rate", "x", 1)) +
      list(
        "Events",
        event(["geq", time, 1.2], { a: "x" }, { delay: 1.1 }),
        event(["geq", time, 1.2], { b: "x" }, { delay: 1.1, valuesFromTrigger: false }),
      ),
    expected: { a: (t) => (t < 2.3 ? 0 : 1.2), b: (t) => (t < 2.3 ? 0 : 2.3) },
  },
  "a trigger that is not persistent takes its event back": {
    inside:
      list("Parameters", parameter("a", 0), parameter("b", 0)) +
      list(
        "Events",
        event(["and", ["geq", time, 1.2], ["lt", time, 2]], { a: 1 }, { delay: 1.1, persistent: false }),
        event(["and", ["geq", time, 1.2], ["lt", time, 2]], { b: 1 }, { delay: 1.1 }),
      ),
    expected: { a: () => 0, b: (t) => (t < 2.3 ? 0 : 1) },
  },
  "priorities order what happens at once, values taken one after the other": {
    inside:
      list("Parameters", parameter("a", 0)) +
      list(
        "Events",
        event(["geq", time, 1.2], { a: ["plus", "a", 1] }, { valuesFromTrigger: false, priority: 1 }),
        event(["geq", time, 1.2], { a: ["times", ["plus", "a", 10], 2] }, { valuesFromTrigger: false, priority: 5 }),
      ),
    expected: { a: (t) => (t < 1.2 ? 0 : 21) },
  },
  "an event at the start, a cascade and a swap": {
    inside:
      list("Parameters", parameter("a", 1), parameter("b", 2), parameter("d", 0), parameter("e", 0)) +
      list(
        "Events",
        event(["geq", time, 0], { d: 4 }, { initialValue: false }),
        event(["geq", time, 1.2], { a: "b", b: "a" }),
        event(["gt", "a", 1.5], { e: ["plus", "e", 7] }),
      ),
    expected: {
      ...{ a: (t) => (t < 1.2 ? 1 : 2), b: (t) => (t < 1.2 ? 2 : 1), d: () => 4, e: (t) => (t < 1.2 ? 0 : 7) },
    },
  },
  "an event that fires again and again while its delay runs": {
    inside:
      list("Parameters", parameter("a", 0)) +
      list(
        "Events",
        event(
          ["gt", ["sin", ["times", time, 2 * Math.PI]], 0.5],
          { a: ["plus", "a", 1] },
          {
            delay: 1.7,
            valuesFromTrigger: false,
          },
        ),
      ),
    expected: { a: (t) => [0, 1, 2, 3, 4].filter((k) => t >= k + 1 / 12 + 1.7).length },
  },
  "an event sets a size, and amounts stay": {
    inside:
      compartment(2, false) + list("Species", species("S", 6)) + list("Events", event(["geq", time, 1.2], { c: 4 })),
    concentration: ["S"],
    expected: { S: (t) => (t < 1.2 ? 3 : 1.5), c: (t) => (t < 1.2 ? 2 : 4) },
  },
  "quotients, remainders, implications, numbers for truth and truth for numbers": {
    inside:
      list("Parameters", ...[..."abcdefg"].map((id) => parameter(id, null))) +
      list(
        "Rules",
        rule("assignment", "a", ["quotient", -7, 2]),
        rule("assignment", "b", ["rem", -7, 2]),
        rule("assignment", "d", ["min", 3, time, 2]),
        rule("assignment", "e", ["max", 1, time]),
        rule("assignment", "f", ["plus"]),
        rule("assignment", "g", ["plus", ["gt", time, 2.2], 1]),
        rule("assignment", "c", ["implies", ["gt", time, 2.2], ["gt", time, 3.2]]),
      ),
    expected: {
      ...{ a: () => -3, b: () => -1, c: (t) => (t > 2.2 && t <= 3.2 ? 0 : 1), d: (t) => Math.min(2, t) },
      ...{ e: (t) => Math.max(1, t), f: () => 0, g: (t) => (t > 2.2 ? 2 : 1) },
    },
  },
  "a stoichiometry with an assignment rule, and mathematics that reads it": {
    inside:
      compartment(1) +
      list("Species", species("S", 1)) +
      list("Parameters", parameter("p", null)) +
      list("Rules", rule("assignment", "n", ["plus", time, 1]), rule("assignment", "p", ["times", "n", 2])) +
      list("Reactions", reaction("r", [], [reference("S", 'id="n" constant="false"')], 1)),
    expected: { S: (t) => 1 + t + (t * t) / 2, p: (t) => 2 * (t + 1) },
  },
  "two compartments of different sizes, one reaction between them": {
    inside:
      list(
        "Compartments",
        `<compartment id="c" size="2" spatialDimensions="3" constant="true"/>`,
        `<compartment id="d" size="5" spatialDimensions="2" constant="true"/>`,
      ) +
      list("Species", species("A", 8), species("B", 0).replace('compartment="c"', 'compartment="d"')) +
      list("Reactions", reaction("r", [reference("A")], [reference("B")], ["times", 0.6, "A", "c"])),
    concentration: ["A", "B"],
    expected: { A: (t) => 4 * Math.exp(-0.6 * t), B: (t) => (8 * (1 - Math.exp(-0.6 * t))) / 5 },
  },
  "a rate rule and an assignment rule of species in a growing compartment, an amount and a concentration": {
    inside:
      compartment(2, false) +
      list(
        "Species",
        species("A", 3, { hasOnlySubstanceUnits: "true", boundaryCondition: "true" }),
        species("B", 0, { boundaryCondition: "true" }),
      ) +
      list("Rules", rule("rate", "c", 1), rule("rate", "A", 0.5), rule("assignment", "B", ["times", 2, "A"])),
    expected: { A: (t) => 3 + 0.5 * t, B: (t) => 2 * (3 + 0.5 * t) * (2 + t) },
  },
  "a boundary species follows its rule though a reaction takes it": {
    inside:
      compartment(1) +
      list("Species", species("A", 4, { boundaryCondition: "true" }), species("B", 0)) +
      list("Rules", rule("rate", "A", -0.5)) +
      list("Reactions", reaction("r", [reference("A")], [reference("B")], ["times", 0.1, "A"])),
    expected: { A: (t) => 4 - 0.5 * t, B: (t) => 0.4 * t - 0.025 * t * t },
  },
  "a conversion factor of a species by concentration, in a compartment of two": {
    inside:
      compartment(2) +
      list("Species", species("A", 6, { conversionFactor: "f" })) +
      list("Parameters", parameter("f", 3, true)) +
      list("Reactions", reaction("r", [reference("A")], [], ["times", 0.2, "A"])),
    concentration: ["A"],
    expected: { A: (t) => 3 * Math.exp((-0.2 * 3 * t) / 2) },
  },
  "a size by initial assignment decides the amount of an initial concentration": {
    inside:
      `<listOfCompartments><compartment id="c" size="1" spatialDimensions="3" constant="true"/></listOfCompartments>` +
      list("Species", species("S", 0).replace('initialAmount="0"', 'initialConcentration="3"')) +
      list("Parameters", parameter("p", 4, true)) +
      list("InitialAssignments", `<initialAssignment symbol="c">${mathOf(["plus", "p", 1])}</initialAssignment>`),
    expected: { S: () => 15 },
  },
  "an event sets a concentration in a compartment of two": {
    inside:
      compartment(2) +
      list("Species", species("S", 1)) +
      list("Events", event(["gt", time, 1.25], { S: ["plus", "S", 3] })),
    expected: { S: (t) => (t > 1.25 ? 7 : 1) },
  },
  "of two events at once the first takes the other, which is not persistent, back": {
    inside:
      list("Parameters", parameter("x", 0), parameter("y", 0)) +
      list(
        "Events",
        event(["and", ["gt", time, 1.25], ["eq", "x", 0]], { y: 1 }, { persistent: false, priority: 1 }),
        event(["gt", time, 1.25], { x: 1 }, { priority: 2 }),
      ),
    expected: { x: (t) => (t > 1.25 ? 1 : 0), y: () => 0 },
  },
  "a delay by a value of its trigger's time, a rate in a trigger": {
    inside:
      list("Parameters", parameter("x", 0), parameter("y", 0), parameter("z", 0)) +
      list("Rules", rule("rate", "x", ["times", 0.5, time])) +
      list(
        "Events",
        event(["gt", ["@rateOf", "x"], 0.625], { y: 1 }),
        event(["gt", time, 1.4], { z: 1 }, { delay: ["plus", "y", 0.3] }),
      ),
    expected: { x: (t) => 0.25 * t * t, y: (t) => (t > 1.25 ? 1 : 0), z: (t) => (t > 2.7 ? 1 : 0) },
  },
  "logic and order of any number of operands, Avogadro's number": {
    inside:
      list("Parameters", ...["a", "b", "d", "e", "f", "g", "h"].map((id) => parameter(id, null))) +
      list(
        "Rules",
        rule("assignment", "a", ["and"]),
        rule("assignment", "b", ["or"]),
        rule("assignment", "d", ["xor", ["gt", time, 1.2], ["gt", time, 2.2], ["gt", time, 3.2]]),
        rule("assignment", "e", ["lt", 0, time, 3.2]),
        rule("assignment", "f", ["divide", ["@avogadro"], 1e23]),
        rule("assignment", "g", ["not", ["leq", 1, time, 2.2]]),
        rule("assignment", "h", ["times"]),
      ),
    expected: {
      ...{ a: () => 1, b: () => 0, d: (t) => (t > 3.2 ? 1 : t > 2.2 ? 0 : t > 1.2 ? 1 : 0) },
      ...{ e: (t) => (t > 0 && t < 3.2 ? 1 : 0), f: () => 6.02214179, g: (t) => (t >= 1 && t <= 2.2 ? 0 : 1) },
      h: () => 1,
    },
  },
  "an event sets a concentration in a size that changes with it: by an event before, by a rule, while its delay runs": {
    inside:
      list(
        "Compartments",
        ...["c", "d", "f"].map((id) => `<compartment id="${id}" size="2" spatialDimensions="3" constant="false"/>`),
      ) +
      list("Species", ...["c", "d", "f"].map((home) => species(`S${home}`, 6).replace('"c"', `"${home}"`))) +
      list("Parameters", parameter("p", 2)) +
      list("Rules", rule("assignment", "d", "p"), rule("rate", "f", 1)) +
      list(
        "Events",
        event(["geq", time, 1.2], { c: 1 }, { priority: 2 }),
        event(["geq", time, 1.2], { Sc: 5 }, { priority: 1 }),
        event(["geq", time, 1.2], { Sd: 5, p: 4 }),
        event(["geq", time, 1.2], { Sf: 5 }, { delay: 1.1 }),
      ),
    concentration: ["Sc", "Sd", "Sf"],
    expected: {
      Sc: (t) => (t < 1.2 ? 3 : 5),
      Sd: (t) => (t < 1.2 ? 3 : 5),
      Sf: (t) => (t < 2.3 ? 6 / (2 + t) : (5 * 4.3) / (2 + t)),
    },
  },
  "pulses far shorter than a step, in a rate and in a trigger": {
    inside:
      list(
        "Parameters",
        parameter("x", 0),
        parameter("y", 0),
        parameter("a", 0),
        parameter("b", 0),
        parameter("d", 0),
      ) +
      list(
        "Rules",
        rule("rate", "x", ["times", 1000, ["and", ["gt", time, 3.3], ["leq", time, 3.301]]]),
        rule("rate", "y", ["times", 2, ["geq", time, 3.2]]),
      ) +
      list(
        "Events",
        event(["and", ["gt", time, 3.21], ["lt", time, 3.2101]], { a: 1 }),
        event(["eq", time, 1.7], { b: 1 }),
        event(["gt", time, 0], { d: 1 }),
      ),
    expected: {
      ...{ x: (t) => (t < 3.3 ? 0 : 1), y: (t) => Math.max(0, 2 * (t - 3.2)), a: (t) => (t < 3.21 ? 0 : 1) },
      ...{ b: (t) => (t < 1.7 ? 0 : 1), d: (t) => (t > 0 ? 1 : 0) },
    },
  },
  "values that are not set, or infinite, stay so until an event sets them": {
    inside:
      list("Parameters", parameter("x", null), parameter("y", 0), parameter("z", Infinity)) +
      list("Rules", rule("rate", "x", 1), rule("rate", "y", 1), rule("rate", "z", 2)) +
      list("Events", event(["geq", time, 2.25], { x: 3 })),
    expected: { x: (t) => (t < 2.25 ? Number.NaN : 0.75 + t), y: (t) => t, z: () => Infinity },
  },
  "a priority that is NaN comes after all others": {
    inside:
      list("Parameters", parameter("a", 0), parameter("n", null)) +
      list(
        "Events",
        ...[["n", 9] as const, [1, 1] as const, [3, 3] as const].map(([priority, digit]) =>
          event(["geq", time, 1.2], { a: ["plus", ["times", 10, "a"], digit] }, { valuesFromTrigger: false, priority }),
        ),
      ),
    expected: { a: (t) => (t < 1.2 ? 0 : 319) },
  },
  "a root with an infinite slope at the start": {
    inside:
      list("Parameters", parameter("x", 0), parameter("y", 0)) +
      list("Rules", rule("rate", "x", 1), rule("rate", "y", ["root", "x"])),
    expected: { y: (t) => (2 / 3) * t ** 1.5 },
  },
  "initial values in the order of need": {
    inside:
      compartment(2) +
      list("Species", species("S", 1)) +
      list("Parameters", parameter("k", null), parameter("q", null, true)) +
      list(
        "InitialAssignments",
        `<initialAssignment symbol="S">${mathOf(["plus", "q", 1])}</initialAssignment>`,
        `<initialAssignment symbol="q">${mathOf(["times", "k", 2])}</initialAssignment>`,
      ) +
      list("Rules", rule("assignment", "k", 2)),
    concentration: ["S"],
    expected: { S: () => 5, q: () => 4 },
  },
};

const [until, steps] = [5, 10];

test("models with solutions that can be written down are simulated so, as a suite of cases", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bioxen-sbml-"));
  const names = Object.keys(cases);
  for (const [at, name] of names.entries()) {
    const { inside, model, concentration = [], expected } = cases[name] as Case;
    const id = String(at + 1).padStart(5, "0");
    const own = join(folder, id);
    const variables = Object.keys(expected);
    mkdirSync(own);
    writeFileSync(join(own, `${id}-sbml-l3v2.xml`), sbmlCore(inside, undefined, `id="m" ${model ?? ""}`));
    const amounts = variables.filter((one) => !concentration.includes(one));
    writeFileSync(
      join(own, `${id}-settings.txt`),
      `start: 0\nduration: ${until}\nsteps: ${steps}\nvariables: ${variables.join(", ")}\nabsolute: 1e-6\nrelative: 1e-6\n` +
        `amount: ${amounts.join(", ")}\nconcentration: ${concentration.join(", ")}\n`,
    );
    const rows = Array.from({ length: steps + 1 }, (_, row) => {
      const t = (row * until) / steps;
      return [t, ...variables.map((one) => String(expected[one]?.(t)).replace("Infinity", "INF"))].join(",");
    });
    writeFileSync(join(own, `${id}-results.csv`), `${["time", ...variables].join(",")}\n${rows.join("\n")}\n`);
  }
  const { cases: judged } = await json(["simulate", "--suite", folder]);
  const told = (judged as { id: string; status: string; why: string | null }[]).map(({ id, status, why }) => [
    names[Number(id) - 1],
    why ?? status,
  ]);
  expect(told).toEqual(names.map((name) => [name, "pass"]));
}, 60_000);
