import { BioXenError } from "../contract/index.ts";
import type { CellModel } from "./expression-network.ts";

/** A small molecule that keeps a regulator from its promoters: of it, (1 + amount / half)^-hill stays free. */
export interface Inducer {
  readonly id: string;
  /** Gene whose protein it binds. */
  readonly binds: string;
  /** In the unit of its amounts. */
  readonly half: number;
  readonly hill: number;
}

/** What surrounds a cell. */
interface Conditions {
  /** Letters of amino acids that the medium lacks. */
  readonly withoutAminoAcids: string;
  /** Shares of free machines that are blocked, 0 to 1. */
  readonly inhibitRibosomes: number;
  readonly inhibitPolymerases: number;
  /** Share of what metabolism can make. */
  readonly atp: number;
  /** Amount of each inducer, by id; one that is not named is not there. */
  readonly inducers: ReadonlyMap<string, number>;
}

/** What surrounds a cell from a time on: what is left out stays; of the inducers, those not named stay. */
export interface Change extends Partial<Conditions> {
  /** Of a cell of proteome sectors: its medium, as amino acids that a residue of metabolic enzymes can supply in an hour. */
  readonly quality?: number;
  /** Seconds after the run began; daughters go on counting. */
  readonly at: number;
}

interface Era {
  readonly from: number;
  readonly conditions: Conditions;
  readonly changes: readonly Change[];
}

const eras = new WeakMap<CellModel, readonly Era[]>();

/** What surrounds the cells of a model at a time. */
export function conditionsAt(model: CellModel, time: number): Conditions {
  return eraAt(model, time).conditions;
}

/** The changes that take effect in the step that begins at a time. */
export function changesAt(model: CellModel, time: number): readonly Change[] {
  const era = eraAt(model, time);
  return era.from === time ? era.changes : [];
}

function eraAt(model: CellModel, time: number): Era {
  let all = eras.get(model);
  if (all === undefined) {
    all = erasOf(model);
    eras.set(model, all);
  }
  let last = all[0] as Era;
  for (const era of all) if (era.from <= time) last = era;
  return last;
}

/** The last medium among changes; null where none of them names one. */
export function qualityOf(changes: readonly Change[]): number | null {
  return changes.findLast(({ quality }) => quality !== undefined)?.quality ?? null;
}

function erasOf({ perturbations, organism, sectors }: CellModel): readonly Era[] {
  const { changes = [], withoutAminoAcids = "", inhibitRibosomes = 0, inhibitPolymerases = 0 } = perturbations;
  const known = new Set((perturbations.inducers ?? []).map(({ id }) => id));
  let conditions: Conditions = {
    ...{ withoutAminoAcids, inhibitRibosomes, inhibitPolymerases, atp: 1, inducers: new Map() },
  };
  const byTime = new Map<number, Change[]>([[0, []]]);
  for (const change of changes) {
    if (!(change.at >= 0)) throw new BioXenError("INPUT_INVALID", `a change at ${change.at} s is before birth`);
    const unknown = [...(change.inducers?.keys() ?? [])].find((id) => !known.has(id));
    if (unknown !== undefined)
      throw new BioXenError("INPUT_INVALID", `nothing answers to an inducer ${JSON.stringify(unknown)}`);
    if (change.quality !== undefined && sectors === undefined)
      throw new BioXenError("INPUT_INVALID", `${organism.name} has no choice of media`);
    if (change.quality !== undefined && !(change.quality > 0))
      throw new BioXenError("INPUT_INVALID", `a medium of quality ${change.quality} lets nothing grow`);
    // from the first coupling on that is not before it
    const from = Math.ceil(change.at);
    byTime.set(from, [...(byTime.get(from) ?? []), change]);
  }
  return [...byTime]
    .sort(([a], [b]) => a - b)
    .map(([from, now]) => {
      for (const { at: _, quality: __, ...change } of now) {
        const inducers = new Map([...conditions.inducers, ...(change.inducers ?? [])]);
        conditions = { ...conditions, ...change, inducers };
      }
      return { from, conditions, changes: now };
    });
}

/** A change in words, for the events of a cell. */
export function describeChange(change: Change): string {
  const { withoutAminoAcids, inhibitRibosomes, inhibitPolymerases, atp, inducers, quality } = change;
  const parts: string[] = [];
  if (withoutAminoAcids !== undefined) parts.push(`without=${withoutAminoAcids}`);
  if (quality !== undefined) parts.push(`growth-medium=${quality}`);
  if (atp !== undefined) parts.push(`atp=${atp}`);
  if (inhibitRibosomes !== undefined) parts.push(`inhibit-ribosomes=${inhibitRibosomes}`);
  if (inhibitPolymerases !== undefined) parts.push(`inhibit-polymerases=${inhibitPolymerases}`);
  for (const [id, amount] of inducers ?? []) parts.push(`${id}=${amount}`);
  return parts.join(", ");
}
