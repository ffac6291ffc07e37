import { z } from "zod";
import type { DeviceKind } from "../contract/index.ts";
import { type KernelMeasurement, kernelMeasurement } from "./kernel-measurement.ts";
import { type DeviceTransfer, deviceTransfer } from "./measure-transfer.ts";

/** One number of a profile, with where it comes from. A number that nobody gave is null, never a guess. */
export interface Quantity {
  readonly value: number | null;
  readonly unit: string;
  /** A publication or page, or how it was measured or derived; null only where nothing was found. */
  readonly source: string | null;
  /** cited: read in the source; derived: computed from others as the source says; measured: by this project; or simulated. */
  readonly basis?: QuantityBasis | undefined;
  /** In place of the value where the source gives bounds; the upper one is null where it says "at least". */
  readonly range?: readonly [number, number | null] | undefined;
  readonly note?: string | undefined;
}

export type QuantityBasis = "cited" | "derived" | "measured" | "simulated";

/** What a profile says of a device whatever it runs, with the unit of each. Dense peaks: sparsity is never counted. */
export const quantityUnits = {
  "peak-fp64": "FLOP/s",
  "peak-fp64-matrix": "FLOP/s",
  "peak-fp32": "FLOP/s",
  "peak-tf32": "FLOP/s",
  /** IEEE half precision or bfloat16: every device here is as fast in both. */
  "peak-fp16": "FLOP/s",
  "peak-fp8": "FLOP/s",
  "peak-int8": "OP/s",
  memory: "B",
  "memory-bandwidth": "B/s",
  /** To the host, both directions together. */
  "link-bandwidth": "B/s",
  "launch-latency": "s",
  /** A cap, not consumption. */
  tdp: "W",
  "idle-power": "W",
  /** On top of idle, with a context open and nothing running. */
  "context-power": "W",
  cores: "1",
  "measured-fp16": "FLOP/s",
  "measured-memory-bandwidth": "B/s",
} as const;
quantityUnits satisfies Record<string, string>;

export type QuantityName = keyof typeof quantityUnits;

/** How fast one implementation runs one workload: `overhead + units / rate + bytes / bandwidth` seconds at `watts`. */
export interface Rate {
  /** A workload's id. */
  readonly workload: string;
  /** Version of the workload that was timed; null for a publication, which knows nothing of ours. */
  readonly version: number | null;
  /** What ran: a device of ours such as `cpu-simd:0`, or the published design. */
  readonly kernel: string;
  /** Units of the workload a second, e.g. `cell/s`. */
  readonly rate: Quantity;
  readonly overhead: Quantity;
  readonly bandwidth: Quantity;
  /** Power while it ran. */
  readonly watts: Quantity;
}

/** What a device is believed, or was measured, to do: data for experiments on hardware that is not here. */
export interface DeviceProfile {
  readonly format: 1;
  /** Kebab-case, the file's name without `.json`. */
  readonly id: string;
  readonly name: string;
  readonly kind: DeviceKind;
  readonly vendor: string;
  readonly year: Quantity;
  readonly note?: string | undefined;
  readonly quantities: Readonly<Record<QuantityName, Quantity>>;
  readonly rates: readonly Rate[];
  /** What the rates of a measured profile rest on, size by size. */
  readonly measurements?: readonly KernelMeasurement[] | undefined;
  /** By device, of a measured profile. */
  readonly transfers?: readonly DeviceTransfer[] | undefined;
}

function quantity(unit: z.ZodType<string>): z.ZodType<Quantity> {
  return z
    .strictObject({
      value: z.number().nonnegative().nullable(),
      unit,
      source: z.string().min(1).nullable(),
      basis: z.enum(["cited", "derived", "measured", "simulated"]).optional(),
      range: z.tuple([z.number().nonnegative(), z.number().nonnegative().nullable()]).optional(),
      note: z.string().min(1).optional(),
    })
    .superRefine(({ value, source, basis, range }, context) => {
      if (value === null && range === undefined) return;
      if (source === null) context.addIssue({ code: "custom", path: ["source"], message: "a number needs its source" });
      if (basis === undefined)
        context.addIssue({
          code: "custom",
          path: ["basis"],
          message: "expected cited, derived, measured or simulated",
        });
      if (value !== null && range !== undefined)
        context.addIssue({ code: "custom", path: ["range"], message: "a value or a range, not both" });
    });
}

const literal = (unit: string): z.ZodType<Quantity> => quantity(z.literal(unit));

let schema: z.ZodType<DeviceProfile> | null = null;

/** Checks the content of a profile file; made on first use, since commands that read no profile import this too. */
export function deviceProfile(): z.ZodType<DeviceProfile> {
  schema ??= makeSchema();
  return schema;
}

function makeSchema(): z.ZodType<DeviceProfile> {
  const rate: z.ZodType<Rate> = z.strictObject({
    workload: z.string().min(1),
    version: z.int().positive().nullable(),
    kernel: z.string().min(1),
    rate: quantity(z.string().regex(/^[a-z.]+\/s$/, "expected a unit such as cell/s")),
    overhead: literal("s"),
    bandwidth: literal("B/s"),
    watts: literal("W"),
  });
  // built from the table of units, so that a name is written once; the cast restores what fromEntries forgets
  const quantities = z.strictObject(
    Object.fromEntries(Object.entries(quantityUnits).map(([name, unit]) => [name, literal(unit)])),
  ) as unknown as z.ZodType<DeviceProfile["quantities"]>;
  return z.strictObject({
    $schema: z.string().optional(),
    format: z.literal(1),
    id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "expected kebab-case"),
    name: z.string().min(1),
    kind: z.enum(["cpu", "gpu", "tensor", "npu", "fpga", "asic"]),
    vendor: z.string().min(1),
    year: literal("year"),
    note: z.string().min(1).optional(),
    quantities,
    rates: z.array(rate),
    measurements: z.array(kernelMeasurement()).optional(),
    transfers: z.array(deviceTransfer()).optional(),
  });
}

/** The JSON Schema of a profile file, as it stands in `profiles/schema.json` for editors. */
export function deviceProfileJsonSchema(): object {
  return z.toJSONSchema(deviceProfile(), {
    override: ({ jsonSchema }) => {
      // what the refinement above says: a number, or bounds, come with a source and a basis
      if (jsonSchema.properties?.["source"] === undefined) return;
      jsonSchema.anyOf = [
        { properties: { value: { type: "null" }, range: false } },
        { required: ["basis"], properties: { source: { type: "string" } } },
      ];
    },
  });
}

/** A quantity that was not found. */
export function unknownQuantity(unit: string): Quantity {
  return { value: null, unit, source: null };
}

/** All quantities, those not given as not found. */
export function quantitiesOf(known: Partial<Record<QuantityName, Quantity>>): DeviceProfile["quantities"] {
  const all = Object.entries(quantityUnits).map(([name, unit]) => [name, unknownQuantity(unit)]);
  return { ...(Object.fromEntries(all) as Record<QuantityName, Quantity>), ...known };
}
