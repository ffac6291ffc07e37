import { BioXenError } from "../contract/index.ts";
import type { MetabolicModel, Reaction } from "../formats/index.ts";
import {
  boundsOfMedium,
  exchanges,
  type Medium,
  problemOf,
  type Reduction,
  reducedBounds,
  reduceProblem,
} from "../metabolism/index.ts";
import type { FluxProblem } from "../workloads/index.ts";
import { type EnzymeRule, enzymeRule } from "./enzyme-rule.ts";
import type { CellModel } from "./expression-network.ts";
import {
  boundsOf,
  headroom,
  roomOf,
  type Source,
  sourcesOf,
  type Transport,
  transportsOf,
  upkeepOf,
} from "./flux-bounds.ts";
import { aminoAcids, bases } from "./gene-facts.ts";
import { tablesOf } from "./gene-tables.ts";
import { type MetabolicMap, mapOf } from "./metabolic-map.ts";
import { supplied, supply } from "./supplied.ts";
import { balancedDemand, fluxOfResidues } from "./supply-demand.ts";

/** Coupling seconds between two runs of the flux model where nothing else is said. */
export const usualFluxSeconds = 5;
/**
 * Worth of a molecule against one ATP of the budget: more than what it costs in ATP, so that what can be made is made and
 * energy left over is the budget. What a shortage leaves undone is felt by the cell, whose demands then fall. A kinase that might
 * work gives its phosphates back, and must not take from those who make something: its demand is a reserve, which never falls.
 */
const worth = { precursor: 100, other: 1000, kinase: 0.5 } as const;

/** Worth of what a cell gets gene by gene, by number of what is supplied. */
export function worthOf(at: number): number {
  if (at === supply.atp) return 1;
  if (at === supply.other) return worth.other;
  return at < supply.other ? worth.precursor : worth.kinase;
}

/**
 * What a flux that no gene is known for and that runs one way costs, in ATP: nothing beside what it may yield, so that of several
 * optima it is the one of known enzymes, as lactate rather than pyruvate and oxygen.
 */
const effort = 1e-4;

/** The part that cells of one flux model share, whatever was done to their genes: they are solved in one batch. */
export interface FluxFrame {
  readonly id: string;
  readonly map: MetabolicMap;
  readonly model: MetabolicModel;
  /** `molecules`: everything supplied has a column of its own; `growth`: the biomass reaction stands for all. */
  readonly mode: "molecules" | "growth";
  readonly reduction: Reduction;
  /** The reduced problem with bounds as of a cell in balanced growth: cells, which start from its basis, are near. */
  readonly problem: FluxProblem;
  /** By number of what is supplied: its column, -1 where it has none. */
  readonly columns: Int32Array;
  readonly exchanges: readonly number[];
  readonly rules: readonly { readonly column: number; readonly rule: EnzymeRule }[];
  /** Uptake limits that stand for transport: they follow the densest of these reactions' enzymes. */
  readonly transports: readonly Transport[];
  /** By letter: exchange columns that bring the amino acid. */
  readonly sources: ReadonlyMap<string, readonly Source[]>;
}

/** A flux model as a cell's metabolism. */
export interface FluxSupply {
  readonly frame: FluxFrame;
  /** Seconds for which a solution holds. */
  readonly every: number;
  /** By gene of the flux model: number of the cell's gene; -1 where it has none, -2 where the gene is out. */
  readonly genes: Int32Array;
}

export interface MetabolismOptions {
  /** Seconds for which a solution of the flux model holds: a whole number, 5 by default. */
  readonly every?: number | undefined;
  /** Replaces the medium of the flux model. */
  readonly medium?: Medium | undefined;
  /** Genes of the flux model that are out beside those that the cell lacks. */
  readonly knockOut?: readonly string[] | undefined;
}

const frames = new WeakMap<MetabolicModel, FluxFrame[]>();
const asked = new WeakMap<FluxFrame, { readonly medium: Medium | undefined; readonly balance: string }>();

/**
 * The cell with a flux model as its metabolism: every few seconds its demands go to the model, uptake limits follow the
 * enzymes, and what the optimum yields is what the cell gets until the next time. Forced fluxes of the model (maintenance,
 * turnover) are given up, for the cell spends these itself. Gene by gene, energy and each precursor is supplied on its
 * own; by proteome sector the model's growth rate bounds what metabolism makes.
 * @throws BioXenError `INPUT_INVALID` for a model without biomass reaction or without metabolites that the cell takes
 *   from there (named), for unknown genes, and for a time between runs that is no whole number of seconds.
 */
