import type { Cell, Genome } from "../../cell/index.ts";
import type { Dispatcher } from "../../contract/index.ts";
import type { MetabolicModel } from "../../formats/index.ts";

/** Amounts that a process used, by what they are; molecules, or seconds of machines. */
export interface Used {
  readonly atp: number;
  readonly gtp: number;
  /** Built into RNA, ATP and GTP among them. */
  readonly nucleotides: number;
  readonly aminoAcids: number;
  readonly ribosomeSeconds: number;
  readonly polymeraseSeconds: number;
}

/** The VM's cell as biology sees it: what it may look at, and the ways in which it may change it. */
export interface LivingCell {
  readonly vmId: string;
  /** Changed within `exclusive` only. */
  readonly cell: Pick<Cell, "model" | "state">;
  readonly dispatcher: Dispatcher;
  /** The metabolic model that belongs to it, where there is one. */
  readonly metabolism: MetabolicModel | null;
  /** Its genome with sequences, where they are known. */
  readonly genome: Genome | null;
  /** Work while nothing else moves the cell. */
  readonly exclusive: <T>(work: () => T | Promise<T>) => Promise<T>;
  /** Lets the cell live on for whole seconds, taking it for itself as long; what it used in them. */
  readonly advance: (seconds: number, signal?: AbortSignal) => Promise<Used>;
  /** Takes genes out of the living cell; what they made stays. */
  readonly knockOut: (genes: readonly string[]) => Promise<void>;
  /** Told of what biology used and made, but for what `advance` did. */
  readonly note?: (entry: {
    readonly consumed?: Partial<Used>;
    readonly produced?: Readonly<Record<string, number>>;
  }) => void;
}

/** Lets work through one at a time, in the order in which it came: a cell's `exclusive`. */
export function oneAtATime(): LivingCell["exclusive"] {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work);
    last = next.catch(() => {});
    return next;
  };
}
