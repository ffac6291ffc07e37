import { BioXenError, type Sequences } from "../contract/index.ts";
import { byteOf } from "./ascii.ts";

/** Offsets are 32 bits wide, so this many residues are the most that one `Sequences` holds. */
const mostResidues = 2 ** 32 - 1;

/** Room for the first residues; doubled as needed. */
const firstResidues = 64 * 1024;
const firstRecords = 256;
/** Records of a batch at most, however short: names take memory too, some 50 bytes each. */
const mostBatchRecords = 2 ** 20;

/** Collects residues and names, and cuts them into `Sequences`: all in one, or batch by batch. */
export class SequenceBuilder {
  /** Residues of the finished records, then of the record under way. Write at `length`, up to `room()` of them. */
  residues: Uint8Array = new Uint8Array(firstResidues);
  length = 0;
  /** Batches that are full, oldest first; the caller takes them away. */
  readonly full: Sequences[] = [];
  readonly #most: number;
  readonly #batch: number;
  #names: string[] = [];
  #offsets: Uint32Array = new Uint32Array(firstRecords);

  /** At most `most` residues at a time; where `batch` is given, a batch is cut as soon as it would hold more. */
  constructor(most: number = mostResidues, batch: number = Number.POSITIVE_INFINITY) {
    this.#most = Math.min(most, mostResidues);
    this.#batch = batch;
  }

  /** Residues of the record under way. */
  get recordLength(): number {
    return this.length - (this.#offsets[this.#names.length] ?? 0);
  }

  /** How many of `wanted` more residues fit; the store grows to take them. */
  room(wanted: number): number {
    if (this.length > this.#batch || this.length >= this.#most) this.#cutBefore();
    const need = Math.min(this.length + wanted, this.#most);
    if (need > this.residues.length) this.residues = grown(this.residues, need, this.#most, Uint8Array);
    return need - this.length;
  }

  endRecord(name: string): void {
    if (this.length > this.#batch) this.#cutBefore();
    this.#names.push(name);
    const records = this.#names.length;
    if (records >= this.#offsets.length) this.#offsets = grown(this.#offsets, records + 1, mostResidues, Uint32Array);
    this.#offsets[records] = this.length;
    if (this.length >= this.#batch) this.#cut();
    else if (records >= mostBatchRecords) this.#cutBefore();
  }

  /** Everything collected since the last cut, or null where that is nothing. */
  take(): Sequences | null {
    if (this.#names.length === 0) return null;
    this.#cut();
    return this.full.pop() ?? null;
  }

  /** A record that outgrows the batch has the finished ones before it cut off, so that it alone counts. */
  #cutBefore(): void {
    if (this.#batch < Number.POSITIVE_INFINITY) this.#cut();
  }

  #cut(): void {
    const records = this.#names.length;
    if (records === 0) return;
    const end = this.#offsets[records] ?? 0;
    this.full.push({
      names: this.#names,
      residues: shared(this.residues.subarray(0, end), Uint8Array),
      offsets: shared(this.#offsets.subarray(0, records + 1), Uint32Array),
    });
    this.residues.copyWithin(0, end, this.length);
    this.length -= end;
    this.#names = [];
  }
}

/** 1 for the bytes that stand for a residue in some alphabet: letters and the stop `*`. Which ones mean something is the workload's to say. */
const isResidue = new Uint8Array(256);
for (const letter of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz*") isResidue[byteOf(letter)] = 1;

/** Copies residues from `from` on until a byte that is none or `stop`; returns where it stopped. */
export function copyResidues(chunk: Uint8Array, from: number, stop: number, into: SequenceBuilder): number {
  const { residues } = into;
  let to = into.length;
  let here = from;
  for (; here < stop; here++) {
    const byte = chunk[here] as number;
    if (isResidue[byte] === 0) break;
    residues[to++] = byte;
  }
  into.length = to;
  return here;
}

type Store = Uint8Array | Uint32Array;

function shared<T extends Store>(
  values: T,
  Kind: { new (buffer: SharedArrayBuffer): T; readonly BYTES_PER_ELEMENT: number },
): T {
  const copy = allocate(values.length, (length) => new Kind(new SharedArrayBuffer(length * Kind.BYTES_PER_ELEMENT)));
  copy.set(values);
  return copy;
}

function grown<T extends Store>(old: T, least: number, most: number, Kind: new (length: number) => T): T {
  const store = allocate(Math.min(Math.max(least, 2 * old.length), most), (length) => new Kind(length));
  store.set(old);
  return store;
}

function allocate<T>(length: number, make: (length: number) => T): T {
  try {
    return make(length);
  } catch (error) {
    throw new BioXenError(
      "OUT_OF_MEMORY",
      `no memory for ${length} residues or offsets; streamSequences reads a file in batches`,
      { context: { length }, cause: error },
    );
  }
}
