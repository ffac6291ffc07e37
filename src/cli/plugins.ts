import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { type Accelerator, type AnyWorkload, BioXenError } from "../contract/index.ts";
import { settingFiles } from "./setting-files.ts";

export interface Plugins {
  readonly accelerators: readonly Accelerator[];
  readonly workloads: readonly AnyWorkload[];
}

/** A plugin as it was named: a path or a package, and the folder that it counts from. */
interface Named {
  readonly name: string;
  readonly from: string;
}

const config = z.strictObject({ accelerators: z.array(z.string().min(1)).default([]) });
// what is missing is named by its path; what functions return is the conformance kit's business
const callable = z.custom<unknown>((value) => typeof value === "function", "a function is expected");
const workload = z.looseObject({
  id: z.string().min(1),
  version: z.number(),
  aliases: z.array(z.string()),
  throughput: z.looseObject({ unit: z.string(), rate: z.string(), per: z.number() }),
  input: z.looseObject({ "~standard": z.looseObject({ validate: callable }) }),
  size: callable,
  resident: callable,
  reference: callable.nullable(),
  generate: callable,
  differ: callable,
});
const accelerator = z.looseObject({
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "a kebab-case id is expected"),
  kernels: z.array(z.looseObject({ workload, supports: callable, prior: callable })),
  probe: callable,
  open: callable,
});
const several = z.strictObject({
  accelerators: z.array(accelerator).default([]),
  workloads: z.array(workload).default([]),
});

/**
 * Loads the plugins named on the command line and in the configuration files, in this order.
 * @throws BioXenError `PLUGIN_INVALID` where one does not load or lacks what the contract asks for.
 */
export async function loadPlugins(named: readonly string[]): Promise<Plugins> {
  const all = [...named.map((name): Named => ({ name, from: process.cwd() })), ...settingFiles().flatMap(configured)];
  const loaded: Plugins[] = [];
  const seen = new Set<string>();
  for (const one of all) {
    const path = locate(one);
    if (seen.has(path)) continue;
    seen.add(path);
    loaded.push(await load(one.name, path));
  }
  return {
    accelerators: loaded.flatMap(({ accelerators }) => accelerators),
    workloads: loaded.flatMap(({ workloads }) => workloads),
  };
}

function configured(path: string): Named[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw invalid(`${path} cannot be read: ${textOf(cause)}`, cause);
  }
  const { data, error } = config.safeParse(parsed);
  if (error !== undefined) throw invalid(`${path} is no configuration: ${complaints(error)}`);
  return data.accelerators.map((name) => ({ name, from: dirname(path) }));
}

function locate({ name, from }: Named): string {
  const isPath = name.startsWith(".") || isAbsolute(name);
  try {
    return createRequire(join(from, "plugin.js")).resolve(isPath ? resolve(from, name) : name);
  } catch (cause) {
    throw invalid(`plugin ${name} is not found from ${from}`, cause);
  }
}

async function load(name: string, path: string): Promise<Plugins> {
  let loaded: unknown;
  try {
    loaded = await import(pathToFileURL(path).href);
  } catch (cause) {
    throw invalid(`plugin ${name} does not load: ${textOf(cause)}`, cause);
  }
  const value: unknown = typeof loaded === "object" && loaded !== null && "default" in loaded ? loaded.default : null;
  if (typeof value !== "object" || value === null) throw invalid(`plugin ${name} has no default export`);
  const isOne = !("accelerators" in value) && !("workloads" in value);
  const { error } = isOne ? accelerator.safeParse(value) : several.safeParse(value);
  if (error !== undefined) throw invalid(`plugin ${name} does not fit the contract: ${complaints(error)}`);
  // the plugin's own objects, not copies: a spec is known by its identity
  if (isOne) return { accelerators: [value as Accelerator], workloads: [] };
  return { accelerators: [], workloads: [], ...(value as Partial<Plugins>) };
}

function complaints({ issues }: z.ZodError): string {
  return issues
    .slice(0, 3)
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`))
    .join("; ");
}

function invalid(message: string, cause?: unknown): BioXenError {
  return new BioXenError("PLUGIN_INVALID", message, { cause });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
