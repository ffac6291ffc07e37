import type { CellModel } from "../cell/index.ts";
import { BioXenError } from "../contract/index.ts";
import { factsOfType } from "./biological-types.ts";
import { type ResourcePool, type Resources, type Shared, sharedNames } from "./resources.ts";
import type { VmSpec } from "./vm-spec.ts";

/** What bounds the resources of a VM. */
export interface ResourceBounds {
  readonly what: string;
  readonly wants: { readonly ribosomes: number; readonly polymerases: number };
  readonly maxAtp: number;
  readonly maxRibosomes: number;
  readonly genomeKb: number;
}

export function boundsOf(spec: VmSpec, { genome }: CellModel): ResourceBounds {
  const { wants, maxAtp } = factsOfType(spec.biologicalType);
  return {
    ...{ what: spec.biologicalType, wants, maxAtp: spec.maxAtp ?? maxAtp },
    ...{ maxRibosomes: spec.maxRibosomes ?? wants.ribosomes, genomeKb: genome.length / 1000 },
  };
}

/** A VM's part of a chassis that so many share, as far as it can use it. */
export function fairPart(bounds: ResourceBounds, { total }: ResourcePool, vms: number): Resources {
  const part = (name: keyof Shared): number => total[name] / vms;
  return {
    ribosomes: Math.max(1, Math.min(bounds.maxRibosomes, Math.floor(part("ribosomes")))),
    polymerases: Math.max(1, Math.min(bounds.wants.polymerases, Math.floor(part("polymerases")))),
    // in whole millionths, so that all parts together are no more than there is
    atp: Math.min(bounds.maxAtp, Math.floor(part("atp") * 1e6) / 1e6),
    ...{ memoryKb: bounds.genomeKb, priority: 3 },
  };
}

/**
 * What a VM asks for: what it does not name stays as it is.
 * @throws BioXenError `RESOURCE_ALLOCATION_ERROR` for what no such VM may hold.
 */
export function wishedResources(bounds: ResourceBounds, asked: Partial<Resources>, now: Resources): Resources {
  const named = Object.entries(asked).filter(([, value]) => value !== undefined);
  const wished: Resources = { ...now, ...Object.fromEntries(named) };
  const refuse = (resource: string, message: string): never => {
    throw new BioXenError("RESOURCE_ALLOCATION_ERROR", message, { context: { resource } });
  };
  const unknown = named.find(([name]) => name !== "priority" && !sharedNames.some((one) => one === name))?.[0];
  if (unknown !== undefined) refuse(unknown, `there is no resource ${JSON.stringify(unknown)}`);
  const { ribosomes, atp, polymerases, memoryKb, priority } = wished;
  const { what, maxRibosomes, maxAtp, genomeKb } = bounds;
  if (!Number.isInteger(priority) || priority < 1 || priority > 5)
    refuse("priority", `a priority is 1 to 5, not ${priority}`);
  if (!Number.isInteger(ribosomes) || ribosomes < 1 || ribosomes > maxRibosomes)
    refuse("ribosomes", `${what} takes 1 to ${maxRibosomes} ribosomes, not ${ribosomes}`);
  if (!(atp > 0 && atp <= maxAtp)) refuse("atp", `${what} takes up to ${maxAtp} % of ATP, not ${atp}`);
  if (!Number.isInteger(polymerases) || polymerases < 1)
    refuse("polymerases", `RNA polymerases are a whole number above 0, not ${polymerases}`);
  if (!(memoryKb >= genomeKb)) refuse("memoryKb", `its genome takes ${genomeKb} KB, more than ${memoryKb}`);
  return wished;
}
