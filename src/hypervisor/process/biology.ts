import { ledgersOf, volumeOf } from "../../cell/index.ts";
import { pool } from "../../cell/pools.ts";
import { BioXenError, type Dispatcher } from "../../contract/index.ts";
import { Arguments } from "./arguments.ts";
import { geneNumber, idleMachines, makeProteins, transcribe } from "./gene-expression.ts";
import type { LivingCell, Used } from "./living-cell.ts";
import {
  essentialShare,
  geneKnockOuts,
  type MetabolicWork,
  metabolicNetwork,
  minimalMetabolism,
} from "./metabolic-biology.ts";
import type { PlainTable, PlainValue } from "./plain-value.ts";
import type { Biology, BiologyFunction, CallContext } from "./process.ts";
import { align, findMotifs } from "./sequence-biology.ts";

type Answered = Readonly<Record<string, PlainValue>>;

/** A call of biology at work. */
interface Call {
  readonly living: LivingCell;
  readonly given: Arguments;
  readonly context: CallContext;
  /** Writes down what is dispatched through it. */
  readonly dispatcher: Dispatcher;
}

const mostMade = 1_000_000;
const mostSeconds = 86_400;
/** Of a motif scan, where none is said. */
const usualPValue = 1e-4;

/**
 * The biology of one cell as functions for process code, each with a table as its answer: `ran`, `devices` (of what was
 * dispatched; none for what the cell's own state settles), `consumed`, `produced`, and what it found.
 *
 * What makes molecules takes them from the cell's pools as the reactions of its network do, so that its ledgers close;
 * it is refused with `RESOURCE_EXHAUSTION`, nothing being changed, where the cell cannot pay.
 */
export function biologyOf(living: LivingCell): Biology {
  const bound = (name: string, work: (call: Call) => Promise<Answered>): readonly [string, BiologyFunction] => [
    name,
    async (args, context) => {
      const devices: Record<string, PlainValue>[] = [];
      const dispatcher = noting(living.dispatcher, devices);
      const answered = await work({ living, given: new Arguments(name, args), context, dispatcher });
      return { ran: name, devices, consumed: {}, produced: {}, ...answered };
    },
  ];
  return Object.fromEntries([
    bound("transcribe_gene", transcribeGene),
    bound("translate", translateGene),
    bound("advance", advance),
    bound("run_metabolic_network", runMetabolicNetwork),
    bound("minimal_metabolism_analysis", minimalMetabolismAnalysis),
    bound("knock_out", knockOut),
    bound("essential_genes", essentialGenes),
    bound("align", alignSequences),
    bound("find_motifs", scanMotifs),
    bound("status", status),
  ]);
}

function noting(dispatcher: Dispatcher, devices: Record<string, PlainValue>[]): Dispatcher {
  return {
    explain: (workload, input, options) => dispatcher.explain(workload, input, options),
    run: async (workload, input, options) => {
      const ran = await dispatcher.run(workload, input, options);
      const known = devices.find((one) => one["workload"] === workload.id && one["device"] === ran.device.id);
      if (known !== undefined) {
        known["runs"] = Number(known["runs"]) + 1;
        known["seconds"] = Number(known["seconds"]) + ran.measured.seconds;
      } else {
        const { id: device, name } = ran.device;
        devices.push({ workload: workload.id, device, name, runs: 1, seconds: ran.measured.seconds });
      }
      return ran;
    },
  };
}

/** For process code: amounts that are 0 are left out. */
function consumed(used: Used): PlainTable {
  const named = {
    ...{ atp: used.atp, gtp: used.gtp, nucleotides: used.nucleotides, amino_acids: used.aminoAcids },
    ...{ ribosome_seconds: used.ribosomeSeconds, polymerase_seconds: used.polymeraseSeconds },
  };
  return Object.fromEntries(Object.entries(named).filter(([, amount]) => amount !== 0));
}

async function transcribeGene({ living, given }: Call): Promise<Answered> {
  given.atMost(2);
  const name = given.text(0, "gene");
  const count = given.count(1, "the number of transcripts", mostMade, 1);
  return living.exclusive(() => {
    const { model, state } = living.cell;
    const gene = geneNumber(model, name);
    const used = transcribe(living.cell, gene, count);
    living.note?.({ consumed: used, produced: { transcripts: count } });
    return {
      gene: model.genes[gene]?.id ?? name,
      ...{ consumed: consumed(used), produced: { transcripts: count } },
      transcripts: state.values[model.at.transcripts + gene] ?? 0,
    };
  });
}

async function translateGene({ living, given }: Call): Promise<Answered> {
  given.atMost(2);
  const name = given.text(0, "gene");
  const count = given.count(1, "the number of proteins", mostMade, 1);
  return living.exclusive(() => {
    const { model, state } = living.cell;
    const gene = geneNumber(model, name);
    const used = makeProteins(living.cell, gene, count);
    living.note?.({ consumed: used, produced: { proteins: count } });
    return {
      gene: model.genes[gene]?.id ?? name,
      ...{ consumed: consumed(used), produced: { proteins: count, residues: used.aminoAcids } },
      proteins: state.values[model.at.proteins + gene] ?? 0,
    };
  });
}

async function advance({ living, given, context }: Call): Promise<Answered> {
  given.atMost(1);
  const seconds = given.count(0, "the time in seconds", mostSeconds);
  const used = await living.advance(seconds, context.signal);
  const { model, state } = living.cell;
  return {
    consumed: consumed(used),
    produced: { residues: used.aminoAcids },
    time: state.time,
    volume_fold: volumeOf(model, state.values) / model.constants.volume,
    divisions: state.divisions,
  };
}

