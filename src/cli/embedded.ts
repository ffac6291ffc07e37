import { type Sequences, seededRandom } from "../contract/index.ts";
import { eColiCore, problemOf } from "../metabolism/index.ts";
import {
  blosum62,
  type FluxBalanceInput,
  type FluxSamplingInput,
  fluxSampling,
  type MatrixMultiplyInput,
  type MotifMatrix,
  type MotifScanInput,
  matrixMultiply,
  type OnnxInferenceInput,
  onnxInference,
  readOnnxModel,
  type SequenceAlignmentInput,
  type SparseMultiplyInput,
  sequenceAlignment,
} from "../workloads/index.ts";

/** Human globins, mature sequence with the initiator methionine (UniProtKB P69905, P68871, P02144). */
const hemoglobinAlpha =
  "MVLSPADKTNVKAAWGKVGAHAGEYGAEALERMFLSFPTTKTYFPHFDLSHGSAQVKGHGKKVADALTNAVAHVDDMPNALSALSDLHAHKLRVDPVNFKLLSHCLLVTLAAHLPAEFTPAVHASLDKFLASVSTVLTSKYR";
const relatives: readonly (readonly [string, string])[] = [
  [
    "HBB_HUMAN",
    "MVHLTPEEKSAVTALWGKVNVDEVGGEALGRLLVVYPWTQRFFESFGDLSTPDAVMGNPKVKAHGKKVLGAFSDGLAHLDNLKGTFATLSELHCDKLHVDPENFRLLGNVLVCVLAHHFGKEFTPPVQAAYQKVVAGVANALAHKYH",
  ],
  [
    "MYG_HUMAN",
    "MGLSDGEWQLVLNVWGKVEADIPGHGQEVLIRLFKGHPETLEKFDKFKHLKSEDEMKASEDLKKHGATVLTALGGILKKKGHHEAEIKPLAQSHATKHKIPVKYLEFISECIIQVLQSKHPGDFGADAQGAMNKALELFRKDMASNYKELGFQG",
  ],
];

/** About a billion cells: long enough to time, short enough to wait for. */
const databaseCells = 1e9;

/** Human hemoglobin alpha against two of its relatives hidden among random proteins of natural composition. */
export function globinSearch(): SequenceAlignmentInput {
  const random = sequenceAlignment.generate((databaseCells * 400) / hemoglobinAlpha.length, seededRandom(1)).targets;
  const decoys = random.names.map((name, at): [string, Uint8Array] => [
    name,
    random.residues.subarray(random.offsets[at], random.offsets[at + 1]),
  ]);
  const hidden = relatives.map(([name, residues]): [string, Uint8Array] => [name, ascii(residues)]);
  const middle = Math.floor(decoys.length / 2);
  return {
    queries: join([["HBA_HUMAN", ascii(hemoglobinAlpha)]]),
    targets: join([...decoys.slice(0, middle), ...hidden, ...decoys.slice(middle)]),
    pairing: "database",
    mode: "local",
    matrix: blosum62,
    gapOpen: 11,
    gapExtend: 1,
    ambiguous: "score",
  };
}

/** Percent of the consensus letter in E. coli sigma-70 promoters: Lisser & Margalit, NAR 21:1507 (1993), doi 10.1093/nar/21.7.1507. */
const minus35 = { consensus: "TTGACA", percent: [69, 79, 61, 56, 54, 54] };
const minus10 = { consensus: "TATAAT", percent: [77, 76, 60, 61, 56, 82] };
/** The commonest spacing between the two boxes (same source). */
const spacer = 17;

const bases = 2_000_000;
const planted = 25;

