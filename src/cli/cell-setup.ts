import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { InvalidArgumentError } from "commander";
import {
  type AnyOrganism,
  type CellModel,
  codingGenes,
  compileCell,
  type GeneExpression,
  type GenomeFacts,
  type GenomeReading,
  gapAfter,
  insertGenes,
  isOfSectors,
  type Mutation,
  type Perturbations,
  type Plasmid,
  readGenome,
  readRecord,
  readRegulation,
  withMetabolism,
  withRegulation,
} from "../cell/index.ts";
import { BioXenError, type Sequences } from "../contract/index.ts";
import { type MetabolicModel, readMetabolicModel, readSequences } from "../formats/index.ts";
import { changeOf, mediumOf, type NamedChange } from "./cell-sectors.ts";
import { positive } from "./options.ts";
import { mediumFor } from "./study.ts";

/** What a cell is made from and what is done to it, as the command line says it. */
export interface CellFlags {
  readonly charging?: boolean;
  readonly replication: boolean;
  readonly chromosome: boolean;
  readonly medium?: string;
  readonly growthMedium?: number;
  readonly knockOut?: readonly string[];
  readonly knockDown?: ReadonlyMap<string, number>;
  readonly mutate?: readonly Mutation[];
  readonly addGene?: readonly AddedGene[];
  readonly plasmid?: readonly CarriedPlasmid[];
  readonly regulation?: readonly string[];
  readonly without?: string;
  readonly atp: number;
  readonly inhibitRibosomes?: number;
  readonly inhibitPolymerases?: number;
  readonly at?: readonly NamedChange[];
  readonly table?: number;
  readonly acceptFrameshifts?: boolean;
  readonly metabolism?: string;
  readonly fluxEvery?: number;
  readonly fluxMedium?: ReadonlyMap<string, number>;
}

interface AddedGene {
  readonly file: string;
  readonly position: number | null;
}

interface CarriedPlasmid {
  readonly file: string;
  readonly copies: number;
}

export interface CellSetup {
  readonly model: CellModel;
  /** Genes of the chromosome's file whose reading has a fault. */
  readonly faults: GenomeReading["faults"];
}

/**
 * Reads all files that a cell is made from and compiles it.
 * @throws BioXenError `FORMAT_INVALID` and `INPUT_INVALID` with file and place.
 */
export async function setUpCell(path: string | undefined, organism: AnyOrganism, flags: CellFlags): Promise<CellSetup> {
  const reading = await genomeOf(path, organism, flags);
  let genome = reading?.facts ?? organism.facts();
  const notes = (flags.mutate ?? []).map(({ position, base }) => `base ${position + 1} becomes ${base}`);
  notes.push(...(reading?.effects ?? []));
  const expression = new Map<string, GeneExpression>();
  for (const { file, position } of flags.addGene ?? []) {
    const genes = codingGenes(await sequencesOf(file), file, flags.table);
    const at = position ?? gapAfter(genome, Math.floor(genome.length / 2));
    genome = insertGenes(genome, genes, at);
    // nothing of it is there yet
    for (const { id } of genes) expression.set(id, { proteinsAtBirth: 0 });
    notes.push(...genes.map(({ id }) => `gene ${id} put in behind base ${at}`));
  }
  const plasmids: Plasmid[] = [];
  for (const { file, copies } of flags.plasmid ?? [])
    plasmids.push({ facts: (await readGenomeFile(file, organism, flags)).facts, copies });
  let perturbations: Perturbations = { ...perturbationsOf(organism, flags), expression, plasmids, notes };
  for (const file of flags.regulation ?? []) {
    const data = readRegulation((await bytesOf(file)).toString("utf8"), file);
    ({ genome, perturbations } = withRegulation(genome, perturbations, data, file));
  }
  const faults = reading?.faults ?? [];
  const { metabolism: file } = flags;
  if (file === undefined) {
    if (flags.fluxEvery !== undefined || flags.fluxMedium !== undefined)
      throw new BioXenError("INPUT_INVALID", "--flux-every and --flux-medium need a flux model: --metabolism MODEL");
    return { model: compileCell(organism, perturbations, genome), faults };
  }
  const metabolic = await readMetabolicModel(file);
  const { cell, flux } = knockOutsOf(metabolic, genome, flags.knockOut ?? []);
  return {
    model: withMetabolism(compileCell(organism, { ...perturbations, knockOut: cell }, genome), metabolic, {
      every: flags.fluxEvery,
      medium: flags.fluxMedium === undefined ? undefined : mediumFor(metabolic, { medium: flags.fluxMedium }),
      knockOut: flux,
    }),
    faults,
  };
}

