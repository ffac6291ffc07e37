import type { BioXenError } from "../contract/index.ts";
import { formatError, quote, quoteId } from "./format-error.ts";
import type { GeneRule } from "./gene-rule.ts";
import type { Annotation, Gene, MetabolicModel, Metabolite, ModelObjective, Reaction } from "./metabolic-model.ts";
import { checkedModel, genesNamedBy, type ModelPlace } from "./model-checks.ts";
import { childrenOf, type SbmlElement, SbmlElements, type SbmlListener } from "./sbml-elements.ts";
import {
  associationOf,
  idOf,
  kineticParameters,
  numberOf,
  type Participant,
  participantsOf,
  type Refuse,
  required,
  ruleInNotes,
  shown,
} from "./sbml-reactions.ts";
import { annotationOf, decodedId, notesOf } from "./sbml-text.ts";

/** A reaction as its element has it: bounds and genes may only be known at the end of the file. */
interface RawReaction {
  readonly element: SbmlElement;
  readonly id: string;
  readonly participants: readonly Participant[];
  readonly kinetic: ReadonlyMap<string, number>;
  readonly notes: Annotation;
  readonly annotation: Annotation;
}

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

/**
 * Reads a model in SBML, text coming in chunks: level 3 with flux balance constraints (fbc) version 2 or 1, and
 * COBRA's level 2, whose bounds, objective and gene rules stand in kinetic laws and notes.
 *
 * Ids lose the prefixes `M_`, `R_`, `G_`, and `__45__` becomes the character of that code. A species with
 * `boundaryCondition` is not balanced, so it is no metabolite and in no stoichiometry; `extra.boundary_species` keeps
 * their ids. A bound that the file leaves out is none, or 0 below where `reversible` is false. The first group that a
 * reaction is in is its subsystem. Units are passed over: amounts are taken for mmol/gDW/h whatever the file calls
 * them. Rules, events and initial assignments are passed over too.
 */
export class SbmlModelReader implements SbmlListener {
  readonly #file: string;
  readonly #elements: SbmlElements;
  #level = 3;
  #model: SbmlElement | null = null;
  #notes: Annotation = {};
  #annotation: Annotation = {};
  #activeObjective: string | null = null;
  readonly #compartments = new Map<string, string>();
  readonly #metabolites: Metabolite[] = [];
  readonly #boundary: string[] = [];
  readonly #species = new Map<string, { readonly id: string; readonly isBoundary: boolean }>();
  readonly #parameters = new Map<string, SbmlElement>();
  readonly #genes: Gene[] = [];
  readonly #geneIds = new Map<string, string>();
  readonly #reactions: RawReaction[] = [];
  readonly #objectives: RawObjective[] = [];
  readonly #fluxBounds: SbmlElement[] = [];
  readonly #subsystems = new Map<string, string>();
  /** Elements by their place in the model, for errors. */
  readonly #metaboliteElements: SbmlElement[] = [];
  readonly #geneElements: SbmlElement[] = [];

  constructor(file: string) {
    this.#file = file;
    this.#elements = new SbmlElements(file, this);
  }

  push(text: string): void {
    this.#elements.push(text);
  }

