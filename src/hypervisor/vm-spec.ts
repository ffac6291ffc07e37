import { z } from "zod";
import {
  type CellModel,
  type ConstantName,
  compileCell,
  type GenomeFacts,
  isOfSectors,
  type Perturbations,
} from "../cell/index.ts";
import { BioXenError } from "../contract/index.ts";
import { type BiologicalPackage, withPackages } from "../packages/index.ts";
import { type BiologicalType, biologicalTypes, factsOfType } from "./biological-types.ts";

/** What a VM is, as plain data: with its number it decides all that its cell does. */
export interface VmSpec {
  readonly biologicalType: BiologicalType;
  /** GenBank, or GFF3 with its FASTA: its genome with sequences; that of its organism by default. */
  readonly genomeFile?: string | undefined;
  /** Of its metabolism, BiGG JSON or SBML; Escherichia coli's core model by default. */
  readonly metabolicModel?: string | undefined;
  /** Genes that its genome lacks. */
  readonly knockOut?: readonly string[] | undefined;
  /** Of E. coli: a medium by name, such as `glucose`. */
  readonly medium?: string | undefined;
  /** Letters of amino acids that the medium lacks. */
  readonly withoutAminoAcids?: string | undefined;
  /** The chromosome is copied; true by default. */
  readonly replication?: boolean | undefined;
  /** A cell that may divide does, and goes on as its first daughter; true by default. */
  readonly division?: boolean | undefined;
  /** Follow tRNA from free to charged and back; false by default. */
  readonly charging?: boolean | undefined;
  /** Constants of its organism that differ, by name. */
  readonly constants?: Readonly<Record<string, number>> | undefined;
  /** Of its random numbers; the hypervisor's by default, under which VMs of a genome run in one batch. */
  readonly seed?: number | undefined;
  /** Most that it may hold of ATP (percent) and ribosomes; those of its type by default. */
  readonly maxAtp?: number | undefined;
  readonly maxRibosomes?: number | undefined;
  /** Packages that were installed in it, without their functions, which its process state has. */
  readonly packages?: readonly BiologicalPackage[] | undefined;
  /** A genome compiled for it alone; by default VMs that are the same share one. */
  readonly ownGenome?: boolean | undefined;
}

const letters = /^[ARNDCQEGHILKMFPSTWYV]*$/;

type SharedField = Exclude<keyof VmSpec, "biologicalType" | "packages" | "ownGenome">;

/** What the fields of a spec have to be that a VM's settings have as well. */
export const vmSpecFields: { readonly [K in SharedField]-?: z.ZodType<VmSpec[K]> } = {
  genomeFile: z.string().min(1).max(1000).optional(),
  metabolicModel: z.string().min(1).max(1000).optional(),
  knockOut: z.array(z.string().min(1).max(200)).readonly().optional(),
  medium: z.string().optional(),
  withoutAminoAcids: z.string().regex(letters, "letters of amino acids").optional(),
  replication: z.boolean().optional(),
  division: z.boolean().optional(),
  charging: z.boolean().optional(),
  constants: z.record(z.string(), z.number().finite()).optional(),
  // 2^32 - 1
  seed: z.int().nonnegative().max(4_294_967_295).optional(),
  maxAtp: z.number().positive().max(100).optional(),
  maxRibosomes: z.int().positive().optional(),
};

const schema: z.ZodType<VmSpec> = z.strictObject({
  ...vmSpecFields,
  biologicalType: z.enum(["syn3a", "ecoli", "minimal_cell"]),
  packages: z.array(z.custom<BiologicalPackage>((value) => typeof value === "object" && value !== null)).optional(),
  ownGenome: z.boolean().optional(),
});

/**
 * Checks a spec.
 * @throws BioXenError `API_VALIDATION_ERROR` for an unknown biological type, `INVALID_CONFIGURATION` for all else, naming
 *   the field.
 */
export function vmSpecOf(given: BiologicalType | VmSpec): VmSpec {
  const data: unknown = typeof given === "string" ? { biologicalType: given } : given;
  const type = typeof data === "object" && data !== null && "biologicalType" in data ? data.biologicalType : undefined;
  if (!biologicalTypes.some(({ id }) => id === type))
    throw new BioXenError(
      "API_VALIDATION_ERROR",
      `${JSON.stringify(type)} is no biological type: there are ${biologicalTypes.map(({ id }) => id).join(", ")}`,
    );
  const read = schema.safeParse(data);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const where = issue?.path.join(".") ?? "";
  throw new BioXenError("INVALID_CONFIGURATION", `${where === "" ? "the VM" : where}: ${issue?.message}`, {
    context: { field: where },
  });
}

/** The part of a spec that decides the network: VMs that agree in it share one. */
export function genomeKey({ biologicalType, knockOut = [], constants = {}, ...rest }: VmSpec): string {
  const { medium = null, withoutAminoAcids = "", replication = true, charging = false, packages = [] } = rest;
  return JSON.stringify([
    ...[biologicalType, [...knockOut].sort(), medium, [...withoutAminoAcids].sort().join(""), replication, charging],
    packages.map(({ name, sha256 }) => [name, sha256]),
    Object.entries(constants).sort(([a], [b]) => (a < b ? -1 : 1)),
  ]);
}

/**
 * Compiles what a spec describes.
 * @throws BioXenError `INVALID_CONFIGURATION` for genes, media and constants that its organism does not have.
 */
export function modelOf(spec: VmSpec, genome?: GenomeFacts): CellModel {
  const { organism } = factsOfType(spec.biologicalType);
  const { knockOut, medium, withoutAminoAcids, replication, charging, constants = {} } = spec;
  const unknown = Object.keys(constants).find((name) => !(name in organism.constants));
  if (unknown !== undefined) throw invalid(`${organism.name} has no constant ${JSON.stringify(unknown)}`);
  const quality = medium === undefined ? {} : { nutrientQuality: qualityOf(spec.biologicalType, medium) };
  const perturbations: Perturbations = {
    ...(knockOut === undefined ? {} : { knockOut }),
    ...(withoutAminoAcids === undefined ? {} : { withoutAminoAcids }),
    ...(replication === undefined ? {} : { replication }),
    ...(charging === undefined ? {} : { charging }),
    constants: { ...quality, ...constants } as Partial<Record<ConstantName, number>>,
  };
  try {
    const { facts, perturbations: all } = withPackages(genome ?? organism.facts(), perturbations, spec.packages ?? []);
    return compileCell(organism, all, facts);
  } catch (error) {
    if (error instanceof BioXenError) throw invalid(error.message, error);
    throw error;
  }
}

function qualityOf(type: BiologicalType, medium: string): number {
  const { organism } = factsOfType(type);
  const media = isOfSectors(organism) ? organism.media : [];
  const found = media.find(({ id }) => id === medium);
  if (found !== undefined) return found.quality;
  const there = media.length === 0 ? "it has no choice of media" : `there are ${media.map(({ id }) => id).join(", ")}`;
  throw invalid(`${organism.name} has no medium ${JSON.stringify(medium)}: ${there}`);
}

function invalid(message: string, cause?: unknown): BioXenError {
  return new BioXenError("INVALID_CONFIGURATION", message, cause === undefined ? {} : { cause });
}
