import type { BioXenError } from "../contract/index.ts";
import {
  type Assignment,
  type Expression,
  evaluate,
  type NetworkEvent,
  type NetworkReaction,
  noRandom,
  number,
  product,
  quotient,
  type RateLaw,
  type RateRule,
  type ReactionNetwork,
  readsOf,
  sum,
} from "../network/index.ts";
import { quoteId } from "./format-error.ts";
import { elementsIn, MathCompiler, type MathScope, type Refusals } from "./sbml-core-math.ts";
import type { CoreModel } from "./sbml-core-model.ts";
import { ordered, start, varies, varyingValues } from "./sbml-core-order.ts";
import { directionsOf, type LawContext, massActionLaw, type NetworkUse } from "./sbml-core-rates.ts";
import { childrenOf, type SbmlElement } from "./sbml-elements.ts";
import { numberOf, required, shown } from "./sbml-reactions.ts";

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

export interface SbmlNetworkOptions {
  /** Which rates count as mass action, and whether reversible laws become two reactions. */
  readonly use: NetworkUse;
  /** Ids of reactions whose rate is to be a value of the network. */
  readonly rates?: Iterable<string>;
}

/** A reaction network as SBML core describes it. */
export interface SbmlNetwork {
  readonly id: string;
  readonly name: string;
  readonly network: ReactionNetwork;
  readonly symbols: ReadonlyMap<string, SbmlSymbol>;
  /** The id of the file's reaction that each reaction of the network comes from. */
  readonly reactionIds: readonly string[];
  /** The id of the file's event that each event of the network comes from, empty where it has none. */
  readonly eventIds: readonly string[];
  /** Reactions without a kinetic law, which never happen. */
  readonly withoutRate: readonly string[];
}

interface Participation {
  readonly reaction: SbmlElement;
  readonly sign: 1 | -1;
  readonly reference: SbmlElement;
}

/**
 * Compiles the elements of a model into a network. One object compiles one model; it is one long file because rules,
 * laws, rates of change and stoichiometries may each ask for any other while they are compiled.
 */
export class NetworkCompiler {
  readonly #model: CoreModel;
  readonly #refusals: Refusals;
  readonly #math: MathCompiler;
  readonly #use: NetworkUse;
  readonly #symbols = new Map<string, SbmlSymbol>();
  readonly #elements = new Map<string, SbmlElement>();
  readonly #names: string[] = [];
  readonly #literals: number[] = [];
  /** Which element a value comes from, for errors about it. */
  readonly #origins: SbmlElement[] = [];
  readonly #rules = new Map<string, SbmlElement>();
  readonly #participations = new Map<string, Participation[]>();
  /** By species with a rate rule in a compartment with an assignment rule: the value that is its concentration. */
  readonly #concentrations = new Map<string, number>();
  readonly #eventTargets = new Set<string>();
  readonly #laws = new Map<string, Expression>();
  readonly #ruleRates = new Map<string, Expression>();
  /** What is being compiled on request of rateOf: a circle would not end. */
  readonly #compiling = new Set<string>();
  readonly #assigned = new Map<number, Expression>();
  readonly #atStart = new Map<number, Expression>();

  constructor(model: CoreModel, refusals: Refusals, use: NetworkUse) {
    this.#model = model;
    this.#refusals = refusals;
    this.#use = use;
    this.#math = new MathCompiler(refusals, model.functions);
  }

