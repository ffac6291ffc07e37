import { BioXenError } from "../contract/index.ts";
import { formatError } from "./format-error.ts";
import type { GeneRule } from "./gene-rule.ts";
import type { Annotation, Gene, MetabolicModel, Metabolite, Reaction } from "./metabolic-model.ts";
import { checkedModel, genesNamedBy, type ModelPlace } from "./model-checks.ts";
import { childrenOf, type SbmlElement, SbmlElements, type SbmlListener } from "./sbml-elements.ts";
import { FluxBounds } from "./sbml-flux-bounds.ts";
import { FluxObjectives } from "./sbml-flux-objectives.ts";
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
import { StartValues } from "./sbml-start-values.ts";
import { annotationOf, decodedId, notesOf } from "./sbml-text.ts";

/** A reaction as its element has it: bounds and genes may only be known at the end of the file. */
interface RawReaction {
  readonly element: SbmlElement;
  readonly id: string;
  readonly kinetic: ReadonlyMap<string, number>;
  readonly notes: Annotation;
  readonly annotation: Annotation;
}

/**
 * Reads a model in SBML, text coming in chunks: level 3 with flux balance constraints (fbc) version 2 or 1, and
 * COBRA's level 2, whose bounds, objective and gene rules stand in kinetic laws and notes.
 *
 * Ids lose the prefixes `M_`, `R_`, `G_`, and `__45__` becomes the character of that code. A species with
 * `boundaryCondition` is not balanced, so it is no metabolite and in no stoichiometry; `extra.boundary_species` keeps
 * their ids. A bound that the file leaves out is none, or 0 below where `reversible` is false. The first group that a
 * reaction is in is its subsystem. Units are passed over: amounts are taken for mmol/gDW/h whatever the file calls
 * them. Initial assignments and assignment rules of bounds and stoichiometries count as they are at the start; all else
 * that happens in time is passed over.
 */
export class SbmlModelReader implements SbmlListener {
  readonly #file: string;
  readonly #elements: SbmlElements;
  readonly #values: StartValues;
  readonly #bounds: FluxBounds;
  readonly #objectives: FluxObjectives;
  #level = 3;
  #model: SbmlElement | null = null;
  #notes: Annotation = {};
  #annotation: Annotation = {};
  readonly #compartments = new Map<string, string>();
  readonly #metabolites: Metabolite[] = [];
  readonly #boundary: string[] = [];
  readonly #species = new Map<string, { readonly id: string; readonly isBoundary: boolean }>();
  readonly #genes: Gene[] = [];
  readonly #geneIds = new Map<string, string>();
  readonly #reactions: RawReaction[] = [];
  readonly #subsystems = new Map<string, string>();
  /** Elements by their place in the model, for errors. */
  readonly #metaboliteElements: SbmlElement[] = [];
  readonly #geneElements: SbmlElement[] = [];

  constructor(file: string) {
    this.#file = file;
    this.#values = new StartValues({
      refuse: this.#refuse,
      unsupported: ({ line }, feature) =>
        new BioXenError("UNSUPPORTED", `${file}:${line}: ${feature}: not supported`, {
          context: { file, line, feature },
        }),
    });
    this.#bounds = new FluxBounds(this.#values, this.#refuse);
    this.#objectives = new FluxObjectives(this.#refuse);
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
    const objectives = this.#objectives.complete(this.#reactions.map(({ id, kinetic }) => [id, kinetic]));
    return checkedModel(
      {
        id: model.attributes.get("id") ?? "",
        name: model.attributes.get("name") ?? "",
        compartments: this.#compartments,
        metabolites: this.#metabolites,
        reactions,
        genes,
        objectives,
        activeObjective: this.#objectives.activeOf(model, objectives),
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
    } else if (name === "fbc:listOfObjectives") this.#objectives.opened(element);
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
      case "listOfFunctionDefinitions/functionDefinition":
        this.#values.addFunction(element);
        break;
      case "listOfInitialAssignments/initialAssignment":
      case "listOfRules/assignmentRule":
        this.#values.addAssignment(element);
        break;
      case "listOfCompartments/compartment":
        this.#values.addNumber(element, "size");
        this.#compartments.set(required(element, "id", this.#refuse), element.attributes.get("name") ?? "");
        break;
      case "listOfSpecies/species":
        this.#addSpecies(element);
        break;
      case "listOfParameters/parameter":
        this.#bounds.addParameter(element);
        break;
      case "listOfReactions/reaction":
        this.#addReaction(element);
        break;
      case "fbc:listOfGeneProducts/fbc:geneProduct":
        this.#addGene(element);
        break;
      case "fbc:listOfObjectives/fbc:objective":
        this.#objectives.add(element);
        break;
      case "fbc:listOfFluxBounds/fbc:fluxBound":
        this.#bounds.addFluxBound(element);
        break;
      case "groups:listOfGroups/groups:group":
        this.#addGroup(element);
        break;
    }
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
      kinetic: kineticParameters(element, this.#refuse),
      notes: notesOf(childrenOf(element, "notes")[0]),
      annotation: annotationOf(element, childrenOf(element, "annotation")[0]),
    });
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
    const boundsOf = this.#bounds.complete(new Set(this.#reactions.map(({ element }) => element.attributes.get("id"))));
    return this.#reactions.map(({ element, id, kinetic, notes, annotation }): Reaction => {
      const spelled = element.attributes.get("id") ?? "";
      return {
        id,
        name: element.attributes.get("name") ?? "",
        stoichiometry: this.#stoichiometry(this.#participants(element)),
        ...boundsOf(element, kinetic),
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

  #participants(reaction: SbmlElement): Participant[] {
    return participantsOf(reaction, this.#level, this.#refuse, this.#values);
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

  #complain({ list, index, key }: ModelPlace, found: string, expected: string): BioXenError {
    const reaction = list === "reactions" ? this.#reactions[index]?.element : undefined;
    const elements = {
      metabolites: this.#metaboliteElements[index],
      genes: this.#geneElements[index],
      reactions:
        (key !== undefined && reaction !== undefined
          ? this.#participants(reaction).find(({ species }) => decodedId(species, "M_") === key)?.element
          : undefined) ?? reaction,
      objectives: this.#objectives.elementOf(index, key),
    };
    const element = elements[list];
    if (element === undefined) return formatError({ file: this.#file, line: null }, found, expected);
    return this.#refuse(element, `${found}, ${shown(element)}`, expected);
  }

  readonly #refuse: Refuse = ({ line }, found, expected) => formatError({ file: this.#file, line }, found, expected);
}

function textIn(notes: Annotation, key: string): string | undefined {
  const value = Object.hasOwn(notes, key) ? notes[key] : undefined;
  return typeof value === "string" && value !== "" ? value : undefined;
}
