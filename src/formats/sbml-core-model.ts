import type { BioXenError } from "../contract/index.ts";
import { quoteId } from "./format-error.ts";
import type { Refusals } from "./sbml-core-math.ts";
import { childrenOf, type SbmlElement, type SbmlListener } from "./sbml-elements.ts";
import { type FunctionDefinition, functionOf } from "./sbml-function.ts";
import { elementsIn } from "./sbml-mathml.ts";
import { required, shown } from "./sbml-reactions.ts";

/** The elements of a model that say how it changes in time, as the file has them. */
export interface CoreModel {
  readonly level: number;
  readonly version: number;
  readonly id: string;
  readonly name: string;
  /** Id of the parameter that turns extents of reactions into amounts, for species that name none of their own. */
  readonly conversionFactor: string | null;
  readonly element: SbmlElement;
  readonly functions: ReadonlyMap<string, FunctionDefinition>;
  readonly compartments: readonly SbmlElement[];
  readonly species: readonly SbmlElement[];
  readonly parameters: readonly SbmlElement[];
  readonly initialAssignments: readonly SbmlElement[];
  readonly rules: readonly SbmlElement[];
  readonly reactions: readonly SbmlElement[];
  readonly events: readonly SbmlElement[];
}

/** Packages that change what a model means and are understood: what they add to the mathematics is read. */
const understood = new Set(["distrib", "fbc", "l3v2extendedmath", "groups", "layout", "render"]);

const baseUnits = new Set(
  (
    "ampere avogadro becquerel candela Celsius coulomb dimensionless farad gram gray henry hertz item joule katal " +
    "kelvin kilogram liter litre lumen lux meter metre mole newton ohm pascal radian second siemens sievert steradian " +
    "tesla volt watt weber"
  ).split(" "),
);
/** Units that level 2 has without a definition. */
const level2Units = ["substance", "volume", "area", "length", "time"];
const unitAttributes = [
  "units",
  "substanceUnits",
  "timeUnits",
  "volumeUnits",
  "areaUnits",
  "lengthUnits",
  "extentUnits",
  "spatialSizeUnits",
  "sbml:units",
];

const lists: Readonly<Record<string, string>> = {
  "listOfCompartments/compartment": "compartments",
  "listOfSpecies/species": "species",
  "listOfParameters/parameter": "parameters",
  "listOfInitialAssignments/initialAssignment": "initialAssignments",
  "listOfRules/assignmentRule": "rules",
  "listOfRules/rateRule": "rules",
  "listOfReactions/reaction": "reactions",
  "listOfEvents/event": "events",
};

