import { createHash } from "node:crypto";
import { z } from "zod";
import type { CellState } from "../cell/index.ts";
import { BioXenError } from "../contract/index.ts";
import type { Resources } from "./resources.ts";
import type { VmCounters } from "./vm.ts";
import type { VmState } from "./vm-life.ts";
import type { VmSpec } from "./vm-spec.ts";

/**
 * What a VM's bytes begin with; the number is that of their form. A checkpoint is: these 8 bytes, the SHA-256 of all that
 * follows it (32 bytes), the length of a JSON text (u32, little-endian), that text in UTF-8, and the numbers and bytes that
 * it points to by offset and length. Doubles are kept as they are, so that a restored cell goes on bit for bit, and the
 * text names every field, so that the form does not hang on the engine that wrote it.
 */
const magic = Buffer.from("BXVM\u0000\u0000\u0000\u0001", "latin1");
const hashed = magic.length + 32;

/** All that a VM is, as plain data. */
export interface VmSnapshot {
  readonly id: string;
  readonly spec: VmSpec;
  readonly state: VmState;
  readonly error: string | null;
  readonly resources: Resources;
  readonly repressed: readonly string[];
  readonly counters: VmCounters;
  /** Of the compiled genome, so that a cell is never put into another one. */
  readonly model: string;
  readonly cell: CellState;
  /** Of its process code, as its own room wrote it; null where it never ran any. */
  readonly process: Uint8Array | null;
}

const head = z.object({
  id: z.string(),
  spec: z.looseObject({}),
  state: z.enum(["created", "running", "paused", "stopped", "error"]),
  error: z.string().nullable(),
  resources: z.object({
    ribosomes: z.number(),
    atp: z.number(),
    polymerases: z.number(),
    memoryKb: z.number(),
    priority: z.number(),
  }),
  repressed: z.array(z.string()),
  counters: z.record(z.string(), z.number()),
  model: z.string(),
  cell: z.looseObject({
    time: z.number(),
    seed: z.number(),
    trajectory: z.number(),
    values: z.instanceof(Float64Array),
  }),
  process: z.instanceof(Uint8Array).nullable(),
});

/** Writes a VM down as bytes. */
export function vmBytes(snapshot: VmSnapshot): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  const keep = (kind: "f64" | "bytes", bytes: Uint8Array): object => {
    const at = length;
    parts.push(bytes);
    length += bytes.length;
    return { [`$${kind}`]: [at, bytes.length] };
  };
  const text = JSON.stringify(snapshot, (_, value: unknown) => {
    if (value instanceof Float64Array)
      return keep("f64", new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    if (value instanceof Uint8Array) return keep("bytes", value);
    // JSON has no such numbers, and would write null
    if (typeof value === "number" && !Number.isFinite(value)) return { $number: String(value) };
    return value;
  });
  const json = Buffer.from(text, "utf8");
  const size = Buffer.alloc(4);
  size.writeUInt32LE(json.length);
  const body = Buffer.concat([size, json, ...parts]);
  return Buffer.concat([magic, createHash("sha256").update(body).digest(), body]);
}

/**
 * Reads a VM from its bytes.
 * @throws BioXenError `CHECKPOINT_DAMAGED` for bytes that are no checkpoint of this form, or not all of one, or changed in any bit.
 */
export function readVmBytes(bytes: Uint8Array): VmSnapshot {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (all.length < hashed + 4 || !all.subarray(0, magic.length).equals(magic))
    throw damaged("it does not begin as a checkpoint of a VM does, or is of another version");
  const body = all.subarray(hashed);
  if (!createHash("sha256").update(body).digest().equals(all.subarray(magic.length, hashed)))
    throw damaged("its checksum differs");
  const end = 4 + body.readUInt32LE(0);
  const rest = body.subarray(end);
  const part = (where: unknown): Uint8Array => {
    const [at, length] = z.tuple([z.int().nonnegative(), z.int().nonnegative()]).parse(where);
    // of its own memory, so that doubles are aligned
    return Uint8Array.from(rest.subarray(at, at + length));
  };
  try {
    const data: unknown = JSON.parse(body.subarray(4, end).toString("utf8"), (_, value: unknown) => {
      if (typeof value !== "object" || value === null) return value;
      if ("$f64" in value) return new Float64Array(part(value.$f64).buffer);
      if ("$bytes" in value) return part(value.$bytes);
      return "$number" in value ? Number(value.$number) : value;
    });
    // checked as far as a wrong form could be told from a right one: the checksum says that this very writer wrote it
    return head.parse(data) as unknown as VmSnapshot;
  } catch (cause) {
    throw damaged("what it holds is no VM", cause);
  }
}

function damaged(why: string, cause?: unknown): BioXenError {
  return new BioXenError(
    "CHECKPOINT_DAMAGED",
    `the checkpoint cannot be used: ${why}`,
    cause === undefined ? {} : { cause },
  );
}
