import { z } from "zod";
import { BioXenError } from "../contract/index.ts";
import { gapAfter, insertGenes } from "./added-genes.ts";
import type { Change } from "./conditions.ts";
import type { GeneFacts, GenomeFacts } from "./gene-facts.ts";
import { meanComposition } from "./minimal-genome.ts";
import type { GeneExpression, Perturbations, Regulation } from "./regulation.ts";

const id = z.string().min(1).max(200);
const share = z.number().min(0).max(1);
const rate = z.number().positive().max(1e6);
const gene = z.strictObject({
  id,
  product: z.string().optional(),
  /** Amino acids; of them there are as many of each kind as in an average protein. */
  residues: z.int().min(1).max(50_000),
  transcriptsPerSecond: z.number().nonnegative().max(1000).optional(),
  proteinsPerTranscriptSecond: z.number().nonnegative().max(1000).optional(),
  mrnaHalfLifeSeconds: rate.optional(),
  proteinHalfLifeSeconds: rate.optional(),
  proteinsAtBirth: z.int().nonnegative().max(1e7).optional(),
});

/** A gene that a circuit brings; what is left out follows from the organism's rules. */
interface CircuitGene {
  readonly id: string;
  readonly product?: string | undefined;
  readonly residues: number;
  readonly transcriptsPerSecond?: number | undefined;
  readonly proteinsPerTranscriptSecond?: number | undefined;
  readonly mrnaHalfLifeSeconds?: number | undefined;
  readonly proteinHalfLifeSeconds?: number | undefined;
  readonly proteinsAtBirth?: number | undefined;
}

/** Regulation as data: what a regulation file says. */
export interface RegulationData {
  readonly name: string;
  readonly sources: readonly string[];
  /** false for a minicell. */
  readonly chromosome: boolean;
  /** Where the genes are; the chromosome without it. */
  readonly plasmid?: { readonly id: string; readonly bases: number; readonly copies: number } | undefined;
  readonly genes: readonly CircuitGene[];
  readonly operons: readonly {
    readonly id: string;
    readonly genes: readonly string[];
    readonly transcriptsPerSecond?: number | undefined;
  }[];
  readonly promoters: readonly {
    readonly of: string;
    readonly combine: "all" | "any";
    readonly regulators: readonly {
      readonly gene: string;
      readonly kind: "activator" | "repressor";
      readonly half: number;
      readonly hill: number;
      readonly leak: number;
    }[];
  }[];
  readonly inducers: readonly {
    readonly id: string;
    readonly binds: string;
    readonly half: number;
    readonly hill: number;
    readonly unit: string;
    readonly amounts: readonly { readonly minute: number; readonly amount: number }[];
  }[];
  readonly knockDown: Readonly<Record<string, number>>;
}

const schema: z.ZodType<RegulationData> = z.strictObject({
  name: z.string(),
  sources: z.array(z.string()).min(1),
  chromosome: z.boolean().default(true),
  plasmid: z.strictObject({ id, bases: z.int().min(1).max(1e8), copies: z.int().min(1).max(10_000) }).optional(),
  genes: z.array(gene).default([]),
  operons: z
    .array(z.strictObject({ id, genes: z.array(id).min(1), transcriptsPerSecond: rate.optional() }))
    .default([]),
  promoters: z
    .array(
      z.strictObject({
        of: id,
        combine: z.enum(["all", "any"]).default("all"),
        regulators: z
          .array(
            z.strictObject({
              gene: id,
              kind: z.enum(["activator", "repressor"]),
              half: rate,
              hill: z.number().positive().max(20),
              leak: share.default(0),
            }),
          )
          .min(1),
      }),
    )
    .default([]),
  inducers: z
    .array(
      z.strictObject({
        id,
        binds: id,
        half: z.number().positive(),
        hill: z.number().positive().max(20),
        unit: z.string().default(""),
        amounts: z.array(z.strictObject({ minute: z.number().nonnegative(), amount: z.number().nonnegative() })),
      }),
    )
    .default([]),
  knockDown: z.record(id, share).default({}),
});

/**
 * Reads a regulation file: genes, operons, promoters with their regulators, inducers with their amounts over time,
 * knock-downs. `examples/*.json` show the form.
 * @throws BioXenError `FORMAT_INVALID` with file and place for what is no JSON or out of form.
 */