/** Gathers a model's elements, and checks what can be checked of each alone: levels, packages, ids, units. */
export class CoreModelListener implements SbmlListener {
  readonly #refusals: Refusals;
  readonly #ids = new Map<string, SbmlElement>();
  readonly #units = new Map<string, SbmlElement>();
  readonly #functions = new Map<string, FunctionDefinition>();
  readonly #found: Record<string, SbmlElement[]> = {
    compartments: [],
    species: [],
    parameters: [],
    initialAssignments: [],
    rules: [],
    reactions: [],
    events: [],
  };
  #level = 0;
  #version = 0;
  #model: SbmlElement | null = null;

  constructor(refusals: Refusals) {
    this.#refusals = refusals;
  }

  opened(element: SbmlElement, depth: number): void {
    const { attributes, name } = element;
    if (depth === 0) {
      this.#level = Number(attributes.get("level") ?? Number.NaN);
      this.#version = Number(attributes.get("version") ?? Number.NaN);
      const isRead =
        (this.#level === 2 && this.#version >= 1 && this.#version <= 5) ||
        (this.#level === 3 && this.#version >= 1 && this.#version <= 2);
      if (!isRead || !Number.isInteger(this.#version))
        throw this.#refuse(
          element,
          `SBML level ${attributes.get("level") ?? "unknown"} version ${attributes.get("version") ?? "unknown"}`,
          "level 2 version 1 to 5 or level 3 version 1 to 2",
        );
      for (const [attribute, value] of attributes) {
        const [, pack] = /^([^:]+):required$/.exec(attribute) ?? [];
        if (pack !== undefined && !understood.has(pack) && /^(true|1)$/.test(value.trim()))
          throw this.#refusals.unsupported(element, `the package ${quoteId(pack)}`);
      }
    } else if (depth === 1) this.#model = element;
    else if (name === "comp:listOfSubmodels") throw this.#refusals.unsupported(element, "submodels (the package comp)");
  }

  complete(list: string, element: SbmlElement): void {
    const place = `${list}/${element.name}`;
    if (place === "listOfUnitDefinitions/unitDefinition") {
      const id = this.#identifier(element, "id");
      if (this.#units.has(id))
        throw this.#refuse(element, `a second ${shown(element)}`, "unit ids that come once each");
      this.#units.set(id, element);
      return;
    }
    if (place === "listOfFunctionDefinitions/functionDefinition") {
      const id = this.#declare(element) ?? "";
      this.#functions.set(id, functionOf(element, this.#refusals.refuse));
      return;
    }
    if (place === "listOfRules/algebraicRule") {
      // level 3 version 2 lets it be empty, which says nothing
      if (childrenOf(element, "math:math").length === 0) return;
      throw this.#refusals.unsupported(element, "algebraic rules");
    }
    const kind = Object.hasOwn(lists, place) ? lists[place] : undefined;
    if (kind === undefined) return;
    if (kind === "compartments" || kind === "species" || kind === "parameters" || kind === "reactions")
      required(element, "id", this.#refusals.refuse);
    if (kind !== "rules" && kind !== "initialAssignments") this.#declare(element);
    if (kind === "reactions") {
      if (/^(true|1)$/.test(element.attributes.get("fast") ?? ""))
        throw this.#refusals.unsupported(element, "fast reactions");
      for (const role of ["listOfReactants", "listOfProducts", "listOfModifiers"])
        for (const side of childrenOf(element, role)) for (const one of elementsIn(side)) this.#declare(one);
    }
    this.#found[kind]?.push(element);
  }

  /** @throws BioXenError `FORMAT_INVALID` for units that nothing defines. */
  model(): CoreModel {
    const element = this.#model as SbmlElement;
    this.#checkUnits(element);
    const { attributes } = element;
    const found = this.#found as unknown as Pick<
      CoreModel,
      "compartments" | "species" | "parameters" | "initialAssignments" | "rules" | "reactions" | "events"
    >;
    return {
      level: this.#level,
      version: this.#version,
      id: attributes.get("id") ?? "",
      name: attributes.get("name") ?? "",
      conversionFactor: attributes.get("conversionFactor") ?? null,
      element,
      functions: this.#functions,
      ...found,
    };
  }

  /** Takes an id into the one name space that a model has. */
  #declare(element: SbmlElement): string | null {
    if (!element.attributes.has("id")) return null;
    const id = this.#identifier(element, "id");
    const first = this.#ids.get(id);
    if (first !== undefined)
      throw this.#refuse(element, `a second ${shown(element)} after line ${first.line}`, "ids that come once each");
    this.#ids.set(id, element);
    return id;
  }

  #identifier(element: SbmlElement, attribute: string): string {
    const id = required(element, attribute, this.#refusals.refuse);
    if (/^[A-Za-z_]\w*$/.test(id)) return id;
    throw this.#refuse(element, `the id ${quoteId(id)}`, "letters, digits and _, no digit first");
  }

  #checkUnits(model: SbmlElement): void {
    const known = new Set([...baseUnits, ...(this.#level === 2 ? level2Units : []), ...this.#units.keys()]);
    for (const definition of this.#units.values())
      for (const units of childrenOf(definition, "listOfUnits"))
        for (const unit of childrenOf(units, "unit")) {
          const kind = required(unit, "kind", this.#refusals.refuse);
          if (!baseUnits.has(kind))
            throw this.#refuse(unit, `the unit ${quoteId(kind)} in ${shown(definition)}`, "a unit that SBML has");
        }
    const check = (element: SbmlElement): void => {
      for (const attribute of unitAttributes) {
        const unit = element.attributes.get(attribute);
        if (unit !== undefined && !known.has(unit))
          throw this.#refuse(
            element,
            `the unit ${quoteId(unit)} of ${shown(element)}`,
            "a unit of SBML or of the model",
          );
      }
      // what notes, annotations and packages say of units is their own affair
      for (const child of element.children)
        if (typeof child !== "string" && /^(?!notes$|annotation$)(math:)?[a-z]\w*$/i.test(child.name)) check(child);
    };
    check(model);
    for (const elements of Object.values(this.#found)) for (const element of elements) check(element);
  }

  #refuse(element: SbmlElement, found: string, expected: string): BioXenError {
    return this.#refusals.refuse(element, found, expected);
  }
}