  compile(rates: Iterable<string>): SbmlNetwork {
    this.#declareAll();
    for (const id of rates) if (this.#elements.get(id)?.name === "reaction") this.#rateValue(id);
    const rateRules = this.#compileRules();
    this.#compileStart();
    const events = this.#model.events.flatMap((element) => {
      const event = this.#event(element);
      return event === null ? [] : [{ id: element.attributes.get("id") ?? "", event }];
    });
    const withRates = this.#model.reactions.filter(
      (reaction) => mathIn(childrenOf(reaction, "kineticLaw")[0]) !== null,
    );
    for (const reaction of withRates) this.#law(reaction);
    const coefficients = this.#coefficients(withRates);
    this.#compileRateValues();

    const circle = (values: readonly number[]): Error => this.#circle(values);
    const assignments = ordered(this.#assigned, circle);
    const { initial, draws } = start(ordered(new Map([...this.#atStart, ...this.#assigned]), circle), this.#literals);
    const varying = varyingValues(this.#moved(draws), assignments);
    const reactions: NetworkReaction[] = [];
    const reactionIds: string[] = [];
    const constants: number[] = [];
    const context: LawContext = { use: this.#use, initial, varying, amounts: this.#amounts() };
    const flows = new Map<number, Expression>();
    for (const [at, reaction] of withRates.entries()) {
      const id = reaction.attributes.get("id") ?? "";
      const changes: [number, number][] = [];
      for (const [species, coefficient] of coefficients[at] ?? []) {
        const value = (this.#symbols.get(species) as SbmlSymbol).value;
        if (varies(coefficient, varying) || this.#hasVaryingFlow(species, coefficients, varying)) {
          if (this.#use === "stochastic")
            throw this.#refusals.unsupported(reaction, "a stoichiometry that changes, in stochastic runs");
          flows.set(value, sum(flows.get(value) ?? number(0), product(coefficient, this.#laws.get(id) as Expression)));
          continue;
        }
        const amount = evaluate(coefficient, initial, 0, noRandom);
        if (Number.isNaN(amount))
          throw this.#refuse(reaction, `${shown(reaction)} with no stoichiometry of ${quoteId(species)}`, "a number");
        if (amount !== 0) changes.push([value, amount]);
      }
      changes.sort(([a], [b]) => a - b);
      if (changes.length === 0) continue;
      const made = this.#reactionsOf(reaction, changes, context, constants);
      reactions.push(...made);
      reactionIds.push(...made.map(() => id));
    }
    for (const [value, of] of flows) rateRules.push({ value, of });
    return {
      id: this.#model.id,
      name: this.#model.name,
      symbols: this.#symbols,
      reactionIds,
      eventIds: events.map(({ id }) => id),
      withoutRate: this.#model.reactions
        .filter((one) => !withRates.includes(one))
        .map((one) => one.attributes.get("id") ?? ""),
      network: {
        values: this.#names.length,
        names: this.#names,
        initial: Float64Array.from([...initial, ...constants]),
        ...(draws.length === 0 ? {} : { draws }),
        reactions,
        assignments,
        rateRules,
        events: events.map(({ event }) => event),
      },
    };
  }

  // declarations

  #declareAll(): void {
    const { compartments, species, parameters, reactions, rules, level } = this.#model;
    for (const element of rules) {
      const id = required(element, "variable", this.#refusals.refuse);
      if (this.#rules.has(id)) throw this.#refuse(element, `a second rule of ${quoteId(id)}`, "one rule a variable");
      if (mathIn(element) !== null) this.#rules.set(id, element);
    }
    for (const event of this.#model.events)
      for (const list of childrenOf(event, "listOfEventAssignments"))
        for (const one of childrenOf(list, "eventAssignment"))
          this.#eventTargets.add(required(one, "variable", this.#refusals.refuse));
    for (const element of compartments)
      this.#declare(element, "compartment", this.#number(element, "size", Number.NaN));
    for (const element of species) this.#declareSpecies(element);
    for (const element of parameters) this.#declare(element, "parameter", this.#number(element, "value", Number.NaN));
    for (const reaction of reactions) {
      this.#elements.set(reaction.attributes.get("id") ?? "", reaction);
      for (const [list, sign] of [
        ["listOfReactants", -1],
        ["listOfProducts", 1],
      ] as const)
        for (const side of childrenOf(reaction, list))
          for (const reference of childrenOf(side, "speciesReference")) {
            const id = required(reference, "species", this.#refusals.refuse);
            if (this.#symbols.get(id)?.kind !== "species")
              throw this.#refuse(reference, `the unknown species ${quoteId(id)} in ${shown(reaction)}`, "a species");
            const known = this.#participations.get(id) ?? [];
            known.push({ reaction, sign, reference });
            this.#participations.set(id, known);
            if (level === 3 && reference.attributes.has("id"))
              this.#declare(reference, "stoichiometry", this.#number(reference, "stoichiometry", Number.NaN));
          }
    }
    for (const [id, element] of this.#rules) this.#checkVariable(id, element);
    for (const id of this.#concentrations.keys()) if (this.#isMovedByReactions(id)) this.#refuseRuled(id);
  }

  #declareSpecies(element: SbmlElement): void {
    const home = required(element, "compartment", this.#refusals.refuse);
    const compartment = this.#symbols.get(home);
    const place = this.#elements.get(home);
    if (compartment?.kind !== "compartment" || place === undefined)
      throw this.#refuse(element, `the unknown compartment ${quoteId(home)} of ${shown(element)}`, "a compartment");
    const dimensions = this.#number(place, "spatialDimensions", 3);
    const isSized =
      place.attributes.has("size") ||
      this.#rules.has(home) ||
      this.#eventTargets.has(home) ||
      this.#startsAssigned(home);
    const sizeless = dimensions === 0 && (this.#model.level === 2 || !isSized);
    const substanceOnly = sizeless || flag(element, "hasOnlySubstanceUnits", false);
    const size = sizeless ? null : compartment.value;
    const value = this.#declare(
      element,
      "species",
      this.#number(element, "initialAmount", Number.NaN),
      size,
      substanceOnly,
    );
    const id = element.attributes.get("id") ?? "";
    const concentration = this.#number(element, "initialConcentration", null);
    if (concentration !== null && element.attributes.has("initialAmount"))
      throw this.#refuse(
        element,
        `${shown(element)} with an initial amount and an initial concentration`,
        "one of them",
      );
    const isHidden =
      !substanceOnly && this.#rules.get(id)?.name === "rateRule" && this.#rules.get(home)?.name === "assignmentRule";
    if (isHidden && size !== null) {
      const hidden = this.#value(`${id} (concentration)`, element, Number.NaN);
      this.#concentrations.set(id, hidden);
      this.#assigned.set(value, product(at(hidden), at(size)));
      const amount = this.#number(element, "initialAmount", Number.NaN);
      this.#atStart.set(hidden, concentration === null ? quotient(number(amount), at(size)) : number(concentration));
    } else if (concentration !== null)
      this.#atStart.set(value, size === null ? number(concentration) : product(number(concentration), at(size)));
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
    const value = this.#value(id, element, literal);
    this.#symbols.set(id, { kind, value, compartment, substanceOnly });
    this.#elements.set(id, element);
    return value;
  }

  #value(name: string, origin: SbmlElement, literal: number): number {
    this.#origins.push(origin);
    this.#literals.push(literal);
    return this.#names.push(name) - 1;
  }

  /** A rule or an event may only change what there is and what is not constant. */
  #checkVariable(id: string, element: SbmlElement): SbmlSymbol {
    const symbol = this.#symbols.get(id);
    if (symbol === undefined || symbol.kind === "reaction")
      throw this.#refuse(element, `the variable ${quoteId(id)} of <${element.name}>`, "an id of something that varies");
    const target = this.#elements.get(id) as SbmlElement;
    if (flag(target, "constant", this.#model.level === 2 && symbol.kind !== "species"))
      throw this.#refuse(element, `<${element.name}> of ${shown(target)}, which is constant`, 'constant="false"');
    if (element.name === "eventAssignment" && this.#rules.get(id)?.name === "assignmentRule")
      throw this.#refuse(
        element,
        `<${element.name}> of ${quoteId(id)}, which has an assignment rule`,
        "one or the other",
      );
    if (element.name !== "eventAssignment" && symbol.kind === "species" && this.#isMovedByReactions(id))
      this.#refuseRuled(id);
    return symbol;
  }

  #refuseRuled(id: string): never {
    const species = this.#elements.get(id) as SbmlElement;
    throw this.#refuse(species, `${shown(species)} with a rule and in a reaction`, 'boundaryCondition="true"');
  }

  #isMovedByReactions(id: string): boolean {
    const species = this.#elements.get(id) as SbmlElement;
    return (
      this.#participations.has(id) && !flag(species, "boundaryCondition", false) && !flag(species, "constant", false)
    );
  }

  // mathematics

  #scope(locals: ReadonlyMap<string, number> = new Map(), mayDraw = false): MathScope {
    return {
      mayDraw,
      valueOf: (id) => {
        const local = locals.get(id);
        return local === undefined ? this.#symbolExpression(id) : number(local);
      },
      rateOf: (id, element) => (locals.has(id) ? number(0) : this.#rateOf(id, element)),
    };
  }

  /** What an id means in the model's mathematics: a concentration for most species. */
  #symbolExpression(id: string): Expression | null {
    const symbol = this.#symbols.get(id);
    if (symbol === undefined) return this.#elements.get(id)?.name === "reaction" ? at(this.#rateValue(id)) : null;
    const hidden = this.#concentrations.get(id);
    if (hidden !== undefined) return at(hidden);
    const { value, compartment, substanceOnly } = symbol;
    return substanceOnly || compartment === null ? at(value) : quotient(at(value), at(compartment));
  }

  /** What is set when the id is set to something, and the size that makes an amount of that where it is a concentration. */
  #settable(id: string): { readonly value: number; readonly times: number | null } {
    const { value, compartment, substanceOnly } = this.#symbols.get(id) as SbmlSymbol;
    const hidden = this.#concentrations.get(id);
    if (hidden !== undefined) return { value: hidden, times: null };
    return { value, times: substanceOnly ? null : compartment };
  }

  /** What the network's value is while the id is `to`. */
  #assignment(id: string, to: Expression): Assignment {
    const { value, times } = this.#settable(id);
    return { value, of: times === null ? to : product(to, at(times)) };
  }

  #rateValue(id: string): number {
    const known = this.#symbols.get(id);
    if (known !== undefined) return known.value;
    return this.#declare(this.#elements.get(id) as SbmlElement, "reaction", Number.NaN);
  }

  /** Compiling one law may ask for the rate of another reaction. */
  #compileRateValues(): void {
    for (const [id, { kind, value }] of this.#symbols)
      if (kind === "reaction")
        this.#assigned.set(value, this.#law(this.#elements.get(id) as SbmlElement) ?? number(Number.NaN));
  }

  #law(reaction: SbmlElement): Expression | null {
    const id = reaction.attributes.get("id") ?? "";
    const known = this.#laws.get(id);
    if (known !== undefined) return known;
    const [law] = childrenOf(reaction, "kineticLaw");
    const math = mathIn(law);
    if (law === undefined || math === null) return null;
    const locals = new Map<string, number>();
    for (const list of [...childrenOf(law, "listOfParameters"), ...childrenOf(law, "listOfLocalParameters")])
      for (const parameter of elementsIn(list)) {
        if (parameter.name !== "parameter" && parameter.name !== "localParameter") continue;
        const local = required(parameter, "id", this.#refusals.refuse);
        if (locals.has(local))
          throw this.#refuse(
            parameter,
            `a second ${shown(parameter)} in ${shown(reaction)}`,
            "ids that come once each",
          );
        locals.set(local, this.#number(parameter, "value", Number.NaN));
      }
    const expression = this.#once(`the rate of ${id}`, reaction, () => this.#math.compile(math, this.#scope(locals)));
    this.#laws.set(id, expression);
    return expression;
  }

  #once(what: string, element: SbmlElement, compile: () => Expression): Expression {
    if (this.#compiling.has(what))
      throw this.#refuse(
        element,
        `${quoteId(what)}, which needs itself`,
        "rates that can be computed one after the other",
      );
    this.#compiling.add(what);
    try {
      return compile();
    } finally {
      this.#compiling.delete(what);
    }
  }

  #ruleRate(id: string, rule: SbmlElement): Expression {
    const known = this.#ruleRates.get(id);
    if (known !== undefined) return known;
    const math = mathIn(rule) as SbmlElement;
    const rate = this.#once(`the rate rule of ${id}`, rule, () => this.#math.compile(math, this.#scope()));
    this.#ruleRates.set(id, rate);
    return rate;
  }

  /** How fast the number that an id stands for changes. */
  #rateOf(id: string, element: SbmlElement): Expression | null {
    const symbol = this.#symbols.get(id);
    if (symbol === undefined) return null;
    const rule = this.#rules.get(id);
    if (rule?.name === "rateRule") return this.#ruleRate(id, rule);
    if (rule !== undefined) throw this.#refusals.unsupported(element, "rateOf of what an assignment rule sets");
    if (symbol.kind !== "species") return number(0);
    const amount = this.#isMovedByReactions(id) ? this.#amountRate(id) : number(0);
    const { value, compartment, substanceOnly } = symbol;
    if (substanceOnly || compartment === null) return amount;
    const home = (this.#elements.get(id) as SbmlElement).attributes.get("compartment") ?? "";
    const growth = this.#rateOf(home, element) ?? number(0);
    const diluted = product(quotient(at(value), at(compartment)), growth);
    const net: Expression =
      growth.kind === "number" && growth.value === 0
        ? amount
        : { kind: "binary", of: "subtract", left: amount, right: diluted };
    return quotient(net, at(compartment));
  }

  #amountRate(id: string): Expression {
    let rate: Expression = number(0);
    for (const { reaction, sign, reference } of this.#participations.get(id) ?? []) {
      const law = this.#law(reaction);
      if (law !== null) rate = sum(rate, product(this.#coefficient(id, sign, reference), law));
    }
    return rate;
  }

  // rules, initial values, events

  #compileRules(): RateRule[] {
    const rateRules: RateRule[] = [];
    for (const [id, rule] of this.#rules) {
      if (rule.name === "assignmentRule") {
        const { value, of } = this.#assignment(id, this.#math.compile(mathIn(rule) as SbmlElement, this.#scope()));
        this.#assigned.set(value, of);
        continue;
      }
      const rate = this.#ruleRate(id, rule);
      const { value, compartment, substanceOnly } = this.#symbols.get(id) as SbmlSymbol;
      const hidden = this.#concentrations.get(id);
      if (hidden !== undefined) rateRules.push({ value: hidden, of: rate });
      else if (substanceOnly || compartment === null) rateRules.push({ value, of: rate });
      else {
        // of an amount: concentration times size, each of which may change
        const home = (this.#elements.get(id) as SbmlElement).attributes.get("compartment") ?? "";
        const growth = this.#rateOf(home, rule) ?? number(0);
        const diluted = product(quotient(at(value), at(compartment)), growth);
        rateRules.push({ value, of: sum(product(rate, at(compartment)), diluted) });
      }
    }
    return rateRules;
  }

  #compileStart(): void {
    const seen = new Set<string>();
    for (const element of this.#model.initialAssignments) {
      const id = required(element, "symbol", this.#refusals.refuse);
      const symbol = this.#symbols.get(id);
      if (symbol === undefined || symbol.kind === "reaction")
        throw this.#refuse(
          element,
          `the symbol ${quoteId(id)} of <initialAssignment>`,
          "an id of something with a value",
        );
      if (seen.has(id) || this.#rules.get(id)?.name === "assignmentRule")
        throw this.#refuse(element, `a second assignment of ${quoteId(id)} at the start`, "one");
      seen.add(id);
      const math = mathIn(element);
      if (math === null) continue;
      const { value, of } = this.#assignment(id, this.#math.compile(math, this.#scope(new Map(), true)));
      this.#atStart.set(value, of);
    }
  }

  /** Null for an event that has no trigger, and so never happens. */
  #event(event: SbmlElement): NetworkEvent | null {
    const [trigger, second] = childrenOf(event, "trigger");
    const condition = mathIn(trigger);
    if (second !== undefined || (trigger === undefined && this.#model.level === 2))
      throw this.#refuse(second ?? event, `${shown(event)} with ${second ? "several triggers" : "no trigger"}`, "one");
    if (trigger === undefined || condition === null) return null;
    const drawn = this.#scope(new Map(), true);
    const optional = (name: string): Expression | null => {
      const math = mathIn(childrenOf(event, name)[0]);
      return math === null ? null : this.#math.compile(math, drawn);
    };
    const set = new Map<string, Expression>();
    for (const list of childrenOf(event, "listOfEventAssignments"))
      for (const one of childrenOf(list, "eventAssignment")) {
        const id = required(one, "variable", this.#refusals.refuse);
        this.#checkVariable(id, one);
        if (set.has(id)) throw this.#refuse(one, `a second assignment of ${quoteId(id)} in ${shown(event)}`, "one");
        const math = mathIn(one);
        if (math !== null) set.set(id, this.#math.compile(math, drawn));
      }
    return {
      trigger: this.#math.compile(condition, this.#scope()),
      initiallyTrue: flag(trigger, "initialValue", true),
      persistent: flag(trigger, "persistent", true),
      delay: optional("delay"),
      priority: optional("priority"),
      valuesFromTrigger: flag(event, "useValuesFromTriggerTime", true),
      assignments: [...set].map(([id, of]) => {
        const { value, times } = this.#settable(id);
        return { value, of, ...(times === null ? {} : { times }) };
      }),
    };
  }

  // reactions

  #coefficient(species: string, sign: 1 | -1, reference: SbmlElement): Expression {
    const math = mathIn(childrenOf(reference, "stoichiometryMath")[0]);
    const symbol = this.#symbols.get(reference.attributes.get("id") ?? "");
    const count =
      math !== null
        ? this.#math.compile(math, this.#scope())
        : symbol?.kind === "stoichiometry"
          ? at(symbol.value)
          : number(this.#number(reference, "stoichiometry", this.#model.level === 2 ? 1 : Number.NaN));
    const element = this.#elements.get(species) as SbmlElement;
    const factor = element.attributes.get("conversionFactor") ?? this.#model.conversionFactor;
    const signed = product(number(sign), count);
    if (factor === null) return signed;
    const parameter = this.#symbols.get(factor);
    if (parameter?.kind !== "parameter")
      throw this.#refuse(element, `the conversion factor ${quoteId(factor)}`, "the id of a parameter");
    return product(signed, at(parameter.value));
  }

  /** How many of each species a reaction makes, net. */
  #coefficients(reactions: readonly SbmlElement[]): ReadonlyMap<string, Expression>[] {
    const found = new Map(reactions.map((reaction) => [reaction, new Map<string, Expression>()]));
    for (const [species, all] of this.#participations)
      if (this.#isMovedByReactions(species))
        for (const { reaction, sign, reference } of all) {
          const known = found.get(reaction);
          known?.set(species, sum(known.get(species) ?? number(0), this.#coefficient(species, sign, reference)));
        }
    return [...found.values()];
  }

  readonly #varyingFlows = new Map<string, boolean>();

  /** All of a species' reactions move it as one flow where the stoichiometry of one of them changes. */
  #hasVaryingFlow(
    species: string,
    coefficients: readonly ReadonlyMap<string, Expression>[],
    varying: ReadonlySet<number>,
  ): boolean {
    const known = this.#varyingFlows.get(species);
    if (known !== undefined) return known;
    const has = coefficients.some((one) => {
      const coefficient = one.get(species);
      return coefficient !== undefined && varies(coefficient, varying);
    });
    this.#varyingFlows.set(species, has);
    return has;
  }

  #moved(draws: readonly Assignment[]): Set<number> {
    const moved = new Set(draws.map(({ value }) => value));
    const move = (id: string): void => {
      const { value } = this.#symbols.get(id) as SbmlSymbol;
      moved.add(this.#concentrations.get(id) ?? value);
    };
    for (const [id, rule] of this.#rules) if (rule.name === "rateRule") move(id);
    for (const id of this.#eventTargets) move(id);
    for (const id of this.#participations.keys()) if (this.#isMovedByReactions(id)) move(id);
    return moved;
  }

  #amounts(): ReadonlySet<number> {
    return new Set([...this.#symbols.values()].filter(({ kind }) => kind === "species").map(({ value }) => value));
  }

  #reactionsOf(
    element: SbmlElement,
    changes: readonly (readonly [number, number])[],
    context: LawContext,
    constants: number[],
  ): NetworkReaction[] {
    const id = element.attributes.get("id") ?? "";
    const law = this.#laws.get(id) as Expression;
    const reversible = flag(element, "reversible", true);
    const whole = this.#rate(law, id, context, constants, element);
    const made = changes.filter(([, amount]) => amount > 0).map(([value]) => value);
    const directions =
      context.use === "stochastic" && reversible && whole.rate.kind === "expression" ? directionsOf(law) : null;
    if (directions !== null) {
      const [forward, backward] = directions.map((one) => readsOf(one).values) as [
        ReadonlySet<number>,
        ReadonlySet<number>,
      ];
      // the back direction is one that what the reaction makes drives
      if (made.some((value) => backward.has(value) && !forward.has(value)))
        return directions.map((one, way) => ({
          ...this.#rate(one, `${id} ${way === 0 ? "forward" : "backward"}`, context, constants, element),
          changes: way === 0 ? changes : changes.map(([value, amount]) => [value, -amount] as const),
          reversible: false,
        }));
    }
    return [{ ...whole, changes, reversible }];
  }

  #rate(
    law: Expression,
    id: string,
    context: LawContext,
    constants: number[],
    element: SbmlElement,
  ): { reactants: NetworkReaction["reactants"]; rate: RateLaw } {
    const recognised = massActionLaw(law, context);
    if (recognised === null) return { reactants: [], rate: { kind: "expression", rate: law } };
    const { constant, reactants } = recognised;
    if ("value" in constant) return { reactants, rate: { kind: "mass-action", constant: constant.value } };
    constants.push(constant.number);
    return {
      reactants,
      rate: { kind: "mass-action", constant: this.#value(`constant of ${id}`, element, constant.number) },
    };
  }

  // errors

  #circle(values: readonly number[]): BioXenError {
    const [first = 0] = values;
    const names = values.slice(0, 5).map((value) => quoteId(this.#names[value] ?? ""));
    return this.#refuse(
      this.#origins[first] ?? this.#model.element,
      `values that need each other: ${names.join(", ")}${values.length > 5 ? ", …" : ""}`,
      "assignments that can be computed one after the other",
    );
  }

  #number<T>(element: SbmlElement, attribute: string, absent: T): number | T {
    return numberOf(element, attribute, absent, this.#refusals.refuse);
  }

  #refuse(element: SbmlElement, found: string, expected: string): BioXenError {
    return this.#refusals.refuse(element, found, expected);
  }
}

const at = (index: number): Expression => ({ kind: "value", index });

function mathIn(element: SbmlElement | undefined): SbmlElement | null {
  return (element === undefined ? undefined : childrenOf(element, "math:math")[0]) ?? null;
}

function flag(element: SbmlElement, attribute: string, absent: boolean): boolean {
  const text = element.attributes.get(attribute);
  return text === undefined ? absent : /^\s*(true|1)\s*$/.test(text);
}
