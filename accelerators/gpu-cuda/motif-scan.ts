import type { Seconds } from "../../src/contract/index.ts";
import { type MotifHits, type MotifScanInput, motifScan } from "../../src/workloads/index.ts";
import { orientMotifs, rulesKey } from "../../src/workloads/motif-scan/oriented-motifs.ts";
import type { CudaDevice, ResidentData } from "./cuda-device.ts";
import type { CudaKernel } from "./kernel.ts";
import { fitsMemory } from "./memory.ts";
import type { LetterSequences } from "./motif-scan.worker.ts";
import { type LossTables, lettersFor, lossTables, type MotifTable, motifTable } from "./motif-scan-motifs.ts";

/** Oriented motifs that an entry of the lists can name. */
const mostMotifs = 2 ** 20 - 1;
/** What the workload's `size` counts for a hit, and what one takes on the device. */
const bytesOutPerHit = 21;
const bytesPerHit = 48;

/** Guesses for a data-centre GPU, and for a bus of PCIe 4. */
const guess = { rate: 5e11, bytes: 1e10, answer: 3e9 };
const secondsPerRun: Seconds = 4e-4;

interface Prepared {
  readonly key: string;
  readonly thresholds: Float64Array;
  readonly table: MotifTable;
  /** By letters: sequences of other lengths need others. */
  readonly tables: Map<number, LossTables>;
}
/** What is made of an input's matrices once, kept while the caller keeps the list of matrices. */
const prepared = new WeakMap<object, Prepared>();

function prepareMotifs(input: MotifScanInput): Prepared {
  const key = rulesKey(input);
  const known = prepared.get(input.matrices);
  if (known?.key === key) return known;
  const { thresholds, motifs } = orientMotifs(input);
  const made = { key, thresholds, table: motifTable(motifs), tables: new Map() };
  prepared.set(input.matrices, made);
  return made;
}

function tablesFor({ table, tables }: Prepared, { sequences }: MotifScanInput): LossTables {
  const letters = lettersFor(sequences.residues.length);
  const made = tables.get(letters) ?? lossTables(table, letters);
  tables.set(letters, made);
  return made;
}

function sequencesOf({ sequences }: MotifScanInput): ResidentData<LetterSequences> {
  return {
    owner: sequences,
    part: motifScan.id,
    load: () => ({ residues: sequences.residues, offsets: sequences.offsets }),
  };
}

export const motifScanKernel: CudaKernel<MotifScanInput, MotifHits> = {
  workload: motifScan,
  supports: (input, device) => {
    const { matrices, sequences, strands } = input;
    const motifs = (strands === "both" ? 2 : 1) * matrices.length;
    if (motifs > mostMotifs)
      return { ok: false, reason: `${motifs} oriented motifs, and lists can name ${mostMotifs}` };
    const hits = motifScan.size(input).bytesOut / bytesOutPerHit;
    if (hits >= 2 ** 31) return { ok: false, reason: `about ${hits} hits are expected, 2^31 can be sorted` };
    // and an eighth for lists
    const lists = (device.memory ?? 0) / 8;
    return fitsMemory(2.5 * sequences.residues.length + bytesPerHit * hits + lists, device);
  },
  prior: ({ units, bytesIn, bytesOut }) => ({
    seconds: secondsPerRun + units / guess.rate + bytesIn / guess.bytes + bytesOut / guess.answer,
    joules: null,
    energySource: null,
    basis: "guess",
  }),
  prepare: async (device, input, context) => {
    tablesFor(prepareMotifs(input), input);
    await device.run("motif-scan-prepare", null, context, sequencesOf(input));
  },
  run: async (device: CudaDevice, input, context) => {
    const prepared = prepareMotifs(input);
    const { matrices, pValue } = input;
    const tables = tablesFor(prepared, input);
    const data = { motifs: prepared.table, tables, matrices: matrices.length, pValue };
    const { sequence, score, ...hits } = await device.run("motif-scan", data, context, sequencesOf(input));
    return {
      // a copy: what is kept is nobody's to write to
      thresholds: prepared.thresholds.slice(),
      // of one sequence alone no numbers come back: all are 0
      sequence: sequence.length === score.length ? sequence : new Uint32Array(score.length),
      score,
      ...hits,
    };
  },
};
