import { BioXenError, type Sequences } from "../contract/index.ts";
import { byteOf } from "./ascii.ts";

/** Offsets are 32 bits wide, so this many residues are the most that one `Sequences` holds. */
const mostResidues = 2 ** 32 - 1;

/** Room for the first residues; doubled as needed. */
const firstResidues = 64 * 1024;
const firstRecords = 256;
/** Records of a batch at most, however short: names take memory too, some 50 bytes each. */
const mostBatchRecords = 2 ** 20;

/** How records that are longer than this are cut into pieces, of which each begins with the end of the one before it. */
export interface PieceOptions {
  readonly residues: number;
  /** Less than `residues`. */
  readonly overlap: number;
}

/** Sequences of which some may be pieces of longer records. */
export interface SequenceBatch extends Sequences {
  /** Where each lies in its record: 0, or for all pieces but a record's first what is before them. Absent where nothing is cut. */
  readonly starts?: Float64Array;
}

/** Collects residues and names, and cuts them into `Sequences`: all in one, or batch by batch. */
export class SequenceBuilder {
  /** Residues of the finished records, then of the record under way. Write at `length`, up to `room()` of them. */
  residues: Uint8Array = new Uint8Array(firstResidues);
  length = 0;
  /** Batches that are full, oldest first; the caller takes them away. */
  readonly full: SequenceBatch[] = [];
  /** What the record under way is called, in case that it is cut before its end. */
  recordName = "";
  readonly #most: number;
  readonly #batch: number;
  readonly #pieces: PieceOptions | null;
  /** Where the records and pieces collected lie in theirs, and where what is under way does. */
  #starts: number[] = [];
  #start = 0;
  #names: string[] = [];
  #offsets: Uint32Array = new Uint32Array(firstRecords);

  /** At most `most` residues at a time; where `batch` is given, a batch is cut as soon as it would hold more. */
  constructor(
    most: number = mostResidues,
    batch: number = Number.POSITIVE_INFINITY,
    pieces: PieceOptions | null = null,
  ) {
    this.#most = Math.min(most, mostResidues);
    this.#batch = batch;
    this.#pieces = pieces;
  }

  /** Residues of the record under way. */
  get recordLength(): number {
    return this.#start + this.#pieceLength;
  }

  /** Residues of the record under way since it was last cut. */
  get #pieceLength(): number {
    return this.length - (this.#offsets[this.#names.length] ?? 0);
  }

  /** How many of `wanted` more residues fit; the store grows to take them. */
  room(wanted: number): number {
    const longest = this.#pieces?.residues ?? Number.POSITIVE_INFINITY;
    if (this.#pieces !== null && this.#pieceLength >= longest) this.#endPiece(this.#pieces);
    if (this.length > this.#batch || this.length >= this.#most) this.#cutBefore();
    const need = Math.min(this.length + wanted, this.#most, this.length + longest - this.#pieceLength);
    if (need > this.residues.length) this.residues = grown(this.residues, need, this.#most, Uint8Array);
    return need - this.length;
  }

  endRecord(name: string): void {
    if (this.length > this.#batch) this.#cutBefore();
    this.#add(name);
    this.#start = 0;
    if (this.length >= this.#batch) this.#cut();
    else if (this.#names.length >= mostBatchRecords) this.#cutBefore();
  }

  #add(name: string): void {
    this.#names.push(name);
    if (this.#pieces !== null) this.#starts.push(this.#start);
    const records = this.#names.length;
    if (records >= this.#offsets.length) this.#offsets = grown(this.#offsets, records + 1, mostResidues, Uint32Array);
    this.#offsets[records] = this.length;
  }

  /** Ends a piece of the record under way; the next one starts with its end. */
  #endPiece({ overlap }: PieceOptions): void {
    const start = this.#start + this.#pieceLength - overlap;
    this.#add(this.recordName);
    this.#start = start;
    const end = this.length + overlap;
    if (end > this.residues.length) this.residues = grown(this.residues, end, mostResidues, Uint8Array);
    this.residues.copyWithin(this.length, this.length - overlap, this.length);
    this.length = end;
  }

  /** Everything collected since the last cut, or null where that is nothing. */
  take(): SequenceBatch | null {
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
      ...(this.#pieces === null ? {} : { starts: Float64Array.from(this.#starts) }),
    });
    this.residues.copyWithin(0, end, this.length);
    this.length -= end;
    this.#names = [];
    this.#starts = [];
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
