import { instantiate, type WasmInstance } from "./wasm.ts";

interface Filler {
  fill(to: number, blocks: number, low: number, high: number, seed: number, trajectory: number): void;
}

/** Where blocks begin in the memory, as assembly lays out its own data below. */
const start = 1024;
/** Blocks made at once in the end: enough that making them is most of the work, few enough to stay in the first-level cache. */
const mostBlocks = 512;
/** Numbers in all: those of a last group of eight blocks may be more than were asked for. */
export const mostNumbers: number = 2 * mostBlocks + 14;
/** Blocks made first: many trajectories have few events. */
const firstBlocks = 16;

let wasm: WasmInstance<Filler> | null = null;
let made: Float64Array | null = null;

/** The random numbers of one trajectory after the other, made many blocks at a time: waiting time, choice, and so on. */
export class BlockBuffer {
  readonly numbers: Float64Array;
  readonly #fill: Filler["fill"];
  #seed = 0;
  #trajectory = 0;
  #next = 0;
  #blocks = firstBlocks;

  constructor() {
    wasm ??= instantiate<Filler>("stochastic-simulation");
    made ??= new Float64Array(wasm.memory.buffer, start, mostNumbers);
    this.numbers = made;
    this.#fill = wasm.exports.fill;
  }

  /** Starts on a trajectory's random numbers at a block. */
  open(seed: number, trajectory: number, block: number): void {
    this.#seed = seed;
    this.#trajectory = trajectory;
    this.#next = block;
    this.#blocks = firstBlocks;
  }

  /** Makes more, from the front of `numbers` on; gives how many numbers there are. */
  refill(): number {
    const low = this.#next % 2 ** 32;
    const blocks = Math.min(this.#blocks, 2 ** 32 - low);
    this.#fill(start, blocks, low, Math.floor(this.#next / 2 ** 32), this.#seed, this.#trajectory);
    this.#next += blocks;
    this.#blocks = Math.min(mostBlocks, 4 * this.#blocks);
    return 2 * blocks;
  }
}
