import { evaluate, noRandom, number } from "../network/index.ts";
import { quoteId } from "./format-error.ts";
import { MathCompiler, type MathScope, type Refusals } from "./sbml-core-math.ts";
import { childrenOf, type SbmlElement } from "./sbml-elements.ts";
import { type FunctionDefinition, functionOf } from "./sbml-function.ts";
import { numberOf, required, shown } from "./sbml-reactions.ts";

/**
 * What the numbers of a model without time are: bounds and stoichiometries, of which a file may leave the values to initial
 * assignments and assignment rules.
 */
export class StartValues {
  readonly #refusals: Refusals;
  readonly #functions = new Map<string, FunctionDefinition>();
  readonly #numbers = new Map<string, { readonly element: SbmlElement; readonly attribute: string }>();
  readonly #assignments = new Map<string, SbmlElement>();
  readonly #computing = new Set<string>();
  readonly #math: MathCompiler;

  constructor(refusals: Refusals) {
    this.#refusals = refusals;
    this.#math = new MathCompiler(refusals, this.#functions);
  }

  addFunction(element: SbmlElement): void {
    this.#functions.set(required(element, "id", this.#refusals.refuse), functionOf(element, this.#refusals.refuse));
  }

  /** An element whose attribute is the value of its id, where nothing assigns one. */
  addNumber(element: SbmlElement, attribute: string): void {
    const id = element.attributes.get("id");
    if (id !== undefined) this.#numbers.set(id, { element, attribute });
  }

  /** An initial assignment or an assignment rule; of a rule and an initial assignment of one id the rule holds. */
  addAssignment(element: SbmlElement): void {
    const isRule = element.name === "assignmentRule";
    const id = required(element, isRule ? "variable" : "symbol", this.#refusals.refuse);
    // level 3 version 2 lets it be empty, which says nothing
    if (childrenOf(element, "math:math").length === 0) return;
    if (isRule || this.#assignments.get(id)?.name !== "assignmentRule") this.#assignments.set(id, element);
  }

  /** Whether an id has a value by an assignment. */
  isAssigned(id: string): boolean {
    return this.#assignments.has(id);
  }

  /**
   * The value of an id; NaN where nothing gives it one.
   * @throws BioXenError `FORMAT_INVALID` with the line, for values that need each other and for mathematics that is none.
   */
  of(id: string): number {
    const assignment = this.#assignments.get(id);
    const [math] = assignment === undefined ? [] : childrenOf(assignment, "math:math");
    if (assignment === undefined || math === undefined) {
      const { element, attribute } = this.#numbers.get(id) ?? {};
      if (element === undefined || attribute === undefined) return Number.NaN;
      return numberOf(element, attribute, Number.NaN, this.#refusals.refuse);
    }
    if (this.#computing.has(id))
      throw this.#refusals.refuse(assignment, `${quoteId(id)}, which needs itself`, "values that can be computed");
    this.#computing.add(id);
    try {
      return evaluate(this.#math.compile(math, this.#scope), new Float64Array(0), 0, noRandom);
    } finally {
      this.#computing.delete(id);
    }
  }

  readonly #scope: MathScope = {
    mayDraw: false,
    valueOf: (id) => (this.#numbers.has(id) || this.#assignments.has(id) ? number(this.of(id)) : null),
    rateOf: (_, element) => {
      throw this.#refusals.unsupported(element, `${shown(element)} in a model without time`);
    },
  };
}