/** Genes that the cell has, and those that only the flux model knows, as those of E. coli where sectors stand for them. */
function knockOutsOf(
  metabolic: MetabolicModel,
  genome: GenomeFacts,
  ids: readonly string[],
): { readonly cell: readonly string[]; readonly flux: readonly string[] } {
  const own = new Set(genome.genes.map(({ id }) => id));
  const known = new Set(metabolic.genes.map(({ id }) => id));
  const isFlux = (id: string): boolean => !own.has(id) && known.has(id);
  return { cell: ids.filter((id) => !isFlux(id)), flux: ids.filter(isFlux) };
}

async function genomeOf(
  path: string | undefined,
  organism: AnyOrganism,
  flags: CellFlags,
): Promise<GenomeReading | null> {
  const { mutate = [] } = flags;
  if (path !== undefined) return readGenomeFile(path, organism, flags, mutate);
  if (mutate.length === 0) return null;
  if (isOfSectors(organism))
    throw new BioXenError(
      "INPUT_INVALID",
      `${organism.name} is simulated by proteome sector: it has no base to mutate`,
    );
  if (organism.record === undefined)
    throw new BioXenError(
      "INPUT_INVALID",
      `${organism.name} comes as gene facts without a sequence: name its GenBank file to mutate bases`,
    );
  return readRecord(organism.record(), organism, { mutations: mutate });
}

async function readGenomeFile(
  file: string,
  organism: AnyOrganism,
  { table, acceptFrameshifts = false }: CellFlags,
  mutations: readonly Mutation[] = [],
): Promise<GenomeReading> {
  const bytes = await bytesOf(file);
  const beside = /\.gff3?$/i.test(file) && !bytes.includes("\n##FASTA") ? fastaBeside(file) : null;
  return readGenome(bytes, file, organism, {
    ...{ mutations, acceptFrameshifts },
    ...(table === undefined ? {} : { table }),
    ...(beside === null ? {} : { fasta: await sequencesOf(beside) }),
  });
}

/** `plasmid.fasta` beside `plasmid.gff3`. */
function fastaBeside(file: string): string | null {
  const stem = file.replace(/\.gff3?$/i, "");
  return ["fasta", "fa", "fna"].map((ending) => `${stem}.${ending}`).find((name) => existsSync(name)) ?? null;
}

async function bytesOf(file: string): Promise<Buffer> {
  return readFile(file).catch((cause: NodeJS.ErrnoException) => {
    throw new BioXenError("FORMAT_INVALID", `cannot read ${file}: ${cause.code ?? cause.message}`, {
      context: { file },
      cause,
    });
  });
}

async function sequencesOf(file: string): Promise<Sequences> {
  return readSequences(file);
}

function perturbationsOf(organism: AnyOrganism, flags: CellFlags): Perturbations {
  const { knockOut, knockDown, inhibitRibosomes, inhibitPolymerases, without, at } = flags;
  const constants = {
    ...(flags.atp === 1 ? {} : { atpCapacity: organism.constants.atpCapacity.value * flags.atp }),
    ...mediumOf(organism, flags),
  };
  return {
    replication: flags.replication,
    chromosome: flags.chromosome,
    charging: flags.charging === true,
    ...(Object.keys(constants).length === 0 ? {} : { constants }),
    ...(knockOut === undefined ? {} : { knockOut }),
    ...(knockDown === undefined ? {} : { knockDown }),
    ...(without === undefined ? {} : { withoutAminoAcids: without }),
    ...(inhibitRibosomes === undefined ? {} : { inhibitRibosomes }),
    ...(inhibitPolymerases === undefined ? {} : { inhibitPolymerases }),
    ...(at === undefined ? {} : { changes: at.map((change) => changeOf(organism, change)) }),
  };
}

