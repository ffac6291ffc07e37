import { quote, quoteId } from "./format-error.ts";
import type { ModelObjective } from "./metabolic-model.ts";
import { childrenOf, type SbmlElement } from "./sbml-elements.ts";
import { idOf, numberOf, type Refuse, required, shown } from "./sbml-reactions.ts";

interface RawObjective {
  readonly element: SbmlElement;
  readonly id: string;
  readonly sense: ModelObjective["sense"];
  readonly fluxes: readonly {
    readonly element: SbmlElement;
    readonly reaction: string;
    readonly coefficient: number;
  }[];
}

/** The objectives of fbc, or the one that COBRA's level 2 has in its kinetic laws. */
export class FluxObjectives {
  readonly #refuse: Refuse;
  readonly #all: RawObjective[] = [];
  #active: string | null = null;

  constructor(refuse: Refuse) {
    this.#refuse = refuse;
  }

  /** `fbc:listOfObjectives`, which says which one counts. */
  opened({ attributes }: SbmlElement): void {
    this.#active = attributes.get("fbc:activeObjective") ?? null;
  }

  add(element: SbmlElement): void {
    const type = element.attributes.get("fbc:type");
    if (type !== "maximize" && type !== "minimize")
      throw this.#refuse(element, `type ${quote(type ?? "")} of ${shown(element)}`, '"maximize" or "minimize"');
    const fluxes = childrenOf(element, "fbc:listOfFluxObjectives")
      .flatMap((list) => childrenOf(list, "fbc:fluxObjective"))
      .map((flux) => {
        const coefficient = numberOf(flux, "fbc:coefficient", null, this.#refuse);
        if (coefficient === null) throw this.#refuse(flux, `${shown(flux)} without a coefficient`, "one");
        return { element: flux, reaction: idOf(flux, "fbc:reaction", "R_", this.#refuse), coefficient };
      });
    const sense = type === "maximize" ? "maximum" : "minimum";
    this.#all.push({ element, id: required(element, "fbc:id", this.#refuse), sense, fluxes });
  }

  /** @param legacy Parameters of each reaction's kinetic law, by the reaction's id. */
  complete(legacy: readonly (readonly [id: string, kinetic: ReadonlyMap<string, number>])[]): ModelObjective[] {
    if (this.#all.length > 0)
      return this.#all.map(({ id, sense, fluxes }) => {
        const coefficients = new Map<string, number>();
        for (const { reaction, coefficient } of fluxes)
          coefficients.set(reaction, (coefficients.get(reaction) ?? 0) + coefficient);
        return { id, sense, coefficients: new Map([...coefficients].filter(([, value]) => value !== 0)) };
      });
    const given = legacy.map(([id, kinetic]) => [id, kinetic.get("OBJECTIVE_COEFFICIENT") ?? 0] as const);
    const coefficients = new Map(given.filter(([, coefficient]) => coefficient !== 0));
    return coefficients.size === 0 ? [] : [{ id: "obj", sense: "maximum", coefficients }];
  }

  /** Which objective counts, -1 for none. @param model For an error about it. */
  activeOf(model: SbmlElement, objectives: readonly ModelObjective[]): number {
    // one objective is the one, named or not
    if (this.#active === null) return objectives.length === 1 ? 0 : -1;
    const index = objectives.findIndex(({ id }) => id === this.#active);
    if (index === -1)
      throw this.#refuse(model, `the unknown active objective ${quoteId(this.#active)}`, "one of the objectives");
    return index;
  }

  /** The element of an objective, or of a reaction's place in it, for errors. */
  elementOf(index: number, reaction: string | undefined): SbmlElement | undefined {
    const { element, fluxes = [] } = this.#all[index] ?? {};
    return fluxes.find((flux) => flux.reaction === reaction)?.element ?? element;
  }
}
