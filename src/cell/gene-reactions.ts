import type { NetworkReaction } from "../network/index.ts";
import type { Block } from "./expression-network.ts";
import type { GeneRates, TranscriptionUnit } from "./gene-rates.ts";

/** Numbers of the values that say how many machines are free, and how many wait for the next coupling. */
export interface Machine {
  readonly free: number;
  readonly released: number;
}

/** Reactions of a gene's transcription and decay, where it leads its unit, and of its translation. */
export function reactionsOf(
  gene: number,
  kind: string,
  unit: TranscriptionUnit,
  { residues, proteinDecay }: GeneRates,
  at: Readonly<Record<Block, number>>,
  polymerase: Machine,
  ribosome: Machine,
): readonly NetworkReaction[] {
  const of = (block: Block): number => at[block] + gene;
  const reaction = (
    reactants: readonly number[],
    changes: readonly (readonly [value: number, amount: number])[],
    constant: Block,
  ): NetworkReaction => ({
    reactants: [...reactants].sort((a, b) => a - b).map((value) => [value, 1]),
    changes: [...changes].sort(([a], [b]) => a - b),
    rate: { kind: "mass-action", constant: of(constant) },
    reversible: false,
  });
  const [working, made, reading] = [of("transcribing"), of("transcripts"), of("translating")];
  const leads = unit.genes[0] === gene;
  // one molecule, counted once for every gene that can be read from it
  const messages = (amount: number) => unit.genes.map((one) => [at.transcripts + one, amount] as const);
  const transcription = [
    reaction(
      [of("genes"), polymerase.free],
      [
        [working, 1],
        [of("transcriptionsStarted"), 1],
        [polymerase.free, -1],
      ],
      "startTranscription",
    ),
    reaction([working], [[working, -1], ...messages(1), [polymerase.released, 1]], "endTranscription"),
  ];
  if (kind !== "protein") return leads ? transcription : [];
  const decay = reaction([made], [...messages(-1), [of("transcriptsDecayed"), 1]], "decayTranscript");
  const message = leads ? [...transcription, decay] : [];
  if (residues === 0) return message;
  const expression = [
    ...message,
    reaction(
      [made, ribosome.free],
      [
        [reading, 1],
        [of("translationsStarted"), 1],
        [ribosome.free, -1],
      ],
      "startTranslation",
    ),
    reaction(
      [reading],
      [
        [reading, -1],
        [of("proteins"), 1],
        [ribosome.released, 1],
      ],
      "endTranslation",
    ),
  ];
  if (proteinDecay === 0) return expression;
  return [
    ...expression,
    reaction(
      [of("proteins")],
      [
        [of("proteins"), -1],
        [of("proteinsDecayed"), 1],
      ],
      "decayProtein",
    ),
  ];
}
