import type { BioXenError } from "../contract/index.ts";
import {
  type Assignment,
  type Expression,
  evaluate,
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
import { eventOf } from "./sbml-core-events.ts";
import { CoreLaws } from "./sbml-core-laws.ts";
import type { Refusals } from "./sbml-core-math.ts";
import type { CoreModel } from "./sbml-core-model.ts";
import { ordered, start, varies, varyingValues } from "./sbml-core-order.ts";
import { directionsOf, type LawContext, massActionLaw, type NetworkUse } from "./sbml-core-rates.ts";
import { CoreSymbols, type SbmlSymbol, valueAt } from "./sbml-core-symbols.ts";
import { childrenOf, type SbmlElement } from "./sbml-elements.ts";
import { mathIn } from "./sbml-mathml.ts";
import { flagOf, required, shown } from "./sbml-reactions.ts";

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

/** Compiles the elements of a model into a network. One object compiles one model. */
export class NetworkCompiler {
  readonly #model: CoreModel;
  readonly #refusals: Refusals;
  readonly #use: NetworkUse;
  readonly #symbols: CoreSymbols;
  readonly #laws: CoreLaws;

  constructor(model: CoreModel, refusals: Refusals, use: NetworkUse) {
    this.#model = model;
    this.#refusals = refusals;
    this.#use = use;
    this.#symbols = new CoreSymbols(model, refusals.refuse);
    this.#laws = new CoreLaws(model, this.#symbols, refusals);
  }

  compile(rates: Iterable<string>): SbmlNetwork {
    for (const id of rates) if (this.#symbols.elements.get(id)?.name === "reaction") this.#symbols.rateValue(id);
    const rateRules = this.#compileRules();
    this.#compileStart();
    const events = this.#model.events.flatMap((element) => {
      const event = eventOf(element, this.#model, this.#symbols, this.#laws, this.#refusals.refuse);
      return event === null ? [] : [{ id: element.attributes.get("id") ?? "", event }];
    });
    const withRates = this.#model.reactions.filter(
      (reaction) => mathIn(childrenOf(reaction, "kineticLaw")[0]) !== null,
    );
    for (const reaction of withRates) this.#laws.law(reaction);
    const coefficients = this.#coefficients(withRates);
    this.#compileRateValues();

    const circle = (values: readonly number[]): Error => this.#circle(values);
    const assignments = ordered(this.#symbols.assigned, circle);
    const { initial, draws } = start(
      ordered(new Map([...this.#symbols.atStart, ...this.#symbols.assigned]), circle),
      this.#symbols.literals,
    );
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
        const value = (this.#symbols.byId.get(species) as SbmlSymbol).value;
        if (varies(coefficient, varying) || this.#hasVaryingFlow(species, coefficients, varying)) {
          if (this.#use === "stochastic")
            throw this.#refusals.unsupported(reaction, "a stoichiometry that changes, in stochastic runs");
          flows.set(value, sum(flows.get(value) ?? number(0), product(coefficient, this.#laws.known(id))));
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
      symbols: this.#symbols.byId,
      reactionIds,
      eventIds: events.map(({ id }) => id),
      withoutRate: this.#model.reactions
        .filter((one) => !withRates.includes(one))
        .map((one) => one.attributes.get("id") ?? ""),
      network: {
        values: this.#symbols.names.length,
        names: this.#symbols.names,
        initial: Float64Array.from([...initial, ...constants]),
        ...(draws.length === 0 ? {} : { draws }),
        reactions,
        assignments,
        rateRules,
        events: events.map(({ event }) => event),
      },
    };
  }
  #compileRateValues(): void {
    for (const [id, { kind, value }] of this.#symbols.byId)
      if (kind === "reaction")
        this.#symbols.assigned.set(
          value,
          this.#laws.law(this.#symbols.elements.get(id) as SbmlElement) ?? number(Number.NaN),
        );
  }
  #compileRules(): RateRule[] {
    const rateRules: RateRule[] = [];
    for (const [id, rule] of this.#symbols.rules) {
      if (rule.name === "assignmentRule") {
        const { value, of } = this.#symbols.assignment(id, this.#laws.compile(mathIn(rule) as SbmlElement));
        this.#symbols.assigned.set(value, of);
        continue;
      }
      const rate = this.#laws.ruleRate(id, rule);
      const { value, compartment, substanceOnly } = this.#symbols.byId.get(id) as SbmlSymbol;
      const hidden = this.#symbols.concentrations.get(id);
      if (hidden !== undefined) rateRules.push({ value: hidden, of: rate });
      else if (substanceOnly || compartment === null) rateRules.push({ value, of: rate });
      else {
        // of an amount: concentration times size, each of which may change
        const home = (this.#symbols.elements.get(id) as SbmlElement).attributes.get("compartment") ?? "";
        const growth = this.#laws.rateOf(home, rule) ?? number(0);
        const diluted = product(quotient(valueAt(value), valueAt(compartment)), growth);
        rateRules.push({ value, of: sum(product(rate, valueAt(compartment)), diluted) });
      }
    }
    return rateRules;
  }

  #compileStart(): void {
    const seen = new Set<string>();
    for (const element of this.#model.initialAssignments) {
      const id = required(element, "symbol", this.#refusals.refuse);
      const symbol = this.#symbols.byId.get(id);
      if (symbol === undefined || symbol.kind === "reaction")
        throw this.#refuse(
          element,
          `the symbol ${quoteId(id)} of <initialAssignment>`,
          "an id of something with a value",
        );
      if (seen.has(id) || this.#symbols.rules.get(id)?.name === "assignmentRule")
        throw this.#refuse(element, `a second assignment of ${quoteId(id)} at the start`, "one");
      seen.add(id);
      const math = mathIn(element);
      if (math === null) continue;
      const { value, of } = this.#symbols.assignment(id, this.#laws.compileDrawing(math));
      this.#symbols.atStart.set(value, of);
    }
  }
  /** How many of each species a reaction makes, net. */
  #coefficients(reactions: readonly SbmlElement[]): ReadonlyMap<string, Expression>[] {
    const found = new Map(reactions.map((reaction) => [reaction, new Map<string, Expression>()]));
    for (const [species, all] of this.#symbols.participations)
      if (this.#symbols.isMovedByReactions(species))
        for (const { reaction, sign, reference } of all) {
          const known = found.get(reaction);
          known?.set(species, sum(known.get(species) ?? number(0), this.#laws.coefficient(species, sign, reference)));
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
      const { value } = this.#symbols.byId.get(id) as SbmlSymbol;
      moved.add(this.#symbols.concentrations.get(id) ?? value);
    };
    for (const [id, rule] of this.#symbols.rules) if (rule.name === "rateRule") move(id);
    for (const id of this.#symbols.eventTargets) move(id);
    for (const id of this.#symbols.participations.keys()) if (this.#symbols.isMovedByReactions(id)) move(id);
    return moved;
  }

  #amounts(): ReadonlySet<number> {
    return new Set([...this.#symbols.byId.values()].filter(({ kind }) => kind === "species").map(({ value }) => value));
  }

  #reactionsOf(
    element: SbmlElement,
    changes: readonly (readonly [number, number])[],
    context: LawContext,
    constants: number[],
  ): NetworkReaction[] {
    const id = element.attributes.get("id") ?? "";
    const law = this.#laws.known(id);
    const reversible = flagOf(element, "reversible", true);
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
      rate: { kind: "mass-action", constant: this.#symbols.value(`constant of ${id}`, element, constant.number) },
    };
  }

  // errors

  #circle(values: readonly number[]): BioXenError {
    const [first = 0] = values;
    const names = values.slice(0, 5).map((value) => quoteId(this.#symbols.names[value] ?? ""));
    return this.#refuse(
      this.#symbols.origins[first] ?? this.#model.element,
      `values that need each other: ${names.join(", ")}${values.length > 5 ? ", …" : ""}`,
      "assignments that can be computed one after the other",
    );
  }

  #refuse(element: SbmlElement, found: string, expected: string): BioXenError {
    return this.#refusals.refuse(element, found, expected);
  }
}