  /** @throws BioXenError `FORMAT_INVALID` with file, line, element, what was found and what was expected; as `push`. */
  finish(): MetabolicModel {
    this.#elements.finish();
    const model = this.#model as SbmlElement;
    const reactions = this.#assembled();
    const genes = this.#genes.length > 0 ? this.#genes : genesNamedBy(reactions);
    const objectives = this.#allObjectives();
    return checkedModel(
      {
        id: model.attributes.get("id") ?? "",
        name: model.attributes.get("name") ?? "",
        compartments: this.#compartments,
        metabolites: this.#metabolites,
        reactions,
        genes,
        objectives,
        activeObjective: this.#active(model, objectives),
        notes: this.#notes,
        annotation: this.#annotation,
        ...(this.#boundary.length === 0 ? {} : { extra: { boundary_species: this.#boundary } }),
      },
      (place, found, expected) => this.#complain(place, found, expected),
    );
  }

  opened(element: SbmlElement, depth: number): void {
    const { name, attributes } = element;
    if (depth === 0) {
      this.#level = Number(attributes.get("level") ?? Number.NaN);
      if (this.#level !== 2 && this.#level !== 3)
        throw this.#refuse(element, `SBML level ${attributes.get("level") ?? "unknown"}`, "level 2 or 3");
    } else if (depth === 1) {
      this.#model = element;
      this.#annotation = annotationOf(element, undefined);
    } else if (name === "fbc:listOfObjectives") this.#activeObjective = attributes.get("fbc:activeObjective") ?? null;
    else if (name === "comp:listOfSubmodels")
      throw this.#refuse(element, "submodels (the comp package)", "a model that is whole in itself");
  }

  complete(list: string, element: SbmlElement): void {
    switch (`${list}/${element.name}`) {
      case "model/notes":
        this.#notes = notesOf(element);
        break;
      case "model/annotation":
        if (this.#model !== null) this.#annotation = annotationOf(this.#model, element);
        break;
      case "listOfCompartments/compartment":
        this.#compartments.set(required(element, "id", this.#refuse), element.attributes.get("name") ?? "");
        break;
      case "listOfSpecies/species":
        this.#addSpecies(element);
        break;
      case "listOfParameters/parameter":
        this.#addParameter(element);
        break;
      case "listOfReactions/reaction":
        this.#addReaction(element);
        break;
      case "fbc:listOfGeneProducts/fbc:geneProduct":
        this.#addGene(element);
        break;
      case "fbc:listOfObjectives/fbc:objective":
        this.#addObjective(element);
        break;
      case "fbc:listOfFluxBounds/fbc:fluxBound":
        this.#fluxBounds.push(element);
        break;
      case "groups:listOfGroups/groups:group":
        this.#addGroup(element);
        break;
    }
  }

  /** A bound that a second parameter changed would be the file's word against itself. */
  #addParameter(element: SbmlElement): void {
    const id = required(element, "id", this.#refuse);
    if (this.#parameters.has(id)) throw this.#refuse(element, `a second ${shown(element)}`, "ids that come once each");
    this.#parameters.set(id, element);
  }

  #addSpecies(element: SbmlElement): void {
    const spelled = required(element, "id", this.#refuse);
    const id = decodedId(spelled, "M_");
    const isBoundary = /^(true|1)$/.test(element.attributes.get("boundaryCondition") ?? "");
    this.#species.set(spelled, { id, isBoundary });
    if (isBoundary) {
      this.#boundary.push(id);
      return;
    }
    const notes = notesOf(childrenOf(element, "notes")[0]);
    const formula = element.attributes.get("fbc:chemicalFormula") ?? textIn(notes, "FORMULA");
    this.#metabolites.push({
      id,
      name: element.attributes.get("name") ?? "",
      compartment: element.attributes.get("compartment") ?? null,
      formula: formula ?? null,
      charge: this.#charge(element, notes),
      notes,
      annotation: annotationOf(element, childrenOf(element, "annotation")[0]),
    });
    this.#metaboliteElements.push(element);
  }

  #charge(element: SbmlElement, notes: Annotation): number | null {
    for (const attribute of ["fbc:charge", "charge"]) {
      const charge = numberOf(element, attribute, null, this.#refuse);
      if (charge === null) continue;
      if (!Number.isFinite(charge))
        throw this.#refuse(element, `charge ${charge} of ${shown(element)}`, "a finite number");
      return charge;
    }
    // notes are prose: what is no number there is no error
    const noted = Number.parseFloat(textIn(notes, "CHARGE") ?? "");
    return Number.isFinite(noted) ? noted : null;
  }

  #addGene(element: SbmlElement): void {
    const spelled = required(element, "fbc:id", this.#refuse);
    const id = decodedId(spelled, "G_");
    const label = decodedId(element.attributes.get("fbc:label") ?? spelled, "G_");
    this.#geneIds.set(spelled, id);
    this.#genes.push({
      id,
      name: element.attributes.get("fbc:name") ?? (label === id ? "" : label),
      notes: notesOf(childrenOf(element, "notes")[0]),
      annotation: annotationOf(element, childrenOf(element, "annotation")[0]),
    });
    this.#geneElements.push(element);
  }

  #addReaction(element: SbmlElement): void {
    this.#reactions.push({
      element,
      id: idOf(element, "id", "R_", this.#refuse),
      participants: participantsOf(element, this.#level, this.#refuse),
      kinetic: kineticParameters(element, this.#refuse),
      notes: notesOf(childrenOf(element, "notes")[0]),
      annotation: annotationOf(element, childrenOf(element, "annotation")[0]),
    });
  }

