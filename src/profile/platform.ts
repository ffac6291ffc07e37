import { z } from "zod";
import type { Bytes, DeviceKind, Joules, Seconds } from "../contract/index.ts";

/** A frequency and voltage at which a device may run a task. */
export interface PowerState {
  readonly id: string;
  /** As the device's own `speed`. */
  readonly speed: number;
  /** Power while a task runs in this state, idle power included. */
  readonly watts: number;
}

export interface PlatformDevice {
  readonly id: string;
  readonly kind?: DeviceKind | undefined;
  /** Seconds of a task's stated runtime that pass in one second here: 1 is the machine that the runtimes are of. */
  readonly speed: number;
  readonly watts: {
    /** While a task runs, all included. */
    readonly busy: number;
    /** While nothing runs and no context is open. */
    readonly idle: number;
    /** On top of idle, while a context is open and nothing runs; 0 by default. */
    readonly context?: number | undefined;
  };
  readonly wake?: Wake | undefined;
  /** What the largest task may take; no limit where it is null or left out. */
  readonly memory?: Bytes | null | undefined;
  /** Others than the one that `speed` and `watts.busy` give. */
  readonly states?: readonly PowerState[] | undefined;
  /** Where the numbers come from. */
  readonly source?: string | undefined;
}

/** What opening a device's context costs, which comes before its first task. */
export interface Wake {
  readonly seconds?: Seconds | undefined;
  /** In place of what the device would draw idle in that time. */
  readonly joules?: Joules | undefined;
  /** Idle time after which the context closes and the next task opens it anew; never by default. */
  readonly after?: Seconds | undefined;
}

export interface Link {
  /** Bytes a second. */
  readonly bandwidth: number;
  /** Before the first byte comes; 0 by default. */
  readonly latency?: Seconds | undefined;
  /** While a transfer is under way, on top of the devices' own; 0 by default. */
  readonly watts?: number | undefined;
}

/** Carbon intensity of electricity over time, repeated when it ends. */
export interface CarbonTrace {
  /** How long each value holds. */
  readonly step: Seconds;
  /** gCO2e/kWh. */
  readonly values: readonly number[];
  readonly source: string;
}

/** A machine, real or imagined, that experiments run workflows on. */
export interface Platform {
  readonly format: 1;
  /** Kebab-case. */
  readonly id: string;
  readonly name: string;
  readonly note?: string | undefined;
  readonly devices: readonly PlatformDevice[];
  readonly links: {
    /** Between any two devices, both ways. */
    readonly default: Link;
    /** Pairs that differ; one way each. */
    readonly between?: readonly (Link & { readonly from: string; readonly to: string })[] | undefined;
  };
  readonly carbon?: CarbonTrace | undefined;
}

let schema: z.ZodType<Platform> | null = null;

/** Checks the content of a platform file; made on first use. */
export function platformSchema(): z.ZodType<Platform> {
  schema ??= makeSchema();
  return schema;
}

function makeSchema(): z.ZodType<Platform> {
  const word = z.string().min(1);
  const notNegative = z.number().nonnegative();
  const positive = z.number().positive();
  const link = { bandwidth: positive, latency: notNegative.optional(), watts: notNegative.optional() };
  const device = z
    .strictObject({
      id: word,
      kind: z.enum(["cpu", "gpu", "tensor", "npu", "fpga", "asic"]).optional(),
      speed: positive,
      watts: z.strictObject({ busy: notNegative, idle: notNegative, context: notNegative.optional() }),
      wake: z
        .strictObject({
          seconds: notNegative.optional(),
          joules: notNegative.optional(),
          after: positive.optional(),
        })
        .optional(),
      memory: positive.nullable().optional(),
      states: z.array(z.strictObject({ id: word, speed: positive, watts: notNegative })).optional(),
      source: word.optional(),
    })
    .superRefine(({ watts, wake, states = [] }, context) => {
      const complain = (path: (string | number)[], message: string): void =>
        context.addIssue({ code: "custom", path, message });
      const least = watts.idle + (watts.context ?? 0);
      const floor = `${watts.idle} W idle${watts.context === undefined ? "" : ` with ${watts.context} W of context`}`;
      if (watts.busy < least) complain(["watts", "busy"], `${watts.busy} W busy are below ${floor}`);
      for (const [at, state] of states.entries())
        if (state.watts < least)
          complain(["states", at, "watts"], `${state.watts} W in state ${state.id} are below ${floor}`);
      if (wake?.after !== undefined && wake.after < (wake.seconds ?? 0))
        complain(["wake", "after"], "a context that closes sooner than it opens");
      if (new Set(states.map(({ id }) => id)).size < states.length) complain(["states"], "an id that comes twice");
    });
  return z
    .strictObject({
      $schema: z.string().optional(),
      format: z.literal(1),
      id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "expected kebab-case"),
      name: word,
      note: word.optional(),
      devices: z.array(device).min(1),
      links: z.strictObject({
        default: z.strictObject(link),
        between: z.array(z.strictObject({ from: word, to: word, ...link })).optional(),
      }),
      carbon: z.strictObject({ step: positive, values: z.array(notNegative).min(1), source: word }).optional(),
    })
    .superRefine(({ devices, links }, context) => {
      const ids = new Set<string>();
      for (const [at, { id }] of devices.entries()) {
        if (ids.has(id))
          context.addIssue({ code: "custom", path: ["devices", at, "id"], message: `a second device ${id}` });
        ids.add(id);
      }
      for (const [at, { from, to }] of (links.between ?? []).entries())
        for (const end of [from, to])
          if (!ids.has(end))
            context.addIssue({ code: "custom", path: ["links", "between", at], message: `unknown device ${end}` });
    });
}

/** The JSON Schema of a platform file, as it stands in `profiles/platforms/schema.json` for editors. */
export function platformJsonSchema(): object {
  return z.toJSONSchema(platformSchema());
}
