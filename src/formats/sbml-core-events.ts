import type { Expression, NetworkEvent } from "../network/index.ts";
import { quoteId } from "./format-error.ts";
import type { CoreLaws } from "./sbml-core-laws.ts";
import type { CoreModel } from "./sbml-core-model.ts";
import type { CoreSymbols } from "./sbml-core-symbols.ts";
import { childrenOf, type SbmlElement } from "./sbml-elements.ts";
import { mathIn } from "./sbml-mathml.ts";
import { flagOf, type Refuse, required, shown } from "./sbml-reactions.ts";

/**
 * An event of the network. Null for one that has no trigger, and so never happens.
 * @throws BioXenError `FORMAT_INVALID` with the line.
 */
export function eventOf(
  event: SbmlElement,
  { level }: CoreModel,
  symbols: CoreSymbols,
  laws: CoreLaws,
  refuse: Refuse,
): NetworkEvent | null {
  const [trigger, second] = childrenOf(event, "trigger");
  const condition = mathIn(trigger);
  if (second !== undefined || (trigger === undefined && level === 2))
    throw refuse(second ?? event, `${shown(event)} with ${second ? "several triggers" : "no trigger"}`, "one");
  if (trigger === undefined || condition === null) return null;
  const optional = (name: string): Expression | null => {
    const math = mathIn(childrenOf(event, name)[0]);
    return math === null ? null : laws.compileDrawing(math);
  };
  const set = new Map<string, Expression>();
  for (const list of childrenOf(event, "listOfEventAssignments"))
    for (const one of childrenOf(list, "eventAssignment")) {
      const id = required(one, "variable", refuse);
      symbols.checkVariable(id, one);
      if (set.has(id)) throw refuse(one, `a second assignment of ${quoteId(id)} in ${shown(event)}`, "one");
      const math = mathIn(one);
      if (math !== null) set.set(id, laws.compileDrawing(math));
    }
  return {
    trigger: laws.compile(condition),
    initiallyTrue: flagOf(trigger, "initialValue", true),
    persistent: flagOf(trigger, "persistent", true),
    delay: optional("delay"),
    priority: optional("priority"),
    valuesFromTrigger: flagOf(event, "useValuesFromTriggerTime", true),
    assignments: [...set].map(([id, of]) => {
      const { value, times } = symbols.settable(id);
      return { value, of, ...(times === null ? {} : { times }) };
    }),
  };
}
