import { z } from "zod";
import type { BiologicalType, ChassisData, Resources, SchedulerPolicy, VmSpec } from "../hypervisor/index.ts";
import { vmSpecFields } from "../hypervisor/vm-spec.ts";

/** Where an XCP-ng host is, and as whom to ask it. */
export interface XcpngConfig {
  /** Of its XAPI, `https://...`. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** Name or UUID of the template that VMs are made of. */
  readonly template: string;
  /** As whom to log into a VM, and with which key file; as `username` with its password by default. */
  readonly ssh?:
    | { readonly username: string; readonly keyFile?: string | undefined; readonly port?: number | undefined }
    | undefined;
}

/** A plasmid that an E. coli VM carries. */
export interface CarriedPlasmid {
  readonly id: string;
  /** Copies in a cell of birth size. */
  readonly copies: number;
}

/** Settings of a VM, as plain data; everything is optional. `ConfigManager.loadDefaults` has those of a type. */
export interface VmConfig extends Omit<VmSpec, "biologicalType" | "packages" | "ownGenome"> {
  readonly biologicalType?: BiologicalType | undefined;
  /** Whether VMs that are the same share one compiled genome and run in one batch; true by default. */
  readonly genomeOptimization?: boolean | undefined;
  /** `optimizeResourcesForBiologicalType` gives what the cell needs and no more; else all that it may hold. */
  readonly minimalMode?: boolean | undefined;
  /** Of E. coli: whether `manageOperons` works, and whether it may carry plasmids. */
  readonly operonManagement?: boolean | undefined;
  readonly plasmidSupport?: boolean | undefined;
  readonly plasmids?: readonly CarriedPlasmid[] | undefined;
  readonly chassis?: string | ChassisData | undefined;
  readonly maxVms?: number | undefined;
  readonly scheduler?: SchedulerPolicy | undefined;
  readonly quantum?: number | undefined;
  readonly switchSeconds?: number | undefined;
  readonly resources?: { readonly [K in keyof Resources]?: number | undefined } | undefined;
  /** Folders of packages: the registry, and what is installed; under ~/.local/share/bioxen by default. */
  readonly packages?: { readonly registry?: string | undefined; readonly installed?: string | undefined } | undefined;
  readonly xcpng?: XcpngConfig | undefined;
}

const text = z.string().min(1).max(1000);
const share = z.number().finite().nonnegative();

/** What `xcpng` has to be. */
const xcpngConfig: z.ZodType<XcpngConfig> = z.strictObject({
  url: z.url({ protocol: /^https?$/, error: "an http(s) URL" }),
  username: text,
  password: text,
  template: text,
  ssh: z
    .strictObject({ username: text, keyFile: text.optional(), port: z.int().min(1).max(65_535).optional() })
    .optional(),
});

/** What a configuration has to be. */
export const vmConfig: z.ZodType<VmConfig> = z.strictObject({
  ...vmSpecFields,
  biologicalType: z.enum(["syn3a", "ecoli", "minimal_cell"]).optional(),
  genomeOptimization: z.boolean().optional(),
  minimalMode: z.boolean().optional(),
  operonManagement: z.boolean().optional(),
  plasmidSupport: z.boolean().optional(),
  plasmids: z
    .array(z.strictObject({ id: z.string().regex(/^[\w.-]{1,64}$/), copies: z.int().positive().max(10_000) }))
    .optional(),
  // a chassis of the user's own is checked where it is made
  chassis: z
    .union([z.string(), z.custom<ChassisData>((value) => typeof value === "object" && value !== null)])
    .optional(),
  maxVms: z.int().positive().optional(),
  scheduler: z.enum(["round-robin", "fair-share"]).optional(),
  quantum: z.int().positive().optional(),
  switchSeconds: share.optional(),
  resources: z
    .strictObject({
      ...{ ribosomes: z.number().optional(), atp: z.number().optional(), polymerases: z.number().optional() },
      ...{ memoryKb: z.number().optional(), priority: z.number().optional() },
    })
    .optional(),
  packages: z.strictObject({ registry: text.optional(), installed: text.optional() }).optional(),
  xcpng: xcpngConfig.optional(),
});