function metabolicWork({ living, context, dispatcher }: Call): MetabolicWork {
  const { metabolism: model } = living;
  if (model === null) throw new BioXenError("INPUT_INVALID", `VM ${living.vmId} has no metabolic model`);
  return { model, dispatcher, signal: context.signal };
}

async function runMetabolicNetwork(call: Call): Promise<Answered> {
  call.given.atMost(1);
  return metabolicNetwork(metabolicWork(call), call.given.table(0, "the uptakes", null));
}

async function minimalMetabolismAnalysis(call: Call): Promise<Answered> {
  call.given.atMost(0);
  return minimalMetabolism(metabolicWork(call));
}

async function essentialGenes(call: Call): Promise<Answered> {
  call.given.atMost(1);
  const table = call.given.table(0, "the settings", ["share"]);
  const share = call.given.number(table, "share", [0, 1], essentialShare);
  const { growth, without, solves } = await geneKnockOuts(metabolicWork(call));
  const ids = [...without.keys()];
  const essential = ids.filter((id) => (without.get(id) ?? Number.POSITIVE_INFINITY) < share * growth);
  const undecided = ids.filter((id) => without.get(id) === null);
  return { genes: essential, count: essential.length, of: ids.length, growth, share, undecided, solves };
}

/** What metabolism predicts without a gene, and the gene taken out of the living cell unless a prediction is all that is asked. */
async function knockOut(call: Call): Promise<Answered> {
  const { living, given } = call;
  given.atMost(2);
  const name = given.text(0, "gene");
  const settings = given.table(1, "the settings", ["predict_only"]);
  const { model } = living.cell;
  const gene = model.genes.find(({ id, name: names }) => id === name || names.split("; ").includes(name));
  const inMetabolism = living.metabolism?.genes.find(
    ({ id, name: named }) => id === name || named === name || id === gene?.id,
  );
  if (gene === undefined && inMetabolism === undefined)
    throw new BioXenError("INPUT_INVALID", `neither the cell nor its metabolism has a gene ${JSON.stringify(name)}`);
  const prediction = inMetabolism === undefined ? null : await geneKnockOuts(metabolicWork(call), [inMetabolism.id]);
  const without = inMetabolism === undefined ? null : (prediction?.without.get(inMetabolism.id) ?? null);
  const takesOut = settings["predict_only"] !== true && gene !== undefined;
  if (takesOut) await living.knockOut([gene.id]);
  return {
    gene: gene?.id ?? inMetabolism?.id ?? name,
    taken_out: takesOut,
    growth: prediction?.growth ?? null,
    growth_without: without,
    essential: without === null || prediction === null ? null : without < essentialShare * prediction.growth,
    solves: prediction?.solves ?? 0,
  };
}

async function alignSequences({ living, given, context, dispatcher }: Call): Promise<Answered> {
  given.atMost(2);
  const work = { genome: living.genome, dispatcher, signal: context.signal };
  const target = given.text(1, "the second sequence", "");
  return align(work, given.text(0, "the first sequence"), target === "" ? null : target);
}

async function scanMotifs({ living, given, context, dispatcher }: Call): Promise<Answered> {
  given.atMost(2);
  const work = { genome: living.genome, dispatcher, signal: context.signal };
  const named = typeof given.first === "string" ? null : given.table(0, "the motif", ["motif", "p_value"]);
  const motif = named === null ? given.text(0, "motif") : named["motif"];
  if (typeof motif !== "string" || motif === "") throw given.refuse('motif is a consensus such as "TATAAT"');
  const settings = named ?? given.table(1, "the settings", ["p_value"]);
  return findMotifs(work, motif, given.number(settings, "p_value", [1e-12, 0.5], usualPValue));
}

async function status({ living, given }: Call): Promise<Answered> {
  given.atMost(0);
  return living.exclusive((): Answered => {
    const { model, state } = living.cell;
    const { pools, values } = state;
    const [atp = 0, adp = 0, amp = 0] = [pools[pool.atp], pools[pool.adp], pools[pool.amp]];
    let [transcripts, proteins] = [0, 0];
    for (let gene = 0; gene < model.genes.length; gene++) {
      transcripts += values[model.at.transcripts + gene] ?? 0;
      proteins += values[model.at.proteins + gene] ?? 0;
    }
    return {
      ...{ vm: living.vmId, organism: model.organism.id, time: state.time, genes: model.genes.length },
      ...{ transcripts, proteins, divisions: state.divisions, reactions: state.reactions },
      volume_fold: volumeOf(model, values) / model.constants.volume,
      ...{ ribosomes: state.ribosomes, polymerases: state.polymerases },
      idle_ribosomes: idleMachines(model, state, "ribosomes"),
      idle_polymerases: idleMachines(model, state, "polymerases"),
      ...{ atp, gtp: pools[pool.gtp] ?? 0, ctp: pools[pool.ctp] ?? 0, utp: pools[pool.utp] ?? 0 },
      energy_charge: atp + adp + amp === 0 ? 0 : (atp + adp / 2) / (atp + adp + amp),
      amino_acids: pools.slice(pool.aminoAcids, pool.count).reduce((sum, one) => sum + one, 0),
      drift: ledgersOf(model, state).reduce((most, { drift }) => Math.max(most, Math.abs(drift)), 0),
    };
  });
}
