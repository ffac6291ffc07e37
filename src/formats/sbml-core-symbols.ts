import { type Assignment, type Expression, number, product, quotient } from "../network/index.ts";
import { quoteId } from "./format-error.ts";
import type { CoreModel } from "./sbml-core-model.ts";
import { childrenOf, type SbmlElement } from "./sbml-elements.ts";
import { mathIn } from "./sbml-mathml.ts";
import { flagOf, numberOf, type Refuse, required, shown } from "./sbml-reactions.ts";

/** What an id of a model became. */
export interface SbmlSymbol {
  readonly kind: "compartment" | "species" | "parameter" | "stoichiometry" | "reaction";
  /** Number of its value in the network: an amount for species, the rate for reactions. */
  readonly value: number;
  /** Number of the size that makes a concentration of an amount; null where there is none. */
  readonly compartment: number | null;
  /** Whether the id means the amount in the model's own mathematics. */
  readonly substanceOnly: boolean;
}

/** One place of a species among the reactants (-1) or products of a reaction. */
export interface Participation {
  readonly reaction: SbmlElement;
  readonly sign: 1 | -1;
  readonly reference: SbmlElement;
}

/** The value of that number. */
export const valueAt = (index: number): Expression => ({ kind: "value", index });

/** The ids of a model and the numbered values that they became; what says of each how it starts, and what holds at all times. */
export class CoreSymbols {
  readonly #model: CoreModel;
  readonly #refuse: Refuse;
  readonly byId: Map<string, SbmlSymbol> = new Map();
  readonly elements: Map<string, SbmlElement> = new Map();
  /** By value, in their order. */
  readonly names: string[] = [];
  readonly literals: number[] = [];
  /** Which element a value comes from, for errors about it. */
  readonly origins: SbmlElement[] = [];
  /** Those that say something, by what they set. */
  readonly rules: Map<string, SbmlElement> = new Map();
  readonly participations: Map<string, Participation[]> = new Map();
  /** By species with a rate rule in a compartment with an assignment rule: the value that is its concentration. */
  readonly concentrations: Map<string, number> = new Map();
  readonly eventTargets: Set<string> = new Set();
  /** By value, what it is at all times, and what it is at the start. */
  readonly assigned: Map<number, Expression> = new Map();
  readonly atStart: Map<number, Expression> = new Map();

  /** @throws BioXenError `FORMAT_INVALID` with the line, for ids that are unknown, of the wrong kind, or set twice. */
  constructor(model: CoreModel, refuse: Refuse) {
    this.#model = model;
    this.#refuse = refuse;
    this.#declareAll();
  }

