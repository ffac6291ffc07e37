import { deserialize, serialize } from "node:v8";
import type { ReactionNetwork } from "../../src/network/index.ts";

/** A network as threads get it: known by its number, its serialization in shared memory for those that do not know it yet. */
export interface SharedNetwork {
  readonly number: number;
  readonly bytes: Uint8Array;
}

let networks = 0;
const resident = new WeakMap<ReactionNetwork, SharedNetwork>();

/** A network for other threads, serialized once. */
export function sharedNetwork(network: ReactionNetwork): SharedNetwork {
  const known = resident.get(network);
  if (known !== undefined) return known;
  const serialized = serialize(network);
  const bytes = new Uint8Array(new SharedArrayBuffer(serialized.length));
  bytes.set(serialized);
  const made = { number: networks++, bytes };
  resident.set(network, made);
  return made;
}

/** Networks that a thread keeps, with the code generated for them. */
const mostKept = 16;
const kept = new Map<number, ReactionNetwork>();

/** The network in a thread: the same object each time, so that what is made of it is made once. */
export function receivedNetwork({ number, bytes }: SharedNetwork): ReactionNetwork {
  const known = kept.get(number);
  if (known !== undefined) return known;
  const network = deserialize(Uint8Array.from(bytes)) as ReactionNetwork;
  kept.set(number, network);
  if (kept.size > mostKept) for (const oldest of [...kept.keys()].slice(0, 1)) kept.delete(oldest);
  return network;
}
