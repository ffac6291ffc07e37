import { createHash } from "node:crypto";
import { z } from "zod";
import { BioXenError } from "../contract/index.ts";

/** What a bundle's manifest is called in its folder. */
export const manifestFile = "bioxen-package.json";
export const mostFiles = 1000;
export const mostFileBytes: number = 2 ** 26;

/** What a bundle is, and the SHA-256 of each of its files; the SHA-256 of this text is the bundle's own. */
export interface PackageManifest {
  readonly format: "bioxen-package";
  readonly formatVersion: 1;
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** By path in the bundle, with slashes: hexadecimal SHA-256. */
  readonly files: Readonly<Record<string, string>>;
  /** FASTA files of coding sequences, and GenBank files, whose genes are added. */
  readonly genes: readonly string[];
  /** A JSON file of constants and gene expression; null for none. */
  readonly parameters: string | null;
  /** Files of Lua source, run in this order. */
  readonly functions: readonly string[];
}

export function refused(what: string, context: Record<string, string> = {}, cause?: unknown): BioXenError {
  return new BioXenError("PACKAGE_REFUSED", what, { context, ...(cause === undefined ? {} : { cause }) });
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

const nameForm = /^[a-z0-9]+([._-][a-z0-9]+)*$/;
const versionForm = /^\d{1,6}(\.\d{1,6}){0,2}$/;

/** @throws BioXenError `INPUT_INVALID` for what is no package name: a path, for one */
export function checkName(name: string): void {
  if (typeof name !== "string" || name.length > 64 || !nameForm.test(name))
    throw new BioXenError(
      "INPUT_INVALID",
      `${JSON.stringify(name)} is no package name: words of a-z and 0-9 with . _ or - between them, 64 letters at most`,
    );
}

/** @throws BioXenError `INPUT_INVALID` */
export function checkVersion(version: string): void {
  if (!versionForm.test(version))
    throw new BioXenError("INPUT_INVALID", `${JSON.stringify(version)} is no version such as 1.0.2`);
}

/** Whether a path stays in its folder: plain words with slashes between them. */
export function isEntry(path: string): boolean {
  const parts = path.split("/");
  return (
    path.length <= 200 &&
    parts.length <= 5 &&
    parts.every((part) => /^[A-Za-z0-9][\w.-]*$/.test(part) && !part.includes(".."))
  );
}

const entry = z.string().refine(isEntry, "is no path within the bundle");
const schema: z.ZodType<PackageManifest> = z.strictObject({
  format: z.literal("bioxen-package"),
  formatVersion: z.literal(1),
  name: z.string().max(64).regex(nameForm),
  version: z.string().regex(versionForm),
  description: z.string().max(2000),
  files: z.record(entry, z.string().regex(/^[0-9a-f]{64}$/, "is no SHA-256")),
  genes: z.array(entry),
  parameters: entry.nullable(),
  functions: z.array(entry),
});

/** JSON of a bundle's file. @throws BioXenError `PACKAGE_REFUSED` for what is none, and for a key that no object should have */
export function parseJson(bytes: Uint8Array, file: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes), (key, value: unknown) => {
      if (key === "__proto__") throw refused(`${file} has a key __proto__`, { file });
      return value;
    });
  } catch (cause) {
    throw cause instanceof BioXenError ? cause : refused(`${file} is no JSON`, { file }, cause);
  }
}

/** Reads a manifest. @throws BioXenError `PACKAGE_REFUSED` that says what of it is wrong, and where */
export function parseManifest(bytes: Uint8Array, file: string): PackageManifest {
  const { data, error } = schema.safeParse(parseJson(bytes, file));
  if (error !== undefined) {
    const [issue] = error.issues;
    throw refused(`${file}: ${issue?.path.join(".") || "it"}: ${issue?.message ?? "is no manifest"}`, { file });
  }
  const names = Object.keys(data.files);
  if (names.length > mostFiles)
    throw refused(`${file} names ${names.length} files: ${mostFiles} are the most`, { file });
  if (names.includes(manifestFile)) throw refused(`${file} cannot pin itself`, { file });
  const used = [...data.genes, ...data.functions, ...(data.parameters === null ? [] : [data.parameters])];
  const missing = used.find((name) => !Object.hasOwn(data.files, name));
  if (missing !== undefined) throw refused(`${file} uses ${missing} and does not pin it`, { file });
  return data;
}