export function withMetabolism(
  model: CellModel,
  metabolic: MetabolicModel,
  options: MetabolismOptions = {},
): CellModel {
  const { every = usualFluxSeconds, medium, knockOut = [] } = options;
  if (!Number.isInteger(every) || every < 1)
    throw new BioXenError("INPUT_INVALID", `${every} s between two runs of the flux model is no whole number above 0`);
  const mode = model.sectors === undefined ? "molecules" : "growth";
  const known = frames.get(metabolic) ?? [];
  // fluxes, 0 where nothing is said of a demand
  const balanced = balancedDemand(model).map(
    (demand, at) => demand * fluxOfResidues(model, residuesAtBirth(model), at),
  );
  const balance = balanced.join();
  let frame = known.find((one) => {
    const { medium: its, balance: other } = asked.get(one) ?? {};
    return one.mode === mode && its === medium && other === balance;
  });
  if (frame === undefined) {
    frame = frameOf(metabolic, mode, medium, balanced);
    asked.set(frame, { medium, balance });
    frames.set(metabolic, [...known, frame]);
  }
  const out = new Set(knockOut);
  const ids = new Set(metabolic.genes.map(({ id }) => id));
  const strange = knockOut.find((id) => !ids.has(id));
  if (strange !== undefined)
    throw new BioXenError("INPUT_INVALID", `${frame.id} has no gene ${JSON.stringify(strange)} to knock out`);
  const numbers = new Map(model.genes.map(({ id }, at) => [id, at]));
  const { map } = frame;
  const genes = Int32Array.from(metabolic.genes, ({ id }) => {
    const number = mode === "growth" ? undefined : numbers.get(map.gene(id));
    const isOut = out.has(id) || (number !== undefined && model.network.initial[model.at.genes + number] === 0);
    return isOut ? -2 : (number ?? -1);
  });
  return { ...model, metabolism: { frame, every, genes } };
}

const residuesAtBirth = (model: CellModel): number => tablesOf(model).residuesAtBirth;

function frameOf(
  metabolic: MetabolicModel,
  mode: FluxFrame["mode"],
  medium: Medium | undefined,
  balanced: Float64Array,
): FluxFrame {
  const map = mapOf(metabolic);
  const id = metabolic.id === "" ? "the flux model" : metabolic.id;
  const biomass = biomassOf(metabolic, id);
  const demands = mode === "molecules" ? demandsOf(metabolic, map, id) : [];
  const open = new Set(exchanges(metabolic));
  const upkeep = mode === "growth" ? upkeepOf(metabolic, map) : -1;
  const relaxed = metabolic.reactions.map((reaction, column): Reaction => {
    // what a cell makes and spends itself is no part of its other biomass
    const isOwn = mode === "molecules" && (column === biomass || map.maintenance.includes(reaction.id));
    const stoichiometry = isOwn ? otherBiomass(reaction, map) : reaction.stoichiometry;
    const [least, most] = [Math.min(0, reaction.lower), Math.max(0, reaction.upper)];
    if (column === upkeep) return { ...reaction, lower: 0, upper: reaction.lower };
    const [below, above] = roomOf(reaction, open.has(column));
    return { ...reaction, stoichiometry, lower: least * below, upper: most * above };
  });
  const added = demands.filter((demand) => demand !== null);
  const extended = { ...metabolic, reactions: [...relaxed, ...added] };
  const other = relaxed[biomass]?.id ?? "";
  const coefficients = new Map([[other, mode === "molecules" ? worth.other : 1]]);
  if (upkeep >= 0) coefficients.set(metabolic.reactions[upkeep]?.id ?? "", worth.other);
  for (const [at, demand] of demands.entries()) if (demand !== null) coefficients.set(demand.id, worthOf(at));
  if (mode === "molecules")
    for (const [column, { id: one, genes, lower }] of relaxed.entries())
      if (genes === null && lower === 0 && !open.has(column) && !coefficients.has(one)) coefficients.set(one, -effort);
  // refuses what is no exchange reaction
  if (medium !== undefined) boundsOfMedium(metabolic, medium);
  const bounds = medium === undefined ? undefined : boundsOf(metabolic, medium);
  const problem = problemOf(extended, {
    objective: { sense: "maximum", coefficients },
    ...(bounds === undefined ? {} : { bounds }),
  });
  const columns = new Int32Array(supply.count).fill(-1);
  for (const [at, demand] of demands.entries())
    if (demand !== null) columns[at] = metabolic.reactions.length + added.indexOf(demand);
  columns[supply.other] = biomass;
  if (upkeep >= 0) columns[supply.atp] = upkeep;
  const geneNumbers = new Map(metabolic.genes.map((gene, at) => [gene.id, at]));
  const rules = metabolic.reactions.flatMap(({ genes }, column) =>
    genes === null ? [] : [{ column, rule: enzymeRule(genes, (gene) => geneNumbers.get(gene) ?? -1) }],
  );
  const transports = transportsOf(metabolic, [...open], problem);
  const reduction = reduceProblem(problem, { validFor: "knock-outs" });
  const [lower, upper] = [problem.lower.slice(), problem.upper.slice()];
  for (const column of [...rules.map((rule) => rule.column), ...transports.map((one) => one.column)]) {
    lower[column] = (lower[column] as number) / headroom;
    upper[column] = (upper[column] as number) / headroom;
  }
  for (const [at, column] of columns.entries())
    if (column >= 0) upper[column] = Math.min(upper[column] as number, balanced[at] as number);
  const near = reducedBounds(reduction, lower, upper);
  return {
    ...{ id, map, model: metabolic, mode, columns, rules, reduction, transports },
    problem: { ...reduction.problem, lower: near.lower, upper: near.upper },
    exchanges: [...open],
    sources: sourcesOf(metabolic, [...open], map),
  };
}

