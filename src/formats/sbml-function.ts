import type { SbmlElement } from "./sbml-elements.ts";
import { elementsIn, localName, textOf } from "./sbml-mathml.ts";
import { type Refuse, shown } from "./sbml-reactions.ts";

/** A function that a model defines. */
export interface FunctionDefinition {
  readonly element: SbmlElement;
  readonly parameters: readonly string[];
  /** Null where the file leaves the function open. */
  readonly body: SbmlElement | null;
}

/** A function definition as its element has it: `math` holding a `lambda`. */
export function functionOf(element: SbmlElement, refuse: Refuse): FunctionDefinition {
  const math = elementsIn(element).find((child) => localName(child) === "math");
  if (math === undefined) return { element, parameters: [], body: null };
  let [lambda] = elementsIn(math);
  if (lambda !== undefined && localName(lambda) === "semantics") [lambda] = elementsIn(lambda);
  if (lambda === undefined || localName(lambda) !== "lambda")
    throw refuse(element, `${shown(element)} without a lambda`, "a lambda in its mathematics");
  const inner = elementsIn(lambda);
  const isParameter = (one: SbmlElement): boolean => localName(one) === "bvar";
  const parameters = inner.filter(isParameter).map((one) => elementsIn(one).map(textOf).join(""));
  const [body, second] = inner.filter((one) => !isParameter(one));
  if (body === undefined || second !== undefined)
    throw refuse(second ?? lambda, `${second ? "several bodies" : "no body"} of ${shown(element)}`, "one");
  if (new Set(parameters).size < parameters.length)
    throw refuse(lambda, `a parameter of ${shown(element)} that comes twice`, "each once");
  return { element, parameters, body };
}
