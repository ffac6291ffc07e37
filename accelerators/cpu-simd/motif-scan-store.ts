import type { Bytes, Sequences } from "../../src/contract/index.ts";
import { newMemory, type PieceInMemory } from "./motif-scan-scanner.ts";

/** Sequences as prepared: packed, and perhaps indexed. */
export interface Resident {
  readonly pieces: readonly PieceInMemory[];
  readonly indexed: boolean;
}

/** What a pool keeps of sequences between runs, in memories that all its workers can be handed. */
export interface MotifStore {
  readonly get: (sequences: Sequences) => Resident | null;
  /** Keeps it while its sequences live, or until the budget is needed for what was used since. */
  readonly put: (sequences: Sequences, resident: Resident) => void;
  /** Drops it with its memories: after a failed run a dying worker may still write to them. */
  readonly forget: (sequences: Sequences) => void;
  /** A memory, perhaps one used before. */
  readonly take: () => WebAssembly.Memory;
  readonly giveBack: (memories: readonly WebAssembly.Memory[]) => void;
}

interface Entry {
  readonly sequences: WeakRef<Sequences>;
  readonly memories: readonly WebAssembly.Memory[];
}

/** Each memory takes 8 GiB of addresses, of which a process has 128 TiB; V8 has been seen to give 200 and more. */
const mostMemories = 64;

export function openStore(budget: Bytes): MotifStore {
  const residents = new WeakMap<Sequences, { readonly entry: Entry; readonly resident: Resident }>();
  // in order of use; the sequences themselves are not kept alive by it
  const entries = new Set<Entry>();
  const spare: WebAssembly.Memory[] = [];

  const held = (): WebAssembly.Memory[] => [...[...entries].flatMap(({ memories }) => memories), ...spare];
  const tooMuch = (): boolean => {
    const memories = held();
    return memories.length > mostMemories || memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0) > budget;
  };
  const giveBack = (memories: readonly WebAssembly.Memory[]): void => {
    for (const memory of memories) {
      spare.push(memory);
      // a large memory that is not needed goes first
      spare.sort((x, y) => x.buffer.byteLength - y.buffer.byteLength);
      if (tooMuch()) spare.pop();
    }
  };
  const collected = new FinalizationRegistry<Entry>((entry) => {
    if (entries.delete(entry)) giveBack(entry.memories);
  });
  const drop = (entry: Entry): void => {
    entries.delete(entry);
    collected.unregister(entry);
    const sequences = entry.sequences.deref();
    if (sequences !== undefined) residents.delete(sequences);
  };

  return {
    get: (sequences) => {
      const found = residents.get(sequences);
      if (found === undefined) return null;
      entries.delete(found.entry);
      entries.add(found.entry);
      return found.resident;
    },
    put: (sequences, resident) => {
      const before = residents.get(sequences);
      if (before !== undefined) {
        drop(before.entry);
        giveBack(before.entry.memories);
      }
      const entry = { sequences: new WeakRef(sequences), memories: resident.pieces.map(({ memory }) => memory) };
      residents.set(sequences, { entry, resident });
      entries.add(entry);
      collected.register(sequences, entry, entry);
      while (tooMuch()) {
        if (spare.pop() !== undefined) continue;
        const [oldest] = entries;
        if (oldest === undefined || oldest === entry) break;
        drop(oldest);
      }
    },
    forget: (sequences) => {
      const found = residents.get(sequences);
      if (found !== undefined) drop(found.entry);
    },
    take: () => spare.pop() ?? newMemory(),
    giveBack,
  };
}