/** The reaction that the objective maximises, or where that is an exchange, the largest one that is called biomass. */
function biomassOf({ reactions, objectives, activeObjective }: MetabolicModel, id: string): number {
  const goal = [...(objectives[activeObjective]?.coefficients ?? new Map<string, number>())].filter(
    ([, value]) => value !== 0,
  );
  const found = reactions.findIndex((reaction) => reaction.id === goal[0]?.[0]);
  if (goal.length === 1 && (reactions[found]?.stoichiometry.size ?? 0) > 1) return found;
  let best = -1;
  for (const [column, reaction] of reactions.entries())
    if (
      /biomass|growth/i.test(`${reaction.id} ${reaction.name}`) &&
      reaction.stoichiometry.size > Math.max(2, reactions[best]?.stoichiometry.size ?? 0)
    )
      best = column;
  if (best < 0)
    throw new BioXenError("INPUT_INVALID", `${id} cannot be a cell's metabolism: it has no biomass reaction`, {
      context: { model: id },
    });
  return best;
}

/** A reaction that takes each thing supplied out of the model, in the order of `supplied`; null for other biomass. */
function demandsOf(metabolic: MetabolicModel, map: MetabolicMap, id: string): (Reaction | null)[] {
  const { atp, water, adp, phosphate, proton } = map.energy;
  const [amp = "", ...others] = map.monophosphates;
  type Sides = readonly (readonly [metabolite: string, coefficient: number])[];
  const hydrolysis: Sides = [
    [atp, -1],
    [water, -1],
    [adp, 1],
    [phosphate, 1],
    [proton, 1],
  ];
  const residue = (letter: string): Sides => {
    const [charged, free] = map.charging?.trna[letter] ?? [];
    if (map.charging === null || charged === undefined || free === undefined)
      return [[map.aminoAcids[letter] ?? letter, -1]];
    // off a tRNA, so that its synthetase is needed; the ATP comes back, for the cell pays for charging itself
    return [
      [charged, -1],
      [free, 1],
      [atp, 1],
      [amp, -1],
      [map.charging.diphosphate, -1],
    ];
  };
  // energy goes back and forth: what the kinases of the cell spend is its own
  const kinases: readonly Sides[] = [
    [
      [adp, -2],
      [amp, 1],
      [atp, 1],
    ],
    ...others.map((mono): Sides => {
      // one phosphate is half of the way; but of guanosine the half that is a triphosphate's, for GTP is spent to GDP
      const way = mono === map.monophosphates[bases.indexOf("G")] ? 1 : 0.5;
      return [
        [triphosphate(mono), -way],
        [mono, way],
        [atp, 2 * way],
        [adp, -2 * way],
      ];
    }),
  ];
  const sides: readonly (Sides | null)[] = [
    hydrolysis,
    ...[...map.monophosphates, ...map.deoxy].map((metabolite): Sides => [[metabolite, -1]]),
    ...[...aminoAcids].map(residue),
    null,
    ...kinases,
  ];
  const there = new Set(metabolic.metabolites.map((metabolite) => metabolite.id));
  const used = new Set([
    ...sides.flatMap((one) => one ?? []).map(([metabolite]) => metabolite),
    ...Object.values(map.aminoAcids),
  ]);
  const missing = [...used].filter((metabolite) => !there.has(metabolite));
  if (missing.length > 0)
    throw new BioXenError(
      "INPUT_INVALID",
      `${id} cannot supply a cell gene by gene: it lacks ${missing.slice(0, 5).join(", ")}${missing.length > 5 ? ` and ${missing.length - 5} more` : ""} (ids as in BiGG)`,
      { context: { model: id, missing: missing.join(" ") } },
    );
  return sides.map((stoichiometry, at): Reaction | null =>
    stoichiometry === null
      ? null
      : {
          // no id of a file has a space
          ...{ id: `supply of ${supplied[at] ?? ""}`, name: "", subsystem: "", genes: null, notes: {}, annotation: {} },
          ...{ stoichiometry: new Map(stoichiometry), lower: 0, upper: 1e6 },
        },
  );
}

const triphosphate = (monophosphate: string): string => monophosphate.replace("mp_", "tp_");

function otherBiomass({ stoichiometry }: Reaction, map: MetabolicMap): ReadonlyMap<string, number> {
  const own = new Set([...Object.values(map.energy), ...map.ownProducts, ...map.deoxy, ...map.monophosphates]);
  for (const id of Object.values(map.aminoAcids)) own.add(id);
  for (const id of map.monophosphates) own.add(triphosphate(id));
  return new Map([...stoichiometry].filter(([id]) => !own.has(id) && !/^ppi_/.test(id)));
}
