import { readFile } from "node:fs/promises";
import { cpus, platform, release, totalmem } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { BioXenError } from "../contract/index.ts";
import { type Experiment, sha256 } from "./experiment-file.ts";

export const manifestName = "manifest.json";

/** What a run's results were made from, by what, and where. */
export interface Manifest {
  readonly format: 1;
  readonly experiment: { readonly name: string; readonly sha256: string };
  readonly inputs: readonly { readonly path: string; readonly sha256: string }[];
  readonly results: { readonly rows: number; readonly sha256: string };
  readonly versions: Readonly<Record<"bioxen" | "node" | "v8", string>>;
  readonly host: {
    readonly system: string;
    readonly architecture: string;
    readonly processor: string;
    readonly cores: number;
    readonly memory: number;
  };
  /** ISO 8601. */
  readonly startedAt: string;
  readonly finishedAt: string;
}

const schema: z.ZodType<Manifest> = z.object({
  format: z.literal(1),
  experiment: z.object({ name: z.string(), sha256: z.string() }),
  inputs: z.array(z.object({ path: z.string(), sha256: z.string() })),
  results: z.object({ rows: z.number(), sha256: z.string() }),
  versions: z.object({ bioxen: z.string(), node: z.string(), v8: z.string() }),
  host: z.object({
    system: z.string(),
    architecture: z.string(),
    processor: z.string(),
    cores: z.number(),
    memory: z.number(),
  }),
  startedAt: z.string(),
  finishedAt: z.string(),
});

/** What decides the rows of an experiment: its file, what it names, this package and the engine's arithmetic. */
export function identityOf({ sha256: file, inputs }: Experiment, version: string): string {
  return sha256(JSON.stringify([file, inputs, version, process.versions.v8]));
}

export function manifestOf(
  { name, sha256: file, inputs }: Experiment,
  results: Manifest["results"],
  version: string,
  startedAt: string,
): Manifest {
  const processors = cpus();
  return {
    format: 1,
    experiment: { name, sha256: file },
    inputs,
    results,
    versions: { bioxen: version, node: process.version, v8: process.versions.v8 },
    host: {
      system: `${platform()} ${release()}`,
      architecture: process.arch,
      processor: processors[0]?.model ?? "unknown",
      cores: processors.length,
      memory: totalmem(),
    },
    startedAt,
    finishedAt: new Date().toISOString(),
  };
}

/** null where there is none. @throws BioXenError `FORMAT_INVALID` for a file that is none. */
export async function readManifest(folder: string): Promise<Manifest | null> {
  const file = join(folder, manifestName);
  const text = await readFile(file, "utf8").catch(() => null);
  if (text === null) return null;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new BioXenError("FORMAT_INVALID", `${file} is no manifest of an experiment`, { context: { file }, cause });
  }
}
