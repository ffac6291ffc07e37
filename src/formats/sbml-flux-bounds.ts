import { quote, quoteId } from "./format-error.ts";
import type { SbmlElement } from "./sbml-elements.ts";
import { numberOf, type Refuse, required, shown } from "./sbml-reactions.ts";
import type { StartValues } from "./sbml-start-values.ts";

interface Bounds {
  readonly lower: number;
  readonly upper: number;
}

/** The bounds of a model's reactions: parameters (fbc version 2), a list of their own (version 1) or COBRA's kinetic laws. */
export class FluxBounds {
  readonly #refuse: Refuse;
  readonly #values: StartValues;
  readonly #parameters = new Map<string, SbmlElement>();
  readonly #elements: SbmlElement[] = [];

  constructor(values: StartValues, refuse: Refuse) {
    this.#values = values;
    this.#refuse = refuse;
  }

  /** A bound that a second parameter changed would be the file's word against itself. */
  addParameter(element: SbmlElement): void {
    const id = required(element, "id", this.#refuse);
    if (this.#parameters.has(id)) throw this.#refuse(element, `a second ${shown(element)}`, "ids that come once each");
    this.#parameters.set(id, element);
    this.#values.addNumber(element, "value");
  }

  addFluxBound(element: SbmlElement): void {
    this.#elements.push(element);
  }

  /**
   * Gives a function that knows the bounds of each reaction once all has been read.
   * @param reactions Ids of all reactions, as the file spells them.
   */
  complete(
    reactions: ReadonlySet<string | undefined>,
  ): (reaction: SbmlElement, kinetic: ReadonlyMap<string, number>) => Bounds {
    const listed = this.#listed(reactions);
    return (element, kinetic) => {
      const { lower = null, upper = null } = listed.get(element.attributes.get("id") ?? "") ?? {};
      const isReversible = !/^(false|0)$/.test(element.attributes.get("reversible") ?? "true");
      return {
        lower:
          this.#parameterBound(element, "fbc:lowerFluxBound") ??
          lower ??
          kinetic.get("LOWER_BOUND") ??
          (isReversible ? -Infinity : 0),
        upper: this.#parameterBound(element, "fbc:upperFluxBound") ?? upper ?? kinetic.get("UPPER_BOUND") ?? Infinity,
      };
    };
  }

  #parameterBound(reaction: SbmlElement, attribute: string): number | null {
    const id = reaction.attributes.get(attribute);
    if (id === undefined) return null;
    const parameter = this.#parameters.get(id);
    if (parameter === undefined)
      throw this.#refuse(
        reaction,
        `the unknown parameter ${quoteId(id)} as '${attribute}' of ${shown(reaction)}`,
        "one of the model's parameters",
      );
    const value = this.#values.of(id);
    if (!Number.isNaN(value)) return value;
    const given = this.#values.isAssigned(id) ? "NaN, by an assignment," : parameter.attributes.get("value");
    throw this.#refuse(
      parameter,
      `${given ?? "no value"} in ${shown(parameter)}, '${attribute}' of ${shown(reaction)}`,
      "a number, INF or -INF",
    );
  }

  #listed(reactions: ReadonlySet<string | undefined>): ReadonlyMap<string, { lower?: number; upper?: number }> {
    const bounds = new Map<string, { lower?: number; upper?: number }>();
    for (const element of this.#elements) {
      const reaction = required(element, "fbc:reaction", this.#refuse);
      if (!reactions.has(reaction))
        throw this.#refuse(element, `the unknown reaction ${quoteId(reaction)} in a flux bound`, "one of the model's");
      const value = numberOf(element, "fbc:value", Number.NaN, this.#refuse);
      const operation = required(element, "fbc:operation", this.#refuse);
      const bound = bounds.get(reaction) ?? {};
      if (!/^(less(Equal)?|greater(Equal)?|equal)$/.test(operation))
        throw this.#refuse(element, `the operation ${quote(operation)}`, "lessEqual, greaterEqual or equal");
      if (!operation.startsWith("less")) bound.lower = value;
      if (!operation.startsWith("greater")) bound.upper = value;
      bounds.set(reaction, bound);
    }
    return bounds;
  }
}
