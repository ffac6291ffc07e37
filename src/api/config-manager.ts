import { readFile } from "node:fs/promises";
import { BioXenError } from "../contract/index.ts";
import { atomicWriteFile } from "../formats/index.ts";
import type { BiologicalType } from "../hypervisor/index.ts";
import { validateBiologicalType } from "./supported-types.ts";
import { type VmConfig, vmConfig } from "./vm-config.ts";

const defaults: Readonly<Record<BiologicalType, VmConfig>> = {
  syn3a: { maxAtp: 70, maxRibosomes: 15, genomeOptimization: true, minimalMode: true },
  ecoli: { maxAtp: 90, maxRibosomes: 30, operonManagement: true, plasmidSupport: true },
  minimal_cell: { maxAtp: 50, maxRibosomes: 10, genomeOptimization: true, minimalMode: true },
};

/** Settings of VMs: their defaults, checks, merging, and files. */
// biome-ignore lint/complexity/noStaticOnlyClass: the name and form that the API's users know
export class ConfigManager {
  /** The defaults of a biological type, a copy each. Throws `API_VALIDATION_ERROR` for a type that is none. */
  static loadDefaults(type: string): VmConfig {
    return { ...defaults[validateBiologicalType(type)] };
  }

  /**
   * Checks a configuration and returns it.
   * @param type What the VM is to be, where that is known: what only another type has is refused then.
   * @throws BioXenError `INVALID_CONFIGURATION` naming the first field that is wrong, and why.
   */
  static validateConfig(config: unknown, type?: string): VmConfig {
    const read = vmConfig.safeParse(config);
    if (!read.success) {
      const [issue] = read.error.issues;
      throw invalid(issue?.path.join(".") ?? "", issue?.message ?? "is wrong");
    }
    const of = type === undefined ? read.data.biologicalType : validateBiologicalType(type);
    if (of !== undefined && read.data.biologicalType !== undefined && of !== read.data.biologicalType)
      throw invalid("biologicalType", `${read.data.biologicalType}, where a ${of} is asked for`);
    if (of !== undefined && of !== "ecoli")
      for (const name of ["operonManagement", "plasmidSupport"] as const)
        if (read.data[name] === true) throw invalid(name, `only ecoli has it, and this is ${of}`);
    if ((read.data.plasmids?.length ?? 0) > 0 && (read.data.plasmidSupport === false || (of ?? "ecoli") !== "ecoli"))
      throw invalid("plasmids", "it takes none: that needs ecoli with plasmidSupport");
    return read.data;
  }

  /** A new configuration: what `changes` says, else what `base` says, field by field and into objects; lists are replaced. */
  static mergeConfigs(base: VmConfig, ...changes: readonly VmConfig[]): VmConfig {
    return changes.reduce<VmConfig>((all, change) => merged(all, change), merged({}, base));
  }

  /**
   * Reads a configuration from a file, JSON or YAML (`.yaml`, `.yml`).
   * @throws BioXenError `INVALID_CONFIGURATION` for a file that cannot be read, is neither, or holds no configuration.
   */
  static async loadFile(file: string): Promise<VmConfig> {
    const content = await readFile(file, "utf8").catch((cause: unknown) => {
      throw invalid("", `${file} cannot be read`, file, cause);
    });
    const data = await parsed(content, file);
    try {
      return ConfigManager.validateConfig(data);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw invalid("", `${file}: ${why}`, file, cause);
    }
  }

  /** Writes a configuration into a file, whole or not at all, as JSON or YAML by its name. Throws as `validateConfig`. */
  static async saveFile(file: string, config: VmConfig): Promise<void> {
    const checked = ConfigManager.validateConfig(config);
    const text = isYaml(file) ? (await yaml()).stringify(checked) : `${JSON.stringify(checked, null, 2)}\n`;
    await atomicWriteFile(file, text);
  }
}

const isYaml = (file: string): boolean => /\.ya?ml$/i.test(file);

async function parsed(content: string, file: string): Promise<unknown> {
  try {
    return isYaml(file) ? (await yaml()).parse(content, { maxAliasCount: 100 }) : JSON.parse(content);
  } catch (cause) {
    if (cause instanceof BioXenError) throw cause;
    throw invalid("", `${file}: ${cause instanceof Error ? cause.message : String(cause)}`, file, cause);
  }
}

async function yaml(): Promise<typeof import("yaml")> {
  try {
    return await import("yaml");
  } catch (cause) {
    throw new BioXenError("IMPORT_MODULE_ERROR", "yaml cannot be loaded", { cause });
  }
}

function merged<T extends object>(base: T, change: T): T {
  const all: Record<string, unknown> = Object.fromEntries(Object.entries(base));
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined) continue;
    const before = Object.hasOwn(all, name) ? all[name] : undefined;
    // defined, not set, so that a field called __proto__ stays a field
    Object.defineProperty(all, name, {
      value: isRecord(value) ? merged(isRecord(before) ? before : {}, value) : value,
      ...{ enumerable: true, writable: true, configurable: true },
    });
  }
  return all as T;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function invalid(field: string, message: string, file?: string, cause?: unknown): BioXenError {
  return new BioXenError("INVALID_CONFIGURATION", field === "" ? message : `${field}: ${message}`, {
    context: { ...(field === "" ? {} : { field }), ...(file === undefined ? {} : { file }) },
    ...(cause === undefined ? {} : { cause }),
  });
}
