import { BioXenError, type Dispatcher } from "../../contract/index.ts";
import type { MetabolicModel } from "../../formats/index.ts";
import {
  exchanges,
  fba,
  knockOutGenes,
  knockOutReactions,
  type Medium,
  mediumOf,
  pfba,
} from "../../metabolism/index.ts";
import type { PlainTable, PlainValue } from "./plain-value.ts";

/** Of the growth without knock-outs, the share below which a gene or reaction is essential. */
export const essentialShare = 0.01;
/** A flux, mmol/gDW/h, below which a reaction does not count as active. */
const leastFlux = 1e-7;

/** What nutrients are called, beside the ids and names of a model's metabolites. */
const commonNames: Readonly<Record<string, readonly string[]>> = {
  glucose: ["glc__D", "glc_D", "glc"],
  fructose: ["fru"],
  lactose: ["lcts"],
  glycerol: ["glyc"],
  acetate: ["ac"],
  lactate: ["lac__D", "lac_D", "lac__L"],
  pyruvate: ["pyr"],
  succinate: ["succ"],
  oxygen: ["o2"],
  ammonium: ["nh4"],
  ammonia: ["nh4"],
  phosphate: ["pi"],
  sulfate: ["so4"],
  water: ["h2o"],
};

export interface MetabolicWork {
  readonly model: MetabolicModel;
  readonly dispatcher: Dispatcher;
  readonly signal: AbortSignal;
}

/** Exchange reactions by the base of their metabolite's id, by its name and by their own id, all in lower case. */
function nutrients(model: MetabolicModel): Map<string, string> {
  const metabolites = new Map(model.metabolites.map((one) => [one.id, one]));
  const found = new Map<string, string>();
  for (const column of exchanges(model)) {
    const reaction = model.reactions[column];
    const metabolite = metabolites.get([...(reaction?.stoichiometry.keys() ?? [])][0] ?? "");
    if (reaction === undefined || metabolite === undefined) continue;
    const base = metabolite.id.replace(/^M_/, "").replace(/(_[a-z]\d?|\[[a-z]\d?\])$/, "");
    for (const name of [reaction.id, metabolite.id, metabolite.name, base])
      if (!found.has(name.toLowerCase())) found.set(name.toLowerCase(), reaction.id);
  }
  return found;
}

/** The model's medium with uptakes replaced, by nutrient. @throws BioXenError `INPUT_INVALID` for what it cannot take up */
function mediumWith(model: MetabolicModel, uptakes: PlainTable): Medium {
  const medium = new Map(mediumOf(model));
  const known = nutrients(model);
  for (const [name, uptake] of Object.entries(uptakes)) {
    const names = [
      name,
      ...(Object.hasOwn(commonNames, name.toLowerCase()) ? (commonNames[name.toLowerCase()] ?? []) : []),
    ];
    const exchange = names.flatMap((one) => known.get(one.toLowerCase()) ?? [])[0];
    if (exchange === undefined)
      throw new BioXenError("INPUT_INVALID", `the model has no exchange reaction for ${JSON.stringify(name)}`);
    if (typeof uptake !== "number" || !(uptake >= 0) || !Number.isFinite(uptake))
      throw new BioXenError("INPUT_INVALID", `uptake of ${name} is a number of mmol/gDW/h, 0 or more`);
    medium.set(exchange, uptake);
  }
  return medium;
}

/** Flux balance analysis with uptakes by nutrient: growth, and what goes in and out. */
export async function metabolicNetwork(work: MetabolicWork, uptakes: PlainTable): Promise<Record<string, PlainValue>> {
  const { model, dispatcher, signal } = work;
  const medium = mediumWith(model, uptakes);
  const { status, objective, fluxes, solves } = await fba(model, dispatcher, { medium, dispatch: { signal } });
  const taken: Record<string, PlainValue> = {};
  const secreted: Record<string, PlainValue> = {};
  let active = 0;
  for (const flux of fluxes ?? []) if (Math.abs(flux) > leastFlux) active++;
  for (const column of exchanges(model)) {
    const reaction = model.reactions[column];
    const flux = fluxes?.[column] ?? 0;
    if (reaction === undefined || Math.abs(flux) <= leastFlux) continue;
    const [coefficient = -1] = reaction.stoichiometry.values();
    const inward = flux * coefficient;
    (inward > 0 ? taken : secreted)[reaction.id] = Math.abs(inward);
  }
  return { status, growth: objective, taken_up: taken, secreted, active_reactions: active, solves };
}

/** The least metabolism that growth needs: the fluxes of least sum that reach it, and the reactions none can replace. */
export async function minimalMetabolism({
  model,
  dispatcher,
  signal,
}: MetabolicWork): Promise<Record<string, PlainValue>> {
  const dispatch = { signal };
  const { status, objective, totalFlux, fluxes, solves } = await pfba(model, dispatcher, { dispatch });
  if (status !== "optimal" || fluxes === null || objective === null) return { status, growth: objective, solves };
  const active = model.reactions.flatMap(({ id }, column) => (Math.abs(fluxes[column] ?? 0) > leastFlux ? [id] : []));
  const essential: string[] = [];
  const failed: string[] = [];
  let all = solves;
  for await (const block of knockOutReactions(model, dispatcher, { ids: active, dispatch })) {
    for (const one of block.results) {
      if (one.status === "failed") failed.push(one.id);
      else if ((one.growth ?? 0) < essentialShare * objective) essential.push(one.id);
    }
    all = solves + block.solves;
  }
  return {
    ...{ status, growth: objective, total_flux: totalFlux, reactions: model.reactions.length },
    ...{ active_reactions: active, essential_reactions: essential, undecided: failed, solves: all },
  };
}

/** Growth without each gene, against that with all; all genes where none are named. */
export async function geneKnockOuts(
  { model, dispatcher, signal }: MetabolicWork,
  ids?: readonly string[],
): Promise<{ readonly growth: number; readonly without: ReadonlyMap<string, number | null>; readonly solves: number }> {
  const dispatch = { signal };
  const whole = await fba(model, dispatcher, { dispatch });
  if (whole.objective === null)
    throw new BioXenError("INPUT_INVALID", `metabolic model ${model.id} is ${whole.status} with all its genes`);
  const without = new Map<string, number | null>();
  let solves = whole.solves;
  for await (const block of knockOutGenes(model, dispatcher, { dispatch, ...(ids === undefined ? {} : { ids }) })) {
    for (const { id, status, growth } of block.results) {
      // an answer that is not there is no growth of 0
      without.set(id, status === "failed" ? null : (growth ?? 0));
    }
    solves = whole.solves + block.solves;
  }
  return { growth: whole.objective, without, solves };
}