/** The promoter matrix against random DNA in which perfect promoters were planted, half of them on the other strand. */
export function promoterScan(): MotifScanInput & { readonly planted: number } {
  const random = seededRandom(2);
  const residues = new Uint8Array(new SharedArrayBuffer(bases));
  for (let at = 0; at < bases; at++) residues[at] = "ACGT".charCodeAt(Math.floor(4 * random()));
  for (let site = 0; site < planted; site++) {
    const at = Math.floor(((site + 0.5) * bases) / planted);
    const gap = String.fromCharCode(...residues.subarray(at, at + spacer));
    const word = `${minus35.consensus}${gap}${minus10.consensus}`;
    residues.set(ascii(site % 2 === 0 ? word : reverseComplement(word)), at);
  }
  return {
    matrices: [promoter()],
    sequences: { names: ["random with promoters"], residues, offsets: Uint32Array.of(0, bases) },
    pValue: 1e-6,
    strands: "both",
    planted,
  };
}

function promoter(): MotifMatrix {
  const boxes = [minus35, minus10].map(({ consensus, percent }) =>
    [...consensus].map((letter, at) =>
      [..."ACGT"].map((other) => (other === letter ? (percent[at] ?? 0) : (100 - (percent[at] ?? 0)) / 3)),
    ),
  );
  const columns = [...(boxes[0] ?? []), ...Array.from({ length: spacer }, () => [25, 25, 25, 25]), ...(boxes[1] ?? [])];
  const counts = Float64Array.from({ length: 4 * columns.length }, (_, at) => {
    const letter = Math.floor(at / columns.length);
    return columns[at % columns.length]?.[letter] ?? 0;
  });
  return { id: "sigma70", name: "E. coli sigma-70 promoter", counts };
}

/** Two random square matrices of side 768. */
export function randomMatrices(): MatrixMultiplyInput {
  return matrixMultiply.generate(2 * 768 ** 3, seededRandom(3));
}

/** Rows of the batch that the embedded network runs on. */
export const perceptronRows = 1024;

/** The workload's own small network with random weights on a random batch. */
export function perceptronBatch(): OnnxInferenceInput {
  const one = onnxInference.generate(1, seededRandom(4));
  const { parameters } = readOnnxModel(one.model);
  return onnxInference.generate(parameters * perceptronRows, seededRandom(4));
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

function reverseComplement(word: string): string {
  const other: Readonly<Record<string, string>> = { A: "T", C: "G", G: "C", T: "A" };
  return [...word]
    .reverse()
    .map((letter) => other[letter] ?? letter)
    .join("");
}

function join(parts: readonly (readonly [string, Uint8Array])[]): Sequences {
  const offsets = new Uint32Array(parts.length + 1);
  parts.forEach(([, residues], at) => {
    offsets[at + 1] = (offsets[at] ?? 0) + residues.length;
  });
  const residues = new Uint8Array(new SharedArrayBuffer(offsets[parts.length] ?? 0));
  parts.forEach(([, part], at) => {
    residues.set(part, offsets[at]);
  });
  return { names: parts.map(([name]) => name), residues, offsets };
}

/** E. coli's core metabolism without each of its reactions in turn: a linear problem each. */
export function coreKnockOuts(): FluxBalanceInput {
  const problem = problemOf(eColiCore());
  const count = problem.columns;
  const zeros = new Float64Array(count);
  return {
    problem,
    count,
    bounds: {
      offsets: Uint32Array.from({ length: count + 1 }, (_, at) => at),
      columns: Int32Array.from({ length: count }, (_, at) => at),
      lower: zeros,
      upper: zeros.slice(),
    },
    objectives: null,
    senses: null,
    wants: "objective",
  };
}

/** What the core metabolism makes of each metabolite under random fluxes: S v, `coreFluxes` times. */
export function coreBalances(): SparseMultiplyInput {
  const { rows, columns, starts, indices, values } = problemOf(eColiCore());
  const draw = seededRandom(1);
  return {
    matrix: { rows, columns, starts, indices, values },
    count: coreFluxes,
    vectors: Float64Array.from({ length: coreFluxes * columns }, () => 20 * draw() - 10),
  };
}

/** Flux vectors whose balances the demo computes. */
export const coreFluxes = 5000;

/** Chains through a random polytope of a core model's size. */
export function polytopeChains(): FluxSamplingInput {
  return fluxSampling.generate(1e7, seededRandom(1));
}
