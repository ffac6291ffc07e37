import { type Expression, number, product, quotient, sum } from "../network/index.ts";
import { quoteId } from "./format-error.ts";
import { MathCompiler, type MathScope, type Refusals } from "./sbml-core-math.ts";
import type { CoreModel } from "./sbml-core-model.ts";
import { type CoreSymbols, valueAt } from "./sbml-core-symbols.ts";
import { childrenOf, type SbmlElement } from "./sbml-elements.ts";
import { elementsIn, mathIn } from "./sbml-mathml.ts";
import { required, shown } from "./sbml-reactions.ts";

/** What a model's mathematics computes. One object, because laws, rates of change and stoichiometries may each ask for any other. */
export class CoreLaws {
  readonly #model: CoreModel;
  readonly #symbols: CoreSymbols;
  readonly #refusals: Refusals;
  readonly #math: MathCompiler;
  readonly #laws = new Map<string, Expression>();
  readonly #ruleRates = new Map<string, Expression>();
  /** What is being compiled on request of rateOf: a circle would not end. */
  readonly #compiling = new Set<string>();

  constructor(model: CoreModel, symbols: CoreSymbols, refusals: Refusals) {
    this.#model = model;
    this.#symbols = symbols;
    this.#refusals = refusals;
    this.#math = new MathCompiler(refusals, model.functions);
  }

  /** The law of a reaction that has one, which was compiled before. */
  known(reaction: string): Expression {
    return this.#laws.get(reaction) as Expression;
  }

  /** The mathematics of rules and triggers. */
  compile(math: SbmlElement): Expression {
    return this.#math.compile(math, this.#scope());
  }

  /** The mathematics of what happens once: initial assignments and events, which may draw. */
  compileDrawing(math: SbmlElement): Expression {
    return this.#math.compile(math, this.#scope(new Map(), true));
  }

  #scope(locals: ReadonlyMap<string, number> = new Map(), mayDraw = false): MathScope {
    return {
      mayDraw,
      valueOf: (id) => {
        const local = locals.get(id);
        return local === undefined ? this.#symbols.expressionOf(id) : number(local);
      },
      rateOf: (id, element) => (locals.has(id) ? number(0) : this.rateOf(id, element)),
    };
  }

  /** The kinetic law of a reaction, local parameters put in; null where it has none. */
  law(reaction: SbmlElement): Expression | null {
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
          throw this.#refusals.refuse(
            parameter,
            `a second ${shown(parameter)} in ${shown(reaction)}`,
            "ids that come once each",
          );
        locals.set(local, this.#symbols.number(parameter, "value", Number.NaN));
      }
    const expression = this.#once(`the rate of ${id}`, reaction, () => this.#math.compile(math, this.#scope(locals)));
    this.#laws.set(id, expression);
    return expression;
  }

  #once(what: string, element: SbmlElement, compile: () => Expression): Expression {
    if (this.#compiling.has(what))
      throw this.#refusals.refuse(
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

  /** What a rate rule says. */
  ruleRate(id: string, rule: SbmlElement): Expression {
    const known = this.#ruleRates.get(id);
    if (known !== undefined) return known;
    const math = mathIn(rule) as SbmlElement;
    const rate = this.#once(`the rate rule of ${id}`, rule, () => this.#math.compile(math, this.#scope()));
    this.#ruleRates.set(id, rate);
    return rate;
  }

  /** How fast the number that an id stands for changes. */
  rateOf(id: string, element: SbmlElement): Expression | null {
    const symbol = this.#symbols.byId.get(id);
    if (symbol === undefined) return null;
    const rule = this.#symbols.rules.get(id);
    if (rule?.name === "rateRule") return this.ruleRate(id, rule);
    if (rule !== undefined) throw this.#refusals.unsupported(element, "rateOf of what an assignment rule sets");
    if (symbol.kind !== "species") return number(0);
    const amount = this.#symbols.isMovedByReactions(id) ? this.#amountRate(id) : number(0);
    const { value, compartment, substanceOnly } = symbol;
    if (substanceOnly || compartment === null) return amount;
    const home = (this.#symbols.elements.get(id) as SbmlElement).attributes.get("compartment") ?? "";
    const growth = this.rateOf(home, element) ?? number(0);
    const diluted = product(quotient(valueAt(value), valueAt(compartment)), growth);
    const net: Expression =
      growth.kind === "number" && growth.value === 0
        ? amount
        : { kind: "binary", of: "subtract", left: amount, right: diluted };
    return quotient(net, valueAt(compartment));
  }

  #amountRate(id: string): Expression {
    let rate: Expression = number(0);
    for (const { reaction, sign, reference } of this.#symbols.participations.get(id) ?? []) {
      const law = this.law(reaction);
      if (law !== null) rate = sum(rate, product(this.coefficient(id, sign, reference), law));
    }
    return rate;
  }

  /** How much of a species one turn of a reaction makes by one reference, conversion factors in it; less than 0 where it takes. */
  coefficient(species: string, sign: 1 | -1, reference: SbmlElement): Expression {
    const math = mathIn(childrenOf(reference, "stoichiometryMath")[0]);
    const symbol = this.#symbols.byId.get(reference.attributes.get("id") ?? "");
    const count =
      math !== null
        ? this.#math.compile(math, this.#scope())
        : symbol?.kind === "stoichiometry"
          ? valueAt(symbol.value)
          : number(this.#symbols.number(reference, "stoichiometry", this.#model.level === 2 ? 1 : Number.NaN));
    const element = this.#symbols.elements.get(species) as SbmlElement;
    const factor = element.attributes.get("conversionFactor") ?? this.#model.conversionFactor;
    const signed = product(number(sign), count);
    if (factor === null) return signed;
    const parameter = this.#symbols.byId.get(factor);
    if (parameter?.kind !== "parameter")
      throw this.#refusals.refuse(element, `the conversion factor ${quoteId(factor)}`, "the id of a parameter");
    return product(signed, valueAt(parameter.value));
  }
}
