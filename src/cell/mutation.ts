import { BioXenError } from "../contract/index.ts";
import type { AnnotatedSequence } from "../formats/index.ts";

/**
 * The record with one base of its forward strand changed; `genomeOf` then reads what became of the proteins.
 * @throws BioXenError `INPUT_INVALID` for a position (0-based) outside the sequence and for what is no base.
 */
export function mutateBase(record: AnnotatedSequence, position: number, base: string): AnnotatedSequence {
  const { sequence, id } = record;
  if (!Number.isInteger(position) || position < 0 || position >= sequence.length)
    throw new BioXenError("INPUT_INVALID", `${id} has no base ${position}: it has ${sequence.length}, counted from 0`);
  if (!/^[ACGT]$/.test(base))
    throw new BioXenError("INPUT_INVALID", `${JSON.stringify(base)} is none of A, C, G and T`);
  return { ...record, sequence: sequence.slice(0, position) + base + sequence.slice(position + 1) };
}
