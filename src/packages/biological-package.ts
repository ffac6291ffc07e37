import { z } from "zod";
import {
  codingGenes,
  factsOf,
  type GeneExpression,
  type GeneFacts,
  type GenomeFacts,
  gapAfter,
  genomeOf,
  insertGenes,
  type Perturbations,
} from "../cell/index.ts";
import { parseFasta, parseGenbank } from "../formats/index.ts";
import type { Bundle } from "./bundle.ts";
import { parseJson, refused } from "./manifest.ts";

/** What a package changes of how a cell is expressed. */
export interface PackageParameters {
  /** Constants of the organism, by name. */
  readonly constants: Readonly<Record<string, number>>;
  /** By gene, of the package or of the cell. */
  readonly expression: Readonly<Record<string, GeneExpression>>;
}

/** A package ready to be applied. */
export interface BiologicalPackage {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** The bundle's. */
  readonly sha256: string;
  readonly genes: readonly GeneFacts[];
  readonly parameters: PackageParameters;
  /** Lua source, in the order in which it is to be run. */
  readonly functions: readonly { readonly file: string; readonly source: string }[];
}

/** What a package is applied to: a VM. Each call is to be done wholly, or to throw and change nothing. */
export interface PackageTarget {
  readonly addGenes: (genes: readonly GeneFacts[], of: BiologicalPackage) => Promise<void>;
  readonly setParameters: (parameters: PackageParameters, of: BiologicalPackage) => Promise<void>;
  /** Runs Lua source in the VM's process state, where its functions stay. */
  readonly loadFunctions: (source: string, file: string, of: BiologicalPackage) => Promise<void>;
}

const longestSource = 2 ** 18;
const positive = z.number().finite().nonnegative();
const schema: z.ZodType<PackageParameters> = z.strictObject({
  constants: z.record(z.string().regex(/^[A-Za-z]\w*$/), positive).default({}),
  expression: z
    .record(
      z.string().min(1).max(200),
      z.strictObject({
        transcription: positive.optional(),
        translation: positive.optional(),
        mrnaHalfLife: z.number().positive().optional(),
        proteinHalfLife: z.number().positive().optional(),
        proteinsAtBirth: z.int().nonnegative().optional(),
      }),
    )
    .default({}),
}) as unknown as z.ZodType<PackageParameters>;

/**
 * Reads what a bundle holds: every gene is a whole reading frame, parameters are numbers with names that are known,
 * functions are source text.
 * @throws BioXenError `FORMAT_INVALID` of the parsers; `PACKAGE_REFUSED` with the file's name
 */
export function packageOf({ manifest, sha256, files }: Bundle): BiologicalPackage {
  const { name, version, description } = manifest;
  const bytesOf = (file: string): Uint8Array => files.get(file) ?? new Uint8Array();
  const genes = manifest.genes.flatMap((file) => genesIn(bytesOf(file), `${name}/${file}`));
  const ids = genes.map(({ id }) => id);
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice !== undefined) throw refused(`${name} has two genes ${twice}`, { package: name });
  return {
    ...{ name, version, description, sha256, genes },
    parameters:
      manifest.parameters === null
        ? { constants: {}, expression: {} }
        : parametersIn(bytesOf(manifest.parameters), `${name}/${manifest.parameters}`),
    functions: manifest.functions.map((file) => ({ file, source: sourceIn(bytesOf(file), `${name}/${file}`) })),
  };
}

/** Applies a package: its genes, then its parameters, then its functions. */
export async function applyPackage(of: BiologicalPackage, target: PackageTarget): Promise<void> {
  if (of.genes.length > 0) await target.addGenes(of.genes, of);
  const { constants, expression } = of.parameters;
  if (Object.keys(constants).length + Object.keys(expression).length > 0) await target.setParameters(of.parameters, of);
  for (const { file, source } of of.functions) await target.loadFunctions(source, file, of);
}

/**
 * A chromosome and perturbations with packages in them, for cells that are born with them: genes stand, one package after
 * the other, in the first gap from the origin on.
 * @throws BioXenError `INPUT_INVALID` for a gene that is there already, in the chromosome or in another package
 */
export function withPackages(
  facts: GenomeFacts,
  perturbations: Perturbations,
  packages: readonly BiologicalPackage[],
): { readonly facts: GenomeFacts; readonly perturbations: Perturbations } {
  let chromosome = facts;
  let constants = { ...perturbations.constants };
  const expression = new Map(perturbations.expression);
  const notes = [...(perturbations.notes ?? [])];
  for (const { name, version, genes, parameters } of packages) {
    if (genes.length > 0) chromosome = insertGenes(chromosome, genes, gapAfter(chromosome, 0));
    constants = { ...constants, ...parameters.constants };
    // a cell is born without proteins of genes that came from elsewhere
    for (const { id } of genes) expression.set(id, { proteinsAtBirth: 0 });
    for (const [id, stated] of Object.entries(parameters.expression))
      expression.set(id, { ...expression.get(id), ...stated });
    notes.push(`package ${name} ${version}`);
  }
  return { facts: chromosome, perturbations: { ...perturbations, constants, expression, notes } };
}

function genesIn(bytes: Uint8Array, file: string): readonly GeneFacts[] {
  const isFasta = bytes[0] === ">".charCodeAt(0) || bytes[0] === ";".charCodeAt(0);
  if (isFasta) return codingGenes(parseFasta(bytes, { file }), file);
  return parseGenbank(bytes, file).flatMap((record) => factsOf(genomeOf(record, { strict: true })).genes);
}

function parametersIn(bytes: Uint8Array, file: string): PackageParameters {
  const { data, error } = schema.safeParse(parseJson(bytes, file));
  if (error === undefined) return data;
  const [issue] = error.issues;
  throw refused(`${file}: ${issue?.path.join(".") || "it"}: ${issue?.message ?? "is out of form"}`, { file });
}

function sourceIn(bytes: Uint8Array, file: string): string {
  // "\x1bLua" is how bytecode begins
  if (bytes[0] === 0x1b) throw refused(`${file} is compiled Lua, and no source`, { file });
  if (bytes.length > longestSource) throw refused(`${file} is longer than ${longestSource} bytes`, { file });
  return textOf(bytes, file);
}

function textOf(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw refused(`${file} is no UTF-8 text`, { file }, cause);
  }
}
