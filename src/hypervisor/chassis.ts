import { z } from "zod";
import { BioXenError } from "../contract/index.ts";

/** A part of a chassis and what it brings: ribosomes that sit there, room for genomes, time that a switch takes there. */
export interface Compartment {
  readonly id: string;
  readonly note: string;
  /** Of the chassis' ribosomes, those that are here. */
  readonly ribosomes?: number;
  /** Of the room for genomes, what is here. */
  readonly memoryKb?: number;
  /** Added to the cost of a context switch. */
  readonly switchSeconds?: number;
  /** VMs whose whole need of ATP it makes, beside those of the rest of the cell. */
  readonly supplies?: number;
}

/** A host cell, as data: what VMs share. Ribosomes and RNA polymerases are slots, see `docs/hypervisor.md`. */
export interface Chassis {
  readonly id: string;
  readonly name: string;
  readonly ribosomes: number;
  readonly polymerases: number;
  /** Room for genomes, a base a byte. */
  readonly memoryKb: number;
  /** VMs that it takes. */
  readonly maxVms: number;
  /** Share of ribosomes and RNA polymerases that the hypervisor keeps for itself. */
  readonly overhead: number;
  /** Seconds of the chassis that pass when it turns from one VM to another. */
  readonly switchSeconds: number;
  /** VMs whose whole need of ATP it makes; as many as it takes, by default. */
  readonly supplies?: number;
  readonly compartments: readonly Compartment[];
  readonly note: string;
}

const count = z.int().positive();
const amount = z.number().nonnegative().finite();
const compartmentSchema = z.strictObject({
  id: z.string().regex(/^[\w-]{1,64}$/),
  note: z.string().default(""),
  ribosomes: z.int().nonnegative().optional(),
  memoryKb: amount.optional(),
  switchSeconds: amount.optional(),
  supplies: amount.optional(),
});
const schema = z.strictObject({
  id: z.string().regex(/^[\w-]{1,64}$/, "1 to 64 letters, digits, - and _"),
  name: z.string().min(1).max(200).optional(),
  ribosomes: count,
  polymerases: count.optional(),
  memoryKb: z.number().positive().finite().optional(),
  maxVms: count.max(1_000_000).default(1),
  overhead: z.number().min(0).lt(1).default(0.15),
  switchSeconds: amount.default(1),
  supplies: z.number().positive().finite().optional(),
  compartments: z.array(compartmentSchema).default([]),
  note: z.string().default(""),
});

/** What a chassis may be given as: only `id` and `ribosomes` have to be there. */
export interface ChassisData extends Partial<Omit<Chassis, "id" | "ribosomes" | "compartments">> {
  readonly id: string;
  readonly ribosomes: number;
  readonly compartments?: readonly (Omit<Compartment, "note"> & { readonly note?: string })[];
}

/** Escherichia coli: the chassis by default. */
const ecoli: Chassis = {
  ...{ id: "ecoli", name: "Escherichia coli", ribosomes: 80, polymerases: 56, memoryKb: 20_000, maxVms: 4 },
  ...{ overhead: 0.15, switchSeconds: 1, compartments: [] },
  note: "80 slots of ribosomes, 68 of them for VMs; room for four genomes of its own size",
};

const yeast: Chassis = {
  ...{ id: "yeast", name: "Saccharomyces cerevisiae", ribosomes: 200_000, polymerases: 30_000, memoryKb: 24_000 },
  ...{ maxVms: 2, overhead: 0.15, switchSeconds: 1, supplies: 1 },
  compartments: [
    {
      ...{ id: "nucleus", memoryKb: 24_000, switchSeconds: 1 },
      note: "genomes are here, and messages leave before they are read: a switch takes longer (assumption: a second)",
    },
    { id: "mitochondria", supplies: 1, note: "respiration: assumption, as much ATP as the cytosol makes" },
    { id: "er", ribosomes: 60_000, note: "ribosomes on the endoplasmic reticulum (assumption: three in ten)" },
  ],
  note: "200,000 ribosomes (187,000 to 252,000 a cell: Warner 1999; Waldron et al. 1977), two VMs",
};

const orthogonal: Chassis = {
  ...{ id: "orthogonal", name: "orthogonal ribosomes", ribosomes: 500, polymerases: 100, memoryKb: 5000, maxVms: 1 },
  ...{ overhead: 0.15, switchSeconds: 0, compartments: [] },
  note: "ribosomes and RNA polymerases that read the VM's genes only: one VM, and nothing to switch to",
};

/** The chassis that come with the package, by id. */
export const chassisList: readonly Chassis[] = [ecoli, yeast, orthogonal];

/**
 * A chassis by id, or of the user's own as data.
 * @throws BioXenError `CHASSIS_INITIALIZATION_ERROR` for an unknown id, and for data that cannot be a chassis, saying
 *   where and why.
 */
export function chassisOf(chassis: string | ChassisData): Chassis {
  if (typeof chassis === "string") {
    const known = chassisList.find(({ id }) => id === chassis);
    if (known !== undefined) return known;
    const ids = chassisList.map(({ id }) => id).join(", ");
    throw refused(`no chassis ${JSON.stringify(chassis)}: there are ${ids}, and any of your own as data`);
  }
  const read = schema.safeParse(chassis);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw refused(`chassis: ${issue?.path.join(".") || "it"}: ${issue?.message ?? "is no chassis"}`);
  }
  const { name, polymerases, memoryKb, supplies, compartments, ...rest } = read.data;
  const sitting = compartments.reduce((sum, { ribosomes = 0 }) => sum + ribosomes, 0);
  if (sitting > rest.ribosomes)
    throw refused(`chassis ${rest.id}: ${sitting} ribosomes in compartments, of ${rest.ribosomes}`);
  const genomes = compartments.reduce((sum, one) => sum + (one.memoryKb ?? 0), 0);
  return {
    ...rest,
    name: name ?? rest.id,
    // as many to a ribosome as Escherichia coli's chassis has
    polymerases: polymerases ?? Math.max(1, Math.round((rest.ribosomes * ecoli.polymerases) / ecoli.ribosomes)),
    memoryKb: memoryKb ?? (genomes > 0 ? genomes : 5000 * rest.maxVms),
    ...(supplies === undefined ? {} : { supplies }),
    compartments: compartments as readonly Compartment[],
  };
}

/** VMs whose whole need of ATP a chassis makes. */
export function suppliedBy({ supplies, maxVms, compartments }: Chassis): number {
  return (supplies ?? maxVms) + compartments.reduce((sum, one) => sum + (one.supplies ?? 0), 0);
}

/** Seconds of the chassis that a context switch takes. */
export function switchSecondsOf({ switchSeconds, compartments }: Chassis): number {
  return switchSeconds + compartments.reduce((sum, one) => sum + (one.switchSeconds ?? 0), 0);
}

function refused(message: string): BioXenError {
  return new BioXenError("CHASSIS_INITIALIZATION_ERROR", message);
}