  #addObjective(element: SbmlElement): void {
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
    this.#objectives.push({ element, id: required(element, "fbc:id", this.#refuse), sense, fluxes });
  }

  #addGroup(element: SbmlElement): void {
    const name = element.attributes.get("groups:name") ?? element.attributes.get("groups:id") ?? "";
    for (const list of childrenOf(element, "groups:listOfMembers"))
      for (const { attributes } of childrenOf(list, "groups:member")) {
        const member = attributes.get("groups:idRef");
        if (member !== undefined && !this.#subsystems.has(member)) this.#subsystems.set(member, name);
      }
  }

  #assembled(): Reaction[] {
    const listed = this.#listedBounds();
    return this.#reactions.map(({ element, id, participants, kinetic, notes, annotation }): Reaction => {
      const spelled = element.attributes.get("id") ?? "";
      const isReversible = !/^(false|0)$/.test(element.attributes.get("reversible") ?? "true");
      const { lower = null, upper = null } = listed.get(spelled) ?? {};
      return {
        id,
        name: element.attributes.get("name") ?? "",
        stoichiometry: this.#stoichiometry(participants),
        lower:
          this.#parameterBound(element, "fbc:lowerFluxBound") ??
          lower ??
          kinetic.get("LOWER_BOUND") ??
          (isReversible ? -Infinity : 0),
        upper: this.#parameterBound(element, "fbc:upperFluxBound") ?? upper ?? kinetic.get("UPPER_BOUND") ?? Infinity,
        genes: this.#rule(element, notes),
        subsystem: this.#subsystems.get(spelled) ?? textIn(notes, "SUBSYSTEM") ?? "",
        notes,
        annotation,
      };
    });
  }

  #rule(element: SbmlElement, notes: Annotation): GeneRule | null {
    // files that list gene products keep old notes that may disagree with them
    return this.#genes.length > 0
      ? associationOf(element, this.#geneIds, this.#refuse)
      : (associationOf(element, this.#geneIds, this.#refuse) ?? ruleInNotes(element, notes, this.#refuse));
  }

  #stoichiometry(participants: readonly Participant[]): ReadonlyMap<string, number> {
    const stoichiometry = new Map<string, number>();
    for (const { species, coefficient } of participants) {
      const known = this.#species.get(species);
      if (known?.isBoundary === true) continue;
      const id = known?.id ?? decodedId(species, "M_");
      const sum = (stoichiometry.get(id) ?? 0) + coefficient;
      if (sum === 0) stoichiometry.delete(id);
      else stoichiometry.set(id, sum);
    }
    return stoichiometry;
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
    const value = numberOf(parameter, "value", Number.NaN, this.#refuse);
    if (Number.isNaN(value))
      throw this.#refuse(
        parameter,
        `${parameter.attributes.get("value") ?? "no value"} in ${shown(parameter)}, '${attribute}' of ${shown(reaction)}`,
        "a number, INF or -INF",
      );
    return value;
  }

  /** The bounds of fbc version 1, which are a list of their own. */
  #listedBounds(): ReadonlyMap<string, { lower?: number; upper?: number }> {
    const bounds = new Map<string, { lower?: number; upper?: number }>();
    const known = new Set(this.#reactions.map(({ element }) => element.attributes.get("id")));
    for (const element of this.#fluxBounds) {
      const reaction = required(element, "fbc:reaction", this.#refuse);
      if (!known.has(reaction))
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

  #allObjectives(): ModelObjective[] {
    if (this.#objectives.length > 0)
      return this.#objectives.map(({ id, sense, fluxes }) => {
        const coefficients = new Map<string, number>();
        for (const { reaction, coefficient } of fluxes)
          coefficients.set(reaction, (coefficients.get(reaction) ?? 0) + coefficient);
        return { id, sense, coefficients: new Map([...coefficients].filter(([, value]) => value !== 0)) };
      });
    const legacy = this.#reactions.map(({ id, kinetic }) => [id, kinetic.get("OBJECTIVE_COEFFICIENT") ?? 0] as const);
    const coefficients = new Map(legacy.filter(([, coefficient]) => coefficient !== 0));
    return coefficients.size === 0 ? [] : [{ id: "obj", sense: "maximum", coefficients }];
  }

  #active(model: SbmlElement, objectives: readonly ModelObjective[]): number {
    // one objective is the one, named or not
    if (this.#activeObjective === null) return objectives.length === 1 ? 0 : -1;
    const index = objectives.findIndex(({ id }) => id === this.#activeObjective);
    if (index === -1)
      throw this.#refuse(
        model,
        `the unknown active objective ${quoteId(this.#activeObjective)}`,
        "one of the objectives",
      );
    return index;
  }

  #complain({ list, index, key }: ModelPlace, found: string, expected: string): BioXenError {
    const elements = {
      metabolites: this.#metaboliteElements,
      genes: this.#geneElements,
      reactions: this.#reactions.map(({ element }) => element),
      objectives: this.#objectives.map(({ element }) => element),
    };
    let element = elements[list][index];
    if (list === "reactions" && key !== undefined)
      element =
        this.#reactions[index]?.participants.find(({ species }) => decodedId(species, "M_") === key)?.element ??
        element;
    if (list === "objectives" && key !== undefined)
      element = this.#objectives[index]?.fluxes.find(({ reaction }) => reaction === key)?.element ?? element;
    if (element === undefined) return formatError({ file: this.#file, line: null }, found, expected);
    return this.#refuse(element, `${found}, ${shown(element)}`, expected);
  }

  readonly #refuse: Refuse = ({ line }, found, expected) => formatError({ file: this.#file, line }, found, expected);
}

function textIn(notes: Annotation, key: string): string | undefined {
  const value = Object.hasOwn(notes, key) ? notes[key] : undefined;
  return typeof value === "string" && value !== "" ? value : undefined;
}
