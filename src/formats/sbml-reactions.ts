import type { BioXenError } from "../contract/index.ts";
import { quoteId } from "./format-error.ts";
import { type GeneRule, geneRuleOrFault, single } from "./gene-rule.ts";
import { childrenOf, type SbmlElement } from "./sbml-elements.ts";
import type { StartValues } from "./sbml-start-values.ts";
import { decodedId, sbmlDouble } from "./sbml-text.ts";

/** Makes an error about an element. */
export type Refuse = (element: SbmlElement, found: string, expected: string) => BioXenError;

/** An element as an error shows it, with the id that the file itself uses. */
export function shown({ name, attributes }: SbmlElement): string {
  for (const key of ["id", "fbc:id", "species", "fbc:reaction", "fbc:geneProduct"]) {
    const value = attributes.get(key);
    if (value !== undefined) return `<${name} ${key}=${quoteId(value)}>`;
  }
  return `<${name}>`;
}

/** An attribute that must be there. */
export function required(element: SbmlElement, attribute: string, refuse: Refuse): string {
  const value = element.attributes.get(attribute);
  if (value === undefined) throw refuse(element, `${shown(element)} without '${attribute}'`, "that attribute");
  return value;
}

/** An attribute that must be a number where it is there; `absent` where it is not. */
export function numberOf<T>(element: SbmlElement, attribute: string, absent: T, refuse: Refuse): number | T {
  const text = element.attributes.get(attribute);
  if (text === undefined) return absent;
  const value = sbmlDouble(text);
  if (value === null) throw refuse(element, `${quoteId(text)} as '${attribute}' of ${shown(element)}`, "a number");
  // adding 0 makes 0 of -0
  return value + 0;
}

/** An attribute that is true or false; `absent` where it is not there. */
export function flagOf({ attributes }: SbmlElement, attribute: string, absent: boolean): boolean {
  const text = attributes.get(attribute);
  return text === undefined ? absent : /^\s*(true|1)\s*$/.test(text);
}

/** A participant of a reaction: less than 0 consumed. */
export interface Participant {
  readonly species: string;
  readonly coefficient: number;
  readonly element: SbmlElement;
}

/** Who takes part in a reaction, in the order of the file. Level 2 means 1 where it says nothing; level 3 must say, or assign. */
export function participantsOf(
  reaction: SbmlElement,
  level: number,
  refuse: Refuse,
  values: Pick<StartValues, "isAssigned" | "of">,
): Participant[] {
  const participants: Participant[] = [];
  for (const [list, sign] of [
    ["listOfReactants", -1],
    ["listOfProducts", 1],
  ] as const)
    for (const { children } of childrenOf(reaction, list))
      for (const element of children) {
        if (typeof element === "string" || element.name !== "speciesReference") continue;
        const id = element.attributes.get("id");
        const assigned = id !== undefined && values.isAssigned(id) ? values.of(id) : null;
        const coefficient = assigned ?? numberOf(element, "stoichiometry", level < 3 ? 1 : null, refuse);
        const computed = childrenOf(element, "stoichiometryMath").length > 0;
        if (coefficient === null || computed)
          throw refuse(
            element,
            `${shown(element)} in ${shown(reaction)} ${computed ? "with stoichiometryMath" : "without 'stoichiometry'"}`,
            "a stoichiometry that is a number",
          );
        participants.push({ species: required(element, "species", refuse), coefficient: sign * coefficient, element });
      }
  return participants;
}

/** The parameters of a kinetic law by their ids, as COBRA's level 2 keeps bounds and objective there. */
export function kineticParameters(reaction: SbmlElement, refuse: Refuse): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const law of childrenOf(reaction, "kineticLaw"))
    for (const list of [...childrenOf(law, "listOfParameters"), ...childrenOf(law, "listOfLocalParameters")])
      for (const parameter of list.children) {
        if (typeof parameter === "string") continue;
        const value = numberOf(parameter, "value", null, refuse);
        if (value !== null) values.set(required(parameter, "id", refuse).toUpperCase(), value);
      }
  return values;
}

/** The rule of `fbc:geneProductAssociation`, in the ids of the model's genes; null where there is none. */
export function associationOf(
  reaction: SbmlElement,
  geneIds: ReadonlyMap<string, string>,
  refuse: Refuse,
): GeneRule | null {
  const [association, second] = childrenOf(reaction, "fbc:geneProductAssociation");
  if (association === undefined) return null;
  if (second !== undefined) throw refuse(second, `a second gene association in ${shown(reaction)}`, "one at most");
  const [rule, more] = rulesIn(association, reaction, geneIds, refuse);
  if (rule === undefined || more !== undefined)
    throw refuse(
      association,
      `${rule ? "several rules" : "no rule"} in the gene association of ${shown(reaction)}`,
      "one",
    );
  return rule;
}

/** Recursion ends with the nesting that `SbmlElements` allows. */
function rulesIn(
  group: SbmlElement,
  reaction: SbmlElement,
  geneIds: ReadonlyMap<string, string>,
  refuse: Refuse,
): GeneRule[] {
  const rules: GeneRule[] = [];
  for (const child of group.children) {
    if (typeof child === "string") continue;
    if (child.name === "fbc:and" || child.name === "fbc:or") {
      const inner = rulesIn(child, reaction, geneIds, refuse);
      if (inner.length === 0) throw refuse(child, `an empty <${child.name}> in ${shown(reaction)}`, "genes in it");
      rules.push(single(child.name === "fbc:and" ? "and" : "or", inner));
    } else if (child.name === "fbc:geneProductRef") {
      const id = required(child, "fbc:geneProduct", refuse);
      const gene = geneIds.get(id);
      if (gene === undefined)
        throw refuse(child, `the unknown gene ${quoteId(id)} in ${shown(reaction)}`, "one of the fbc:geneProducts");
      rules.push({ gene });
    } else if (child.name !== "notes" && child.name !== "annotation")
      throw refuse(child, `<${child.name}> in the gene association of ${shown(reaction)}`, "fbc:and, fbc:or or a gene");
  }
  return rules;
}

/** The rule that legacy notes spell; null where they say nothing. */
export function ruleInNotes(
  reaction: SbmlElement,
  notes: Readonly<Record<string, unknown>>,
  refuse: Refuse,
): GeneRule | null {
  const key = Object.keys(notes).find((name) => /^gene[_ ]association$/i.test(name));
  const text = key === undefined ? undefined : notes[key];
  if (typeof text !== "string") return null;
  const rule = geneRuleOrFault(text);
  if (rule === null || !("fault" in rule)) return rule;
  const { position, found, expected } = rule.fault;
  throw refuse(
    reaction,
    `${found} at character ${position + 1} of the gene rule in the notes of ${shown(reaction)}`,
    expected,
  );
}

/** An id of SBML in an attribute, decoded. */
export function idOf(element: SbmlElement, attribute: string, prefix: "M_" | "R_" | "G_", refuse: Refuse): string {
  return decodedId(required(element, attribute, refuse), prefix);
}