export function share(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1)) throw new InvalidArgumentError("a share is from 0 to 1.");
  return value;
}

export function shares(text: string): ReadonlyMap<string, number> {
  return new Map(
    text.split(",").map((pair): [string, number] => {
      const at = pair.lastIndexOf("=");
      if (at < 1) throw new InvalidArgumentError("knock-downs look like GENE=0.1,OTHER=0.5.");
      return [pair.slice(0, at), share(pair.slice(at + 1))];
    }),
  );
}

/** `1234=T`, counted from 1 as in GenBank; may be repeated. */
export function mutation(text: string, before: readonly Mutation[] = []): readonly Mutation[] {
  const added = text.split(",").map((one): Mutation => {
    const [, position = "", base = ""] = /^(\d{1,12})=([ACGTacgt])$/.exec(one.trim()) ?? [];
    if (base === "" || Number(position) < 1)
      throw new InvalidArgumentError("a mutation looks like 1234=T, counted from 1.");
    return { position: Number(position) - 1, base: base.toUpperCase() };
  });
  return [...before, ...added];
}

/** `file.fasta`, or `file.fasta@1234` to say behind which base; may be repeated. */
export function addedGene(text: string, before: readonly AddedGene[] = []): readonly AddedGene[] {
  const [, file = text, position] = /^(.+)@(\d{1,12})$/.exec(text) ?? [];
  return [...before, { file, position: position === undefined ? null : Number(position) }];
}

/** `file.gb=20`; may be repeated. */
export function carriedPlasmid(text: string, before: readonly CarriedPlasmid[] = []): readonly CarriedPlasmid[] {
  const [, file = "", copies = ""] = /^(.+)=(\d{1,5})$/.exec(text) ?? [];
  if (file === "" || Number(copies) < 1)
    throw new InvalidArgumentError("a plasmid is a file and its copies in a cell at birth, like pUC19.gb=20.");
  return [...before, { file, copies: Number(copies) }];
}

export function repeated(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** `30:medium=rich`, `30:without=KW`, `30:atp=0.5`, `30:inhibit-ribosomes=1`, `30:IPTG=2e-3`; may be repeated. */
export function mediumChange(text: string, before: readonly NamedChange[] = []): readonly NamedChange[] {
  const [, minutes = "", what = "", value = ""] = /^([\d.]+):([^=]+)=(.*)$/.exec(text.trim()) ?? [];
  const at = Number(minutes) * 60;
  if (what === "" || !Number.isFinite(at))
    throw new InvalidArgumentError("a change looks like 30:without=KW, 30:atp=0.5 or 30:IPTG=2e-3 (minutes first).");
  return [...before, { at, ...conditionOf(what, value) }];
}

function conditionOf(what: string, value: string): Omit<NamedChange, "at"> {
  switch (what) {
    case "medium":
      return { medium: value };
    case "growth-medium":
      return { quality: positive(value) };
    case "without":
      return { withoutAminoAcids: aminoAcidLetters(value) };
    case "atp":
      return { atp: amount(value) };
    case "inhibit-ribosomes":
      return { inhibitRibosomes: share(value) };
    case "inhibit-polymerases":
      return { inhibitPolymerases: share(value) };
    default:
      return { inducers: new Map([[what, amount(value)]]) };
  }
}

/** Letters of amino acids, or none. */
export function aminoAcidLetters(text: string): string {
  const letters = text.toUpperCase();
  if (!/^[ARNDCQEGHILKMFPSTWYV]*$/.test(letters))
    throw new InvalidArgumentError("amino acids are named by their letters, like KW.");
  return letters;
}

function amount(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value < Number.POSITIVE_INFINITY))
    throw new InvalidArgumentError("an amount is a number of 0 or more.");
  return value;
}
