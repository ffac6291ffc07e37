import { maximisedCoefficients, plainObjectiveId } from "./bigg-json.ts";
import { describe, idOf, isObject, type Json, type Refuse } from "./bigg-values.ts";
import type { MetabolicModel, ModelObjective } from "./metabolic-model.ts";

/** The one that the coefficients of the reactions make, or all those of the key that `biggJson` adds. */
export function objectivesOf(
  root: Json,
  coefficients: ReadonlyMap<string, number>,
  refuse: Refuse,
): Pick<MetabolicModel, "objectives" | "activeObjective"> {
  if (root["objectives"] === undefined)
    return coefficients.size === 0
      ? { objectives: [], activeObjective: -1 }
      : { objectives: [{ id: plainObjectiveId, sense: "maximum", coefficients }], activeObjective: 0 };
  const list = root["objectives"];
  if (!Array.isArray(list)) throw refuse(["objectives"], describe(list), "an array of objectives");
  const objectives = list.map((raw: unknown, i): ModelObjective => {
    const path = ["objectives", i];
    if (!isObject(raw)) throw refuse(path, describe(raw), "an objective with 'id', 'sense' and 'coefficients'");
    const sense = raw["sense"];
    if (sense !== "maximum" && sense !== "minimum")
      throw refuse([...path, "sense"], describe(sense), '"maximum" or "minimum"');
    const id = idOf(raw, path, refuse);
    const entries = raw["coefficients"];
    if (!isObject(entries)) throw refuse([...path, "coefficients"], describe(entries), "an object");
    const own = Object.keys(entries).map((reaction): [string, number] => {
      const coefficient = entries[reaction];
      if (typeof coefficient !== "number")
        throw refuse([...path, "coefficients", reaction], describe(coefficient), "a number");
      return [reaction, coefficient];
    });
    return { id, sense, coefficients: new Map(own.filter(([, coefficient]) => coefficient !== 0)) };
  });
  const activeObjective = root["active_objective"] ?? -1;
  if (
    typeof activeObjective !== "number" ||
    !Number.isInteger(activeObjective) ||
    activeObjective < -1 ||
    activeObjective >= objectives.length
  )
    throw refuse(["active_objective"], describe(activeObjective), "the index of an objective, or -1");
  const expected = maximisedCoefficients(objectives[activeObjective]);
  if (expected.size !== coefficients.size || [...expected].some(([id, value]) => coefficients.get(id) !== value))
    throw refuse(
      ["objectives"],
      "an active objective other than the reactions' objective_coefficient",
      "the two to agree (a minimum is the maximum of its negative)",
    );
  return { objectives, activeObjective };
}