export function readRegulation(text: string, file = "(regulation)"): RegulationData {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new BioXenError("FORMAT_INVALID", `${file}: ${(cause as Error).message}`, { context: { file }, cause });
  }
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const complaints = read.error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.length === 0 ? "the file" : path.join(".")}: ${message}`);
  const place = read.error.issues[0]?.path.join(".") ?? "";
  throw new BioXenError("FORMAT_INVALID", `${file}: ${complaints.join("; ")}`, { context: { file, place } });
}

/**
 * A genome and perturbations with what a regulation file adds: its genes go on its plasmid, or into the chromosome where
 * the forks meet, and begin without transcripts.
 * @throws BioXenError `INPUT_INVALID` with the place for a gene that is named and nowhere.
 */
export function withRegulation(
  genome: GenomeFacts,
  perturbations: Perturbations,
  data: RegulationData,
  file = "(regulation)",
): { readonly genome: GenomeFacts; readonly perturbations: Perturbations } {
  const added = data.genes.map(factsOfGene);
  const { plasmids = [] } = perturbations;
  const known = new Set(
    [...genome.genes, ...added, ...plasmids.flatMap(({ facts }) => facts.genes)].map((one) => one.id),
  );
  for (const [place, name] of namesIn(data))
    if (!known.has(name))
      throw new BioXenError("INPUT_INVALID", `${file}: ${place}: no gene ${JSON.stringify(name)}`, {
        context: { file, place },
      });
  const { plasmid } = data;
  const quarter = [0, 1, 2, 3].map((base) => Math.floor(((plasmid?.bases ?? 0) + base) / 4));
  const made =
    plasmid === undefined
      ? []
      : [
          {
            facts: { id: plasmid.id, length: plasmid.bases, circular: true, baseCounts: quarter, genes: added },
            copies: plasmid.copies,
          },
        ];
  return {
    genome:
      plasmid !== undefined || added.length === 0
        ? genome
        : insertGenes(genome, added, gapAfter(genome, Math.floor(genome.length / 2))),
    perturbations: {
      ...perturbations,
      chromosome: data.chromosome && perturbations.chromosome !== false,
      plasmids: [...plasmids, ...made],
      expression: new Map([
        ...(perturbations.expression ?? []),
        ...data.genes.map((one) => [one.id, expressionOf(one)] as const),
      ]),
      operons: [
        ...(perturbations.operons ?? []),
        ...data.operons.map(({ id, genes, transcriptsPerSecond }) => ({
          ...{ id, genes },
          ...(transcriptsPerSecond === undefined ? {} : { transcription: transcriptsPerSecond }),
        })),
      ],
      regulation: [
        ...(perturbations.regulation ?? []),
        ...data.promoters.flatMap(({ of, regulators }) =>
          regulators.map(({ gene: regulator, ...rest }): Regulation => ({ target: of, regulator, ...rest })),
        ),
      ],
      anyOf: [
        ...(perturbations.anyOf ?? []),
        ...data.promoters.flatMap(({ of, combine }) => (combine === "any" ? [of] : [])),
      ],
      inducers: [
        ...(perturbations.inducers ?? []),
        ...data.inducers.map(({ id, binds, half, hill }) => ({ id, binds, half, hill })),
      ],
      knockDown: new Map([...(perturbations.knockDown ?? []), ...Object.entries(data.knockDown)]),
      changes: [
        ...data.inducers.flatMap(({ id, amounts }) =>
          amounts.map(({ minute, amount }): Change => ({ at: minute * 60, inducers: new Map([[id, amount]]) })),
        ),
        ...(perturbations.changes ?? []),
      ],
      notes: [...(perturbations.notes ?? []), `regulation: ${data.name}`],
    },
  };
}

function* namesIn({
  operons,
  promoters,
  inducers,
  knockDown,
}: RegulationData): Iterable<readonly [place: string, name: string]> {
  for (const [at, { genes }] of operons.entries())
    for (const [member, name] of genes.entries()) yield [`operons.${at}.genes.${member}`, name];
  for (const [at, { of, regulators }] of promoters.entries()) {
    yield [`promoters.${at}.of`, of];
    for (const [regulator, { gene: name }] of regulators.entries())
      yield [`promoters.${at}.regulators.${regulator}.gene`, name];
  }
  for (const [at, { binds }] of inducers.entries()) yield [`inducers.${at}.binds`, binds];
  for (const name of Object.keys(knockDown)) yield [`knockDown.${name}`, name];
}

function expressionOf(one: CircuitGene): GeneExpression {
  const { transcriptsPerSecond, proteinsPerTranscriptSecond, mrnaHalfLifeSeconds, proteinHalfLifeSeconds } = one;
  return {
    proteinsAtBirth: one.proteinsAtBirth ?? 0,
    ...(transcriptsPerSecond === undefined ? {} : { transcription: transcriptsPerSecond }),
    ...(proteinsPerTranscriptSecond === undefined ? {} : { translation: proteinsPerTranscriptSecond }),
    ...(mrnaHalfLifeSeconds === undefined ? {} : { mrnaHalfLife: mrnaHalfLifeSeconds }),
    ...(proteinHalfLifeSeconds === undefined ? {} : { proteinHalfLife: proteinHalfLifeSeconds }),
  };
}

/** Counts of a gene of which only the length of its protein is known: an average protein's, and as many of each base. */
function factsOfGene({ id: name, product = "", residues }: CircuitGene): GeneFacts {
  const total = meanComposition.reduce((sum, one) => sum + one, 0);
  let [before, sum] = [0, 0];
  const aminoAcidCounts = meanComposition.map((one) => {
    sum += one;
    const until = Math.round((residues * sum) / total);
    const count = until - before;
    before = until;
    return count;
  });
  const length = 3 * (residues + 1);
  return {
    ...{ id: name, name, product, kind: "protein", strand: 1, copies: null, carries: null },
    ...{ start: 0, end: length, aminoAcidCounts },
    baseCounts: [0, 1, 2, 3].map((base) => Math.floor((length + base) / 4)),
  };
}
