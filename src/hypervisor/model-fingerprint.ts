import { createHash } from "node:crypto";
import type { CellModel } from "../cell/index.ts";

const known = new WeakMap<CellModel, string>();

/** What tells compiled genomes apart: their names, initial values, constants and reactions. */
export function modelFingerprint(model: CellModel): string {
  const before = known.get(model);
  if (before !== undefined) return before;
  const { network, constants, organism } = model;
  const hash = createHash("sha256")
    .update(JSON.stringify([organism.id, constants, network.names, network.reactions]))
    .update(new Uint8Array(network.initial.buffer, network.initial.byteOffset, network.initial.byteLength))
    .digest("hex");
  known.set(model, hash);
  return hash;
}