  #declareAll(): void {
    const { compartments, species, parameters, reactions, rules, level } = this.#model;
    for (const element of rules) {
      const id = required(element, "variable", this.#refuse);
      if (this.rules.has(id)) throw this.#refuse(element, `a second rule of ${quoteId(id)}`, "one rule a variable");
      if (mathIn(element) !== null) this.rules.set(id, element);
    }
    for (const event of this.#model.events)
      for (const list of childrenOf(event, "listOfEventAssignments"))
        for (const one of childrenOf(list, "eventAssignment"))
          this.eventTargets.add(required(one, "variable", this.#refuse));
    for (const element of compartments) this.#declare(element, "compartment", this.number(element, "size", Number.NaN));
    for (const element of species) this.#declareSpecies(element);
    for (const element of parameters) this.#declare(element, "parameter", this.number(element, "value", Number.NaN));
    for (const reaction of reactions) {
      this.elements.set(reaction.attributes.get("id") ?? "", reaction);
      for (const [list, sign] of [
        ["listOfReactants", -1],
        ["listOfProducts", 1],
      ] as const)
        for (const side of childrenOf(reaction, list))
          for (const reference of childrenOf(side, "speciesReference")) {
            const id = required(reference, "species", this.#refuse);
            if (this.byId.get(id)?.kind !== "species")
              throw this.#refuse(reference, `the unknown species ${quoteId(id)} in ${shown(reaction)}`, "a species");
            const known = this.participations.get(id) ?? [];
            known.push({ reaction, sign, reference });
            this.participations.set(id, known);
            if (level === 3 && reference.attributes.has("id"))
              this.#declare(reference, "stoichiometry", this.number(reference, "stoichiometry", Number.NaN));
          }
    }
    for (const [id, element] of this.rules) this.checkVariable(id, element);
    for (const id of this.concentrations.keys()) if (this.isMovedByReactions(id)) this.#refuseRuled(id);
  }

  #declareSpecies(element: SbmlElement): void {
    const home = required(element, "compartment", this.#refuse);
    const compartment = this.byId.get(home);
    const place = this.elements.get(home);
    if (compartment?.kind !== "compartment" || place === undefined)
      throw this.#refuse(element, `the unknown compartment ${quoteId(home)} of ${shown(element)}`, "a compartment");
    const dimensions = this.number(place, "spatialDimensions", 3);
    const isSized =
      place.attributes.has("size") || this.rules.has(home) || this.eventTargets.has(home) || this.#startsAssigned(home);
    const sizeless = dimensions === 0 && (this.#model.level === 2 || !isSized);
    const substanceOnly = sizeless || flagOf(element, "hasOnlySubstanceUnits", false);
    const size = sizeless ? null : compartment.value;
    const value = this.#declare(
      element,
      "species",
      this.number(element, "initialAmount", Number.NaN),
      size,
      substanceOnly,
    );
    const id = element.attributes.get("id") ?? "";
    const concentration = this.number(element, "initialConcentration", null);
    if (concentration !== null && element.attributes.has("initialAmount"))
      throw this.#refuse(
        element,
        `${shown(element)} with an initial amount and an initial concentration`,
        "one of them",
      );
    const isHidden =
      !substanceOnly && this.rules.get(id)?.name === "rateRule" && this.rules.get(home)?.name === "assignmentRule";
    if (isHidden && size !== null) {
      const hidden = this.value(`${id} (concentration)`, element, Number.NaN);
      this.concentrations.set(id, hidden);
      this.assigned.set(value, product(valueAt(hidden), valueAt(size)));
      const amount = this.number(element, "initialAmount", Number.NaN);
      this.atStart.set(
        hidden,
        concentration === null ? quotient(number(amount), valueAt(size)) : number(concentration),
      );
    } else if (concentration !== null)
      this.atStart.set(value, size === null ? number(concentration) : product(number(concentration), valueAt(size)));
  }

  #startsAssigned(id: string): boolean {
    return this.#model.initialAssignments.some(({ attributes }) => attributes.get("symbol") === id);
  }

  #declare(
    element: SbmlElement,
    kind: SbmlSymbol["kind"],
    literal: number,
    compartment: number | null = null,
    substanceOnly = true,
  ): number {
    const id = element.attributes.get("id") ?? "";
    const value = this.value(id, element, literal);
    this.byId.set(id, { kind, value, compartment, substanceOnly });
    this.elements.set(id, element);
    return value;
  }

  value(name: string, origin: SbmlElement, literal: number): number {
    this.origins.push(origin);
    this.literals.push(literal);
    return this.names.push(name) - 1;
  }

  /** A rule or an event may only change what there is and what is not constant. */
  checkVariable(id: string, element: SbmlElement): SbmlSymbol {
    const symbol = this.byId.get(id);
    if (symbol === undefined || symbol.kind === "reaction")
      throw this.#refuse(element, `the variable ${quoteId(id)} of <${element.name}>`, "an id of something that varies");
    const target = this.elements.get(id) as SbmlElement;
    if (flagOf(target, "constant", this.#model.level === 2 && symbol.kind !== "species"))
      throw this.#refuse(element, `<${element.name}> of ${shown(target)}, which is constant`, 'constant="false"');
    if (element.name === "eventAssignment" && this.rules.get(id)?.name === "assignmentRule")
      throw this.#refuse(
        element,
        `<${element.name}> of ${quoteId(id)}, which has an assignment rule`,
        "one or the other",
      );
    if (element.name !== "eventAssignment" && symbol.kind === "species" && this.isMovedByReactions(id))
      this.#refuseRuled(id);
    return symbol;
  }

  #refuseRuled(id: string): never {
    const species = this.elements.get(id) as SbmlElement;
    throw this.#refuse(species, `${shown(species)} with a rule and in a reaction`, 'boundaryCondition="true"');
  }

  isMovedByReactions(id: string): boolean {
    const species = this.elements.get(id) as SbmlElement;
    return (
      this.participations.has(id) && !flagOf(species, "boundaryCondition", false) && !flagOf(species, "constant", false)
    );
  }

  /** What an id means in the model's mathematics: a concentration for most species. */
  expressionOf(id: string): Expression | null {
    const symbol = this.byId.get(id);
    if (symbol === undefined) return this.elements.get(id)?.name === "reaction" ? valueAt(this.rateValue(id)) : null;
    const hidden = this.concentrations.get(id);
    if (hidden !== undefined) return valueAt(hidden);
    const { value, compartment, substanceOnly } = symbol;
    return substanceOnly || compartment === null ? valueAt(value) : quotient(valueAt(value), valueAt(compartment));
  }

  /** What is set when the id is set to something, and the size that makes an amount of that where it is a concentration. */
  settable(id: string): { readonly value: number; readonly times: number | null } {
    const { value, compartment, substanceOnly } = this.byId.get(id) as SbmlSymbol;
    const hidden = this.concentrations.get(id);
    if (hidden !== undefined) return { value: hidden, times: null };
    return { value, times: substanceOnly ? null : compartment };
  }

  /** What the network's value is while the id is `to`. */
  assignment(id: string, to: Expression): Assignment {
    const { value, times } = this.settable(id);
    return { value, of: times === null ? to : product(to, valueAt(times)) };
  }

  rateValue(id: string): number {
    const known = this.byId.get(id);
    if (known !== undefined) return known.value;
    return this.#declare(this.elements.get(id) as SbmlElement, "reaction", Number.NaN);
  }

  number<T>(element: SbmlElement, attribute: string, absent: T): number | T {
    return numberOf(element, attribute, absent, this.#refuse);
  }
}
